"""Handlers that are coroutine functions, and asynchronous calls under a debugger."""

from __future__ import annotations

import asyncio
import gc
from functools import partial

import pytest
from inspected import attach, inspected
from jsrun import (
    InspectorConfig,
    JavaScriptError,
    Runtime,
    RuntimeConfig,
)
from memory import MIB, resident_bytes

# --- async handlers -------------------------------------------------------------------------------


async def test_handlers_run_as_tasks_of_the_loop(runtime):
    async def add(a, b):
        assert asyncio.get_running_loop() is loop
        await asyncio.sleep(0)
        return a + b

    loop = asyncio.get_running_loop()
    runtime.bind_function("add", add)
    assert await runtime.eval_async("add(1, 2) instanceof Promise")
    assert await runtime.eval_async("add(1, 2)") == 3
    assert await runtime.eval_async("(async () => await add(await add('a', 'b'), 'c'))()") == "abc"
    assert await runtime.eval_async("Promise.all([add(1, 1), add(2, 2)])") == [2, 4]
    assert await runtime.eval_async("new Promise(d => setTimeout(() => d(add(3, 3)), 1))") == 6


async def test_an_exception_of_an_async_handler(runtime):
    async def fail(what):
        raise KeyError(what)

    async def cancelled():
        raise asyncio.CancelledError

    async def odd():
        return object()

    for handler in (fail, cancelled, odd):
        runtime.bind_function(handler.__name__, handler)
    with pytest.raises(JavaScriptError) as error:
        await runtime.eval_async("fail('x')")
    assert error.value.name == "KeyError"
    assert isinstance(error.value.__cause__, KeyError)
    assert await runtime.eval_async(
        "fail('x').catch(e => [e instanceof Error, e.name, e.message])"
    ) == [
        True,
        "KeyError",
        "'x'",
    ]
    assert await runtime.eval_async("cancelled().catch(e => e.name)") == "CancelledError"
    assert await runtime.eval_async("odd().catch(e => e.name)") == "TypeError"
    results = await asyncio.gather(
        *(runtime.eval_async(f"fail({i})") for i in range(300)), return_exceptions=True
    )
    assert [result.__cause__.args for result in results] == [(i,) for i in range(300)]


def test_without_a_loop_the_call_fails(runtime):
    async def handler():
        pass

    runtime.bind_function("handler", handler)
    with pytest.raises(JavaScriptError, match="running asyncio event loop") as error:
        runtime.eval("handler()")
    assert isinstance(error.value.__cause__, RuntimeError)


async def test_a_synchronous_eval_does_not_wait_for_its_own_loop(runtime):
    called = asyncio.Event()

    async def handler():
        called.set()

    runtime.bind_function("handler", handler)
    with pytest.raises(RuntimeError, match="use eval_async"):
        runtime.eval("handler()")
    runtime.eval("handler(); 1")
    await called.wait()


async def test_another_thread_may_wait_for_this_loop(runtime):
    async def handler():
        await asyncio.sleep(0.01)
        return "from the loop"

    runtime.bind_function("handler", handler)
    await runtime.eval_async("var started = handler(); 0")
    assert await asyncio.to_thread(runtime.eval, "started") == "from the loop"


async def test_memory_of_ten_thousand_calls_at_once(runtime):
    async def handler(number):
        await asyncio.sleep(0)
        return number

    async def run():
        results = await asyncio.gather(
            *(runtime.eval_async(f"handler({i})") for i in range(10_000))
        )
        assert results == list(range(10_000))

    def resident():
        gc.collect()
        return resident_bytes()

    runtime.bind_function("handler", handler)
    for _ in range(8):  # V8 lets its heap grow for a while before it collects for the first time
        await run()
    before = resident()
    for _ in range(4):
        await run()
    assert resident() - before < 16 * MIB


# --- debugging ------------------------------------------------------------------------------------


async def test_the_loop_goes_on_while_paused_and_timeouts_stop():
    with Runtime(inspected()) as runtime:
        client = await asyncio.to_thread(attach, runtime)
        with client:
            await asyncio.to_thread(client.send, "Debugger.enable")
            evaluations = [runtime.eval_async(f"debugger; {i}", timeout=0.3) for i in range(3)]
            for _ in evaluations:
                await asyncio.to_thread(client.paused)
                await asyncio.sleep(0.5)
                assert not any(evaluation.done() for evaluation in evaluations[2:])
                await asyncio.to_thread(client.send, "Debugger.resume")
            assert await asyncio.gather(*evaluations) == [0, 1, 2]


async def test_waiting_for_a_debugger_counts_against_no_timeout():
    config = InspectorConfig(port=0, wait_for_connection=True)
    with Runtime(RuntimeConfig(inspector=config)) as runtime:
        evaluation = runtime.eval_async("'ready'", timeout=0.1)
        forgotten = runtime.eval_async("for (;;);", timeout=60)
        await asyncio.sleep(0.3)
        forgotten.cancel()
        assert not evaluation.done()
        client = await asyncio.to_thread(attach, runtime)
        with client:
            await asyncio.to_thread(client.send, "Runtime.runIfWaitingForDebugger")
            assert await evaluation == "ready"


async def test_async_stacks_cross_timers():
    with Runtime(inspected()) as runtime:
        client = await asyncio.to_thread(attach, runtime)
        with client:
            await asyncio.to_thread(client.send, "Debugger.enable")
            await asyncio.to_thread(
                partial(client.send, "Debugger.setAsyncCallStackDepth", maxDepth=8)
            )
            evaluation = runtime.eval_async(
                "function later() { debugger; done(1) }\nvar done;"
                "function outer() { setTimeout(later, 1) }\nouter(); new Promise(d => { done = d })"
            )
            paused = await asyncio.to_thread(client.paused)
            assert paused["callFrames"][0]["functionName"] == "later"
            assert paused["asyncStackTrace"]["description"] == "setTimeout"
            assert paused["asyncStackTrace"]["callFrames"][0]["functionName"] == "outer"
            await asyncio.to_thread(client.send, "Debugger.resume")
            assert await evaluation == 1


async def test_an_exception_after_an_await_is_uncaught():
    with Runtime(inspected()) as runtime:
        client = await asyncio.to_thread(attach, runtime)
        with client:
            await asyncio.to_thread(client.send, "Debugger.enable")
            await asyncio.to_thread(
                partial(client.send, "Debugger.setPauseOnExceptions", state="uncaught")
            )
            evaluation = runtime.eval_async(
                "(async () => { await new Promise(d => setTimeout(d, 1)); "
                "throw new Error('later') })()"
            )
            paused = await asyncio.to_thread(client.paused)
            assert paused["reason"] in ("exception", "promiseRejection")
            await asyncio.to_thread(client.send, "Debugger.resume")
            with pytest.raises(JavaScriptError, match="later"):
                await evaluation
