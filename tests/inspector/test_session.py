"""Inspector sessions inside the program."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import jsrun
import pytest
from jsrun import (
    InspectorError,
    InspectorEvent,
    InspectorSession,
    Runtime,
)
from waiting import TIMEOUT, in_thread, result


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


def test_requests_at_once(session):
    futures = [session.post("Runtime.evaluate", expression=str(n)) for n in range(200)]
    assert [result(f)["result"]["value"] for f in futures] == list(range(200))


def test_any_text_goes_in_and_out(session):
    text = "süß 😀 \x00 \ud800".replace("\ud800", "")
    answer = session.send("Runtime.evaluate", expression=f"'{text}'.replace('😀', '😀😀')")
    assert answer["result"]["value"] == text.replace("😀", "😀😀")


def test_errors_of_the_inspector(session):
    with pytest.raises(InspectorError, match="Debugger.nonsense") as refused:
        session.send("Debugger.nonsense")
    assert (refused.value.code, refused.value.method) == (-32601, "Debugger.nonsense")
    with pytest.raises(InspectorError, match="Runtime.evaluate: Invalid parameters") as refused:
        session.send("Runtime.evaluate", expression=5)
    assert refused.value.code == -32602
    assert "string" in refused.value.data
    assert isinstance(refused.value, jsrun.JsrunError)
    assert session.send("Runtime.evaluate", expression="1")["result"]["value"] == 1


def test_parameters_that_are_not_json(session):
    with pytest.raises(TypeError):
        session.send("Runtime.evaluate", expression=object())
    assert session.send("Runtime.evaluate", expression="1")["result"]["value"] == 1


def test_a_session_changes_nothing_for_the_runtime(runtime, session):
    assert runtime.eval("1 + 1") == 2
    threads = []
    runtime.bind_function("note", lambda: threads.append(threading.get_ident()))
    runtime.eval("note()")
    assert threads == [threading.get_ident()]


# --- pausing --------------------------------------------------------------------------------------


def test_break_inspect_step_and_resume(runtime, debugger):
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


def test_a_listener_resumes_javascript_that_this_thread_waits_for(runtime, debugger):
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
def test_messages_wait_while_a_regular_expression_is_matched(runtime, other):
    """V8 matches it against all scripts. That takes long, and other messages interrupt it."""
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


def test_pause_while_idle_stops_the_next_javascript(runtime, debugger):
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


def test_a_session_opened_by_a_handler(runtime):
    """The handler's thread has the isolate, so no other thread can answer."""
    answers: list[Any] = []

    def handler() -> None:
        with runtime.inspector_session(timeout=TIMEOUT) as session:
            answers.append(session.send("Runtime.evaluate", expression="x")["result"]["value"])

    runtime.bind_function("handler", handler)
    runtime.eval("var x = 5; handler()")
    assert answers == [5]
    assert not runtime.debugger_attached


def test_a_session_used_by_a_handler_of_another_runtime(runtime):
    """The thread has both isolates, and entered the other one last."""
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


# --- after the end of the runtime -----------------------------------------------------------------

AFTER_THE_END = {
    "send": lambda session: session.send("Runtime.enable"),
    "post": lambda session: session.post("Runtime.enable"),
    "send_async": lambda session: asyncio.run(session.send_async("Runtime.enable")),
    "wait_for": lambda session: session.wait_for("Debugger.paused"),
    "wait_for_async": lambda session: asyncio.run(session.wait_for_async("Debugger.paused")),
}


@pytest.mark.parametrize("ended_by", ["session.close", "runtime.close"])
@pytest.mark.parametrize("method", AFTER_THE_END)
def test_every_method_raises_the_same_error_after_the_end(method, ended_by):
    """Whether or not the session's thread has noticed the end."""
    for _ in range(20):
        with Runtime() as runtime:
            session = runtime.inspector_session(timeout=TIMEOUT)
            session.send("Debugger.enable")
            (session if ended_by == "session.close" else runtime).close()
            assert session.closed
            with pytest.raises(jsrun.InspectorSessionClosed):
                AFTER_THE_END[method](session)
            session.close()
            assert session.closed


def test_events_from_before_the_end_can_still_be_read():
    with Runtime() as runtime:
        session = runtime.inspector_session(timeout=TIMEOUT)
        session.send("Runtime.enable")
        runtime.eval("console.log(1)")
        session.send("Runtime.evaluate", expression="0")
    methods = [event.method for event in session.events()]
    assert "Runtime.consoleAPICalled" in methods
    session.close()
