// --- pipeTo ---------------------------------------------------------------------------------------------------------------------

// ReadableStreamPipeTo: the promise for its end
function pipeTo(source, destination, { preventAbort, preventCancel, preventClose, signal }) {
    const reader = newReader(source, false);
    const writer = newWriter(destination);
    const done = newDeferred();
    let shuttingDown = false;
    let lastWrite = resolvedWith(undefined); // of all chunks that were read
    let onAbort;
    source.disturbed = true;

    // What was read is written first, whatever comes of it.
    function afterWrites(next) {
        const awaited = lastWrite;
        const proceed = () => (awaited === lastWrite ? next() : afterWrites(next));
        then(awaited, proceed, proceed);
    }

    function finish(failed, error) {
        releaseWriter(writer);
        releaseReader(reader);
        if (onAbort) signal.removeEventListener('abort', onAbort);
        if (failed)
            done.reject(error);
        else
            done.resolve(undefined);
    }

    // `action` returns a promise, whose rejection counts more than `error`.
    function shutDown(failed, error, action) {
        if (shuttingDown) return;
        shuttingDown = true;
        const act = () => {
            if (!action)
                finish(failed, error);
            else
                then(action(), () => finish(failed, error), (failure) => finish(true, failure));
        };
        if (destination.state === 'writable' && !isCloseQueuedOrInFlight(destination))
            afterWrites(act);
        else
            act();
    }

    function sourceFailed() {
        const error = source.storedError;
        shutDown(true, error, preventAbort ? undefined : () => writableAbort(destination, error));
    }

    function sourceClosed() {
        shutDown(false, undefined, preventClose ? undefined : () => closeFromPipe(destination));
    }

    function destinationFailed() {
        const error = destination.storedError;
        shutDown(true, error, preventCancel ? undefined : () => readableCancel(source, error));
    }

    function destinationClosed() {
        const error =
            new TypeError('the destination is closed or closing: nothing can be piped to it');
        shutDown(true, error, preventCancel ? undefined : () => readableCancel(source, error));
    }

    function abort() {
        const error = abortReason(signal);
        shutDown(true, error, () => {
            const actions = newQueue();
            if (!preventAbort)
                push(
                    actions,
                    destination.state === 'writable' ? writableAbort(destination, error) :
                                                       resolvedWith(undefined));
            if (!preventCancel)
                push(
                    actions,
                    source.state === 'readable' ? readableCancel(source, error) :
                                                  resolvedWith(undefined));
            return whenAll(actions);
        });
    }

    // The next chunk is asked for when this one is in the queue of the destination, and its `ready`
    // tells of that.
    function write(chunk) {
        // Not at once: whoever enqueues a chunk shall not find a write() of the sink on the stack.
        const written = newDeferred();
        lastWrite = written.promise;
        then(resolvedWith(undefined), () => {
            const finished = () => written.resolve(undefined);
            then(writeChunk(writer, chunk), finished, finished);
            step();
        });
    }

    // One chunk after the other, each when the destination wants it.
    function step() {
        if (shuttingDown) return;
        then(writer.ready.promise, () => {
            if (shuttingDown) return;
            readChunk(reader, {
                chunkSteps: write,
                closeSteps: nothing, // the reader's `closed` tells
                errorSteps: nothing,
            });
        }, nothing);
    }

    if (signal) {
        if (signal.aborted) {
            abort();
            return done.promise;
        }
        onAbort = abort;
        signal.addEventListener('abort', onAbort);
    }
    if (source.state === 'errored')
        sourceFailed();
    else
        then(reader.closed.promise, undefined, sourceFailed);
    if (destination.state === 'errored' || destination.state === 'erroring')
        destinationFailed();
    else
        then(writer.closed.promise, undefined, destinationFailed);
    if (source.state === 'closed')
        sourceClosed();
    else
        then(reader.closed.promise, sourceClosed, nothing);
    if (isCloseQueuedOrInFlight(destination) || destination.state === 'closed') destinationClosed();
    step();
    return done.promise;
}
