// --- aborting ------------------------------------------------------------------------------------------------------

const fromHere = {}; // what only this file can pass to constructors

let signalAbort, isAbortSignal;

class AbortSignal extends EventTarget {
    #aborted = false;
    #reason = undefined;
    #dependents = new Set();

    static {
        isAbortSignal = (value) => isObject(value) && #aborted in value;
        signalAbort = (signal, reason) => {
            if (signal.#aborted) return;
            // All of them are aborted before any listener is told.
            const aborted = [signal, ...signal.#dependents].filter((each) => !each.#aborted);
            for (const each of aborted) {
                each.#aborted = true;
                each.#reason = reason;
                each.#dependents.clear();
            }
            for (const each of aborted) each.dispatchEvent(new Event('abort'));
        };
    }

    constructor(secret) {
        if (secret !== fromHere) throw new TypeError('Illegal constructor');
        super();
    }

    static abort(reason = new DOMException('This operation was aborted', 'AbortError')) {
        const signal = new AbortSignal(fromHere);
        signalAbort(signal, reason);
        return signal;
    }

    static timeout(milliseconds) {
        needArguments(arguments.length, 1, 'AbortSignal.timeout()');
        const delay = +milliseconds;
        if (!(delay >= 0 && delay <= Number.MAX_SAFE_INTEGER))
            throw new TypeError(
                'The timeout must be a number of milliseconds that is not negative');
        const signal = new AbortSignal(fromHere);
        setTimeout(
            () => signalAbort(
                signal,
                new DOMException('The operation was aborted due to timeout', 'TimeoutError')),
            delay);
        return signal;
    }

    static any(signals) {
        needArguments(arguments.length, 1, 'AbortSignal.any()');
        const sources = [...signals];
        for (const source of sources)
            if (!isAbortSignal(source)) throw new TypeError('AbortSignal.any() takes AbortSignals');
        const result = new AbortSignal(fromHere);
        const aborted = sources.find((source) => source.#aborted);
        if (aborted) signalAbort(result, aborted.#reason);
        // A signal of signals follows those that it was made of.
        else
            for (const source of sources)
                for (const origin of source.#origins()) {
                    origin.#dependents.add(result);
                    result.#sources.add(origin);
                }
        return result;
    }

    #sources = new Set();

    #origins() { return this.#sources.size ? this.#sources : [this]; }

    get aborted() { return this.#aborted; }
    get reason() { return this.#reason; }
    throwIfAborted() {
        if (this.#aborted) throw this.#reason;
    }
}

class AbortController {
    #signal = new AbortSignal(fromHere);

    get signal() { return this.#signal; }
    abort(reason = new DOMException('This operation was aborted', 'AbortError')) {
        signalAbort(this.#signal, reason);
    }
}
