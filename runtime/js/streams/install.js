// --- what scripts see ---------------------------------------------------------------------------------------------------------------------

const classes = {
    __proto__: null,
    ByteLengthQueuingStrategy,
    CountQueuingStrategy,
    ReadableByteStreamController,
    ReadableStream,
    ReadableStreamBYOBReader,
    ReadableStreamBYOBRequest,
    ReadableStreamDefaultController,
    ReadableStreamDefaultReader,
    TransformStream,
    TransformStreamDefaultController,
    WritableStream,
    WritableStreamDefaultController,
    WritableStreamDefaultWriter,
};

const classNames = ownKeys(classes);
for (let i = 0; i < classNames.length; i++) describeClass(classes[classNames[i]], classNames[i]);
defineProperty(ReadableStream.prototype, asyncIterator, {
    __proto__: null,
    value: ReadableStream.prototype.values,
    writable: true,
    configurable: true
});

// The globals that v8/parts.cc names, and what v8/streams.cc calls.
classes.read = hostRead;
classes.cancel = hostCancel;
classes.make = hostStream;
return classes;
