"""A client of the root, the connection that shows all runtimes of an endpoint, for tests."""

from __future__ import annotations

import json
from typing import Any

from cdp import CdpError, Client, Message, fetch


def root_url(host: str) -> str:
    status, body = fetch(host, "/json/version")
    assert status == 200
    return json.loads(body)["webSocketDebuggerUrl"]


class Session:
    """A runtime as a client of the root sees it: its messages are flat, or wrapped in others."""

    def __init__(self, root: Root, id: str) -> None:
        self.root = root
        self.id = id

    def send(self, method: str, **parameters: Any) -> Message:
        self.root.session_id = self.id
        return self.root.send(method, **parameters)

    def event(self, method: str) -> Message:
        return self.root.event_of(self.id, method)

    def evaluate(self, expression: str) -> Any:
        result = self.send("Runtime.evaluate", expression=expression, returnByValue=True)
        return result["result"].get("value")

    def evaluate_in_frame(self, paused: Message, expression: str) -> Any:
        frame = paused["callFrames"][0]["callFrameId"]
        return self.send("Debugger.evaluateOnCallFrame", callFrameId=frame, expression=expression)[
            "result"
        ].get("value")


class WrappedSession(Session):
    """A session whose messages are wrapped in those of a domain: Target or NodeWorker."""

    def __init__(self, root: Root, id: str, domain: str) -> None:
        super().__init__(root, id)
        self._send, self._received = {
            "Target": ("Target.sendMessageToTarget", "Target.receivedMessageFromTarget"),
            "NodeWorker": (
                "NodeWorker.sendMessageToWorker",
                "NodeWorker.receivedMessageFromWorker",
            ),
        }[domain]
        self._messages: list[Message] = []
        self._last = 0

    def _receive(self) -> Message:
        outer = self.root.event(self._received, lambda params: params["sessionId"] == self.id)
        message: Message = json.loads(outer["message"])
        return message

    def send(self, method: str, **parameters: Any) -> Message:
        self._last += 1
        inner = json.dumps({"id": self._last, "method": method, "params": parameters})
        self.root.send(self._send, sessionId=self.id, message=inner)
        while True:
            message = self._receive()
            if message.get("id") == self._last:
                if "error" in message:
                    raise CdpError(message["error"]["message"])
                return message["result"]
            self._messages.append(message)

    def event(self, method: str) -> Message:
        for message in self._messages:
            if message["method"] == method:
                self._messages.remove(message)
                return message["params"]
        while (message := self._receive()).get("method") != method:
            self._messages.append(message)
        return message["params"]


class Root(Client):
    """A client of the root."""

    session_id: str | None = None
    """The session that the next message is for; None: the root itself."""

    def post(self, method: str, **parameters: Any) -> int:
        self._next_id += 1
        message = {"id": self._next_id, "method": method, "params": parameters}
        if self.session_id:
            message["sessionId"], self.session_id = self.session_id, None
        self._socket.send(json.dumps(message))
        return self._next_id

    def post_text(self, text: str) -> Message:
        """Sends any text; returns the next message."""
        self._socket.send(text)
        return self.message()

    def event_of(self, session: str, method: str) -> Message:
        for message in self._events:
            if message.get("sessionId") == session and message.get("method") == method:
                self._events.remove(message)
                return message["params"]
        while True:
            message = self.message()
            if message.get("sessionId") == session and message.get("method") == method:
                return message["params"]
            self._events.append(message)

    def no_event(self, method: str) -> None:
        """Checks that no such event has come, or was on its way."""
        self.send("Browser.getVersion")
        assert not [event for event in self._events if event.get("method") == method]

    def auto_attach(self, wait: bool = False, attach: bool = True) -> None:
        self.send("Target.setAutoAttach", autoAttach=attach, waitForDebuggerOnStart=wait)

    def attached(self) -> Message:
        return self.event("Target.attachedToTarget")

    def attached_worker(self) -> Message:
        return self.event("NodeWorker.attachedToWorker")


def attach_all(root: Root, kind: str, count: int) -> dict[str, Session]:
    """Attaches to all runtimes; returns their sessions by title."""
    found: dict[str, Session] = {}
    if kind == "worker":
        root.send("NodeWorker.enable", waitForDebuggerOnStart=False)
        for _ in range(count):
            event = root.attached_worker()
            session = WrappedSession(root, event["sessionId"], "NodeWorker")
            found[event["workerInfo"]["title"]] = session
        return found
    if kind == "wrapped":
        for info in root.send("Target.getTargets")["targetInfos"]:
            id = root.send("Target.attachToTarget", targetId=info["targetId"])["sessionId"]
            found[info["title"]] = WrappedSession(root, id, "Target")
        return found
    root.auto_attach()
    for _ in range(count):
        event = root.attached()
        found[event["targetInfo"]["title"]] = Session(root, event["sessionId"])
    return found
