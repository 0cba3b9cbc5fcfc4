"""JsStream: a ReadableStream in Python."""

from __future__ import annotations

import asyncio
import gc
import weakref

import jsrun
import pytest
from jsrun import (
    ConversionError,
    JavaScriptError,
    JsStream,
    Runtime,
    RuntimeClosedError,
    RuntimeConfig,
    RuntimeTerminated,
    RuntimeTimeout,
)
from memory import measures_memory, resident_bytes
from waiting import until_async

# endless() makes a stream that never lets its reader wait. `controller` fills that of silent().
LOGGING = """
globalThis.log = [];
globalThis.endless = () => new ReadableStream({
    pull(c) { log.push('pull'); c.enqueue(log.length); },
    cancel() { log.push('cancel'); },
}, { highWaterMark: 0 });
globalThis.silent = () => new ReadableStream({
    start(c) { globalThis.controller = c; },
    cancel() { log.push('cancel'); },
});
"""


@pytest.fixture
def logging(runtime):
    runtime.eval(LOGGING)
    return runtime


def following(stream):
    return stream.__anext__()


async def test_chunks_are_converted_and_the_iteration_ends(runtime):
    stream = runtime.eval(
        "ReadableStream.from(['text', {a: [1n]}, new Uint8Array([1, 2]), undefined, null, "
        "new Date(0)])"
    )
    assert isinstance(stream, JsStream)
    chunks = [chunk async for chunk in stream]
    assert chunks[:5] == ["text", {"a": [1]}, b"\x01\x02", jsrun.undefined, None]
    assert chunks[5].year == 1970
    assert [chunk async for chunk in stream] == []
    assert "ended" in repr(stream)


async def test_an_empty_stream(runtime):
    stream = await runtime.eval_async("Promise.resolve(ReadableStream.from([]))")
    assert [chunk async for chunk in stream] == []


async def test_streams_inside_of_values(runtime):
    value = runtime.eval("({ body: ReadableStream.from([1]), list: [ReadableStream.from([2])] })")
    assert [c async for c in value["body"]] == [1]
    assert [c async for c in value["list"][0]] == [2]


async def test_a_stream_as_a_chunk(runtime):
    outer = runtime.eval("ReadableStream.from([ReadableStream.from(['inner'])])")
    assert [[c async for c in inner] async for inner in outer] == [["inner"]]


async def test_bytes_and_transforms(runtime):
    stream = runtime.eval("""
        new ReadableStream({
            type: 'bytes',
            start(c) { for (const b of [1, 2, 3]) c.enqueue(new Uint8Array([b])); c.close(); },
        }).pipeThrough(new TransformStream({ transform(chunk, c) { c.enqueue(chunk);
            c.enqueue(chunk); } }))
    """)
    assert b"".join([c async for c in stream]) == b"\x01\x01\x02\x02\x03\x03"


async def test_a_stream_goes_back_as_the_same_stream(runtime):
    runtime.eval("globalThis.kept = ReadableStream.from([1])")
    stream = runtime.eval("kept")
    assert runtime.eval("(stream) => stream === kept && !stream.locked")(stream) is True
    with Runtime() as other, pytest.raises(ConversionError, match="JsStream is of another runtime"):
        other.eval("(stream) => 0")(stream)
    await stream.close()
    with pytest.raises(ConversionError, match="JsStream is closed"):
        runtime.eval("(stream) => 0")(stream)


async def test_the_error_of_a_stream_is_raised(runtime):
    stream = runtime.eval("new ReadableStream({ pull() { throw new RangeError('no more'); } })")
    with pytest.raises(JavaScriptError, match="no more") as caught:
        await following(stream)
    assert caught.value.name == "RangeError"
    assert [c async for c in stream] == []


async def test_reading_takes_the_lock(runtime):
    runtime.eval("globalThis.kept = ReadableStream.from([1, 2])")
    stream = runtime.eval("kept")
    assert await following(stream) == 1
    assert runtime.eval("kept.locked") is True
    with pytest.raises(JavaScriptError, match="TypeError.*locked"):
        runtime.eval("kept.getReader()")
    assert await following(stream) == 2


