"""JsBuffer: memory that Python and JavaScript use in place."""

from __future__ import annotations

import gc
import io
import os
import pickle
import threading
import weakref
from collections.abc import Iterator

import jsrun
import pytest
from jsrun import JsBuffer, Runtime, RuntimeConfig

MB = 2**20


@pytest.fixture
def runtime() -> Iterator[Runtime]:
    with Runtime(RuntimeConfig(buffers="view")) as runtime:
        yield runtime


def test_both_sides_see_what_the_other_writes():
    with Runtime() as runtime:
        buffer = runtime.create_buffer(8)
        assert bytes(buffer) == bytes(8)
        assert len(buffer) == 8
        assert repr(buffer) == "<JsBuffer of 8 bytes>"
        first = runtime.eval(
            "(array) => { globalThis.kept = array; array[1] = 7; return array[0] }"
        )
        view = memoryview(buffer)
        view[0] = 255
        assert first(buffer) == 255
        assert view[1] == 7
        assert io.BytesIO(b"abc").readinto(buffer) == 3
        assert runtime.eval("[kept instanceof Uint8Array, kept[2], kept.length]") == [
            True,
            ord("c"),
            8,
        ]
        assert runtime.eval("(a) => a === kept")(buffer) is True
        # Without the setting they are copied, as always.
        assert runtime.eval("kept") == b"abc" + bytes(5)


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("new Uint8Array([1, 2, 3])", b"\1\2\3"),
        ("new Uint8Array(100_000).fill(9)", b"\x09" * 100_000),
        ("new Uint8Array([1, 2, 3, 4]).subarray(1, 3)", b"\2\3"),
        ("new Uint16Array([0x0201]).buffer", b"\1\2"),
        ("new Float64Array(1)", bytes(8)),
        ("new DataView(new ArrayBuffer(5), 2)", bytes(3)),
        ("new Int8Array(new SharedArrayBuffer(4), 1).fill(-1)", b"\xff\xff\xff"),
        ("new SharedArrayBuffer(3)", bytes(3)),
        ("new WebAssembly.Memory({initial: 1}).buffer", bytes(65536)),
        ("new ArrayBuffer(0)", b""),
        ("new Uint8Array()", b""),
        (
            "(() => { const b = new ArrayBuffer(4); structuredClone(b, {transfer: [b]});"
            " return b })()",
            b"",
        ),
    ],
)  # fmt: skip
def test_views_of_every_kind(runtime, text, content):
    buffer = runtime.eval(f"globalThis.it = {text}")
    assert isinstance(buffer, JsBuffer)
    assert bytes(buffer) == content
    view = memoryview(buffer)
    assert (view.format, view.itemsize, view.ndim, view.readonly) == ("B", 1, 1, False)
    if content:
        view[0] = 42
        runtime.eval("""
            globalThis.bytes = ArrayBuffer.isView(it) ? new Uint8Array(it.buffer, it.byteOffset,
                it.byteLength)
                                                      : new Uint8Array(it); 0""")
        assert runtime.eval("bytes[0]") == 42
        runtime.eval("bytes[bytes.length - 1] = 43; 0")
        assert view[len(view) - 1] == 43
    assert runtime.eval("x => x === it")(buffer) is True


def test_views_are_inside_of_other_values_and_arguments(runtime):
    seen = []
    runtime.bind_function("see", seen.append)
    value = runtime.eval("const a = new Uint8Array([5]); see(a); ({list: [a, a.buffer]})")
    assert [bytes(buffer) for buffer in (*seen, *value["list"])] == [b"\5"] * 3
    memoryview(seen[0])[0] = 6
    assert bytes(value["list"][1]) == b"\6"


def test_a_view_is_not_limited_by_the_size_of_copies():
    with Runtime(RuntimeConfig(buffers="view", max_serialization_bytes=1000)) as runtime:
        assert len(runtime.eval("new Uint8Array(50_000_000)")) == 50_000_000
    with Runtime(RuntimeConfig(max_serialization_bytes=1000)) as runtime:
        with pytest.raises(jsrun.ConversionLimitError):
            runtime.eval("new Uint8Array(50_000_000)")


def test_memory_stays_when_the_buffer_and_the_runtime_are_gone():
    runtime = Runtime(RuntimeConfig(buffers="view"))
    views = [
        memoryview(runtime.eval("new Uint8Array(1_000_000).fill(3)")),
        memoryview(runtime.eval("x => x")(b"\3" * 1_000_000)),
        memoryview(runtime.eval("b = new ArrayBuffer(1_000_000); new Uint8Array(b).fill(3)")),
        memoryview(
            runtime.eval(
                "m = new WebAssembly.Memory({initial: 20}); new Uint8Array(m.buffer).fill(3)"
            )
        )[:1_000_000],
    ]
    runtime.eval("structuredClone(b, {transfer: [b]}); m.grow(100); 0")
    runtime.eval("for (let i = 0; i < 100; i++) new Uint8Array(1_000_000)")
    assert all(view == b"\3" * 1_000_000 for view in views)
    runtime.close()
    del runtime
    gc.collect()
    for view in views:
        assert view == b"\3" * 1_000_000
        view[5] = 4
    del view, views
    gc.collect()


