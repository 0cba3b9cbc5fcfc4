"""Where the inspector of a runtime can be found."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["InspectorEndpoints"]


@dataclass(frozen=True)
class InspectorEndpoints:
    """Where a debugger finds a runtime."""

    id: str
    """The target's id: a random UUID that is part of the URLs."""
    websocket_url: str
    """What a client of the Chrome DevTools Protocol connects to."""
    devtools_frontend_url: str
    """What to open in Chrome."""
    title: str
    description: str
    target_url: str
    favicon_url: str | None
    host: str
    """The address and port that are listened on, as ``host:port``."""
    process_websocket_url: str = ""
    """What a client connects to for all runtimes of this host and port at once."""
    process_devtools_frontend_url: str = ""
    """What to open in Chrome to debug all of them in one window."""
    access_token: str | None = None
    """What the URLs have as their query parameter ``access_token``, and others need; None:
    nothing."""

    @property
    def port(self) -> int:
        """The port that is listened on."""
        return int(self.host.rpartition(":")[2])


InspectorEndpoints.__module__ = "jsrun"
