// --- tee --------------------------------------------------------------------------------------------------------------------------

// What both kinds of tee have in common: the stream is canceled when both branches are.
function newTee(stream) {
    const tee = {
        stream,
        reader: undefined,
        reading: false,
        cancelled: newDeferred(),
        first: undefined,
        firstCanceled: false,
        firstReason: undefined,
        second: undefined,
        secondCanceled: false,
        secondReason: undefined,
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
            // Later: an error of the stream that comes with the chunk is to reach the branches
            // first.
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

// --- tee of bytes --------------------------------------------------------------------------------

// ReadableByteStreamTee: a branch that has been asked for a buffer to fill has the stream fill it
function teeBytes(stream) {
    const tee = newTee(stream);
    tee.readAgainForFirst = tee.readAgainForSecond = false;
    tee.first = createReadableByteStream(started, () => teePull(tee, tee.first), tee.cancelFirst);
    tee.second =
        createReadableByteStream(started, () => teePull(tee, tee.second), tee.cancelSecond);
    teeUseReader(tee, false);
    return tee;
}

function teeUseReader(tee, byob) {
    if (tee.reader && tee.reader.byob === byob) return;
    if (tee.reader) releaseReader(tee.reader);
    const reader = newReader(tee.stream, byob);
    tee.reader = reader;
    then(reader.closed.promise, undefined, (error) => {
        if (reader !== tee.reader) return;
        byteError(tee.first.controller, error);
        byteError(tee.second.controller, error);
        endTee(tee);
    });
}

function teeEnqueue(branch, view) { byteEnqueue(branch.controller, viewOf(view, 'the chunk')); }

function teeRespond(branch, chunk) {
    byteRespondWithNewView(branch.controller, viewOf(chunk, 'the chunk'));
}

function teeEndPending(branch) {
    if (branch.controller.pendingPullIntos.length > 0) byteRespond(branch.controller, 0);
}

// A copy, for the branch that does not get the chunk itself. undefined: no memory, and all has
// failed.
function teeCopy(tee, chunk) {
    try {
        return cloneAsUint8Array(chunk);
    } catch (error) {
        byteError(tee.first.controller, error);
        byteError(tee.second.controller, error);
        adopt(tee.cancelled, readableCancel(tee.stream, error));
        return undefined;
    }
}

function teePull(tee, branch) {
    if (tee.reading) {
        if (branch === tee.first)
            tee.readAgainForFirst = true;
        else
            tee.readAgainForSecond = true;
        return resolvedWith(undefined);
    }
    tee.reading = true;
    const view = byobRequestView(branch.controller);
    if (view === undefined)
        teePullWithDefaultReader(tee);
    else
        teePullInto(tee, view, branch === tee.second);
    return resolvedWith(undefined);
}

function teeReadAgain(tee) {
    tee.reading = false;
    if (tee.readAgainForFirst)
        teePull(tee, tee.first);
    else if (tee.readAgainForSecond)
        teePull(tee, tee.second);
}

function teePullWithDefaultReader(tee) {
    teeUseReader(tee, false);
    readChunk(tee.reader, {
        chunkSteps: (chunk) => then(resolvedWith(undefined), () => teeGiveChunk(tee, chunk)),
        closeSteps: () => {
            tee.reading = false;
            if (!tee.firstCanceled) byteClose(tee.first.controller);
            if (!tee.secondCanceled) byteClose(tee.second.controller);
            teeEndPending(tee.first);
            teeEndPending(tee.second);
            endTee(tee);
        },
        errorSteps: () => {
            tee.reading = false;
        },
    });
}

function teeGiveChunk(tee, chunk) {
    tee.readAgainForFirst = tee.readAgainForSecond = false;
    let other = chunk;
    if (!tee.firstCanceled && !tee.secondCanceled) {
        other = teeCopy(tee, chunk);
        if (other === undefined) return;
    }
    if (!tee.firstCanceled) teeEnqueue(tee.first, chunk);
    if (!tee.secondCanceled) teeEnqueue(tee.second, other);
    teeReadAgain(tee);
}

function teePullInto(tee, view, forSecond) {
    teeUseReader(tee, true);
    readInto(tee.reader, viewOf(view, 'the view'), 1, {
        chunkSteps: (chunk) =>
            then(resolvedWith(undefined), () => teeGiveFilled(tee, chunk, forSecond)),
        closeSteps: (chunk) => {
            const branch = forSecond ? tee.second : tee.first;
            const other = forSecond ? tee.first : tee.second;
            tee.reading = false;
            const branchCanceled = teeIsCanceled(tee, forSecond);
            const otherCanceled = teeIsCanceled(tee, !forSecond);
            if (!branchCanceled) byteClose(branch.controller);
            if (!otherCanceled) byteClose(other.controller);
            if (chunk !== undefined) {
                if (!branchCanceled) teeRespond(branch, chunk);
                if (!otherCanceled) teeEndPending(other);
            }
            endTee(tee);
        },
        errorSteps: () => {
            tee.reading = false;
        },
    });
}

function teeIsCanceled(tee, second) { return second ? tee.secondCanceled : tee.firstCanceled; }

function teeGiveFilled(tee, chunk, forSecond) {
    const branch = forSecond ? tee.second : tee.first;
    const other = forSecond ? tee.first : tee.second;
    tee.readAgainForFirst = tee.readAgainForSecond = false;
    const branchCanceled = teeIsCanceled(tee, forSecond);
    if (!teeIsCanceled(tee, !forSecond)) {
        const copy = teeCopy(tee, chunk);
        if (copy === undefined) return;
        if (!branchCanceled) teeRespond(branch, chunk);
        teeEnqueue(other, copy);
    } else if (!branchCanceled) {
        teeRespond(branch, chunk);
    }
    teeReadAgain(tee);
}
