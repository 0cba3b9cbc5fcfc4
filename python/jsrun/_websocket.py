"""A WebSocket client for our own inspector, with as much of RFC 6455 as that needs."""

from __future__ import annotations

import base64
import os
import socket
import struct
import threading
from urllib.parse import urlsplit

_CONTINUATION, _TEXT, _CLOSE, _PING, _PONG = 0x0, 0x1, 0x8, 0x9, 0xA
_FINAL, _MASKED = 0x80, 0x80


class WebSocket:
    """A connection to a ``ws://`` URL. One thread receives; any thread sends and closes."""

    def __init__(self, url: str, timeout: float) -> None:
        """Connect. Raises OSError if the server cannot be reached or refuses."""
        parts = urlsplit(url)
        self._socket = socket.create_connection((parts.hostname, parts.port), timeout)
        self._file = self._socket.makefile("rb")
        self._sending = threading.Lock()
        try:
            self._shake_hands(parts.netloc, f"{parts.path}?{parts.query}")
        except BaseException:
            self.close()
            raise
        self._socket.settimeout(None)

    def _shake_hands(self, host: str, path: str) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        self._socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        status = self._file.readline()
        if b" 101 " not in status:
            raise ConnectionRefusedError(f"{host} answered {status.decode(errors='replace')!r}")
        while self._file.readline().strip():
            pass

    def send(self, text: bytes) -> None:
        """Send a message in UTF-8. Raises OSError if the connection is gone."""
        self._send(_TEXT, text)

    def _send(self, opcode: int, data: bytes) -> None:
        if len(data) < 126:
            length = struct.pack("!B", _MASKED | len(data))
        elif len(data) < 1 << 16:
            length = struct.pack("!BH", _MASKED | 126, len(data))
        else:
            length = struct.pack("!BQ", _MASKED | 127, len(data))
        # Masks exist so that web pages cannot write the text of another protocol. This client is
        # not a web page: its mask is all zeros, which changes nothing.
        with self._sending:
            self._socket.sendall(bytes([_FINAL | opcode]) + length + bytes(4) + data)

    def _read(self, length: int) -> bytes:
        data = self._file.read(length)
        if data is None or len(data) < length:
            raise EOFError
        return data

    def _frame(self) -> tuple[int, bytes]:
        first, length = self._read(2)
        if length == 126:
            (length,) = struct.unpack("!H", self._read(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", self._read(8))
        return first, self._read(length)

    def receive(self) -> bytes | None:
        """The next message; None: the connection has ended."""
        message = b""
        try:
            while True:
                first, data = self._frame()
                opcode = first & 0x0F
                if opcode == _CLOSE:
                    self._send(_CLOSE, data)
                    return None
                if opcode == _PING:
                    self._send(_PONG, data)
                elif opcode in (_TEXT, _CONTINUATION):
                    message += data
                    if first & _FINAL:
                        return message
        except (EOFError, OSError, ValueError):
            return None

    def close(self) -> None:
        """End the connection; receive() then returns None. May be repeated."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # the connection is gone already
        self._socket.close()
