// --- readable streams: what is common to all -----------------------------------------------------
//
// A request of a reader's is { chunkSteps(chunk), closeSteps(chunk), errorSteps(error) }: one of
// them is called, once.

function newReadable() {
    return {
        state: 'readable',
        storedError: undefined,
        disturbed: false,
        reader: undefined,
        hostReader: undefined,
        controller: undefined,
        object: undefined
    };
}

// A startAlgorithm returns a promise. This one has nothing to do.
const started = () => resolvedWith(undefined);

// CreateReadableStream
function createReadableStream(
    startAlgorithm, pullAlgorithm, cancelAlgorithm, highWaterMark, sizeAlgorithm) {
    const stream = newReadable();
    const controller = newDefaultController();
    setUpDefaultController(
        stream, controller, startAlgorithm, pullAlgorithm, cancelAlgorithm, highWaterMark,
        sizeAlgorithm);
    return stream;
}

// CreateReadableByteStream
function createReadableByteStream(startAlgorithm, pullAlgorithm, cancelAlgorithm) {
    const stream = newReadable();
    const controller = newByteController();
    setUpByteController(
        stream, controller, startAlgorithm, pullAlgorithm, cancelAlgorithm, 0, undefined);
    return stream;
}

const isReadableLocked = (stream) => stream.reader !== undefined;
const hasDefaultReader = (stream) => stream.reader !== undefined && !stream.reader.byob;
const hasByobReader = (stream) => stream.reader !== undefined && stream.reader.byob;
const requestCount = (stream) => stream.reader.requests.length;

// ReadableStreamCancel
function readableCancel(stream, reason) {
    stream.disturbed = true;
    if (stream.state === 'closed') return resolvedWith(undefined);
    if (stream.state === 'errored') return rejectedWith(stream.storedError);
    readableClose(stream);
    if (hasByobReader(stream)) {
        const requests = takeRequests(stream.reader);
        while (requests.length > 0) shift(requests).closeSteps(undefined);
    }
    return then(stream.controller.cancelSteps(reason), nothing);
}

// ReadableStreamClose
function readableClose(stream) {
    stream.state = 'closed';
    const reader = stream.reader;
    if (reader === undefined) return;
    reader.closed.resolve(undefined);
    if (reader.byob) return;
    const requests = takeRequests(reader);
    while (requests.length > 0) shift(requests).closeSteps(undefined);
}

// ReadableStreamError
function readableError(stream, error) {
    stream.state = 'errored';
    stream.storedError = error;
    const reader = stream.reader;
    if (reader === undefined) return;
    reader.closed.reject(error);
    markHandled(reader.closed.promise);
    failRequests(reader, error);
}

// ReadableStreamFulfillReadRequest, ReadableStreamFulfillReadIntoRequest
function fulfillRequest(stream, chunk, done) {
    const request = shift(stream.reader.requests);
    if (done)
        request.closeSteps(chunk);
    else
        request.chunkSteps(chunk);
}

// --- readers: what is common to both kinds -------------------------------------------------------

function takeRequests(reader) {
    const requests = reader.requests;
    reader.requests = newQueue();
    return requests;
}

function failRequests(reader, error) {
    const requests = takeRequests(reader);
    while (requests.length > 0) shift(requests).errorSteps(error);
}

// SetUpReadableStreamDefaultReader, SetUpReadableStreamBYOBReader
function newReader(stream, byob) {
    if (isReadableLocked(stream))
        throw new TypeError('the stream is locked: it has a reader already');
    if (byob && !stream.controller.byte)
        throw new TypeError('a BYOB reader needs a stream of bytes');
    let closed;
    if (stream.state === 'readable')
        closed = newDeferred();
    else if (stream.state === 'closed')
        closed = resolvedDeferred(undefined);
    else
        closed = rejectedDeferred(stream.storedError);
    const reader = { stream, byob, requests: newQueue(), closed, object: undefined };
    stream.reader = reader;
    return reader;
}

const releasedError = () => new TypeError('the reader was released and has no stream any more');

// ReadableStreamReaderGenericRelease, with what waits
function releaseReader(reader) {
    const stream = reader.stream;
    const error = releasedError();
    if (stream.state === 'readable')
        reader.closed.reject(error);
    else
        reader.closed = rejectedDeferred(error);
    markHandled(reader.closed.promise);
    stream.controller.releaseSteps();
    stream.reader = undefined;
    reader.stream = undefined;
    failRequests(reader, error);
}

// ReadableStreamDefaultReaderRead
function readChunk(reader, request) {
    const stream = reader.stream;
    stream.disturbed = true;
    if (stream.state === 'closed')
        request.closeSteps(undefined);
    else if (stream.state === 'errored')
        request.errorSteps(stream.storedError);
    else
        stream.controller.pullSteps(request);
}

// ReadableStreamBYOBReaderRead
function readInto(reader, view, min, request) {
    const stream = reader.stream;
    stream.disturbed = true;
    if (stream.state === 'errored')
        request.errorSteps(stream.storedError);
    else
        bytePullInto(stream.controller, view, min, request);
}

const readResult = (value, done) => ({ value, done });

// A request whose outcome is a promise for what read() gives.
function requestFor(deferred) {
    return {
        chunkSteps: (chunk) => deferred.resolve(readResult(chunk, false)),
        closeSteps: (chunk) => deferred.resolve(readResult(chunk, true)),
        errorSteps: (error) => deferred.reject(error),
    };
}
