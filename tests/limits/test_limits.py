"""Timeouts, and scripts that exceed them."""

from __future__ import annotations

import asyncio
import contextlib
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from inspected import attach, inspected
from jsrun import (
    InspectorConfig,
    JavaScriptError,
    Runtime,
    RuntimeConfig,
    RuntimeTimeout,
)

# Ways to run for ever. The timeout ends each.
ENDLESS = {
    "loop": "for (;;) {}",
    "recursion": "function f() { try { f() } finally { f() } } f()",
    "finally": "try { for (;;) {} } finally { for (;;) {} }",
    "catch": "for (;;) { try { for (;;) {} } catch {} }",
    "nested finally": "function f() { try { for (;;) {} } finally { f() } } f()",
    "promise jobs": "function again() { Promise.resolve().then(again) } again()",
    "awaiting": "(async () => { for (;;) await null })()",
    "regular expression": "/^(a+)+$/.test('a'.repeat(40) + 'b')",
    "replace": "'a'.repeat(40).replace(/(a*)*b/g, '')",
    "getter of an error": "throw Object.defineProperty(new Error(), 'name', {get() { for (;;); }})",
    "getter of a rejection": """
        Promise.reject(Object.defineProperty(new Error(), 'stack', {get() { for (;;); }}))""",
    "getter of the result": "({a: [{get b() { for (;;); }}]})",
    "proxy as the result": "new Proxy({}, {ownKeys() { for (;;); }})",
    "generator": "function* f() { for (;;) yield 1 } for (const x of f());",
    "sort": "[3, 1, 2].sort(() => { for (;;); })",
    "reviver": "JSON.parse('[1]', () => { for (;;); })",
    "toString": "`${{toString() { for (;;); }}}`",
    "iterator": "new Set({[Symbol.iterator]: () => ({next: () => ({value: 1})})})",
    "eval": "eval('for (;;);')",
    "constructor": "new (class { constructor() { for (;;); } })",
    "class field": "new (class { static x = (() => { for (;;); })() })",
}


@pytest.mark.parametrize("name", ENDLESS)
def test_a_timeout_ends(runtime, name):
    for _ in range(2):
        with pytest.raises(RuntimeTimeout, match="timed out after 0.03 s"):
            runtime.eval(ENDLESS[name], timeout=0.03)
        assert runtime.eval("[1, 2, 3].map(n => n * 2)") == [2, 4, 6]


def test_the_timeout_error_has_two_bases_and_names_the_setting(runtime):
    with pytest.raises(TimeoutError) as caught:
        runtime.eval("for (;;);", timeout=timedelta(milliseconds=20))
    assert isinstance(caught.value, RuntimeError)
    assert str(caught.value) == (
        "JavaScript execution timed out after 0.02 s: a larger timeout, of the call or of "
        "RuntimeConfig(timeout=...), would let it run on"
    )


def test_a_timeout_is_kept_closely(runtime):
    for seconds in [0.002, 0.08, 0.2]:
        start = time.perf_counter()
        with pytest.raises(RuntimeTimeout):
            runtime.eval("for (;;);", timeout=seconds)
        assert seconds <= time.perf_counter() - start < seconds + 1


def test_a_timeout_wakes_a_sleeping_watchdog(runtime):
    runtime.eval("1")
    time.sleep(1.3)  # it goes to sleep after a second without work
    with pytest.raises(RuntimeTimeout):
        runtime.eval("for (;;);", timeout=0.01)


def test_the_default_of_the_config():
    with Runtime(RuntimeConfig(timeout=0.05)) as runtime:
        endless = runtime.eval("() => { for (;;); }")
        with pytest.raises(RuntimeTimeout, match="0.05 s"):
            runtime.eval("for (;;);")
        with pytest.raises(RuntimeTimeout, match="0.05 s"):
            endless()
        with pytest.raises(RuntimeTimeout, match="0.05 s"):
            endless(timeout=None)
        with pytest.raises(RuntimeTimeout, match="0.02 s"):
            endless(timeout=0.02)
        wait = "const end = Date.now() + 100; while (Date.now() < end); 'done'"
        assert runtime.eval(wait, timeout=30) == "done"


