"""WebAssembly: modules from Python's bytes, Python functions as imports, memory as buffers."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest
from jsrun import (
    JavaScriptError,
    JsFunction,
    Runtime,
    RuntimeConfig,
    RuntimeTerminated,
    RuntimeTimeout,
)

I32 = b"\x7f"


def number(value: int) -> bytes:
    """LEB128."""
    encoded = b""
    while value > 127:
        encoded += bytes([value & 127 | 128])
        value >>= 7
    return encoded + bytes([value])


def vector(*items: bytes) -> bytes:
    return number(len(items)) + b"".join(items)


def named(name: str) -> bytes:
    return number(len(name)) + name.encode()


def section(id: int, *items: bytes) -> bytes:
    body = vector(*items)
    return bytes([id]) + number(len(body)) + body


def function(code: bytes) -> bytes:
    body = b"\x00" + code + b"\x0b"
    return number(len(body)) + body


def assemble(padding: int = 0) -> bytes:
    """A module that imports env.host and exports memory, add, call, store, trap and loop."""
    types = (
        b"\x60" + vector(I32) + vector(I32),
        b"\x60" + vector(I32, I32) + vector(I32),
        b"\x60" + vector() + vector(),
        b"\x60" + vector(I32, I32) + vector(),
    )
    kinds = {"add": 1, "call": 0, "trap": 2, "loop": 2, "store": 3}
    codes = (
        b"\x20\x00\x20\x01\x6a",  # i32.add of both arguments
        b"\x20\x00\x10\x00",  # env.host of the argument
        b"\x00",  # unreachable
        b"\x03\x40\x0c\x00\x0b",  # a loop that branches to its start
        b"\x20\x00\x20\x01\x36\x02\x00",  # i32.store
    )
    # Functions that are never called make the module larger, and its compilation longer.
    spare = [function(b"\x20\x00\x20\x01\x6a" + b"\x20\x00\x6a" * 500)] * padding
    return b"".join(
        (
            b"\0asm\x01\0\0\0",
            section(1, *types),
            section(2, named("env") + named("host") + b"\x00\x00"),
            section(3, *(number(kind) for kind in kinds.values()), *[number(1)] * padding),
            section(5, b"\x00\x01"),
            section(
                7,
                named("memory") + b"\x02\x00",
                *(named(name) + b"\x00" + number(1 + i) for i, name in enumerate(kinds)),
            ),
            section(10, *map(function, codes), *spare),
        )
    )


MODULE = assemble()
INSTANTIATE = """bytes => {
    globalThis.instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { host } })
    globalThis.wasm = instance.exports
}"""


@pytest.fixture
def instance(runtime: Runtime) -> Runtime:
    """A runtime with an instance of MODULE as `wasm`, whose import doubles."""
    runtime.bind_function("host", lambda n: n * 2)
    runtime.eval(INSTANTIATE)(MODULE)
    return runtime


def test_functions_in_both_directions(instance):
    assert instance.eval("wasm.add(2, 3)") == 5
    assert instance.eval("wasm.call(21)") == 42
    add = instance.eval("wasm.add")
    assert isinstance(add, JsFunction) and add(2**31 - 1, 1) == -(2**31)


def test_memory_is_a_buffer(instance):
    assert instance.eval("wasm.memory.buffer") == bytes(65536)
    instance.eval("wasm.store(8, 0x01020304); new Uint8Array(wasm.memory.buffer).set([9], 0)")
    assert instance.eval("wasm.memory.buffer.slice(0, 12)") == b"\x09" + bytes(7) + b"\4\3\2\1"
    instance.eval("data => new Uint8Array(wasm.memory.buffer).set(data, 100)")(b"from Python")
    assert instance.eval("new Uint8Array(wasm.memory.buffer, 100, 11)") == b"from Python"
    instance.eval("wasm.memory.grow(1)")
    assert len(instance.eval("wasm.memory.buffer")) == 2 * 65536


def test_traps_are_errors(instance):
    with pytest.raises(JavaScriptError, match="RuntimeError: unreachable") as error:
        instance.eval("wasm.trap()")
    assert error.value.name == "RuntimeError"
    assert error.value.frames[0].file_name.startswith("wasm://")
    with pytest.raises(JavaScriptError, match="memory access out of bounds|out of bounds"):
        instance.eval("wasm.store(65536, 1)")
    assert instance.eval("wasm.add(1, 1)") == 2


def test_an_exception_of_a_python_import(runtime):
    def fail(n: int) -> int:
        raise LookupError(n)

    runtime.bind_function("host", fail)
    runtime.eval(INSTANTIATE)(MODULE)
    with pytest.raises(JavaScriptError, match="LookupError: 7") as error:
        runtime.eval("wasm.call(7)")
    assert isinstance(error.value.__cause__, LookupError)

    def interrupt(n: int) -> int:
        raise KeyboardInterrupt

    runtime.bind_function("host", interrupt)
    runtime.eval(INSTANTIATE)(MODULE)
    with pytest.raises(KeyboardInterrupt):
        runtime.eval("try { wasm.call(7) } catch {}")


def test_loops_are_stopped(instance):
    with pytest.raises(RuntimeTimeout):
        instance.eval("wasm.loop()", timeout=0.05)
    with pytest.raises(RuntimeTimeout):
        instance.eval("wasm.loop")(timeout=0.05)
    # The signal comes when the loop runs, or a moment before.
    instance.bind_function("interrupt", lambda: os.kill(os.getpid(), signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        instance.eval("interrupt(); wasm.loop()")
    assert instance.eval("wasm.add(1, 1)") == 2


def test_invalid_modules(runtime):
    for code in (
        "new WebAssembly.Module(new Uint8Array([0]))",
        "WebAssembly.compile(new Uint8Array([0, 1, 2, 3, 4, 5, 6, 7, 8]))",
        "WebAssembly.instantiate(new Uint8Array([0]))",
    ):
        with pytest.raises(JavaScriptError, match="CompileError"):
            runtime.eval(code)
    assert runtime.eval("WebAssembly.validate(new Uint8Array([0]))") is False
    with pytest.raises(JavaScriptError, match="LinkError|TypeError"):
        runtime.eval("bytes => WebAssembly.instantiate(bytes, {})")(MODULE)


def test_a_synchronous_call_waits_for_a_compilation(runtime):
    """Each time, even when the thread that takes V8's result sleeps."""
    runtime.bind_function("host", lambda n: n * 2)
    compile = runtime.eval("bytes => WebAssembly.compile(bytes).then(module => { last = module })")
    runtime.eval("var last")
    instantiate = runtime.eval(
        "bytes => WebAssembly.instantiate(bytes, { env: { host } })"
        ".then(({ instance }) => instance.exports.add(1, 2))"
    )
    for padding in (0, 200, 0, 200, 0):
        # V8 would take modules of the same bytes out of its cache.
        module = assemble(padding)
        custom = b"\x00" + number(3) + b"\x01n" + bytes([padding % 256])
        compile(module + custom * (1 + padding % 7))
        assert (
            runtime.eval(
                "WebAssembly.instantiate(last, { env: { host } }).then(i => i.exports.call(4))"
            )
            == 8
        )
        assert instantiate(module + custom) == 3
        with pytest.raises(JavaScriptError, match="CompileError"):
            runtime.eval("WebAssembly.compile(new Uint8Array(9))")


