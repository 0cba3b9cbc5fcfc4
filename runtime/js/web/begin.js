// The globals that browsers and Node.js have besides ECMAScript's, for runtimes with
// RuntimeConfig(web_globals=True). The files of this folder are joined in the order that
// CMakeLists.txt names, and are one function. It is called when one of the globals is first needed
// (v8/parts.h); to that end it calls nothing that a script can replace.
'use strict';

// `native`: what C++ offers, see v8/web.cc.
globalThis.__jsrun_web = function(native, primordials) {

const {
    Array, Error, Map, Number, RangeError, Set, Symbol, TypeError, Uint8Array, WeakMap,
    bufferLength, defineProperty, fromCharCode, getOwnPropertyDescriptor, isView, ownKeys,
    queueMicrotask, setTimeout,
} = primordials;
const { iterator, toStringTag } = Symbol;

const isObject = (value) =>
    (typeof value === 'object' && value !== null) || typeof value === 'function';

// An object of options, as Web IDL has it: undefined and null stand for an empty one.
function optionsOf(value, what) {
    if (value === undefined || value === null) return {};
    if (!isObject(value)) throw new TypeError(`${what} must be an object`);
    return value;
}

function needArguments(count, needed, what) {
    if (count >= needed) return;
    const plural = needed === 1 ? '' : 's';
    throw new TypeError(`${what} needs ${needed} argument${plural}, but got ${count}`);
}

// A string in which lone surrogates are replaced.
const scalarText = (value) => `${value}`.replace(/\p{Surrogate}/gu, '\ufffd');

function encodeUtf8(text) {
    const bytes = new Uint8Array(native.utf8Length(text));
    native.utf8Write(text, bytes);
    return bytes;
}

function isBuffer(value) {
    try {
        bufferLength(value);
        return true;
    } catch {
        return isObject(value) && value[toStringTag] === 'SharedArrayBuffer';
    }
}

// A view of the bytes of an ArrayBuffer, a typed array or a DataView.
function bytesOf(value, what) {
    if (isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    if (isBuffer(value)) return new Uint8Array(value);
    throw new TypeError(`${what} must be an ArrayBuffer, a typed array or a DataView`);
}

// Properties of classes that stay as they are.
const unlisted = { __proto__: null, constructor: true, prototype: true, length: true, name: true };

// What a class looks like to scripts: its methods are enumerable, and its objects have its name.
function describeClass(constructor, name) {
    const describe = (object) => {
        const keys = ownKeys(object);
        for (let i = 0; i < keys.length; i++) {
            const key = keys[i];
            if (typeof key === 'symbol' || unlisted[key]) continue;
            defineProperty(object, key, { __proto__: null, enumerable: true });
        }
    };
    describe(constructor);
    describe(constructor.prototype);
    if (!getOwnPropertyDescriptor(constructor.prototype, toStringTag))
        defineProperty(constructor.prototype, toStringTag, {
            __proto__: null, value: name, configurable: true,
        });
}
