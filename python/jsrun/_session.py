"""Inspector sessions inside the program: the Chrome DevTools Protocol without a socket."""

from __future__ import annotations

import asyncio
import atexit
import json
import sys
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ._config import timeout_seconds
from ._errors import InspectorError, InspectorSessionClosed, RuntimeClosedError

if TYPE_CHECKING:
    from ._jsrun import Runtime

__all__ = ["InspectorEvent", "InspectorEvents", "InspectorSession"]

# How many bytes of messages may wait for a session's thread. Beyond that the runtime waits.
_QUEUE_BYTES = 16 * 1024 * 1024

_MAX_DEPTH = 298
"""How deeply arrays and objects may be nested in parameters: V8 reads 300 levels of a message."""


@dataclass(frozen=True)
class InspectorEvent:
    """A message that the inspector sends without being asked."""

    method: str
    """For example ``"Debugger.paused"``."""
    params: dict[str, Any]


Listener = Callable[[InspectorEvent], object]
Accept = Callable[[dict[str, Any]], object]


class _Waiter:
    """A thread or task that waits for the next event of certain methods."""

    def __init__(self, methods: frozenset[str], accept: Accept | None) -> None:
        self.methods = methods
        self.accept = accept
        self.future: Future[InspectorEvent] = Future()

    def takes(self, event: InspectorEvent) -> bool:
        if self.methods and event.method not in self.methods:
            return False
        return self.accept is None or bool(self.accept(event.params))


def _to_json(method: str, params: dict[str, Any]) -> str:
    """A request without its start, the id. Raises ValueError for what V8 cannot read: its answer
    would not tell which request it is for."""
    try:
        text = json.dumps({"method": method, "params": params}, allow_nan=False)[1:]
    except RecursionError:
        text = ""
    except ValueError as error:
        raise ValueError(f"the parameters of {method} cannot be sent as JSON: {error}") from None
    if not text or (text.count("[") + text.count("{") > _MAX_DEPTH and _is_deep(params)):
        raise ValueError(
            f"the parameters of {method} are nested too deeply: V8 reads {_MAX_DEPTH} levels"
        )
    return text


def _is_deep(params: dict[str, Any]) -> bool:
    level: list[Any] = [params]
    for _ in range(_MAX_DEPTH):
        inner = [
            item
            for value in level
            for item in (value.values() if isinstance(value, dict) else value)
        ]
        level = [item for item in inner if isinstance(item, (dict, list, tuple))]
    return bool(level)


