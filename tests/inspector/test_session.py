"""Sessions of the inspector inside of the program."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections.abc import Iterator
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Any

import jsrun
import pytest
from jsrun import (
    InspectorError,
    InspectorEvent,
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


def frame_value(session: InspectorSession, paused: dict[str, Any], expression: str) -> Any:
    answer = session.send(
        "Debugger.evaluateOnCallFrame",
        callFrameId=paused["callFrames"][0]["callFrameId"],
        expression=expression,
        returnByValue=True,
    )
    return answer["result"]["value"]


# --- requests -------------------------------------------------------------------------------------


def test_a_request_and_its_result(session):
    answer = session.send("Runtime.evaluate", expression="6 * 7")
    assert answer == {"result": {"type": "number", "value": 42, "description": "42"}}


def test_requests_that_are_under_way_at_once(session):
    futures = [session.post("Runtime.evaluate", expression=str(n)) for n in range(200)]
    assert [result(f)["result"]["value"] for f in futures] == list(range(200))


def test_any_text_goes_in_and_out(session):
    text = "süß 😀 \x00 \ud800".replace("\ud800", "")
    answer = session.send("Runtime.evaluate", expression=f"'{text}'.replace('😀', '😀😀')")
    assert answer["result"]["value"] == text.replace("😀", "😀😀")


def test_what_the_inspector_refuses(session):
    with pytest.raises(InspectorError, match="Debugger.nonsense") as refused:
        session.send("Debugger.nonsense")
    assert (refused.value.code, refused.value.method) == (-32601, "Debugger.nonsense")
    with pytest.raises(InspectorError, match="Runtime.evaluate: Invalid parameters") as refused:
        session.send("Runtime.evaluate", expression=5)
    assert refused.value.code == -32602
    assert "string" in refused.value.data
    assert isinstance(refused.value, jsrun.JsrunError)
    assert session.send("Runtime.evaluate", expression="1")["result"]["value"] == 1


def test_parameters_that_are_no_json(session):
    with pytest.raises(TypeError):
        session.send("Runtime.evaluate", expression=object())
    assert session.send("Runtime.evaluate", expression="1")["result"]["value"] == 1


def test_the_runtime_is_used_as_before(runtime, session):
    assert runtime.eval("1 + 1") == 2
    threads = []
    runtime.bind_function("note", lambda: threads.append(threading.get_ident()))
    runtime.eval("note()")
    assert threads == [threading.get_ident()]


# --- pausing --------------------------------------------------------------------------------------


def test_break_look_step_and_go_on(runtime, debugger):
    code = "function add(a, b) {\n  debugger;\n  return a + b;\n}\nadd(1, 2)"
    future = in_thread(runtime.eval, code, filename="add.js")
    paused = debugger.wait_for("Debugger.paused")
    assert runtime.is_paused
    assert frame_value(debugger, paused, "a * 10 + b") == 12
    debugger.send("Debugger.stepOver")
    paused = debugger.wait_for("Debugger.paused")
    assert paused["callFrames"][0]["location"]["lineNumber"] == 2
    debugger.send("Debugger.resume")
    assert result(future) == 3
    assert not runtime.is_paused


async def test_debug_an_evaluation_of_the_same_loop(runtime):
    with runtime.inspector_session(timeout=TIMEOUT) as session:
        await session.send_async("Debugger.enable")
        task = asyncio.ensure_future(runtime.eval_async("let x = 20; debugger; x + 1"))
        paused = await session.wait_for_async("Debugger.paused")
        answer = await session.send_async(
            "Debugger.evaluateOnCallFrame",
            callFrameId=paused["callFrames"][0]["callFrameId"],
            expression="x = 41",
        )
        assert answer["result"]["value"] == 41
        await session.send_async("Debugger.resume")
        assert await asyncio.wait_for(task, TIMEOUT) == 42


async def test_the_loop_goes_on_while_paused(runtime):
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            ticks += 1
            await asyncio.sleep(0)

    with runtime.inspector_session(timeout=TIMEOUT) as session:
        await session.send_async("Debugger.enable")
        task = asyncio.ensure_future(runtime.eval_async("debugger; 1"))
        await session.wait_for_async("Debugger.paused")
        ticker = asyncio.ensure_future(tick())
        while ticks < 100:
            await asyncio.sleep(0)
        ticker.cancel()
        assert runtime.is_paused and not task.done()
        await session.send_async("Debugger.resume")
        assert await task == 1


def test_a_listener_resumes_what_this_thread_waits_for(runtime, debugger):
    seen: list[Any] = []

    def on_pause(event: InspectorEvent) -> None:
        seen.append(frame_value(debugger, event.params, "n"))
        debugger.send("Debugger.resume")

    debugger.on("Debugger.paused", on_pause)
    assert runtime.eval("for (let n = 0; n < 3; n++) { debugger; } 'done'") == "done"
    assert seen == [0, 1, 2]


def test_pause_from_python(runtime, debugger):
    started = threading.Event()
    runtime.bind_function("started", started.set)
    future = in_thread(runtime.eval, "var go = true; started(); while (go) {} 'stopped'")
    started.wait(TIMEOUT)
    assert runtime.pause()
    paused = debugger.wait_for("Debugger.paused")
    frame_value(debugger, paused, "go = false")
    debugger.send("Debugger.resume")
    assert result(future) == "stopped"


def test_pause_from_a_handler(runtime, debugger):
    runtime.bind_function("look", runtime.pause)
    future = in_thread(runtime.eval, "function f(x) {\n  look();\n  return x;\n}\nf(7)")
    paused = debugger.wait_for("Debugger.paused")
    assert paused["callFrames"][0]["functionName"] == "f"
    assert frame_value(debugger, paused, "x") == 7
    debugger.send("Debugger.resume")
    assert result(future) == 7


@pytest.mark.parametrize("other", ["close", "evaluate"])
def test_nothing_comes_between_a_regular_expression_and_the_scripts_that_it_is_for(runtime, other):
    """V8 looks at all scripts; the expression takes its time, and is interrupted by what comes meanwhile."""
    with runtime.inspector_session(timeout=60) as another:
        session = runtime.inspector_session(timeout=60)
        session.send("Debugger.enable")
        another.send("Debugger.enable")
        for number in range(20):
            runtime.eval("1", filename="a" * 21 + str(number))
        found = session.post("Debugger.setBreakpointByUrl", urlRegex="^(a+)+$", lineNumber=0)
        if other == "close":
            session.close()
        else:
            for number in range(200):
                another.send("Runtime.evaluate", expression=f"{number}")
            assert found.result(60)["locations"] == []
            session.close()
        assert runtime.eval("6 * 7") == 42


def test_pause_while_idle_stops_what_comes_next(runtime, debugger):
    assert runtime.pause()
    future = in_thread(runtime.eval, "let one = 1;\none + 1")
    paused = debugger.wait_for("Debugger.paused")
    assert paused["callFrames"][0]["location"]["lineNumber"] == 0
    debugger.send("Debugger.resume")
    assert result(future) == 2
    assert runtime.eval("3") == 3


def test_pause_stops_once_for_two_sessions(runtime, debugger):
    with runtime.inspector_session(timeout=TIMEOUT) as second:
        second.send("Debugger.enable")
        runtime.pause()
        future = in_thread(runtime.eval, "1;\n2")
        debugger.wait_for("Debugger.paused")
        second.wait_for("Debugger.paused")
        debugger.send("Debugger.resume")
        assert result(future) == 2


def test_pause_without_a_debugger(runtime):
    assert runtime.pause() is False
    assert runtime.eval("1") == 1
    with runtime.inspector_session() as session:
        assert runtime.pause() is True  # but its Debugger domain is off
        assert runtime.eval("2") == 2
        assert not session.closed


def test_a_session_opened_by_a_handler_in_the_middle_of_javascript(runtime):
    """The thread has the isolate itself: nobody else could answer."""
    answers: list[Any] = []

    def handler() -> None:
        with runtime.inspector_session(timeout=TIMEOUT) as session:
            answers.append(session.send("Runtime.evaluate", expression="x")["result"]["value"])

    runtime.bind_function("handler", handler)
    runtime.eval("var x = 5; handler()")
    assert answers == [5]
    assert not runtime.debugger_attached


def test_a_session_used_by_a_handler_of_another_runtime(runtime):
    """The thread has both isolates, and has entered the other one last."""
    answers: list[Any] = []

    def handler() -> None:
        with runtime.inspector_session(timeout=TIMEOUT) as session:
            session.post("Runtime.runIfWaitingForDebugger")
            assert runtime.wait_for_debugger(TIMEOUT)
            answer = session.send("Runtime.evaluate", expression="make(10000)[9999].name + ask()")
            answers.append(answer["result"]["value"])

    with Runtime() as other:
        other.bind_function("handler", handler)
        runtime.bind_function("ask", lambda: "?")
        runtime.bind_function("visit", lambda: other.eval("handler(); make(10000)[1].name"))
        for one in (runtime, other):
            one.eval("var make = (n) => Array.from({length: n}, (_, i) => ({name: `name ${i}`}))")
        assert runtime.eval("visit() + '!'") == "name 1!"
        assert answers == ["name 9999?"]
        assert other.eval("make(10000)[2].name") == "name 2"


def test_scripts_from_before_the_first_session_can_be_debugged(runtime):
    """Also without an InspectorConfig."""
    add = runtime.eval("(function add(a, b) {\n  return a + b;\n})", filename="early.js")
    with runtime.inspector_session(timeout=TIMEOUT) as session:
        session.send("Debugger.enable")
        script = session.wait_for("Debugger.scriptParsed", accept=lambda it: it["url"])
        assert script["url"] == "early.js"
        session.send("Debugger.setBreakpointByUrl", url="early.js", lineNumber=1)
        future = in_thread(add, 1, 2)
        assert frame_value(session, session.wait_for("Debugger.paused"), "a") == 1
        session.send("Debugger.resume")
        assert result(future) == 3


# --- events ---------------------------------------------------------------------------------------


def log(runtime: Runtime, count: int) -> None:
    runtime.eval(f"for (let i = 0; i < {count}; i++) console.log(i)")


def test_events_one_after_the_other(runtime, session):
    session.send("Runtime.enable")
    log(runtime, 5)
    events = session.events("Runtime.consoleAPICalled")
    assert [next(events).params["args"][0]["value"] for _ in range(5)] == list(range(5))


def test_an_iteration_ends_with_the_session(runtime, session):
    session.send("Runtime.enable")
    log(runtime, 3)
    session.send("Runtime.disable")
    session.close()
    events = list(session.events("Runtime.consoleAPICalled"))
    assert [event.method for event in events] == ["Runtime.consoleAPICalled"] * 3
    assert session.closed


async def test_events_for_asyncio(runtime):
    with runtime.inspector_session(timeout=TIMEOUT) as session:
        await session.send_async("Runtime.enable")
        log(runtime, 3)
        seen = []
        async for event in session.events("Runtime.consoleAPICalled"):
            seen.append(event.params["args"][0]["value"])
            if len(seen) == 3:
                session.close()
        assert seen == [0, 1, 2]


def test_the_event_that_is_accepted(runtime, session):
    session.send("Runtime.enable")
    log(runtime, 10)
    params = session.wait_for(
        "Runtime.consoleAPICalled", accept=lambda params: params["args"][0]["value"] == 7
    )
    assert params["args"][0]["value"] == 7
    assert session.wait_for("Runtime.consoleAPICalled")["args"][0]["value"] == 0


def test_listeners(runtime, session):
    calls: list[str] = []
    remove = session.on("Runtime.consoleAPICalled", lambda event: calls.append("console"))
    session.on("*", lambda event: calls.append(event.method))
    session.send("Runtime.enable")
    log(runtime, 1)
    session.send("Runtime.disable")
    assert calls == ["Runtime.executionContextCreated", "console", "Runtime.consoleAPICalled"]
    remove()
    remove()
    session.send("Runtime.enable")  # tells again what was logged
    assert calls[3:] == ["Runtime.executionContextCreated", "Runtime.consoleAPICalled"]


def test_events_keep_their_order_while_a_listener_waits_for_an_answer(runtime, session):
    order: list[Any] = []

    def listener(event: InspectorEvent) -> None:
        session.send("Runtime.evaluate", expression="1")
        order.append(event.params["args"][0]["value"])

    session.on("Runtime.consoleAPICalled", listener)
    session.send("Runtime.enable")
    log(runtime, 20)
    until(lambda: len(order) == 20)
    assert order == list(range(20))


def test_a_listener_that_raises_is_reported(runtime, session, monkeypatch):
    reports: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", reports.append)
    session.on("Runtime.consoleAPICalled", lambda event: 1 / 0)
    session.send("Runtime.enable")
    log(runtime, 2)
    until(lambda: len(reports) == 2)
    assert reports[0].exc_type is ZeroDivisionError
    assert session.send("Runtime.evaluate", expression="1")


def test_a_listener_cannot_wait_for_events(runtime, session):
    errors: list[BaseException] = []

    def listener(event: InspectorEvent) -> None:
        try:
            session.wait_for("Debugger.paused")
        except RuntimeError as error:
            errors.append(error)

    session.on("Runtime.executionContextCreated", listener)
    session.send("Runtime.enable")
    until(lambda: errors)


def test_the_oldest_events_go_when_nobody_reads(runtime):
    with runtime.inspector_session(timeout=TIMEOUT, max_events=10) as session:
        session.send("Runtime.enable")
        log(runtime, 100)
        session.send("Runtime.disable")
        events = session.events("Runtime.consoleAPICalled")
        with pytest.raises(InspectorError, match="91 events were lost"):
            next(events)
        assert [next(events).params["args"][0]["value"] for _ in range(10)] == list(range(90, 100))


def test_a_slow_listener_slows_the_producer_down_and_loses_nothing(runtime, session):
    """More than the queue holds, while the listener is not let go on."""
    go_on = threading.Event()
    sizes: list[int] = []

    def listener(event: InspectorEvent) -> None:
        go_on.wait(TIMEOUT)
        sizes.append(len(event.params["args"][0]["value"]))

    session.on("Runtime.consoleAPICalled", listener)
    session.send("Runtime.enable")
    future = in_thread(
        runtime.eval, "for (let i = 0; i < 40; i++) console.log('x'.repeat(2 ** 20)); 1"
    )
    with pytest.raises(FutureTimeout):
        future.result(timeout=0.2)
    go_on.set()
    assert result(future) == 1
    until(lambda: len(sizes) == 40)
    assert set(sizes) == {2**20}


def test_close_does_not_wait_for_a_listener_that_is_in_the_way(runtime):
    """The runtime waits for the session's thread, which waits for the runtime's end."""
    session = runtime.inspector_session(timeout=TIMEOUT)
    session.on("Runtime.consoleAPICalled", lambda event: runtime.close())
    session.send("Runtime.enable")
    with pytest.raises(RuntimeError, match="closed"):
        runtime.eval("for (;;) console.log('x'.repeat(2 ** 20))")
    until(lambda: session.closed)


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
        log(runtime, 1)
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


def test_a_runtime_that_waits_can_be_let_go_by_a_session():
    config = RuntimeConfig(
        bootstrap="var started = 1",
        inspector=jsrun.InspectorConfig(port=0, wait_for_connection=True),
    )
    with Runtime(config) as runtime, runtime.inspector_session(timeout=TIMEOUT) as session:
        session.send("Runtime.runIfWaitingForDebugger")
        assert runtime.eval("started") == 1
