// --- Blob ------------------------------------------------------------------------------------------------------------------

const CHUNK_BYTES = 65536; // of what stream() gives

const normalType = (type) => (/[^\x20-\x7e]/.test(type) ? '' : type.toLowerCase());

class Blob {
    #bytes; // never changed
    #type;

    constructor(parts = [], options = undefined) {
        if (!isObject(parts) || typeof parts[iterator] !== 'function')
            throw new TypeError('The parts of a Blob must be a sequence, such as an array');
        const { endings = 'transparent', type = '' } = optionsOf(options, 'the options of a Blob');
        if (endings !== 'transparent' && endings !== 'native')
            throw new TypeError("endings must be 'transparent' or 'native'");
        const chunks = [...parts].map((part) => {
            if (isObject(part) && #bytes in part) return part.#bytes;
            if (isView(part) || isBuffer(part)) return bytesOf(part).slice();
            const text = `${part}`;
            return encodeUtf8(endings === 'native' ? text.replace(/\r\n?/g, '\n') : text);
        });
        this.#bytes = new Uint8Array(chunks.reduce((size, chunk) => size + chunk.length, 0));
        let at = 0;
        for (const chunk of chunks) {
            this.#bytes.set(chunk, at);
            at += chunk.length;
        }
        this.#type = normalType(`${type}`);
    }

    get size() { return this.#bytes.length; }
    get type() { return this.#type; }

    slice(start = 0, end = this.#bytes.length, type = '') {
        const result = new Blob();
        result.#bytes = this.#bytes.subarray(start, end);
        result.#type = normalType(`${type}`);
        return result;
    }

    async arrayBuffer() { return this.#bytes.slice().buffer; }
    async bytes() { return this.#bytes.slice(); }
    async text() { return native.decode(this.#bytes, 0, false, false)[0].replace(/^\ufeff/, ''); }

    stream() {
        const bytes = this.#bytes;
        let at = 0;
        const ReadableStream = native.readableStream();
        return new ReadableStream({
            type: 'bytes',
            pull(controller) {
                if (at < bytes.length) controller.enqueue(bytes.slice(at, (at += CHUNK_BYTES)));
                if (at < bytes.length) return;
                controller.close();
                controller.byobRequest?.respond(0);
            },
        });
    }
}
