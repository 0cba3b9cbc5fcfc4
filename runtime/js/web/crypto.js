// --- random numbers, and time --------------------------------------------------------------------

const MOST_RANDOM_BYTES = 65536; // at a time, as the standard has it
const integerArrays = {
    __proto__: null,
    Int8Array: true,
    Uint8Array: true,
    Uint8ClampedArray: true,
    Int16Array: true,
    Uint16Array: true,
    Int32Array: true,
    Uint32Array: true,
    BigInt64Array: true,
    BigUint64Array: true,
};

const hexadecimalDigits = '0123456789abcdef';
const hexadecimal = (byte) => hexadecimalDigits[byte >> 4] + hexadecimalDigits[byte & 15];

class Crypto {
    #brand;

    constructor(secret) {
        if (secret !== fromHere) throw new TypeError('Illegal constructor');
    }

    getRandomValues(array) {
        this.#brand;
        needArguments(arguments.length, 1, 'getRandomValues()');
        if (!isView(array) || !integerArrays[array[toStringTag]])
            throw new DOMException(
                'The argument must be a typed array of integers', 'TypeMismatchError');
        if (array.byteLength > MOST_RANDOM_BYTES)
            throw new DOMException(
                `The array has ${array.byteLength} bytes, and at most ${
                    MOST_RANDOM_BYTES} can be had at a time`,
                'QuotaExceededError');
        native.randomFill(array);
        return array;
    }

    randomUUID() {
        this.#brand;
        const bytes = new Uint8Array(16);
        native.randomFill(bytes);
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        let text = '';
        for (let i = 0; i < 16; i++)
            text += (i === 4 || i === 6 || i === 8 || i === 10 ? '-' : '') + hexadecimal(bytes[i]);
        return text;
    }
}

class Performance extends EventTarget {
    #brand;

    constructor(secret) {
        if (secret !== fromHere) throw new TypeError('Illegal constructor');
        super();
    }

    get timeOrigin() {
        this.#brand;
        return native.startTime();
    }

    now() {
        this.#brand;
        return native.sinceStart();
    }

    toJSON() { return { timeOrigin: this.timeOrigin }; }
}
