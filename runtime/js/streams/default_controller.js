// --- ReadableStreamDefaultController -------------------------------------------------------------

function newDefaultController() {
    const controller = {
        stream: undefined,
        byte: false,
        queue: newSizedQueue(),
        started: false,
        closeRequested: false,
        pulling: false,
        pullAgain: false,
        highWaterMark: 0,
        sizeAlgorithm: undefined,
        pullAlgorithm: undefined,
        cancelAlgorithm: undefined,
        object: undefined,
        cancelSteps: (reason) => {
            controller.queue = newSizedQueue();
            const result = controller.cancelAlgorithm(reason);
            defaultClearAlgorithms(controller);
            return result;
        },
        pullSteps: (request) => {
            if (controller.queue.chunks.length > 0) {
                const chunk = shiftSized(controller.queue);
                if (controller.closeRequested && controller.queue.chunks.length === 0) {
                    defaultClearAlgorithms(controller);
                    readableClose(controller.stream);
                } else {
                    defaultPullIfNeeded(controller);
                }
                request.chunkSteps(chunk);
            } else {
                push(controller.stream.reader.requests, request);
                defaultPullIfNeeded(controller);
            }
        },
        releaseSteps: nothing,
    };
    return controller;
}

// SetUpReadableStreamDefaultController
function setUpDefaultController(
    stream, controller, startAlgorithm, pullAlgorithm, cancelAlgorithm, highWaterMark,
    sizeAlgorithm) {
    controller.stream = stream;
    controller.sizeAlgorithm = sizeAlgorithm;
    controller.highWaterMark = highWaterMark;
    controller.pullAlgorithm = pullAlgorithm;
    controller.cancelAlgorithm = cancelAlgorithm;
    stream.controller = controller;
    then(
        startAlgorithm(),
        () => {
            controller.started = true;
            defaultPullIfNeeded(controller);
        },
        (error) => defaultError(controller, error),
    );
}

function defaultPullIfNeeded(controller) {
    if (!defaultShouldPull(controller)) return;
    if (controller.pulling) {
        controller.pullAgain = true;
        return;
    }
    controller.pulling = true;
    then(
        controller.pullAlgorithm(),
        () => {
            controller.pulling = false;
            if (!controller.pullAgain) return;
            controller.pullAgain = false;
            defaultPullIfNeeded(controller);
        },
        (error) => defaultError(controller, error),
    );
}

function defaultShouldPull(controller) {
    const stream = controller.stream;
    if (!defaultCanEnqueue(controller) || !controller.started) return false;
    if (isReadableLocked(stream) && requestCount(stream) > 0) return true;
    return defaultDesiredSize(controller) > 0;
}

// So that what the algorithms hold can be collected, even if the stream is kept.
function defaultClearAlgorithms(controller) {
    controller.pullAlgorithm = undefined;
    controller.cancelAlgorithm = undefined;
    controller.sizeAlgorithm = undefined;
}

const defaultCanEnqueue = (controller) =>
    !controller.closeRequested && controller.stream.state === 'readable';

function defaultClose(controller) {
    if (!defaultCanEnqueue(controller)) return;
    controller.closeRequested = true;
    if (controller.queue.chunks.length > 0) return;
    defaultClearAlgorithms(controller);
    readableClose(controller.stream);
}

function defaultEnqueue(controller, chunk) {
    if (!defaultCanEnqueue(controller)) return;
    const stream = controller.stream;
    if (isReadableLocked(stream) && requestCount(stream) > 0) {
        fulfillRequest(stream, chunk, false);
    } else {
        try {
            pushSized(controller.queue, chunk, controller.sizeAlgorithm(chunk));
        } catch (error) {
            defaultError(controller, error);
            throw error;
        }
    }
    defaultPullIfNeeded(controller);
}

function defaultError(controller, error) {
    if (controller.stream.state !== 'readable') return;
    controller.queue = newSizedQueue();
    defaultClearAlgorithms(controller);
    readableError(controller.stream, error);
}

function defaultDesiredSize(controller) {
    const state = controller.stream.state;
    if (state === 'errored') return null;
    return state === 'closed' ? 0 : controller.highWaterMark - controller.queue.size;
}

function illegalConstructor() { throw new TypeError('Illegal constructor'); }

class ReadableStreamDefaultController {
    constructor() { illegalConstructor(); }
    get desiredSize() { return defaultDesiredSize(defaultControllerOf(this)); }
    close() {
        const controller = defaultControllerOf(this);
        if (!defaultCanEnqueue(controller))
            throw new TypeError(
                'the stream is closed or closing, or has failed: it cannot be closed');
        defaultClose(controller);
    }
    enqueue(chunk = undefined) {
        const controller = defaultControllerOf(this);
        if (!defaultCanEnqueue(controller))
            throw new TypeError(
                'the stream is closed or closing, or has failed: it takes no chunk');
        defaultEnqueue(controller, chunk);
    }
    error(error = undefined) { defaultError(defaultControllerOf(this), error); }
}

function defaultControllerOf(object) {
    const controller = readableControllerSlots.of(object);
    if (!controller || controller.byte) throw illegal('ReadableStreamDefaultController');
    return controller;
}
