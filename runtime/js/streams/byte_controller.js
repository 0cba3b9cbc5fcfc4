// --- ReadableByteStreamController ----------------------------------------------------------------
//
// pendingPullIntos: the buffers that are to be filled, first come first served. Each is a
// descriptor { buffer, bufferByteLength, byteOffset, byteLength, bytesFilled, minimumFill,
// elementSize, constructor, readerType }, where readerType is 'default' (a buffer of our own),
// 'byob' or 'none' (its reader was released).

function newByteController() {
    const controller = {
        stream: undefined,
        byte: true,
        chunks: newQueue(),
        queueSize: 0,
        started: false,
        closeRequested: false,
        pulling: false,
        pullAgain: false,
        highWaterMark: 0,
        pullAlgorithm: undefined,
        cancelAlgorithm: undefined,
        autoAllocateChunkSize: undefined,
        pendingPullIntos: newQueue(),
        byobRequest: null,
        object: undefined,
        cancelSteps: (reason) => {
            byteClearPending(controller);
            byteResetQueue(controller);
            const result = controller.cancelAlgorithm(reason);
            byteClearAlgorithms(controller);
            return result;
        },
        pullSteps: (request) => bytePullSteps(controller, request),
        releaseSteps: () => {
            const pending = controller.pendingPullIntos;
            if (pending.length === 0) return;
            const first = pending.first.value;
            first.readerType = 'none';
            controller.pendingPullIntos = newQueue();
            push(controller.pendingPullIntos, first);
        },
    };
    return controller;
}

function bytePullSteps(controller, request) {
    if (controller.queueSize > 0) {
        byteFillRequestFromQueue(controller, request);
        return;
    }
    const size = controller.autoAllocateChunkSize;
    if (size !== undefined) {
        let buffer;
        try {
            buffer = new ArrayBuffer(size);
        } catch (error) {
            request.errorSteps(error);
            return;
        }
        push(controller.pendingPullIntos, {
            buffer,
            bufferByteLength: size,
            byteOffset: 0,
            byteLength: size,
            bytesFilled: 0,
            minimumFill: 1,
            elementSize: 1,
            constructor: Uint8Array,
            readerType: 'default',
        });
    }
    push(controller.stream.reader.requests, request);
    bytePullIfNeeded(controller);
}

// SetUpReadableByteStreamController
function setUpByteController(
    stream, controller, startAlgorithm, pullAlgorithm, cancelAlgorithm, highWaterMark,
    autoAllocateChunkSize) {
    controller.stream = stream;
    controller.highWaterMark = highWaterMark;
    controller.pullAlgorithm = pullAlgorithm;
    controller.cancelAlgorithm = cancelAlgorithm;
    controller.autoAllocateChunkSize = autoAllocateChunkSize;
    stream.controller = controller;
    then(
        startAlgorithm(),
        () => {
            controller.started = true;
            bytePullIfNeeded(controller);
        },
        (error) => byteError(controller, error),
    );
}

function bytePullIfNeeded(controller) {
    if (!byteShouldPull(controller)) return;
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
            bytePullIfNeeded(controller);
        },
        (error) => byteError(controller, error),
    );
}

function byteShouldPull(controller) {
    const stream = controller.stream;
    if (stream.state !== 'readable' || controller.closeRequested || !controller.started)
        return false;
    if (isReadableLocked(stream) && requestCount(stream) > 0) return true;
    return byteDesiredSize(controller) > 0;
}

function byteDesiredSize(controller) {
    const state = controller.stream.state;
    if (state === 'errored') return null;
    return state === 'closed' ? 0 : controller.highWaterMark - controller.queueSize;
}

function byteClearAlgorithms(controller) {
    controller.pullAlgorithm = undefined;
    controller.cancelAlgorithm = undefined;
}

function byteClearPending(controller) {
    byteInvalidateRequest(controller);
    controller.pendingPullIntos = newQueue();
}

function byteResetQueue(controller) {
    controller.chunks = newQueue();
    controller.queueSize = 0;
}

function byteInvalidateRequest(controller) {
    const request = controller.byobRequest;
    if (request === null) return;
    request.controller = undefined;
    request.view = null;
    controller.byobRequest = null;
}

function byteError(controller, error) {
    if (controller.stream.state !== 'readable') return;
    byteClearPending(controller);
    byteResetQueue(controller);
    byteClearAlgorithms(controller);
    readableError(controller.stream, error);
}

