// --- single values -------------------------------------------------------------------------------

const mostCharacters = 10000;

const moreText = (count, what) => `... ${count} more ${what}${count === 1 ? '' : 's'}`;

const escapes = {
    __proto__: null,
    8: '\\b',
    9: '\\t',
    10: '\\n',
    12: '\\f',
    13: '\\r',
    92: '\\\\',
};
const digits = '0123456789ABCDEF';
const lowDigits = '0123456789abcdef';

const isHigh = (code) => code >= 0xd800 && code < 0xdc00;
const isLow = (code) => code >= 0xdc00 && code < 0xe000;

// Whether the surrogate at this place has no other half.
function isLone(text, at) {
    const code = charCodeAt(text, at);
    if (isHigh(code)) return at + 1 === text.length || !isLow(charCodeAt(text, at + 1));
    return isLow(code) && (at === 0 || !isHigh(charCodeAt(text, at - 1)));
}

function escapedAt(text, at) {
    const code = charCodeAt(text, at);
    if (escapes[code]) return escapes[code];
    if (code < 32 || (code >= 127 && code < 160))
        return `\\x${digits[code >> 4]}${digits[code & 15]}`;
    if (!isLone(text, at)) return text[at];
    let hex = '';
    for (let shift = 12; shift >= 0; shift -= 4) hex += lowDigits[(code >> shift) & 15];
    return `\\u${hex}`;
}

function escaped(text, quote) {
    let result = '';
    for (let i = 0; i < text.length; i++)
        result += text[i] === quote ? `\\${quote}` : escapedAt(text, i);
    return result;
}

function quoted(text) {
    let quote = "'";
    if (contains(text, "'")) {
        if (!contains(text, '"'))
            quote = '"';
        else if (!contains(text, '`') && !contains(text, '${'))
            quote = '`';
    }
    return quote + escaped(text, quote) + quote;
}

// A string inside an object: a long one is cut, and one that is too long for its line and has
// several lines is shown as several strings.
function stringText(text, state) {
    let rest = '';
    if (text.length > mostCharacters) {
        rest = moreText(text.length - mostCharacters, 'character');
        text = slice(text, 0, mostCharacters);
    }
    if (text.length <= 16 || text.length <= state.width - state.indentation - 4)
        return quoted(text) + rest;
    const lines = split(text, '\n');
    const pieces = list();
    for (let i = 0; i < lines.length; i++) {
        const line = i < lines.length - 1 ? `${lines[i]}\n` : lines[i];
        if (line) add(pieces, quoted(line));
    }
    return joined(pieces, ` +\n${repeat(' ', state.indentation + 2)}`) + rest;
}

const numberText = (number) => (is(number, -0) ? '-0' : toText(number));

function primitiveText(value, state) {
    switch (typeof value) {
        case 'string':
            return state ? stringText(value, state) : quoted(value);
        case 'number':
            return numberText(value);
        case 'bigint':
            return `${bigintText(value)}n`;
        case 'symbol':
            return symbolText(value);
        default:
            return toText(value);
    }
}

function isIdentifier(text) {
    for (let i = 0; i < text.length; i++) {
        const code = charCodeAt(text, i);
        const letter = (code | 32) >= 97 && (code | 32) <= 122;
        const digit = code >= 48 && code <= 57;
        if (!letter && code !== 95 && (!digit || i === 0)) return false;
    }
    return text.length > 0;
}

function keyText(key, enumerable) {
    if (typeof key === 'symbol') return `[${escaped(symbolText(key))}]`;
    if (key === '__proto__') return "['__proto__']";
    if (!enumerable) return `[${escaped(key)}]`;
    return isIdentifier(key) ? key : quoted(key);
}

// --- the width of a text in columns --------------------------------------------------------------

// First and last code points that take two columns: East Asian scripts, symbols and emoji.
const wide = setPrototypeOf(
    [
        0x1100,  0x115f,  0x231a,  0x231b,  0x23e9,  0x23ec,  0x2614,  0x2615,  0x2648,  0x2653,
        0x26aa,  0x26ab,  0x26bd,  0x26be,  0x26c4,  0x26c5,  0x2753,  0x2755,  0x2795,  0x2797,
        0x2e80,  0x303e,  0x3041,  0x4dbf,  0x4e00,  0xa4cf,  0xa960,  0xa97c,  0xac00,  0xd7a3,
        0xf900,  0xfaff,  0xfe30,  0xfe6f,  0xff01,  0xff60,  0xffe0,  0xffe6,  0x1f300, 0x1f320,
        0x1f32d, 0x1f335, 0x1f337, 0x1f37c, 0x1f37e, 0x1f393, 0x1f3a0, 0x1f3ca, 0x1f3e0, 0x1f3f0,
        0x1f400, 0x1f43e, 0x1f442, 0x1f4fc, 0x1f4ff, 0x1f53d, 0x1f550, 0x1f567, 0x1f5fb, 0x1f64f,
        0x1f680, 0x1f6c5, 0x1f900, 0x1f9ff, 0x20000, 0x3fffd,
    ],
    null);
// Those that take none: combining marks, joiners and variation selectors.
const narrow = setPrototypeOf(
    [
        0x300,
        0x36f,
        0x200b,
        0x200f,
        0x20d0,
        0x20ff,
        0xfe00,
        0xfe0f,
        0xfe20,
        0xfe2f,
        0xe0100,
        0xe01ef,
    ],
    null);

function isWithin(ranges, code) {
    for (let i = 0; i < ranges.length; i += 2)
        if (code >= ranges[i] && code <= ranges[i + 1]) return true;
    return false;
}

function columnsOf(text) {
    let columns = 0;
    for (let i = 0; i < text.length; i++) {
        let code = charCodeAt(text, i);
        if (isHigh(code) && !isLone(text, i))
            code = 0x10000 + ((code & 0x3ff) << 10) + (charCodeAt(text, ++i) & 0x3ff);
        if (code < 0x300)
            columns++;
        else if (isWithin(wide, code))
            columns += 2;
        else if (!isWithin(narrow, code))
            columns++;
    }
    return columns;
}
