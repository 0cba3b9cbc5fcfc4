// --- formats -------------------------------------------------------------------------------------

// A number that is made of any value, as the language makes it: scripts of the value may run.
function asNumber(value, convert) {
    if (typeof value === 'symbol') return 'NaN';
    try {
        return numberText(convert(value));
    } catch {
        return 'NaN';
    }
}

// Whether a script has said what the text of an object is.
function hasOwnText(object) {
    const method = inherited(object, 'toString');
    return typeof method === 'function' && !isProxy(method) &&
        !contains(functionText(method), '[native code]');
}

function asString(value) {
    if (typeof value === 'string') return value;
    if (typeof value === 'function') return functionText(value);
    return isObject(value) ? inspected(value, 0) : primitiveText(value);
}

function asText(value) {
    const isThing = isObject(value) || typeof value === 'function';
    if (!isThing || isProxy(value) || !hasOwnText(value)) return asString(value);
    try {
        return toText(value);
    } catch {
        return asString(value);
    }
}

function asJson(value) {
    try {
        return toText(stringify(value));
    } catch {
        return '[Circular]';
    }
}

// The text of one directive; undefined: it is none.
function directive(letter, value) {
    const isBigInt = typeof value === 'bigint';
    switch (letter) {
        case 's':
            return asText(value);
        case 'd':
            return isBigInt ? primitiveText(value) : asNumber(value, toNumber);
        case 'i':
            return isBigInt ? primitiveText(value) : asNumber(value, parseInt);
        case 'f':
            return asNumber(value, parseFloat);
        case 'j':
            return asJson(value);
        case 'o':
            return inspectedWith(value, { __proto__: null, limit: 4, hidden: true });
        case 'O':
            return inspected(value, 2);
        case 'c':
            return '';
        default:
            return undefined;
    }
}

function formatted(args) {
    if (args.length === 0) return '';
    let text = '';
    let next = 0;
    if (typeof args[0] === 'string') {
        const format = args[0];
        next = 1;
        let from = 0;
        for (let i = 0; args.length > 1 && i < format.length - 1; i++) {
            if (format[i] !== '%') continue;
            let part;
            if (format[i + 1] === '%')
                part = '%';
            else if (next < args.length)
                part = directive(format[i + 1], args[next]);
            if (part === undefined) continue;
            if (format[i + 1] !== '%') next++;
            text += slice(format, from, i) + part;
            from = i + 2;
            i++;
        }
        text += slice(format, from);
    } else {
        text = shown(args[0]);
        next = 1;
    }
    for (; next < args.length; next++) text += ' ' + shown(args[next]);
    return text;
}