class _Core:
    """The state that a session shares with its thread. The thread must not keep the session
    alive."""

    def __init__(self, channel: Any, max_events: int) -> None:
        self.channel = channel
        self.lock = threading.Lock()
        self.last_id = 0
        self.answers: dict[int, tuple[str, Future[dict[str, Any]]]] = {}
        self.listeners: dict[str, list[Listener]] = {}
        self.kept: deque[InspectorEvent] = deque()
        self.max_events = max_events
        self.lost = 0
        self.waiters: list[_Waiter] = []
        self.closed = False
        # Events that came while a listener waited for an answer. They are delivered in order later.
        self.postponed: deque[InspectorEvent] = deque()
        self.thread = threading.Thread(target=self.run, name="jsrun inspector session", daemon=True)

    # --- on the session's thread

    def run(self) -> None:
        while self.handle_one():
            while self.postponed:
                self.deliver(self.postponed.popleft())

    def handle_one(self) -> bool:
        """Take the next message; events are put aside. False: the session has ended."""
        text = self.channel.receive()
        if text is None:
            self.end()
            return False
        message = json.loads(text)
        if "method" in message:
            self.postponed.append(InspectorEvent(message["method"], message.get("params", {})))
        else:
            self.settle(message)
        return True

    def settle(self, message: dict[str, Any]) -> None:
        with self.lock:
            method, future = self.answers.pop(message.get("id", 0), ("", None))
        # A caller that has stopped waiting has cancelled the future.
        if future is None or not future.set_running_or_notify_cancel():
            return
        if "error" in message:
            error = message["error"]
            future.set_exception(
                InspectorError(method, error["code"], error["message"], error.get("data"))
            )
        else:
            future.set_result(message.get("result", {}))

    def deliver(self, event: InspectorEvent) -> None:
        with self.lock:
            listeners = [*self.listeners.get(event.method, ()), *self.listeners.get("*", ())]
            if not listeners:
                self.keep(event)
        for listener in listeners:
            try:
                listener(event)
            except InspectorSessionClosed:
                pass  # the session ended before its answer came
            except Exception:
                report = threading.ExceptHookArgs((*sys.exc_info(), self.thread))
                threading.excepthook(report)

    def keep(self, event: InspectorEvent) -> None:
        """Give the event to the first waiter that takes it, or keep it. The lock is held."""
        for waiter in list(self.waiters):
            try:
                if not waiter.takes(event):
                    continue
            except Exception as error:
                self.waiters.remove(waiter)
                if waiter.future.set_running_or_notify_cancel():
                    waiter.future.set_exception(error)
                continue
            self.waiters.remove(waiter)
            if waiter.future.set_running_or_notify_cancel():
                waiter.future.set_result(event)
                return
        if len(self.kept) >= self.max_events:
            self.kept.popleft()
            self.lost += 1
        self.kept.append(event)

    def end(self) -> None:
        with self.lock:
            self.closed = True
            answers, self.answers = self.answers, {}
            waiters, self.waiters = self.waiters, []
        futures: list[Future[Any]] = [future for _, future in answers.values()]
        futures += [waiter.future for waiter in waiters]
        for future in futures:
            if future.set_running_or_notify_cancel():
                future.set_exception(InspectorSessionClosed("the session is closed"))

    # --- on any thread

    def post(self, method: str, params: dict[str, Any]) -> Future[dict[str, Any]]:
        future: Future[dict[str, Any]] = Future()
        text = _to_json(method, params)
        with self.lock:
            if self.closed:
                raise InspectorSessionClosed("the session is closed")
            self.last_id += 1
            number = self.last_id
            self.answers[number] = (method, future)
        try:
            self.channel.send(f'{{"id":{number},{text}')
        except BaseException as error:
            with self.lock:
                self.answers.pop(number, None)
            if isinstance(error, RuntimeClosedError):  # and the thread is about to find out
                raise InspectorSessionClosed("the session is closed") from None
            raise
        return future

    def await_answer(self, future: Future[Any], timeout: float | None) -> Any:
        # A listener that waits for an answer runs on the thread that reads answers: read them here.
        while threading.current_thread() is self.thread and not future.done():
            if not self.handle_one():
                break
        try:
            return future.result(timeout)
        except TimeoutError:
            raise
        except BaseException as error:
            # Before Python 3.11 this was not the built-in TimeoutError.
            if type(error).__name__ == "TimeoutError":
                raise TimeoutError(str(error)) from None
            future.cancel()
            raise

    def next_event(self, methods: frozenset[str], accept: Accept | None) -> _Waiter:
        """A new waiter. Its future may have its event already."""
        waiter = _Waiter(methods, accept)
        with self.lock:
            if self.lost:
                lost, self.lost = self.lost, 0
                raise InspectorError(
                    "",
                    0,
                    f"{lost} events were lost: more than max_events came, and nobody read them",
                )
            for index, event in enumerate(self.kept):
                if waiter.takes(event):
                    del self.kept[index]
                    waiter.future.set_running_or_notify_cancel()
                    waiter.future.set_result(event)
                    return waiter
            if self.closed:
                raise InspectorSessionClosed("the session is closed")
            self.waiters.append(waiter)
        return waiter

    def give_up(self, waiter: _Waiter) -> None:
        """Remove a waiter. If its event has come in the meantime, keep it for others."""
        with self.lock:
            if waiter in self.waiters:
                self.waiters.remove(waiter)
            elif waiter.future.done() and not waiter.future.cancelled():
                if waiter.future.exception() is None:
                    self.kept.appendleft(waiter.future.result())

    def close(self) -> None:
        self.channel.close()

    def finish(self, timeout: float | None = None) -> None:
        self.channel.close()
        if threading.current_thread() is not self.thread:
            self.thread.join(timeout)


_open: weakref.WeakSet[_Core] = weakref.WeakSet()


# No thread may be left that would wait for the GIL of an interpreter that has ended.
@atexit.register
def _close_all() -> None:
    for core in list(_open):
        core.finish(timeout=5)


class InspectorEvents:
    """The events of a session, as an iterator and as an asynchronous iterator.

    Each event goes to one reader. The iteration ends when the session is closed.
    """

    def __init__(self, core: _Core, methods: Iterable[str], timeout: float | None) -> None:
        self._core = core
        self._methods = frozenset(methods)
        self._timeout = timeout

    def __iter__(self) -> InspectorEvents:
        return self

    def __next__(self) -> InspectorEvent:
        try:
            return _wait(self._core, self._methods, None, self._timeout)
        except InspectorSessionClosed:
            raise StopIteration from None

    def __aiter__(self) -> InspectorEvents:
        return self

    async def __anext__(self) -> InspectorEvent:
        try:
            return await _wait_async(self._core, self._methods, None, self._timeout)
        except InspectorSessionClosed:
            raise StopAsyncIteration from None


def _wait(
    core: _Core, methods: frozenset[str], accept: Accept | None, timeout: float | None
) -> InspectorEvent:
    if threading.current_thread() is core.thread:
        raise RuntimeError(
            "a listener cannot wait for events: the next one comes after it has returned"
        )
    waiter = core.next_event(methods, accept)
    try:
        event: InspectorEvent = core.await_answer(waiter.future, timeout)
    except InspectorSessionClosed:
        raise
    except TimeoutError:
        core.give_up(waiter)
        raise TimeoutError(f"no {_names(methods)} within {timeout:g} s") from None
    except BaseException:
        core.give_up(waiter)
        raise
    return event


