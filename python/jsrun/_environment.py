"""Settings from the environment: an inspector for programs that do not ask for one."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ._endpoints import InspectorEndpoints
    from ._jsrun import Runtime

VARIABLE = "JSRUN_INSPECT"


class InspectRequest(NamedTuple):
    """The parts of ``JSRUN_INSPECT=[host:]port[,wait][,brk]``."""

    host: str
    port: int
    wait: bool
    stop: bool


def _wrong(text: str, why: str) -> ValueError:
    return ValueError(f"{VARIABLE}={text!r}: {why}; the form is [host:]port[,wait][,brk]")


def _parse(text: str) -> InspectRequest:
    address, *options = text.strip().split(",")
    host, _, port = address.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise _wrong(text, f"an IPv6 address needs brackets, as in [::1]:{port}")
    if not (port.isascii() and port.isdigit()) or int(port) > 65535:
        raise _wrong(text, f"{port!r} is not a port from 0 to 65535")
    for option in options:
        if option not in ("wait", "brk"):
            raise _wrong(text, f"{option!r} is neither wait nor brk")
    return InspectRequest(host or "127.0.0.1", int(port), "wait" in options, "brk" in options)


def inspect_request() -> InspectRequest | None:
    """What the environment asks for now, or None. Raises ValueError if it is not understood."""
    text = os.environ.get(VARIABLE, "")
    return _parse(text) if text.strip() else None


def vscode_wants_to_attach(endpoint: str, port: int) -> bool:
    """Whether a runtime that opens its inspector there has to wait for VS Code."""
    if not os.environ.get("VSCODE_INSPECTOR_OPTIONS"):
        return False
    from . import _vscode

    return _vscode.wants_to_attach(endpoint, port)


def tell_vscode(runtime: Runtime, endpoints: InspectorEndpoints) -> None:
    """Tell VS Code of the runtime, so that it attaches."""
    from . import _vscode

    _vscode.announce(runtime, endpoints)


def announce(websocket_url: str, devtools_frontend_url: str) -> None:
    """Print where the program can be debugged, since the program does not say so itself."""
    if sys.stderr is not None:
        print(
            f"jsrun: debugger listening on {websocket_url}\n"
            f"jsrun: in Chrome, open {devtools_frontend_url}",
            file=sys.stderr,
        )
