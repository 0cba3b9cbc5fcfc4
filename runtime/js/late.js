// What V8 adds to the built-in objects of every context that it takes from a snapshot (WebAssembly,
// the language's newest methods): it ends the process if it cannot, or finds it there. Runs where a
// snapshot is made, before and after all scripts, and in a context that nothing was done to; keeps
// what it needs of the built-in objects.
(function() {
'use strict';

const {
    getOwnPropertyDescriptor,
    defineProperty,
    deleteProperty,
    getPrototypeOf,
    isExtensible,
    ownKeys
} = Reflect;
const { freeze } = Object;
const isObject = (value) =>
    (typeof value === 'object' && value !== null) || typeof value === 'function';
const nameOf = (key) => (typeof key === 'symbol' ? `[${key.description}]` : key);

// All built-in objects: an array of { object, path, from, key }, where `from` is where it was
// found, if by a value. But for the globals with these names, which V8 has nothing to do with: to
// look at them would run the parts (v8/parts.h) that they are of.
function builtIns(skipped) {
    const all = [{ object: globalThis, path: 'globalThis' }];
    const seen = new Set([globalThis]);
    const find = (object, path, from, key) => {
        if (!isObject(object) || seen.has(object)) return;
        seen.add(object);
        all.push({ object, path, from, key });
    };
    for (const found of all) {
        const path = found.object === globalThis ? '' : `${found.path}.`;
        for (const key of ownKeys(found.object)) {
            if (found.object === globalThis && skipped.includes(key)) continue;
            const { value, get, set } = getOwnPropertyDescriptor(found.object, key);
            find(value, path + nameOf(key), found, key);
            find(get, `get ${path}${nameOf(key)}`);
            find(set, `set ${path}${nameOf(key)}`);
        }
        find(getPrototypeOf(found.object), `${path}__proto__`);
    }
    return all;
}

// As JSON: the path of each and the names of its properties.
function list(skipped) {
    return JSON.stringify(
        builtIns(skipped).map(({ object, path }) => [path, ownKeys(object).map(nameOf)]));
}

// What is missing here of what was listed there.
function findLate(listed, skipped) {
    const names = new Map(JSON.parse(listed));
    const wellKnown = new Map();
    for (const key of ownKeys(Symbol))
        if (typeof Symbol[key] === 'symbol') wellKnown.set(nameOf(Symbol[key]), Symbol[key]);
    const late = [];
    for (const found of builtIns(skipped)) {
        const here = new Set(ownKeys(found.object).map(nameOf));
        const missing = (names.get(found.path) || []).filter((name) => !here.has(name));
        if (missing.length)
            late.push({ found, keys: missing.map((name) => wellKnown.get(name) || name) });
    }
    return late;
}

// V8 itself does not look these up, and scripts like to replace them.
const replaceable = {
    __proto__: null,
    Error: true,
    Promise: true
};

// The first object on the way from globalThis that is not the one that V8 will look for.
function replaced(found) {
    for (let at = found; at.from !== undefined; at = at.from) {
        const property = getOwnPropertyDescriptor(at.from.object, at.key);
        if ((property === undefined || property.value !== at.object) && !replaceable[at.path])
            return at.path;
    }
    return undefined;
}

function obstacleOf(late) {
    for (let i = 0; i < late.length; i++) {
        const { found, keys } = late[i];
        const gone = replaced(found);
        if (gone !== undefined) return `${gone} was replaced or deleted`;
        if (!isExtensible(found.object)) return `${found.path} is frozen, sealed or not extensible`;
        for (let j = 0; j < keys.length; j++) {
            const property = getOwnPropertyDescriptor(found.object, keys[j]);
            if (property && !property.configurable)
                return `${found.path}.${nameOf(keys[j])} was defined so that it cannot be deleted`;
        }
    }
    return undefined;
}

// Has to be called before any script runs. What finish() returns is a text about what no snapshot
// can be made with, and nothing has changed; or undefined: it is not to be called again, and no
// script is to run any more.
function watch(listed, skipped) {
    const late = findLate(listed, skipped);
    const registry = getOwnPropertyDescriptor(globalThis, 'FinalizationRegistry');
    // V8 ends the process over one that has something to clean up.
    deleteProperty(globalThis, 'FinalizationRegistry');
    Error.stackTraceLimit = 10;
    Error.prepareStackTrace = (error, sites) => sites;
    const [site] = new Error().stack;
    delete Error.prepareStackTrace;

    function finish() {
        const obstacle = obstacleOf(late);
        if (obstacle !== undefined) return obstacle;
        for (let i = 0; i < late.length; i++) {
            const { found, keys } = late[i];
            for (let j = 0; j < keys.length; j++) deleteProperty(found.object, keys[j]);
        }
        if (!getOwnPropertyDescriptor(globalThis, 'FinalizationRegistry'))
            defineProperty(globalThis, 'FinalizationRegistry', registry);
        return undefined;
    }

    return { finish, callSite: getPrototypeOf(site) };
}

return freeze({ list, watch });
})();
