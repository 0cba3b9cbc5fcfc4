// --- queues -----------------------------------------------------------------------------------------------------

// Linked, so that taking the first costs the same however long it is, and that no setter of a
// script's for an array's index is met.
function newQueue() { return { first: undefined, last: undefined, length: 0 }; }

function push(queue, value) {
    const link = { value, next: undefined };
    if (queue.length === 0)
        queue.first = link;
    else
        queue.last.next = link;
    queue.last = link;
    queue.length++;
}

function shift(queue) {
    const link = queue.first;
    queue.first = link.next;
    queue.length--;
    if (queue.length === 0) queue.last = undefined;
    return link.value;
}

// A queue of chunks, whose sizes are added up.
function newSizedQueue() { return { chunks: newQueue(), size: 0 }; }

// EnqueueValueWithSize
function pushSized(queue, value, size) {
    if (typeof size !== 'number' || size !== size || size < 0 || size === Infinity) {
        throw new RangeError('the size of a chunk must be a finite number that is not negative');
    }
    push(queue.chunks, { value, size });
    queue.size += size;
}

// DequeueValue
function shiftSized(queue) {
    const { value, size } = shift(queue.chunks);
    queue.size -= size;
    if (queue.size < 0) queue.size = 0; // by rounding
    return value;
}

// --- queuing strategies --------------------------------------------------------------------------

function highWaterMarkMember(init) {
    if (!isObject(init))
        throw new TypeError('a queuing strategy needs an object with a highWaterMark');
    const mark = init.highWaterMark;
    if (mark === undefined) throw new TypeError('a queuing strategy needs a highWaterMark');
    return +mark;
}

// One function each, the same for all strategies; they are no constructors.
const { size: byteLengthSize } = {
    size: (chunk) => chunk.byteLength
};
const { size: countSize } = {
    size: () => 1
};

class ByteLengthQueuingStrategy {
    constructor(init) {
        strategySlots.attach(this, {
            highWaterMark: highWaterMarkMember(init),
            kind: ByteLengthQueuingStrategy,
            object: undefined
        });
    }
    get highWaterMark() { return strategyOf(this, ByteLengthQueuingStrategy).highWaterMark; }
    get size() {
        strategyOf(this, ByteLengthQueuingStrategy);
        return byteLengthSize;
    }
}

class CountQueuingStrategy {
    constructor(init) {
        strategySlots.attach(this, {
            highWaterMark: highWaterMarkMember(init),
            kind: CountQueuingStrategy,
            object: undefined
        });
    }
    get highWaterMark() { return strategyOf(this, CountQueuingStrategy).highWaterMark; }
    get size() {
        strategyOf(this, CountQueuingStrategy);
        return countSize;
    }
}

function strategyOf(object, kind) {
    const strategy = strategySlots.of(object);
    if (!strategy || strategy.kind !== kind)
        throw illegal(
            kind === CountQueuingStrategy ? 'CountQueuingStrategy' : 'ByteLengthQueuingStrategy');
    return strategy;
}
