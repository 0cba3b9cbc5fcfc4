"""Debugging a runtime, over the Chrome DevTools Protocol."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import pytest
from cdp import CdpError, Client
from inspected import attach, inspected
from jsrun import (
    JavaScriptError,
    Runtime,
    RuntimeTerminated,
)
from waiting import in_thread, result, until

SCRIPT = """\
function add(a, b) {
  debugger;
  return a + b;
}
"""


@pytest.fixture
def runtime() -> Iterator[Runtime]:
    with Runtime(inspected()) as runtime:
        yield runtime


@pytest.fixture
def client(runtime: Runtime) -> Iterator[Client]:
    """An attached client with the debugger enabled."""
    with attach(runtime, "Runtime", "Debugger") as client:
        yield client


# --- debugging ------------------------------------------------------------------------------------


def test_break_inspect_and_resume(runtime, client):
    runtime_result = in_thread(lambda: runtime.eval(SCRIPT + "add(1, 2)", filename="add.js"))
    paused = client.paused()
    frames = paused["callFrames"]
    assert [frame["functionName"] for frame in frames] == ["add", ""]
    assert client.url_of(frames[0]) == "add.js"
    assert frames[0]["location"]["lineNumber"] == 1
    assert client.evaluate_in_frame(paused, "a * 100 + b") == 102
    client.evaluate_in_frame(paused, "b = 40")
    client.send("Debugger.resume")
    assert result(runtime_result) == 41


def test_a_breakpoint_by_url(runtime, client):
    client.send("Debugger.setBreakpointByUrl", url="loop.js", lineNumber=1)
    future = in_thread(
        lambda: runtime.eval(
            "for (let i = 0; i < 2; i++) {\n  globalThis.at = i\n}", filename="loop.js"
        )
    )
    for i in range(2):
        paused = client.paused()
        assert client.evaluate_in_frame(paused, "i") == i
        client.send("Debugger.resume")
    assert result(future) == 1


def test_stepping(runtime, client):
    future = in_thread(lambda: runtime.eval(SCRIPT + "add(1, 2)", filename="add.js"))
    client.paused()
    client.send("Debugger.stepOver")
    assert client.paused()["callFrames"][0]["location"]["lineNumber"] == 2
    client.send("Debugger.stepOut")
    assert client.paused()["callFrames"][0]["functionName"] == ""
    client.send("Debugger.resume")
    assert result(future) == 3


def test_the_gil_is_free_while_paused(runtime, client):
    """This thread is the client: without the GIL it could not go on."""
    future = in_thread(runtime.eval, "debugger; 'went on'")
    client.paused()
    with Runtime() as other:
        assert other.eval("1 + 1") == 2
    client.send("Debugger.resume")
    assert result(future) == "went on"


def test_an_endless_loop_that_ran_before_the_client_attached(runtime):
    started = threading.Event()
    runtime.bind_function("started", started.set)
    future = in_thread(runtime.eval, "var go = true; started(); while (go) {} 'stopped'")
    started.wait()
    with attach(runtime) as client:
        client.send("Debugger.enable")
        client.send("Debugger.pause")
        paused = client.paused()
        client.evaluate_in_frame(paused, "go = false")
        client.send("Debugger.resume")
        assert result(future) == "stopped"


def test_console_output_reaches_the_debugger(runtime, client):
    runtime.eval("console.log('hello', {a: 1}, 42)")
    event = client.event("Runtime.consoleAPICalled")
    assert event["type"] == "log"
    assert [event["args"][0]["value"], event["args"][2]["value"]] == ["hello", 42]


def test_console_output_from_before_the_client_attached(runtime):
    runtime.eval("console.warn('early')")
    with attach(runtime) as client:
        client.send("Runtime.enable")
        event = client.event("Runtime.consoleAPICalled")
        assert (event["type"], event["args"][0]["value"]) == ("warning", "early")


def test_pause_on_exceptions_that_reach_python(runtime, client):
    client.send("Debugger.setPauseOnExceptions", state="uncaught")
    future = in_thread(runtime.eval, "try { throw 'caught' } catch {}\nthrow new Error('uncaught')")
    paused = client.paused()
    assert paused["reason"] == "exception"
    assert "uncaught" in paused["data"]["description"]
    client.send("Debugger.resume")
    with pytest.raises(JavaScriptError, match="Error: uncaught"):
        result(future)


def test_python_frames_in_between(runtime, client):
    """JavaScript → Python → JavaScript, stopped in the innermost."""
    threads: list[int] = []

    def middle(n: int) -> int:
        threads.append(threading.get_ident())
        return runtime.eval(f"(function inner() {{ debugger; return {n} + 1 }})()")

    runtime.bind_function("middle", middle)

    def work() -> tuple[int, int]:
        return runtime.eval("function outer() { return middle(1) * 10 } outer()"), (
            threading.get_ident()
        )

    future = in_thread(work)
    paused = client.paused()
    names = [frame["functionName"] for frame in paused["callFrames"]]
    assert names[0] == "inner" and "outer" in names
    client.send("Debugger.resume")
    value, thread = result(future)
    assert value == 20
    assert threads == [thread]


def test_calls_of_functions_can_be_debugged(runtime, client):
    add = runtime.eval(SCRIPT + "add")
    future = in_thread(add, 20, 22)
    paused = client.paused()
    assert client.evaluate_in_frame(paused, "a") == 20
    client.send("Debugger.resume")
    assert result(future) == 42


def test_the_debugger_evaluates_while_idle(runtime, client):
    runtime.eval("var x = 20")
    assert client.evaluate("x + 1") == 21
    client.evaluate("x = 5")
    assert runtime.eval("x") == 5


def test_the_debugger_calls_python(runtime, client):
    runtime.bind_function("answer", lambda: 42)
    assert client.evaluate("answer()") == 42
    runtime.bind_function("fail", lambda: 1 / 0)
    assert client.evaluate("try { fail() } catch (e) { e.name }") == "ZeroDivisionError"


def test_two_clients(runtime, client):
    with attach(runtime) as second:
        second.send("Debugger.enable")
        future = in_thread(runtime.eval, "var seen = 1; debugger; seen")
        paused = client.paused()
        second.paused()
        assert second.evaluate("seen") == 1
        client.evaluate_in_frame(paused, "seen = 2")
        second.send("Debugger.resume")
        client.event("Debugger.resumed")
        assert result(future) == 2


def test_an_unknown_method_is_an_error(client):
    with pytest.raises(CdpError, match="wasn't found"):
        client.send("Debugger.noSuchMethod")
    assert client.evaluate("1 + 1") == 2


# --- leaving --------------------------------------------------------------------------------------


@pytest.mark.parametrize("leave", [Client.close, Client.vanish])
def test_the_last_client_leaving_ends_the_pause(runtime, leave):
    client = attach(runtime)
    client.send("Debugger.enable")
    future = in_thread(runtime.eval, "debugger; 'went on'")
    client.paused()
    leave(client)
    assert result(future) == "went on"
    with attach(runtime) as again:
        assert again.evaluate("1 + 1") == 2


@pytest.mark.parametrize("leave", [Client.close, Client.vanish])
@pytest.mark.parametrize("how", ["loops", "calls"])
def test_a_client_leaves_while_a_logged_value_is_described_to_it(runtime, leave, how):
    """The description may run JavaScript, for any time."""
    described = threading.Event()
    runtime.bind_function("described", described.set)
    runtime.bind_function("left", lambda: not runtime.debugger_attached)
    runtime.bind_function(
        "wait", lambda: until(lambda: runtime.get_stats() and not runtime.debugger_attached)
    )
    client = attach(runtime)
    client.send("Runtime.enable")
    client.send("Runtime.setCustomObjectFormatterEnabled", enabled=True)
    runtime.eval(
        """
        globalThis.devtoolsFormatters = [{
          header() {
            described();
            if (how === "loops") while (!left()) {} else wait();
            return null;
          },
          hasBody() { return false; },
        }]; 1
        """
    )
    runtime.eval(f"var how = {how!r}")
    future = in_thread(runtime.eval, "console.log({a: 1}, {b: 2}); 'logged'")
    assert described.wait(20)
    leave(client)
    assert result(future) == "logged"
    with attach(runtime) as again:
        assert again.evaluate("1 + 1") == 2


def test_attaching_again_and_again(runtime):
    for n in range(10):
        with attach(runtime) as client:
            client.send("Runtime.enable")
            client.send("Debugger.enable")
            future = in_thread(runtime.eval, f"debugger; {n}")
            client.paused()
            client.send("Debugger.resume")
            assert result(future) == n
        assert runtime.eval(f"{n}") == n


def test_close_while_paused(runtime, client):
    future = in_thread(runtime.eval, "debugger; 'went on'")
    client.paused()
    runtime.close()
    with pytest.raises(RuntimeError, match="runtime is closed"):
        result(future)
    assert client.until_closed() == 1001


def test_terminate_while_paused(runtime, client):
    future = in_thread(runtime.eval, "debugger; 'went on'")
    client.paused()
    runtime.terminate()
    with pytest.raises(RuntimeTerminated):
        result(future)


def test_close_with_an_idle_client(runtime, client):
    runtime.close()
    assert client.until_closed() == 1001


def test_the_debugger_terminates_the_execution(runtime, client):
    started = threading.Event()
    runtime.bind_function("started", started.set)
    future = in_thread(runtime.eval, "started(); for (;;) {}")
    started.wait()
    client.send("Runtime.terminateExecution")
    with pytest.raises(RuntimeError, match="debugger"):
        result(future)
    assert runtime.eval("1") == 1


def test_ctrl_c_while_paused(runtime, client):
    """The main thread waits."""

    def interrupt() -> None:
        client.paused()
        os.kill(os.getpid(), signal.SIGINT)

    future = in_thread(interrupt)
    with pytest.raises(KeyboardInterrupt):
        runtime.eval("debugger; for (;;) {}")
    result(future)
    assert runtime.eval("1") == 1
