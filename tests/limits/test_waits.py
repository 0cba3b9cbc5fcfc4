"""A call's timeout covers its wait for a runtime that is busy."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from inspected import attach, inspected
from jsrun import Runtime, RuntimeConfig, RuntimeTimeout
from waiting import until

BUSY = r"\(other JavaScript of the runtime ran all the time\)"


class Busy:
    """A handler that keeps the runtime until the test releases it."""

    def __init__(self, runtime):
        self.inside, self.go = Event(), Event()
        runtime.bind_function("keep", self.keep)

    def keep(self):
        self.inside.set()
        self.go.wait()

    def __enter__(self):
        self.inside.wait()
        return self

    def __exit__(self, *error):
        self.go.set()


CALLS = {
    "eval": lambda runtime, function: runtime.eval("1", timeout=0.05),
    "function": lambda runtime, function: function(timeout=0.05),
    "module": lambda runtime, function: runtime.eval_module("m", timeout=0.05),
    "config": lambda runtime, function: runtime.eval("1"),
    "buffer": lambda runtime, function: runtime.create_buffer(2),
}


def keep_busy(pool, how, runtime):
    """Makes JavaScript keep the runtime: on another thread, or on the runtime thread."""
    if how == "thread":
        return pool.submit(runtime.eval, "keep()", timeout=60)
    if how == "asyncio":
        return pool.submit(lambda: asyncio.run(runtime.eval_async("keep()", timeout=60)))
    timer = "new Promise(done => setTimeout(() => done(keep())))"
    return pool.submit(runtime.eval, timer, timeout=60)


@pytest.mark.parametrize("how", ["thread", "asyncio", "timer"])
@pytest.mark.parametrize("call", CALLS)
def test_a_call_waits_no_longer_than_its_timeout(how, call):
    with ThreadPoolExecutor() as pool, Runtime(RuntimeConfig(timeout=0.05)) as runtime:
        runtime.add_static_module("m", "")
        function = runtime.eval("() => 1")
        busy = Busy(runtime)
        kept = keep_busy(pool, how, runtime)
        with busy:
            with pytest.raises(RuntimeTimeout, match=f"after 0.05 s {BUSY}"):
                CALLS[call](runtime, function)
        kept.result()
        assert function(timeout=60) == 1


async def test_an_asynchronous_call_waits_no_longer_than_its_timeout():
    with ThreadPoolExecutor() as pool, Runtime() as runtime:
        busy = Busy(runtime)
        kept = keep_busy(pool, "thread", runtime)
        with busy:
            with pytest.raises(RuntimeTimeout, match="after 0.05 s"):
                await runtime.eval_async("1", timeout=0.05)
        kept.result()
        assert await runtime.eval_async("1", timeout=60) == 1


def test_a_call_that_gave_up_waiting_never_runs(runtime):
    runtime.eval("globalThis.ran = 0")
    with ThreadPoolExecutor() as pool:
        busy = Busy(runtime)
        kept = keep_busy(pool, "asyncio", runtime)
        with busy:
            with pytest.raises(RuntimeTimeout):
                runtime.eval("ran++", timeout=0.02)
        kept.result()
    assert runtime.eval("ran") == 0


def test_the_wait_and_the_run_have_one_timeout_together(runtime):
    """The run gets the time that is left after the wait."""
    with ThreadPoolExecutor() as pool:
        busy = Busy(runtime)
        kept = keep_busy(pool, "thread", runtime)
        waiting = pool.submit(runtime.eval, "for (;;);", timeout=0.5)
        start = time.monotonic()
        with busy:
            until(lambda: time.monotonic() > start + 0.3)
        kept.result()
        with pytest.raises(RuntimeTimeout, match=r"after 0.5 s: a larger"):
            waiting.result()
    assert runtime.eval("1") == 1


@pytest.mark.parametrize("how", ["paused", "waiting for a debugger"])
def test_the_time_in_the_debugger_does_not_count_for_waiting_calls(how):
    """They wait longer than their timeout, and are served in the end."""
    with ThreadPoolExecutor() as pool, Runtime(inspected()) as runtime:
        with attach(runtime, "Runtime", "Debugger") as client:
            if how == "paused":
                running = pool.submit(runtime.eval, "debugger; 1")
                client.event("Debugger.paused")
            else:
                running = pool.submit(runtime.wait_for_debugger)
            start = time.monotonic()
            waiting = pool.submit(runtime.eval, "2", timeout=0.2)
            until(lambda: time.monotonic() > start + 0.4)
            client.send("Debugger.resume" if how == "paused" else "Runtime.runIfWaitingForDebugger")
            running.result()
            assert waiting.result() == 2


# --- loops that are gone --------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["stopped", "closed"])
@pytest.mark.parametrize("code", ["for (;;);", "(async () => { for (;;) await null })()"])
def test_the_timeout_of_an_evaluation_outlives_its_loop(runtime, end, code):
    loop = asyncio.new_event_loop()

    async def start():
        started = loop.create_future()

        def tell():
            loop.call_soon_threadsafe(started.set_result, None)

        runtime.bind_function("started", tell)
        evaluation = runtime.eval_async(f"started(); {code}", timeout=0.2)
        await started
        return evaluation

    evaluation = loop.run_until_complete(start())
    if end == "closed":
        loop.close()
    assert runtime.eval("1 + 1", timeout=60) == 2
    if end == "stopped":
        with pytest.raises(RuntimeTimeout, match="0.2 s"):
            loop.run_until_complete(evaluation)
        loop.close()
