"""How greenlets take turns in a runtime: for the extension.

A greenlet that finds another one inside of the runtime waits in the way of the library that
schedules it, so that the other one can go on. A greenlet without such a library cannot wait.
"""

from __future__ import annotations

import asyncio
import importlib
import sys
import time
from collections.abc import Callable
from typing import Any, Protocol


class _Event(Protocol):
    def set(self) -> Any: ...


class _Once:
    """eventlet's event, which may be sent only once."""

    def __init__(self, event: Any) -> None:
        self.event = event

    def set(self) -> None:
        if not self.event.ready():
            self.event.send(True)


def _module(name: str) -> Any:
    """A library that need not be installed, and has no types that could be relied on."""
    return importlib.import_module(name)


def _gevent(add: Callable[[_Event], None], seconds: float | None) -> bool | None:
    gevent, events = _module("gevent"), _module("gevent.event")
    if gevent._hub_local.get_hub_if_exists() is None or gevent.getcurrent() is gevent.get_hub():
        return False
    event = events.Event()
    add(event)
    return event.wait(seconds) or None


def _eventlet(add: Callable[[_Event], None], seconds: float | None) -> bool | None:
    eventlet = _module("eventlet")
    if eventlet.getcurrent() is eventlet.hubs.get_hub().greenlet:
        return False

    event = eventlet.Event()
    add(_Once(event))
    return event.wait(seconds) or None


def _sqlalchemy(add: Callable[[_Event], None], seconds: float | None) -> bool | None:
    concurrency = _module("sqlalchemy.util.concurrency")
    if not concurrency.in_greenlet():
        return False

    async def wait() -> bool | None:
        event = asyncio.Event()
        add(event)
        try:
            return await asyncio.wait_for(event.wait(), seconds)
        except asyncio.TimeoutError:
            return None

    ended: bool | None = concurrency.await_only(wait())
    return ended


_SCHEDULERS = {"sqlalchemy": _sqlalchemy, "gevent": _gevent, "eventlet": _eventlet}


def await_turn(waiters: list[_Event], until: float) -> bool | None:
    """Let other greenlets run until a call of the runtime has ended.

    ``until``: on the monotonic clock, in seconds; 0 for no limit. Returns True when a call has
    ended, None when the time is over, and False at once if no library that is known here
    schedules this greenlet.
    """
    added: list[_Event] = []

    def add(event: _Event) -> None:
        added.append(event)
        waiters.append(event)

    try:
        for name, wait in _SCHEDULERS.items():
            if name in sys.modules:
                ended = wait(add, max(0.0, until - time.monotonic()) if until else None)
                if ended is not False:
                    return ended
        return False
    finally:
        for event in added:
            waiters.remove(event)


def end_turn(waiters: list[_Event]) -> None:
    """Wake those who wait; each looks for itself whether it may go on."""
    for event in waiters:
        event.set()
