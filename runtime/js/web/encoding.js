// --- text and bytes ------------------------------------------------------------------------------

// By label, as in the Encoding standard: the number that C++ knows an encoding by.
const encodingNames = ['utf-8', 'utf-16le', 'utf-16be'];
const labels = {
    __proto__: null,
    'unicode-1-1-utf-8': 0,
    unicode11utf8: 0,
    unicode20utf8: 0,
    'utf-8': 0,
    utf8: 0,
    'x-unicode20utf8': 0,
    csunicode: 1,
    'iso-10646-ucs-2': 1,
    'ucs-2': 1,
    unicode: 1,
    unicodefeff: 1,
    'utf-16': 1,
    'utf-16le': 1,
    unicodefffe: 2,
    'utf-16be': 2,
};

class TextEncoder {
    #brand;

    get encoding() {
        this.#brand;
        return 'utf-8';
    }

    encode(input = '') {
        this.#brand;
        return encodeUtf8(`${input}`);
    }

    encodeInto(source, destination) {
        this.#brand;
        needArguments(arguments.length, 2, 'encodeInto()');
        if (!isView(destination) || destination[toStringTag] !== 'Uint8Array')
            throw new TypeError('The destination must be a Uint8Array');
        const [read, written] = native.utf8Write(`${source}`, destination);
        return { read, written };
    }
}

class TextDecoder {
    #encoding;
    #fatal;
    #ignoreBOM;
    #rest = null;   // bytes of a character that is not complete
    #begun = false; // a byte order mark is looked for no more

    constructor(label = 'utf-8', options = undefined) {
        const encoding =
            labels[`${label}`.replace(/^[\t\n\f\r ]+|[\t\n\f\r ]+$/g, '').toLowerCase()];
        if (encoding === undefined)
            throw new RangeError(`The encoding '${label}' is not supported: UTF-8 and UTF-16 are`);
        const { fatal, ignoreBOM } = optionsOf(options, 'the options of a TextDecoder');
        this.#encoding = encoding;
        this.#fatal = !!fatal;
        this.#ignoreBOM = !!ignoreBOM;
    }

    get encoding() { return encodingNames[this.#encoding]; }
    get fatal() { return this.#fatal; }
    get ignoreBOM() { return this.#ignoreBOM; }

    decode(input = new Uint8Array(0), options = undefined) {
        const stream = !!optionsOf(options, 'the options of decode()').stream;
        let bytes = bytesOf(input, 'The input of decode()');
        if (this.#rest) {
            const all = new Uint8Array(this.#rest.length + bytes.length);
            all.set(this.#rest);
            all.set(bytes, this.#rest.length);
            bytes = all;
        }
        const result = native.decode(bytes, this.#encoding, this.#fatal, stream);
        if (result === undefined) {
            this.#rest = null;
            this.#begun = false;
            throw new TypeError(`The bytes are not valid ${encodingNames[this.#encoding]}`);
        }
        let [text, used] = result;
        this.#rest = used < bytes.length ? bytes.slice(used) : null;
        if (text && !this.#begun && !this.#ignoreBOM && text.charCodeAt(0) === 0xfeff)
            text = text.slice(1);
        this.#begun = stream && (this.#begun || used > 0);
        return text;
    }
}

// --- base64 ------------------------------------------------------------------------------------------------------------

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

// -1: it is none.
function digitValue(code) {
    if (code >= 0x41 && code <= 0x5a) return code - 0x41;
    if (code >= 0x61 && code <= 0x7a) return code - 0x61 + 26;
    if (code >= 0x30 && code <= 0x39) return code - 0x30 + 52;
    return code === 0x2b ? 62 : code === 0x2f ? 63 : -1;
}

function btoa(data) {
    needArguments(arguments.length, 1, 'btoa()');
    const text = `${data}`;
    const { length } = text;
    let result = '';
    for (let i = 0; i < length; i += 3) {
        const a = text.charCodeAt(i), b = i + 1 < length ? text.charCodeAt(i + 1) : 0,
              c = i + 2 < length ? text.charCodeAt(i + 2) : 0;
        if ((a | b | c) > 255)
            throw new DOMException(
                'The text has characters outside of Latin-1', 'InvalidCharacterError');
        const bits = (a << 16) | (b << 8) | c;
        result += digits[bits >> 18] + digits[(bits >> 12) & 63] +
            (i + 1 < length ? digits[(bits >> 6) & 63] : '=') +
            (i + 2 < length ? digits[bits & 63] : '=');
    }
    return result;
}

function atob(data) {
    needArguments(arguments.length, 1, 'atob()');
    let text = `${data}`.replace(/[\t\n\f\r ]+/g, '');
    if (text.length % 4 === 0) text = text.replace(/==?$/, '');
    if (text.length % 4 === 1)
        throw new DOMException(
            'The text is not base64: it has a digit too many', 'InvalidCharacterError');
    let result = '', bits = 0, count = 0;
    for (let i = 0; i < text.length; i++) {
        const value = digitValue(text.charCodeAt(i));
        if (value < 0)
            throw new DOMException(
                `The text is not base64: it has a '${text[i]}'`, 'InvalidCharacterError');
        bits = ((bits << 6) | value) & 0xffff;
        count += 6;
        if (count < 8) continue;
        count -= 8;
        result += fromCharCode((bits >> count) & 255);
    }
    return result;
}
