"""The asyncio side: the futures of evaluations, and the tasks of async handlers."""

from __future__ import annotations

import asyncio
import contextvars
from collections import deque
from collections.abc import Callable, Coroutine, Generator, Iterable
from functools import partial
from typing import Any

from ._errors import EventLoopError, RuntimeTimeout


class _Inbox:
    """Calls that other threads want a loop to make. Any number of them wakes the loop once."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._items: deque[Callable[[], None]] = deque()
        self._scheduled = False

    def put(self, item: Callable[[], None]) -> None:
        """Have the loop call ``item``. Any thread. Raises RuntimeError if the loop is closed."""
        self._items.append(item)
        if not self._scheduled:
            self._scheduled = True
            self.loop.call_soon_threadsafe(self._drain)

    def _drain(self) -> None:
        # This comes first: a thread that appends after the last look below then schedules again.
        self._scheduled = False
        for _ in range(len(self._items)):
            self._items.popleft()()
        if self._items and not self._scheduled:
            self._scheduled = True
            self.loop.call_soon(self._drain)


def _inbox_of(loop: asyncio.AbstractEventLoop) -> _Inbox:
    inbox = getattr(loop, "_jsrun_inbox", None)
    if inbox is None:
        inbox = _Inbox(loop)
        loop._jsrun_inbox = inbox  # type: ignore[attr-defined]
    return inbox


class Scope:
    """The loop and the context variables of one asynchronous evaluation."""

    __slots__ = ("inbox", "context")

    def __init__(
        self, loop: asyncio.AbstractEventLoop, context: contextvars.Context | None = None
    ) -> None:
        self.inbox = _inbox_of(loop)
        self.context = contextvars.copy_context() if context is None else context


scope_of = Scope


def outcomes_of(loop: asyncio.AbstractEventLoop) -> Any:
    """The object that brings outcomes of evaluations to the loop. C keeps a reference to it."""
    outcomes = getattr(loop, "_jsrun_outcomes", None)
    if outcomes is not None:
        return outcomes
    from . import _jsrun  # which imports this module

    ready = getattr(loop, "_ready", None)
    outcomes = _jsrun._Outcomes(loop, ready if isinstance(ready, deque) else None)
    descriptor = outcomes.open()
    # An empty context: the caller's context variables must not live as long as the loop.
    context = contextvars.Context()
    try:
        if descriptor < 0:
            raise NotImplementedError
        context.run(loop.add_reader, descriptor, outcomes.take)
    except Exception:  # A loop that cannot watch descriptors may raise anything.
        outcomes.notify_by(partial(context.run, loop.call_soon_threadsafe, outcomes.take))
    loop._jsrun_outcomes = outcomes  # type: ignore[attr-defined]
    return outcomes


def current_scope(last: Scope | None) -> Scope:
    """The scope of a handler that was called by something other than an asynchronous call."""
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

    A future of the running loop. The evaluation has already started. The object can also be given
    to functions that want a coroutine, such as ``asyncio.create_task()``.
    """

    __slots__ = ("_call",)
    _call: Any  # a _jsrun._Call

    def cancel(self, msg: Any | None = None) -> bool:
        """Abandon the evaluation, and stop its JavaScript if it runs."""
        if not super().cancel(msg):
            return False
        self._call.abandon()
        return True

    def __await__(self) -> Generator[Any, None, Any]:
        self._call.look()
        return _await(self)

    __iter__ = __await__

    # A coroutine's methods: see the class's description.

    def send(self, value: Any) -> Any:
        return self._steps().send(value)

    def throw(self, *error: Any) -> Any:
        return self._steps().throw(*error)

    def close(self) -> None:
        if self._call.steps is not None:
            self._call.steps.close()

    def _steps(self) -> Generator[Any, None, Any]:
        if self._call.steps is None:
            self._call.steps = self.__await__()
        steps: Generator[Any, None, Any] = self._call.steps
        return steps


_await = asyncio.Future.__await__


def limit(evaluation: Evaluation, call: Any, seconds: float) -> asyncio.TimerHandle:
    return evaluation.get_loop().call_later(
        seconds, _expire, evaluation, call, seconds, call.paused_seconds()
    )


def _expire(evaluation: Evaluation, call: Any, seconds: float, paused_before: float) -> None:
    if evaluation.done():
        return
    # Time spent in a pause does not count.
    paused = call.paused_seconds()
    if paused > paused_before:
        delay = max(paused - paused_before, 0.01)
        call.timer = evaluation.get_loop().call_later(
            delay, _expire, evaluation, call, seconds, paused
        )
        return
    state = " (the Promise is still pending)" if call.is_waiting() else ""
    evaluation.set_exception(RuntimeTimeout._after_seconds(seconds, state))
    call.abandon()


async def later(function: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """Make the call once a loop runs: for ``asyncio.run(runtime.eval_async(…))``."""
    return await function(*args, **options)


class _Done(Coroutine[Any, Any, None]):
    """An awaitable for work that is already done when it is returned."""

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
    """One call of an async handler, from JavaScript's call until its task has ended."""

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
        """Have the loop start the task. Called once C has noted the operation: started earlier, it
        might end before that."""
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
    """Cancel the tasks: the runtime has closed. Any thread."""
    for operation in operations:
        operation.cancelled = True
        try:
            operation.scope.inbox.put(operation._cancel)
        except RuntimeError:
            pass
