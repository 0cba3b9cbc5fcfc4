"""A small client for the Chrome DevTools Protocol (CDP), in the standard library alone.

CDP is JSON messages over one WebSocket: a client sends commands (`{"id": 1, "method": ...}`), the
runtime answers each with the same id, and sends events (without an id) whenever something happens.
`WebSocket` is the part of RFC 6455 that a client needs for that, `CdpClient` is the rest:

    with CdpClient(runtime.inspector_endpoints().websocket_url) as client:
        client.call("Debugger.enable")
        client.call("Runtime.runIfWaitingForDebugger")
        stop = client.wait_for("Debugger.paused")
        print(stop["callFrames"][0]["functionName"])
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import socket
import struct
import time
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

# Every server appends this text to the client's key to show that it speaks WebSocket (RFC 6455).
HANDSHAKE_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA


class CdpError(Exception):
    """The connection failed, or the runtime answered a command with an error."""


class WebSocket:
    """One client connection: text messages out and in."""

    def __init__(self, url: str, timeout: float = 10) -> None:
        address = urlsplit(url)
        if address.scheme != "ws" or not address.hostname:
            raise CdpError(f"not a ws:// address: {url}")
        try:
            self.socket = socket.create_connection((address.hostname, address.port or 80), timeout)
        except OSError as error:
            raise CdpError(f"cannot connect to {url}: {error}") from error
        self.received = bytearray()
        self.close_sent = False
        try:
            self._handshake(address.netloc, address.path or "/")
        except BaseException:
            self.socket.close()
            raise

    def _handshake(self, host: str, path: str) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        deadline = time.monotonic() + 10
        while b"\r\n\r\n" not in self.received:
            self._receive_some(deadline)
        head, _, self.received = self.received.partition(b"\r\n\r\n")  # frames may follow at once
        status, *lines = head.decode("latin-1").split("\r\n")
        if status.split(" ")[1:2] != ["101"]:
            raise CdpError(f"the server refused the connection: {status}")
        headers = dict(line.lower().split(":", 1) for line in lines if ":" in line)
        expected = base64.b64encode(hashlib.sha1((key + HANDSHAKE_GUID).encode()).digest()).decode()
        if headers.get("sec-websocket-accept", "").strip() != expected.lower():
            raise CdpError("the server's WebSocket handshake does not fit the key that was sent")

    def send(self, text: str) -> None:
        self._send_frame(TEXT, text.encode())

    def receive(self, deadline: float) -> str:
        """The next text message, put together from its fragments; pings are answered on the way."""
        message = bytearray()
        while True:
            first, second = self._receive_exactly(2, deadline)
            final, opcode, length = first & 0x80, first & 0x0F, second & 0x7F
            if length == 126:
                (length,) = struct.unpack("!H", self._receive_exactly(2, deadline))
            elif length == 127:
                (length,) = struct.unpack("!Q", self._receive_exactly(8, deadline))
            payload = self._receive_exactly(length, deadline)
            # Control frames may come between the fragments of a message.
            if opcode == PING:
                self._send_frame(PONG, payload)
            elif opcode == CLOSE:
                if not self.close_sent:
                    self._send_frame(CLOSE, payload[:2])
                    self.close_sent = True
                reason = payload[2:].decode(errors="replace") or "no reason given"
                raise CdpError(f"the runtime closed the connection ({reason})")
            elif opcode in (TEXT, BINARY, CONTINUATION):
                message += payload
                if final:
                    return message.decode()

    def close(self) -> None:
        try:
            if not self.close_sent:
                self.close_sent = True
                self._send_frame(CLOSE, struct.pack("!H", 1000))
        except (OSError, CdpError):
            pass  # the other side was faster
        self.socket.close()

    def _send_frame(self, opcode: int, payload: bytes) -> None:
        """Clients mask what they send: no web page can then write what a proxy takes for HTTP."""
        length = len(payload)
        if length < 126:
            header = struct.pack("!BB", 0x80 | opcode, 0x80 | length)
        elif length < 1 << 16:
            header = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, length)
        else:
            header = struct.pack("!BBQ", 0x80 | opcode, 0x80 | 127, length)
        mask = os.urandom(4)
        key_stream = (mask * (length // 4 + 1))[:length]
        masked = int.from_bytes(payload, "big") ^ int.from_bytes(key_stream, "big")
        try:
            self.socket.sendall(header + mask + masked.to_bytes(length, "big"))
        except OSError as error:
            raise CdpError(f"the connection broke: {error}") from error

    def _receive_exactly(self, count: int, deadline: float) -> bytes:
        while len(self.received) < count:
            self._receive_some(deadline)
        result = bytes(self.received[:count])
        del self.received[:count]
        return result

    def _receive_some(self, deadline: float) -> None:
        self.socket.settimeout(max(deadline - time.monotonic(), 0.001))
        try:
            data = self.socket.recv(1 << 16)
        except socket.timeout:  # the name TimeoutError had before Python 3.10
            raise CdpError("the runtime did not answer in time") from None
        except OSError as error:
            raise CdpError(f"the connection broke: {error}") from error
        if not data:
            raise CdpError("the runtime ended the connection")
        self.received += data


class CdpClient:
    """Sends commands and waits for answers and events. For use by one thread."""

    def __init__(self, url: str, timeout: float = 10) -> None:
        self.timeout = timeout
        self.web_socket = WebSocket(url, timeout)
        self.last_id = 0
        # Those that arrived during a wait for something else.
        self.events: deque[dict[str, Any]] = deque()
        # By the name of an event: functions to call with its parameters when it arrives.
        self.handlers: dict[str, Callable[[dict[str, Any]], None]] = {}

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Sends a command and returns its result."""
        self.last_id += 1
        command = {"id": self.last_id, "method": method, "params": params}
        self.web_socket.send(json.dumps(command))
        deadline = time.monotonic() + self.timeout
        while True:
            message = self._receive(deadline, f"the answer to {method}")
            if "id" not in message:
                self.events.append(message)
            elif message["id"] == self.last_id:
                if "error" in message:
                    raise CdpError(f"{method} failed: {message['error'].get('message')}")
                result: dict[str, Any] = message["result"]
                return result

    def wait_for(self, method: str) -> dict[str, Any]:
        """The parameters of the next event of this name; events before it are dropped."""
        deadline = time.monotonic() + self.timeout
        while True:
            if self.events:
                message = self.events.popleft()
            else:
                message = self._receive(deadline, f"the event {method}")
            if message.get("method") == method:
                params: dict[str, Any] = message["params"]
                return params

    def close(self) -> None:
        self.web_socket.close()

    def _receive(self, deadline: float, what: str) -> dict[str, Any]:
        try:
            message: dict[str, Any] = json.loads(self.web_socket.receive(deadline))
        except CdpError as error:
            raise CdpError(f"while waiting for {what}: {error}") from error
        handler = self.handlers.get(message.get("method", ""))
        if handler:
            handler(message["params"])
        return message

    def __enter__(self) -> CdpClient:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
