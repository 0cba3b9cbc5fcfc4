"""Runtime.get_stats()."""

from __future__ import annotations

import asyncio
import dataclasses
import gc
import threading
import time

import jsrun
import pytest
from inspected import attach, inspected
from jsrun import InspectorConfig, JavaScriptError, Runtime, RuntimeConfig, RuntimeStats
from waiting import until


def test_a_fresh_runtime(runtime):
    stats = runtime.get_stats()
    assert isinstance(stats, RuntimeStats)
    assert 0 < stats.heap_used_bytes <= stats.heap_total_bytes
    assert 0 < stats.physical_total_bytes <= stats.heap_total_bytes
    assert stats.last_execution_kind is None
    for field in dataclasses.fields(stats)[7:]:
        assert getattr(stats, field.name) == 0, field.name
    assert stats.total_execution_time_ms == stats.last_execution_time_ms == 0
    with pytest.raises(dataclasses.FrozenInstanceError):
        stats.eval_sync_count = 5


def test_executions_are_counted(runtime):
    function = runtime.eval("a => a")
    for _ in range(3):
        function(1)
    with pytest.raises(JavaScriptError):
        runtime.eval("null.x")
    stats = runtime.get_stats()
    assert (stats.eval_sync_count, stats.call_function_sync_count) == (2, 3)
    assert stats.last_execution_kind == "eval_sync"
    function(1)
    assert runtime.get_stats().last_execution_kind == "call_function_sync"
    assert runtime.get_stats().call_function_sync_count == 4


def test_times(runtime):
    runtime.eval("const end = Date.now() + 50; while (Date.now() < end);")
    stats = runtime.get_stats()
    assert 40 < stats.last_execution_time_ms <= stats.total_execution_time_ms
    runtime.eval("1")
    later = runtime.get_stats()
    assert later.last_execution_time_ms < 40
    assert later.total_execution_time_ms > stats.total_execution_time_ms * 0.99


def test_nested_executions_are_not_timed_twice(runtime):
    def nested():
        runtime.eval("const end = Date.now() + 50; while (Date.now() < end);")

    runtime.bind_function("nested", nested)
    before = time.monotonic()
    runtime.eval("nested()")
    elapsed = (time.monotonic() - before) * 1000
    stats = runtime.get_stats()
    assert stats.eval_sync_count == 2
    assert 40 < stats.total_execution_time_ms <= elapsed


async def test_a_call_that_waits_for_a_promise_has_not_ended(runtime):
    release = "new Promise(resolve => { globalThis.release = resolve })"
    evaluation = asyncio.ensure_future(runtime.eval_async(release))
    while not runtime.eval("typeof release == 'function'"):
        await asyncio.sleep(0.001)
    assert runtime.get_stats().eval_async_count == 0
    runtime.eval("release()")
    await evaluation
    assert runtime.get_stats().eval_async_count == 1
    assert runtime.get_stats().last_execution_kind == "eval_async"
    for limit in ({"timeout": 0.01}, {}):
        evaluation = asyncio.create_task(runtime.eval_async(release, **limit))
        await asyncio.sleep(0.02)
        evaluation.cancel()
        await asyncio.wait([evaluation])
    while runtime.get_stats().eval_async_count < 3:
        await asyncio.sleep(0.001)


def test_a_synchronous_call_that_waits_has_not_ended(runtime):
    seen = []
    runtime.bind_function("look", lambda: seen.append(runtime.get_stats().eval_sync_count))
    runtime.eval("new Promise(resolve => setTimeout(() => { look(); resolve() }))")
    with pytest.raises(jsrun.RuntimeTimeout):
        runtime.eval("new Promise(resolve => setTimeout(resolve, 1e6))", timeout=0.01)
    assert seen == [0]
    assert runtime.get_stats().eval_sync_count == 2


BUSY = "const end = Date.now() + 50; while (Date.now() < end);"


@pytest.mark.parametrize(
    "code",
    [
        f"setTimeout(() => {{ {BUSY} done() }})",
        f"(async () => {{ await wait(); {BUSY} done() }})()",
        f"setTimeout(() => {{ nested(`{BUSY}`); done() }})",
    ],
    ids=["timer", "reaction", "nested"],
)
async def test_time_of_background_javascript(runtime, code):
    async def wait():
        pass

    done = threading.Event()
    runtime.bind_object("host", {"done": done.set, "wait": wait, "nested": runtime.eval})
    before = time.monotonic()
    await runtime.eval_async(f"Object.assign(globalThis, host); {code}; 0")
    await asyncio.to_thread(done.wait, 60)
    runtime.eval("0")  # is served after the timer has ended
    elapsed = (time.monotonic() - before) * 1000
    assert 40 < runtime.get_stats().total_execution_time_ms <= elapsed + 1


