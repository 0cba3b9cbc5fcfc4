"""Waiting for conditions, and for work in other threads, with a limit."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

TIMEOUT = 60.0
"""Seconds until a test gives up: many more than anything takes, even on a busy machine."""


def until(condition: Callable[[], Any]) -> Any:
    """Waits until the condition holds; returns what it returned."""
    deadline = time.monotonic() + TIMEOUT
    while not (value := condition()):
        assert time.monotonic() < deadline, "the condition never held"
        time.sleep(0.002)
    return value


async def until_async(condition: Callable[[], Any]) -> Any:
    """The same, and lets the event loop run meanwhile."""
    deadline = time.monotonic() + TIMEOUT
    while not (value := condition()):
        assert time.monotonic() < deadline, "the condition never held"
        await asyncio.sleep(0.002)
    return value


def in_thread(work: Callable[..., Any], *arguments: Any, **options: Any) -> Future[Any]:
    """Starts the work in a thread of its own."""
    future: Future[Any] = Future()

    def run() -> None:
        try:
            future.set_result(work(*arguments, **options))
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return future


def result(future: Future[Any]) -> Any:
    """Waits for what such work returned, or raises what it raised."""
    return future.result(timeout=TIMEOUT)