function byteClose(controller) {
    if (controller.closeRequested || controller.stream.state !== 'readable') return;
    if (controller.queueSize > 0) {
        controller.closeRequested = true;
        return;
    }
    if (controller.pendingPullIntos.length > 0) {
        const first = controller.pendingPullIntos.first.value;
        if (first.bytesFilled % first.elementSize !== 0) {
            const error = new TypeError('the stream was closed with part of an element left over');
            byteError(controller, error);
            throw error;
        }
    }
    byteClearAlgorithms(controller);
    readableClose(controller.stream);
}

// --- chunks ---

function byteEnqueue(controller, chunk) {
    const stream = controller.stream;
    if (controller.closeRequested || stream.state !== 'readable') return;
    const { buffer, byteOffset, byteLength } = chunk;
    if (isDetached(buffer)) throw new TypeError('the buffer of the chunk is detached');
    const transferred = transferBuffer(buffer);
    if (controller.pendingPullIntos.length > 0) {
        const first = controller.pendingPullIntos.first.value;
        if (isDetached(first.buffer))
            throw new TypeError('the buffer of the BYOB request is detached, and cannot be filled');
        byteInvalidateRequest(controller);
        first.buffer = transferBuffer(first.buffer);
        if (first.readerType === 'none') byteEnqueueDetached(controller, first);
    }
    if (hasDefaultReader(stream)) {
        byteServeRequestsFromQueue(controller);
        if (requestCount(stream) === 0) {
            byteEnqueueChunk(controller, transferred, byteOffset, byteLength);
        } else {
            if (controller.pendingPullIntos.length > 0) shift(controller.pendingPullIntos);
            fulfillRequest(stream, new Uint8Array(transferred, byteOffset, byteLength), false);
        }
    } else {
        byteEnqueueChunk(controller, transferred, byteOffset, byteLength);
        if (hasByobReader(stream)) byteCommitAll(stream, byteFillPendingFromQueue(controller));
    }
    bytePullIfNeeded(controller);
}

function byteEnqueueChunk(controller, buffer, byteOffset, byteLength) {
    push(controller.chunks, { buffer, byteOffset, byteLength });
    controller.queueSize += byteLength;
}

function byteEnqueueCloned(controller, buffer, byteOffset, byteLength) {
    let clone;
    try {
        clone = cloneBytes(buffer, byteOffset, byteLength);
    } catch (error) {
        byteError(controller, error);
        throw error;
    }
    byteEnqueueChunk(controller, clone, 0, byteLength);
}

// What was filled for a reader that is gone is for the next one.
function byteEnqueueDetached(controller, descriptor) {
    if (descriptor.bytesFilled > 0)
        byteEnqueueCloned(
            controller, descriptor.buffer, descriptor.byteOffset, descriptor.bytesFilled);
    shift(controller.pendingPullIntos);
}

function byteFillRequestFromQueue(controller, request) {
    const { buffer, byteOffset, byteLength } = shift(controller.chunks);
    controller.queueSize -= byteLength;
    byteHandleDrain(controller);
    request.chunkSteps(new Uint8Array(buffer, byteOffset, byteLength));
}

function byteServeRequestsFromQueue(controller) {
    const reader = controller.stream.reader;
    while (reader.requests.length > 0 && controller.queueSize > 0)
        byteFillRequestFromQueue(controller, shift(reader.requests));
}

function byteHandleDrain(controller) {
    if (controller.queueSize === 0 && controller.closeRequested) {
        byteClearAlgorithms(controller);
        readableClose(controller.stream);
    } else {
        bytePullIfNeeded(controller);
    }
}

// --- filling the buffers of readers ---

// True: as much was filled as the reader asked for.
function byteFillFromQueue(controller, descriptor) {
    const available = min(controller.queueSize, descriptor.byteLength - descriptor.bytesFilled);
    const filled = descriptor.bytesFilled + available;
    const aligned = filled - (filled % descriptor.elementSize);
    const ready = aligned >= descriptor.minimumFill;
    let left = ready ? aligned - descriptor.bytesFilled : available;
    while (left > 0) {
        const head = controller.chunks.first.value;
        const count = min(left, head.byteLength);
        copyBytes(
            descriptor.buffer, descriptor.byteOffset + descriptor.bytesFilled, head.buffer,
            head.byteOffset, count);
        if (head.byteLength === count) {
            shift(controller.chunks);
        } else {
            head.byteOffset += count;
            head.byteLength -= count;
        }
        controller.queueSize -= count;
        descriptor.bytesFilled += count;
        left -= count;
    }
    return ready;
}

