"""The limits of memory: what goes beyond them costs a runtime, never the process."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jsrun
import pytest
from inspected import attach
from jsrun import InspectorConfig, JavaScriptError, Runtime, RuntimeConfig, RuntimeTerminated
from memory import MIB
from waiting import until

# What reaches the heap's limit step by step, or in one that is too large.
DEADLY = {
    "push": "const a = []; for (;;) a.push({x: a.length})",
    "map": "const m = new Map(); for (let i = 0;; i++) m.set('k' + i, [i])",
    "closures": "let f = () => 1; for (;;) { const g = f; f = () => g }",
    "promises": "let p = Promise.resolve(), k = []; for (;;) k.push(p = p.then(() => 1))",
    "keys": "const o = {}; for (let i = 0;; i++) o['key' + i] = i",
    "weak map": "const w = new WeakMap(), k = []; for (;;) { const o = {}; w.set(o, [1]); k.push(o) }",
    "typed arrays": "const k = []; for (;;) k.push(new Uint8Array(8))",
    "promise jobs": """
        const k = []; function again() { k.push(Promise.resolve().then(again)); again2() }
        function again2() { for (let i = 0; i < 100; i++) k.push({}) } again()""",
    "caught": "const a = []; for (;;) try { for (;;) a.push([1]) } catch {} finally { a.push(1) }",
    "generator": "function* f() { for (;;) yield {} } Array.from(f())",
    "fill": "globalThis.b = new Array(5e7).fill(0)",
    "concat": "const a = new Array(2e7).fill(1); for (const k = [];;) k.push(a.concat(a))",
    "doubled string": "let s = 'abc', k = []; for (;;) { s += s; k.push(/x/.test(s)); s = s.slice(0, 2 ** 28) }",
    "join": "const a = new Array(3e5).fill('x'.repeat(900)); for (const k = [];;) k.push(a.join(''))",
    "json": "let o = {}; for (let i = 0; i < 24; i++) o = {a: o, b: [o]}; const t = JSON.stringify(o); JSON.parse(t)",
    "split": "'x'.padStart(2 ** 28).split('')",
    "getter of the result": "({get a() { const k = []; for (;;) k.push({}) }})",
    "toString of an error": "throw {toString() { const k = []; for (;;) k.push({}) }}",
}


def small(**settings: Any) -> RuntimeConfig:
    return RuntimeConfig(max_heap_size=16 * MIB, **settings)


@pytest.mark.parametrize("name", DEADLY)
def test_the_heap_limit_costs_the_runtime_only(runtime, name):
    with Runtime(small()) as victim:
        with pytest.raises(RuntimeTerminated, match="Heap limit exceeded.*max_heap_size"):
            victim.eval(DEADLY[name])
        assert victim.is_closed()
        with pytest.raises(RuntimeTerminated, match="Heap limit exceeded"):
            victim.eval("1")
        victim.close()
        with pytest.raises(RuntimeError, match="runtime is closed"):
            victim.eval("1")
    assert runtime.eval("[1, 2].map(n => n + 1)") == [2, 3]


def test_a_runtime_that_died_needs_no_close(recwarn):
    victim = Runtime(small())
    with pytest.raises(RuntimeTerminated):
        victim.eval(DEADLY["push"])
    del victim
    gc.collect()
    assert not [w for w in recwarn if w.category is ResourceWarning]


def test_what_stays_below_the_limit_is_left_alone():
    with Runtime(small()) as runtime:
        code = "let n = 0; for (let i = 0; i < 2e6; i++) n += [i].length; n"
        assert runtime.eval(code) == 2_000_000


@pytest.mark.parametrize("name", ["push", "concat", "join"])
def test_the_heap_limit_in_a_job_of_the_runtime_thread(runtime, name):
    """While this thread stays in the isolate, which dies on another one."""
    with Runtime(small()) as victim:
        victim.eval("setTimeout(() => { globalThis.late = 1 }, 0)")
        with pytest.raises(RuntimeTerminated, match="Heap limit exceeded"):
            asyncio.run(victim.eval_async(DEADLY[name]))
        with pytest.raises(RuntimeTerminated, match="Heap limit exceeded"):
            victim.eval("1")
    assert runtime.eval("1 + 1") == 2


@pytest.mark.parametrize("name", ["push", "concat", "join"])
def test_the_heap_limit_on_another_thread(runtime, name):
    with Runtime(small()) as victim, ThreadPoolExecutor(2) as pool:
        assert victim.eval("1") == 1
        dying = pool.submit(victim.eval, DEADLY[name])
        closing = pool.submit(victim.close)
        with pytest.raises(RuntimeError, match="Heap limit exceeded|closed"):
            dying.result(30)
        closing.result(30)
    assert runtime.eval("1 + 1") == 2


@pytest.mark.parametrize("victim", ["this thread", "another"])
def test_an_isolate_that_dies_while_threads_keep_locks_of_it(victim):
    """Each has something of its own in there from its second call on, which it cannot take away now."""
    deadly = "'x'.padStart(2 ** 28).split('')"
    with ThreadPoolExecutor(1) as first, ThreadPoolExecutor(1) as second, Runtime() as healthy:

        def here(function: Callable[..., Any], *arguments: Any) -> Any:
            return function(*arguments)

        def in_first(function: Callable[..., Any], *arguments: Any) -> Any:
            return first.submit(function, *arguments).result()

        def in_second(function: Callable[..., Any], *arguments: Any) -> Any:
            return second.submit(function, *arguments).result()

        for _ in range(3):
            runtime = Runtime(small())
            for run in (here, in_first, in_second) * 2:
                assert run(runtime.eval, "1") + run(runtime.eval, "2") == 3
            with pytest.raises(RuntimeTerminated, match="Heap limit"):
                (here if victim == "this thread" else in_second)(runtime.eval, deadly)
            for run in (in_first, in_second, here):
                with pytest.raises(RuntimeTerminated, match="Heap limit"):
                    run(runtime.eval, "1")
                assert run(healthy.eval, "1") == 1
            runtime.close()
            for run in (in_first, in_second, here):
                assert run(healthy.eval, "1") + run(healthy.eval, "2") == 3


def test_the_bootstrap_may_reach_the_limit():
    with pytest.raises(RuntimeTerminated, match="Heap limit exceeded"):
        Runtime(small(bootstrap=DEADLY["push"]))


@pytest.mark.parametrize("name", ["push", "concat"])
def test_a_nested_call_may_reach_the_limit(name):
    with Runtime(small()) as victim:
        seen = []

        def handler() -> None:
            try:
                victim.eval(DEADLY[name])
            except RuntimeTerminated as error:
                seen.append(str(error))

        victim.bind_function("handler", handler)
        victim.bind_function("again", lambda: victim.eval("handler(); after()"))
        victim.bind_function("after", lambda: seen.append("JavaScript went on"))
        with pytest.raises(RuntimeTerminated, match="Heap limit exceeded"):
            victim.eval("try { again() } finally { after() }")
        assert len(seen) == 1
        assert "Heap limit exceeded" in seen[0]


@pytest.mark.parametrize("name", ["push", "concat"])
def test_another_runtimes_call_may_reach_the_limit(runtime, name):
    def handler() -> str:
        with Runtime(small()) as victim, pytest.raises(RuntimeTerminated):
            victim.eval(DEADLY[name])
        return "survived"

    runtime.bind_function("handler", handler)
    assert runtime.eval("[handler(), handler()]") == ["survived", "survived"]


def test_a_value_from_python_may_reach_the_limit():
    with Runtime(small(max_serialization_bytes=2**31)) as victim:
        keep = victim.eval("globalThis.kept = []; value => { kept.push(value) }")
        with pytest.raises(RuntimeTerminated, match="Heap limit exceeded"):
            for _ in range(100):
                keep(["x" * 1000 + str(n) for n in range(10_000)])
        assert victim.is_closed()


def test_strings_from_python_may_reach_the_limit():
    with Runtime(small(max_serialization_bytes=2**31)) as victim:
        keep = victim.eval("globalThis.kept = []; text => { kept.push(text) }")
        with pytest.raises(RuntimeTerminated, match="Heap limit exceeded"):
            for _ in range(100):
                keep("é" * (20 * MIB))


def test_waiting_callers_are_told():
    with Runtime(small()) as victim, ThreadPoolExecutor(3) as pool:
        started = threading.Event()
        victim.bind_function("started", started.set)
        dying = pool.submit(victim.eval, "started();" + DEADLY["map"])
        started.wait(20)
        waiting = [pool.submit(victim.eval, "1") for _ in range(2)]
        for future in [dying, *waiting]:
            with pytest.raises(RuntimeTerminated, match="Heap limit exceeded"):
                future.result(20)


@pytest.mark.parametrize("size", [1, 3_000_001, 5_555_555, 50_000_000, 99_999_999, 2**40 + 1])
def test_any_heap_limit_is_a_size_to_start_with(run_python, size):
    program = f"""
        import jsrun
        with jsrun.Runtime(jsrun.RuntimeConfig(max_heap_size={size})) as runtime:
            try:
                print(runtime.eval("1 + 1"))
            except jsrun.RuntimeTerminated:
                print("terminated")
        """
    done = run_python(program)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "2\n" or size == 1


def test_a_snapshot_that_is_larger_than_the_heap():
    many = "globalThis.kept = []; for (let i = 0; i < 3e5; i++) kept.push({i, text: 'x' + i})"
    with jsrun.SnapshotBuilder(bootstrap=many) as builder:
        snapshot = builder.build()
    with pytest.raises(RuntimeTerminated, match="Heap limit exceeded"):
        with Runtime(RuntimeConfig(max_heap_size=MIB, snapshot=snapshot)) as victim:
            victim.eval(DEADLY["push"])
    with Runtime(RuntimeConfig(max_heap_size=64 * MIB, snapshot=snapshot)) as runtime:
        assert runtime.eval("kept.length") == 300_000


@pytest.mark.parametrize("name", ["push", "concat"])
def test_a_debugger_may_reach_the_limit(name):
    config = small(inspector=InspectorConfig(port=0))
    with Runtime(config) as victim, attach(victim, "Debugger") as client:
        client.post("Runtime.evaluate", expression=DEADLY[name])
        assert client.until_closed() is not None
        until(victim.is_closed)
        with pytest.raises(RuntimeTerminated, match="Heap limit exceeded"):
            victim.eval("1")


@pytest.mark.parametrize("name", ["push", "concat"])
def test_a_debugger_may_reach_the_limit_in_a_pause(name):
    config = small(inspector=InspectorConfig(port=0))
    with (
        Runtime(config) as victim,
        attach(victim, "Debugger") as client,
        ThreadPoolExecutor(1) as pool,
    ):
        paused = pool.submit(victim.eval, "debugger; 1")
        frame = client.paused()["callFrames"][0]["callFrameId"]
        client.post("Debugger.evaluateOnCallFrame", callFrameId=frame, expression=DEADLY[name])
        with pytest.raises(RuntimeTerminated, match="Heap limit exceeded"):
            paused.result(30)


def test_the_limit_is_met_by_a_script_that_is_hard_to_stop():
    """V8 15 let this loop go on for long after it had been told to stop."""
    with Runtime(RuntimeConfig(max_heap_size=10 * MIB)) as victim:
        with pytest.raises(RuntimeTerminated, match="Heap limit exceeded"):
            victim.eval("const kept = []; while (true) kept.push(new Array(100).fill(0))")


def test_the_limit_that_v8_sets_for_itself(run_python):
    """Of 1.4 GB and more, in a process that gives them back."""
    program = """
        import jsrun
        runtime = jsrun.Runtime()
        try:
            runtime.eval("const k = []; for (;;) k.push(new Array(1e6).fill(1.5))")
        except jsrun.RuntimeTerminated as error:
            print(error)
        with jsrun.Runtime() as other:
            print(runtime.is_closed(), other.eval("1 + 1"))
        """
    done = run_python(program)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Heap limit exceeded")
    assert done.stdout.endswith("True 2\n")


# --- ways to get there ----------------------------------------------------------------------------

Way = Callable[[Runtime, str], Any]
WAYS: dict[str, Way] = {}


def way(function: Way) -> Way:
    """Gets `code`, a block that reaches the limit, to run."""
    WAYS[function.__name__] = function
    return function


@way
def a_module(victim, code):
    victim.add_static_module("m", code)
    victim.eval_module("m")


@way
def a_module_that_waits(victim, code):
    victim.add_static_module("m", "await null;" + code)
    asyncio.run(victim.eval_module_async("m"))


@way
def an_imported_module(victim, code):
    victim.add_static_module("m", code)
    victim.add_static_module("n", "import 'm'")
    victim.eval("import('n').finally(() => 1)")


@way
def an_exports_getter(victim, code):
    victim.add_static_module("m", "export const o = {get a() " + code + "}")
    assert not victim.eval_module("m").unconverted


@way
def a_module_resolver(victim, code):
    victim.set_module_resolver(lambda specifier, referrer: victim.eval(code) or specifier)
    victim.set_module_loader(lambda url: "1")
    victim.eval("import('m').finally(() => 1)")


@way
def a_module_loader(victim, code):
    async def load(url):
        return victim.eval(code) or "1"

    victim.set_module_resolver(lambda specifier, referrer: specifier)
    victim.set_module_loader(load)
    asyncio.run(victim.eval_module_async("m"))


@way
def a_modules_source(victim, code):
    victim.set_module_resolver(lambda specifier, referrer: specifier)
    victim.set_module_loader(lambda url: "export default [" + "{a: 1}," * 500_000 + "]")
    victim.eval_module("m")


async def read_all(stream):
    async for _chunk in stream:
        pass


@way
def a_stream(victim, code):
    asyncio.run(read_all(victim.eval("new ReadableStream({pull(c) " + code + "})")))


@way
def a_streams_chunk(victim, code):
    chunk = "{get a() " + code + "}"
    stream = "new ReadableStream({start(c) { c.enqueue(" + chunk + ") }})"
    asyncio.run(read_all(victim.eval(stream)))


@way
def a_stream_from_python(victim, code):
    async def chunks():
        while True:
            yield ["x" * 1000] * 1000

    keep = victim.eval("async s => { const k = []; for await (const c of s) k.push(c) }")

    async def read():
        await keep.call_async(victim.stream_from_async_iterable(chunks()))

    asyncio.run(read())


@way
def a_clone(victim, code):
    victim.eval("structuredClone({get a() " + code + "})")


@way
def a_timer(victim, code):
    victim.eval("new Promise(resolve => setTimeout(() => " + code + ", 1))")


@way
def a_finalizer(victim, code):
    victim.eval("globalThis.registry = new FinalizationRegistry(() => " + code + ")")
    while True:
        victim.eval("for (let i = 0; i < 1e5; i++) registry.register({}, i)")
        victim.eval("new Promise(resolve => setTimeout(resolve, 1))")


@way
def an_errors_stack(victim, code):
    victim.eval("Error.prepareStackTrace = () => " + code + "; throw new Error('x')")


@way
def an_argument(victim, code):
    victim.bind_function("take", lambda value: None)
    victim.eval("take({get a() " + code + "})")


@way
def the_results_of_handlers(victim, code):
    victim.bind_function("give", lambda: ["x" * 100 + str(i) for i in range(1000)])
    victim.eval("const k = []; for (;;) k.push(give())")


@way
def the_results_of_async_handlers(victim, code):
    async def give():
        return ["x" * 100 + str(i) for i in range(1000)]

    victim.bind_function("give", give)
    asyncio.run(victim.eval_async("(async () => { for (const k = [];;) k.push(await give()) })()"))


@way
def a_job_of_many(victim, code):
    async def main():
        waiting = [victim.eval_async("new Promise(r => setTimeout(r, 1e6))") for _ in range(20)]
        jobs = [asyncio.ensure_future(one) for one in [*waiting, victim.eval_async(code)]]
        for error in await asyncio.gather(*jobs, return_exceptions=True):
            assert isinstance(error, RuntimeTerminated)
        raise error

    asyncio.run(main())


@way
def a_program_that_debugs(victim, code):
    with victim.inspector_session() as session:
        session.send("Runtime.enable")
        session.send("Debugger.enable")
        victim.eval(code)


@way
def an_expression_of_a_debugger(victim, code):
    with victim.inspector_session() as session:
        with pytest.raises((jsrun.InspectorError, jsrun.InspectorSessionClosed)):
            session.send("Runtime.evaluate", expression=code)
    victim.eval("1")


@way
def a_logged_value(victim, code):
    with victim.inspector_session() as session:
        session.send("Runtime.enable")
        victim.eval("for (let i = 0; i < 50; i++) console.log({i, j: [i]});" + code)


@way
def a_profile(victim, code):
    with victim.cpu_profile(), victim.coverage():
        victim.eval(code)


STEPS = "{ const a = []; for (;;) a.push({x: a.length}) }"
LEAP = "{ const a = new Array(3e6).fill(1); for (const k = [];;) k.push(a.concat(a)) }"


@pytest.mark.parametrize("code", [STEPS, LEAP], ids=["steps", "leap"])
@pytest.mark.parametrize("name", WAYS)
def test_every_way_to_the_limit(runtime, name, code):
    with Runtime(small(max_serialization_bytes=2**31)) as victim:
        with pytest.raises(RuntimeTerminated, match="Heap limit exceeded"):
            WAYS[name](victim, code)
        assert victim.is_closed()
    assert runtime.eval("1 + 1") == 2


# --- buffers --------------------------------------------------------------------------------------

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


def test_what_a_clone_is_made_by_has_the_same_limit():
    """A string that occurs often is written as often."""
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


# --- many deaths ----------------------------------------------------------------------------------

DEATHS = int(os.environ.get("JSRUN_TEST_DEATHS", "60"))

# What V8 may leave behind of an isolate that it could not take down in order, and what its allocators keep.
LEFT_BEHIND = 5 * MIB
KEPT = 200 * MIB

SLOW = {"json", "join", "fill", "doubled string", "split", "a_modules_source", "a_finalizer"}


def die(victim: Runtime, n: int) -> None:
    """In the n-th way of all."""
    scripts = [name for name in DEADLY if name not in SLOW]
    ways = [name for name in WAYS if name not in SLOW]
    n %= len(scripts) + 2 * len(ways)
    with pytest.raises(RuntimeTerminated, match="Heap limit exceeded"):
        if n < len(scripts):
            victim.eval(DEADLY[scripts[n]])
        else:
            n -= len(scripts)
            WAYS[ways[n // 2]](victim, [STEPS, LEAP][n % 2])


def in_use() -> tuple[int, int, int]:
    """Threads, open files, bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    threads, files = (len(os.listdir(f"/proc/self/{what}")) for what in ("task", "fd"))
    return threads, files, pages * os.sysconf("SC_PAGESIZE")