async def _wait_async(
    core: _Core, methods: frozenset[str], accept: Accept | None, timeout: float | None
) -> InspectorEvent:
    waiter = core.next_event(methods, accept)
    try:
        return await asyncio.wait_for(asyncio.wrap_future(waiter.future), timeout)
    except InspectorSessionClosed:
        raise
    except asyncio.TimeoutError:
        core.give_up(waiter)
        raise TimeoutError(f"no {_names(methods)} within {timeout:g} s") from None
    except BaseException:
        core.give_up(waiter)
        raise


def _names(methods: frozenset[str]) -> str:
    return " or ".join(sorted(methods)) or "event"


class InspectorSession:
    """A client of a runtime's inspector, in the same program: ``Runtime.inspector_session()``.

    It speaks the Chrome DevTools Protocol (https://chromedevtools.github.io/devtools-protocol/v8/).
    Any thread and any asyncio loop may use it, also while JavaScript is paused: the thread that is
    paused takes its messages. Answers and events arrive on a thread of the session's own.

    Close it, or use it in a with statement. Until then, or until the runtime is closed, the runtime
    is being debugged: a ``debugger;`` statement pauses it once ``Debugger.enable`` was sent.
    """

    timeout: float | None
    """How long the methods wait, in seconds; None: no limit."""

    def __init__(
        self,
        runtime: Runtime,
        *,
        timeout: float | timedelta | None = None,
        max_events: int = 10_000,
    ) -> None:
        if isinstance(max_events, bool) or not isinstance(max_events, int):
            raise TypeError(f"max_events must be an int, not {type(max_events).__name__}")
        if max_events <= 0:
            raise ValueError(f"max_events must be positive, not {max_events}")
        self.timeout = timeout_seconds(timeout)
        self._core = _Core(runtime._open_channel(_QUEUE_BYTES), max_events)
        self._core.thread.start()
        _open.add(self._core)
        weakref.finalize(self, self._core.close).atexit = False

    # --- requests

    def post(self, method: str, /, **params: Any) -> Future[dict[str, Any]]:
        """Send a request without waiting. Returns a concurrent.futures.Future of its result.

        Raises InspectorSessionClosed if the session or its runtime is closed.
        """
        return self._core.post(method, params)

    def send(self, method: str, /, **params: Any) -> dict[str, Any]:
        """Send a request and wait for its result.

        Raises InspectorError if the inspector refuses it, TimeoutError after the session's
        timeout, and InspectorSessionClosed if the session or the runtime is closed.
        """
        result: dict[str, Any]
        try:
            result = self._core.await_answer(self.post(method, **params), self.timeout)
        except TimeoutError:
            raise TimeoutError(f"no answer to {method} within {self.timeout:g} s") from None
        return result

    async def send_async(self, method: str, /, **params: Any) -> dict[str, Any]:
        """``send()`` for asyncio, which does not block the loop."""
        future = asyncio.wrap_future(self.post(method, **params))
        try:
            return await asyncio.wait_for(future, self.timeout)
        except asyncio.TimeoutError:
            raise TimeoutError(f"no answer to {method} within {self.timeout:g} s") from None

    # --- events

    def events(self, *methods: str) -> InspectorEvents:
        """The events of these methods, or all events, for ``for`` and ``async for``.

        Events that came earlier are included, except those that listeners were called with.
        Reading raises TimeoutError after the session's timeout, and InspectorError once if events
        had to be dropped because nobody read them.
        """
        return InspectorEvents(self._core, methods, self.timeout)

    def wait_for(self, *methods: str, accept: Accept | None = None) -> dict[str, Any]:
        """Wait for the next event of one of these methods, and return its parameters.

        An event that has come earlier and that nobody has read counts. ``accept`` is called with
        the parameters and returns whether this is the event; it must not use the session. Raises
        what ``events()`` raises, and InspectorSessionClosed if the session is closed.
        """
        return _wait(self._core, frozenset(methods), accept, self.timeout).params

    async def wait_for_async(self, *methods: str, accept: Accept | None = None) -> dict[str, Any]:
        """``wait_for()`` for asyncio."""
        event = await _wait_async(self._core, frozenset(methods), accept, self.timeout)
        return event.params

    def on(self, method: str, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` with every event of this method, or with all events for ``"*"``.

        It is called on the session's thread with an InspectorEvent. Such events are not kept for
        readers. It may send requests, but should not wait for anything else: until it returns, no
        other message of this session is handled, and the runtime may have to wait. What it raises
        goes to threading.excepthook(). Returns a function that removes the listener.
        """
        core = self._core
        with core.lock:
            core.listeners.setdefault(method, []).append(listener)

        def remove() -> None:
            with core.lock:
                listeners = core.listeners.get(method, [])
                if listener in listeners:
                    listeners.remove(listener)
                if not listeners:
                    core.listeners.pop(method, None)

        return remove

    # --- the end

    @property
    def closed(self) -> bool:
        """Whether the session was closed, by the program or together with its runtime."""
        return self._core.closed or self._core.channel.is_over()

    def close(self) -> None:
        """Detach from the runtime. If this was the last session, a pause ends. May be repeated."""
        self._core.finish()

    def __enter__(self) -> InspectorSession:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


for _public in (InspectorEvent, InspectorEvents, InspectorSession):
    _public.__module__ = "jsrun"
