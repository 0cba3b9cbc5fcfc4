"""Streams: JavaScript's ReadableStreams in Python, and Python's async iterables in JavaScript."""

from __future__ import annotations

import asyncio
import weakref
from collections import deque
from collections.abc import AsyncIterable, Awaitable, Coroutine
from typing import Any

from ._async import Scope, done
from ._errors import ConversionError, ConversionLimitError

__all__ = ["JsStream", "PyStreamSource"]


class _Next(asyncio.Future[Any]):
    """What ``JsStream.__anext__()`` returns."""

    _stream: JsStream | None = None

    def cancel(self, msg: Any | None = None) -> bool:
        cancelled = super().cancel(msg)
        if cancelled and self._stream is not None:
            self._stream._let_go_of_reads()
        return cancelled


class _Read:
    """A request for a chunk. The chunk goes to the first that waits for the stream when it
    comes."""

    __slots__ = ("_scope", "_reference", "_hold")

    def __init__(self, stream: JsStream, scope: Scope) -> None:
        self._scope = scope
        self._reference = weakref.ref(stream)
        # Set while a future waits: nothing else may keep the stream alive.
        self._hold: JsStream | None = stream

    def _complete(self, failed: bool, outcome: Any) -> None:
        """Any thread."""
        try:
            self._scope.inbox.put(lambda: self._deliver(failed, outcome))
        except RuntimeError:  # The loop is closed. Another loop may use the chunk.
            self._deliver(failed, outcome)

    def _deliver(self, failed: bool, outcome: Any) -> None:
        stream = self._reference()
        self._hold = None
        if stream is not None:
            stream._deliver(self, failed, outcome)


class JsStream:
    """A JavaScript ``ReadableStream``, for ``async for``. Runtimes make it. Chunks are converted as
    any value is.

    JavaScript is asked for a chunk when Python waits for one, not earlier. The first request locks
    the stream, as a reader does: after that a script cannot read it. If a script has locked it,
    Python cannot read it (JavaScriptError, a TypeError). The error of a stream that fails is raised
    as a JavaScriptError. A chunk that cannot be converted raises ConversionError; the next one can
    still be read. Cancelling a wait loses no chunk.

    The stream is cancelled when the last reference to the object is gone. Passed back into its
    runtime the object is the same stream.
    """

    __slots__ = ("_stream", "_waiting", "_reads", "_ready", "_ended", "__weakref__")

    def __init__(self, stream: Any) -> None:
        if not hasattr(stream, "abandon"):
            raise TypeError("a JsStream is made by a runtime, from a ReadableStream of JavaScript")
        self._stream = stream
        self._waiting: deque[_Next] = deque()
        self._reads: list[_Read] = []
        self._ready: deque[tuple[bool, Any]] = deque()
        self._ended = False

    def __repr__(self) -> str:
        return "<JsStream (ended)>" if self._ended else "<JsStream>"

    def __aiter__(self) -> JsStream:
        return self

    def __anext__(self) -> Awaitable[Any]:
        loop = asyncio.get_running_loop()
        future = _Next(loop=loop)
        if self._ready:
            self._settle(future, *self._ready.popleft())
        elif self._ended:
            future.set_exception(StopAsyncIteration())
        else:
            self._wait(future, loop)
        return future

    def _wait(self, future: _Next, loop: asyncio.AbstractEventLoop) -> None:
        future._stream = self
        self._waiting.append(future)
        for read in self._reads:
            read._hold = self
        if len(self._reads) >= sum(not other.done() for other in self._waiting):
            return  # The read of a cancelled wait is under way, and will do.
        read = _Read(self, Scope(loop))
        self._reads.append(read)
        try:
            self._stream.read(read)
        except BaseException:
            self._reads.remove(read)
            self._waiting.remove(future)
            raise

    def _let_go_of_reads(self) -> None:
        if all(future.done() for future in self._waiting):
            for read in self._reads:
                read._hold = None

    def _deliver(self, read: _Read, failed: bool, outcome: Any) -> None:
        self._reads.remove(read)
        if failed and not isinstance(outcome, (ConversionError, ConversionLimitError)):
            self._end(isinstance(outcome, StopAsyncIteration))
        while self._waiting:
            future = self._waiting.popleft()
            if not future.done():
                self._settle(future, failed, outcome)
                return
        if not self._ended or not failed:
            self._ready.append((failed, outcome))

    def _settle(self, future: _Next, failed: bool, outcome: Any) -> None:
        loop = future.get_loop()
        if loop is not asyncio._get_running_loop():
            Scope(loop).inbox.put(lambda: self._settle_here(future, failed, outcome))
        else:
            self._settle_here(future, failed, outcome)

    def _settle_here(self, future: _Next, failed: bool, outcome: Any) -> None:
        if future.done():  # It was cancelled in the meantime.
            self._ready.appendleft((failed, outcome))
        elif failed:
            future.set_exception(outcome)
        else:
            future.set_result(outcome)

    def _end(self, properly: bool) -> None:
        if not self._ended:
            self._ended = True
            if properly:
                self._stream.drop()
            else:
                self._stream.abandon()

    def close(self) -> Awaitable[None]:
        """Cancel the stream. Iterations that are under way end.

        The result can be awaited, but need not be: it waits for the ``cancel()`` of the stream's
        source and raises its error. Outside a loop that error is lost. May be repeated. If a script
        has locked the stream, it is not cancelled, only released.
        """
        if self._ended:
            return done
        self._ended = True
        self._ready.clear()
        cancelled: Awaitable[None] = self._stream.cancel()
        return cancelled

    aclose = close

    async def __aenter__(self) -> JsStream:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def __del__(self) -> None:
        # __init__() may have raised.
        if not getattr(self, "_ended", True):
            self._ended = True
            self._stream.abandon()


