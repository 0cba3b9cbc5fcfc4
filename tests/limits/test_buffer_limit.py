"""The limit of buffers: memory beyond it is refused."""

from __future__ import annotations

import pytest
from heap_deaths import small
from jsrun import JavaScriptError, Runtime, RuntimeConfig
from memory import MIB

KEEP = "const k = []; try {{ for (;;) k.push({}) }} catch (e) {{ [e.name, k.length] }}"
GROW = "try {{ {} }} catch (e) {{ [e.name, Math.floor(n / 2 ** 20)] }}"


@pytest.mark.parametrize(
    ("code", "count"),
    [
        (KEEP.format("new Uint8Array(2 ** 20)"), 20),
        (KEEP.format("new ArrayBuffer(2 ** 22)"), 5),
        (KEEP.format("new SharedArrayBuffer(2 ** 22)"), 5),
        (KEEP.format("new WebAssembly.Memory({initial: 32})"), 10),
        (
            GROW.format("""
                const m = new WebAssembly.Memory({initial: 16}); var n = 2 ** 20;
                for (;; n += 2 ** 20) m.grow(16)"""),
            20,
        ),
        (
            GROW.format("""
                const b = new ArrayBuffer(0, {maxByteLength: 2 ** 30}); var n = 0;
                if (!b.resize) { n = 20 * 2 ** 20; throw new RangeError() }
                for (;; n += 2 ** 20) b.resize(n + 2 ** 20)"""),
            20,
        ),
        (
            GROW.format("""
                const b = new SharedArrayBuffer(0, {maxByteLength: 2 ** 30}); var n = 0;
                if (!b.grow) { n = 20 * 2 ** 20; throw new RangeError() }
                for (;; n += 2 ** 20) b.grow(n + 2 ** 20)"""),
            20,
        ),
    ],
)
def test_buffers_are_refused_beyond_their_limit(code, count):
    with Runtime(RuntimeConfig(max_buffer_bytes=20 * MIB)) as runtime:
        assert runtime.eval(code) == ["RangeError", count]


def test_the_memory_of_a_clone_has_the_same_limit():
    """A string that occurs several times is written several times."""
    with Runtime(RuntimeConfig(max_buffer_bytes=20 * MIB)) as runtime:
        clone = "structuredClone(new Array({}).fill('x'.repeat(2 ** 20))).length"
        assert runtime.eval(clone.format(8)) == 8
        with pytest.raises(JavaScriptError, match="memory") as raised:
            runtime.eval(clone.format(100))
        assert raised.value.name == "DataCloneError"
        assert [runtime.eval(clone.format(8)) for _ in range(10)] == [8] * 10


def test_buffers_that_are_dropped_count_no_more():
    with Runtime(RuntimeConfig(max_buffer_bytes=20 * MIB)) as runtime:
        code = "let n = 0; for (; n < 200; n++) new {}; n"
        assert runtime.eval(code.format("Uint8Array(2 ** 20)")) == 200
        assert runtime.eval("n = 0;" + code[10:].format("ArrayBuffer(2 ** 21)")) == 200
        assert runtime.eval("n = 0;" + code[10:].format("WebAssembly.Memory({initial: 32})")) == 200


def test_the_heap_limit_is_the_default_for_buffers():
    with Runtime(small()) as runtime:
        assert runtime.eval(KEEP.format("new Uint8Array(2 ** 20)")) == ["RangeError", 16]
    with Runtime(small(max_buffer_bytes=40 * MIB)) as runtime:
        assert runtime.eval(KEEP.format("new Uint8Array(2 ** 20)")) == ["RangeError", 40]


def test_bytes_from_python_beyond_the_limit(runtime):
    config = RuntimeConfig(max_buffer_bytes=2 * MIB)
    with Runtime(config) as runtime:
        length = runtime.eval("bytes => bytes.length")
        assert length(bytes(MIB)) == MIB
        with pytest.raises(MemoryError, match="max_buffer_bytes"):
            length(bytes(3 * MIB))
