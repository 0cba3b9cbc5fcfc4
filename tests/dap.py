"""A small client of the Debug Adapter Protocol, for tests. It plays VS Code."""

from __future__ import annotations

import json
import queue
import socket
import threading
from collections.abc import Callable
from typing import Any

TIMEOUT = 30.0

Message = dict[str, Any]


class DapError(Exception):
    """The debugger answered with an error."""


class DapSession:
    """One debug session. Events are kept until somebody asks for them."""

    def __init__(self, port: int, configuration: Message, parent: DapSession | None = None) -> None:
        self.configuration = configuration
        self.children: queue.Queue[DapSession] = parent.children if parent else queue.Queue()
        self.output: list[str] = []
        self._port = port
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT)
        self._socket.settimeout(None)
        self._file = self._socket.makefile("rb")
        self._lock = threading.Condition()
        self._sequence = 0
        self._answers: dict[int, Message] = {}
        self._events: list[Message] = []
        self._ended = False
        threading.Thread(target=self._read, daemon=True).start()
        self._starting: int | None = None

    def _send(self, message: Message) -> int:
        with self._lock:
            self._sequence += 1
            message["seq"] = self._sequence
            data = json.dumps(message).encode()
            self._socket.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(data), data))
            return self._sequence

    def _read(self) -> None:
        try:
            while header := self._file.readline():
                length = int(header.split(b":")[1])
                while self._file.readline().strip():
                    pass
                self._take(json.loads(self._file.read(length)))
        except (OSError, ValueError):
            pass
        with self._lock:
            self._ended = True
            self._lock.notify_all()

    def _take(self, message: Message) -> None:
        if message["type"] == "request":
            success = {"request_seq": message["seq"], "success": True, "type": "response"}
            if message["command"] == "startDebugging":
                configuration = message["arguments"]["configuration"]
                configuration["request"] = message["arguments"]["request"]
                self.children.put(DapSession(self._port, configuration, self))
            self._send({**success, "command": message["command"], "body": {}})
            return
        with self._lock:
            if message["type"] == "response":
                self._answers[message["request_seq"]] = message
            else:
                if message["event"] == "output":
                    self.output.append(message["body"].get("output", ""))
                self._events.append(message)
            self._lock.notify_all()

    def _wait(self, take: Callable[[], Message | None], what: str) -> Message:
        found: list[Message] = []

        def ready() -> bool:
            if not found and (message := take()) is not None:
                found.append(message)
            return bool(found) or self._ended

        with self._lock:
            assert self._lock.wait_for(ready, TIMEOUT), f"no {what}; got {self._events}"
        assert found, f"the session ended without {what}; got {self._events}"
        return found[0]

    def post(self, command: str, **arguments: Any) -> int:
        return self._send({"type": "request", "command": command, "arguments": arguments})

    def answer(self, request: int) -> Message:
        message = self._wait(lambda: self._answers.pop(request, None), f"answer to {request}")
        if not message["success"]:
            raise DapError(message.get("message"), message.get("body"))
        return message.get("body", {})

    def request(self, command: str, **arguments: Any) -> Message:
        return self.answer(self.post(command, **arguments))

    def event(self, name: str, accept: Callable[[Message], bool] = lambda body: True) -> Message:
        """The body of the next event of this name that is accepted."""

        def take() -> Message | None:
            for message in self._events:
                if message["event"] == name and accept(message.get("body", {})):
                    self._events.remove(message)
                    return message
            return None

        return self._wait(take, f"event {name}").get("body", {})

    def begin(self) -> None:
        """What VS Code does until breakpoints can be set."""
        self.request(
            "initialize",
            clientID="tests",
            adapterID=self.configuration["type"],
            pathFormat="path",
            linesStartAt1=True,
            columnsStartAt1=True,
            supportsVariableType=True,
            supportsStartDebuggingRequest=True,
        )
        self._starting = self.post(self.configuration["request"], **self.configuration)
        self.event("initialized")

    def configured(self) -> None:
        """What it does after that."""
        self.request("setExceptionBreakpoints", filters=[])
        self.request("configurationDone")
        assert self._starting is not None
        self.answer(self._starting)

    def close(self) -> None:
        self._socket.close()