def test_many_deaths_among_healthy_runtimes():
    """Of every kind, in two threads that each have a healthy runtime, which works in between, while
    a third one is debugged."""

    def work(first: int) -> None:
        with Runtime() as healthy:
            healthy.eval(
                "function work(n) { let s = 0; for (const x of Array(n).keys()) s += x; return s }"
            )
            for n in range(first, DEATHS, 2):
                with Runtime(small(max_serialization_bytes=2**31)) as victim:
                    die(victim, n)
                assert healthy.eval("work(20000)") == 199990000

    def round_of_deaths() -> None:
        with ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(work, 0), pool.submit(work, 1)]:
                done.result()

    debugged_config = small(inspector=InspectorConfig(port=0))
    with Runtime(debugged_config) as debugged, attach(debugged, "Debugger") as client:
        assert client.evaluate("6 * 7") == 42
        threads, files, before = in_use()
        round_of_deaths()
        assert client.evaluate("6 * 7") == 42
        gc.collect()
        until(lambda: in_use()[0] <= threads)
        assert in_use()[1] <= files
        assert in_use()[2] - before < KEPT + DEATHS * LEFT_BEHIND


def test_a_runtime_that_is_out_of_memory_leaves_its_buffers():
    with Runtime(RuntimeConfig(buffers="view", max_heap_size=16 * 2**20)) as runtime:
        buffer = runtime.eval("new Uint8Array(1_000_000).fill(3)")
        with pytest.raises(jsrun.RuntimeTerminated):
            runtime.eval("const kept = []; for (;;) kept.push(new Array(100_000).fill(0))")
        assert bytes(buffer) == b"\3" * 1_000_000
    assert bytes(buffer) == b"\3" * 1_000_000
