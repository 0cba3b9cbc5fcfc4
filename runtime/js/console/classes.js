// --- what an object is called --------------------------------------------------------------------

// The next object in the chain of prototypes; null where it ends, or where a proxy's trap would
// run.
function parentOf(object) {
    const parent = getPrototypeOf(object);
    return parent === null || isProxy(parent) ? null : parent;
}

// The descriptor of a property that an object has or inherits.
function inheritedProperty(object, key) {
    for (; object; object = parentOf(object)) {
        const property = propertyOf(object, key);
        if (property) return property;
    }
    return undefined;
}

// The value of a data property; never what a getter makes.
function inherited(object, key) {
    const property = inheritedProperty(object, key);
    return property && property.value;
}

function isInstanceOf(object, prototype) {
    for (object = parentOf(object); object; object = parentOf(object))
        if (object === prototype) return true;
    return false;
}

function isInstance(object, constructor) {
    const prototype = propertyOf(constructor, 'prototype');
    return prototype !== undefined && isInstanceOf(object, prototype.value);
}

const isName = (name) => typeof name === 'string' ? name !== '' : typeof name === 'number';

// The name of the constructor that an object is an instance of. null: it has no prototype. An
// object whose prototypes name no constructor is described by what V8 knows of its class and by
// them. (If it inherits from Object.prototype, a script has changed `constructor` there: V8's name
// is all there is.)
function constructorOf(value, className, level, limit) {
    for (let object = value; object; object = parentOf(object)) {
        const property = propertyOf(object, 'constructor');
        const constructor = property && property.value;
        if (typeof constructor !== 'function' || isProxy(constructor)) continue;
        const known = inheritedProperty(constructor, 'name');
        const name = known && (known.get ? className : known.value);
        if (isName(name) && isInstance(value, constructor)) return toText(name);
    }
    const parent = parentOf(value);
    if (isInstanceOf(value, objectPrototype)) return className;
    if (!parent) return getPrototypeOf(value) ? 'Object' : null;
    if (level > limit) return `${className} <Complex prototype>`;
    const above = constructorOf(parent, native.describe(parent)[1], level + 1, limit);
    return `${className} <${above === null ? inspected(parent, -1) : above}>`;
}

// Symbol.toStringTag, if it is not shown among the properties anyway.
function tagOf(object) {
    if (hasOwn(object, toStringTag) && isEnumerable(object, toStringTag)) return '';
    const property = inheritedProperty(object, toStringTag);
    if (!property) return '';
    if (property.get === typedArrayTag) return typedArrayName(object) || '';
    return typeof property.value === 'string' ? property.value : '';
}

// What stands in front of the braces, with a blank at its end.
function prefix(constructor, tag, fallback, size) {
    const count = size === undefined ? '' : `(${size})`;
    if (constructor === null) {
        const kind = `[${fallback}${count}: null prototype] `;
        return tag && tag !== fallback ? `${kind}[${tag}] ` : kind;
    }
    const name = `${constructor}${count} `;
    return tag && tag !== constructor ? `${name}[${tag}] ` : name;
}

// The same, but nothing for what the braces alone tell.
function prefixUnless(usual, constructor, tag, size) {
    return constructor === usual && !tag ? '' : prefix(constructor, tag, usual, size);
}

// --- functions and classes -----------------------------------------------------------------------

// Whether this is the source of a class: `class`, and a body before any parameters.
function isClassSource(source) {
    if (!startsWith(source, 'class') || !endsWith(source, '}')) return false;
    const head = slice(source, 5, indexOf(source, '{'));
    if (isIdentifier(slice(source, 5, 6))) return false;
    return !contains(head, '(') || contains(head, ' extends ');
}

function classText(value, constructor, tag) {
    const own = propertyOf(value, 'name');
    let name = own && own.value;
    if (typeof name === 'function') name = functionText(name);
    let text = `class ${typeof name === 'string' && name ? name : '(anonymous)'}`;
    if (constructor !== 'Function' && constructor !== null) text += ` [${constructor}]`;
    if (tag && tag !== constructor) text += ` [${tag}]`;
    if (constructor === null) return `[${text} extends [null prototype]]`;
    const base = getPrototypeOf(value);
    name = base && !isProxy(base) ? inherited(base, 'name') : '';
    return typeof name === 'string' && name ? `[${text} extends ${name}]` : `[${text}]`;
}

function functionHead({ value, inside: type, constructor, tag }) {
    if (type === 'Function' && isClassSource(functionText(value)))
        return classText(value, constructor, tag);
    const name = inherited(value, 'name');
    let text = `[${type}${constructor === null ? ' (null prototype)' : ''}`;
    text += isName(name) ? `: ${toText(name)}]` : ' (anonymous)]';
    if (constructor !== type && constructor !== null) text += ` ${constructor}`;
    return tag && tag !== constructor ? `${text} [${tag}]` : text;
}
