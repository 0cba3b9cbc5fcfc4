// --- errors --------------------------------------------------------------------------------------

const frameStart = '\n    at';

// A primitive value as text; an object's own text would need its script.
const plainText = (value, otherwise) =>
    value === undefined || value === null || isObject(value) || typeof value === 'function' ?
    otherwise :
    primitiveText(typeof value === 'string' ? toText(value) : value);

function nameOf(error) {
    const name = inherited(error, 'name');
    return typeof name === 'string' ? name : plainText(name, 'Error');
}

function messageOf(error) {
    const message = inherited(error, 'message');
    return typeof message === 'string' ? message : plainText(message, '');
}

// The stack that V8 or a script has given to an Error; without one, its name and message.
function stackOf(error) {
    const property = inheritedProperty(error, 'stack');
    let stack = property && property.value;
    if (property && errorStack && property.get === errorStack) stack = apply(errorStack, error, []);
    if (typeof stack === 'string' && stack) return replaced(stack, '<anonymous>:', '<eval>:');
    if (stack) return plainText(stack, '');
    const name = nameOf(error);
    const message = messageOf(error);
    return name && message ? `${name}: ${message}` : name || message;
}

// The start of a stack names the class that V8 knew when the Error was made. This puts the object's
// own class there if a reader would miss it.
function withClass(stack, name, constructor, tag) {
    let length = name.length;
    let fallback = 'Error';
    if (constructor === null) {
        const colon = indexOf(stack, ':');
        const end = indexOf(stack, frameStart);
        const known = slice(stack, 0, colon < 0 ? (end < 0 ? stack.length : end) : colon);
        length = known.length;
        fallback = known || 'Error';
    } else if (
        !endsWith(name, 'Error') || !startsWith(stack, name) ||
        (stack.length > length && stack[length] !== ':' && stack[length] !== '\n')) {
        return stack;
    }
    const text = prefix(constructor, tag, fallback);
    const shown = slice(text, 0, text.length - 1);
    if (shown === name) return stack;
    const rest = slice(stack, length);
    if (contains(shown, name)) return length ? shown + rest : `${shown}: ${stack}`;
    return `${shown} [${name}]${rest}`;
}

// Of the frames, those that the cause's stack has as well are left out, except the first and the
// last.
function withoutCommonFrames(frames, cause) {
    const stack = stackOf(cause);
    const start = indexOf(stack, frameStart);
    if (start < 0) return frames;
    const others = split(slice(stack, start + 1), '\n');
    for (let i = 0; i < frames.length - 3; i++) {
        for (let at = 0; at < others.length; at++) {
            let count = 0;
            while (i + count < frames.length && frames[i + count] === others[at + count]) count++;
            if (count <= 3) continue;
            const kept = list();
            for (let j = 0; j <= i; j++) add(kept, frames[j]);
            add(kept, `    ... ${count - 2} lines matching cause stack trace ...`);
            for (let j = i + count - 1; j < frames.length; j++) add(kept, frames[j]);
            return kept;
        }
    }
    return frames;
}

const isError = (value, kind) => kind === 'error' || isInstance(value, primordials.Error);

// The text in front of an Error's properties.
function errorHead({ value: error, constructor, tag }, state) {
    const message = messageOf(error);
    let stack = withClass(stackOf(error), nameOf(error), constructor, tag);
    const at = message ? indexOf(stack, message) : -1;
    const from = at < 0 ? 0 : at + message.length;
    const start = indexOf(slice(stack, from), frameStart);
    if (start < 0) {
        stack = `[${stack}]`;
    } else {
        let frames = split(slice(stack, from + start + 1), '\n');
        const cause = inherited(error, 'cause');
        if (isObject(cause) && isError(cause, native.describe(cause)[0]))
            frames = withoutCommonFrames(frames, cause);
        stack = `${slice(stack, 0, from + start)}\n${joined(frames, '\n')}`;
    }
    return replaced(stack, '\n', `\n${repeat(' ', state.indentation)}`);
}

// The properties to show: not those that are in the stack, but the cause and the errors, which are
// not enumerable.
function errorKeys(error, keys, hidden) {
    const shown = list();
    const stack = stackOf(error);
    for (let i = 0; i < keys.length; i++) {
        const key = keys[i];
        if (!hidden && (key === 'name' || key === 'message' || key === 'stack')) {
            const value = inherited(error, key);
            if (typeof value !== 'string' || contains(stack, value)) continue;
        }
        add(shown, key);
    }
    if (!has(shown, 'cause') && inheritedProperty(error, 'cause')) add(shown, 'cause');
    if (!has(shown, 'errors') && isArray(inherited(error, 'errors'))) add(shown, 'errors');
    return shown;
}
