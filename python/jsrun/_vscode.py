"""VS Code's Auto Attach and JavaScript Debug Terminal: tell them of an inspector.

VS Code's debugger for JavaScript, js-debug, sets an environment variable for the processes that it
watches, and gives Node.js a script that reads it. This module does what that script does, for a
process that is not Node.js: it announces an inspector on js-debug's socket, and lets its runtimes
wait until js-debug has set its breakpoints. There are two ways. For Auto Attach js-debug has to be
told where the inspector is, and attaches itself. For a debug terminal or a launch configuration it
reaches the inspector through the socket of the announcement: messages are passed on.
"""

from __future__ import annotations

import json
import os
import platform
import re
import secrets
import socket
import struct
import sys
import threading
import time
import warnings
import weakref
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ._websocket import WebSocket

if TYPE_CHECKING:
    from ._endpoints import InspectorEndpoints
    from ._jsrun import Runtime

VARIABLE = "VSCODE_INSPECTOR_OPTIONS"
_SEPARATOR = ":::"
"""Stands between several settings, of which the last one counts."""
_TIMEOUT = 10.0
"""How long js-debug may take to answer, in seconds."""
_LEASE_SECONDS = 2.0
"""How old the lease of an Auto Attach may be that is still switched on, in seconds."""


def _script() -> str:
    program = sys.argv[0] if getattr(sys, "argv", None) else ""
    return os.path.abspath(program) if program and program not in ("-c", "-m") else program


