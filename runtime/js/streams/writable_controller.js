// --- WritableStreamDefaultController -------------------------------------------------------------

// Stands in the queue for the close.
const closeSentinel = {
    close: true
};

function newWritableController() {
    const controller = {
        stream: undefined,
        queue: newSizedQueue(),
        started: false,
        highWaterMark: 0,
        sizeAlgorithm: undefined,
        writeAlgorithm: undefined,
        closeAlgorithm: undefined,
        abortAlgorithm: undefined,
        abortController: undefined,
        abort: undefined,
        object: undefined,
        abortSteps: (reason) => {
            const result = controller.abortAlgorithm(reason);
            writableClearAlgorithms(controller);
            return result;
        },
        errorSteps: () => {
            controller.queue = newSizedQueue();
        },
    };
    return controller;
}

// SetUpWritableStreamDefaultController
function setUpWritableController(
    stream, controller, startAlgorithm, writeAlgorithm, closeAlgorithm, abortAlgorithm,
    highWaterMark, sizeAlgorithm) {
    controller.stream = stream;
    stream.controller = controller;
    controller.sizeAlgorithm = sizeAlgorithm;
    controller.highWaterMark = highWaterMark;
    controller.writeAlgorithm = writeAlgorithm;
    controller.closeAlgorithm = closeAlgorithm;
    controller.abortAlgorithm = abortAlgorithm;
    writableUpdateBackpressure(stream, writableHasBackpressure(controller));
    then(
        startAlgorithm(),
        () => {
            controller.started = true;
            writableAdvance(controller);
        },
        (error) => {
            controller.started = true;
            writableDealWithRejection(stream, error);
        },
    );
}

// An AbortController is a script's, if there is one: it is made when a script asks for the signal.
function abortSignal(controller) {
    if (controller.abortController === undefined) {
        const constructor = globalThis.AbortController;
        if (typeof constructor !== 'function') return undefined;
        controller.abortController = new constructor();
        if (controller.abort !== undefined)
            controller.abortController.abort(controller.abort.reason);
    }
    return controller.abortController.signal;
}

function signalAbort(controller, reason) {
    if (controller.abort !== undefined) return;
    controller.abort = { reason };
    if (controller.abortController === undefined) return;
    try {
        controller.abortController.abort(reason);
    } catch {
        // A script's own: the stream is aborted nevertheless.
    }
}

function writableClearAlgorithms(controller) {
    controller.writeAlgorithm = undefined;
    controller.closeAlgorithm = undefined;
    controller.abortAlgorithm = undefined;
    controller.sizeAlgorithm = undefined;
}

function writableControllerClose(controller) {
    pushSized(controller.queue, closeSentinel, 0);
    writableAdvance(controller);
}

function writableChunkSize(controller, chunk) {
    if (controller.sizeAlgorithm === undefined) return 1; // the stream has failed meanwhile
    try {
        return controller.sizeAlgorithm(chunk);
    } catch (error) {
        writableErrorIfNeeded(controller, error);
        return 1;
    }
}

const writableDesiredSize = (controller) => controller.highWaterMark - controller.queue.size;
const writableHasBackpressure = (controller) => writableDesiredSize(controller) <= 0;

function writableControllerWrite(controller, chunk, size) {
    try {
        pushSized(controller.queue, { chunk, close: false }, size);
    } catch (error) {
        writableErrorIfNeeded(controller, error);
        return;
    }
    const stream = controller.stream;
    if (!isCloseQueuedOrInFlight(stream) && stream.state === 'writable')
        writableUpdateBackpressure(stream, writableHasBackpressure(controller));
    writableAdvance(controller);
}

// WritableStreamDefaultControllerAdvanceQueueIfNeeded
function writableAdvance(controller) {
    const stream = controller.stream;
    if (!controller.started || stream.inFlightWrite !== undefined) return;
    if (stream.state === 'erroring') {
        writableFinishErroring(stream);
        return;
    }
    if (controller.queue.chunks.length === 0) return;
    const entry = controller.queue.chunks.first.value.value;
    if (entry.close)
        writableProcessClose(controller);
    else
        writableProcessWrite(controller, entry.chunk);
}

function writableProcessClose(controller) {
    const stream = controller.stream;
    stream.inFlightClose = stream.closeRequest;
    stream.closeRequest = undefined;
    shiftSized(controller.queue);
    const closed = controller.closeAlgorithm();
    writableClearAlgorithms(controller);
    then(
        closed,
        () => writableFinishClose(stream),
        (error) => writableFinishCloseWithError(stream, error),
    );
}

function writableProcessWrite(controller, chunk) {
    const stream = controller.stream;
    stream.inFlightWrite = shift(stream.writeRequests);
    then(
        controller.writeAlgorithm(chunk),
        () => {
            writableFinishWrite(stream);
            shiftSized(controller.queue);
            if (!isCloseQueuedOrInFlight(stream) && stream.state === 'writable')
                writableUpdateBackpressure(stream, writableHasBackpressure(controller));
            writableAdvance(controller);
        },
        (error) => {
            if (stream.state === 'writable') writableClearAlgorithms(controller);
            writableFinishWriteWithError(stream, error);
        },
    );
}

function writableErrorIfNeeded(controller, error) {
    if (controller.stream.state === 'writable') writableControllerError(controller, error);
}

function writableControllerError(controller, error) {
    writableClearAlgorithms(controller);
    writableStartErroring(controller.stream, error);
}

class WritableStreamDefaultController {
    constructor() { illegalConstructor(); }
    get signal() {
        return abortSignal(
            slotsFor(writableControllerSlots, this, 'WritableStreamDefaultController'));
    }
    error(error = undefined) {
        writableErrorIfNeeded(
            slotsFor(writableControllerSlots, this, 'WritableStreamDefaultController'), error);
    }
}
