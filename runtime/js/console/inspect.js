// --- objects -------------------------------------------------------------------------------------

// Kinds that are shown as plain objects if scripts cannot iterate over them,
const iterables = setPrototypeOf(
    [
        'array',
        'typedarray',
        'map',
        'set',
        'mapiterator',
        'setiterator',
    ],
    null);
// and those that are if their constructor is Object, as that of Number.prototype.
const plainKinds = setPrototypeOf(
    [
        'regexp',
        'date',
        'boxed',
        'error',
        'arraybuffer',
        'sharedarraybuffer',
        'dataview',
        'promise',
        'weakmap',
        'weakset',
    ],
    null);

function shownKind(value, kind, constructor) {
    if (constructor === 'Object' && has(plainKinds, kind)) return 'object';
    if (kind === 'object' && constructor !== 'Object' && isError(value, kind)) return 'error';
    if (constructor === null || !has(iterables, kind)) return kind;
    return inheritedProperty(value, iterator) ? kind : 'object';
}

function thingOf(value, description, state) {
    const className = description[1];
    const constructor = constructorOf(value, className, state.level, state.limit);
    const kind = shownKind(value, description[0], constructor);
    const hasElements = kind === 'array' || kind === 'typedarray';
    return {
        __proto__: null,
        value,
        kind,
        className,
        inside: description[2],
        more: description[3],
        constructor,
        tag: tagOf(value),
        keys: native.keys(value, !hasElements, state.hidden),
    };
}

// What stands for an object that is too deep.
function tooDeepText(thing) {
    const name = named(thing, thing.className);
    const text = slice(name, 0, name.length - 1);
    return thing.constructor === null ? text : `[${text}]`;
}

function proxyText(target, handler, state) {
    if (state.level > state.limit) return 'Proxy [Array]';
    const parts = list();
    state.level++;
    state.deepest = state.level;
    add(parts, indented(target, state));
    add(parts, indented(handler, state));
    const text = laidOut({ __proto__: null, head: '', open: 'Proxy [', close: ']', parts }, state);
    state.level--;
    return text;
}

function circularIndex(state, value) {
    for (let i = 0; i < state.circular.length; i++)
        if (state.circular[i] === value) return i + 1;
    add(state.circular, value);
    return state.circular.length;
}

// The parts of an object as text, with what it contains.
function partsOf(value, shape, state) {
    const parts = list();
    add(state.seen, value);
    state.level++;
    state.deepest = state.level;
    try {
        if (shape.add) shape.add(parts);
        addProperties(parts, value, shape.keys, state);
    } finally {
        state.seen.length--;
        state.level--;
    }
    return parts;
}

function objectText(value, description, state) {
    const thing = thingOf(value, description, state);
    const shape = shapes[thing.kind](thing, state);
    if (shape.keys.length === 0 && shape.isWhole)
        return shape.head || `${shape.open}${shape.close}`;
    if (state.level > state.limit) return shape.isDeep ? shape.head : tooDeepText(thing);
    shape.parts = partsOf(value, shape, state);
    for (let i = 0; i < state.circular.length; i++) {
        if (state.circular[i] !== value) continue;
        shape.head = shape.head ? `<ref *${i + 1}> ${shape.head}` : `<ref *${i + 1}>`;
    }
    state.level++;
    const text = laidOut(shape, state);
    state.level--;
    return text;
}

// state: { limit: how many levels are opened, level: how many are open, deepest: the level of the
// object that was opened last, seen: the objects that are open, circular: those of them that were
// met again, indentation: of the line, hidden: whether properties that are not enumerable are
// shown, most: how many elements of one object are shown, width: of a line }
function inspect(value, state) {
    if (!isObject(value) && typeof value !== 'function') return primitiveText(value, state);
    let description = native.describe(value);
    while (description[0] === 'proxy') {
        if (description[2] === null) return '<Revoked Proxy>';
        if (state.hidden) return proxyText(description[2], description[3], state);
        value = description[2];
        description = native.describe(value);
    }
    if (has(state.seen, value)) return `[Circular *${circularIndex(state, value)}]`;
    return objectText(value, description, state);
}

const inspectedWith = (value, options) => inspect(value, {
    level: 0,
    deepest: 0,
    seen: list(),
    circular: list(),
    indentation: 0,
    hidden: false,
    most: 100,
    width: 80,
    ...options,
    __proto__: null,
});
const inspected = (value, limit) => inspectedWith(value, { __proto__: null, limit });

const shown = (value) => (typeof value === 'string' ? value : inspected(value, 2));
