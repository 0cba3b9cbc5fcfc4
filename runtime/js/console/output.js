// --- output --------------------------------------------------------------------------------------

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
            const type = typeof args[i];
            const simple = !isObject(args[i]) && type !== 'function' && type !== 'symbol';
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
    if (timers[name] === undefined) {
        const method = ends ? 'timeEnd' : 'timeLog';
        return say('warn', `No such label '${name}' for console.${method}()`);
    }
    const text = `${name}: ${duration(native.now() - timers[name])}`;
    if (ends) delete timers[name];
    const args = [text];
    for (let i = 0; i < rest.length; i++) native.define(args, i + 1, rest[i]);
    output('log', args);
}
