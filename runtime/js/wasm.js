// Where WebAssembly.compileStreaming() and instantiateStreaming() get their bytes from. V8 compiles
// what has come so far while the rest is on its way.
'use strict';

globalThis.__jsrun_wasm = function(native, primordials) {
    const { Symbol, TypeError, isView } = primordials;
    const { asyncIterator, iterator, toStringTag } = Symbol;

    const isObject = (value) =>
        (typeof value === 'object' && value !== null) || typeof value === 'function';
    const isBytes = (value) => isView(value) ||
        (isObject(value) &&
         (value[toStringTag] === 'ArrayBuffer' || value[toStringTag] === 'SharedArrayBuffer'));

    function push(wire, chunk) {
        if (!isBytes(chunk))
            throw new TypeError(
                'WebAssembly is compiled from bytes: ' +
                'a chunk is neither an ArrayBuffer nor a view of one');
        native.wasmReceive(wire, chunk);
    }

    async function pushAll(wire, source) {
        if (isBytes(source)) {
            push(wire, source);
        } else if (
            isObject(source) &&
            (source[asyncIterator] !== undefined || source[iterator] !== undefined)) {
            for await (const chunk of source) push(wire, chunk);
        } else if (isObject(source) && typeof source.arrayBuffer === 'function') {
            push(wire, await source.arrayBuffer());
        } else {
            throw new TypeError(
                'WebAssembly is compiled from bytes, a stream or another iterable of bytes, ' +
                'a Blob, or a promise of one of these');
        }
    }

    // V8 calls it with what the script has passed, and its own end of the wire.
    async function feed(source, wire) {
        try {
            await pushAll(wire, await source);
        } catch (error) {
            native.wasmAbort(wire, error);
            return;
        }
        native.wasmFinish(wire);
    }

    return { __proto__: null, feed };
};
