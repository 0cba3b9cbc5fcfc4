"""The streams of the WHATWG standard. `make wpt` runs the web platform's own tests."""

from __future__ import annotations

import re

import jsrun
import pytest
from inspected import attach, inspected

# Each case: the body of an async function, and what it returns.
CASES = {
    "read": (
        """
        const stream = new ReadableStream({ start(c) { c.enqueue('a'); c.enqueue('b'); c.close();
            } });
        const reader = stream.getReader();
        return [await reader.read(), await reader.read(), await reader.read(),
            await reader.closed === undefined];
        """,
        [
            {"value": "a", "done": False},
            {"value": "b", "done": False},
            {"value": jsrun.undefined, "done": True},
            True,
        ],
    ),
    "an error reaches whoever reads, waits, and comes later": (
        """
        let controller;
        const stream = new ReadableStream({ start(c) { controller = c; } });
        const reader = stream.getReader();
        const read = reader.read();
        controller.error(new RangeError('lost'));
        const outcomes = await Promise.allSettled([read, reader.closed, reader.read(),
            reader.cancel()]);
        return outcomes.map((o) => `${o.reason}`);
        """,
        ["RangeError: lost"] * 4,
    ),
    "chunks before an error are lost, as the standard has it": (
        """
        const stream = new ReadableStream({ start(c) { c.enqueue(1); c.error('bad'); } });
        return await stream.getReader().read().catch((error) => error);
        """,
        "bad",
    ),
    "cancel tells the source, once, with the reason": (
        """
        const reasons = [];
        const stream = new ReadableStream({ cancel(reason) { reasons.push(reason); } });
        const reader = stream.getReader();
        const read = reader.read();
        await reader.cancel('enough');
        await reader.cancel('again');
        return [reasons, await read];
        """,
        [["enough"], {"value": jsrun.undefined, "done": True}],
    ),
    "a locked stream is cancelled by its reader alone": (
        """
        const stream = new ReadableStream();
        stream.getReader();
        return [stream.locked, await stream.cancel().catch((error) => error.name)];
        """,
        [True, "TypeError"],
    ),
    "release while reading": (
        """
        let controller;
        const stream = new ReadableStream({ start(c) { controller = c; } });
        const first = stream.getReader();
        const read = first.read();
        first.releaseLock();
        const second = stream.getReader();
        controller.enqueue('for the second');
        return [await read.catch((e) => e.name), await first.closed.catch((e) => e.name),
            await second.read()];
        """,
        ["TypeError", "TypeError", {"value": "for the second", "done": False}],
    ),
    "tee with one branch cancelled": (
        """
        let reason = 'not cancelled';
        const stream = new ReadableStream({
            start(c) { c.enqueue(1); c.enqueue(2); c.close(); },
            cancel(r) { reason = r; },
        });
        const [left, right] = stream.tee();
        left.cancel('no interest');
        const seen = [];
        for await (const chunk of right) seen.push(chunk);
        return [seen, reason];
        """,
        [[1, 2], "not cancelled"],
    ),
    "tee with both branches cancelled": (
        """
        let reason;
        const [left, right] = new ReadableStream({ cancel(r) { reason = r; } }).tee();
        await Promise.all([left.cancel('l'), right.cancel('r')]);
        return reason;
        """,
        ["l", "r"],
    ),
    "tee of an error": (
        """
        const [left, right] = new ReadableStream({ start(c) { c.error('bad'); } }).tee();
        const caught = (stream) => stream.getReader().read().catch((error) => error);
        return [await caught(left), await caught(right)];
        """,
        ["bad", "bad"],
    ),
    "back-pressure: pull is called for what is wanted": (
        """
        let pulls = 0;
        const stream = new ReadableStream({ pull(c) { c.enqueue(pulls++); } }, {
            highWaterMark: 3 });
        await new Promise((resolve) => setTimeout(resolve, 1));
        const before = pulls;
        await stream.getReader().read();
        return [before, pulls];
        """,
        [3, 4],
    ),
    "pipeTo closes the destination": (
        """
        const seen = [];
        const sink = new WritableStream({ write(chunk) { seen.push(chunk); }, close() {
            seen.push('closed'); } });
        await ReadableStream.from([1, 2]).pipeTo(sink);
        return [seen, sink.locked];
        """,
        [[1, 2, "closed"], False],
    ),
    "pipeTo with preventClose": (
        """
        const seen = [];
        const sink = new WritableStream({ write(chunk) { seen.push(chunk); }, close() {
            seen.push('closed'); } });
        await ReadableStream.from([1]).pipeTo(sink, { preventClose: true });
        await ReadableStream.from([2]).pipeTo(sink);
        return seen;
        """,
        [1, 2, "closed"],
    ),
    "pipeTo: an error of the source aborts the destination": (
        """
        let aborted;
        const sink = new WritableStream({ abort(reason) { aborted = reason; } });
        const source = new ReadableStream({ pull() { throw 'broken'; } });
        return [await source.pipeTo(sink).catch((error) => error), aborted];
        """,
        ["broken", "broken"],
    ),
    "pipeTo with preventAbort": (
        """
        let aborted = 'no';
        const sink = new WritableStream({ abort(reason) { aborted = reason; } });
        const source = new ReadableStream({ pull() { throw 'broken'; } });
        await source.pipeTo(sink, { preventAbort: true }).catch(() => {});
        return [aborted, sink.locked];
        """,
        ["no", False],
    ),
    "pipeTo: an error of the destination cancels the source": (
        """
        let cancelled;
        const sink = new WritableStream({ write() { throw 'full'; } });
        const source = new ReadableStream({ pull(c) { c.enqueue(1); }, cancel(reason) {
            cancelled = reason; } });
        return [await source.pipeTo(sink).catch((error) => error), cancelled];
        """,
        ["full", "full"],
    ),
    "pipeTo with preventCancel": (
        """
        let cancelled = 'no';
        const sink = new WritableStream({ write() { throw 'full'; } });
        const source = new ReadableStream({ pull(c) { c.enqueue(1); }, cancel(reason) {
            cancelled = reason; } });
        await source.pipeTo(sink, { preventCancel: true }).catch(() => {});
        return [cancelled, source.locked];
        """,
        ["no", False],
    ),
    "pipeTo waits for a slow sink": (
        """
        let waiting = 0, most = 0, pulls = 0;
        const sink = new WritableStream({
            async write() {
                await new Promise((resolve) => setTimeout(resolve, 0));
                most = Math.max(most, pulls - ++waiting);
            },
        });
        const source = new ReadableStream({ pull(c) { if (pulls++ === 50) c.close();
            else c.enqueue(pulls); } });
        await source.pipeTo(sink);
        return [waiting, most <= 3];
        """,
        [50, True],
    ),
    "a transform": (
        """
        const upper = new TransformStream({
            transform(chunk, c) { c.enqueue(chunk.toUpperCase()); },
            flush(c) { c.enqueue('!'); },
        });
        const seen = [];
        for await (const chunk of ReadableStream.from(['a',
            'b']).pipeThrough(upper)) seen.push(chunk);
        return seen;
        """,
        ["A", "B", "!"],
    ),
    "a transform that throws fails both sides": (
        """
        const transform = new TransformStream({ transform() { throw 'bad'; } });
        const writer = transform.writable.getWriter();
        const reader = transform.readable.getReader();
        return (await Promise.allSettled([reader.read(), writer.write(1),
            writer.closed])).map((o) => o.reason);
        """,
        ["bad", "bad", "bad"],
    ),
    "a transform's cancel": (
        """
        let reason;
        const transform = new TransformStream({ cancel(r) { reason = r; } });
        await transform.readable.cancel('done with it');
        return reason;
        """,
        "done with it",
    ),
    "writer: ready, desiredSize, abort": (
        """
        let aborted;
        const stream = new WritableStream({ write: () => new Promise(() => {}), abort(r) {
            aborted = r; } }, { highWaterMark: 2 });
        const writer = stream.getWriter();
        const sizes = [writer.desiredSize];
        writer.write(1).catch(() => {});
        sizes.push(writer.desiredSize);
        writer.write(2).catch(() => {});
        sizes.push(writer.desiredSize);
        writer.abort('stop').catch(() => {});
        await writer.ready.catch(() => {});
        return [sizes, writer.desiredSize];
        """,
        [[2, 1, 0], None],
    ),
    "BYOB": (
        """
        const stream = new ReadableStream({
            type: 'bytes',
            pull(c) {
                const view = c.byobRequest.view;
                view[0] = 7; view[1] = 8;
                c.byobRequest.respond(2);
            },
        });
        const reader = stream.getReader({ mode: 'byob' });
        const buffer = new ArrayBuffer(4);
        const { value, done } = await reader.read(new Uint8Array(buffer));
        return [value, done, buffer.byteLength, value.buffer.byteLength];
        """,
        [b"\x07\x08", False, 0, 4],
    ),
    "BYOB: as much as min says": (
        """
        let n = 0;
        const stream = new ReadableStream({ type: 'bytes', pull(c) {
            c.enqueue(new Uint8Array([n++])); } });
        const reader = stream.getReader({ mode: 'byob' });
        return (await reader.read(new Uint8Array(8), { min: 3 })).value;
        """,
        b"\x00\x01\x02",
    ),
    "bytes without a BYOB reader": (
        """
        const stream = new ReadableStream({
            type: 'bytes',
            autoAllocateChunkSize: 16,
            pull(c) { c.byobRequest.view.fill(5); c.byobRequest.respond(3); },
        });
        return (await stream.getReader().read()).value;
        """,
        b"\x05\x05\x05",
    ),
    "a chunk of bytes is transferred": (
        """
        let chunk = new Uint8Array([1, 2, 3]);
        const stream = new ReadableStream({ type: 'bytes', start(c) { c.enqueue(chunk); } });
        return [chunk.byteLength, (await stream.getReader().read()).value];
        """,
        [0, b"\x01\x02\x03"],
    ),
    "strategies": (
        """
        const bytes = new ByteLengthQueuingStrategy({ highWaterMark: 10 });
        const count = new CountQueuingStrategy({ highWaterMark: 2 });
        let controller;
        new ReadableStream({ start(c) { controller = c; } }, bytes);
        controller.enqueue(new Uint8Array(4));
        return [controller.desiredSize, count.highWaterMark, count.size('anything')];
        """,
        [6, 2, 1],
    ),
    "a strategy that throws fails the stream": (
        """
        let controller;
        const stream = new ReadableStream({ start(c) { controller = c; } }, { size() {
            throw 'unsized'; } });
        let thrown;
        try { controller.enqueue(1); } catch (error) { thrown = error; }
        return [thrown, await stream.getReader().read().catch((error) => error)];
        """,
        ["unsized", "unsized"],
    ),
    "a strategy that closes the stream inside size()": (
        """
        let controller;
        const stream = new ReadableStream({ start(c) { controller = c; } }, { size() {
            controller.error('re-entered'); return 1; } });
        controller.enqueue(1);
        return await stream.getReader().read().catch((error) => error);
        """,
        "re-entered",
    ),
    "values() with preventCancel": (
        """
        let cancelled = 0;
        const stream = new ReadableStream({ pull(c) { c.enqueue('x'); }, cancel() { cancelled++;
            } });
        for await (const chunk of stream.values({ preventCancel: true })) break;
        const after = [cancelled, stream.locked];
        for await (const chunk of stream) break;
        return [...after, cancelled, stream.locked];
        """,
        [0, False, 1, False],
    ),
    "from an async generator, which is ended by cancel": (
        """
        let ended = false;
        async function* numbers() { try { for (let i = 0; ; i++) yield i; } finally { ended = true;
            } }
        const reader = ReadableStream.from(numbers()).getReader();
        const first = [(await reader.read()).value, (await reader.read()).value];
        await reader.cancel();
        return [first, ended];
        """,
        [[0, 1], True],
    ),
    "subclasses": (
        """
        class Mine extends ReadableStream { twice() { return 2; } }
        const mine = new Mine({ start(c) { c.enqueue(1); } });
        return [mine.twice(), mine instanceof ReadableStream,
            (await mine.getReader().read()).value];
        """,
        [2, True, 1],
    ),
    "methods know their objects": (
        """
        const names = [];
        for (const wrong of [{}, Object.create(ReadableStream.prototype), new WritableStream(),
            null]) {
            try { ReadableStream.prototype.getReader.call(wrong); } catch (error) {
                names.push(error.name); }
        }
        return names;
        """,
        ["TypeError"] * 4,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_streams(runtime, case):
    body, expected = CASES[case]
    assert runtime.eval(f"(async () => {{ {body} }})()") == expected


# Changes of a script to the built-in objects that a careless implementation would use.
VANDALISM = """
{
    const trap = () => { throw new Error('a patched built-in was used'); };
    const define = Object.defineProperty;
    const patch = (object, names, descriptor) => {
        for (let i = 0; i < names.length; i++) define(object, names[i], { __proto__: null,
            configurable: true, ...descriptor });
    };
    patch(Promise.prototype, ['then', 'catch', 'finally'], { value: trap });
    patch(Promise, ['resolve', 'reject', 'all'], { value: trap });
    patch(Function.prototype, ['call', 'apply', 'bind'], { value: trap });
    patch(ArrayBuffer.prototype, ['slice'], { value: trap });
    patch(ArrayBuffer, ['isView'], { value: trap });
    patch(Object.getPrototypeOf(Uint8Array.prototype), ['set'], { value: trap });
    patch(Reflect, ['apply', 'construct'], { value: trap });
    patch(Object, ['defineProperty', 'create'], { value: trap });
    patch(Array.prototype, ['push', 'shift', 'slice', 'forEach', 'map', Symbol.iterator], {
        value: trap });
    patch(globalThis, ['Promise', 'TypeError', 'Uint8Array', 'ArrayBuffer', 'Reflect'], {
        value: trap });
    patch(Object.prototype, ['0', '1', 'value', 'done', 'first', 'next', 'stream', 'reader',
        'object', 'size', 'promise'], { set: trap });
}
0
"""


def test_scripts_cannot_break_streams_by_patching_built_ins(runtime):
    runtime.eval("const bytes = new Uint8Array([1, 2, 3]), room = new Uint8Array(8);")
    runtime.eval(VANDALISM)
    script = """
    (async () => {
        let seen;
        const source = new ReadableStream({ type: 'bytes', start(c) { c.enqueue(bytes); c.close();
            } });
        const branches = source.tee();
        const through = branches[0].pipeThrough(new TransformStream({ transform(chunk, c) {
            c.enqueue(chunk.length); } }));
        await through.pipeTo(new WritableStream({ write(chunk) { seen = chunk; } }));
        const reader = branches[1].getReader({ mode: 'byob' });
        const { value } = await reader.read(room);
        return `${seen} ${value.byteLength}`;
    })()
    """
    runtime.eval("globalThis.result = undefined")
    runtime.eval(
        f"(async () => {{ try {{ result = await {script.strip()} }} catch (e) {{ "
        f"result = e.stack }} }})(); 0"
    )
    assert runtime.eval("result") == "3 3"


def test_a_stream_is_not_enumerable_and_not_a_plain_object(runtime):
    assert runtime.eval("Object.keys(globalThis).includes('ReadableStream')") is False
    assert (
        runtime.eval("Object.getOwnPropertyNames(globalThis).filter((n) => n.includes('jsrun'))")
        == []
    )
    assert runtime.eval("Reflect.ownKeys(new ReadableStream())") == []
    with pytest.raises(jsrun.JavaScriptError, match="could not be cloned"):
        runtime.eval("structuredClone(new ReadableStream())")


def test_stacks_show_no_internals_of_streams(runtime):
    stack = runtime.eval(
        (
            "let stack; new ReadableStream({ start: function mine() { "
            "stack = new Error('here').stack; } }); stack"
        ),
        filename="mine.js",
    )
    assert [re.findall(r"mine[.]js:\d+:\d+", line)[0] for line in stack.splitlines()[1:]] == [
        "mine.js:1:66",
        "mine.js:1:12",
    ]


def test_memory_of_webassembly_is_not_detached(runtime):
    code = """
    (async () => {
        const memory = new WebAssembly.Memory({ initial: 1 });
        const stream = new ReadableStream({ type: 'bytes' });
        const reader = stream.getReader({ mode: 'byob' });
        const reading = reader.read(new Uint8Array(memory.buffer));
        return await reading.catch((error) => `${error.name} ${memory.buffer.byteLength}`);
    })()
    """
    assert runtime.eval(code) == "TypeError 65536"


def test_debuggers_see_no_internals_of_streams():
    config = inspected()
    with (
        jsrun.Runtime(config) as runtime,
        attach(runtime) as client,
    ):
        client.send("Runtime.enable")
        client.send("Debugger.enable")
        runtime.eval("new ReadableStream().cancel()", filename="mine.js")
        parsed = client.event("Debugger.scriptParsed")
        assert parsed["url"] == "mine.js"
