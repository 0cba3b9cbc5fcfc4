// What console prints: the texts that people know from Node. Runs when something is first printed
// (v8/parts.h), and calls nothing that a script can replace: scripts may do with prototypes what
// they like. Getters and proxy traps are not run.
//
// native.consoleMode() tells what the runtime wants: 0 nothing, 1 text, 2 the values. It is asked
// at every call, since one that starts from a snapshot may want something else than the one that
// made the snapshot.
globalThis.__jsrun_console = function (native, primordials) {
    'use strict';

    const {
        apply, bigintText, captureStackTrace, charCodeAt, create, dateText, dateValue, errorStack, functionText, getOwnPropertyDescriptor,
        getPrototypeOf, hasOwn, indexOf, is, isArray, isEnumerable, isNaN, ownKeys, padEnd, parseFloat, parseInt, repeat, setPrototypeOf,
        slice, startsWith, stringify, symbolText, toFixed, Number: toNumber, String: toText,
    } = primordials;
    const { consoleEmit: emit, consoleMode: mode } = native;
    const wantsValues = () => mode() === 2;

    // The descriptor of an object's own property. It inherits nothing, such as a `get` that a
    // script has put into Object.prototype.
    const propertyOf = (object, key) => {
        const property = getOwnPropertyDescriptor(object, key);
        return property && setPrototypeOf(property, null);
    };

    // Arrays without a prototype: no setter of a script's sees what is put into them.
    const list = () => setPrototypeOf([], null);
    const add = (to, value) => {
        to[to.length] = value;
    };
    const joined = (texts, separator) => {
        let text = '';
        for (let i = 0; i < texts.length; i++) text += i ? separator + texts[i] : texts[i];
        return text;
    };
    const replaced = (text, from, to) => {
        let result = '';
        for (let at = indexOf(text, from); at >= 0; at = indexOf(text, from)) {
            result += slice(text, 0, at) + to;
            text = slice(text, at + from.length);
        }
        return result + text;
    };

    const mostItems = 100;
    const lineLength = 80;

    // --- single values ---------------------------------------------------------------------------

    const escapes = { __proto__: null, 8: '\\b', 9: '\\t', 10: '\\n', 12: '\\f', 13: '\\r', 92: '\\\\' };

    const digits = '0123456789ABCDEF';

    function quoted(text) {
        let quote = "'";
        if (indexOf(text, "'") >= 0) {
            if (indexOf(text, '"') < 0) quote = '"';
            else if (indexOf(text, '`') < 0 && indexOf(text, '${') < 0) quote = '`';
        }
        let result = quote;
        for (let i = 0; i < text.length; i++) {
            const code = charCodeAt(text, i);
            if (escapes[code]) result += escapes[code];
            else if (code < 32 || code === 127) result += '\\x' + digits[code >> 4] + digits[code & 15];
            else if (text[i] === quote) result += '\\' + quote;
            else result += text[i];
        }
        return result + quote;
    }

    const numberText = (number) => (is(number, -0) ? '-0' : toText(number));

    function primitiveText(value) {
        switch (typeof value) {
            case 'string':
                return quoted(value);
            case 'number':
                return numberText(value);
            case 'bigint':
                return bigintText(value) + 'n';
            case 'symbol':
                return symbolText(value);
            default:
                return toText(value);
        }
    }

    function isIdentifier(text) {
        if (text.length === 0) return false;
        for (let i = 0; i < text.length; i++) {
            const code = charCodeAt(text, i);
            const letter = (code | 32) >= 97 && (code | 32) <= 122;
            const digit = code >= 48 && code <= 57;
            if (!letter && code !== 95 && code !== 36 && (!digit || i === 0)) return false;
        }
        return true;
    }

    function keyText(key) {
        if (typeof key === 'symbol') return `[${symbolText(key)}]`;
        return isIdentifier(key) ? key : quoted(key);
    }

    // The text of a data property; never of a getter's making.
    function ownText(object, key) {
        const property = propertyOf(object, key);
        return property && typeof property.value === 'string' ? property.value : undefined;
    }

    // --- objects ---------------------------------------------------------------------------------

    function functionHead(value, name) {
        const source = functionText(value);
        const own = ownText(value, 'name');
        if (startsWith(source, 'class') && source[5] !== '(') {
            const base = getPrototypeOf(value);
            const baseName = typeof base === 'function' ? ownText(base, 'name') : '';
            return `[class ${own || '(anonymous)'}${baseName ? ` extends ${baseName}` : ''}]`;
        }
        const kind = name || 'Function';
        return own ? `[${kind}: ${own}]` : `[${kind} (anonymous)]`;
    }

    function stackOf(error) {
        const property = propertyOf(error, 'stack');
        let stack = property && property.value;
        if (property && errorStack && property.get === errorStack) stack = apply(errorStack, error, []);
        return typeof stack === 'string' && stack ? replaced(stack, '<anonymous>:', '<eval>:') : undefined;
    }

    function inherited(object, key) {
        for (let i = 0; object && i < 20 && native.describe(object)[0] !== 'proxy'; i++) {
            const property = propertyOf(object, key);
            if (property) return property.value;
            object = getPrototypeOf(object);
        }
        return undefined;
    }

    function errorHead(error, state) {
        const stack = stackOf(error);
        if (stack) return replaced(stack, '\n', '\n' + repeat(' ', state.indentation - 2));
        const name = inherited(error, 'name');
        const message = inherited(error, 'message');
        const text = (typeof name === 'string' && name) || 'Error';
        return `[${typeof message === 'string' && message ? `${text}: ${message}` : text}]`;
    }

    // What is in front of the braces: the class, unless the braces alone tell it.
    function className(value, name, plain) {
        if (getPrototypeOf(value) === null) return `[${name || plain}: null prototype] `;
        return name === plain || !name ? '' : `${name} `;
    }

    function propertyText(object, key, state) {
        const property = propertyOf(object, key);
        if (property.get) return property.set ? '[Getter/Setter]' : '[Getter]';
        if (property.set) return '[Setter]';
        return inspect(property.value, state);
    }

    function addProperties(to, object, state, skip) {
        const keys = ownKeys(object);
        for (let i = 0; i < keys.length; i++) {
            const key = keys[i];
            if (!isEnumerable(object, key) || (skip && skip(key))) continue;
            add(to, `${keyText(key)}: ${propertyText(object, key, state)}`);
        }
    }

    const isIndex = (key) => typeof key === 'string' && charCodeAt(key, 0) >= 48 && charCodeAt(key, 0) <= 57;

    function addElements(to, array, length, state) {
        let shown = 0;
        let at = 0;
        for (; at < length && shown < mostItems; shown++) {
            if (hasOwn(array, at)) {
                add(to, propertyText(array, at, state));
                at++;
                continue;
            }
            let holes = 0;
            if (length > 1e6) {
                holes = length - at; // a sparse giant: not worth the walk
            } else {
                while (at + holes < length && !hasOwn(array, at + holes)) holes++;
            }
            add(to, `<${holes} empty item${holes === 1 ? '' : 's'}>`);
            at += holes;
        }
        if (at < length) add(to, moreText(length - at));
    }

    const moreText = (count) => `... ${count} more item${count === 1 ? '' : 's'}`;

    function addEntries(to, entries, pairs, state) {
        const step = pairs ? 2 : 1;
        let i = 0;
        for (; i < entries.length && i < mostItems * step; i += step) {
            const text = inspect(entries[i], state);
            add(to, pairs ? `${text} => ${inspect(entries[i + 1], state)}` : text);
        }
        if (i < entries.length) add(to, moreText((entries.length - i) / step));
    }

    // The parts of an object: { open, close, parts }; or a text, if there is nothing inside.
    function partsOf(value, kind, name, extra, state) {
        const parts = list();
        let open = '{';
        let close = '}';
        let skip;
        switch (kind) {
            case 'array':
                open = `${className(value, name, 'Array')}[`;
                if (name !== 'Array' && name) open = `${name}(${value.length}) [`;
                close = ']';
                addElements(parts, value, value.length, state);
                skip = isIndex;
                break;
            case 'typedarray':
                open = `${name}(${extra}) [`;
                close = ']';
                addElements(parts, value, extra, state);
                skip = isIndex;
                break;
            case 'map':
            case 'set':
                open = `${name || kind}(${kind === 'map' ? extra.length / 2 : extra.length}) {`;
                addEntries(parts, extra, kind === 'map', state);
                break;
            case 'iterator':
                open = `[${name}] {`;
                addEntries(parts, extra, false, state);
                break;
            case 'promise':
                open = `${name} {`;
                if (extra.length === 1) add(parts, '<pending>');
                else add(parts, (extra[0] === 2 ? '<rejected> ' : '') + inspect(extra[1], state));
                break;
            case 'weak':
                open = `${name} {`;
                add(parts, '<items unknown>');
                break;
            case 'buffer':
                open = `${name} {`;
                add(parts, `byteLength: ${extra}`);
                break;
            case 'function':
            case 'error':
            case 'date':
            case 'regexp':
            case 'boxed':
                open = headOf(value, kind, name, extra, state);
                close = '';
                if (kind === 'boxed' && typeof extra === 'string') skip = isIndex;
                break;
            default:
                open = `${className(value, name, 'Object')}{`;
                break;
        }
        addProperties(parts, value, state, skip);
        if (kind === 'error') {
            const cause = propertyOf(value, 'cause');
            if (cause && !cause.enumerable && 'value' in cause) add(parts, `[cause]: ${inspect(cause.value, state)}`);
        }
        if (close === '') {
            if (parts.length === 0) return open;
            open = `${open} {`;
            close = '}';
        }
        return parts.length ? { __proto__: null, open, close, parts } : open + close;
    }

    function headOf(value, kind, name, extra, state) {
        switch (kind) {
            case 'function':
                return functionHead(value, name);
            case 'error':
                return errorHead(value, state);
            case 'date':
                return isNaN(dateValue(value)) ? 'Invalid Date' : dateText(value);
            case 'regexp':
                return extra;
            default:
                return `[${name}: ${primitiveText(extra)}]`;
        }
    }

    function laidOut({ open, close, parts }, state, grid) {
        let total = parts.length + parts.length + state.indentation + open.length + 10;
        let inOne = true;
        for (let i = 0; i < parts.length; i++) {
            total += parts[i].length;
            if (indexOf(parts[i], '\n') >= 0) inOne = false;
        }
        if (inOne && total <= lineLength && indexOf(open, '\n') < 0) return `${open} ${joined(parts, ', ')} ${close}`;
        const indent = '\n' + repeat(' ', state.indentation + 2);
        const lines = grid && inOne && parts.length > 6 ? filled(parts, lineLength - 4 - state.indentation) : parts;
        return `${open}${indent}${joined(lines, ',' + indent)}\n${repeat(' ', state.indentation)}${close}`;
    }

    // As many as fit on each line.
    function filled(parts, width) {
        const lines = list();
        let line = '';
        for (let i = 0; i < parts.length; i++) {
            if (line && line.length + 2 + parts[i].length > width) {
                add(lines, line);
                line = parts[i];
            } else {
                line = line ? `${line}, ${parts[i]}` : parts[i];
            }
        }
        add(lines, line);
        return lines;
    }

    // state: { depth: levels that may still be opened, seen: the objects that this is inside of,
    // circular: those of them that were met again, indentation: of the line }
    function inspect(value, state) {
        if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return primitiveText(value);
        let description = native.describe(value);
        while (description[0] === 'proxy') {
            value = description[2];
            if (value === null) return '<Revoked Proxy>';
            description = native.describe(value);
        }
        const kind = description[0];
        const name = description[1];
        for (let i = 0; i < state.seen.length; i++) {
            if (state.seen[i] === value) return `[Circular *${circularIndex(state, value)}]`;
        }
        if (state.depth < 0 && kind !== 'function' && kind !== 'error' && kind !== 'date' && kind !== 'regexp') {
            return kind === 'array' ? '[Array]' : `[${getPrototypeOf(value) === null ? 'Object: null prototype' : name || 'Object'}]`;
        }
        add(state.seen, value);
        state.depth--;
        state.indentation += 2;
        let content;
        try {
            // Of what is too deep only functions and the like come here: their heads, without
            // properties.
            content = state.depth < -1 ? headOf(value, kind, name, description[2], state) : partsOf(value, kind, name, description[2], state);
        } finally {
            state.depth++;
            state.indentation -= 2;
            state.seen.length--;
        }
        const text = typeof content === 'string' ? content : laidOut(content, state, kind === 'array' || kind === 'typedarray');
        for (let i = 0; i < state.circular.length; i++) {
            if (state.circular[i] === value) return `<ref *${i + 1}> ${text}`;
        }
        return text;
    }

    function circularIndex(state, value) {
        for (let i = 0; i < state.circular.length; i++) {
            if (state.circular[i] === value) return i + 1;
        }
        add(state.circular, value);
        return state.circular.length;
    }

    const inspected = (value, depth) =>
        inspect(value, { __proto__: null, depth, seen: list(), circular: list(), indentation: 0 });

    const shown = (value) => (typeof value === 'string' ? value : inspected(value, 2));

    // --- formats ---------------------------------------------------------------------------------

    function asNumber(value, convert) {
        if (typeof value === 'bigint') return bigintText(value) + 'n';
        if (typeof value === 'symbol' || (typeof value === 'object' && value !== null)) return 'NaN';
        return numberText(convert(value));
    }

    function asString(value) {
        if (typeof value === 'string') return value;
        if (typeof value === 'object' && value !== null) return inspected(value, 0);
        return typeof value === 'function' ? functionText(value) : primitiveText(value);
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
        switch (letter) {
            case 's':
                return asString(value);
            case 'd':
                return asNumber(value, toNumber);
            case 'i':
                return typeof value === 'bigint' ? bigintText(value) + 'n' : asNumber(value, parseInt);
            case 'f':
                return typeof value === 'symbol' ? 'NaN' : numberText(parseFloat(typeof value === 'object' ? NaN : value));
            case 'j':
                return asJson(value);
            case 'o':
                return inspected(value, 4);
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
                if (format[i + 1] === '%') part = '%';
                else if (next < args.length && (part = directive(format[i + 1], args[next])) !== undefined) next++;
                if (part === undefined) continue;
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

    // --- output ----------------------------------------------------------------------------------

    let indentation = '';
    const counts = create(null);
    const timers = create(null);

    function print(level, text) {
        if (indentation) text = indentation + replaced(text, '\n', '\n' + indentation);
        try {
            emit(level, text);
        } catch {
            emit(level, slice(text, 0, 10000) + '... (too long)');
        }
    }

    // Values that have no counterpart on the other side go there as text.
    function hand(level, args) {
        try {
            emit(level, args);
        } catch {
            const texts = [];
            for (let i = 0; i < args.length; i++) {
                const simple = args[i] === null || (typeof args[i] !== 'object' && typeof args[i] !== 'function' && typeof args[i] !== 'symbol');
                native.define(texts, i, simple ? args[i] : inspected(args[i], 2));
            }
            emit(level, texts);
        }
    }

    const output = (level, args) => (wantsValues() ? hand(level, args) : print(level, formatted(args)));
    const say = (level, text) => output(level, [text]);
    const labelOf = (label) => (label === undefined ? 'default' : asString(label));

    function duration(milliseconds) {
        if (milliseconds >= 60000) return `${toFixed(milliseconds / 60000, 3)}min`;
        if (milliseconds >= 1000) return `${toFixed(milliseconds / 1000, 3)}s`;
        return `${toFixed(milliseconds, 3)}ms`;
    }

    function logTimer(label, rest, ends) {
        const name = labelOf(label);
        if (timers[name] === undefined) return say('warn', `No such label '${name}' for console.time${ends ? 'End' : 'Log'}()`);
        const text = `${name}: ${duration(native.now() - timers[name])}`;
        if (ends) delete timers[name];
        const args = [text];
        for (let i = 0; i < rest.length; i++) native.define(args, i + 1, rest[i]);
        output('log', args);
    }

    // --- table -----------------------------------------------------------------------------------

    const isObject = (value) => typeof value === 'object' && value !== null;

    function cell(object, key) {
        const property = propertyOf(object, key);
        if (!property) return '';
        return 'value' in property ? inspected(property.value, 0) : '[Getter]';
    }

    const visibleKeys = (object) => {
        const result = list();
        const keys = ownKeys(object);
        for (let i = 0; i < keys.length; i++) {
            if (typeof keys[i] === 'string' && isEnumerable(object, keys[i])) add(result, keys[i]);
        }
        return result;
    };

    // Rows of cells; the first is the head.
    function tableRows(data, wanted) {
        const columns = list();
        const known = create(null);
        const keys = visibleKeys(data);
        let hasValues = false;
        for (let i = 0; i < keys.length; i++) {
            const row = propertyOf(data, keys[i]).value;
            if (!isObject(row)) {
                hasValues = true;
                continue;
            }
            const names = visibleKeys(row);
            for (let j = 0; j < names.length && !wanted; j++) {
                if (!known[names[j]]) add(columns, names[j]);
                known[names[j]] = true;
            }
        }
        for (let j = 0; wanted && j < wanted.length; j++) add(columns, toText(wanted[j]));
        const rows = list();
        const head = list();
        add(head, '(index)');
        for (let j = 0; j < columns.length; j++) add(head, columns[j]);
        if (hasValues) add(head, 'Values');
        add(rows, head);
        for (let i = 0; i < keys.length; i++) {
            const row = propertyOf(data, keys[i]).value;
            const cells = list();
            add(cells, keys[i]);
            for (let j = 0; j < columns.length; j++) add(cells, isObject(row) ? cell(row, columns[j]) : '');
            if (hasValues) add(cells, isObject(row) ? '' : cell(data, keys[i]));
            add(rows, cells);
        }
        return rows;
    }

    function ruler(widths, left, middle, right) {
        let text = left;
        for (let j = 0; j < widths.length; j++) text += (j ? middle : '') + repeat('\u2500', widths[j] + 2);
        return text + right;
    }

    function tableText(rows) {
        const widths = list();
        for (let j = 0; j < rows[0].length; j++) {
            add(widths, 0);
            for (let i = 0; i < rows.length; i++) if (rows[i][j].length > widths[j]) widths[j] = rows[i][j].length;
        }
        let text = ruler(widths, '\u250c', '\u252c', '\u2510');
        for (let i = 0; i < rows.length; i++) {
            text += '\n\u2502';
            for (let j = 0; j < widths.length; j++) text += ` ${padEnd(rows[i][j], widths[j])} \u2502`;
            if (i === 0) text += '\n' + ruler(widths, '\u251c', '\u253c', '\u2524');
        }
        return text + '\n' + ruler(widths, '\u2514', '\u2534', '\u2518');
    }

    // --- the methods -----------------------------------------------------------------------------

    const group = (...args) => {
        if (args.length) output('log', args);
        if (!wantsValues()) indentation += '  ';
    };

    const methods = {
        __proto__: null,
        log: (...args) => output('log', args),
        debug: (...args) => output('debug', args),
        info: (...args) => output('info', args),
        warn: (...args) => output('warn', args),
        error: (...args) => output('error', args),
        dirxml: (...args) => output('log', args),
        dir: (value, options) => {
            let depth = isObject(options) ? options.depth : undefined;
            if (depth === null || depth > 50) depth = 50;
            if (wantsValues()) output('log', [value]);
            else print('log', inspected(value, typeof depth === 'number' ? depth : 2));
        },
        trace: (...args) => {
            const holder = {};
            captureStackTrace(holder);
            const stack = stackOf(holder) || '';
            const at = indexOf(stack, '\n');
            if (wantsValues()) return output('trace', args);
            const text = formatted(args);
            print('trace', (text ? `Trace: ${text}` : 'Trace') + (at < 0 ? '' : slice(stack, at)));
        },
        assert: (condition, ...args) => {
            if (condition) return;
            if (typeof args[0] === 'string') args[0] = `Assertion failed: ${args[0]}`;
            else {
                const all = ['Assertion failed'];
                for (let i = 0; i < args.length; i++) native.define(all, i + 1, args[i]);
                args = all;
            }
            output('error', args);
        },
        table: (data, columns) => {
            if (wantsValues() || !isObject(data)) return output('log', [data]);
            print('log', tableText(tableRows(data, isArray(columns) ? columns : undefined)));
        },
        group,
        groupCollapsed: group,
        groupEnd: () => {
            indentation = slice(indentation, 2);
        },
        count: (label) => {
            const name = labelOf(label);
            counts[name] = (counts[name] || 0) + 1;
            say('log', `${name}: ${counts[name]}`);
        },
        countReset: (label) => {
            const name = labelOf(label);
            if (counts[name] === undefined) say('warn', `Count for '${name}' does not exist`);
            delete counts[name];
        },
        time: (label) => {
            const name = labelOf(label);
            if (timers[name] !== undefined) say('warn', `Label '${name}' already exists for console.time()`);
            else timers[name] = native.now();
        },
        timeLog: (label, ...rest) => logTimer(label, rest, false),
        timeEnd: (label) => logTimer(label, [], true),
    };
    // Logging fails no script.
    const guarded = (method) => (...args) => {
        if (mode() === 0) return;
        try {
            apply(method, undefined, args);
        } catch {
            // A toJSON() that throws, or a full stack.
        }
    };
    const names = ownKeys(methods);
    for (let i = 0; i < names.length; i++) methods[names[i]] = guarded(methods[names[i]]);
    methods.inspect = shown; // no method of the console: C++ asks for it
    return methods;
};
