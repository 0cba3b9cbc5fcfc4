"""JavaScript that no call runs: its time, and those who wait for the runtime meanwhile."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from jsrun import Runtime, RuntimeConfig, RuntimeTimeout
from waiting import until, until_async

WASM_LOOP = """new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 8, 1, 0,
    10, 9, 1, 7, 0, 3, 64, 12, 0, 11, 11])"""
"""A module whose start function never returns."""

# Scripts that leave endless JavaScript behind when they have ended.
ENDLESS = {
    "timer": "setTimeout(() => { for (;;); }); 0",
    "interval": "setInterval(() => { for (;;); }, 0); 0",
    "timer after timer": "function again() { setTimeout(again); for (;;); } setTimeout(again); 0",
    "many timers": "for (let i = 0; i < 5; i++) setTimeout(() => { for (;;); }); 0",
    "reaction of a timer": "setTimeout(() => Promise.resolve().then(() => { for (;;); })); 0",
    "reactions of reactions": """
        setTimeout(() => (function again() { Promise.resolve().then(again) })()); 0""",
    "getter of what a timer throws": """
        setTimeout(() => { throw {get message() { for (;;); }, toString() { for (;;); }} }); 0""",
    "start function": f"setTimeout(() => WebAssembly.instantiate({WASM_LOOP})); 0",
    "waitAsync": """
        setTimeout(() => {}, 1e9);
        const place = new Int32Array(new SharedArrayBuffer(4));
        Atomics.waitAsync(place, 0, 0, 1).value.then(() => { for (;;); }); 0""",
    "async function": """
        (async () => { await new Promise(done => setTimeout(done)); for (;;); })(); 0""",
}


def cpu_is_idle():
    """Whether the process has nothing to do for a while."""
    before = time.process_time()
    end = time.monotonic() + 0.1
    until(lambda: time.monotonic() > end)
    return time.process_time() - before < 0.05


@pytest.mark.parametrize("name", ENDLESS)
def test_a_turn_has_the_time_of_the_config(name):
    with Runtime(RuntimeConfig(timeout=0.15)) as runtime:
        runtime.eval(ENDLESS[name], timeout=60)
        assert runtime.eval("1 + 1", timeout=60) == 2
        until(cpu_is_idle)
        assert runtime.eval("1 + 1") == 2


@pytest.mark.parametrize("name", [name for name in ENDLESS if name != "waitAsync"])
def test_without_a_timeout_of_the_config_those_who_wait_stop_it(runtime, name):
    runtime.eval(ENDLESS[name])

    def stops():
        """A turn that has not started yet runs after those calls: the next one stops it."""
        for _ in range(6):
            assert runtime.eval("1 + 1", timeout=1) == 2
        return cpu_is_idle()

    until(stops)


@pytest.mark.parametrize("name", ENDLESS)
async def test_asynchronous_calls_stop_it_too(name):
    with Runtime() as runtime:
        await runtime.eval_async(ENDLESS[name])
        for _ in range(6):
            assert await runtime.eval_async("1 + 1", timeout=1) == 2


def test_a_wait_for_a_promise_stops_what_has_nothing_to_do_with_it(runtime):
    runtime.eval("setTimeout(() => { for (;;); })")
    assert runtime.eval("new Promise(done => setTimeout(done, 1, 5))", timeout=1) == 5


def test_many_endless_timers_let_calls_in(runtime):
    """Each turn is stopped for a call; between two of them another call has its turn."""
    runtime.eval("for (let i = 0; i < 4; i++) setTimeout(() => { for (;;); }); 0")
    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(runtime.eval, f"{i}", timeout=5) for i in range(8)]
        assert [answer.result() for answer in answers] == list(range(8))


def test_short_turns_are_not_stopped_for_those_who_have_no_time(runtime):
    """A turn has a tenth of a second in any case."""
    runtime.eval("""
        globalThis.done = 0;
        function work() {
            for (const end = Date.now() + 20; Date.now() < end;);
            if (++done < 20) setTimeout(work);
        }
        setTimeout(work); 0""")
    while True:
        try:
            if runtime.eval("done", timeout=0.001) == 20:
                break
        except RuntimeTimeout:
            pass
    until(lambda: runtime.get_stats().active_timers == 0)


def test_ctrl_c_in_a_call_that_waits_stops_what_is_in_the_way(run_python):
    done = run_python("""
        import os, signal, threading, jsrun
        runtime = jsrun.Runtime()
        runtime.bind_function("interrupt", lambda: os.kill(os.getpid(), signal.SIGINT))
        runtime.eval("setTimeout(() => { setTimeout(interrupt, 0); for (;;); }); 0")
        threading.Timer(0.3, os.kill, [os.getpid(), signal.SIGINT]).start()
        try:
            while True:
                runtime.eval("1")
        except KeyboardInterrupt:
            print(runtime.eval("1 + 1"))
    """)
    assert done.stdout == "2\n", done.stderr


# --- what belongs to an evaluation ----------------------------------------------------------------

SLOW = "for (const end = Date.now() + 300; Date.now() < end;);"


@pytest.mark.parametrize(
    "script",
    [
        f"new Promise(done => setTimeout(() => {{ {SLOW} done(5) }}))",
        f"(async () => {{ await new Promise(done => setTimeout(done)); {SLOW} return 5 }})()",
        f"""(async () => {{
            await WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
            {SLOW} return 5
        }})()""",
        f"""new Promise(done => setTimeout(() => setTimeout(() => {{ {SLOW} done(5) }})))""",
    ],
)
def test_what_an_evaluation_waits_for_has_its_timeout(script):
    with Runtime(RuntimeConfig(timeout=0.05)) as runtime:
        assert runtime.eval(script, timeout=60) == 5
        assert asyncio.run(runtime.eval_async(script, timeout=60)) == 5


@pytest.mark.parametrize("how", ["thread", "asyncio"])
def test_what_an_evaluation_waits_for_is_not_stopped_for_others(runtime, how):
    started = threading.Event()
    runtime.bind_function("started", started.set)
    script = """new Promise(done => setTimeout(() => {
        started(); for (const end = Date.now() + 600; Date.now() < end;); done(5)
    }))"""

    def evaluate():
        if how == "thread":
            return runtime.eval(script)
        return asyncio.run(runtime.eval_async(script))

    with ThreadPoolExecutor() as pool:
        evaluation = pool.submit(evaluate)
        started.wait()
        with pytest.raises(RuntimeTimeout):
            runtime.eval("1", timeout=0.2)
        assert evaluation.result() == 5


def test_a_turn_of_an_evaluation_ends_with_its_timeout(runtime):
    with pytest.raises(RuntimeTimeout):
        runtime.eval("new Promise(() => setTimeout(() => { for (;;); }))", timeout=0.1)
    until(cpu_is_idle)
    assert runtime.eval("1") == 1


AGAIN = {
    "timers": "new Promise(() => (function again() { setTimeout(again) })())",
    "interval": "new Promise(() => setInterval(() => {}, 0))",
    "awaiting": """(async () => {
        for (;;) await new Promise(done => setTimeout(done))
    })()""",
    "endless": "(function again() { setTimeout(again); for (;;); })()",
}


@pytest.mark.parametrize("how", ["eval", "eval_async", "cancelled", "loop closed"])
@pytest.mark.parametrize("name", AGAIN)
def test_what_was_given_up_does_not_go_on(runtime, name, how):
    """It has a tenth of a second in all."""

    started = threading.Event()
    runtime.bind_function("started", started.set)

    async def evaluate(timeout):
        return await runtime.eval_async(f"started(); {AGAIN[name]}", timeout=timeout)

    async def cancel():
        task = asyncio.create_task(evaluate(60))
        await until_async(started.is_set)
        task.cancel()

    if how == "eval":
        with pytest.raises(RuntimeTimeout):
            runtime.eval(AGAIN[name], timeout=0.1)
    elif how == "eval_async":
        with pytest.raises(RuntimeTimeout):
            asyncio.run(evaluate(0.1))
    elif how == "cancelled":
        asyncio.run(cancel())
    else:
        loop = asyncio.new_event_loop()
        kept = loop.run_until_complete(start(runtime, AGAIN[name]))
        loop.close()
        assert not kept.done()
    until(lambda: runtime.eval("1", timeout=60) and runtime.get_stats().active_timers == 0)
    until(cpu_is_idle)


async def start(runtime, code):
    return runtime.eval_async(code, timeout=0.1)


def test_finally_blocks_of_what_was_given_up_run(runtime):
    runtime.eval("globalThis.log = []")
    with pytest.raises(RuntimeTimeout):
        runtime.eval(
            """(async () => {
                try { await new Promise(done => setTimeout(done, 200)); log.push("late") }
                finally { log.push("finally") }
            })()""",
            timeout=0.05,
        )
    until(lambda: runtime.eval("log.length") == 2)
    assert runtime.eval("log") == ["late", "finally"]


def test_timers_of_others_outlive_a_turn_that_is_stopped(runtime):
    with Runtime(RuntimeConfig(timeout=0.1)) as runtime:
        runtime.eval("globalThis.beats = 0; setInterval(() => beats++, 1)")
        runtime.eval("setTimeout(() => { setInterval(() => { for (;;); }); for (;;); }); 0")
        until(lambda: runtime.get_stats().active_intervals == 1)
        beats = runtime.eval("beats", timeout=60)
        until(lambda: runtime.eval("beats", timeout=60) > beats + 3)


# --- promise jobs that a script leaves ------------------------------------------------------------

LEFT = {
    "again and again": "(function again() { Promise.resolve().then(again) })()",
    "many that loop": "for (let i = 0; i < 50; i++) queueMicrotask(() => { for (;;); })",
    "more and more": """
        queueMicrotask(function again() {
            for (let i = 0; i < 40; i++) queueMicrotask(again);
            for (;;);
        })""",
}


@pytest.mark.parametrize("name", LEFT)
def test_the_next_call_does_not_pay_for_what_was_stopped(runtime, name):
    with pytest.raises(RuntimeTimeout, match="0.1 s"):
        runtime.eval(f"{LEFT[name]}; for (;;);", timeout=0.1)
    assert runtime.eval("1 + 1", timeout=0.05) == 2


def test_promise_jobs_of_what_was_stopped_run(runtime):
    with pytest.raises(RuntimeTimeout):
        runtime.eval(
            "globalThis.ran = 0;for (let i = 0; i < 9; i++) queueMicrotask(() => ran++);for (;;);",
            timeout=0.05,
        )
    assert runtime.eval("ran") == 9


def test_ctrl_c_leaves_no_promise_jobs_either(run_python):
    done = run_python("""
        import os, signal, jsrun
        runtime = jsrun.Runtime()
        runtime.bind_function("interrupt", lambda: os.kill(os.getpid(), signal.SIGINT))
        for job in ["ran++", "for (;;);"]:
            try:
                runtime.eval("globalThis.ran = 0; queueMicrotask(() => {" + job + "}); interrupt()")
            except KeyboardInterrupt:
                print(runtime.eval("ran", timeout=1))
    """)
    assert done.stdout == "1\n0\n", done.stderr


# --- tasks of V8's, without a runtime thread ------------------------------------------------------

PUT = "for (let k = 0; k < 2000; k++) registry.register({}, k)"


def step_by_function(runtime):
    function = runtime.eval(f"() => {{ {PUT} }}")
    return lambda number: function()


def step_by_module(runtime):
    def step(number):
        runtime.add_static_module(f"m{number}", PUT)
        runtime.eval_module(f"m{number}")

    return step


def step_by_handler(runtime):
    runtime.bind_function("handler", lambda: runtime.eval(f"{PUT}; 0"))
    return lambda number: runtime.eval("handler(); 0")


STEPS = {
    "script": lambda runtime: lambda number: runtime.eval(f"{PUT}; 0"),
    "function": step_by_function,
    "module": step_by_module,
    "handler": step_by_handler,
}


@pytest.mark.parametrize("how", STEPS)
def test_finalizers_run_in_a_program_that_calls_synchronously_only(how):
    with Runtime(RuntimeConfig(max_heap_size=64 << 20)) as runtime:
        runtime.eval("""
            globalThis.gone = 0;
            globalThis.registry = new FinalizationRegistry(() => gone++); 0""")
        step = STEPS[how](runtime)
        for number in range(1000):
            step(number)
            if runtime.eval("gone") > 2000:
                break
        assert runtime.eval("gone") > 2000


def test_a_wait_of_atomics_is_something_that_can_settle_a_promise(runtime):
    wait = "Atomics.waitAsync(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50).value"
    assert runtime.eval(wait) == "timed-out"


def test_a_finalizer_that_loops_does_not_hold_calls_up():
    with Runtime(RuntimeConfig(timeout=0.2)) as runtime:
        runtime.eval("""
            globalThis.registry = new FinalizationRegistry(() => { for (;;); });
            globalThis.put = () => {
                for (let k = 0; k < 2000; k++) registry.register({}, k)
            }; 0""")
        for _ in range(30):
            runtime.eval("put(); 0", timeout=60)
            assert runtime.eval("1 + 1", timeout=60) == 2
