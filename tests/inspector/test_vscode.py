"""What a process does for VS Code's Auto Attach and debug terminal. The tests play VS Code.

test_clients.py has tests with js-debug itself.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cdp import Client, Message
from cdp_root import Root, WrappedSession
from inspected import endpoints_of, inspected, let_go
from jsrun import Runtime
from waiting import in_thread, result


class JsDebug:
    """The socket that js-debug listens on."""

    def __init__(self, folder: Path) -> None:
        self.address = str(folder / "js-debug.sock")
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.address)
        self._listener.listen()
        self._listener.settimeout(20)

    def accept(self) -> Pipe:
        return Pipe(self._listener.accept()[0])

    def is_idle(self) -> bool:
        """Whether nobody has connected."""
        self._listener.settimeout(0)
        try:
            self._listener.accept()[0].close()
        except BlockingIOError:
            return True
        finally:
            self._listener.settimeout(20)
        return False

    def close(self) -> None:
        self._listener.close()
        Path(self.address).unlink(missing_ok=True)


class Pipe:
    """The connection of a process that has announced itself. A zero byte ends each message."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self.socket.settimeout(20)
        self._rest = b""
        self._events: list[Message] = []

    def read(self) -> Message:
        while b"\0" not in self._rest:
            data = self.socket.recv(65536)
            if not data:
                raise EOFError
            self._rest += data
        text, _, self._rest = self._rest.partition(b"\0")
        message: Message = json.loads(text)
        return message

    def event(self, method: str) -> Message:
        """The next event of this method, also of those that came before an answer."""
        for message in self._events:
            if message.get("method") == method:
                self._events.remove(message)
                return message["params"]
        while (message := self.read()).get("method") != method:
            pass
        return message["params"]

    def forget(self) -> None:
        """Drops the events so far."""
        self._events.clear()

    def request(self, id: int, method: str, **parameters: Any) -> Message:
        message = {"id": id, "method": method, "params": parameters}
        self.socket.sendall(json.dumps(message).encode() + b"\0")
        while (message := self.read()).get("id") != id:
            self._events.append(message)
        return message["result"]


@pytest.fixture
def js_debug(tmp_path, monkeypatch) -> Iterator[JsDebug]:
    js_debug = JsDebug(tmp_path)
    yield js_debug
    js_debug.close()


def ask(monkeypatch: pytest.MonkeyPatch, js_debug: JsDebug, **options: Any) -> None:
    """Puts js-debug's options into the environment."""
    text = json.dumps({"inspectorIpc": js_debug.address, **options})
    monkeypatch.setattr(sys, "argv", ["program.py", "argument"])
    monkeypatch.setenv("VSCODE_INSPECTOR_OPTIONS", f':::{{"inspectorIpc": "older"}}:::{text}')


# --- Auto Attach ----------------------------------------------------------------------------------


def new_runtime(js_debug: JsDebug, answer: bytes = b"\0", **settings: Any) -> tuple[Any, Message]:
    """The future of a runtime that announces itself to Auto Attach, and the announcement."""
    future = in_thread(lambda: Runtime(inspected("var a = 1;\nvar b = 2;", **settings)))
    pipe = js_debug.accept()
    said = pipe.read()
    pipe.socket.sendall(answer)
    pipe.socket.close()
    return future, said


def test_auto_attach(monkeypatch, js_debug):
    ask(monkeypatch, js_debug, deferredMode=True, openerId="the opener")
    future, said = new_runtime(js_debug)
    with result(future) as runtime:
        assert said["inspectorURL"] == endpoints_of(runtime).process_websocket_url
        assert said["ipcAddress"] == js_debug.address
        assert said["pid"] == str(os.getpid())
        assert said["scriptName"] == os.path.abspath("program.py")
        assert (said["waitForDebugger"], said["openerId"]) == (True, "the opener")
        assert said["telemetry"]["processId"] == os.getpid()
        assert len(said["ownId"]) == 24
        call = in_thread(runtime.eval, "a + b")
        with Root(said["inspectorURL"]) as root:
            root.send("NodeWorker.enable", waitForDebuggerOnStart=True)
            event = root.attached_worker()
            assert event["waitingForDebugger"] is True
            session = WrappedSession(root, event["sessionId"], "NodeWorker")
            session.send("Debugger.enable")
            session.send("Debugger.setBreakpointByUrl", url="bootstrap.js", lineNumber=1)
            assert not call.done()
            session.send("Runtime.runIfWaitingForDebugger")
            session.event("Debugger.paused")
            session.send("Debugger.resume")
            assert result(call) == 3

            # Another one on the same endpoint is known before, and waits for the client.
            port = endpoints_of(runtime).port
            with Runtime(inspected("var c = 3", port=port)) as second:
                event = root.attached_worker()
                other = WrappedSession(root, event["sessionId"], "NodeWorker")
                other.send("Runtime.runIfWaitingForDebugger")
                assert second.eval("c") == 3
            assert js_debug.is_idle()


