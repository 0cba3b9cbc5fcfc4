"""The built-in JavaScript that every runtime has from the startup snapshot."""

from __future__ import annotations

import pytest
from cdp import Client
from inspected import inspected
from jsrun import JavaScriptError, Runtime

# Built-in JavaScript that calls a function of the script at once.
CALLS_BACK = "new ReadableStream({ start() { HERE } })"


@pytest.fixture
def debugged():
    with Runtime(inspected()) as runtime:
        endpoints = runtime.inspector_endpoints()
        assert endpoints
        with Client(endpoints.websocket_url) as client:
            client.send("Runtime.enable")
            client.send("Debugger.enable")
            yield runtime, client


def test_no_global_is_left_behind(runtime):
    assert (
        runtime.eval("Reflect.ownKeys(globalThis).filter(key => /jsrun/.test(String(key)))") == []
    )


def test_the_source_of_built_ins_is_not_shown(runtime):
    assert (
        runtime.eval("String(ReadableStream.prototype.tee)") == "function tee() { [native code] }"
    )


def test_built_ins_are_not_in_stack_traces(runtime):
    with pytest.raises(JavaScriptError) as caught:
        runtime.eval(CALLS_BACK.replace("HERE", "throw new Error('x')"), filename="a.js")
    assert [frame.file_name for frame in caught.value.frames] == ["a.js", "a.js"]
    assert "jsrun/" not in str(caught.value.stack)


def test_debuggers_do_not_see_built_ins(debugged):
    runtime, client = debugged
    assert runtime.eval("new ReadableStream(); 1", filename="a.js") == 1
    client.event("Debugger.scriptParsed", lambda script: script["url"] == "a.js")
    assert set(client._urls.values()) == {"a.js"}


def test_stepping_skips_built_ins(debugged):
    runtime, client = debugged
    evaluation = client.post(
        "Runtime.evaluate",
        expression="debugger;\n" + CALLS_BACK.replace("HERE", "\nreached = 1;\n") + ";\n2",
    )
    lines = []
    client.event("Debugger.paused")
    for _ in range(8):
        client.send("Debugger.stepInto")
        frames = client.event("Debugger.paused")["callFrames"]
        lines.append((frames[0]["functionName"], frames[0]["location"]["lineNumber"]))
        assert len(frames) <= 2
        if lines[-1] == ("start", 2):
            break
    assert lines[-1] == ("start", 2)
    client.send("Debugger.resume")
    assert client.answer(evaluation)["result"]["value"] == 2


def test_stack_traces_are_limited_as_in_any_context(runtime):
    assert runtime.eval("Error.stackTraceLimit") == 10
    assert runtime.eval(
        "Object.getOwnPropertyNames(Error).filter(n => n == 'stackTraceLimit')"
    ) == ["stackTraceLimit"]


def test_webassembly_is_there(runtime):
    assert runtime.eval("typeof WebAssembly.Module") == "function"