def _has_lease(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            (milliseconds,) = struct.unpack(">d", file.read(8))
    except (OSError, struct.error):
        return False
    return bool(milliseconds / 1000 > time.time() - _LEASE_SECONDS)


def _matches(pattern: str) -> bool:
    try:
        return re.search(pattern, _script()) is not None
    except re.error:
        return True


def _options() -> dict[str, Any] | None:
    """What js-debug wants from this process. None: nothing, or it no longer listens."""
    texts = [text for text in os.environ.get(VARIABLE, "").split(_SEPARATOR) if text.strip()]
    try:
        options = json.loads(texts[-1]) if texts else None
    except ValueError:
        return None
    if not isinstance(options, dict):
        return None
    address = options.get("inspectorIpc")
    if not isinstance(address, str) or not os.path.exists(address):
        return None
    if options.get("requireLease") and not _has_lease(str(options["requireLease"])):
        return None
    return options if _matches(str(options.get("waitForDebugger") or "")) else None


class _Announcement:
    """An endpoint that js-debug was told of."""

    def __init__(self, endpoints: InspectorEndpoints, options: dict[str, Any]) -> None:
        self.url = endpoints.process_websocket_url
        self.id = secrets.token_hex(12)
        self.pending = True
        """Whether js-debug has not attached yet, as far as this module knows."""
        self.runtimes: weakref.WeakSet[Runtime] = weakref.WeakSet()
        """The runtimes that wait for it."""
        self._options = options
        self._inspector: WebSocket | None = None

    def is_over(self) -> bool:
        """Whether the endpoint is gone, so that js-debug has to be told again."""

        def is_there(runtime: Runtime) -> bool:
            endpoints = runtime.inspector_endpoints()
            return not runtime.is_closed() and endpoints is not None and self._is_of(endpoints)

        return not any(map(is_there, self.runtimes))

    def _is_of(self, endpoints: InspectorEndpoints) -> bool:
        return endpoints.process_websocket_url == self.url

    def start(self) -> None:
        """Tell js-debug. Raises OSError if that fails."""
        address = str(self._options["inspectorIpc"])
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(_TIMEOUT)
        try:
            self._socket.connect(address)
            if self._options.get("deferredMode"):
                self._tell(address)
                self._socket.close()
                self.pending = False
            else:
                self._send({"method": "Target.targetCreated", "params": self._target()})
                self._socket.settimeout(None)
                threading.Thread(target=self._serve, name="jsrun-vscode", daemon=True).start()
        except BaseException:
            self._socket.close()
            raise

    def give_up(self) -> None:
        """Nobody will attach: let the runtimes go on."""
        self.pending = False
        for runtime in list(self.runtimes):
            runtime._stop_waiting()

    # --- Auto Attach ------------------------------------------------------------------------------

    def _tell(self, address: str) -> None:
        self._send(
            {
                "ipcAddress": address,
                "pid": str(os.getpid()),
                "telemetry": {
                    "cwd": os.getcwd(),
                    "processId": os.getpid(),
                    "nodeVersion": "",
                    "architecture": platform.machine(),
                },
                "scriptName": _script(),
                "inspectorURL": self.url,
                "waitForDebugger": True,
                "ownId": self.id,
                "openerId": self._options.get("openerId"),
            }
        )
        if self._socket.recv(1) != b"\0":
            raise ConnectionRefusedError("VS Code refused to attach")

    # --- the debug terminal -----------------------------------------------------------------------

    def _target(self) -> dict[str, Any]:
        info = {
            "targetId": self.id,
            "processId": os.getpid(),
            "type": "waitingForDebugger",
            "title": _script(),
            "url": f"file://{_script()}",
            "attached": True,
            "canAccessOpener": False,
            "processInspectorPort": urlsplit(self.url).port,
        }
        if self._options.get("openerId"):
            info["openerId"] = self._options["openerId"]
        return {"targetInfo": info}

    def _send(self, message: dict[str, Any]) -> None:
        self._socket.sendall(json.dumps(message).encode() + b"\0")

    def _serve(self) -> None:
        """Take messages until js-debug ends the connection. Runs on a thread of its own."""
        rest = b""
        try:
            while data := self._socket.recv(1 << 16):
                *messages, rest = (rest + data).split(b"\0")
                for message in messages:
                    self._handle(message)
        except OSError:
            pass
        self._detach()
        self._socket.close()
        self.give_up()

    def _handle(self, message: bytes) -> None:
        if b'"Target.attachToTarget"' in message or b'"Target.detachFromTarget"' in message:
            request = json.loads(message)
            if request.get("method") == "Target.attachToTarget":
                self._attach()
                self._send({"id": request["id"], "result": {"sessionId": self.id}})
                return
            if request.get("method") == "Target.detachFromTarget":
                self._detach()
                self._send({"id": request["id"], "result": {}})
                return
        if self._inspector:
            self._inspector.send(message)

    def _attach(self) -> None:
        self._detach()
        self._inspector = WebSocket(self.url, _TIMEOUT)
        self.pending = False
        arguments = (self._inspector,)
        threading.Thread(
            target=self._pass_back, args=arguments, name="jsrun-vscode", daemon=True
        ).start()

    def _detach(self) -> None:
        inspector, self._inspector = self._inspector, None
        if inspector:
            inspector.close()

    def _pass_back(self, inspector: WebSocket) -> None:
        """Pass the inspector's messages to js-debug. Runs on a thread of its own."""
        try:
            while (message := inspector.receive()) is not None:
                self._socket.sendall(message + b"\0")
            if self._inspector is inspector:  # the inspector has ended the connection
                gone = {"targetId": self.id, "sessionId": self.id}
                self._send({"method": "Target.targetDestroyed", "params": gone})
                self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        inspector.close()


_lock = threading.Lock()
_announcements: dict[str, _Announcement] = {}
"""The announcements by host and port."""


def _current(endpoint: str) -> _Announcement | None:
    """The announcement of an endpoint, if it is still valid."""
    announcement = _announcements.get(endpoint)
    if announcement and announcement.is_over():
        del _announcements[endpoint]
        return None
    return announcement


def wants_to_attach(endpoint: str, port: int) -> bool:
    """Whether a runtime that opens its inspector there has to wait for VS Code."""
    if _options() is None:
        return False
    with _lock:
        announcement = _current(endpoint) if port else None
        return announcement is None or announcement.pending


def announce(runtime: Runtime, endpoints: InspectorEndpoints) -> None:
    """Tell VS Code of a runtime's endpoint, unless it knows. Called if wants_to_attach()."""
    with _lock:
        options = _options()
        announcement = _announcements.get(endpoints.host)
        known = announcement is not None and announcement.url == endpoints.process_websocket_url
        if announcement is None or not known:
            announcement = _Announcement(endpoints, options or {})
            _announcements[endpoints.host] = announcement
        announcement.runtimes.add(runtime)
        if known and announcement.pending:
            return
        try:
            if options is None:
                raise ConnectionRefusedError("VS Code no longer listens")
            if not known:
                announcement.start()
        except OSError as error:
            announcement.give_up()
            del _announcements[endpoints.host]
            warnings.warn(
                f"VS Code could not be told of the debugger: {error}", RuntimeWarning, stacklevel=2
            )
