"""stream_from_async_iterable(): a Python async iterable as a ReadableStream."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import threading

import jsrun
import pytest
from inspected import attach, inspected
from jsrun import (
    ConversionError,
    JavaScriptError,
    PyStreamSource,
    Runtime,
    RuntimeConfig,
)
from memory import measures_memory, resident_bytes
from waiting import until_async

COLLECT = (
    "async (stream) => { const chunks = []; for await (const c of stream) chunks.push(c); "
    "return chunks }"
)


async def numbers(log):
    """Counts, and logs what happens to it."""
    log.append("started")
    try:
        for i in range(1_000_000):
            yield i
            log.append(i)
    finally:
        log.append("closed")


@pytest.fixture
def collect(runtime):
    return runtime.eval(COLLECT).call_async


@pytest.fixture
def keep(runtime):
    """Makes a stream the global `kept`, and its reader `reader`."""
    function = runtime.eval(
        "(stream) => { globalThis.kept = stream; globalThis.reader = stream.getReader(); }"
    )
    return function


async def read(runtime):
    result = await runtime.eval_async("reader.read()")
    return "end" if result["done"] else result["value"]


async def test_chunks_of_all_kinds(runtime, collect):
    async def chunks():
        yield "text"
        yield b"\x01\x02"
        await asyncio.sleep(0)
        yield {"a": [1, None]}
        yield jsrun.undefined
        yield ()

    assert await collect(runtime.stream_from_async_iterable(chunks())) == [
        "text",
        b"\x01\x02",
        {"a": [1, None]},
        jsrun.undefined,
        [],
    ]


async def test_an_empty_iterable(runtime, collect):
    async def nothing():
        return
        yield

    assert await collect(runtime.stream_from_async_iterable(nothing())) == []


async def test_any_async_iterable(runtime, collect):
    class Countdown:
        def __init__(self):
            self.left = 3

        def __aiter__(self):
            return self

        async def __anext__(self):
            if not self.left:
                raise StopAsyncIteration
            self.left -= 1
            return self.left

    assert await collect(runtime.stream_from_async_iterable(Countdown())) == [2, 1, 0]


@pytest.mark.parametrize("wrong", [[1], None, "text", iter([]), object()])
def test_other_things_are_refused(runtime, wrong):
    with pytest.raises(TypeError, match=f"async iterable, not '{type(wrong).__name__}'"):
        runtime.stream_from_async_iterable(wrong)


async def test_javascript_has_a_readable_stream(runtime):
    source = runtime.stream_from_async_iterable(numbers([]))
    assert isinstance(source, PyStreamSource)
    assert "numbers" in repr(source)
    check = runtime.eval(
        "(s) => [s instanceof ReadableStream, s.locked, Reflect.ownKeys(s).length]"
    )
    assert check(source) == [True, False, 0]
    assert runtime.eval("(s) => globalThis.first = s, 0") is not None
    assert runtime.eval("(a, b) => a === b")(source, source) is True


async def test_a_stream_is_a_value_like_any_other(runtime):
    def chunks(*values):
        async def generate():
            for value in values:
                yield value

        return runtime.stream_from_async_iterable(generate())

    async def download():
        return {"body": chunks(3, 4)}

    runtime.bind_object("app", {"body": chunks(1, 2)})
    runtime.bind_function("download", download)
    code = f"""(async () => {{
        const collect = {COLLECT};
        return [await collect(app.body), await collect((await download()).body)];
    }})()"""
    assert await runtime.eval_async(code) == [[1, 2], [3, 4]]


async def test_through_javascript_and_back(runtime):
    async def words():
        for word in ("a", "b"):
            yield word

    through = runtime.eval("""
        (stream) => stream.pipeThrough(new TransformStream({ transform(c, k) {
            k.enqueue(c.toUpperCase()); } }))
    """)
    stream = through(runtime.stream_from_async_iterable(words()))
    assert [c async for c in stream] == ["A", "B"]


async def test_a_stream_that_comes_straight_back(runtime):
    async def words():
        yield "a"
        raise LookupError("no more")

    stream = runtime.eval("(stream) => stream")(runtime.stream_from_async_iterable(words()))
    assert await stream.__anext__() == "a"
    with pytest.raises(JavaScriptError, match="no more") as caught:
        await stream.__anext__()
    assert caught.value.name == "LookupError"
    assert isinstance(caught.value.__cause__, LookupError)


async def test_nothing_runs_before_javascript_reads(runtime, keep):
    log = []
    keep(runtime.stream_from_async_iterable(numbers(log)))
    for _ in range(10):
        await runtime.eval_async("0")
    assert log == []
    assert [await read(runtime) for _ in range(3)] == [0, 1, 2]
    assert log == ["started", 0, 1]


async def test_reads_at_a_time_are_answered_in_order(runtime, keep):
    keep(runtime.stream_from_async_iterable(numbers([])))
    code = "Promise.all([1, 2, 3].map(() => reader.read())).then((all) => all.map((r) => r.value))"
    assert await runtime.eval_async(code) == [0, 1, 2]


async def test_a_generator_runs_in_one_task_with_the_makers_context(runtime, collect):
    variable = contextvars.ContextVar("variable", default="nobody's")
    variable.set("the maker's")
    seen = []

    async def look():
        for _ in range(3):
            seen.append((asyncio.current_task(), variable.get()))
            variable.set("its own")
            yield 0

    await collect(runtime.stream_from_async_iterable(look()))
    assert len({task for task, _ in seen}) == 1
    assert [value for _, value in seen] == ["the maker's", "its own", "its own"]
    assert variable.get() == "the maker's"


async def test_cancel_closes_the_generator(runtime, keep):
    log = []
    keep(runtime.stream_from_async_iterable(numbers(log)))
    assert await read(runtime) == 0
    await runtime.eval_async("reader.cancel('enough')")
    assert log == ["started", "closed"]
    assert await read(runtime) == "end"


async def test_cancel_while_the_generator_waits(runtime, keep):
    log = []

    async def wait():
        log.append("started")
        try:
            await asyncio.get_running_loop().create_future()
            yield 0
        finally:
            await asyncio.sleep(0)
            log.append("closed")

    keep(runtime.stream_from_async_iterable(wait()))
    runtime.eval("globalThis.pending = reader.read(); 0")
    await until_async(lambda: log)
    result = await runtime.eval_async("reader.cancel().then(() => pending)")
    assert result == {"value": jsrun.undefined, "done": True}
    assert log == ["started", "closed"]


async def test_cancel_before_the_generator_has_started(runtime, keep):
    for _ in range(20):
        keep(runtime.stream_from_async_iterable(numbers([])))
        result = await runtime.eval_async(
            "{ const p = reader.read(); reader.cancel().then(() => p) }"
        )
        assert result == {"value": jsrun.undefined, "done": True}


async def test_cancel_of_a_stream_that_was_never_read(runtime):
    log = []

    class Source:
        def __aiter__(self):
            return self

        async def __anext__(self):
            raise AssertionError

        async def aclose(self):
            log.append("closed")

    cancel = runtime.eval("(stream) => stream.cancel()")
    await cancel.call_async(runtime.stream_from_async_iterable(Source()))
    await cancel.call_async(runtime.stream_from_async_iterable(numbers(log)))
    assert log == ["closed"]
    assert runtime.get_stats().active_py_streams == 0


async def test_an_exception_of_closing_rejects_the_cancellation(runtime, keep):
    async def stubborn():
        try:
            yield 0
        finally:
            raise OSError("cannot close")

    keep(runtime.stream_from_async_iterable(stubborn()))
    await read(runtime)
    with pytest.raises(JavaScriptError, match="cannot close") as caught:
        await runtime.eval_async("reader.cancel()")
    assert caught.value.name == "OSError"
    assert isinstance(caught.value.__cause__, OSError)


async def test_an_exception_rejects_the_reader(runtime, keep):
    async def fail():
        yield 1
        raise KeyError("missing")

    keep(runtime.stream_from_async_iterable(fail()))
    assert await read(runtime) == 1
    caught = await runtime.eval_async(
        "reader.read().catch((error) => [error.name, error instanceof Error])"
    )
    assert caught == ["KeyError", True]
    with pytest.raises(JavaScriptError, match="missing") as caught:
        await read(runtime)
    assert isinstance(caught.value.__cause__, KeyError)


async def test_tee_with_one_branch_cancelled(runtime):
    log = []

    async def three():
        async for number in numbers(log):
            if number == 3:
                break
            yield number

    code = f"""async (stream) => {{
        const [left, right] = stream.tee();
        left.cancel();
        return await ({COLLECT})(right);
    }}"""
    source = runtime.stream_from_async_iterable(three())
    assert await runtime.eval(code).call_async(source) == [0, 1, 2]


async def test_a_chunk_that_cannot_be_converted_fails_the_stream(runtime, keep):
    log = []

    async def wrong():
        try:
            yield object()
        finally:
            log.append("closed")

    keep(runtime.stream_from_async_iterable(wrong()))
    with pytest.raises(JavaScriptError, match="cannot convert 'object'"):
        await read(runtime)
    await until_async(lambda: runtime.get_stats().active_py_streams == 0)
    assert log == ["closed"]


async def test_another_runtime(runtime):
    source = runtime.stream_from_async_iterable(numbers([]))
    with (
        Runtime() as other,
        pytest.raises(ConversionError, match="PyStreamSource is of another runtime"),
    ):
        other.eval("(stream) => 0")(source)


async def test_a_closed_runtime(runtime):
    runtime.close()
    with pytest.raises(jsrun.RuntimeClosedError):
        runtime.stream_from_async_iterable(numbers([]))


@pytest.mark.parametrize("waiting", [False, True])
async def test_the_generator_is_closed_with_the_runtime(waiting):
    log = []

    async def wait():
        try:
            yield 0
            await asyncio.get_running_loop().create_future()
        finally:
            log.append("closed")

    with Runtime() as runtime:
        runtime.eval("(stream) => { globalThis.reader = stream.getReader(); }")(
            runtime.stream_from_async_iterable(wait())
        )
        await read(runtime)
        if waiting:
            runtime.eval("reader.read(); 0")
            await asyncio.sleep(0.01)
    await until_async(lambda: log == ["closed"])


def test_the_generator_is_closed_with_its_loop(runtime, keep):
    log = []

    async def begin():
        keep(runtime.stream_from_async_iterable(numbers(log)))
        return await read(runtime)

    assert asyncio.run(begin()) == 0
    assert log == ["started", "closed"]
    with pytest.raises(JavaScriptError, match="RuntimeError"):
        asyncio.run(read(runtime))
    assert runtime.get_stats().active_py_streams == 0


def test_made_outside_of_a_loop(runtime):
    async def words():
        yield "a"

    source = runtime.stream_from_async_iterable(words())
    collect = runtime.eval(COLLECT)
    assert asyncio.run(collect.call_async(source)) == ["a"]


def test_synchronous_code_reads_from_a_loop_of_another_thread(runtime):
    ready = threading.Event()
    ended = threading.Event()
    sources = []

    async def words():
        yield "a"
        yield "b"

    async def serve():
        sources.append(runtime.stream_from_async_iterable(words()))
        ready.set()
        while not ended.is_set():
            await asyncio.sleep(0.001)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert ready.wait(30)
        assert runtime.eval(COLLECT)(sources[0]) == ["a", "b"]
    finally:
        ended.set()
        thread.join()


async def test_synchronous_code_cannot_wait_for_its_own_loop(runtime):
    source = runtime.stream_from_async_iterable(numbers([]))
    runtime.eval("(stream) => { globalThis.reader = stream.getReader(); }")(source)
    with pytest.raises(jsrun.PendingPromiseError):
        runtime.eval("reader.read()")


async def test_a_stream_that_javascript_has_dropped_is_closed():
    log = []
    config = inspected()
    with Runtime(config) as runtime:
        drop = runtime.eval(
            "async (stream, n) => { const r = stream.getReader(); for (; n; n--) await r.read(); }"
        )
        await drop.call_async(runtime.stream_from_async_iterable(numbers(log)), 1)
        await drop.call_async(runtime.stream_from_async_iterable(numbers([])), 0)
        gc.collect()
        assert runtime.get_stats().active_py_streams == 2
        with attach(runtime) as client:
            while runtime.get_stats().active_py_streams:
                await asyncio.to_thread(client.send, "HeapProfiler.collectGarbage")
        assert log == ["started", "closed"]


async def test_statistics(runtime, keep):
    async def chunks():
        yield b"12345"
        yield bytearray(10)
        yield memoryview(b"1234567")[:5]
        yield "text"

    source = runtime.stream_from_async_iterable(chunks())
    assert runtime.get_stats().total_py_streams == 0
    keep(source)
    assert runtime.get_stats().active_py_streams == 1
    while await read(runtime) != "end":
        pass
    stats = runtime.get_stats()
    assert (stats.active_py_streams, stats.total_py_streams) == (0, 1)
    assert stats.bytes_streamed_py_to_js == 20
    assert stats.active_async_ops == 0


async def test_many_streams_leave_nothing_behind(runtime, collect):
    async def one():
        yield 1

    for _ in range(200):
        await collect(runtime.stream_from_async_iterable(one()))
    stats = runtime.get_stats()
    assert (stats.active_py_streams, stats.total_py_streams, stats.active_async_ops) == (0, 200, 0)


@measures_memory
async def test_a_long_stream_takes_little_memory():
    # Without this limit V8 chooses when to collect garbage, which is late on a busy machine.
    runtime = Runtime(RuntimeConfig(max_buffer_bytes=32 << 20))
    peak = 0

    async def mebibytes(count):
        nonlocal peak
        for i in range(count * 16):
            yield bytes(65536)
            if i % 64 == 0:
                peak = max(peak, resident_bytes())

    count = runtime.eval(
        "async (stream) => { let n = 0; for await (const c of stream) n += c.length; return n }"
    )
    assert await count.call_async(runtime.stream_from_async_iterable(mebibytes(16))) == 16 << 20
    before = peak
    assert await count.call_async(runtime.stream_from_async_iterable(mebibytes(160))) == 160 << 20
    assert peak - before < 96 << 20
    runtime.close()
