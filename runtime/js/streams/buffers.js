// --- ArrayBuffers and their views ----------------------------------------------------------------

// By the name that typedArrayName() tells.
const typedArrays = create(null);
const typedArrayNames = ownKeys(primordials.typedArrays);
for (let i = 0; i < typedArrayNames.length; i++) {
    const constructor = primordials.typedArrays[typedArrayNames[i]];
    typedArrays[typedArrayNames[i]] = { constructor, elementSize: constructor.BYTES_PER_ELEMENT };
}

function isDetached(buffer) {
    if (bufferLength(buffer) > 0) return false;
    try {
        new Uint8Array(buffer);
        return false;
    } catch {
        return true;
    }
}

// What of a view counts: { buffer, byteOffset, byteLength, length, elementSize, constructor }.
// Throws for what is no view, and for one of memory that cannot be transferred by its nature.
function viewOf(value, what) {
    if (!isView(value)) throw new TypeError(`${what} must be an ArrayBuffer view`);
    const name = typedArrayName(value);
    const buffer = name === undefined ? dataViewBuffer(value) : typedArrayBuffer(value);
    let resizable;
    try {
        resizable = isResizable(buffer);
        bufferLength(buffer);
    } catch {
        throw new TypeError(`${what} must not be a view of a SharedArrayBuffer`);
    }
    if (resizable) throw new TypeError(`${what} must not be a view of a resizable ArrayBuffer`);
    if (name === undefined) {
        const detached = isDetached(buffer); // the getters of a DataView would throw
        const byteLength = detached ? 0 : dataViewBytes(value);
        const byteOffset = detached ? 0 : dataViewOffset(value);
        return {
            buffer,
            byteOffset,
            byteLength,
            length: byteLength,
            elementSize: 1,
            constructor: DataView
        };
    }
    const { constructor, elementSize } = typedArrays[name];
    return {
        buffer,
        byteOffset: typedArrayOffset(value),
        byteLength: typedArrayBytes(value),
        length: typedArrayLength(value),
        elementSize,
        constructor
    };
}

// TransferArrayBuffer: another object with the same memory; this one is detached. Throws if that
// cannot be.
const transferBuffer = (buffer) => native.transfer(buffer);

function copyBytes(to, toOffset, from, fromOffset, length) {
    typedArraySet(new Uint8Array(to, toOffset, length), new Uint8Array(from, fromOffset, length));
}

// CloneArrayBuffer: a copy of that part
const cloneBytes = (buffer, byteOffset, byteLength) =>
    bufferSlice(buffer, byteOffset, byteOffset + byteLength);

// CloneAsUint8Array
function cloneAsUint8Array(chunk) {
    const { buffer, byteOffset, byteLength } = viewOf(chunk, 'the chunk');
    return new Uint8Array(cloneBytes(buffer, byteOffset, byteLength));
}
