// What the web platform's tests use of a global scope, besides streams.
'use strict';

globalThis.self = globalThis;
globalThis.GLOBAL = { isWindow: () => false, isWorker: () => false, isShadowRealm: () => false };

globalThis.DOMException = class DOMException extends Error {
    #name;
    constructor(message = '', name = 'Error') {
        super(message);
        this.#name = name;
    }
    get name() {
        return this.#name;
    }
    get code() {
        return this.#name === 'AbortError' ? DOMException.ABORT_ERR : 0;
    }
};
DOMException.ABORT_ERR = 20;

globalThis.AbortSignal = class AbortSignal {
    aborted = false;
    reason = undefined;
    onabort = null;
    #listeners = new Set();
    addEventListener(type, listener) {
        if (type === 'abort') this.#listeners.add(listener);
    }
    removeEventListener(type, listener) {
        this.#listeners.delete(listener);
    }
    static abort(reason) {
        const controller = new AbortController();
        controller.abort(reason);
        return controller.signal;
    }
    static _abort(signal, reason) {
        if (signal.aborted) return;
        signal.aborted = true;
        signal.reason = reason;
        if (signal.onabort) signal.onabort();
        for (const listener of signal.#listeners) listener();
    }
};

globalThis.AbortController = class AbortController {
    signal = new AbortSignal();
    abort(reason = new DOMException('This operation was aborted', 'AbortError')) {
        AbortSignal._abort(this.signal, reason);
    }
};

// What nobody handles, the harness wants to know.
globalThis.addEventListener = () => undefined;

// For the tests that are made from the interfaces' definitions.
globalThis.fetch = async (url) => ({ ok: true, text: async () => __fetch(url) });
globalThis.location = { search: '' };
globalThis.Window = class Window {};
