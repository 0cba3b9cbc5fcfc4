// --- the host's side -----------------------------------------------------------------------------------------------------------------------
//
// What the host has of a stream is the object that scripts have, too. Its reads are known by a
// number.

const readTold = {
    chunk: 0,
    end: 1,
    error: 2
};

// The outcome goes to native.streamTold(number, readTold..., value). The first read locks the
// stream, for good.
function hostRead(object, number) {
    const stream = readableSlots.of(object);
    if (!isHostReader(stream)) stream.hostReader = newReader(stream, false);
    readChunk(stream.reader, {
        chunkSteps: (chunk) => native.streamTold(number, readTold.chunk, chunk),
        closeSteps: () => native.streamTold(number, readTold.end, undefined),
        errorSteps: (error) => native.streamTold(number, readTold.error, error),
    });
}

const isHostReader = (stream) => stream.reader !== undefined && stream.reader === stream.hostReader;

// A promise. A stream that a script has locked is the script's affair.
function hostCancel(object) {
    const stream = readableSlots.of(object);
    if (isReadableLocked(stream) && !isHostReader(stream)) return resolvedWith(undefined);
    return readableCancel(stream, undefined);
}

// A ReadableStream of chunks that the host has. native.streamPull(number) returns a promise for an
// array: with the next chunk, or empty at the end; native.streamCancel(number) one for the end of
// what makes them. native.streamDropped(number) tells that nobody can read the stream any more.
function hostStream(number) {
    const stream = createReadableStream(started, pull, cancel, 0, () => 1);

    function pull() {
        try {
            return then(native.streamPull(number), take, failed);
        } catch (error) {
            return rejectedWith(error);
        }
    }

    // It may be that the host has made a chunk that cannot be converted.
    function failed(error) {
        native.streamDropped(number);
        throw error;
    }

    function take(chunks) {
        if (chunks.length === 0)
            defaultClose(stream.controller);
        else if (stream.state === 'readable')
            defaultEnqueue(stream.controller, chunks[0]);
    }

    function cancel() {
        const cancelled = native.streamCancel(number);
        return cancelled === undefined ? resolvedWith(undefined) : cancelled;
    }

    const object = readableObject(stream);
    watchForDrop(object, number);
    return object;
}

// Apart from hostStream(): what the registry calls must not know the stream.
let hostStreams;

function watchForDrop(object, number) {
    if (hostStreams === undefined)
        hostStreams = new FinalizationRegistry((dropped) => native.streamDropped(dropped));
    registerObject(hostStreams, object, number);
}
