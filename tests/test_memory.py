"""The limits of memory: what goes beyond them costs a runtime, never the process."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jsrun
import pytest
from cdp import Client, until
from jsrun import InspectorConfig, Runtime, RuntimeConfig, RuntimeTerminated

V8_MAJOR = int(jsrun._jsrun.v8_version.split(".")[0])
MIB = 2**20


def attach(runtime: Runtime) -> Client:
    endpoints = runtime.inspector_endpoints()
    assert endpoints is not None
    client = Client(endpoints.websocket_url)
    client.send("Debugger.enable")
    return client


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


@pytest.mark.parametrize("name", ["push", "concat"])
def test_a_debugger_may_reach_the_limit(name):
    config = small(inspector=InspectorConfig(port=0))
    with Runtime(config) as victim, attach(victim) as client:
        client.post("Runtime.evaluate", expression=DEADLY[name])
        assert client.until_closed() is not None
        until(victim.is_closed)
        with pytest.raises(RuntimeTerminated, match="Heap limit exceeded"):
            victim.eval("1")


@pytest.mark.parametrize("name", ["push", "concat"])
def test_a_debugger_may_reach_the_limit_in_a_pause(name):
    config = small(inspector=InspectorConfig(port=0))
    with Runtime(config) as victim, attach(victim) as client, ThreadPoolExecutor(1) as pool:
        paused = pool.submit(victim.eval, "debugger; 1")
        frame = client.paused()["callFrames"][0]["callFrameId"]
        client.post("Debugger.evaluateOnCallFrame", callFrameId=frame, expression=DEADLY[name])
        with pytest.raises(RuntimeTerminated, match="Heap limit exceeded"):
            paused.result(30)


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

DEATHS = int(os.environ.get("JSRUN_TEST_DEATHS", "20"))


def test_many_deaths_among_healthy_runtimes():
    """In two threads, each with a healthy runtime that works between the deaths."""
    names = [name for name in DEADLY if name not in ("json", "join", "fill")]  # slow ones

    def work(first: int) -> None:
        with Runtime() as healthy:
            healthy.eval(
                "function work(n) { let s = 0; for (const x of Array(n).keys()) s += x; return s }"
            )
            for n in range(first, DEATHS, 2):
                with Runtime(small()) as victim, pytest.raises(RuntimeTerminated):
                    victim.eval(DEADLY[names[n // 2 % len(names)]])
                assert healthy.eval("work(20000)") == 199990000

    threads = threading.active_count(), len(os.listdir("/proc/self/task"))
    with Runtime(small(inspector=InspectorConfig(port=0))) as debugged, attach(debugged) as client:
        with ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(work, 0), pool.submit(work, 1)]:
                done.result()
        assert client.evaluate("6 * 7") == 42
    until(lambda: len(os.listdir("/proc/self/task")) <= threads[1] + 2)
