// --- URL ---------------------------------------------------------------------------------------------------------------------

// The places in what native.parseUrl() and native.changeUrl() give.
const HREF = 0, ORIGIN = 1, PROTOCOL = 2, USERNAME = 3, PASSWORD = 4, HOST = 5, HOSTNAME = 6,
      PORT = 7, PATHNAME = 8, SEARCH = 9, HASH = 10;

let bindParams;    // (params, url): changes of one are changes of the other
let replaceParams; // (params, text)
let setSearch;     // (url, text)

// application/x-www-form-urlencoded

function unescapeForm(text) {
    const plain = text.replaceAll('+', ' ');
    if (!plain.includes('%')) return plain;
    const bytes = encodeUtf8(plain);
    let size = 0;
    for (let i = 0; i < bytes.length; i++) {
        const code = bytes[i] === 0x25 && i + 2 < bytes.length ?
            hexadecimalValue(bytes[i + 1]) * 16 + hexadecimalValue(bytes[i + 2]) :
            NaN;
        if (code === code) i += 2;
        bytes[size++] = code === code ? code : bytes[i];
    }
    return native.decode(bytes.subarray(0, size), 0, false, false)[0];
}

function hexadecimalValue(code) {
    if (code >= 0x30 && code <= 0x39) return code - 0x30;
    const letter = code | 0x20;
    return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : NaN;
}

function escapeForm(text) {
    if (/^[\w*.-]*$/.test(text)) return text;
    const bytes = encodeUtf8(text);
    let result = '';
    for (let i = 0; i < bytes.length; i++) {
        const character = fromCharCode(bytes[i]);
        if (bytes[i] === 0x20)
            result += '+';
        else if (/[\w*.-]/.test(character))
            result += character;
        else
            result += '%' + hexadecimal(bytes[i]).toUpperCase();
    }
    return result;
}

function parseForm(text) {
    const pairs = [];
    for (const part of text.split('&')) {
        if (!part) continue;
        const at = part.indexOf('=');
        pairs.push(
            at < 0 ? [unescapeForm(part), ''] :
                     [unescapeForm(part.slice(0, at)), unescapeForm(part.slice(at + 1))]);
    }
    return pairs;
}

function pairsOf(init) {
    if (typeof init[iterator] === 'function') {
        return Array.from(init, (pair) => {
            if (!isObject(pair) || typeof pair[iterator] !== 'function')
                throw new TypeError('Each of the pairs must be a sequence, such as an array');
            const both = [...pair];
            if (both.length !== 2)
                throw new TypeError('Each of the pairs must have a name and a value');
            return [scalarText(both[0]), scalarText(both[1])];
        });
    }
    const pairs = new Map();
    for (const key of ownKeys(init)) {
        if (!getOwnPropertyDescriptor(init, key)?.enumerable) continue;
        if (typeof key === 'symbol') throw new TypeError('The names must be strings');
        pairs.set(scalarText(key), scalarText(init[key]));
    }
    return [...pairs];
}

class URLSearchParams {
    #pairs = [];
    #url = null;

    static {
        bindParams = (params, url) => {
            params.#url = url;
        };
        replaceParams = (params, text) => {
            params.#pairs = parseForm(text);
        };
    }

    constructor(init = '') {
        if (isObject(init))
            this.#pairs = #pairs in init ? init.#pairs.map((pair) => [...pair]) : pairsOf(init);
        else
            this.#pairs = parseForm(scalarText(init).replace(/^\?/, ''));
    }

    #changed() {
        if (this.#url) setSearch(this.#url, this.toString());
    }

    get size() { return this.#pairs.length; }

    append(name, value) {
        needArguments(arguments.length, 2, 'append()');
        this.#pairs.push([scalarText(name), scalarText(value)]);
        this.#changed();
    }

    delete(name, value = undefined) {
        needArguments(arguments.length, 1, 'delete()');
        const [wanted, only] = [scalarText(name), value === undefined ? value : scalarText(value)];
        this.#pairs = this.#pairs.filter(
            (pair) => pair[0] !== wanted || (only !== undefined && pair[1] !== only));
        this.#changed();
    }

    get(name) {
        needArguments(arguments.length, 1, 'get()');
        const wanted = scalarText(name);
        return this.#pairs.find((pair) => pair[0] === wanted)?.[1] ?? null;
    }

