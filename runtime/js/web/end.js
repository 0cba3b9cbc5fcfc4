// --- what scripts see ------------------------------------------------------------------------------------------------------

const classes = {
    __proto__: null,
    AbortController,
    AbortSignal,
    Blob,
    Crypto,
    CustomEvent,
    DOMException,
    Event,
    EventTarget,
    Performance,
    TextDecoder,
    TextEncoder,
};

if (native.parseUrl) {
    classes.URL = URL;
    classes.URLSearchParams = URLSearchParams;
    defineProperty(URLSearchParams.prototype, iterator, {
        __proto__: null,
        value: URLSearchParams.prototype.entries,
        writable: true,
        configurable: true
    });
}
defineCodes(DOMException);
defineHandler(AbortSignal, 'abort');
const classNames = ownKeys(classes);
for (let i = 0; i < classNames.length; i++) describeClass(classes[classNames[i]], classNames[i]);

// The globals that v8/parts.cc names.
return {
    __proto__: null,
    ...classes,
    atob,
    btoa,
    crypto: new Crypto(fromHere),
    performance: new Performance(fromHere)
};
}
;
