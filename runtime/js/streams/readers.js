// --- ReadableStreamDefaultReader, ReadableStreamBYOBReader ---------------------------------------

function readerOf(object, byob) {
    const reader = readerSlots.of(object);
    if (!reader || reader.byob !== byob)
        throw illegal(byob ? 'ReadableStreamBYOBReader' : 'ReadableStreamDefaultReader');
    return reader;
}

// The object that scripts have of a reader.
function readerObject(reader) {
    readerSlots.attach(
        create((reader.byob ? ReadableStreamBYOBReader : ReadableStreamDefaultReader).prototype),
        reader);
    return reader.object;
}

function closedOf(object, byob) {
    try {
        return readerOf(object, byob).closed.promise;
    } catch (error) {
        return rejectedWith(error);
    }
}

function cancelReader(object, byob, reason) {
    try {
        const reader = readerOf(object, byob);
        return reader.stream === undefined ? rejectedWith(releasedError()) :
                                             readableCancel(reader.stream, reason);
    } catch (error) {
        return rejectedWith(error);
    }
}

function releaseLock(object, byob) {
    const reader = readerOf(object, byob);
    if (reader.stream !== undefined) releaseReader(reader);
}

class ReadableStreamDefaultReader {
    constructor(stream) {
        readerSlots.attach(
            this, newReader(slotsFor(readableSlots, stream, 'ReadableStream'), false));
    }
    get closed() { return closedOf(this, false); }
    cancel(reason = undefined) { return cancelReader(this, false, reason); }
    read() {
        try {
            const reader = readerOf(this, false);
            if (reader.stream === undefined) return rejectedWith(releasedError());
            const deferred = newDeferred();
            readChunk(reader, requestFor(deferred));
            return deferred.promise;
        } catch (error) {
            return rejectedWith(error);
        }
    }
    releaseLock() { releaseLock(this, false); }
}

class ReadableStreamBYOBReader {
    constructor(stream) {
        readerSlots.attach(
            this, newReader(slotsFor(readableSlots, stream, 'ReadableStream'), true));
    }
    get closed() { return closedOf(this, true); }
    cancel(reason = undefined) { return cancelReader(this, true, reason); }
    read(view, options = undefined) {
        try {
            const reader = readerOf(this, true);
            const given = viewOf(view, 'the view');
            const minimum = readMinimum(options);
            if (given.byteLength === 0) throw new TypeError('the view is empty');
            if (bufferLength(given.buffer) === 0)
                throw new TypeError('the buffer of the view is empty');
            if (isDetached(given.buffer)) throw new TypeError('the buffer of the view is detached');
            if (minimum === 0) throw new TypeError('min must be greater than 0');
            if (minimum > given.length)
                throw new RangeError('min is more than the view has room for');
            if (reader.stream === undefined) throw releasedError();
            const deferred = newDeferred();
            readInto(reader, given, minimum, requestFor(deferred));
            return deferred.promise;
        } catch (error) {
            return rejectedWith(error);
        }
    }
    releaseLock() { releaseLock(this, true); }
}

function readMinimum(value) {
    const options = optionsOf(value, 'the options');
    const minimum = options ? options.min : undefined;
    return minimum === undefined ? 1 : unsignedInteger(minimum, 'min');
}
