// --- async iteration, and ReadableStream.from ----------------------------------------------------

// What for await and values() go by, as Web IDL has it: calls of next() and return() are answered
// one after the other.
const iteratorPrototype = create(primordials.asyncIteratorPrototype);
const endOfIteration = {
    end: true
};

function newIterator(stream, preventCancel) {
    const record = {
        reader: newReader(stream, false),
        preventCancel,
        finished: false,
        ongoing: undefined,
        object: undefined
    };
    iteratorSlots.attach(create(iteratorPrototype), record);
    return record.object;
}

// `steps` returns a promise; it is called when what was asked before has been answered.
function queueSteps(record, steps) {
    record.ongoing = record.ongoing ? chain(record.ongoing, steps, steps) : steps();
    return record.ongoing;
}

function nextSteps(record) {
    if (record.finished) return resolvedWith(readResult(undefined, true));
    const next = newDeferred();
    readChunk(record.reader, {
        chunkSteps: next.resolve,
        closeSteps: () => {
            releaseReader(record.reader);
            next.resolve(endOfIteration);
        },
        errorSteps: (error) => {
            releaseReader(record.reader);
            next.reject(error);
        },
    });
    return then(
        next.promise,
        (value) => {
            record.ongoing = undefined;
            if (value !== endOfIteration) return readResult(value, false);
            record.finished = true;
            return readResult(undefined, true);
        },
        (error) => {
            record.ongoing = undefined;
            record.finished = true;
            throw error;
        },
    );
}

function returnSteps(record, value) {
    if (record.finished) return resolvedWith(undefined);
    record.finished = true;
    const reader = record.reader;
    const cancelled =
        record.preventCancel ? resolvedWith(undefined) : readableCancel(reader.stream, value);
    releaseReader(reader);
    return cancelled;
}

const iteratorMethods = {
    __proto__: null,
    next() {
        const record = iteratorSlots.of(this);
        if (!record) return rejectedWith(illegal('ReadableStream async iterator'));
        return queueSteps(record, () => nextSteps(record));
    },
    return (value) {
        const record = iteratorSlots.of(this);
        if (!record) return rejectedWith(illegal('ReadableStream async iterator'));
        return then(
            queueSteps(record, () => returnSteps(record, value)), () => readResult(value, true));
    },
};
const describeMethod = (value) =>
    ({ __proto__: null, value, writable: true, enumerable: true, configurable: true });
defineProperty(iteratorPrototype, 'next', describeMethod(iteratorMethods.next));
defineProperty(iteratorPrototype, 'return', describeMethod(iteratorMethods.return ));

// GetMethod
function methodOf(object, key) {
    const method = object[key];
    if (method === undefined || method === null) return undefined;
    if (typeof method !== 'function') throw new TypeError('what should be a method is none');
    return method;
}

// GetIterator with hint async: { object, next, sync }
function openIterator(iterable) {
    if (iterable === undefined || iterable === null)
        throw new TypeError('the value is not iterable');
    let method = methodOf(iterable, asyncIterator);
    const sync = method === undefined;
    if (sync) method = methodOf(iterable, iterator);
    if (method === undefined) throw new TypeError('the value is not iterable');
    const object = apply(method, iterable, []);
    if (!isObject(object)) throw new TypeError('the iterator is not an object');
    return { object, next: object.next, sync };
}

// ReadableStreamFromIterable
function readableFrom(iterable) {
    const record = openIterator(iterable);

    async function pull() {
        const result = await apply(record.next, record.object, []);
        if (!isObject(result)) throw new TypeError('the result of the iterator is not an object');
        const done = result.done;
        if (done) {
            defaultClose(stream.controller);
            return;
        }
        const value = record.sync ? await result.value : result.value;
        defaultEnqueue(stream.controller, value);
    }

    async function cancel(reason) {
        const method = methodOf(record.object, 'return');
        if (method === undefined) return;
        const result = await apply(method, record.object, [reason]);
        if (!isObject(result)) throw new TypeError('the result of the iterator is not an object');
    }

    const stream = createReadableStream(started, pull, cancel, 0, () => 1);
    return stream;
}
