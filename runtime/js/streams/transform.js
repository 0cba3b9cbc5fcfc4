// --- TransformStream ----------------------------------------------------------------------------------------------------------------

// InitializeTransformStream
function setUpTransform(
    transform, startPromise, writableHighWaterMark, writableSize, readableHighWaterMark,
    readableSize) {
    // As late as if the promise were adopted by that of each side, as the standard has it.
    const delayed = then(then(startPromise, nothing), nothing);
    const start = () => delayed;
    transform.writable = createWritableStream(
        start,
        (chunk) => transformSinkWrite(transform, chunk),
        () => transformSinkClose(transform),
        (reason) => transformSinkAbort(transform, reason),
        writableHighWaterMark,
        writableSize,
    );
    transform.readable = createReadableStream(
        start,
        () => transformSourcePull(transform),
        (reason) => transformSourceCancel(transform, reason),
        readableHighWaterMark,
        readableSize,
    );
    transformSetBackpressure(transform, true);
}

function transformError(transform, error) {
    defaultError(transform.readable.controller, error);
    transformErrorWritable(transform, error);
}

// TransformStreamErrorWritableAndUnblockWrite
function transformErrorWritable(transform, error) {
    transformClearAlgorithms(transform.controller);
    writableErrorIfNeeded(transform.writable.controller, error);
    transformUnblockWrite(transform);
}

function transformUnblockWrite(transform) {
    if (transform.backpressure) transformSetBackpressure(transform, false);
}

function transformSetBackpressure(transform, backpressure) {
    if (transform.change !== undefined) transform.change.resolve(undefined);
    transform.change = newDeferred();
    transform.backpressure = backpressure;
}

function transformClearAlgorithms(controller) {
    controller.transformAlgorithm = undefined;
    controller.flushAlgorithm = undefined;
    controller.cancelAlgorithm = undefined;
}

function transformEnqueue(controller, chunk) {
    const transform = controller.transform;
    const readable = transform.readable;
    if (!defaultCanEnqueue(readable.controller))
        throw new TypeError(
            'the readable side is closed or closing, or has failed: it takes no chunk');
    try {
        defaultEnqueue(readable.controller, chunk);
    } catch (error) {
        transformErrorWritable(transform, error);
        throw readable.storedError;
    }
    const backpressure = !defaultShouldPull(readable.controller);
    if (backpressure && !transform.backpressure) transformSetBackpressure(transform, true);
}

function transformTerminate(controller) {
    const transform = controller.transform;
    defaultClose(transform.readable.controller);
    transformErrorWritable(transform, new TypeError('the transform was terminated'));
}

function transformPerform(controller, chunk) {
    return then(controller.transformAlgorithm(chunk), undefined, (error) => {
        transformError(controller.transform, error);
        throw error;
    });
}

// --- its writable side ---

function transformSinkWrite(transform, chunk) {
    const controller = transform.controller;
    if (!transform.backpressure) return transformPerform(controller, chunk);
    return chain(transform.change.promise, () => {
        const writable = transform.writable;
        if (writable.state === 'erroring') return rejectedWith(writable.storedError);
        return transformPerform(controller, chunk);
    });
}

// What ends a transform is done once: whoever comes second waits for the first.
function transformFinish(transform, begin) {
    const controller = transform.controller;
    if (controller.finish !== undefined) return controller.finish.promise;
    const finish = (controller.finish = newDeferred());
    begin(controller, finish);
    return finish.promise;
}

function transformSinkAbort(transform, reason) {
    return transformFinish(transform, (controller, finish) => {
        const readable = transform.readable;
        const cancelled = controller.cancelAlgorithm(reason);
        transformClearAlgorithms(controller);
        then(
            cancelled,
            () => {
                if (readable.state === 'errored') {
                    finish.reject(readable.storedError);
                } else {
                    defaultError(readable.controller, reason);
                    finish.resolve(undefined);
                }
            },
            (error) => {
                defaultError(readable.controller, error);
                finish.reject(error);
            },
        );
    });
}

function transformSinkClose(transform) {
    return transformFinish(transform, (controller, finish) => {
        const readable = transform.readable;
        const flushed = controller.flushAlgorithm();
        transformClearAlgorithms(controller);
        then(
            flushed,
            () => {
                if (readable.state === 'errored') {
                    finish.reject(readable.storedError);
                } else {
                    defaultClose(readable.controller);
                    finish.resolve(undefined);
                }
            },
            (error) => {
                defaultError(readable.controller, error);
                finish.reject(error);
            },
        );
    });
}

