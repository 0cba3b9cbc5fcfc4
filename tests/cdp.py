"""A small client of the Chrome DevTools Protocol, for tests."""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import time
import urllib.request
from collections.abc import Callable
from typing import Any

from websockets.sync.client import connect

TIMEOUT = 20.0

Message = dict[str, Any]


class CdpError(Exception):
    """The other side answered with an error."""


class Client:
    """One session. Events are kept until somebody asks for them."""

    def __init__(self, url: str) -> None:
        connecting = connect(url, max_size=None, open_timeout=TIMEOUT, compression=None)
        self._socket = connecting.__enter__()
        self._next_id = 0
        self._urls: dict[str, str] = {}
        self._events: list[Message] = []

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def message(self) -> Message:
        """The next one, whatever it is."""
        message = json.loads(self._socket.recv(timeout=TIMEOUT))
        if message.get("method") == "Debugger.scriptParsed":
            self._urls[message["params"]["scriptId"]] = message["params"]["url"]
        return message

    def post(self, method: str, **parameters: Any) -> int:
        """Sends a request and does not wait for the answer."""
        self._next_id += 1
        message = {"id": self._next_id, "method": method, "params": parameters}
        self._socket.send(json.dumps(message))
        return self._next_id

    def answer(self, request: int) -> Message:
        """The answer to a request that was posted."""
        while True:
            message = self.message()
            if message.get("id") == request:
                if "error" in message:
                    raise CdpError(message["error"]["message"])
                return message["result"]
            self._events.append(message)

    def send(self, method: str, **parameters: Any) -> Message:
        return self.answer(self.post(method, **parameters))

    def event(
        self, method: str, accept: Callable[[Message], bool] = lambda parameters: True
    ) -> Message:
        """The parameters of the next such event."""

        def fits(message: Message) -> bool:
            return message.get("method") == method and accept(message["params"])

        for index, message in enumerate(self._events):
            if fits(message):
                del self._events[index]
                return message["params"]
        while True:
            message = self.message()
            if fits(message):
                return message["params"]
            self._events.append(message)

    def paused(self) -> Message:
        return self.event("Debugger.paused")

    def url_of(self, frame: Message) -> str:
        """Of the script of a call frame."""
        return self._urls[frame["location"]["scriptId"]]

    def evaluate(self, expression: str) -> Any:
        """In the global scope."""
        result = self.send("Runtime.evaluate", expression=expression, returnByValue=True)
        return result["result"].get("value")

    def evaluate_in_frame(self, paused: Message, expression: str, frame: int = 0) -> Any:
        result = self.send(
            "Debugger.evaluateOnCallFrame",
            callFrameId=paused["callFrames"][frame]["callFrameId"],
            expression=expression,
            returnByValue=True,
        )
        return result["result"].get("value")

    def close(self) -> None:
        """Says goodbye."""
        self._socket.close()

    def vanish(self) -> None:
        """Is gone without a word, as a process that crashes."""
        raw = self._socket.socket
        with contextlib.suppress(OSError):  # the other side has closed it
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            raw.shutdown(socket.SHUT_RDWR)
        raw.close()

    def until_closed(self) -> int | None:
        """Waits until the other side closes the connection; the code that it gave."""
        from websockets.exceptions import ConnectionClosed

        try:
            while True:
                self.message()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None


def fetch(host: str, path: str, **headers: str) -> tuple[int, bytes]:
    """The status and body of an HTTP GET."""
    request = urllib.request.Request(f"http://{host}{path}", headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def targets(host: str) -> list[Message]:
    status, body = fetch(host, "/json/list")
    assert status == 200
    return json.loads(body)


def until(condition: Callable[[], Any]) -> Any:
    """Waits until the condition holds; gives what it said."""
    deadline = time.monotonic() + TIMEOUT
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, "the condition did not come to hold"
        time.sleep(0.005)
