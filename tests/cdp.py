"""A small client of the Chrome DevTools Protocol, for tests."""

from __future__ import annotations

import contextlib
import fcntl
import json
import socket
import struct
import sys
import termios
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

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
        """The next message, of any kind."""
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

    def until_received(self) -> None:
        """Waits until the other side has read all that was posted, even if it cannot answer."""
        assert self._socket.ping().wait(TIMEOUT)

    def event(
        self, method: str, accept: Callable[[Message], bool] = lambda parameters: True
    ) -> Message:
        """The parameters of the next event of this method that is accepted."""

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
        """The URL of the script of a call frame."""
        return self._urls[frame["location"]["scriptId"]]

    def evaluate(self, expression: str) -> Any:
        """Evaluates in the global scope."""
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
        """Closes the connection in order."""
        self._socket.close()

    def vanish(self) -> None:
        """Cuts the connection, as a process that crashes."""
        raw = self._socket.socket
        with contextlib.suppress(OSError):  # the other side has closed it
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            raw.shutdown(socket.SHUT_RDWR)
        raw.close()

    def until_closed(self) -> int | None:
        """Waits until the other side closes the connection; returns its close code."""
        from websockets.exceptions import ConnectionClosed

        try:
            while True:
                self.message()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None


class RawClient:
    """A WebSocket client without a thread that reads. It reads only what a test asks for."""

    def __init__(self, url: str, buffer: int = 0) -> None:
        """``buffer``: the receive buffer's rough size in bytes; 0: the system's default."""
        parts = urlsplit(url)
        self.socket = socket.socket()
        if buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        self.socket.settimeout(TIMEOUT)
        self.socket.connect((parts.hostname, parts.port))
        self.socket.sendall(
            f"GET {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n".encode()
        )
        self._reader = self.socket.makefile("rb", buffering=4096)
        assert b" 101 " in self._reader.readline()
        while self._reader.readline() != b"\r\n":
            pass
        self._looks: list[int] = []

    def send(self, text: str) -> None:
        """Sends one message. Its mask is zero, so the text is sent as it is."""
        data = text.encode()
        if len(data) < 126:
            head = struct.pack(">BB", 0x81, 0x80 | len(data))
        elif len(data) < 1 << 16:
            head = struct.pack(">BBH", 0x81, 0x80 | 126, len(data))
        else:
            head = struct.pack(">BBQ", 0x81, 0x80 | 127, len(data))
        self.socket.sendall(head + bytes(4) + data)

    def read_text(self) -> str:
        """The next whole message. Pings are skipped and not answered."""
        text = b""
        while True:
            first, second = self._reader.read(2)
            length = second & 0x7F
            if length > 125:
                size = 2 if length == 126 else 8
                length = int.from_bytes(self._reader.read(size), "big")
            data = self._reader.read(length)
            if first & 0x0F <= 1:
                text += data
                if first & 0x80:
                    return text.decode()

    def has_stopped(self) -> bool:
        """Whether there is unread data and no more arrives: the buffers are full."""
        unread = int.from_bytes(fcntl.ioctl(self.socket, termios.FIONREAD, bytes(4)), sys.byteorder)
        self._looks = [*self._looks[-60:], unread]
        return unread > 0 and len(self._looks) > 60 and min(self._looks) == unread

    def vanish(self) -> None:
        """Cuts the connection."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._reader.close()
        self.socket.close()


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