async def test_compilations_are_awaited(runtime):
    runtime.bind_function("host", lambda n: n * 2)
    instantiate = runtime.eval(
        "bytes => WebAssembly.instantiate(bytes, { env: { host } })"
        ".then(({ instance }) => instance.exports.call(4))"
    )
    modules = [assemble(50 + i) for i in range(4)]
    assert await asyncio.gather(*(instantiate.call_async(module) for module in modules)) == [8] * 4
    with pytest.raises(JavaScriptError, match="CompileError"):
        await runtime.eval_async("WebAssembly.compile(new Uint8Array(9))")
    await runtime.eval(INSTANTIATE).call_async(MODULE)
    with pytest.raises(RuntimeTimeout):
        await runtime.eval_async("wasm.loop()", timeout=0.05)
    assert await runtime.eval_async("wasm.add(1, 1)") == 2


SOURCES = [
    "bytes",
    "bytes.buffer",
    "Promise.resolve(new DataView(bytes.buffer))",
    "[...bytes].map(byte => new Uint8Array([byte]))",
    "ReadableStream.from([bytes.slice(0, 20), bytes.slice(20)])",
    "{ arrayBuffer: async () => bytes.buffer }",
]


@pytest.mark.parametrize("source", SOURCES)
def test_streaming(runtime, source):
    runtime.bind_function("host", lambda n: n * 2)
    start = runtime.eval(
        f"bytes => WebAssembly.instantiateStreaming({source}, {{ env: {{ host }} }})"
        ".then(({ instance }) => instance.exports.call(4))"
    )
    assert start(MODULE) == 8
    compile = (
        f"bytes => WebAssembly.compileStreaming({source}).then(m => m instanceof "
        f"WebAssembly.Module)"
    )
    assert runtime.eval(compile)(MODULE) is True


