// --- writable streams ----------------------------------------------------------------------------
//
// States: 'writable', then 'closed', or 'erroring' while something is under way and then 'errored'.

function newWritable() {
    return {
        state: 'writable',
        storedError: undefined,
        writer: undefined,
        controller: undefined,
        writeRequests: newQueue(),
        inFlightWrite: undefined,
        closeRequest: undefined,
        inFlightClose: undefined,
        pendingAbort: undefined,
        backpressure: false,
        object: undefined,
    };
}

// CreateWritableStream
function createWritableStream(
    startAlgorithm, writeAlgorithm, closeAlgorithm, abortAlgorithm, highWaterMark, sizeAlgorithm) {
    const stream = newWritable();
    const controller = newWritableController();
    setUpWritableController(
        stream, controller, startAlgorithm, writeAlgorithm, closeAlgorithm, abortAlgorithm,
        highWaterMark, sizeAlgorithm);
    return stream;
}

const isWritableLocked = (stream) => stream.writer !== undefined;
const isCloseQueuedOrInFlight = (stream) =>
    stream.closeRequest !== undefined || stream.inFlightClose !== undefined;
const hasOperationInFlight = (stream) =>
    stream.inFlightWrite !== undefined || stream.inFlightClose !== undefined;

// WritableStreamAbort
function writableAbort(stream, reason) {
    if (stream.state === 'closed' || stream.state === 'errored') return resolvedWith(undefined);
    signalAbort(stream.controller, reason);
    if (stream.state === 'closed' || stream.state === 'errored') return resolvedWith(undefined);
    if (stream.pendingAbort !== undefined) return stream.pendingAbort.deferred.promise;
    const wasErroring = stream.state === 'erroring';
    if (wasErroring) reason = undefined;
    const deferred = newDeferred();
    stream.pendingAbort = { deferred, reason, wasErroring };
    if (!wasErroring) writableStartErroring(stream, reason);
    return deferred.promise;
}

// WritableStreamClose
function writableClose(stream) {
    const state = stream.state;
    if (state === 'closed' || state === 'errored')
        return rejectedWith(new TypeError(`the stream is ${state}: it cannot be closed`));
    const deferred = newDeferred();
    stream.closeRequest = deferred;
    const writer = stream.writer;
    if (writer !== undefined && stream.backpressure && state === 'writable')
        writer.ready.resolve(undefined);
    writableControllerClose(stream.controller);
    return deferred.promise;
}

function writableDealWithRejection(stream, error) {
    if (stream.state === 'writable')
        writableStartErroring(stream, error);
    else
        writableFinishErroring(stream);
}

function writableStartErroring(stream, reason) {
    stream.state = 'erroring';
    stream.storedError = reason;
    if (stream.writer !== undefined) writerRejectReady(stream.writer, reason);
    if (!hasOperationInFlight(stream) && stream.controller.started) writableFinishErroring(stream);
}

function writableFinishErroring(stream) {
    stream.state = 'errored';
    stream.controller.errorSteps();
    const error = stream.storedError;
    const requests = stream.writeRequests;
    stream.writeRequests = newQueue();
    while (requests.length > 0) shift(requests).reject(error);
    const abort = stream.pendingAbort;
    if (abort === undefined) {
        writableRejectClose(stream);
        return;
    }
    stream.pendingAbort = undefined;
    if (abort.wasErroring) {
        abort.deferred.reject(error);
        writableRejectClose(stream);
        return;
    }
    then(
        stream.controller.abortSteps(abort.reason),
        () => {
            abort.deferred.resolve(undefined);
            writableRejectClose(stream);
        },
        (reason) => {
            abort.deferred.reject(reason);
            writableRejectClose(stream);
        },
    );
}

// WritableStreamRejectCloseAndClosedPromiseIfNeeded
function writableRejectClose(stream) {
    if (stream.closeRequest !== undefined) {
        stream.closeRequest.reject(stream.storedError);
        stream.closeRequest = undefined;
    }
    const writer = stream.writer;
    if (writer === undefined) return;
    writer.closed.reject(stream.storedError);
    markHandled(writer.closed.promise);
}

function writableUpdateBackpressure(stream, backpressure) {
    const writer = stream.writer;
    if (writer !== undefined && backpressure !== stream.backpressure) {
        if (backpressure)
            writer.ready = newDeferred();
        else
            writer.ready.resolve(undefined);
    }
    stream.backpressure = backpressure;
}

function writableFinishWrite(stream) {
    stream.inFlightWrite.resolve(undefined);
    stream.inFlightWrite = undefined;
}

function writableFinishWriteWithError(stream, error) {
    stream.inFlightWrite.reject(error);
    stream.inFlightWrite = undefined;
    writableDealWithRejection(stream, error);
}

function writableFinishClose(stream) {
    stream.inFlightClose.resolve(undefined);
    stream.inFlightClose = undefined;
    if (stream.state === 'erroring') {
        stream.storedError = undefined; // it has closed before it could fail
        if (stream.pendingAbort !== undefined) {
            stream.pendingAbort.deferred.resolve(undefined);
            stream.pendingAbort = undefined;
        }
    }
    stream.state = 'closed';
    if (stream.writer !== undefined) stream.writer.closed.resolve(undefined);
}

function writableFinishCloseWithError(stream, error) {
    stream.inFlightClose.reject(error);
    stream.inFlightClose = undefined;
    if (stream.pendingAbort !== undefined) {
        stream.pendingAbort.deferred.reject(error);
        stream.pendingAbort = undefined;
    }
    writableDealWithRejection(stream, error);
}
