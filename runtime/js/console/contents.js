// --- what is inside an object --------------------------------------------------------------------

function indented(value, state) {
    state.indentation += 2;
    const text = inspect(value, state);
    state.indentation -= 2;
    return text;
}

function propertyText(property, state) {
    if ('value' in property) return indented(property.value, state);
    if (property.get) return property.set ? '[Getter/Setter]' : '[Getter]';
    return property.set ? '[Setter]' : 'undefined';
}

function addProperties(to, object, keys, state) {
    for (let i = 0; i < keys.length; i++) {
        const own = propertyOf(object, keys[i]);
        const property = own || inheritedProperty(object, keys[i]);
        add(to, `${keyText(keys[i], !own || own.enumerable)}: ${propertyText(property, state)}`);
    }
}

function addNamespace(to, object, keys, state) {
    for (let i = 0; i < keys.length; i++) {
        let text = '<uninitialized>';
        try {
            text = propertyText(propertyOf(object, keys[i]), state);
        } catch {
            // A binding that has no value yet.
        }
        add(to, `${keyText(keys[i], true)}: ${text}`);
    }
}

const emptyText = (count) => `<${count} empty item${count > 1 ? 's' : ''}>`;
const addMore = (to, count) => {
    if (count > 0) add(to, moreText(count, 'item'));
};

const isIndex = (key) =>
    typeof key === 'string' && toText(toNumber(key)) === key && toNumber(key) >= 0;

function addElements(to, array, state) {
    const { length } = array;
    for (let i = 0; i < length && i < state.most; i++) {
        if (!hasOwn(array, i)) return addSparseElements(to, array, i, state);
        add(to, propertyText(propertyOf(array, i), state));
    }
    return addMore(to, length - state.most);
}

// From the first hole on: each run of holes is one item.
function addSparseElements(to, array, from, state) {
    const keys = native.keys(array, true, false);
    const { length } = array;
    let next = from;
    for (let i = from; i < keys.length && to.length < state.most && isIndex(keys[i]); i++) {
        const at = toNumber(keys[i]);
        if (at >= length) break;
        if (at > next) {
            add(to, emptyText(at - next));
            next = at;
            if (to.length >= state.most) break;
        }
        add(to, propertyText(propertyOf(array, at), state));
        next++;
    }
    if (to.length >= state.most)
        addMore(to, length - next);
    else if (next < length)
        add(to, emptyText(length - next));
}

function addNumbers(to, array, length, state) {
    for (let i = 0; i < length && i < state.most; i++) add(to, primitiveText(array[i]));
    addMore(to, length - state.most);
}

function addViewProperties(to, array, length) {
    const buffer = native.describe(typedArrayBuffer(array));
    const name = buffer[0] === 'arraybuffer' ? 'ArrayBuffer' : 'SharedArrayBuffer';
    add(to, `[BYTES_PER_ELEMENT]: ${typedArrays[typedArrayName(array)].BYTES_PER_ELEMENT}`);
    add(to, `[length]: ${length}`);
    add(to, `[byteLength]: ${typedArrayBytes(array)}`);
    add(to, `[byteOffset]: ${typedArrayOffset(array)}`);
    add(to, `[buffer]: ${name} { byteLength: ${buffer[2].length} }`);
}

function addValues(to, values, state) {
    for (let i = 0; i < values.length && i < state.most; i++) add(to, indented(values[i], state));
    addMore(to, values.length - state.most);
}

function addPairs(to, pairs, state) {
    for (let i = 0; i < pairs.length && i < 2 * state.most; i += 2)
        add(to, `${indented(pairs[i], state)} => ${indented(pairs[i + 1], state)}`);
    addMore(to, pairs.length / 2 - state.most);
}

// The entries that an iterator will give: arrays of two.
function addEntries(to, pairs, state) {
    state.indentation += 2;
    for (let i = 0; i < pairs.length && i < 2 * state.most; i += 2) {
        const parts = list();
        add(parts, inspect(pairs[i], state));
        add(parts, inspect(pairs[i + 1], state));
        add(to, laidOut({ __proto__: null, head: '', open: '[', close: ']', parts }, state));
    }
    state.indentation -= 2;
    addMore(to, pairs.length / 2 - state.most);
}

function addOutcome(to, promise, state) {
    if (promise.length === 1)
        add(to, '<pending>');
    else
        add(to, `${promise[0] === 2 ? '<rejected> ' : ''}${indented(promise[1], state)}`);
}

function addBytes(to, { length, bytes }) {
    let text = '';
    for (let i = 0; i < bytes.length; i += 2) text += `${i ? ' ' : ''}${slice(bytes, i, i + 2)}`;
    const more = length - bytes.length / 2;
    add(to, `[Uint8Contents]: <${text}${more > 0 ? ` ${moreText(more, 'byte')}` : ''}>`);
}

function addView(to, view, state) {
    add(to, `byteLength: ${dataViewBytes(view)}`);
    add(to, `byteOffset: ${dataViewOffset(view)}`);
    add(to, `buffer: ${indented(dataViewBuffer(view), state)}`);
}
