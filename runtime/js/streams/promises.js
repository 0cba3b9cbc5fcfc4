// --- promises ------------------------------------------------------------------------------------

// A promise with the two functions that settle it; `pending` until one of them was called.
function newDeferred() {
    const deferred = { promise: undefined, resolve: undefined, reject: undefined, pending: true };
    deferred.promise = new Promise((resolve, reject) => {
        deferred.resolve = (value) => {
            deferred.pending = false;
            resolve(value);
        };
        deferred.reject = (reason) => {
            deferred.pending = false;
            reject(reason);
        };
    });
    return deferred;
}

// New ones each time: scripts may compare them.
const resolvedWith = (value) => new Promise((resolve) => resolve(value));
const rejectedWith = (reason) => new Promise((resolve, reject) => reject(reason));

// A rejection of it is nobody's fault.
function markHandled(promise) { then(promise, undefined, nothing); }

function resolvedDeferred(value) {
    return { promise: resolvedWith(value), resolve: nothing, reject: nothing, pending: false };
}

// For what scripts may look at or not: nobody is told of it as unhandled.
function rejectedDeferred(reason) {
    const promise = rejectedWith(reason);
    markHandled(promise);
    return { promise, resolve: nothing, reject: nothing, pending: false };
}

// A promise for what a function of a script's returns.
function invoked(method, self, ...args) {
    try {
        return resolvedWith(apply(method, self, args));
    } catch (error) {
        return rejectedWith(error);
    }
}

// Settles a deferred as a promise of ours is. Its resolve() would look up the promise's `then`.
function adopt(deferred, promise) { then(promise, deferred.resolve, deferred.reject); }

// The promise for what a step comes to that returns a promise, and is taken when another is
// settled. To return it from a reaction would look up its `then`, too.
function chain(promise, fulfilled, rejected) {
    const deferred = newDeferred();
    const run = (step) => (value) => adopt(deferred, step(value));
    then(promise, run(fulfilled), rejected ? run(rejected) : deferred.reject);
    return deferred.promise;
}

// For all promises of a queue; rejected as soon as one is.
function whenAll(promises) {
    return new Promise((resolve, reject) => {
        let missing = promises.length;
        if (missing === 0) resolve(undefined);
        const arrived = () => (--missing === 0 ? resolve(undefined) : undefined);
        while (promises.length > 0) then(shift(promises), arrived, reject);
    });
}