    getAll(name) {
        needArguments(arguments.length, 1, 'getAll()');
        const wanted = scalarText(name);
        return this.#pairs.filter((pair) => pair[0] === wanted).map((pair) => pair[1]);
    }

    has(name, value = undefined) {
        needArguments(arguments.length, 1, 'has()');
        const [wanted, only] = [scalarText(name), value === undefined ? value : scalarText(value)];
        return this.#pairs.some(
            (pair) => pair[0] === wanted && (only === undefined || pair[1] === only));
    }

    set(name, value) {
        needArguments(arguments.length, 2, 'set()');
        const [wanted, text] = [scalarText(name), scalarText(value)];
        const first = this.#pairs.find((pair) => pair[0] === wanted);
        if (first) {
            first[1] = text;
            this.#pairs = this.#pairs.filter((pair) => pair === first || pair[0] !== wanted);
        } else {
            this.#pairs.push([wanted, text]);
        }
        this.#changed();
    }

    sort() {
        this.#pairs.sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
        this.#changed();
    }

    forEach(callback, self = undefined) {
        if (typeof callback !== 'function') throw new TypeError('The callback must be a function');
        for (const [name, value] of this) callback.call(self, value, name, this);
    }

    // Pairs that are added while somebody iterates are met.
    * entries() {
        for (let i = 0; i < this.#pairs.length; i++) yield [...this.#pairs[i]];
    }
    * keys() {
        for (let i = 0; i < this.#pairs.length; i++) yield this.#pairs[i][0];
    }
    * values() {
        for (let i = 0; i < this.#pairs.length; i++) yield this.#pairs[i][1];
    }

    toString() {
        return this.#pairs.map(([name, value]) => `${escapeForm(name)}=${escapeForm(value)}`)
            .join('&');
    }
}

function parseUrl(url, base) {
    return native.parseUrl(scalarText(url), base === undefined ? undefined : scalarText(base));
}

class URL {
    #parts;
    #params = null;

    static {
        setSearch = (url, text) => {
            url.#parts = native.changeUrl(url.href, SEARCH, text);
        };
    }

    constructor(url, base = undefined) {
        needArguments(arguments.length, 1, 'new URL()');
        this.#parts = parseUrl(url, base);
        if (!this.#parts)
            throw new TypeError(
                base === undefined ? `Invalid URL: '${url}'` :
                                     `Invalid URL: '${url}' with the base '${base}'`);
    }

    static canParse(url, base = undefined) {
        needArguments(arguments.length, 1, 'URL.canParse()');
        return parseUrl(url, base) !== undefined;
    }

    static parse(url, base = undefined) {
        needArguments(arguments.length, 1, 'URL.parse()');
        return parseUrl(url, base) ? new URL(url, base) : null;
    }

    #change(part, value) {
        const parts = native.changeUrl(this.href, part, scalarText(value));
        if (!parts) throw new TypeError(`Invalid URL: '${value}'`);
        this.#parts = parts;
        if (this.#params && (part === HREF || part === SEARCH))
            replaceParams(this.#params, this.search.slice(1));
    }

    get href() { return this.#parts[HREF]; }
    set href(value) { this.#change(HREF, value); }
    get origin() { return this.#parts[ORIGIN]; }
    get protocol() { return this.#parts[PROTOCOL]; }
    set protocol(value) { this.#change(PROTOCOL, value); }
    get username() { return this.#parts[USERNAME]; }
    set username(value) { this.#change(USERNAME, value); }
    get password() { return this.#parts[PASSWORD]; }
    set password(value) { this.#change(PASSWORD, value); }
    get host() { return this.#parts[HOST]; }
    set host(value) { this.#change(HOST, value); }
    get hostname() { return this.#parts[HOSTNAME]; }
    set hostname(value) { this.#change(HOSTNAME, value); }
    get port() { return this.#parts[PORT]; }
    set port(value) { this.#change(PORT, value); }
    get pathname() { return this.#parts[PATHNAME]; }
    set pathname(value) { this.#change(PATHNAME, value); }
    get search() { return this.#parts[SEARCH]; }
    set search(value) { this.#change(SEARCH, value); }
    get hash() { return this.#parts[HASH]; }
    set hash(value) { this.#change(HASH, value); }

    get searchParams() {
        if (!this.#params) {
            this.#params = new URLSearchParams(this.search);
            bindParams(this.#params, this);
        }
        return this.#params;
    }

    toString() { return this.href; }
    toJSON() { return this.href; }
}