def test_memory_grows(runtime):
    before = runtime.get_stats()
    runtime.eval("globalThis.kept = new Array(1e6).fill(0).map((_, i) => ({i})); 0")
    runtime.eval("globalThis.bytes = new ArrayBuffer(5_000_000)")
    after = runtime.get_stats()
    assert after.heap_used_bytes > before.heap_used_bytes + 10_000_000
    assert after.external_memory_bytes >= before.external_memory_bytes + 5_000_000


def test_while_a_script_runs():
    with Runtime() as runtime:
        started = threading.Event()
        runtime.bind_function("started", started.set)
        script = (
            "globalThis.kept = new Array(1e6).fill(0).map((_, i) => ({i})); started(); "
            "while (true);"
        )

        def run():
            with pytest.raises(jsrun.RuntimeTerminated):
                runtime.eval(script)

        thread = threading.Thread(target=run)
        thread.start()
        started.wait(60)
        first = runtime.get_stats()
        time.sleep(0.05)
        second = runtime.get_stats()
        assert first.eval_sync_count == 0
        assert second.total_execution_time_ms > first.total_execution_time_ms + 40
        assert second.heap_used_bytes > 10_000_000
        runtime.terminate()
        thread.join()


def test_inside_of_a_handler(runtime):
    seen = []
    runtime.bind_function("look", lambda: seen.append(runtime.get_stats()))
    runtime.eval("look()")
    assert seen[0].eval_sync_count == 0 and seen[0].heap_used_bytes > 0


def test_paused_in_a_debugger():
    with Runtime(inspected()) as runtime:
        with attach(runtime) as client:
            client.send("Debugger.enable")
            thread = threading.Thread(target=runtime.eval, args=("debugger",))
            thread.start()
            client.event("Debugger.paused")
            before = time.monotonic()
            stats = runtime.get_stats()
            assert time.monotonic() - before < 5
            assert stats.heap_used_bytes > 0 and stats.eval_sync_count == 0
            client.send("Debugger.resume")
            thread.join()


def test_statistics_while_waiting_for_a_debugger():
    config = InspectorConfig(port=0, wait_for_connection=True)
    with Runtime(RuntimeConfig(inspector=config)) as runtime:
        assert runtime.get_stats().heap_used_bytes > 0


# --- open resources -------------------------------------------------------------------------------


def test_functions_are_resources(runtime):
    functions = runtime.eval("[() => 1, () => 2, {method() {}}]")
    assert runtime.get_stats().open_resources == 3
    functions[0].close()
    functions[0].close()
    assert runtime.get_stats().open_resources == 2
    functions.clear()
    gc.collect()
    assert runtime.get_stats().open_resources == 0


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_timers_and_intervals(runtime):
    def active():
        stats = runtime.get_stats()
        return stats.active_timers, stats.active_intervals

    ids = runtime.eval(
        "[setTimeout(() => {}, 1e6), setInterval(() => {}, 1e6), setTimeout(f => f)]"
    )
    until(lambda: active() == (1, 1))  # the third has run
    runtime.eval("ids => ids.forEach(id => { clearTimeout(id); clearTimeout(id) })")(ids)
    assert active() == (0, 0)
    runtime.eval(
        "let runs = 0; const id = setInterval(() => { if (++runs == 3) clearInterval(id) })"
    )
    assert active()[1] <= 1
    until(lambda: active() == (0, 0))
    runtime.eval("setTimeout(() => { throw 1 }); setTimeout(() => setTimeout(() => {}, 1e6))")
    until(lambda: active() == (1, 0))


def test_timers_are_counted_while_a_script_runs(runtime):
    seen = []
    runtime.bind_function("look", lambda: seen.append(runtime.get_stats()))
    runtime.eval("setTimeout(() => {}, 1e6); setInterval(() => {}, 1e6); look()")
    assert (seen[0].active_timers, seen[0].active_intervals) == (1, 1)


async def test_async_handlers_under_way(runtime):
    go_on = asyncio.Event()

    async def handler():
        await go_on.wait()

    runtime.bind_function("handler", handler)
    calls = [asyncio.ensure_future(runtime.eval_async("handler()")) for _ in range(5)]
    while runtime.get_stats().active_async_ops < 5:
        await asyncio.sleep(0.001)
    go_on.set()
    await asyncio.gather(*calls)
    assert runtime.get_stats().active_async_ops == 0
    assert runtime.get_stats().eval_async_count == 5


def test_a_closed_runtime(runtime):
    runtime.close()
    with pytest.raises(jsrun.RuntimeClosedError):
        runtime.get_stats()
