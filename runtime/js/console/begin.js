// What the console prints: the texts that people know from Node. The files of this folder are
// joined in the order that CMakeLists.txt names, and are one function. It is called when something
// is first printed (v8/parts.h). It calls nothing that a script can replace, because scripts may
// change every prototype. Getters and proxy traps are not run.
//
// native.consoleMode() says what the runtime wants: 0 nothing, 1 text, 2 the values. It is asked
// at every call, because a runtime that starts from a snapshot may want something else than the
// runtime that made the snapshot.
globalThis.__jsrun_console = function (native, primordials) {
'use strict';

const {
    apply, bigintText, captureStackTrace, charCodeAt, create, dataViewBuffer, dataViewBytes,
    dataViewOffset, dateText, dateValue, endsWith, errorStack, floor, functionText,
    getOwnPropertyDescriptor, getPrototypeOf, hasOwn, indexOf, is, isArray, isEnumerable, isNaN,
    max, min, objectPrototype, ownKeys, padEnd, padStart, parseFloat, parseInt, repeat, round,
    setPrototypeOf, slice, sqrt, startsWith, stringify, symbolText, toFixed, typedArrayBuffer,
    typedArrayBytes, typedArrayName, typedArrayOffset, typedArrays, typedArrayTag,
    Number: toNumber, String: toText,
} = primordials;
const { iterator, toStringTag } = primordials.Symbol;
const { consoleEmit: emit, consoleMode: mode, isProxy } = native;
const wantsValues = () => mode() === 2;

// The descriptor of an own property. It inherits nothing, such as a `get` that a script has put
// into Object.prototype.
const propertyOf = (object, key) => {
    const property = getOwnPropertyDescriptor(object, key);
    return property && setPrototypeOf(property, null);
};

// Arrays without a prototype: no setter of a script sees what is put into them.
const list = () => setPrototypeOf([], null);
const add = (to, value) => {
    to[to.length] = value;
};

function has(array, value) {
    for (let i = 0; i < array.length; i++) if (array[i] === value) return true;
    return false;
}

function joined(texts, separator) {
    let text = '';
    for (let i = 0; i < texts.length; i++) text += i ? separator + texts[i] : texts[i];
    return text;
}

function split(text, separator) {
    const parts = list();
    for (let at = indexOf(text, separator); at >= 0; at = indexOf(text, separator)) {
        add(parts, slice(text, 0, at));
        text = slice(text, at + separator.length);
    }
    add(parts, text);
    return parts;
}

const replaced = (text, from, to) => joined(split(text, from), to);
const contains = (text, part) => indexOf(text, part) >= 0;
const isObject = (value) => typeof value === 'object' && value !== null;
