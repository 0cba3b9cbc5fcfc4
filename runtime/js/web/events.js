// --- events ------------------------------------------------------------------------------------------------------

// What an event goes through while it is dispatched: the other classes here set it.
let setDispatch, stopsNow;

class Event {
    #type;
    #bubbles;
    #cancelable;
    #composed;
    #canceled = false;
    #stopped = false;
    #stoppedNow = false;
    #dispatching = false;
    #passive = false;
    #target = null;
    #timeStamp = native.sinceStart();

    static {
        setDispatch = (event, dispatching, target, passive) => {
            event.#dispatching = dispatching;
            event.#passive = passive;
            if (target) event.#target = target;
            if (!dispatching) event.#stopped = event.#stoppedNow = false;
        };
        stopsNow = (event) => event.#stoppedNow;
    }

    constructor(type, options = undefined) {
        needArguments(arguments.length, 1, 'new Event()');
        const { bubbles, cancelable, composed } = optionsOf(options, 'the options of an Event');
        this.#type = `${type}`;
        this.#bubbles = !!bubbles;
        this.#cancelable = !!cancelable;
        this.#composed = !!composed;
    }

    get type() { return this.#type; }
    get target() { return this.#target; }
    get srcElement() { return this.#target; }
    get currentTarget() { return this.#dispatching ? this.#target : null; }
    get eventPhase() { return this.#dispatching ? 2 : 0; }
    get bubbles() { return this.#bubbles; }
    get cancelable() { return this.#cancelable; }
    get composed() { return this.#composed; }
    get defaultPrevented() { return this.#canceled; }
    get returnValue() { return !this.#canceled; }
    set returnValue(value) {
        if (!value) this.preventDefault();
    }
    get cancelBubble() { return this.#stopped; }
    set cancelBubble(value) {
        if (value) this.#stopped = true;
    }
    get isTrusted() { return false; }
    get timeStamp() { return this.#timeStamp; }

    composedPath() { return this.#dispatching ? [this.#target] : []; }
    preventDefault() {
        if (this.#cancelable && !this.#passive) this.#canceled = true;
    }
    stopPropagation() { this.#stopped = true; }
    stopImmediatePropagation() { this.#stopped = this.#stoppedNow = true; }

    static isDispatching(event) { return event.#dispatching; }
}

const { isDispatching } = Event;
delete Event.isDispatching;

class CustomEvent extends Event {
    #detail;

    constructor(type, options = undefined) {
        needArguments(arguments.length, 1, 'new CustomEvent()');
        super(type, options);
        this.#detail = optionsOf(options, 'the options of an Event').detail ?? null;
    }

    get detail() { return this.#detail; }
}

// An exception of a listener's is nobody's who dispatches: it goes the way of uncaught ones.
const reportLater = (error) => queueMicrotask(() => {
    throw error;
});

function callListener(listener, target, event) {
    try {
        if (typeof listener === 'function')
            listener.call(target, event);
        else
            listener.handleEvent(event);
    } catch (error) {
        reportLater(error);
    }
}

class EventTarget {
    #listeners = new Map(); // by type: lists of { callback, capture, once, passive, removed }

    addEventListener(type, callback, options = undefined) {
        needArguments(arguments.length, 2, 'addEventListener()');
        const { capture, once, passive, signal } =
            isObject(options) ? options : { capture: options };
        if (signal !== undefined && !isAbortSignal(signal))
            throw new TypeError('signal must be an AbortSignal');
        if (callback === null || callback === undefined) return;
        if (!isObject(callback)) throw new TypeError('a listener must be a function or an object');
        if (signal?.aborted) return;
        const name = `${type}`;
        let list = this.#listeners.get(name);
        if (!list) this.#listeners.set(name, (list = []));
        for (const known of list)
            if (known.callback === callback && known.capture === !!capture) return;
        list.push(
            { callback, capture: !!capture, once: !!once, passive: !!passive, removed: false });
        if (signal)
            signal.addEventListener(
                'abort', () => this.removeEventListener(name, callback, { capture }),
                { once: true });
    }

    removeEventListener(type, callback, options = undefined) {
        needArguments(arguments.length, 2, 'removeEventListener()');
        const capture = !!(isObject(options) ? options.capture : options);
        const list = this.#listeners.get(`${type}`) ?? [];
        const at =
            list.findIndex((known) => known.callback === callback && known.capture === capture);
        if (at >= 0) list.splice(at, 1)[0].removed = true;
    }

    dispatchEvent(event) {
        needArguments(arguments.length, 1, 'dispatchEvent()');
        if (isDispatching(event))
            throw new DOMException('The event is already being dispatched', 'InvalidStateError');
        setDispatch(event, true, this, false);
        for (const listener of [...(this.#listeners.get(event.type) ?? [])]) {
            if (stopsNow(event)) break;
            if (listener.removed) continue;
            if (listener.once)
                this.removeEventListener(event.type, listener.callback, listener.capture);
            setDispatch(event, true, null, listener.passive);
            callListener(listener.callback, this, event);
        }
        setDispatch(event, false, null, false);
        return !event.defaultPrevented;
    }
}

// An attribute such as onabort: a listener that can be replaced and keeps its place.
function defineHandler(constructor, type) {
    const handlers = new WeakMap();
    defineProperty(constructor.prototype, `on${type}`, {
        __proto__: null,
        get() { return handlers.get(this)?.callback ?? null; },
        set(callback) {
            const known = handlers.get(this);
            if (known) {
                known.callback = isObject(callback) ? callback : null;
            } else if (isObject(callback)) {
                const handler = { callback };
                handlers.set(this, handler);
                this.addEventListener(type, function(event) {
                    if (typeof handler.callback === 'function') handler.callback.call(this, event);
                });
            }
        },
        configurable: true,
    });
}