async def test_streaming_from_python(runtime):
    module = assemble(200)
    given = 0

    async def chunks():
        nonlocal given
        for at in range(0, len(module), 4096):
            await asyncio.sleep(0)
            given += 1
            yield module[at : at + 4096]

    start = runtime.eval(
        "source => WebAssembly.instantiateStreaming(source, { env: { host: n => n } })"
        ".then(({ instance }) => instance.exports.add(1, 2))"
    )
    assert await start.call_async(runtime.stream_from_async_iterable(chunks())) == 3
    assert given == len(module) // 4096 + 1


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("5", "TypeError: WebAssembly is compiled from bytes"),
        ("[1]", "TypeError: .* a chunk is neither"),
        ("bytes.slice(0, -5)", "CompileError: WebAssembly.compileStreaming"),
        ("[]", "CompileError"),
        ("Promise.reject(new RangeError('no source'))", "RangeError: no source"),
        (
            "(function* () { yield bytes; throw new EvalError('half way') })()",
            "EvalError: half way",
        ),
    ],
)
def test_streaming_that_fails(runtime, source, error):
    with pytest.raises(JavaScriptError, match=error):
        runtime.eval(f"bytes => WebAssembly.compileStreaming({source})")(MODULE)
    assert (
        runtime.eval("WebAssembly.compile(new Uint8Array(8)).catch(() => 'still there')")
        == "still there"
    )


@pytest.mark.parametrize("end", ["close", "terminate"])
def test_a_runtime_that_ends_while_bytes_stream_in(end):
    module = assemble(400)
    for _ in range(5):
        with Runtime() as runtime:
            runtime.eval(
                """
                async function* endless(bytes) {
                    yield bytes.slice(0, 50_000);
                    await new Promise(() => {});
                }
                bytes => { WebAssembly.compileStreaming(endless(bytes)) }
                """
            )(module)
            getattr(runtime, end)()


def test_a_runtime_that_runs_out_of_memory_while_bytes_stream_in():
    config = RuntimeConfig(max_heap_size=20 * 2**20)
    for kill in ("const kept = []; for (;;) kept.push({})", "new Array(1e8).fill(0).map(String)"):
        with Runtime(config) as runtime:
            runtime.eval(
                "async function* endless(bytes) { yield bytes.slice(0, 5000); "
                "await new Promise(() => {}) }"
                "bytes => { WebAssembly.compileStreaming(endless(bytes)) }"
            )(assemble(200))
            with pytest.raises(RuntimeTerminated):
                runtime.eval(kill)
    with Runtime() as runtime:
        assert runtime.eval("WebAssembly.compile(new Uint8Array(8)).catch(() => 1)") == 1


def test_a_runtime_that_ends_while_it_compiles():
    module = assemble(400)
    for _ in range(3):
        with Runtime() as runtime:
            runtime.eval("bytes => { WebAssembly.compile(bytes) }")(module)


def test_a_webassembly_module_beside_es_modules(tmp_path):
    (tmp_path / "math.js").write_text(
        "const { instance } = await WebAssembly.instantiate(readBytes(), { env: { "
        "host: n => n + 1 } });"
        "export const { add, call } = instance.exports"
    )
    with Runtime(RuntimeConfig(module_root=tmp_path)) as runtime:
        runtime.bind_function("readBytes", lambda: MODULE)
        math = runtime.eval_module("math.js")
        assert (math["add"](1, 2), math["call"](1)) == (3, 2)
