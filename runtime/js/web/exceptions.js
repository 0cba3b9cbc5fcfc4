// --- DOMException ---------------------------------------------------------------------------------------------

const exceptionCodes = {
    __proto__: null,
    IndexSizeError: 1, HierarchyRequestError: 3, WrongDocumentError: 4, InvalidCharacterError: 5, NoModificationAllowedError: 7, NotFoundError: 8,
    NotSupportedError: 9, InUseAttributeError: 10, InvalidStateError: 11, SyntaxError: 12, InvalidModificationError: 13, NamespaceError: 14,
    InvalidAccessError: 15, TypeMismatchError: 17, SecurityError: 18, NetworkError: 19, AbortError: 20, URLMismatchError: 21, QuotaExceededError: 22,
    TimeoutError: 23, InvalidNodeTypeError: 24, DataCloneError: 25,
};

class DOMException extends Error {
    #name;

    constructor(message = '', name = 'Error') {
        super(`${message}`);
        this.#name = `${name}`;
        // An Error's message is its own property; here it is read from the prototype, like the name, but stays in place.
    }

    get name() {
        return this.#name;
    }

    get code() {
        return exceptionCodes[this.#name] ?? 0;
    }
}

// INVALID_CHARACTER_ERR and the like.
function defineCodes(constructor) {
    for (const name of ownKeys(exceptionCodes)) {
        const legacy = name.replace(/Error$/, '').replace(/(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase() + '_ERR';
        const property = { __proto__: null, value: exceptionCodes[name], enumerable: true };
        defineProperty(constructor, legacy, property);
        defineProperty(constructor.prototype, legacy, property);
    }
}