def test_auto_attach_that_declines(monkeypatch, js_debug):
    ask(monkeypatch, js_debug, deferredMode=True)
    with pytest.warns(RuntimeWarning, match="VS Code could not be told"):
        future, _ = new_runtime(js_debug, answer=b"\1")
        runtime = result(future)
    with runtime:
        assert runtime.eval("a + b") == 3


def test_every_endpoint_is_announced(monkeypatch, js_debug):
    ask(monkeypatch, js_debug, deferredMode=True)
    urls = set()
    for _ in range(2):
        future, said = new_runtime(js_debug)
        urls.add(said["inspectorURL"])
        result(future).close()
    assert len(urls) == 2


@pytest.mark.parametrize(
    "options",
    [
        {"inspectorIpc": "/no/such/socket"},
        {"inspectorIpc": 17},
        {"waitForDebugger": "another-program"},
        {"requireLease": "/no/such/lease"},
    ],
)
def test_a_process_that_is_not_asked_does_not_announce_itself(monkeypatch, js_debug, options):
    ask(monkeypatch, js_debug, deferredMode=True, **options)
    with Runtime(inspected("var a = 1")) as runtime:
        assert runtime.eval("a") == 1
    assert js_debug.is_idle()


@pytest.mark.parametrize("text", ["", ":::", "{", "[]", "17", "null"])
def test_invalid_options(monkeypatch, text):
    monkeypatch.setenv("VSCODE_INSPECTOR_OPTIONS", text)
    with Runtime(inspected()) as runtime:
        assert runtime.eval("1") == 1


def test_a_runtime_without_an_inspector_does_not_announce_itself(monkeypatch, js_debug):
    ask(monkeypatch, js_debug, deferredMode=True)
    with Runtime() as runtime:
        assert runtime.eval("1") == 1
    assert js_debug.is_idle()


def test_a_lease(monkeypatch, js_debug, tmp_path):
    lease = tmp_path / "lease"
    ask(monkeypatch, js_debug, deferredMode=True, requireLease=str(lease))
    lease.write_bytes(struct.pack(">d", (time.time() - 60) * 1000))
    with Runtime(inspected()):
        assert js_debug.is_idle()
    lease.write_bytes(struct.pack(">d", (time.time() + 60) * 1000))
    future, _ = new_runtime(js_debug)
    result(future).close()


def test_opening_the_inspector_announces_it(monkeypatch, js_debug):
    ask(monkeypatch, js_debug, deferredMode=True)
    with Runtime() as runtime:
        future = in_thread(lambda: runtime.open_inspector(inspected().inspector))
        pipe = js_debug.accept()
        said = pipe.read()
        pipe.socket.sendall(b"\0")
        assert said["inspectorURL"] == result(future).process_websocket_url
        call = in_thread(runtime.eval, "1")
        with Client(endpoints_of(runtime).websocket_url) as client:
            client.send("Runtime.enable")
            assert not call.done()
            let_go(client)
            assert result(call) == 1


def test_closing_and_opening_announces_it_again(monkeypatch, js_debug):
    ask(monkeypatch, js_debug, deferredMode=True)
    future, said = new_runtime(js_debug)
    with result(future) as runtime:
        config = inspected(port=endpoints_of(runtime).port).inspector
        runtime.close_inspector()
        opening = in_thread(lambda: runtime.open_inspector(config))
        pipe = js_debug.accept()
        assert pipe.read()["inspectorURL"] != said["inspectorURL"]
        pipe.socket.sendall(b"\0")
        result(opening)