// The descriptors that are full now, taken off the pending ones.
function byteFillPendingFromQueue(controller) {
    const filled = newQueue();
    while (controller.pendingPullIntos.length > 0 && controller.queueSize > 0) {
        if (!byteFillFromQueue(controller, controller.pendingPullIntos.first.value)) continue;
        push(filled, shift(controller.pendingPullIntos));
    }
    return filled;
}

// A view of what was filled.
function byteConvert(descriptor) {
    const { constructor, byteOffset, bytesFilled, elementSize } = descriptor;
    return new constructor(
        transferBuffer(descriptor.buffer), byteOffset, bytesFilled / elementSize);
}

function byteCommit(stream, descriptor) {
    const done = stream.state === 'closed';
    fulfillRequest(stream, byteConvert(descriptor), done);
}

function byteCommitAll(stream, descriptors) {
    while (descriptors.length > 0) byteCommit(stream, shift(descriptors));
}

function bytePullInto(controller, view, minimum, request) {
    const stream = controller.stream;
    const { constructor, elementSize, byteOffset, byteLength } = view;
    let buffer;
    try {
        buffer = transferBuffer(view.buffer);
    } catch (error) {
        request.errorSteps(error);
        return;
    }
    const descriptor = {
        buffer,
        bufferByteLength: bufferLength(buffer),
        byteOffset,
        byteLength,
        bytesFilled: 0,
        minimumFill: minimum * elementSize,
        elementSize,
        constructor,
        readerType: 'byob',
    };
    if (controller.pendingPullIntos.length > 0) {
        push(controller.pendingPullIntos, descriptor);
        push(stream.reader.requests, request);
        return;
    }
    if (stream.state === 'closed') {
        request.closeSteps(new constructor(buffer, byteOffset, 0));
        return;
    }
    if (controller.queueSize > 0) {
        if (byteFillFromQueue(controller, descriptor)) {
            const filled = byteConvert(descriptor);
            byteHandleDrain(controller);
            request.chunkSteps(filled);
            return;
        }
        if (controller.closeRequested) {
            const error = new TypeError('the stream ends with less than the reader asked for');
            byteError(controller, error);
            request.errorSteps(error);
            return;
        }
    }
    push(controller.pendingPullIntos, descriptor);
    push(stream.reader.requests, request);
    bytePullIfNeeded(controller);
}

// --- answers of the source ---

function byteRespond(controller, bytesWritten) {
    const first = controller.pendingPullIntos.first.value;
    if (controller.stream.state === 'closed') {
        if (bytesWritten !== 0)
            throw new TypeError('the stream is closed: only 0 bytes can be responded');
    } else {
        if (bytesWritten === 0) throw new TypeError('a response needs at least one byte');
        if (first.bytesFilled + bytesWritten > first.byteLength)
            throw new RangeError('the response is larger than the view that was asked for');
    }
    first.buffer = transferBuffer(first.buffer);
    byteRespondInternal(controller, bytesWritten);
}

function byteRespondWithNewView(controller, view) {
    const first = controller.pendingPullIntos.first.value;
    if (controller.stream.state === 'closed') {
        if (view.byteLength !== 0)
            throw new TypeError('the stream is closed: only an empty view can be responded');
    } else if (view.byteLength === 0) {
        throw new TypeError('a response needs at least one byte');
    }
    if (first.byteOffset + first.bytesFilled !== view.byteOffset)
        throw new RangeError('the view begins elsewhere than the one that was asked for');
    if (first.bufferByteLength !== bufferLength(view.buffer))
        throw new RangeError('the view is of a buffer of another length');
    if (first.bytesFilled + view.byteLength > first.byteLength)
        throw new RangeError('the view is larger than the one that was asked for');
    const byteLength = view.byteLength;
    first.buffer = transferBuffer(view.buffer);
    byteRespondInternal(controller, byteLength);
}

function byteRespondInternal(controller, bytesWritten) {
    const first = controller.pendingPullIntos.first.value;
    byteInvalidateRequest(controller);
    if (controller.stream.state === 'closed')
        byteRespondClosed(controller, first);
    else
        byteRespondReadable(controller, bytesWritten, first);
    bytePullIfNeeded(controller);
}

