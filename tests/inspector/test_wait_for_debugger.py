"""Runtimes that wait for a debugger before they run anything."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import pytest
from cdp import Client, targets
from inspected import attach, endpoints_of, inspected, let_go
from jsrun import (
    JavaScriptError,
    Runtime,
)
from waiting import in_thread, result, until


@pytest.fixture
def runtime() -> Iterator[Runtime]:
    with Runtime(inspected()) as runtime:
        yield runtime


@pytest.fixture
def client(runtime: Runtime) -> Iterator[Client]:
    """An attached client with the debugger enabled."""
    with attach(runtime, "Runtime", "Debugger") as client:
        yield client


def test_wait_for_connection_holds_everything_back():
    with Runtime(inspected("var started = true", wait_for_connection=True)) as runtime:
        future = in_thread(runtime.eval, "started")
        with attach(runtime) as client:
            client.send("Runtime.enable")
            assert client.evaluate("typeof started") == "undefined"
            assert not future.done()
            let_go(client)
            assert result(future) is True


def test_wait_for_connection_lets_a_breakpoint_be_set_in_the_bootstrap():
    config = inspected("var a = 1;\nvar b = a + 1;\nvar c = b + 1;", wait_for_connection=True)
    with Runtime(config) as runtime:
        future = in_thread(runtime.eval, "c")
        with attach(runtime) as client:
            client.send("Debugger.enable")
            client.send("Debugger.setBreakpointByUrl", url="bootstrap.js", lineNumber=1)
            let_go(client)
            paused = client.paused()
            assert client.evaluate_in_frame(paused, "a") == 1
            client.evaluate_in_frame(paused, "a = 10")
            client.send("Debugger.resume")
            assert result(future) == 12


def test_break_on_next_statement_stops_in_the_bootstrap():
    config = inspected("var first = 1;\nvar second = 2;", break_on_next_statement=True)
    with Runtime(config) as runtime:
        future = in_thread(runtime.eval, "first + second")
        with attach(runtime) as client:
            client.send("Debugger.enable")
            let_go(client)
            frame = client.paused()["callFrames"][0]
            assert (client.url_of(frame), frame["location"]["lineNumber"]) == ("bootstrap.js", 0)
            client.send("Debugger.stepOver")
            frame = client.paused()["callFrames"][0]
            assert (client.url_of(frame), frame["location"]["lineNumber"]) == ("bootstrap.js", 1)
            client.send("Debugger.resume")
            assert result(future) == 3


def test_break_on_next_statement_stops_in_the_first_eval():
    with Runtime(inspected(break_on_next_statement=True)) as runtime:
        runtime.bind_function("f", lambda: 5)
        future = in_thread(lambda: runtime.eval("f() + 1", filename="main.js"))
        with attach(runtime) as client:
            client.send("Debugger.enable")
            let_go(client)
            frame = client.paused()["callFrames"][0]
            assert (client.url_of(frame), frame["location"]["lineNumber"]) == ("main.js", 0)
            client.send("Debugger.resume")
            assert result(future) == 6
            assert runtime.eval("2") == 2


def test_bind_function_does_not_wait_and_works_afterwards():
    with Runtime(inspected("var f = 'overwritten'", wait_for_connection=True)) as runtime:
        runtime.bind_function("f", lambda: "bound")
        runtime.bind_function("g", lambda: "other")
        future = in_thread(runtime.eval, "[f(), g()]")
        with attach(runtime) as client:
            let_go(client)
            assert result(future) == ["bound", "other"]


def test_a_bootstrap_that_fails_after_the_wait_fails_every_call():
    config = inspected("throw new RangeError('bad start')", wait_for_connection=True)
    with Runtime(config) as runtime:
        runtime.bind_function("f", print)
        future = in_thread(runtime.eval, "1")
        with attach(runtime) as client:
            let_go(client)
            with pytest.raises(JavaScriptError, match="RangeError: bad start"):
                result(future)
            with pytest.raises(JavaScriptError, match="RangeError: bad start") as caught:
                runtime.eval("2")
            assert "bootstrap.js:1:" in caught.value.stack
            assert caught.value is not future.exception()


@pytest.mark.parametrize(
    ("end", "error"), [(Runtime.close, "runtime is closed"), (Runtime.terminate, "terminated")]
)
def test_the_wait_ends_with_the_runtime(end, error):
    with Runtime(inspected("1", wait_for_connection=True)) as runtime:
        future = in_thread(runtime.eval, "1")
        end(runtime)
        with pytest.raises(RuntimeError, match=error):
            result(future)


def test_ctrl_c_ends_the_wait():
    with Runtime(inspected("var x = 1", wait_for_connection=True)) as runtime:
        timer = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            runtime.eval("x")
        timer.join()
        with attach(runtime) as client:
            let_go(client)
            assert runtime.eval("x") == 1


def test_a_client_that_leaves_does_not_end_the_wait():
    with Runtime(inspected(wait_for_connection=True)) as runtime:
        future = in_thread(runtime.eval, "1")
        with attach(runtime) as client:
            client.send("Runtime.enable")
        until(lambda: targets(endpoints_of(runtime).host))
        assert not future.done()
        with attach(runtime) as client:
            let_go(client)
            assert result(future) == 1


def test_a_waiting_runtime_can_be_dropped():
    runtime = Runtime(inspected("1", wait_for_connection=True))
    runtime.bind_function("f", print)
    runtime.close()
    assert runtime.is_closed()
