"""Attaching and detaching in every state of a runtime."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from cdp import Client, targets
from inspected import FREE_PORT, attach, endpoints_of, inspected, let_go, loop_in_thread
from jsrun import InspectorConfig, Runtime
from waiting import in_thread, result


@contextmanager
def idle(runtime: Runtime) -> Iterator[None]:
    yield


@contextmanager
def looping(runtime: Runtime) -> Iterator[None]:
    future = loop_in_thread(runtime)
    yield
    with attach(runtime) as client:
        client.evaluate("go = false")
        assert result(future) == "stopped"


@contextmanager
def paused(runtime: Runtime) -> Iterator[None]:
    with attach(runtime) as client:
        client.send("Debugger.enable")
        future = in_thread(runtime.eval, "debugger; 'resumed'")
        client.paused()
        yield
        client.send("Debugger.resume")
        assert result(future) == "resumed"


@contextmanager
def in_a_handler(runtime: Runtime) -> Iterator[None]:
    entered, leave = threading.Event(), threading.Event()

    def handler() -> str:
        entered.set()
        assert leave.wait(20)
        return "handled"

    runtime.bind_function("handler", handler)
    with attach(runtime) as client:
        client.send("Runtime.enable")
        future = in_thread(runtime.eval, "handler()")
        assert entered.wait(20)
        yield
        leave.set()
        assert result(future) == "handled"


@contextmanager
def awaiting(runtime: Runtime) -> Iterator[None]:
    runtime.eval("var settle; var promise = new Promise((resolve) => { settle = resolve })")
    future = in_thread(lambda: asyncio.run(evaluate(runtime, "promise")))
    yield
    with attach(runtime) as client:
        client.evaluate("settle('settled')")
        assert result(future) == "settled"


async def evaluate(runtime: Runtime, code: str) -> Any:
    return await runtime.eval_async(code)


@contextmanager
def waiting_for_a_debugger(runtime: Runtime) -> Iterator[None]:
    runtime.close_inspector()
    runtime.open_inspector(InspectorConfig(port=0, wait_for_connection=True))
    future = in_thread(runtime.eval, "'let go'")
    yield
    assert not future.done()
    with attach(runtime) as client:
        let_go(client)
        assert result(future) == "let go"


@pytest.mark.parametrize(
    "state", [idle, looping, paused, in_a_handler, awaiting, waiting_for_a_debugger]
)
@pytest.mark.parametrize("leave", [Client.close, Client.vanish])
def test_clients_come_and_go_in_every_state(
    state: Callable[[Runtime], Any], leave: Callable[[Client], None]
):
    """Three at a time, as when DevTools is reloaded beside VS Code. Each sees the scripts."""
    with Runtime(inspected("function known() {}")) as runtime, state(runtime):
        with ExitStack() as stay:
            for turn in range(3):
                lasting = stay.enter_context(attach(runtime))
                leaving = attach(runtime)
                for client in (leaving, lasting):
                    client.send("Runtime.enable")
                    client.send("Debugger.enable")
                    assert client.event("Runtime.executionContextCreated")
                    assert client.evaluate(f"{turn} + 1") == turn + 1
                leave(leaving)
    assert runtime.is_closed()


SPEAK = """\
function speak() {
  let said = listen();
  const answer = said + "!";
  return answer;
}
speak()
"""


class Listener:
    """A Python function that JavaScript calls, and that returns when the test lets it."""

    def __init__(self, runtime: Runtime) -> None:
        self.entered = threading.Event()
        self._said: Future[str] = Future()
        runtime.bind_function("listen", self._listen)

    def _listen(self) -> str:
        self.entered.set()
        return result(self._said)

    def hears(self, said: str) -> None:
        self._said.set_result(said)

    def fails(self) -> None:
        self._said.set_exception(ValueError("heard nothing"))


def test_attaching_while_a_python_function_has_the_thread():
    """Requests are answered when it returns, in the order in which they came."""
    with Runtime(inspected(display_name="busy")) as runtime:
        endpoints, listener = endpoints_of(runtime), Listener(runtime)
        future = in_thread(runtime.eval, SPEAK)
        assert listener.entered.wait(20)
        assert [target["title"] for target in targets(endpoints.host)] == ["busy"]
        with Client(endpoints.process_websocket_url) as root:
            (target,) = root.send("Target.getTargets")["targetInfos"]
            assert target["title"] == "busy"
        with attach(runtime) as client:
            client.post("Runtime.enable")
            client.post("Debugger.enable")
            # Long enough together for the watchdog to interrupt some of them.
            code = "for (const end = Date.now() + 3; Date.now() < end;); {}"
            requests = [
                client.post("Runtime.evaluate", expression=code.format(number))
                for number in range(100)
            ]
            pause = client.post("Debugger.pause")
            client.until_received()
            listener.hears("hello")
            values = [client.answer(request)["result"]["value"] for request in requests]
            assert values == list(range(100))
            client.answer(pause)
            paused = client.paused()
            assert [frame["functionName"] for frame in paused["callFrames"]] == ["speak", ""]
            client.send("Debugger.stepOver")
            assert client.evaluate_in_frame(client.paused(), "said") == "hello"
            client.send("Debugger.resume")
            assert result(future) == "hello!"


@pytest.mark.parametrize("attached", [False, True], ids=["attaching", "attached"])
def test_a_pause_requested_while_a_python_function_runs(runtime, attached):
    """It pauses once, right after the function, although V8 looks only at the next call."""
    runtime.open_inspector(FREE_PORT)
    listener = Listener(runtime)
    with ExitStack() as stack:
        if attached:
            client = stack.enter_context(attach(runtime))
            client.send("Debugger.enable")
        future = in_thread(runtime.eval, SPEAK)
        assert listener.entered.wait(20)
        if not attached:
            client = stack.enter_context(attach(runtime))
            client.post("Debugger.enable")
        pause = client.post("Debugger.pause")
        if attached:
            client.answer(pause)
        client.until_received()
        runtime.pause()
        listener.hears("hello")
        paused = client.paused()
        assert paused["callFrames"][0]["functionName"] == "speak"
        assert paused["callFrames"][0]["location"]["lineNumber"] == 1
        client.send("Debugger.resume")
        assert result(future) == "hello!"
        assert runtime.eval("speak.name") == "speak"


def test_a_pause_requested_while_a_failing_python_function_runs(runtime):
    runtime.open_inspector(FREE_PORT)
    listener = Listener(runtime)
    with attach(runtime) as client:
        client.send("Debugger.enable")
        code = "let text = 'none'; try { listen(); } catch (error) { text = error.message; } text"
        future = in_thread(runtime.eval, code)
        assert listener.entered.wait(20)
        client.send("Debugger.pause")
        listener.fails()
        assert client.evaluate_in_frame(client.paused(), "text") == "none"
        client.send("Debugger.resume")
        assert "heard nothing" in result(future)


@pytest.mark.parametrize("end", [Runtime.terminate, Runtime.close])
def test_the_runtime_ends_while_paused_after_a_python_function(runtime, end):
    runtime.open_inspector(FREE_PORT)
    listener = Listener(runtime)
    with attach(runtime) as client:
        client.send("Debugger.enable")
        future = in_thread(runtime.eval, SPEAK)
        assert listener.entered.wait(20)
        client.send("Debugger.pause")
        listener.hears("hello")
        client.paused()
        end(runtime)
        with pytest.raises(RuntimeError):
            result(future)


def test_a_client_terminates_javascript_that_called_python(runtime):
    runtime.open_inspector(FREE_PORT)
    listener = Listener(runtime)
    future = in_thread(runtime.eval, SPEAK)
    assert listener.entered.wait(20)
    with attach(runtime) as client:
        request = client.post("Runtime.terminateExecution")
        client.until_received()
        listener.hears("hello")
        client.answer(request)
        with pytest.raises(RuntimeError, match="debugger"):
            result(future)
        assert runtime.eval("6 * 7") == 42


def test_runtimes_appear_and_disappear():
    with Runtime(inspected(display_name="first")) as first:
        host, port = endpoints_of(first).host, endpoints_of(first).port
        late = Runtime()
        for _ in range(2):
            late.open_inspector(InspectorConfig(port=port, display_name="late"))
            assert [target["title"] for target in targets(host)] == ["first", "late"]
            late.close_inspector()
            assert [target["title"] for target in targets(host)] == ["first"]
        late.close()
