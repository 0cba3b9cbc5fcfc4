"""Stopping JavaScript while V8's inspector works for a client or a script.

V8's inspector aborts the process when a termination comes at the wrong moment, so the main check is
that the process lives on.
"""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

import jsrun
import pytest
from cdp import CdpError, Client
from inspected import FREE_PORT, attach
from jsrun import JavaScriptError, Runtime, RuntimeConfig, RuntimeTerminated
from waiting import TIMEOUT, in_thread, until

ROUNDS = 5
"""Each ends with a client that cuts its connection, and has not read everything."""


def debugged(**settings: Any) -> tuple[Runtime, Client]:
    runtime = Runtime(RuntimeConfig(inspector=FREE_PORT, **settings))
    return runtime, attach(runtime, "Runtime", "Debugger")


def error_of(future: Future[Any]) -> BaseException | None:
    """What the evaluation raised, once it has ended."""
    return future.exception(TIMEOUT)


@pytest.mark.parametrize("end", ["terminate", "close"])
@pytest.mark.parametrize("console", [True, False])
def test_while_a_script_logs(console: bool, end: str):
    for _ in range(ROUNDS):
        runtime, client = debugged(enable_console=console)
        runtime.eval("globalThis.print = () => {}")
        future = in_thread(
            runtime.eval,
            "for (let i = 0; ; i++) console.log('at', [i], {i}, new Error('e'), new Map())",
        )
        client.event("Runtime.consoleAPICalled")
        getattr(runtime, end)()
        assert isinstance(error_of(future), jsrun.JsrunError)
        client.vanish()
        runtime.close()


def test_right_after_a_pause():
    for _ in range(ROUNDS):
        runtime, client = debugged(enable_console=False)
        future = in_thread(runtime.eval, "debugger; console.log({a: [1]}, [2]); for (;;);")
        client.paused()
        client.post("Debugger.resume")
        runtime.terminate()
        error_of(future)
        client.vanish()
        runtime.close()


def test_while_a_client_evaluates():
    for _ in range(ROUNDS):
        runtime, client = debugged()
        future = in_thread(runtime.eval, "for (let i = 0; ; i++) globalThis.i = i")
        for _ in range(10):
            client.post(
                "Runtime.evaluate",
                expression="({i: globalThis.i, list: [1, {}], error: new Error('x')})",
                includeCommandLineAPI=True,
                generatePreview=True,
                replMode=True,
            )
        runtime.terminate()
        assert isinstance(error_of(future), RuntimeTerminated)
        client.vanish()
        runtime.close()


def test_an_endless_evaluation_of_a_client_can_be_stopped():
    runtime, client = debugged()
    request = client.post("Runtime.evaluate", expression="globalThis.here = true; for (;;);")
    until(lambda: runtime.get_stats().heap_used_bytes)  # answers while it runs
    runtime.close()
    with pytest.raises((CdpError, Exception)):
        client.answer(request)
    client.vanish()


def test_an_endless_getter_of_a_logged_value_can_be_stopped():
    runtime, client = debugged(enable_console=True)
    source = "console.log({get [Symbol.toStringTag]() { globalThis.here = true; for (;;); }})"
    with pytest.raises(jsrun.RuntimeTimeout):
        runtime.eval(source, timeout=0.2)
    assert runtime.eval("here") is True
    assert client.evaluate("1 + 1") == 2
    client.vanish()
    runtime.close()


def test_a_built_in_function_called_by_the_host_can_be_stopped():
    runtime, client = debugged()
    search = runtime.eval("RegExp.prototype.exec.bind(/^(a+)+$/, 'a'.repeat(40) + 'b')")
    with pytest.raises(jsrun.RuntimeTimeout):
        search(timeout=0.2)
    assert runtime.eval("1 + 1") == 2
    client.vanish()
    runtime.close()


@pytest.mark.parametrize("more", [0, 3])
def test_a_client_terminates_paused_javascript(more: int):
    runtime, client = debugged()
    future = in_thread(runtime.eval, "debugger; for (;;);")
    client.paused()
    client.post("Runtime.terminateExecution")
    for _ in range(more):
        client.post("Runtime.evaluate", expression="({})", includeCommandLineAPI=True)
    assert isinstance(error_of(future), (RuntimeError, JavaScriptError))
    assert runtime.eval("1 + 1") == 2
    assert client.evaluate("2 + 2") == 4
    client.vanish()
    runtime.close()


def test_a_client_terminates_javascript_and_stays_attached():
    for _ in range(ROUNDS):
        runtime, client = debugged()
        future = in_thread(runtime.eval, "for (;;) console.log([{}]);")
        client.event("Runtime.consoleAPICalled")
        client.post("Runtime.terminateExecution")
        for _ in range(3):
            client.post("Runtime.evaluate", expression="({})", includeCommandLineAPI=True)
        assert error_of(future)
        assert client.evaluate("2 + 2") == 4
        client.vanish()
        runtime.close()
