// WHATWG streams. The files of this folder are joined in the order that CMakeLists.txt names, and
// are one function: the names of one file are known in all others. It is called when a stream is
// first needed (v8/parts.h), and uses nothing that a script can replace.
'use strict';

// `native`: what C++ offers, see v8/streams.cc.
globalThis.__jsrun_streams = function(native, primordials) {

const {
    ArrayBuffer, DataView, Error, FinalizationRegistry, Number, Promise, RangeError, Symbol,
    TypeError, Uint8Array,
    apply, bufferLength, bufferSlice, construct, create, dataViewBuffer, dataViewBytes,
    dataViewOffset, defineProperty, isResizable, isView, min, ownKeys, registerObject, then, trunc,
    typedArrayBuffer, typedArrayBytes, typedArrayLength, typedArrayName, typedArrayOffset,
    typedArraySet,
} = primordials;
const { asyncIterator, iterator, toStringTag } = Symbol;

const isObject = (value) =>
    (typeof value === 'object' && value !== null) || typeof value === 'function';
const nothing = () => undefined;
