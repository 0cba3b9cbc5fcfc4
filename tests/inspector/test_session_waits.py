"""How waits of a session inside the program end, and the wait for a debugger."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import Iterator

import jsrun
import pytest
from jsrun import (
    InspectorSession,
    InspectorSessionClosed,
    Runtime,
    RuntimeConfig,
    RuntimeTerminated,
    RuntimeTimeout,
)
from waiting import TIMEOUT, in_thread, result, until


@pytest.fixture
def session(runtime: Runtime) -> Iterator[InspectorSession]:
    with runtime.inspector_session(timeout=TIMEOUT) as session:
        yield session


@pytest.fixture
def debugger(session: InspectorSession) -> InspectorSession:
    session.send("Debugger.enable")
    return session


# --- waits end ------------------------------------------------------------------------------------


def test_a_timeout_of_an_answer(runtime, debugger):
    debugger.timeout = 0.05
    with pytest.raises(TimeoutError, match="no answer to Runtime.evaluate within 0.05 s"):
        debugger.send("Runtime.evaluate", expression="debugger")
    with pytest.raises(TimeoutError, match="no Debugger.resumed within"):
        debugger.wait_for("Debugger.resumed")
    debugger.timeout = TIMEOUT
    debugger.send("Debugger.resume")
    debugger.wait_for("Debugger.resumed")
    assert runtime.eval("1") == 1


async def test_a_wait_that_is_cancelled_takes_no_event(runtime):
    with runtime.inspector_session(timeout=TIMEOUT) as session:
        await session.send_async("Runtime.enable")
        waiting = asyncio.ensure_future(session.wait_for_async("Runtime.consoleAPICalled"))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        runtime.eval("console.log(0)")
        assert (await session.wait_for_async("Runtime.consoleAPICalled"))["type"] == "log"


def test_close_ends_waits_and_the_pause(runtime, debugger):
    future = in_thread(runtime.eval, "debugger; 'went on'")
    debugger.wait_for("Debugger.paused")
    waiting = in_thread(debugger.wait_for, "Debugger.breakpointResolved")
    debugger.close()
    debugger.close()
    assert result(future) == "went on"
    with pytest.raises(InspectorSessionClosed):
        result(waiting)
    with pytest.raises(InspectorSessionClosed):
        debugger.send("Debugger.resume")
    assert not runtime.debugger_attached


def test_the_runtime_closes(runtime, debugger):
    future = in_thread(runtime.eval, "debugger; 'went on'")
    debugger.wait_for("Debugger.paused")
    waiting = in_thread(debugger.wait_for, "Debugger.breakpointResolved")
    runtime.close()
    with pytest.raises(RuntimeError, match="closed"):
        result(future)
    with pytest.raises(InspectorSessionClosed):
        result(waiting)
    with pytest.raises(RuntimeError):
        debugger.send("Runtime.evaluate", expression="1")
    with pytest.raises(RuntimeError, match="closed"):
        runtime.inspector_session()
    assert debugger.closed


def test_terminate_while_paused(runtime, debugger):
    future = in_thread(runtime.eval, "debugger; 'went on'")
    debugger.wait_for("Debugger.paused")
    runtime.terminate()
    with pytest.raises(RuntimeTerminated):
        result(future)


def test_a_pause_counts_against_no_timeout(runtime, debugger):
    future = in_thread(runtime.eval, "debugger; 'in time'", timeout=0.1)
    debugger.wait_for("Debugger.paused")
    paused_at = time.monotonic()
    until(lambda: time.monotonic() > paused_at + 0.3)
    debugger.send("Debugger.resume")
    assert result(future) == "in time"
    with pytest.raises(RuntimeTimeout):
        runtime.eval("for (;;);", timeout=0.05)


def test_a_session_that_is_dropped_is_closed(runtime):
    session = runtime.inspector_session()
    session.send("Runtime.enable")
    assert runtime.debugger_attached
    del session
    gc.collect()
    until(lambda: not runtime.debugger_attached)


def test_a_runtime_that_is_dropped_closes_its_sessions():
    with pytest.warns(ResourceWarning, match="unclosed"):
        session = Runtime().inspector_session()
        gc.collect()
    until(lambda: session.closed)


def test_sessions_at_the_end_of_the_program(run_python):
    done = run_python(
        """
        import jsrun

        runtime = jsrun.Runtime()
        session = runtime.inspector_session()
        session.send("Debugger.enable")
        session.on("*", print)
        print("end")
        """
    )
    assert (done.returncode, done.stdout) == (0, "end\n"), done.stderr


def test_a_session_in_a_forked_child(run_python):
    done = run_python(
        """
        import os
        import jsrun

        runtime = jsrun.Runtime()
        session = runtime.inspector_session()
        session.send("Runtime.enable")
        child = os.fork()
        if child == 0:
            try:
                session.send("Runtime.enable")
            except jsrun.ForkedRuntimeError:
                print("refused", flush=True)
            session.close()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        session.send("Runtime.enable")
        runtime.close()
        """
    )
    assert (done.returncode, done.stdout) == (0, "refused\n"), done.stderr


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"timeout": 0}, ValueError),
        ({"timeout": "soon"}, ValueError),
        ({"max_events": 0}, ValueError),
        ({"max_events": "many"}, TypeError),
        ({"nonsense": 1}, TypeError),
    ],
)
def test_wrong_options(runtime, options, error):
    with pytest.raises(error):
        runtime.inspector_session(**options)
    assert not runtime.debugger_attached


# --- waiting for a debugger -----------------------------------------------------------------------


def test_wait_for_debugger(runtime):
    assert runtime.wait_for_debugger(timeout=0.01) is False
    future = in_thread(runtime.wait_for_debugger)
    with runtime.inspector_session(timeout=TIMEOUT) as session:
        session.send("Debugger.enable")
        assert runtime.debugger_attached and not future.done()
        session.send("Runtime.runIfWaitingForDebugger")
        assert result(future) is True
        assert runtime.wait_for_debugger() is True
    assert runtime.wait_for_debugger(timeout=0.01) is False


def test_wait_for_debugger_in_a_handler_counts_against_no_timeout(runtime):
    waiting = threading.Event()

    def wait() -> bool:
        waiting.set()
        return runtime.wait_for_debugger(timeout=TIMEOUT)

    runtime.bind_function("wait", wait)
    future = in_thread(runtime.eval, "wait() && eval('1 + 1')", timeout=0.2)
    waiting.wait(TIMEOUT)
    began = time.monotonic()
    until(lambda: time.monotonic() > began + 0.4)
    with runtime.inspector_session(timeout=TIMEOUT) as session:
        session.send("Runtime.runIfWaitingForDebugger")
        assert result(future) == 2


@pytest.mark.parametrize(
    ("end", "error"), [(Runtime.close, "closed"), (Runtime.terminate, "terminated")]
)
def test_the_wait_ends_with_the_runtime(runtime, end, error):
    future = in_thread(runtime.wait_for_debugger)
    end(runtime)
    with pytest.raises(RuntimeError, match=error):
        result(future)


def test_ctrl_c_ends_the_wait(run_python):
    done = run_python(
        """
        import os, signal, threading
        import jsrun

        signal.signal(signal.SIGINT, signal.default_int_handler)
        with jsrun.Runtime() as runtime:
            threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
            try:
                runtime.wait_for_debugger()
            except KeyboardInterrupt:
                print("interrupted", runtime.eval("1"))
        """
    )
    assert done.stdout == "interrupted 1\n", done.stderr


def test_wrong_timeouts_of_the_wait(runtime):
    for wrong in (0, -1, "soon", float("nan")):
        with pytest.raises(ValueError):
            runtime.wait_for_debugger(wrong)


def test_a_session_releases_a_waiting_runtime():
    config = RuntimeConfig(
        bootstrap="var started = 1",
        inspector=jsrun.InspectorConfig(port=0, wait_for_connection=True),
    )
    with Runtime(config) as runtime, runtime.inspector_session(timeout=TIMEOUT) as session:
        session.send("Runtime.runIfWaitingForDebugger")
        assert runtime.eval("started") == 1
