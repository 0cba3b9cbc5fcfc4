"""ES modules while a debugger is attached."""

from __future__ import annotations

import asyncio
import threading

import pytest
from inspected import attach, inspected
from jsrun import (
    JavaScriptError,
    Runtime,
)
from module_sources import add
from waiting import in_thread, result


@pytest.fixture
def debugged():
    with Runtime(inspected()) as runtime:
        yield runtime


@pytest.fixture
def client(debugged):
    with attach(debugged, "Runtime", "Debugger") as client:
        yield client


def test_breakpoints_in_modules(debugged, client):
    add(
        debugged,
        main="import { twice } from 'lib'\nexport const n = twice(21)",
        lib="export function twice(n) {\n  return n * 2\n}",
    )
    client.send("Debugger.setBreakpointByUrl", url="jsrun://static/lib", lineNumber=1)
    future = in_thread(lambda: debugged.eval_module("main"))
    paused = client.paused()
    assert [client.url_of(frame) for frame in paused["callFrames"]] == [
        "jsrun://static/lib",
        "jsrun://static/main",
    ]
    assert client.evaluate_in_frame(paused, "n") == 21
    client.send("Debugger.resume")
    assert result(future) == {"n": 42}


def test_a_loader_runs_on_the_callers_thread_while_a_debugger_is_attached(debugged, client):
    threads: list[int] = []

    def loader(url: str) -> str:
        threads.append(threading.get_ident())
        assert debugged.eval("1 + 1") == 2
        return "export const n = 1" if url == "a" else "import 'a'; export { n } from 'a'"

    debugged.set_module_loader(loader)
    assert debugged.eval_module("b") == {"n": 1}
    assert debugged.eval("import('c').then(m => m.n)") == 1
    assert set(threads) == {threading.get_ident()}

    async def slow(url: str) -> str:
        await asyncio.sleep(0.001)
        return loader(url)

    debugged.set_module_loader(slow)
    assert debugged.eval_module("d") == {"n": 1}
    assert asyncio.run(debugged.eval_module_async("e")) == {"n": 1}


def test_debuggers_are_told_of_a_module_that_fails(debugged, client):
    debugged.add_static_module("bad", "\nthrow new Error('of the module')")
    with pytest.raises(JavaScriptError):
        debugged.eval_module("bad")
    thrown = client.event("Runtime.exceptionThrown")["exceptionDetails"]
    assert thrown["exception"]["description"].startswith("Error: of the module")
    assert thrown["stackTrace"]["callFrames"][0]["url"] == "jsrun://static/bad"


def test_break_on_start_in_a_module():
    config = inspected(break_on_next_statement=True)
    with Runtime(config) as runtime:
        runtime.add_static_module("m", "\nexport const n = 1")
        future = in_thread(lambda: runtime.eval_module("m"))
        with attach(runtime, "Debugger") as client:
            client.send("Runtime.runIfWaitingForDebugger")
            paused = client.paused()
            assert client.url_of(paused["callFrames"][0]) == "jsrun://static/m"
            client.send("Debugger.resume")
            assert result(future) == {"n": 1}