def test_the_bootstrap_has_the_default():
    with pytest.raises(RuntimeTimeout):
        Runtime(RuntimeConfig(timeout=0.05, bootstrap="for (;;);"))


@pytest.mark.parametrize(
    ("timeout", "message"),
    [
        (-1, "cannot be negative"),
        (0, "cannot be zero"),
        (float("nan"), "must be finite"),
        ("1", "must be a number"),
    ],
)
def test_invalid_timeouts(runtime, timeout, message):
    function = runtime.eval("() => 1")
    for call in [lambda: runtime.eval("1", timeout=timeout), lambda: function(timeout=timeout)]:
        with pytest.raises(ValueError, match=message):
            call()


def test_a_function_takes_no_other_keyword(runtime):
    function = runtime.eval("(...args) => args")
    assert function(1, 2, timeout=5) == [1, 2]
    with pytest.raises(TypeError, match="but timeout, not 'tiemout'"):
        function(1, tiemout=5)


def test_many_calls_with_a_timeout_each(runtime):
    add = runtime.eval("(a, b) => a + b")
    for n in range(2000):
        assert add(n, 1, timeout=0.5 + n % 7) == n + 1


# --- nested ---------------------------------------------------------------------------------------


def test_a_nested_timeout_stops_the_nested_call_only(runtime):
    endless = runtime.eval("() => { for (;;); }")

    def handler() -> str:
        with pytest.raises(RuntimeTimeout, match="0.02 s"):
            endless(timeout=0.02)
        return "went on"

    runtime.bind_function("handler", handler)
    assert runtime.eval("[handler(), handler()]", timeout=30) == ["went on", "went on"]
    assert runtime.eval("[handler(), handler()]") == ["went on", "went on"]


def test_a_nested_timeout_reaches_javascript_as_an_error(runtime):
    endless = runtime.eval("() => { for (;;); }")
    runtime.bind_function("handler", lambda: endless(timeout=0.02))
    assert runtime.eval("try { handler() } catch (e) { e.name }") == "RuntimeTimeout"
    with pytest.raises(JavaScriptError, match="RuntimeTimeout: .*timed out") as caught:
        runtime.eval("handler()")
    assert isinstance(caught.value.__cause__, RuntimeTimeout)


def test_the_outer_timeout_stops_what_is_nested_too(runtime):
    endless = runtime.eval("() => { for (;;); }")
    nested = []

    def handler() -> None:
        try:
            endless(timeout=30)
        except RuntimeTimeout as error:
            nested.append(str(error))

    runtime.bind_function("handler", handler)
    with pytest.raises(RuntimeTimeout, match="0.05 s"):
        runtime.eval("for (;;) try { handler() } catch {}", timeout=0.05)
    assert len(nested) == 1
    assert "0.05 s" in nested[0]
    assert runtime.eval("1") == 1


def test_the_time_in_a_handler_counts(runtime):
    runtime.bind_function("sleep", time.sleep)
    ran = []
    runtime.bind_function("ran", lambda: ran.append(1))
    with pytest.raises(RuntimeTimeout):
        runtime.eval("sleep(0.3)", timeout=0.05)
    with pytest.raises(RuntimeTimeout):
        runtime.eval("try { sleep(0.3) } catch {} finally { ran() } ran()", timeout=0.05)
    assert ran == []
    assert runtime.eval("sleep(0.01); 5", timeout=30) == 5


FAR = "new Promise(resolve => setTimeout(resolve, 1e6))"


# Long enough to reach the wait on a busy machine.
WAIT = 0.25


