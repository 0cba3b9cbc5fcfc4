// --- random numbers, and time ------------------------------------------------------------------------------------------------

const MOST_RANDOM_BYTES = 65536; // at a time, as the standard has it
const integerArrays = new Set(['Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array', 'Int32Array', 'Uint32Array', 'BigInt64Array', 'BigUint64Array']);
const hexadecimal = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

class Crypto {
    #brand;

    constructor(secret) {
        if (secret !== fromHere) throw new TypeError('Illegal constructor');
    }

    getRandomValues(array) {
        this.#brand;
        needArguments(arguments.length, 1, 'getRandomValues()');
        if (!isView(array) || !integerArrays.has(array[toStringTag])) throw new DOMException('The argument must be a typed array of integers', 'TypeMismatchError');
        if (array.byteLength > MOST_RANDOM_BYTES) throw new DOMException(`The array has ${array.byteLength} bytes, and at most ${MOST_RANDOM_BYTES} can be had at a time`, 'QuotaExceededError');
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
        for (let i = 0; i < 16; i++) text += (i === 4 || i === 6 || i === 8 || i === 10 ? '-' : '') + hexadecimal[bytes[i]];
        return text;
    }
}

// Of this runtime's beginning: on the clock of native.now(), and since 1970.
let timeOrigin = 0;
let startTime = 0;

class Performance extends EventTarget {
    #brand;

    constructor(secret) {
        if (secret !== fromHere) throw new TypeError('Illegal constructor');
        super();
    }

    get timeOrigin() {
        this.#brand;
        return startTime;
    }

    now() {
        this.#brand;
        return native.now() - timeOrigin;
    }

    toJSON() {
        return { timeOrigin: this.timeOrigin };
    }
}
