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
    """The URL that a client of the Chrome DevTools Protocol connects to."""
    devtools_frontend_url: str
    """The URL to open in Chrome."""
    title: str
    description: str
    target_url: str
    favicon_url: str | None
    host: str
    """The address and port that the inspector listens on, as ``host:port``."""
    process_websocket_url: str = ""
    """The URL that a client connects to for all runtimes of this host and port at once."""
    process_devtools_frontend_url: str = ""
    """The URL to open in Chrome to debug all of them in one window."""
    access_token: str | None = None
    """The secret that every request has to carry as the query parameter ``access_token``; the URLs
    above do. None: no secret is needed."""

    @property
    def port(self) -> int:
        """The port that the inspector listens on."""
        return int(self.host.rpartition(":")[2])


InspectorEndpoints.__module__ = "jsrun"
