// --- what scripts see ------------------------------------------------------------------------------------------------------

const classes = {
    AbortController, AbortSignal, Blob, Crypto, CustomEvent, DOMException, Event, EventTarget, Performance, TextDecoder, TextEncoder,
};

const functions = { atob, btoa, crypto: new Crypto(fromHere), performance: new Performance(fromHere) };

function define(values, enumerable) {
    const names = ownKeys(values);
    for (let i = 0; i < names.length; i++)
        defineProperty(globalThis, names[i], { __proto__: null, value: values[names[i]], writable: true, enumerable, configurable: true });
}

// In a runtime that is to have them. In parentheses: V8 compiles it when the startup snapshot is made.
const installGlobals = (function () {
    timeOrigin = native.now();
    startTime = Date.now();
    define(classes, false);
    define(functions, true);
});

return function install(natives) {
    native = natives;
    ({ queueMicrotask, setTimeout, ReadableStream } = globalThis);
    if (native.parseUrl) {
        classes.URL = URL;
        classes.URLSearchParams = URLSearchParams;
        URLSearchParams.prototype[iterator] = URLSearchParams.prototype.entries;
        defineProperty(URLSearchParams.prototype, iterator, { __proto__: null, enumerable: false });
    }
    defineCodes(DOMException);
    defineHandler(AbortSignal, 'abort');
    for (const name of ownKeys(classes)) describeClass(classes[name], name);
    native.installWebGlobals = installGlobals;
};
})(globalThis);