class PyStreamSource:
    """An async iterable that becomes a ``ReadableStream`` when it is passed to JavaScript.

    ``Runtime.stream_from_async_iterable()`` makes it. Passed several times it is the same stream.
    """

    __slots__ = ("_runtime", "_pump", "_stream")

    def __init__(self, runtime: Any, iterable: AsyncIterable[Any]) -> None:
        if not hasattr(type(iterable), "__aiter__"):
            raise TypeError(
                "stream_from_async_iterable() takes an async iterable, "
                f"not '{type(iterable).__name__}'"
            )
        loop = asyncio._get_running_loop()
        self._runtime = runtime
        self._pump = _Pump(iterable, None if loop is None else Scope(loop))
        self._stream: Any = None

    def __repr__(self) -> str:
        return f"<PyStreamSource of {self._pump.iterable!r}>"

    def _open(self, number: int) -> _Pump:
        """Called when the stream is made in JavaScript."""
        self._pump.open(self._runtime, number)
        return self._pump


class _Pump:
    """Takes chunks from an async iterable when JavaScript asks for them, all in one task.

    An async generator may depend on the task that it runs in: context variables, timeouts, cancel
    scopes.
    """

    def __init__(self, iterable: AsyncIterable[Any], scope: Scope | None) -> None:
        self.iterable = iterable
        self._scope = scope
        self._runtime: Any = None
        self._number = 0
        self._task: asyncio.Task[None] | None = None
        self._iterating = False  # The task waits for the iterator.
        self._wake: asyncio.Future[None] | None = None  # The task waits for a request.
        self._request: asyncio.Future[Any] | None = None  # JavaScript waits for a chunk.
        self._closed: asyncio.Future[None] | None = None  # The end was asked for.
        self._error: BaseException | None = None  # of the iteration
        self._close_error: BaseException | None = None

    def open(self, runtime: Any, number: int) -> None:
        self._runtime = weakref.ref(runtime)  # The runtime owns the pump.
        self._number = number

    def handler(self, name: str) -> tuple[Any, Scope | None]:
        """What the extension has to call, and the scope for it."""
        return getattr(self, name), self._scope

    # --- on the loop

    def pull(self) -> asyncio.Future[Any]:
        """A future for ``(chunk,)``, or ``()`` at the end."""
        request = self._request = self._home().create_future()
        if self._closed is not None:
            self._answer(())
        elif self._task is None:
            self._start(self._run())
        else:
            self._awaken()
        return request

    def cancel(self) -> asyncio.Future[None]:
        """A future for the end of the iterator."""
        if self._closed is None:
            self._closed = self._home().create_future()
            if self._task is None:
                self._start(self._close(self.iterable))
            elif self._task.done():
                self._closed.set_result(None)
            elif self._iterating:
                self._task.cancel()
            else:
                self._awaken()
        return self._closed

    def _home(self) -> asyncio.AbstractEventLoop:
        loop = asyncio.get_running_loop()
        if self._scope is None:
            self._scope = Scope(loop)
        return loop

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        self._task = asyncio.get_running_loop().create_task(work)
        self._task.add_done_callback(self._end)

    def _awaken(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    def _answer(self, chunks: tuple[Any, ...]) -> None:
        request, self._request = self._request, None
        if request is not None and not request.done():
            request.set_result(chunks)

    def _fail(self, error: BaseException) -> None:
        request, self._request = self._request, None
        if request is not None and not request.done():
            request.set_exception(error)

    async def _run(self) -> None:
        iterator: Any = None
        try:
            iterator = type(self.iterable).__aiter__(self.iterable)
            while self._closed is None:
                chunk = await self._next(iterator)
                if self._closed is None:
                    self._count(chunk)
                    self._answer((chunk,))
                    await self._until_pulled()
        except StopAsyncIteration:
            pass
        except BaseException as error:
            self._error = error
            if not isinstance(error, (Exception, asyncio.CancelledError)):
                raise
        finally:
            await self._close(iterator)

    async def _next(self, iterator: Any) -> Any:
        self._iterating = True
        try:
            return await iterator.__anext__()
        finally:
            self._iterating = False

    async def _until_pulled(self) -> None:
        if self._request is None:
            self._wake = asyncio.get_running_loop().create_future()
            try:
                await self._wake
            finally:
                self._wake = None

    async def _close(self, iterator: Any) -> None:
        aclose = getattr(iterator, "aclose", None)
        if aclose is not None:
            try:
                await aclose()
            except Exception as error:
                self._close_error = error

    def _end(self, task: asyncio.Task[None]) -> None:
        """The task has ended, perhaps before it could start."""
        self._ended()
        if self._error is not None:
            self._fail(self._error)
        elif task.cancelled():
            self._fail(asyncio.CancelledError("the task of the stream was cancelled"))
        elif task.exception() is None:
            self._answer(())
        if self._closed is not None and not self._closed.done():
            if self._close_error is not None:
                self._closed.set_exception(self._close_error)
                self._closed.exception()  # asyncio would report an error that nobody reads.
            else:
                self._closed.set_result(None)

    def _count(self, chunk: Any) -> None:
        if isinstance(chunk, (bytes, bytearray, memoryview)):
            runtime = self._runtime()
            if runtime is not None:
                from . import _jsrun  # which imports this module

                _jsrun._stream_count(runtime, memoryview(chunk).nbytes)

    # --- any thread

    def _ended(self) -> None:
        from . import _jsrun  # which imports this module

        runtime = self._runtime()
        if runtime is not None:
            _jsrun._stream_ended(runtime, self._number)

    def drop(self) -> None:
        """Nobody will read again. Never blocks."""
        if self._scope is None:  # It was never read.
            self._ended()
            return
        try:
            self._scope.inbox.put(self._drop)
        except RuntimeError:  # The loop is closed.
            self._ended()

    def _drop(self) -> None:
        self.cancel()


for _class in (JsStream, PyStreamSource):
    _class.__module__ = "jsrun"
