// --- WritableStreamDefaultWriter -----------------------------------------------------------------

// SetUpWritableStreamDefaultWriter
function newWriter(stream) {
    if (isWritableLocked(stream))
        throw new TypeError('the stream is locked: it has a writer already');
    const writer = { stream, closed: undefined, ready: undefined, object: undefined };
    stream.writer = writer;
    switch (stream.state) {
        case 'writable':
            writer.ready = !isCloseQueuedOrInFlight(stream) && stream.backpressure ?
                newDeferred() :
                resolvedDeferred(undefined);
            writer.closed = newDeferred();
            break;
        case 'erroring':
            writer.ready = rejectedDeferred(stream.storedError);
            writer.closed = newDeferred();
            break;
        case 'closed':
            writer.ready = resolvedDeferred(undefined);
            writer.closed = resolvedDeferred(undefined);
            break;
        default:
            writer.ready = rejectedDeferred(stream.storedError);
            writer.closed = rejectedDeferred(stream.storedError);
    }
    return writer;
}

// The deferred, rejected; or a rejected one in its place, if it was settled before.
function rejectedInPlace(deferred, error) {
    if (!deferred.pending) return rejectedDeferred(error);
    deferred.reject(error);
    markHandled(deferred.promise);
    return deferred;
}

function writerRejectReady(writer, error) { writer.ready = rejectedInPlace(writer.ready, error); }

const writerReleasedError = () =>
    new TypeError('the writer was released and has no stream any more');

// WritableStreamDefaultWriterRelease
function releaseWriter(writer) {
    const stream = writer.stream;
    const error = writerReleasedError();
    writerRejectReady(writer, error);
    writer.closed = rejectedInPlace(writer.closed, error);
    stream.writer = undefined;
    writer.stream = undefined;
}

// WritableStreamDefaultWriterWrite
function writeChunk(writer, chunk) {
    const stream = writer.stream;
    const controller = stream.controller;
    const size = writableChunkSize(controller, chunk);
    if (stream !== writer.stream)
        return rejectedWith(writerReleasedError()); // by the strategy's size()
    if (stream.state === 'errored') return rejectedWith(stream.storedError);
    if (isCloseQueuedOrInFlight(stream) || stream.state === 'closed')
        return rejectedWith(new TypeError('the stream is closed or closing: it takes no chunk'));
    if (stream.state === 'erroring') return rejectedWith(stream.storedError);
    const deferred = newDeferred();
    push(stream.writeRequests, deferred);
    writableControllerWrite(controller, chunk, size);
    return deferred.promise;
}

// WritableStreamDefaultWriterCloseWithErrorPropagation
function closeFromPipe(stream) {
    if (isCloseQueuedOrInFlight(stream) || stream.state === 'closed')
        return resolvedWith(undefined);
    if (stream.state === 'errored') return rejectedWith(stream.storedError);
    return writableClose(stream);
}

function writerOf(object) { return slotsFor(writerSlots, object, 'WritableStreamDefaultWriter'); }

// Of a writer that was not released.
function streamOfWriter(writer) {
    if (writer.stream === undefined) throw writerReleasedError();
    return writer.stream;
}

function writerObject(writer) {
    writerSlots.attach(create(WritableStreamDefaultWriter.prototype), writer);
    return writer.object;
}

class WritableStreamDefaultWriter {
    constructor(stream) {
        writerSlots.attach(this, newWriter(slotsFor(writableSlots, stream, 'WritableStream')));
    }
    get closed() {
        try {
            return writerOf(this).closed.promise;
        } catch (error) {
            return rejectedWith(error);
        }
    }
    get desiredSize() {
        const stream = streamOfWriter(writerOf(this));
        if (stream.state === 'errored' || stream.state === 'erroring') return null;
        return stream.state === 'closed' ? 0 : writableDesiredSize(stream.controller);
    }
    get ready() {
        try {
            return writerOf(this).ready.promise;
        } catch (error) {
            return rejectedWith(error);
        }
    }
    abort(reason = undefined) {
        try {
            return writableAbort(streamOfWriter(writerOf(this)), reason);
        } catch (error) {
            return rejectedWith(error);
        }
    }
    close() {
        try {
            const stream = streamOfWriter(writerOf(this));
            if (isCloseQueuedOrInFlight(stream))
                throw new TypeError('the stream is closing already');
            return writableClose(stream);
        } catch (error) {
            return rejectedWith(error);
        }
    }
    releaseLock() {
        const writer = writerOf(this);
        if (writer.stream !== undefined) releaseWriter(writer);
    }
    write(chunk = undefined) {
        try {
            const writer = writerOf(this);
            streamOfWriter(writer);
            return writeChunk(writer, chunk);
        } catch (error) {
            return rejectedWith(error);
        }
    }
}
