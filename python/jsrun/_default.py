"""The default runtime of a thread or an asyncio task."""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Callable, Coroutine, Mapping
from contextvars import ContextVar
from datetime import timedelta
from typing import Any

from ._jsrun import Runtime

__all__ = [
    "bind_function",
    "bind_object",
    "close_default_runtime",
    "eval",
    "eval_async",
    "get_default_runtime",
]


def _current_owner() -> object:
    try:
        task = asyncio.current_task()
    except RuntimeError:  # no event loop runs in this thread
        task = None
    return threading.current_thread() if task is None else task


class _Slot:
    """A default runtime and its owner. A context, and with it a slot, may be a copy of another
    task's: the owner tells."""

    def __init__(self, owner: object) -> None:
        self.owner = weakref.ref(owner)
        self.runtime = Runtime()
        if isinstance(owner, asyncio.Task):
            owner.add_done_callback(lambda _task: self.runtime.close())

    def __del__(self) -> None:
        # The thread has ended, and its context has gone with it.
        runtime = getattr(self, "runtime", None)
        if runtime is not None:
            runtime.close()


_slot: ContextVar[_Slot | None] = ContextVar("jsrun_default_runtime", default=None)


def _own_slot() -> _Slot | None:
    slot = _slot.get()
    return slot if slot is not None and slot.owner() is _current_owner() else None


def get_default_runtime() -> Runtime:
    """The runtime of the current asyncio task, or else of the current thread.

    It is created when it is first asked for, with the default settings, and closed when the
    task or thread ends, by ``close_default_runtime()``, and at the exit of the interpreter.
    """
    slot = _own_slot()
    if slot is None or slot.runtime.is_closed():
        slot = _Slot(_current_owner())
        _slot.set(slot)
    return slot.runtime


def close_default_runtime() -> None:
    """Close the default runtime of the current task or thread, if there is one."""
    slot = _own_slot()
    if slot is not None:
        _slot.set(None)
        slot.runtime.close()


def eval(
    code: str, *, filename: str | None = None, timeout: float | timedelta | None = None
) -> Any:
    """Run a script in the default runtime of the current task or thread.

    See ``Runtime.eval()`` for the result, the timeout in seconds, and what is raised.
    """
    return get_default_runtime().eval(code, filename=filename, timeout=timeout)


def eval_async(
    code: str, *, filename: str | None = None, timeout: float | timedelta | None = None
) -> Coroutine[Any, Any, Any]:
    """Run a script in the default runtime of the current task without blocking its loop.

    Await the result. See ``Runtime.eval_async()`` for it, for the timeout in seconds
    and for what is raised.
    """
    return get_default_runtime().eval_async(code, filename=filename, timeout=timeout)


def bind_function(name: str, handler: Callable[..., Any]) -> None:
    """Make a Python callable a global function of the default runtime.

    See ``Runtime.bind_function()``.
    """
    get_default_runtime().bind_function(name, handler)


def bind_object(name: str, obj: Mapping[str, Any]) -> None:
    """Make a mapping a global object of the default runtime.

    See ``Runtime.bind_object()``.
    """
    get_default_runtime().bind_object(name, obj)


for _public in (
    bind_function,
    bind_object,
    close_default_runtime,
    eval,
    eval_async,
    get_default_runtime,
):
    _public.__module__ = "jsrun"
