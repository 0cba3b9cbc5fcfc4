"""A pool of runtimes that are made before somebody needs them."""

from __future__ import annotations

import asyncio
import os
import threading
import weakref
from collections import deque
from types import TracebackType

from ._config import RuntimeConfig
from ._errors import RuntimeClosedError
from ._jsrun import Runtime, _leave


class _Stock:
    """The state that a pool shares with its thread. The thread must not keep the pool alive."""

    def __init__(self, config: RuntimeConfig | None, size: int) -> None:
        self.config = config
        self.size = size
        self.process = os.getpid()
        self.changed = threading.Condition()
        self.ready: deque[Runtime] = deque()
        self.used: deque[Runtime] = deque()
        self.closed = False
        self.failed = False  # the last attempt to make a runtime; the next user gets the error
        self.thread = threading.Thread(target=self._work, name="jsrun pool", daemon=True)
        self.thread.start()

    def _has_work(self) -> bool:
        makes = len(self.ready) < self.size and not self.failed
        return makes or bool(self.used) or self.closed

    def _work(self) -> None:
        while True:
            with self.changed:
                while not self._has_work():
                    self.changed.wait()
                if self.closed and not self.used:
                    return
                used = self.used.popleft() if self.used else None
            if used is not None:
                used.close()
            else:
                self._make()

    def _make(self) -> None:
        try:
            runtime = Runtime(self.config)
        except Exception:
            with self.changed:
                self.failed = True
                self.changed.notify_all()
            return
        with self.changed:
            (self.used if self.closed else self.ready).append(runtime)
            self.changed.notify_all()

    def take(self) -> Runtime | None:
        """A runtime that is ready. None: the caller has to make one."""
        if os.getpid() != self.process:
            return None  # the caller's attempt fails, with an error that says why
        with self.changed:
            if self.closed:
                raise RuntimeClosedError("the RuntimePool is closed")
            self.failed = False
            runtime = self.ready.popleft() if self.ready else None
            self.changed.notify_all()
        return runtime

    def give_back(self, runtime: Runtime) -> None:
        if os.getpid() != self.process:
            return
        _leave(runtime)
        with self.changed:
            if not self.closed:
                self.used.append(runtime)
                self.changed.notify_all()
                return
        runtime.close()

    def close(self) -> None:
        if os.getpid() != self.process:
            return
        with self.changed:
            self.closed = True
            self.used.extend(self.ready)
            self.ready.clear()
            self.changed.notify_all()
        if threading.current_thread() is not self.thread:
            self.thread.join()


class PooledRuntime:
    """What ``RuntimePool.runtime()`` returns: a runtime for one ``with`` or ``async with``."""

    __slots__ = ("_stock", "_runtime")

    def __init__(self, stock: _Stock) -> None:
        self._stock = stock
        self._runtime: Runtime | None = None

    def __enter__(self) -> Runtime:
        self._check()
        runtime = self._stock.take()
        if runtime is None:
            runtime = Runtime(self._stock.config)
        self._runtime = runtime
        return runtime

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        runtime, self._runtime = self._runtime, None
        if runtime is not None:
            self._stock.give_back(runtime)

    async def __aenter__(self) -> Runtime:
        self._check()
        runtime = self._stock.take()
        if runtime is None:
            runtime = await self._make()
        self._runtime = runtime
        return runtime

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, traceback)

    def _check(self) -> None:
        if self._runtime is not None:
            raise RuntimeError("this runtime is in use: call RuntimePool.runtime() for each user")

    async def _make(self) -> Runtime:
        loop = asyncio.get_running_loop()
        making = loop.run_in_executor(None, Runtime, self._stock.config)
        try:
            return await asyncio.shield(making)
        except asyncio.CancelledError:
            making.add_done_callback(self._drop)
            raise

    def _drop(self, making: asyncio.Future[Runtime]) -> None:
        if not making.cancelled() and making.exception() is None:
            self._stock.give_back(making.result())


class RuntimePool:
    """Keeps ``size`` runtimes ready, and hands each out once.

    ::

        with RuntimePool(RuntimeConfig(bootstrap=library), size=8) as pool:
            with pool.runtime() as runtime:
                runtime.eval("2 + 2")

    The pool's own thread makes the runtimes, runs their bootstrap, and closes them after use. No
    user ever sees what another one has left behind. If no runtime is ready, one is made on the
    spot, so nobody waits for other users. Any number of threads may use a pool; in asyncio use
    ``async with pool.runtime()``.

    Raises ValueError if ``size`` is less than 1, TypeError if ``config`` is not a RuntimeConfig. If
    a runtime cannot be made (its bootstrap raises, for one), entering ``runtime()`` raises the
    error.
    """

    def __init__(self, config: RuntimeConfig | None = None, size: int = 4) -> None:
        if config is not None and not isinstance(config, RuntimeConfig):
            raise TypeError(
                f"config must be a RuntimeConfig or None, not {type(config).__name__!r}"
            )
        if not isinstance(size, int) or isinstance(size, bool):
            raise TypeError(f"size must be an int, not {type(size).__name__!r}")
        if size < 1:
            raise ValueError(f"size must be at least 1, not {size}")
        self._stock = _Stock(config, size)
        self._finalizer = weakref.finalize(self, self._stock.close)

    @property
    def size(self) -> int:
        """How many runtimes the pool tries to keep ready."""
        return self._stock.size

    @property
    def ready(self) -> int:
        """How many are ready now."""
        return len(self._stock.ready)

    def runtime(self) -> PooledRuntime:
        """An unused runtime for one ``with`` or ``async with``, which closes it.

        Entering raises RuntimeClosedError if the pool is closed, and what ``Runtime()`` raises.
        """
        return PooledRuntime(self._stock)

    def close(self) -> None:
        """Close the runtimes that nobody uses. The others are closed at the end of their ``with``.

        May be repeated. It also happens when the program exits.
        """
        self._finalizer()

    def __enter__(self) -> RuntimePool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "closed" if self._stock.closed else f"{self.ready} of {self.size} ready"
        return f"<RuntimePool {state}>"
