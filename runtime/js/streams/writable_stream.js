// --- WritableStream -----------------------------------------------------------------------------------------------------------

function writableObject(stream) {
    if (stream.object === undefined) writableSlots.attach(create(WritableStream.prototype), stream);
    return stream.object;
}

function readUnderlyingSink(sink) {
    const abort = functionMember(sink, 'abort', 'the underlying sink');
    const close = functionMember(sink, 'close', 'the underlying sink');
    const start = functionMember(sink, 'start', 'the underlying sink');
    if (sink.type !== undefined)
        throw new RangeError('the type of an underlying sink must be undefined');
    const write = functionMember(sink, 'write', 'the underlying sink');
    return { abort, close, start, write };
}

// SetUpWritableStreamDefaultControllerFromUnderlyingSink
function setUpFromSink(stream, sink, members, strategy) {
    const sizeAlgorithm = sizeAlgorithmOf(strategy);
    const highWaterMark = highWaterMarkOf(strategy, 1);
    const controller = newWritableController();
    const object = create(WritableStreamDefaultController.prototype);
    writableControllerSlots.attach(object, controller);
    const { abort, close, start, write } = members;
    setUpWritableController(
        stream,
        controller,
        () => resolvedWith(start ? apply(start, sink, [object]) : undefined),
        write ? (chunk) => invoked(write, sink, chunk, object) : () => resolvedWith(undefined),
        close ? () => invoked(close, sink) : () => resolvedWith(undefined),
        abort ? (reason) => invoked(abort, sink, reason) : () => resolvedWith(undefined),
        highWaterMark,
        sizeAlgorithm,
    );
}

class WritableStream {
    constructor(underlyingSink = undefined, strategy = undefined) {
        if (underlyingSink !== undefined && !isObject(underlyingSink))
            throw new TypeError('the underlying sink must be an object');
        const given = readStrategy(strategy);
        const members =
            readUnderlyingSink(underlyingSink === undefined ? create(null) : underlyingSink);
        const stream = newWritable();
        writableSlots.attach(this, stream);
        setUpFromSink(stream, underlyingSink, members, given);
    }
    get locked() { return isWritableLocked(slotsFor(writableSlots, this, 'WritableStream')); }
    abort(reason = undefined) {
        try {
            const stream = slotsFor(writableSlots, this, 'WritableStream');
            if (isWritableLocked(stream))
                throw new TypeError('the stream is locked: its writer alone can abort it');
            return writableAbort(stream, reason);
        } catch (error) {
            return rejectedWith(error);
        }
    }
    close() {
        try {
            const stream = slotsFor(writableSlots, this, 'WritableStream');
            if (isWritableLocked(stream))
                throw new TypeError('the stream is locked: its writer alone can close it');
            if (isCloseQueuedOrInFlight(stream))
                throw new TypeError('the stream is closing already');
            return writableClose(stream);
        } catch (error) {
            return rejectedWith(error);
        }
    }
    getWriter() { return writerObject(newWriter(slotsFor(writableSlots, this, 'WritableStream'))); }
}
