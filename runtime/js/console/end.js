// --- the methods ---------------------------------------------------------------------------------

const group = (...args) => {
    if (args.length) output('log', args);
    if (!wantsValues()) indentation += '  ';
};

// So many levels need no more stack than there is.
const mostLevels = 50;

const methods = {
    __proto__: null,
    log: (...args) => output('log', args),
    debug: (...args) => output('debug', args),
    info: (...args) => output('info', args),
    warn: (...args) => output('warn', args),
    error: (...args) => output('error', args),
    dirxml: (...args) => output('log', args),
    dir: (value, options) => {
        if (wantsValues()) return output('log', [value]);
        const given = isObject(options) && !isProxy(options) ? options : create(null);
        const depth = inherited(given, 'depth');
        let limit = typeof depth === 'number' ? min(depth, mostLevels) : 2;
        if (depth === null) limit = mostLevels;
        const hidden = inherited(given, 'showHidden') === true;
        print('log', inspectedWith(value, { __proto__: null, limit, hidden }));
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
        if (wantsValues() || !isObject(data) || isProxy(data)) return output('log', [data]);
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
        if (timers[name] === undefined) timers[name] = native.now();
        else say('warn', `Label '${name}' already exists for console.time()`);
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