# --- the debug terminal ---------------------------------------------------------------------------


def test_a_debug_terminal_reaches_the_inspector_by_its_own_socket(monkeypatch, js_debug):
    ask(monkeypatch, js_debug)
    with Runtime(inspected("var a = 20", display_name="in the terminal")) as runtime:
        pipe = js_debug.accept()
        info = pipe.event("Target.targetCreated")["targetInfo"]
        assert (info["type"], info["processId"]) == ("waitingForDebugger", os.getpid())
        assert info["title"] == os.path.abspath("program.py")
        assert info["processInspectorPort"] == endpoints_of(runtime).port
        call = in_thread(runtime.eval, "debugger; a + 1")

        for turn in range(2):  # it may detach, and attach again
            base = turn * 100
            attached = pipe.request(base + 1, "Target.attachToTarget", targetId=info["targetId"])
            assert attached["sessionId"] == info["targetId"]
            pipe.request(base + 2, "NodeWorker.enable", waitForDebuggerOnStart=True)
            version = pipe.request(base + 3, "Browser.getVersion")
            assert version["product"].startswith("jsrun/")
            assert not call.done()
            pipe.request(base + 4, "Target.detachFromTarget", targetId=info["targetId"])
        pipe.forget()

        pipe.request(201, "Target.attachToTarget", targetId=info["targetId"])
        message = {"id": 202, "method": "NodeWorker.enable"}
        message["params"] = {"waitForDebuggerOnStart": True}
        pipe.socket.sendall(json.dumps(message).encode() + b"\0")
        session = pipe.event("NodeWorker.attachedToWorker")["sessionId"]
        for n, method in enumerate(["Debugger.enable", "Runtime.runIfWaitingForDebugger"]):
            inner = json.dumps({"id": n, "method": method})
            pipe.request(
                210 + n, "NodeWorker.sendMessageToWorker", sessionId=session, message=inner
            )
        while (
            "Debugger.paused" not in pipe.event("NodeWorker.receivedMessageFromWorker")["message"]
        ):
            pass
        # Large messages, too.
        code = json.dumps("x" * 100_000)
        inner = json.dumps({"id": 9, "method": "Runtime.evaluate", "params": {"expression": code}})
        pipe.request(220, "NodeWorker.sendMessageToWorker", sessionId=session, message=inner)
        while '"id":9' not in pipe.event("NodeWorker.receivedMessageFromWorker")["message"]:
            pass
        pipe.socket.close()  # the terminal is closed
        assert result(call) == 21
        assert runtime.eval("a") == 20


def test_a_debug_terminal_that_goes_away_releases_the_program(monkeypatch, js_debug):
    ask(monkeypatch, js_debug)
    with Runtime(inspected("var a = 1")) as runtime:
        pipe = js_debug.accept()
        pipe.event("Target.targetCreated")
        call = in_thread(runtime.eval, "a")
        pipe.socket.close()
        assert result(call) == 1


def test_a_debug_terminal_is_told_that_the_runtime_ended(monkeypatch, js_debug):
    ask(monkeypatch, js_debug)
    runtime = Runtime(inspected())
    pipe = js_debug.accept()
    info = pipe.event("Target.targetCreated")["targetInfo"]
    pipe.request(1, "Target.attachToTarget", targetId=info["targetId"])
    runtime.close()
    assert pipe.event("Target.targetDestroyed")["targetId"] == info["targetId"]
    with pytest.raises(EOFError):
        pipe.read()


def test_no_thread_is_left(monkeypatch, js_debug):
    ask(monkeypatch, js_debug)
    with Runtime(inspected()):
        pipe = js_debug.accept()
        info = pipe.event("Target.targetCreated")["targetInfo"]
        pipe.request(1, "Target.attachToTarget", targetId=info["targetId"])
        ours = [t for t in threading.enumerate() if t.name == "jsrun-vscode"]
        assert len(ours) == 2
        pipe.socket.close()
    for thread in ours:
        thread.join(20)
        assert not thread.is_alive()