async def test_a_stream_that_a_script_has_locked(runtime):
    stream = runtime.eval(
        "globalThis.kept = ReadableStream.from([1]); globalThis.r = kept.getReader(); kept"
    )
    with pytest.raises(JavaScriptError, match="TypeError.*locked"):
        await following(stream)
    assert runtime.eval("r.read()") == {"value": 1, "done": False}


async def test_closing_leaves_a_stream_that_a_script_locked_alone(logging):
    stream = logging.eval("globalThis.kept = silent(); kept.getReader(); kept")
    await stream.close()
    assert logging.eval("log") == []


async def test_javascript_produces_no_more_than_is_read(logging):
    stream = logging.eval("endless()")
    assert [await following(stream) for _ in range(5)] == [1, 2, 3, 4, 5]
    assert logging.eval("log.length") == 5


async def test_close_cancels_the_stream(logging):
    stream = logging.eval("endless()")
    async for _ in stream:
        break
    assert await stream.close() is None
    assert logging.eval("log") == ["pull", "cancel"]
    assert [c async for c in stream] == []
    await stream.close()
    assert logging.eval("log.length") == 2


async def test_close_need_not_be_awaited(logging):
    stream = logging.eval("endless()")
    stream.close()
    await until_async(lambda: logging.eval("log") == ["cancel"])


def test_close_outside_of_a_loop(logging):
    stream = logging.eval("silent()")
    stream.close()
    assert logging.eval("new Promise((resolve) => setTimeout(() => resolve(log), 1))") == ["cancel"]


async def test_close_raises_the_error_of_the_source(runtime):
    stream = runtime.eval(
        "new ReadableStream({ async cancel() { throw new Error('cannot stop'); } })"
    )
    with pytest.raises(JavaScriptError, match="cannot stop"):
        await stream.close()


async def test_close_ends_iterations_that_wait(logging):
    stream = logging.eval("silent()")

    async def collect():
        return [c async for c in stream]

    task = asyncio.create_task(collect())
    await until_async(lambda: logging.eval("controller.desiredSize") == 1 and stream._reads)
    await stream.close()
    assert await task == []


async def test_async_with_closes(logging):
    async with logging.eval("endless()") as stream:
        await following(stream)
    assert logging.eval("log") == ["pull", "cancel"]


async def test_a_wait_that_is_cancelled_loses_no_chunk(logging):
    stream = logging.eval("silent()")
    for _ in range(3):
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(following(stream), 0.005)
    logging.eval("controller.enqueue('first'); controller.enqueue('second'); controller.close()")
    assert [c async for c in stream] == ["first", "second"]


async def test_a_chunk_that_arrives_while_its_wait_is_cancelled_is_kept(logging):
    stream = logging.eval("silent()")
    wait = asyncio.ensure_future(stream.__anext__())
    await until_async(lambda: logging.eval("globalThis.kept = true") and stream._reads)
    logging.eval("controller.enqueue('kept'); controller.close()")
    wait.cancel()
    assert [c async for c in stream] == ["kept"]


async def test_several_waits_are_answered_in_order(logging):
    stream = logging.eval("silent()")
    waits = [stream.__anext__() for _ in range(4)]
    waits[1].cancel()
    logging.eval("for (const c of 'abc') controller.enqueue(c); controller.close()")
    assert [await waits[i] for i in (0, 2, 3)] == ["a", "b", "c"]
    assert [c async for c in stream] == []


async def test_a_chunk_that_cannot_be_converted(runtime):
    stream = runtime.eval("ReadableStream.from([1, Symbol('s'), 'x'.repeat(1000), 2])")
    assert await following(stream) == 1
    with pytest.raises(ConversionError, match="Symbol"):
        await following(stream)
    assert await following(stream) == "x" * 1000
    assert [c async for c in stream] == [2]
    with Runtime(RuntimeConfig(max_serialization_bytes=100)) as small:
        stream = small.eval("ReadableStream.from(['x'.repeat(1000), 2])")
        with pytest.raises(jsrun.ConversionLimitError):
            await following(stream)
        assert [c async for c in stream] == [2]


async def test_a_dropped_stream_is_cancelled(logging):
    async for _ in logging.eval("endless()"):
        break
    gc.collect()
    await until_async(lambda: logging.eval("log") == ["pull", "cancel"])