def test_another_runtime_gets_a_copy(runtime):
    buffer = runtime.eval("new Uint8Array([1, 2])")
    with Runtime() as other:
        assert other.eval("a => { a[0] = 9; return a }")(buffer) == b"\x09\2"
    assert bytes(buffer) == b"\1\2"


def test_a_closed_runtime_makes_no_buffer():
    runtime = Runtime()
    runtime.close()
    with pytest.raises(jsrun.RuntimeClosedError):
        runtime.create_buffer(1)


def test_invalid_sizes():
    with Runtime() as runtime:
        with pytest.raises(ValueError, match="size must not be negative, but is -1"):
            runtime.create_buffer(-1)
        for size in (2**62, 2**100):
            with pytest.raises(MemoryError):
                runtime.create_buffer(size)
        with pytest.raises(TypeError):
            runtime.create_buffer("1")  # type: ignore[arg-type]
        assert runtime.eval("a => a.length")(runtime.create_buffer(0)) == 0
        with pytest.raises(ValueError, match='buffers must be "copy" or "view", not None'):
            RuntimeConfig(buffers=None)  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            JsBuffer()
        with pytest.raises(TypeError):
            pickle.dumps(runtime.create_buffer(1))


def test_a_buffer_counts_as_long_as_python_has_it():
    with Runtime(RuntimeConfig(buffers="view", max_buffer_bytes=10 * MB)) as runtime:
        first = runtime.create_buffer(6 * MB)
        with pytest.raises(MemoryError, match="max_buffer_bytes"):
            runtime.create_buffer(6 * MB)
        with pytest.raises(jsrun.JavaScriptError, match="RangeError"):
            runtime.eval("new Uint8Array(6 * 2 ** 20)")
        view = memoryview(first)
        del first
        runtime.close()
        assert len(view) == 6 * MB
        del view
    with Runtime(RuntimeConfig(buffers="view", max_buffer_bytes=10 * MB)) as runtime:
        for _ in range(20):
            assert len(runtime.eval("new Uint8Array(6 * 2 ** 20)")) == 6 * MB


def test_a_small_array_without_room_for_its_memory():
    """V8 keeps small arrays in its heap until their memory is requested."""
    with Runtime(RuntimeConfig(buffers="view", max_buffer_bytes=MB)) as runtime:
        kept = runtime.create_buffer(MB)
        with pytest.raises(MemoryError, match="max_buffer_bytes"):
            runtime.eval("new Uint8Array(10)")
        assert runtime.eval("1 + 1") == 2
        del kept


def test_a_resizable_buffer_is_refused(runtime):
    if not runtime.eval("'resize' in ArrayBuffer.prototype"):
        pytest.skip("this V8 has none")
    for text in ("b", "new Uint8Array(b)", "new Uint8Array(b, 2, 2)"):
        with pytest.raises(jsrun.ConversionError, match=r"resizable ArrayBuffer .* \(at \$\.x\)"):
            runtime.eval(f"b = new ArrayBuffer(8, {{maxByteLength: 16}}); ({{x: {text}}})")
    assert bytes(runtime.eval("b.slice()")) == bytes(8)
    shared = runtime.eval("s = new SharedArrayBuffer(2, {maxByteLength: 1_000_000})")
    runtime.eval("s.grow(1_000_000); new Uint8Array(s).fill(1); 0")
    assert bytes(shared) == b"\1\1"


def test_memory_is_given_back():
    with Runtime(RuntimeConfig(buffers="view")) as runtime:
        buffer = runtime.eval("new Uint8Array(100)")
        gone = weakref.ref(buffer)
        view = memoryview(buffer)
        del buffer
        assert gone() is not None
        view.release()
        assert gone() is None
        # A cycle through the runtime's own handlers.
        kept = runtime.create_buffer(10)
        runtime.bind_function("f", lambda: kept)


def test_threads_that_write_and_drop_while_javascript_runs(runtime):
    work = runtime.eval("""(array) => {
        for (let i = 0; i < 2000; i++) array.fill(i);
        return new Uint8Array(1000).fill(array[0]);
    }""")
    buffer = runtime.create_buffer(10_000)
    done = threading.Event()

    def write() -> None:
        while not done.is_set():
            kept = [memoryview(buffer) for _ in range(10)]
            for view in kept:
                view[:5] = b"12345"

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(10):
        assert len(set(bytes(work(buffer)))) == 1
    done.set()
    for thread in threads:
        thread.join()


def test_a_forked_child_has_the_memory_as_it_was(runtime):
    buffer = runtime.eval("globalThis.a = new Uint8Array([1, 2]); a")
    memory = runtime.eval("new WebAssembly.Memory({initial: 1}).buffer")
    child = os.fork()
    if child == 0:
        try:
            good = bytes(buffer) == b"\1\2" and len(memory) == 65536
            memoryview(buffer)[0] = 9
            del buffer, memory
            gc.collect()
            os._exit(0 if good else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert runtime.eval("a[0]") == 1
    assert bytes(buffer) == b"\1\2"