// --- its readable side ---

function transformSourcePull(transform) {
    transformSetBackpressure(transform, false);
    return transform.change.promise;
}

function transformSourceCancel(transform, reason) {
    return transformFinish(transform, (controller, finish) => {
        const writable = transform.writable;
        const cancelled = controller.cancelAlgorithm(reason);
        transformClearAlgorithms(controller);
        then(
            cancelled,
            () => {
                if (writable.state === 'errored') {
                    finish.reject(writable.storedError);
                } else {
                    writableErrorIfNeeded(writable.controller, reason);
                    transformUnblockWrite(transform);
                    finish.resolve(undefined);
                }
            },
            (error) => {
                writableErrorIfNeeded(writable.controller, error);
                transformUnblockWrite(transform);
                finish.reject(error);
            },
        );
    });
}

// --- the classes ---

class TransformStreamDefaultController {
    constructor() { illegalConstructor(); }
    get desiredSize() {
        return defaultDesiredSize(transformControllerOf(this).transform.readable.controller);
    }
    enqueue(chunk = undefined) { transformEnqueue(transformControllerOf(this), chunk); }
    error(reason = undefined) { transformError(transformControllerOf(this).transform, reason); }
    terminate() { transformTerminate(transformControllerOf(this)); }
}

const transformControllerOf = (object) =>
    slotsFor(transformControllerSlots, object, 'TransformStreamDefaultController');

function readTransformer(transformer) {
    const cancel = functionMember(transformer, 'cancel', 'the transformer');
    const flush = functionMember(transformer, 'flush', 'the transformer');
    const readableType = transformer.readableType;
    const start = functionMember(transformer, 'start', 'the transformer');
    const transform = functionMember(transformer, 'transform', 'the transformer');
    const writableType = transformer.writableType;
    if (readableType !== undefined || writableType !== undefined)
        throw new RangeError('readableType and writableType must be undefined');
    return { cancel, flush, start, transform };
}

// SetUpTransformStreamDefaultControllerFromTransformer
function newTransformController(stream, transformer, members) {
    const { cancel, flush, transform } = members;
    const controller = {
        transform: stream,
        transformAlgorithm: undefined,
        flushAlgorithm: undefined,
        cancelAlgorithm: undefined,
        finish: undefined,
        object: undefined
    };
    const object = create(TransformStreamDefaultController.prototype);
    transformControllerSlots.attach(object, controller);
    controller.transformAlgorithm =
        transform ? (chunk) => invoked(transform, transformer, chunk, object) : (chunk) => {
            try {
                transformEnqueue(controller, chunk);
                return resolvedWith(undefined);
            } catch (error) {
                return rejectedWith(error);
            }
        };
    controller.flushAlgorithm =
        flush ? () => invoked(flush, transformer, object) : () => resolvedWith(undefined);
    controller.cancelAlgorithm =
        cancel ? (reason) => invoked(cancel, transformer, reason) : () => resolvedWith(undefined);
    return controller;
}

class TransformStream {
    constructor(
        transformer = undefined, writableStrategy = undefined, readableStrategy = undefined) {
        if (transformer !== undefined && !isObject(transformer))
            throw new TypeError('the transformer must be an object');
        const forWritable = readStrategy(writableStrategy);
        const forReadable = readStrategy(readableStrategy);
        const members = readTransformer(transformer === undefined ? create(null) : transformer);
        const readableHighWaterMark = highWaterMarkOf(forReadable, 0);
        const readableSize = sizeAlgorithmOf(forReadable);
        const writableHighWaterMark = highWaterMarkOf(forWritable, 1);
        const writableSize = sizeAlgorithmOf(forWritable);
        const start = newDeferred();
        const stream = {
            readable: undefined,
            writable: undefined,
            backpressure: undefined,
            change: undefined,
            controller: undefined,
            object: undefined
        };
        transformSlots.attach(this, stream);
        setUpTransform(
            stream, start.promise, writableHighWaterMark, writableSize, readableHighWaterMark,
            readableSize);
        stream.controller = newTransformController(stream, transformer, members);
        start.resolve(
            members.start ? apply(members.start, transformer, [stream.controller.object]) :
                            undefined);
    }
    get readable() {
        return readableObject(slotsFor(transformSlots, this, 'TransformStream').readable);
    }
    get writable() {
        return writableObject(slotsFor(transformSlots, this, 'TransformStream').writable);
    }
}
