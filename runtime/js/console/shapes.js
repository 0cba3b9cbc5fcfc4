// --- shapes: how an object starts and ends, and how to add what is inside ------------------------
//
// A thing is an object to be shown: { value, kind, className, inside, more: as native.describe()
// has them, constructor: its name, tag, keys: of the properties to show }.
//
// A shape is { head: text in front of the braces, open, close, add(parts): adds all but the
// properties, keys, columns: the array whose elements may be shown in columns, isWhole: this is all
// of it if there are no properties, even where objects are too deep, isDeep: the head is shown even
// then if there are some }.

const named = (thing, fallback, size) => prefix(thing.constructor, thing.tag, fallback, size);
const namedUnless = (thing, usual, size) => prefixUnless(usual, thing.constructor, thing.tag, size);

const inBraces = ({ keys }, name, addParts, isWhole) => ({
    __proto__: null,
    head: '',
    open: `${name}{`,
    close: '}',
    add: addParts,
    keys,
    isWhole,
});
const inBrackets = ({ value, keys }, name, addParts, isWhole) => ({
    __proto__: null,
    head: '',
    open: `${name}[`,
    close: ']',
    add: addParts,
    keys,
    columns: value,
    isWhole,
});
const headed = (head, keys, isDeep) => ({
    __proto__: null,
    head,
    open: '{',
    close: '}',
    keys,
    isWhole: true,
    isDeep,
});

const boxNames = {
    __proto__: null,
    bigint: 'BigInt',
    boolean: 'Boolean',
    number: 'Number',
    string: 'String',
    symbol: 'Symbol',
};

function boxedHead({ inside, constructor, tag }, state) {
    const type = boxNames[typeof inside];
    let text = `[${type}`;
    if (constructor !== type) text += ` (${constructor === null ? 'null prototype' : constructor})`;
    text += `: ${primitiveText(inside, state)}]`;
    return tag && tag !== constructor ? `${text} [${tag}]` : text;
}

// A boxed string's characters are properties, too.
function withoutCharacters({ inside, keys }) {
    if (typeof inside !== 'string') return keys;
    const rest = list();
    for (let i = inside.length; i < keys.length; i++) add(rest, keys[i]);
    return rest;
}

const dateHead = ({ value }) => (isNaN(dateValue(value)) ? 'Invalid Date' : dateText(value));

function bufferShape(thing, name) {
    const { inside } = thing;
    return inBraces(thing, named(thing, name), (to) => {
        if (inside.detached)
            add(to, '(detached)');
        else
            addBytes(to, inside);
        add(to, `byteLength: ${inside.length}`);
    });
}

function iteratorShape(thing, type, state) {
    const { inside, more: isPairs, tag } = thing;
    const usual = `${type} Iterator`;
    const name = isPairs ? `[${type} Entries] ` : `[${usual}] `;
    const addAll = isPairs ? addEntries : addValues;
    return inBraces(
        thing, tag && tag !== usual ? `[${tag}] ${name}` : name, (to) => addAll(to, inside, state));
}

const unknownShape = (thing, name) =>
    inBraces(thing, named(thing, name), (to) => add(to, '<items unknown>'));

// By kind.
const shapes = {
    __proto__: null,
    array: (thing, state) => inBrackets(
        thing, namedUnless(thing, 'Array', thing.value.length),
        (to) => addElements(to, thing.value, state), thing.value.length === 0),
    typedarray: (thing, state) => inBrackets(
        thing, named(thing, typedArrayName(thing.value), thing.inside),
        (to) => {
            addNumbers(to, thing.value, thing.inside, state);
            if (state.hidden) addViewProperties(to, thing.value, thing.inside);
        },
        thing.inside === 0 && !state.hidden),
    set: (thing, state) => inBraces(
        thing, named(thing, 'Set', thing.inside.length), (to) => addValues(to, thing.inside, state),
        thing.inside.length === 0),
    map: (thing, state) => inBraces(
        thing, named(thing, 'Map', thing.inside.length / 2),
        (to) => addPairs(to, thing.inside, state), thing.inside.length === 0),
    mapiterator: (thing, state) => iteratorShape(thing, 'Map', state),
    setiterator: (thing, state) => iteratorShape(thing, 'Set', state),
    arguments: (thing) => inBraces(
        thing, thing.constructor === null ? named(thing, 'Arguments') : '[Arguments] ', undefined,
        true),
    module: ({ value, keys }, state) => inBraces(
        { __proto__: null, keys: list() }, '[Module: null prototype] ',
        (to) => addNamespace(to, value, keys, state), keys.length === 0),
    function: (thing) => headed(functionHead(thing), thing.keys),
    regexp: (thing) => headed(namedUnless(thing, 'RegExp') + thing.inside, thing.keys, true),
    date: (thing) => headed(namedUnless(thing, 'Date') + dateHead(thing), thing.keys),
    boxed: (thing, state) => headed(boxedHead(thing, state), withoutCharacters(thing)),
    arraybuffer: (thing) => bufferShape(thing, 'ArrayBuffer'),
    sharedarraybuffer: (thing) => bufferShape(thing, 'SharedArrayBuffer'),
    dataview: (thing, state) =>
        inBraces(thing, named(thing, 'DataView'), (to) => addView(to, thing.value, state)),
    promise: (thing, state) =>
        inBraces(thing, named(thing, 'Promise'), (to) => addOutcome(to, thing.inside, state)),
    weakmap: (thing) => unknownShape(thing, 'WeakMap'),
    weakset: (thing) => unknownShape(thing, 'WeakSet'),
    error: (thing, state) =>
        headed(errorHead(thing, state), errorKeys(thing.value, thing.keys, state.hidden)),
    object: (thing) => {
        const isBare = thing.constructor === null;
        const name = isBare ? named(thing, thing.className) : namedUnless(thing, 'Object');
        return inBraces(thing, name, undefined, true);
    },
};
