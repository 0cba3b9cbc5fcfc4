"""Promises and eval_async(): JavaScript and asyncio."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import os
import signal
import threading
import time
from datetime import timedelta
from functools import partial

import jsrun
import pytest
from jsrun import (
    JavaScriptError,
    JsFunction,
    Runtime,
    RuntimeTerminated,
    RuntimeTimeout,
)
from waiting import until_async

SLEEP = "const sleep = (ms, value) => new Promise(done => setTimeout(done, ms, value));"


variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")


# --- eval() of a Promise --------------------------------------------------------------------------


def test_eval_waits_for_timers(runtime):
    runtime.eval(SLEEP + "0")
    assert runtime.eval("sleep(10, 42)") == 42
    assert (
        runtime.eval(
            "(async () => { let n = 0; while (n < 5) n += await sleep(1, 1); return n })()"
        )
        == 5
    )
    with pytest.raises(JavaScriptError, match="TypeError: no") as error:
        runtime.eval("sleep(5).then(() => { throw new TypeError('no') })")
    assert error.value.name == "TypeError"


def test_eval_raises_when_nothing_can_settle_the_promise(runtime):
    for code in ("new Promise(() => {})", "setTimeout(() => {}, 5); new Promise(() => {})"):
        with pytest.raises(RuntimeError, match="still pending, and nothing"):
            runtime.eval(code)
    assert runtime.eval("1") == 1


def test_a_handler_cannot_wait_for_a_promise(runtime):
    runtime.bind_function("again", lambda: runtime.eval("new Promise(d => setTimeout(d, 1))"))
    with pytest.raises(JavaScriptError, match="cannot wait"):
        runtime.eval("again()")


def test_eval_waits_for_webassembly(runtime):
    module = "new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])"
    assert runtime.eval(f"WebAssembly.compile({module}).then(m => m instanceof WebAssembly.Module)")


def test_eval_waits_without_the_gil_beside_other_threads(runtime):
    runtime.eval("var go; var gone = new Promise(done => { go = done }); setInterval(() => {}, 1)")
    results: list[int] = []
    threads = [
        threading.Thread(target=lambda: results.append(runtime.eval("gone"))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    assert runtime.eval("2 + 2") == 4
    runtime.eval("go(7)")
    for thread in threads:
        thread.join(60)
    assert results == [7] * 4


@pytest.mark.parametrize(
    ("end", "error", "message"),
    [("close", RuntimeError, "closed"), ("terminate", RuntimeTerminated, "terminated")],
)
def test_ending_the_runtime_ends_the_wait(end, error, message):
    with Runtime() as runtime:
        started = threading.Event()
        runtime.bind_function("started", started.set)
        thread = threading.Thread(target=lambda: (started.wait(60), getattr(runtime, end)()))
        thread.start()
        with pytest.raises(error, match=message):
            runtime.eval(
                "setTimeout(() => started(), 1); setInterval(() => {}, 1); new Promise(() => {})"
            )
        thread.join(60)


def test_ctrl_c_ends_the_wait(runtime):
    runtime.bind_function("interrupt", lambda: os.kill(os.getpid(), signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        runtime.eval(
            "setTimeout(() => interrupt(), 1); setInterval(() => {}, 5); new Promise(() => {})"
        )
    assert runtime.eval("3") == 3


def test_a_hostile_promise(runtime):
    assert (
        runtime.eval(
            "Promise.prototype.then = () => { throw 1 }; new Promise(d => setTimeout(d, 1, 5))"
        )
        == 5
    )
    # Versions of V8 differ in whether they ask for the species.
    code = (
        "var p = new Promise(d => setTimeout(d, 1, 6));"
        "Object.defineProperty(p, 'constructor', {get() { throw new Error('no species') }}); p"
    )
    try:
        assert runtime.eval(code) == 6
    except JavaScriptError as error:
        assert error.message == "no species"
    assert runtime.eval("7") == 7


# --- eval_async() ---------------------------------------------------------------------------------


async def test_values_and_errors(runtime):
    assert await runtime.eval_async("1 + 1") == 2
    assert await runtime.eval_async("Promise.resolve(42)") == 42
    assert (
        await runtime.eval_async("(async () => { await Promise.resolve(); return 'done' })()")
        == "done"
    )
    assert await runtime.eval_async("({a: [1, 'b']})") == {"a": [1, "b"]}
    with pytest.raises(JavaScriptError, match="RangeError: now"):
        await runtime.eval_async("throw new RangeError('now')")
    with pytest.raises(JavaScriptError, match="RangeError: later") as error:
        await runtime.eval_async(
            "new Promise((_, no) => setTimeout(() => no(new RangeError('later'))))"
        )
    assert error.value.name == "RangeError"
    with pytest.raises(JavaScriptError) as error:
        await runtime.eval_async("\nf()", filename="app.js")
    assert error.value.frames[0].file_name == "app.js"
    with pytest.raises(TypeError, match="Symbol"):
        await runtime.eval_async("Promise.resolve(Symbol())")


async def test_wrong_arguments(runtime):
    with pytest.raises(TypeError):
        runtime.eval_async(1)
    with pytest.raises(TypeError):
        runtime.eval_async()
    for timeout, message in (
        (0, "zero"),
        (-1, "negative"),
        (float("inf"), "finite"),
        ("1", "number"),
    ):
        with pytest.raises(ValueError, match=message):
            runtime.eval_async("1", timeout=timeout)


async def test_four_sleeping_evaluations_finish_together(runtime):
    runtime.eval(SLEEP + "0")
    start = time.monotonic()
    assert await asyncio.gather(*(runtime.eval_async(f"sleep(400, {i})") for i in range(4))) == [
        0,
        1,
        2,
        3,
    ]
    assert 0.4 <= time.monotonic() - start < 1.2


async def test_evaluations_start_in_order(runtime):
    runtime.eval("var order = []")
    await asyncio.gather(*(runtime.eval_async(f"order.push({i})") for i in range(500)))
    assert runtime.eval("order") == list(range(500))


async def test_asyncio_functions_take_the_awaitable(runtime):
    assert await asyncio.create_task(runtime.eval_async("1")) == 1
    assert await asyncio.ensure_future(runtime.eval_async("2")) == 2
    assert (
        await asyncio.wait_for(runtime.eval_async("new Promise(d => setTimeout(d, 5, 3))"), 60) == 3
    )
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(runtime.eval_async("new Promise(() => {})"), 0.01)
    with pytest.raises(JavaScriptError):
        await asyncio.create_task(runtime.eval_async("throw 1"))


def test_without_a_loop_the_result_is_a_coroutine(runtime):
    assert asyncio.run(runtime.eval_async("7", timeout=60)) == 7
    assert asyncio.run(runtime.eval("x => x").call_async(8)) == 8


async def test_the_loop_goes_on_while_javascript_runs(runtime):
    evaluation = runtime.eval_async("for (;;);")
    for _ in range(20):
        await asyncio.sleep(0.001)
    assert not evaluation.done()
    evaluation.cancel()
    with pytest.raises(asyncio.CancelledError):
        await evaluation


@pytest.mark.parametrize(
    "code", ["for (;;);", "new Promise(() => {})", "Promise.resolve().then(() => { for (;;); })"]
)
async def test_cancelling_an_evaluation_leaves_the_next_ones_alone(runtime, code):
    for _ in range(10):
        running = threading.Event()
        runtime.bind_function("running", running.set)
        task = asyncio.create_task(runtime.eval_async("running();" + code))
        behind = runtime.eval_async("'behind'")
        await until_async(running.is_set)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await behind == "behind"
        assert await runtime.eval_async("2") == 2


@pytest.mark.parametrize("end", ["timeout", "cancel"])
@pytest.mark.parametrize("when", ["while", "after"])
@pytest.mark.parametrize(
    "code",
    [
        "(async () => { await begin(); running(); for (;;); })()",
        "begin().then(() => new Promise(() => setTimeout(() => { running(); for (;;); })))",
        "begin().then(() => new Promise(go => setTimeout(go)))"
        ".then(() => { running(); for (;;); })",
    ],
)
async def test_a_script_that_goes_on_after_its_promise_is_stopped(runtime, code, when, end):
    """Also if it loops long after the last caller stopped waiting."""
    called, begun, running = asyncio.Event(), asyncio.Event(), threading.Event()

    async def begin():
        called.set()
        await begun.wait()

    runtime.bind_function("begin", begin)
    runtime.bind_function("running", running.set)
    evaluation = runtime.eval_async(code, timeout=0.5 if end == "timeout" else None)
    await called.wait()
    await runtime.eval_async("0")  # by then it waits for the promise
    if when == "while":
        begun.set()
        await until_async(running.is_set)
    if end == "cancel":
        evaluation.cancel()
    with pytest.raises((RuntimeTimeout, asyncio.CancelledError)):
        await evaluation
    begun.set()
    await until_async(running.is_set)
    assert await runtime.eval_async("1 + 1") == 2
    assert await asyncio.to_thread(runtime.eval, "begin().then(() => 3)") == 3


async def test_an_evaluation_is_cancelled_before_it_starts(runtime):
    runtime.eval("var ran = 0")
    blocker = runtime.eval_async("const end = Date.now() + 50; while (Date.now() < end);")
    evaluations = [runtime.eval_async("ran++") for _ in range(50)]
    for evaluation in evaluations:
        evaluation.cancel()
    await blocker
    assert await runtime.eval_async("ran") == 0


@pytest.mark.parametrize(
    ("code", "message"), [("for (;;);", "timed out"), ("new Promise(() => {})", "still pending")]
)
async def test_timeouts(runtime, code, message):
    await runtime.eval_async("1")  # the first one takes longer
    for timeout in (0.2, timedelta(milliseconds=200)):  # by then it has started
        with pytest.raises(RuntimeTimeout, match=message) as error:
            await runtime.eval_async(code, timeout=timeout)
        assert isinstance(error.value, RuntimeError)
        assert isinstance(error.value, TimeoutError)
    assert await runtime.eval_async("1", timeout=60) == 1


@pytest.mark.parametrize("end", ["close", "terminate"])
async def test_ending_the_runtime_ends_thousands_of_evaluations(end):
    for _ in range(5):
        with Runtime() as runtime:
            cancelled = []

            async def never(cancelled=cancelled):
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    cancelled.append(1)
                    raise

            runtime.bind_function("never", never)
            evaluations = [
                runtime.eval_async(code)
                for code in (
                    "never()",
                    "new Promise(() => {})",
                    "new Promise(d => setTimeout(d, 1e6))",
                    "1",
                )
                for _ in range(500)
            ]
            await runtime.eval_async("0")
            more = [runtime.eval_async("for (;;);") for _ in range(500)]
            getattr(runtime, end)()
            results = await asyncio.gather(*evaluations, *more, return_exceptions=True)
            assert all(isinstance(result, RuntimeError) or result == 1 for result in results)
            assert all(
                isinstance(result, RuntimeError) for result in results[:1500] + results[2000:]
            )
            with pytest.raises(RuntimeError):
                await runtime.eval_async("1")
        await until_async(lambda: len(asyncio.all_tasks()) == 1)


async def test_handlers_have_the_context_variables_of_the_caller(runtime):
    async def read():
        return variable.get()

    runtime.bind_function("read", read)
    runtime.bind_function("read_now", lambda: variable.get())

    async def evaluate(value):
        variable.set(value)
        return await runtime.eval_async(
            "(() => { const now = read_now(); return read().then(later => [now, later]) })()"
        )

    names = [f"v{i}" for i in range(20)]
    assert await asyncio.gather(*map(evaluate, names)) == [[name, name] for name in names]
    assert variable.get() == "unset"


async def test_context_variables_follow_promises_and_timers(runtime):
    async def read():
        await asyncio.sleep(0.001)
        return variable.get()

    runtime.bind_function("read", read)
    runtime.bind_function("read_now", lambda: variable.get())
    runtime.eval(
        SLEEP
        + """
        async function mix() {
            const all = [await read()];
            await sleep(1);
            all.push(await read(), read_now());
            all.push(await new Promise(d => setTimeout(() => d(read()), 2)));
            return all.concat(await Promise.resolve().then(() => Promise.all([read(),
                read_now()])));
        }"""
    )

    async def evaluate(value):
        variable.set(value)
        return await runtime.eval_async("mix()")

    names = [f"v{i}" for i in range(50)]
    assert await asyncio.gather(*map(evaluate, names)) == [[name] * 6 for name in names]


async def test_a_loop_is_closed_before_the_result_arrives():
    with Runtime() as runtime:
        loop = asyncio.new_event_loop()

        def start():
            async def start():
                runtime.eval_async("new Promise(d => { go = d })")

            loop.run_until_complete(start())
            loop.close()

        await asyncio.to_thread(start) if hasattr(asyncio, "to_thread") else start()
        await runtime.eval_async("go(1)")
        assert await runtime.eval_async("2") == 2


async def test_evaluations_that_nobody_references_complete(runtime):
    runtime.eval("var count = 0")
    for _ in range(100):
        runtime.eval_async("new Promise(d => setTimeout(d, 1)).then(() => { count++ })")
    gc.collect()
    while await runtime.eval_async("count") < 100:
        await asyncio.sleep(0.001)


# --- functions ------------------------------------------------------------------------------------


async def test_call_async(runtime):
    double = runtime.eval(
        "async (n, ms) => { await new Promise(d => setTimeout(d, ms)); return n * 2 }"
    )
    assert isinstance(double, JsFunction)
    assert await double.call_async(21, 1) == 42
    assert await asyncio.gather(*(double.call_async(n, 5) for n in range(50))) == [
        n * 2 for n in range(50)
    ]
    with pytest.raises(RuntimeTimeout):
        await double.call_async(1, 1e6, timeout=0.01)
    with pytest.raises(TypeError, match="call_async"):
        double.call_async(1, other=2)
    assert await asyncio.gather(*map(partial(double.call_async, 2), (1, 2))) == [4, 4]
    double.close()
    with pytest.raises(RuntimeError, match="closed"):
        double.call_async(1, 1)


async def test_call_async_keeps_the_receiver(runtime):
    counter = runtime.eval("({n: 5, async get() { return this.n }})")
    assert await counter["get"].call_async() == 5


async def test_a_call_in_a_loop_returns_an_awaitable(runtime):
    sleep = runtime.eval("(ms, value) => new Promise(done => setTimeout(done, ms, value))")
    assert await sleep(1, "slept") == "slept"
    assert runtime.eval("() => Promise.resolve(4)")() == 4
    assert await asyncio.to_thread(sleep, 1, "waited") == "waited"


def test_a_call_without_a_loop_waits(runtime):
    assert runtime.eval("() => new Promise(done => setTimeout(done, 1, 9))")() == 9


# --- the default runtime --------------------------------------------------------------------------


async def test_each_task_has_a_default_runtime_of_its_own():
    runtimes = []

    async def task(number):
        async def handler():
            return number

        jsrun.bind_function("handler", handler)
        assert (
            await jsrun.eval_async(f"globalThis.mine = {number}; handler()", timeout=60) == number
        )
        assert jsrun.eval("mine") == number
        runtimes.append(jsrun.get_default_runtime())

    await asyncio.gather(*(asyncio.create_task(task(i)) for i in range(5)))
    assert len(set(map(id, runtimes))) == 5
    await until_async(lambda: all(runtime.is_closed() for runtime in runtimes))
    with pytest.raises(JavaScriptError):
        jsrun.eval("mine")
    jsrun.close_default_runtime()


def test_the_default_runtime_of_a_task_is_closed_at_exit(run_python):
    result = run_python(
        """
        import asyncio, jsrun
        async def main():
            return await jsrun.eval_async("new Promise(done => setTimeout(done, 1, 6))")
        print(asyncio.run(main()), jsrun.eval("2 + 2"))
        """
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "6 4\n", "")


def test_exit_while_evaluations_run(run_python):
    result = run_python(
        """
        import asyncio, jsrun
        async def main():
            runtime = jsrun.Runtime()
            for i in range(100):
                runtime.eval_async("for (;;);")
                runtime.eval_async("new Promise(done => setTimeout(done, 1e6))")
            await asyncio.sleep(0.01)
            print("end")
        asyncio.run(main())
        """
    )
    assert (result.returncode, result.stdout) == (0, "end\n")
