"""The asyncio side: the futures of evaluations, and the tasks of async handlers."""

from __future__ import annotations

import asyncio
import contextvars
from collections import deque
from collections.abc import Callable, Coroutine, Generator, Iterable
from typing import Any

from ._config import timeout_seconds
from ._errors import EventLoopError, RuntimeTimeout


class _Inbox:
    """What other threads have for a loop. However much it is, it wakes the loop once."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._items: deque[Callable[[], None]] = deque()
        self._scheduled = False

    def put(self, item: Callable[[], None]) -> None:
        """Have ``item`` called by the loop. Any thread. Raises RuntimeError if the loop is closed."""
        self._items.append(item)
        if not self._scheduled:
            self._scheduled = True
            self.loop.call_soon_threadsafe(self._drain)

    def _drain(self) -> None:
        # First: whoever appends after the last look below finds that nothing is scheduled.
        self._scheduled = False
        for _ in range(len(self._items)):
            self._items.popleft()()
        if self._items and not self._scheduled:
            self._scheduled = True
            self.loop.call_soon(self._drain)


class Scope:
    """Whose call it is: the loop, and the context variables."""

    __slots__ = ("inbox", "context")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        inbox = getattr(loop, "_jsrun_inbox", None)
        if inbox is None:
            inbox = _Inbox(loop)
            loop._jsrun_inbox = inbox  # type: ignore[attr-defined]
        self.inbox: _Inbox = inbox
        self.context = contextvars.copy_context()


def current_scope(last: Scope | None) -> Scope:
    """For a handler that is called by something else than an async call."""
    loop = asyncio._get_running_loop()
    if loop is not None:
        return Scope(loop)
    if last is not None and last.inbox.loop.is_running():
        return last
    raise EventLoopError(
        "an async Python function needs a running asyncio event loop: call the JavaScript "
        "with eval_async() or call_async()"
    )


class Evaluation(asyncio.Future[Any]):
    """What ``eval_async()`` and ``call_async()`` return.

    A future of the running loop. It is under way already, and can also be given to functions that want a
    coroutine, such as ``asyncio.create_task()``.
    """

    _call: Any
    _scope: Scope
    _timer: asyncio.TimerHandle | None = None
    _steps: Generator[Any, None, Any] | None = None

    def cancel(self, msg: Any | None = None) -> bool:
        """Abandon the evaluation, and interrupt it if it runs."""
        if not super().cancel(msg):
            return False
        self._end()
        self._call.abandon()
        return True

    def _end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _complete(self, failed: bool, outcome: Any) -> None:
        """Any thread."""
        try:
            self._scope.inbox.put(lambda: self._settle(failed, outcome))
        except RuntimeError:
            pass  # The loop is closed: nobody waits any more.

    def _settle(self, failed: bool, outcome: Any) -> None:
        if self.done():
            return
        self._end()
        if not failed:
            self.set_result(outcome)
        elif isinstance(outcome, StopIteration):
            self.set_exception(RuntimeError(f"JavaScript raised {outcome!r}"))
        else:
            self.set_exception(outcome)

    def _limit(self, seconds: float) -> None:
        paused = self._call.paused_seconds()
        self._timer = self.get_loop().call_later(seconds, self._expire, seconds, paused)

    def _expire(self, seconds: float, paused_before: float) -> None:
        if self.done():
            return
        # Time in the debugger does not count.
        paused = self._call.paused_seconds()
        if paused > paused_before:
            delay = max(paused - paused_before, 0.01)
            self._timer = self.get_loop().call_later(delay, self._expire, seconds, paused)
            return
        self.set_exception(RuntimeTimeout._after_seconds(seconds, self._call.is_waiting()))
        self._call.abandon()

    # A coroutine's methods: see the class's description.

    def send(self, value: Any) -> Any:
        if self._steps is None:
            self._steps = self.__await__()
        return self._steps.send(value)

    def throw(self, *error: Any) -> Any:
        if self._steps is None:
            self._steps = self.__await__()
        return self._steps.throw(*error)

    def close(self) -> None:
        if self._steps is not None:
            self._steps.close()


def new_evaluation(call: Any, timeout: Any) -> Evaluation:
    loop = asyncio.get_running_loop()
    seconds = timeout_seconds(timeout)
    self = Evaluation(loop=loop)
    self._call = call
    self._scope = Scope(loop)
    if seconds is not None:
        self._limit(seconds)
    return self


async def later(function: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """The call, as soon as a loop runs: for ``asyncio.run(runtime.eval_async(…))``."""
    return await function(*args, **options)


class _Done(Coroutine[Any, Any, None]):
    """What has been done when it is returned, for those who await it nevertheless."""

    def __await__(self) -> Generator[Any, None, None]:
        return iter(())  # type: ignore[return-value]

    def send(self, value: Any) -> Any:
        raise StopIteration

    def throw(self, *error: Any) -> Any:
        raise error[0]

    def close(self) -> None:
        pass

    def __repr__(self) -> str:
        return "<done>"


done = _Done()


class Operation:
    """A call of an async handler, from JavaScript's call to the end of its task."""

    __slots__ = ("runtime", "number", "handler", "args", "scope", "task", "cancelled")

    def __init__(
        self, runtime: Any, number: int, handler: Any, args: tuple[Any, ...], scope: Scope
    ) -> None:
        self.runtime = runtime
        self.number = number
        self.handler = handler
        self.args = args
        self.scope = scope
        self.task: asyncio.Future[Any] | None = None
        self.cancelled = False

    def post(self) -> None:
        """Have the loop start it: by then C has noted the operation, or it might end before that."""
        try:
            self.scope.inbox.put(self._start)
        except RuntimeError as error:
            self._settle(True, error)

    def _start(self) -> None:
        if self.cancelled:
            return
        run = self.scope.context.run
        try:
            self.task = run(asyncio.ensure_future, run(self.handler, *self.args))
        except Exception as error:
            self._settle(True, error)
        else:
            self.task.add_done_callback(self._finish)

    def _finish(self, task: asyncio.Future[Any]) -> None:
        if task.cancelled():
            error: BaseException | None = asyncio.CancelledError("the handler was cancelled")
        else:
            error = task.exception()
        result = task.result() if error is None else error
        self._settle(error is not None, result)

    def _settle(self, failed: bool, value: Any) -> None:
        from . import _jsrun  # which imports this module

        _jsrun._settle(self.runtime, self, self.number, failed, value)

    def _cancel(self) -> None:
        self.cancelled = True
        if self.task is not None:
            self.task.cancel()


def cancel_operations(operations: Iterable[Operation]) -> None:
    """The runtime has closed. Any thread."""
    for operation in operations:
        operation.cancelled = True
        try:
            operation.scope.inbox.put(operation._cancel)
        except RuntimeError:
            pass