@pytest.mark.parametrize("timeout", [WAIT, timedelta(seconds=WAIT)])
def test_the_wait_for_a_promise_counts(runtime, timeout):
    with pytest.raises(RuntimeTimeout, match=r"timed out after 0.25 s \(the Promise is still pend"):
        runtime.eval(FAR, timeout=timeout)
    with pytest.raises(RuntimeTimeout, match="still pending"):
        runtime.eval(f"() => {FAR}")(timeout=timeout)
    assert runtime.eval("new Promise(resolve => setTimeout(resolve, 1, 5))", timeout=60) == 5


def test_the_wait_for_a_promise_counts_for_the_timeout_of_the_config():
    with Runtime(RuntimeConfig(timeout=WAIT)) as runtime:
        with pytest.raises(RuntimeTimeout, match="still pending"):
            runtime.eval(FAR)
        assert runtime.eval("1") == 1


async def test_the_wait_for_the_promise_of_a_plain_call_counts(runtime):
    function = runtime.eval(f"() => {FAR}")
    with pytest.raises(RuntimeTimeout, match="still pending"):
        await function(timeout=WAIT)


def test_a_deadline_of_one_call_is_not_the_next_ones(runtime):
    for _ in range(30):
        with contextlib.suppress(RuntimeTimeout):  # a busy machine may make it late
            runtime.eval("1", timeout=0.001)
        assert runtime.eval("for (const end = Date.now() + 3; Date.now() < end;); 7") == 7


# --- in the debugger ------------------------------------------------------------------------------


def test_the_clock_stands_still_in_the_debugger():
    with Runtime(inspected()) as runtime:
        pool = ThreadPoolExecutor(1)
        with attach(runtime, "Debugger") as client, pool:
            done = pool.submit(runtime.eval, "debugger; 5", timeout=0.3)
            client.paused()
            time.sleep(0.6)
            client.send("Debugger.resume")
            assert done.result(20) == 5
            # The rest of the time is enforced afterwards.
            done = pool.submit(runtime.eval, "debugger; for (;;);", timeout=0.3)
            client.paused()
            time.sleep(0.4)
            client.send("Debugger.resume")
            with pytest.raises(RuntimeTimeout):
                done.result(20)
        assert runtime.eval("1") == 1


def test_the_clock_stands_still_while_a_debugger_is_waited_for():
    config = RuntimeConfig(
        timeout=0.3,
        bootstrap="var x = 7",
        inspector=InspectorConfig(port=0, wait_for_connection=True),
    )
    with Runtime(config) as runtime, ThreadPoolExecutor(1) as pool:
        done = pool.submit(runtime.eval, "x")
        time.sleep(0.6)
        with attach(runtime, "Debugger") as client:
            client.send("Runtime.runIfWaitingForDebugger")
            assert done.result(20) == 7


async def test_the_timeout_of_the_config_is_for_asynchronous_calls_too():
    # Long enough to start the pending evaluation on a busy machine.
    with Runtime(RuntimeConfig(timeout=0.25)) as runtime:
        with pytest.raises(RuntimeTimeout, match="0.25 s"):
            await runtime.eval_async("for (;;) {}")
        with pytest.raises(RuntimeTimeout, match="still pending"):
            await runtime.eval_async("new Promise(resolve => setTimeout(resolve, 60000))")
        assert await runtime.eval_async("1") == 1
        slow = "new Promise(resolve => setTimeout(() => resolve(2), 400))"
        assert await runtime.eval_async(slow, timeout=30) == 2


# --- built-in functions that cannot be stopped ----------------------------------------------------


async def test_a_builtin_that_cannot_be_stopped_blocks_nobody_else(runtime):
    """The caller gets its timeout, and the GIL is free meanwhile."""
    with Runtime() as stuck, ThreadPoolExecutor(1) as pool:
        with pytest.raises(RuntimeTimeout):
            await stuck.eval_async("const a = []; a[2 ** 26] = 1; a.indexOf(5)", timeout=0.05)
        next_one = pool.submit(stuck.eval, "1")
        assert [runtime.eval("1 + 1"), next_one.done()] == [2, False]
        assert await asyncio.wrap_future(next_one) == 1