function byteRespondClosed(controller, first) {
    const stream = controller.stream;
    if (first.readerType === 'none') shift(controller.pendingPullIntos);
    if (!hasByobReader(stream)) return;
    const filled = newQueue();
    while (filled.length < requestCount(stream)) push(filled, shift(controller.pendingPullIntos));
    byteCommitAll(stream, filled);
}

function byteRespondReadable(controller, bytesWritten, descriptor) {
    const stream = controller.stream;
    descriptor.bytesFilled += bytesWritten;
    if (descriptor.readerType === 'none') {
        byteEnqueueDetached(controller, descriptor);
        byteCommitAll(stream, byteFillPendingFromQueue(controller));
        return;
    }
    if (descriptor.bytesFilled < descriptor.minimumFill) return;
    shift(controller.pendingPullIntos);
    const remainder = descriptor.bytesFilled % descriptor.elementSize;
    if (remainder > 0) {
        const end = descriptor.byteOffset + descriptor.bytesFilled;
        byteEnqueueCloned(controller, descriptor.buffer, end - remainder, remainder);
    }
    descriptor.bytesFilled -= remainder;
    const filled = byteFillPendingFromQueue(controller);
    byteCommit(stream, descriptor);
    byteCommitAll(stream, filled);
}

// The view that is to be filled; undefined: nobody has asked for that.
// (ReadableByteStreamControllerGetBYOBRequest)
function byobRequestView(controller) {
    if (controller.byobRequest === null) {
        if (controller.pendingPullIntos.length === 0) return undefined;
        const first = controller.pendingPullIntos.first.value;
        const view = new Uint8Array(
            first.buffer, first.byteOffset + first.bytesFilled,
            first.byteLength - first.bytesFilled);
        controller.byobRequest = { controller, view, object: undefined };
    }
    return controller.byobRequest.view;
}

// --- the classes ---

class ReadableByteStreamController {
    constructor() { illegalConstructor(); }
    get byobRequest() {
        const controller = byteControllerOf(this);
        byobRequestView(controller);
        const request = controller.byobRequest;
        if (request === null) return null;
        if (request.object === undefined)
            byobRequestSlots.attach(create(ReadableStreamBYOBRequest.prototype), request);
        return request.object;
    }
    get desiredSize() { return byteDesiredSize(byteControllerOf(this)); }
    close() {
        const controller = byteControllerOf(this);
        if (controller.closeRequested) throw new TypeError('the stream is closing already');
        if (controller.stream.state !== 'readable')
            throw new TypeError('the stream is closed or has failed: it cannot be closed');
        byteClose(controller);
    }
    enqueue(chunk) {
        const controller = byteControllerOf(this);
        const view = viewOf(chunk, 'the chunk');
        if (view.byteLength === 0) throw new TypeError('the chunk is empty');
        if (bufferLength(view.buffer) === 0)
            throw new TypeError('the buffer of the chunk is empty');
        if (controller.closeRequested)
            throw new TypeError('the stream is closing: it takes no chunk');
        if (controller.stream.state !== 'readable')
            throw new TypeError('the stream is closed or has failed: it takes no chunk');
        byteEnqueue(controller, view);
    }
    error(error = undefined) { byteError(byteControllerOf(this), error); }
}

function byteControllerOf(object) {
    const controller = readableControllerSlots.of(object);
    if (!controller || !controller.byte) throw illegal('ReadableByteStreamController');
    return controller;
}

class ReadableStreamBYOBRequest {
    constructor() { illegalConstructor(); }
    get view() { return slotsFor(byobRequestSlots, this, 'ReadableStreamBYOBRequest').view; }
    respond(bytesWritten) {
        const request = slotsFor(byobRequestSlots, this, 'ReadableStreamBYOBRequest');
        if (arguments.length === 0)
            throw new TypeError('respond() needs the number of bytes that were written');
        const count = unsignedInteger(bytesWritten, 'the number of bytes');
        if (request.controller === undefined)
            throw new TypeError('the request was answered already');
        if (isDetached(typedArrayBuffer(request.view)))
            throw new TypeError('the buffer of the request is detached');
        byteRespond(request.controller, count);
    }
    respondWithNewView(view) {
        const request = slotsFor(byobRequestSlots, this, 'ReadableStreamBYOBRequest');
        const given = viewOf(view, 'the view');
        if (request.controller === undefined)
            throw new TypeError('the request was answered already');
        if (isDetached(given.buffer)) throw new TypeError('the buffer of the view is detached');
        byteRespondWithNewView(request.controller, given);
    }
}
