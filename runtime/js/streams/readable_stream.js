// --- ReadableStream ----------------------------------------------------------------------------------------------------------

// The object that scripts have of a stream; the host knows it by what native.Stream makes.
function readableObject(stream, newTarget = ReadableStream) {
    if (stream.object === undefined)
        readableSlots.attach(construct(native.Stream, [], newTarget), stream);
    return stream.object;
}

function readUnderlyingSource(source) {
    const autoAllocateChunkSize = source.autoAllocateChunkSize;
    const size = autoAllocateChunkSize === undefined ?
        undefined :
        unsignedInteger(autoAllocateChunkSize, 'autoAllocateChunkSize');
    const cancel = functionMember(source, 'cancel', 'the underlying source');
    const pull = functionMember(source, 'pull', 'the underlying source');
    const start = functionMember(source, 'start', 'the underlying source');
    let type = source.type;
    if (type !== undefined) {
        type = `${type}`;
        if (type !== 'bytes')
            throw new TypeError(`'${type}' is no type of an underlying source: only 'bytes' is`);
    }
    return { autoAllocateChunkSize: size, cancel, pull, start, type };
}

// SetUpReadable...ControllerFromUnderlyingSource
function setUpFromSource(stream, source, members, strategy) {
    const bytes = members.type === 'bytes';
    if (bytes && strategy.size !== undefined)
        throw new RangeError('the strategy of a stream of bytes must not have a size');
    const highWaterMark = highWaterMarkOf(strategy, bytes ? 0 : 1);
    if (bytes && members.autoAllocateChunkSize === 0)
        throw new TypeError('autoAllocateChunkSize must be greater than 0');
    const controller = bytes ? newByteController() : newDefaultController();
    const object =
        create((bytes ? ReadableByteStreamController : ReadableStreamDefaultController).prototype);
    readableControllerSlots.attach(object, controller);
    const { start, pull, cancel } = members;
    const startAlgorithm = () => resolvedWith(start ? apply(start, source, [object]) : undefined);
    const pullAlgorithm =
        pull ? () => invoked(pull, source, object) : () => resolvedWith(undefined);
    const cancelAlgorithm =
        cancel ? (reason) => invoked(cancel, source, reason) : () => resolvedWith(undefined);
    if (bytes)
        setUpByteController(
            stream, controller, startAlgorithm, pullAlgorithm, cancelAlgorithm, highWaterMark,
            members.autoAllocateChunkSize);
    else
        setUpDefaultController(
            stream, controller, startAlgorithm, pullAlgorithm, cancelAlgorithm, highWaterMark,
            sizeAlgorithmOf(strategy));
}

class ReadableStream {
    constructor(underlyingSource = undefined, strategy = undefined) {
        if (underlyingSource !== undefined && !isObject(underlyingSource))
            throw new TypeError('the underlying source must be an object');
        const given = readStrategy(strategy);
        const members =
            readUnderlyingSource(underlyingSource === undefined ? create(null) : underlyingSource);
        const stream = newReadable();
        setUpFromSource(stream, underlyingSource, members, given);
        return readableObject(stream, new.target);
    }
    static from(iterable) { return readableObject(readableFrom(iterable)); }
    get locked() { return isReadableLocked(slotsFor(readableSlots, this, 'ReadableStream')); }
    cancel(reason = undefined) {
        try {
            const stream = slotsFor(readableSlots, this, 'ReadableStream');
            if (isReadableLocked(stream))
                throw new TypeError('the stream is locked: its reader alone can cancel it');
            return readableCancel(stream, reason);
        } catch (error) {
            return rejectedWith(error);
        }
    }
    getReader(options = undefined) {
        const stream = slotsFor(readableSlots, this, 'ReadableStream');
        const given = optionsOf(options, 'the options');
        let mode = given ? given.mode : undefined;
        if (mode !== undefined) {
            mode = `${mode}`;
            if (mode !== 'byob')
                throw new TypeError(`'${mode}' is no mode of a reader: only 'byob' is`);
        }
        return readerObject(newReader(stream, mode === 'byob'));
    }
    pipeThrough(transform, options = undefined) {
        const stream = slotsFor(readableSlots, this, 'ReadableStream');
        if (!isObject(transform))
            throw new TypeError('pipeThrough() needs an object with readable and writable');
        const readable = transform.readable;
        slotsFor(readableSlots, readable, 'ReadableStream');
        const writable = slotsFor(writableSlots, transform.writable, 'WritableStream');
        const given = readPipeOptions(options);
        if (isReadableLocked(stream))
            throw new TypeError('the stream is locked: it has a reader already');
        if (isWritableLocked(writable))
            throw new TypeError('the writable stream is locked: it has a writer already');
        markHandled(pipeTo(stream, writable, given));
        return readable;
    }
    pipeTo(destination, options = undefined) {
        try {
            const stream = slotsFor(readableSlots, this, 'ReadableStream');
            const writable = slotsFor(writableSlots, destination, 'WritableStream');
            const given = readPipeOptions(options);
            if (isReadableLocked(stream))
                throw new TypeError('the stream is locked: it has a reader already');
            if (isWritableLocked(writable))
                throw new TypeError('the writable stream is locked: it has a writer already');
            return pipeTo(stream, writable, given);
        } catch (error) {
            return rejectedWith(error);
        }
    }
    tee() {
        const stream = slotsFor(readableSlots, this, 'ReadableStream');
        const branches = stream.controller.byte ? teeBytes(stream) : teeChunks(stream);
        return [readableObject(branches.first), readableObject(branches.second)];
    }
    values(options = undefined) {
        const stream = slotsFor(readableSlots, this, 'ReadableStream');
        const given = optionsOf(options, 'the options');
        return newIterator(stream, given ? !!given.preventCancel : false);
    }
}
