// --- tee --------------------------------------------------------------------------------------------------------------------------

// What both kinds of tee have in common: the stream is canceled when both branches are.
function newTee(stream) {
    const tee = {
        stream, reader: undefined, reading: false, cancelled: newDeferred(),
        first: undefined, firstCanceled: false, firstReason: undefined,
        second: undefined, secondCanceled: false, secondReason: undefined,
    };
    tee.cancelFirst = (reason) => {
        tee.firstCanceled = true;
        tee.firstReason = reason;
        if (tee.secondCanceled) cancelTee(tee);
        return tee.cancelled.promise;
    };
    tee.cancelSecond = (reason) => {
        tee.secondCanceled = true;
        tee.secondReason = reason;
        if (tee.firstCanceled) cancelTee(tee);
        return tee.cancelled.promise;
    };
    return tee;
}

function cancelTee(tee) {
    adopt(tee.cancelled, readableCancel(tee.stream, [tee.firstReason, tee.secondReason]));
}

// No branch is going to be canceled any more: it has come to its end.
function endTee(tee) {
    if (!tee.firstCanceled || !tee.secondCanceled) tee.cancelled.resolve(undefined);
}

// ReadableStreamDefaultTee: { first, second }
function teeChunks(stream) {
    const tee = newTee(stream);
    tee.reader = newReader(stream, false);
    let readAgain = false;

    function pull() {
        if (tee.reading) {
            readAgain = true;
            return resolvedWith(undefined);
        }
        tee.reading = true;
        readChunk(tee.reader, {
            // Later: an error of the stream that comes with the chunk is to reach the branches first.
            chunkSteps: (chunk) => then(resolvedWith(undefined), () => give(chunk)),
            closeSteps: () => {
                tee.reading = false;
                if (!tee.firstCanceled) defaultClose(tee.first.controller);
                if (!tee.secondCanceled) defaultClose(tee.second.controller);
                endTee(tee);
            },
            errorSteps: () => {
                tee.reading = false;
            },
        });
        return resolvedWith(undefined);
    }

    function give(chunk) {
        readAgain = false;
        if (!tee.firstCanceled) defaultEnqueue(tee.first.controller, chunk);
        if (!tee.secondCanceled) defaultEnqueue(tee.second.controller, chunk);
        tee.reading = false;
        if (readAgain) pull();
    }

    tee.first = createReadableStream(started, pull, tee.cancelFirst, 1, () => 1);
    tee.second = createReadableStream(started, pull, tee.cancelSecond, 1, () => 1);
    then(tee.reader.closed.promise, undefined, (error) => {
        defaultError(tee.first.controller, error);
        defaultError(tee.second.controller, error);
        endTee(tee);
    });
    return tee;
}

// ReadableByteStreamTee: a branch that has been asked for a buffer to fill has the stream fill it
function teeBytes(stream) {
    const tee = newTee(stream);
    let readAgainForFirst = false;
    let readAgainForSecond = false;

    function useReader(byob) {
        if (tee.reader && tee.reader.byob === byob) return;
        if (tee.reader) releaseReader(tee.reader);
        const reader = newReader(stream, byob);
        tee.reader = reader;
        then(reader.closed.promise, undefined, (error) => {
            if (reader !== tee.reader) return;
            byteError(tee.first.controller, error);
            byteError(tee.second.controller, error);
            endTee(tee);
        });
    }

    const enqueueView = (branch, view) => byteEnqueue(branch.controller, viewOf(view, 'the chunk'));

    // A copy, for the branch that does not get the chunk itself. undefined: no memory, and all has failed.
    function copyOf(chunk) {
        try {
            return cloneAsUint8Array(chunk);
        } catch (error) {
            byteError(tee.first.controller, error);
            byteError(tee.second.controller, error);
            adopt(tee.cancelled, readableCancel(stream, error));
            return undefined;
        }
    }

    function readAgain() {
        tee.reading = false;
        if (readAgainForFirst) pull(tee.first);
        else if (readAgainForSecond) pull(tee.second);
    }

    function pullWithDefaultReader() {
        useReader(false);
        readChunk(tee.reader, {
            chunkSteps: (chunk) => then(resolvedWith(undefined), () => {
                readAgainForFirst = readAgainForSecond = false;
                let other = chunk;
                if (!tee.firstCanceled && !tee.secondCanceled && (other = copyOf(chunk)) === undefined) return;
                if (!tee.firstCanceled) enqueueView(tee.first, chunk);
                if (!tee.secondCanceled) enqueueView(tee.second, other);
                readAgain();
            }),
            closeSteps: () => {
                tee.reading = false;
                if (!tee.firstCanceled) byteClose(tee.first.controller);
                if (!tee.secondCanceled) byteClose(tee.second.controller);
                if (tee.first.controller.pendingPullIntos.length > 0) byteRespond(tee.first.controller, 0);
                if (tee.second.controller.pendingPullIntos.length > 0) byteRespond(tee.second.controller, 0);
                endTee(tee);
            },
            errorSteps: () => {
                tee.reading = false;
            },
        });
    }

    function pullInto(view, forSecond) {
        useReader(true);
        const branch = forSecond ? tee.second : tee.first;
        const otherBranch = forSecond ? tee.first : tee.second;
        const isCanceled = (second) => (second ? tee.secondCanceled : tee.firstCanceled);
        readInto(tee.reader, viewOf(view, 'the view'), 1, {
            chunkSteps: (chunk) => then(resolvedWith(undefined), () => {
                readAgainForFirst = readAgainForSecond = false;
                const branchCanceled = isCanceled(forSecond);
                if (!isCanceled(!forSecond)) {
                    const copy = copyOf(chunk);
                    if (copy === undefined) return;
                    if (!branchCanceled) byteRespondWithNewView(branch.controller, viewOf(chunk, 'the chunk'));
                    enqueueView(otherBranch, copy);
                } else if (!branchCanceled) {
                    byteRespondWithNewView(branch.controller, viewOf(chunk, 'the chunk'));
                }
                readAgain();
            }),
            closeSteps: (chunk) => {
                tee.reading = false;
                const branchCanceled = isCanceled(forSecond);
                const otherCanceled = isCanceled(!forSecond);
                if (!branchCanceled) byteClose(branch.controller);
                if (!otherCanceled) byteClose(otherBranch.controller);
                if (chunk !== undefined) {
                    if (!branchCanceled) byteRespondWithNewView(branch.controller, viewOf(chunk, 'the chunk'));
                    if (!otherCanceled && otherBranch.controller.pendingPullIntos.length > 0) byteRespond(otherBranch.controller, 0);
                }
                endTee(tee);
            },
            errorSteps: () => {
                tee.reading = false;
            },
        });
    }

    function pull(branch) {
        if (tee.reading) {
            if (branch === tee.first) readAgainForFirst = true;
            else readAgainForSecond = true;
            return resolvedWith(undefined);
        }
        tee.reading = true;
        const view = byobRequestView(branch.controller);
        if (view === undefined) pullWithDefaultReader();
        else pullInto(view, branch === tee.second);
        return resolvedWith(undefined);
    }

    tee.first = createReadableByteStream(started, () => pull(tee.first), tee.cancelFirst);
    tee.second = createReadableByteStream(started, () => pull(tee.second), tee.cancelSecond);
    useReader(false);
    return tee;
}
