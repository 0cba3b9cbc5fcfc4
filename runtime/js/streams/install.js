// --- what scripts see ---------------------------------------------------------------------------------------------------------------------

const classes = {
    ByteLengthQueuingStrategy, CountQueuingStrategy, ReadableByteStreamController, ReadableStream, ReadableStreamBYOBReader,
    ReadableStreamBYOBRequest, ReadableStreamDefaultController, ReadableStreamDefaultReader, TransformStream, TransformStreamDefaultController,
    WritableStream, WritableStreamDefaultController, WritableStreamDefaultWriter,
};

return function install(natives) {
    native = natives;
    native.streamRead = hostRead;
    native.streamCancelled = hostCancel;
    native.streamMade = hostStream;
    const names = ownKeys(classes);
    for (let i = 0; i < names.length; i++) {
        const value = classes[names[i]];
        describeClass(value, names[i]);
        defineProperty(globalThis, names[i], { __proto__: null, value, writable: true, configurable: true });
    }
    const values = ReadableStream.prototype.values;
    defineProperty(ReadableStream.prototype, asyncIterator, { __proto__: null, value: values, writable: true, configurable: true });
};
