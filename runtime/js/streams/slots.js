// --- internal slots ------------------------------------------------------------------------------
//
// What the standard calls internal slots of an object is a record of its own here, out of reach of
// scripts: the abstract operations work on records, and the objects that scripts have know theirs
// by a private name.

// A class that derives from this one puts its private names on any object.
class Stamp {
    constructor(object) { return object; }
}

// { attach(object, record), of(value): the record, or undefined }
function newSlots() {
    class Slots extends Stamp {
        #record;
        constructor(object, record) {
            super(object);
            this.#record = record;
        }
        static of(value) { return isObject(value) && #record in value ? value.#record : undefined; }
    }
    return {
        of: Slots.of,
        attach(object, record) {
            new Slots(object, record);
            record.object = object;
        },
    };
}

const readableSlots = newSlots();
const readerSlots = newSlots();             // of either kind
const readableControllerSlots = newSlots(); // of either kind
const byobRequestSlots = newSlots();
const writableSlots = newSlots();
const writerSlots = newSlots();
const writableControllerSlots = newSlots();
const transformSlots = newSlots();
const transformControllerSlots = newSlots();
const strategySlots = newSlots();
const iteratorSlots = newSlots();

const illegal = (name) => new TypeError(`Illegal invocation: the object is not a ${name}`);

function slotsFor(slots, value, name) {
    const record = slots.of(value);
    if (record === undefined) throw illegal(name);
    return record;
}

// What the bindings of a class look like to scripts.
function describeClass(constructor, name) {
    const prototype = constructor.prototype;
    const describe = (object, skipped) => {
        const keys = ownKeys(object);
        for (let i = 0; i < keys.length; i++) {
            const key = keys[i];
            if (typeof key === 'symbol' || key === 'constructor' || key === skipped ||
                key === 'length' || key === 'name')
                continue;
            defineProperty(object, key, { __proto__: null, enumerable: true });
        }
    };
    describe(prototype);
    describe(constructor, 'prototype');
    defineProperty(prototype, toStringTag, { __proto__: null, value: name, configurable: true });
}