async def test_a_stream_is_cancelled_when_its_wait_is_dropped(logging):
    stream = logging.eval("silent()")
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(following(stream), 0.005)
    gone = weakref.ref(stream)
    del stream
    gc.collect()
    assert gone() is None
    await until_async(lambda: logging.eval("log") == ["cancel"])


async def test_a_stream_that_was_never_read_is_not_touched(logging):
    logging.eval("globalThis.kept = endless()")
    for _ in range(10):
        logging.eval("kept")
    gc.collect()
    assert logging.eval("log") == []
    assert logging.get_stats().active_js_streams == 0
    assert [await following(logging.eval("kept"))] == [1]


@pytest.mark.parametrize("how", ["close", "terminate"])
async def test_the_runtime_ends_while_a_chunk_is_waited_for(how):
    with Runtime() as runtime:
        runtime.eval(LOGGING)
        stream = runtime.eval("silent()")
        wait = asyncio.ensure_future(stream.__anext__())
        await until_async(lambda: stream._reads)
        getattr(runtime, how)()
        with pytest.raises(RuntimeClosedError if how == "close" else RuntimeTerminated):
            await wait
        assert [c async for c in stream] == []
        await stream.close()


async def test_a_closed_runtime():
    with Runtime() as runtime:
        stream, other = runtime.eval("[ReadableStream.from([1]), ReadableStream.from([1])]")
    with pytest.raises(RuntimeClosedError):
        await following(stream)
    await other.close()
    assert [c async for c in other] == []


async def test_the_timeout_of_the_config_stops_a_source():
    with Runtime(RuntimeConfig(timeout=0.5)) as runtime:
        stream = runtime.eval("new ReadableStream({ pull() { for (;;); } }, { highWaterMark: 0 })")
        with pytest.raises(RuntimeTimeout):
            await following(stream)
        assert [c async for c in stream] == []
        assert runtime.eval("1 + 1") == 2


def test_one_loop_after_the_other(runtime):
    runtime.eval(LOGGING)
    stream = runtime.eval("silent()")

    async def give_up():
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(following(stream), 0.005)

    asyncio.run(give_up())
    runtime.eval("controller.enqueue('late'); controller.enqueue('later'); controller.close()")

    async def read():
        return [c async for c in stream]

    assert asyncio.run(read()) == ["late", "later"]


def test_reading_needs_a_loop(runtime):
    with pytest.raises(RuntimeError, match="no running event loop"):
        runtime.eval("ReadableStream.from([1])").__anext__()


async def test_async_python_functions_are_called_while_a_stream_is_read(runtime):
    async def fetch(number):
        await asyncio.sleep(0)
        return number * 10

    runtime.bind_function("fetch", fetch)
    stream = runtime.eval(
        "let n = 0; new ReadableStream({ async pull(c) { c.enqueue(await fetch(n++)); } })"
    )
    assert [await following(stream) for _ in range(3)] == [0, 10, 20]


async def test_statistics(runtime):
    first = runtime.eval("new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(1000)); } })")
    second = runtime.eval("ReadableStream.from(['text', new ArrayBuffer(10)])")
    assert runtime.get_stats().active_js_streams == runtime.get_stats().open_resources == 2
    await following(first)
    assert [c async for c in second] == ["text", bytes(10)]
    stats = runtime.get_stats()
    assert (stats.active_js_streams, stats.total_js_streams) == (1, 2)
    assert stats.bytes_streamed_js_to_py == 1010
    await first.close()
    stats = runtime.get_stats()
    assert (stats.active_js_streams, stats.total_js_streams, stats.active_async_ops) == (0, 2, 0)
    assert stats.open_resources == 0


@measures_memory
async def test_a_long_stream_takes_little_memory(runtime):
    stream = runtime.eval("""
        let left = 176 * 16;
        new ReadableStream({ pull(c) { if (left-- === 0) c.close();
            else c.enqueue(new Uint8Array(65536)); } })
    """)
    total = 0
    before = peak = 0
    async for chunk in stream:
        total += len(chunk)
        if total == 16 << 20:
            before = resident_bytes()
        elif total > 16 << 20 and total % (4 << 20) == 0:
            peak = max(peak, resident_bytes())
    assert total == 176 << 20
    assert peak - before < 96 << 20
