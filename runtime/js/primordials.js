// What the other built-in scripts need of the language, kept before any script of a user's runs.
// Most of them run when something of theirs is first needed, and until then scripts may have done
// with globals and prototypes what they like. Methods are functions here that take what they are a
// method of as their first argument.
'use strict';

{
    // What reads and writes buffers and their views.
    const buffers = (uncurry, getterOf) => {
        const { create, getPrototypeOf, getOwnPropertyDescriptor } = Object;
        const TypedArray = getPrototypeOf(Uint8Array);
        const typedArrays = create(null); // by name
        for (const name
                 of ['Int8', 'Uint8', 'Uint8Clamped', 'Int16', 'Uint16', 'Float16', 'Int32',
                     'Uint32', 'Float32', 'Float64', 'BigInt64', 'BigUint64']) {
            const constructor = globalThis[`${name}Array`];
            if (constructor) typedArrays[`${name}Array`] = constructor;
        }
        const resizable = getOwnPropertyDescriptor(ArrayBuffer.prototype, 'resizable');

        return {
            typedArrays,
            typedArrayTag: getOwnPropertyDescriptor(TypedArray.prototype, Symbol.toStringTag).get,
            typedArrayName: getterOf(TypedArray.prototype, Symbol.toStringTag),
            typedArrayBuffer: getterOf(TypedArray.prototype, 'buffer'),
            typedArrayOffset: getterOf(TypedArray.prototype, 'byteOffset'),
            typedArrayBytes: getterOf(TypedArray.prototype, 'byteLength'),
            typedArrayLength: getterOf(TypedArray.prototype, 'length'),
            typedArraySet: uncurry(TypedArray.prototype.set),
            dataViewBuffer: getterOf(DataView.prototype, 'buffer'),
            dataViewOffset: getterOf(DataView.prototype, 'byteOffset'),
            dataViewBytes: getterOf(DataView.prototype, 'byteLength'),
            bufferLength: getterOf(ArrayBuffer.prototype, 'byteLength'),
            bufferSlice: uncurry(ArrayBuffer.prototype.slice),
            isResizable: resizable ? uncurry(resizable.get) : () => false,
            isView: ArrayBuffer.isView,
        };
    };

    const arithmetic = () => {
        const { floor, max, min, round, sqrt, trunc } = Math;
        return { floor, max, min, round, sqrt, trunc };
    };

    globalThis.__jsrun_primordials = function install(native) {
        const {
            apply,
            construct,
            defineProperty,
            getOwnPropertyDescriptor,
            getPrototypeOf,
            ownKeys
        } = Reflect;
        const { create, is, setPrototypeOf } = Object;
        const uncurry = Function.prototype.bind.bind(Function.prototype.call);
        const getterOf = (prototype, key) => uncurry(getOwnPropertyDescriptor(prototype, key).get);

        native.primordials = {
            __proto__: null,
            Array, ArrayBuffer, DataView, Error, FinalizationRegistry, Map, Number, Promise,
            RangeError, Set, String, Symbol, TypeError, Uint8Array, WeakMap,
            // Newer versions of V8 have an accessor.
            errorStack: getOwnPropertyDescriptor(new Error(), 'stack').get,
            captureStackTrace: Error.captureStackTrace,
            apply, construct, defineProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys,
            create, is, setPrototypeOf,
            objectPrototype: Object.prototype,
            hasOwn: uncurry(Object.prototype.hasOwnProperty),
            isEnumerable: uncurry(Object.prototype.propertyIsEnumerable),
            isArray: Array.isArray,
            stringify: JSON.stringify,
            ...arithmetic(),
            isNaN: Number.isNaN,
            parseFloat: Number.parseFloat,
            parseInt: Number.parseInt,
            toFixed: uncurry(Number.prototype.toFixed),
            fromCharCode: String.fromCharCode,
            charCodeAt: uncurry(String.prototype.charCodeAt),
            endsWith: uncurry(String.prototype.endsWith),
            indexOf: uncurry(String.prototype.indexOf),
            padEnd: uncurry(String.prototype.padEnd),
            padStart: uncurry(String.prototype.padStart),
            repeat: uncurry(String.prototype.repeat),
            slice: uncurry(String.prototype.slice),
            startsWith: uncurry(String.prototype.startsWith),
            bigintText: uncurry(BigInt.prototype.toString),
            dateText: uncurry(Date.prototype.toISOString),
            dateValue: uncurry(Date.prototype.valueOf),
            functionText: uncurry(Function.prototype.toString),
            symbolText: uncurry(Symbol.prototype.toString),
            then: uncurry(Promise.prototype.then),
            registerObject: uncurry(FinalizationRegistry.prototype.register),
            asyncIteratorPrototype: getPrototypeOf(getPrototypeOf(async function* () {}).prototype),
            ...buffers(uncurry, getterOf),
            // Not the language's, but there when this runs.
            queueMicrotask, setTimeout,
        };

        // V8 looks whether it was interrupted where a function is entered: this one is for having
        // it look.
        native.lookForInterrupts = () => {};
    };
}
