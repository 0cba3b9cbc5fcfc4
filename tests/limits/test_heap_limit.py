"""The heap limit: a script that reaches it ends its runtime, never the process."""

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
from heap_deaths import DEADLY, LEAP, STEPS, WAYS, small
from inspected import attach
from jsrun import InspectorConfig, Runtime, RuntimeConfig, RuntimeTerminated
from memory import MIB
from waiting import until


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


def test_scripts_below_the_limit_are_left_alone():
    with Runtime(small()) as runtime:
        code = "let n = 0; for (let i = 0; i < 2e6; i++) n += [i].length; n"
        assert runtime.eval(code) == 2_000_000


@pytest.mark.parametrize("name", ["push", "concat", "join"])
def test_the_heap_limit_in_a_job_of_the_runtime_thread(runtime, name):
    """This thread stays in the isolate, which dies on another thread."""
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
    """From its second call on each keeps data in the isolate, which it cannot remove now."""
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
            except jsrun.RuntimeTerminated as error:
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


def test_waiting_callers_get_the_error():
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
def test_a_runtime_starts_with_any_heap_limit(run_python, size):
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
    """1.4 GB and more, in a process of its own, which returns them."""
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


@pytest.mark.parametrize("code", [STEPS, LEAP], ids=["steps", "leap"])
@pytest.mark.parametrize("name", WAYS)
def test_every_way_to_the_limit(runtime, name, code):
    with Runtime(small(max_serialization_bytes=2**31)) as victim:
        with pytest.raises(RuntimeTerminated, match="Heap limit exceeded"):
            WAYS[name](victim, code)
        assert victim.is_closed()
    assert runtime.eval("1 + 1") == 2


DEATHS = int(os.environ.get("JSRUN_TEST_DEATHS", "60"))

# Memory that V8 may leave behind of an isolate that died, and memory that its allocators keep.
LEFT_BEHIND = 5 * MIB
KEPT = 200 * MIB

SLOW = {"json", "join", "fill", "doubled string", "split", "a_modules_source", "a_finalizer"}


def die(victim: Runtime, n: int) -> None:
    """Makes the runtime die in the n-th way."""
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
    """Two threads each have a healthy runtime, which works between the deaths. A third runtime is
    debugged."""

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
        with pytest.raises(RuntimeTerminated):
            runtime.eval("const kept = []; for (;;) kept.push(new Array(100_000).fill(0))")
        assert bytes(buffer) == b"\3" * 1_000_000
    assert bytes(buffer) == b"\3" * 1_000_000
