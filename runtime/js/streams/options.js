// --- what scripts pass ---------------------------------------------------------------------------
//
// Conversions as Web IDL has them: members are read in the order of their names, each once.

// An object of options; undefined and null stand for an empty one.
function optionsOf(value, what) {
    if (value === undefined || value === null) return undefined;
    if (!isObject(value)) throw new TypeError(`${what} must be an object`);
    return value;
}

function functionMember(object, key, what) {
    const value = object[key];
    if (value !== undefined && typeof value !== 'function')
        throw new TypeError(`${key} of ${what} must be a function`);
    return value;
}

// { highWaterMark, size }: undefined where there is none
function readStrategy(value) {
    const strategy = optionsOf(value, 'a queuing strategy');
    if (!strategy) return { highWaterMark: undefined, size: undefined };
    let highWaterMark = strategy.highWaterMark;
    if (highWaterMark !== undefined) highWaterMark = +highWaterMark;
    return { highWaterMark, size: functionMember(strategy, 'size', 'a queuing strategy') };
}

// ExtractHighWaterMark
function highWaterMarkOf(strategy, otherwise) {
    const mark = strategy.highWaterMark;
    if (mark === undefined) return otherwise;
    if (mark !== mark || mark < 0)
        throw new RangeError('highWaterMark must be a number that is not negative');
    return mark;
}

// ExtractSizeAlgorithm
function sizeAlgorithmOf(strategy) {
    const size = strategy.size;
    if (size === undefined) return () => 1;
    return (chunk) => +apply(size, undefined, [chunk]);
}

// [EnforceRange] unsigned long long
function unsignedInteger(value, what) {
    let number = +value;
    if (number !== number || number === Infinity || number === -Infinity)
        throw new TypeError(`${what} must be a finite number`);
    number = trunc(number) + 0;
    if (number < 0 || number > Number.MAX_SAFE_INTEGER)
        throw new TypeError(`${what} is out of range`);
    return number;
}

function readPipeOptions(value) {
    const options = optionsOf(value, 'the options');
    if (!options)
        return {
            preventAbort: false,
            preventCancel: false,
            preventClose: false,
            signal: undefined
        };
    const preventAbort = !!options.preventAbort;
    const preventCancel = !!options.preventCancel;
    const preventClose = !!options.preventClose;
    const signal = options.signal;
    if (signal !== undefined && !isAbortSignal(signal))
        throw new TypeError('signal must be an AbortSignal');
    return { preventAbort, preventCancel, preventClose, signal };
}

// There may be an AbortSignal of a script's: whatever behaves like one is one.
function isAbortSignal(value) {
    return isObject(value) && typeof value.aborted === 'boolean' &&
        typeof value.addEventListener === 'function' &&
        typeof value.removeEventListener === 'function';
}

function abortReason(signal) {
    const reason = signal.reason;
    if (reason !== undefined) return reason;
    const error = new Error('The operation was aborted');
    defineProperty(
        error, 'name',
        { __proto__: null, value: 'AbortError', writable: true, configurable: true });
    return error;
}
