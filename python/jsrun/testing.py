"""Debugging JavaScript in automated tests, with pytest or without.

For the fixtures, write in a conftest.py or in the test module::

    pytest_plugins = ["jsrun.testing"]

``jsrun_runtime`` is a Runtime, and ``jsrun_debugger(runtime)`` attaches a Debugger to any. A
Debugger stops JavaScript at breakpoints, steps, and reads variables, while the program under test
runs in another thread.
"""

from __future__ import annotations

import concurrent.futures
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Any, Protocol

from . import _remote
from ._jsrun import Runtime
from ._session import InspectorEvent, InspectorSession

try:
    import pytest
except ImportError:  # a Debugger can be used without it
    pytest = None  # type: ignore[assignment]

__all__ = ["Attach", "Debugger", "Frame", "NotPaused", "Pause"]


class NotPaused(AssertionError):
    """JavaScript did not pause where it was expected to."""


@dataclass(frozen=True)
class Frame:
    """A function on the stack while JavaScript is paused."""

    debugger: Debugger
    function_name: str
    """``""`` at the top level of a script."""
    file_name: str
    """The script's name: the ``filename`` of ``eval()``; ``""`` if it has none."""
    line_number: int
    """From 1, as the column."""
    column_number: int
    _id: str
    _location: dict[str, Any]
    _scopes: tuple[tuple[str, str], ...]

    def evaluate(self, expression: str) -> Any:
        """The value of an expression in this function. It may change variables.

        Raises JavaScriptError if it throws.
        """
        answer = self.debugger.session.send(
            "Debugger.evaluateOnCallFrame", callFrameId=self._id, expression=expression
        )
        return _remote.outcome(self.debugger.session, answer)

    def locals(self) -> dict[str, Any]:
        """The variables of this function by name, including those of inner blocks."""
        names: dict[str, Any] = {}
        for kind, object_id in self._scopes:
            if kind not in ("block", "local", "catch", "module"):
                break
            for name, value in _remote.properties(self.debugger.session, object_id).items():
                names.setdefault(name, value)
        return names


@dataclass(frozen=True)
class Pause:
    """Where JavaScript is paused, and why."""

    reason: str
    """The protocol's word: ``"exception"``, ``"other"`` (a breakpoint, a step), …"""
    frames: list[Frame]
    """The innermost first."""
    breakpoints: list[str]
    """The ids of the breakpoints that were hit."""
    data: dict[str, Any]
    """More about the reason."""

    @property
    def frame(self) -> Frame:
        """The innermost function."""
        return self.frames[0]

    @property
    def place(self) -> tuple[str, int]:
        """File name and line number of the innermost function."""
        return (self.frame.file_name, self.frame.line_number)


class _Call(Future[Any]):
    """A call that ``Debugger.run()`` has started."""

    seen = False
    """Whether the test has read its result."""

    def result(self, timeout: float | None = None) -> Any:
        try:
            return super().result(timeout)
        finally:
            self.seen = self.done()


class Debugger:
    """A debugger of a runtime, for a program to use. ``timeout`` limits every wait."""

    session: InspectorSession
    """The session with the runtime, for everything that has no method here."""

    def __init__(self, runtime: Runtime, *, timeout: float | timedelta = 30.0) -> None:
        self.session = runtime.inspector_session(timeout=timeout)
        self._files: dict[str, str] = {}
        self._calls: list[_Call] = []
        self.session.on("Debugger.scriptParsed", self._note_script)
        self.session.send("Debugger.enable")

    def _note_script(self, event: InspectorEvent) -> None:
        self._files[event.params["scriptId"]] = event.params["url"]

    # --- breakpoints

    def set_breakpoint(self, file: str, line: int, *, condition: str | None = None) -> str:
        """Pause wherever this line of a file is reached. Returns the breakpoint's id.

        ``file`` is the whole name of a script, or its end after a slash. The script may run later.
        With a condition, an expression, it pauses only if that is true.
        """
        options = {} if condition is None else {"condition": condition}
        answer = self.session.send(
            "Debugger.setBreakpointByUrl",
            urlRegex=_remote.file_pattern(file),
            lineNumber=line - 1,
            **options,
        )
        return str(answer["breakpointId"])

    def remove_breakpoint(self, breakpoint_id: str) -> None:
        """Remove a breakpoint that ``set_breakpoint()`` has set."""
        self.session.send("Debugger.removeBreakpoint", breakpointId=breakpoint_id)

    def pause_on_exceptions(self, which: str) -> None:
        """Pause where ``"all"``, ``"caught"``, ``"uncaught"`` or no (``"none"``) exceptions are
        thrown."""
        self.session.send("Debugger.setPauseOnExceptions", state=which)

    # --- running

    def run(self, function: Callable[..., Any], *args: Any, **options: Any) -> Future[Any]:
        """Call a function in another thread, and return a future of its result."""
        future = _Call()

        def call() -> None:
            try:
                future.set_result(function(*args, **options))
            except BaseException as error:
                future.set_exception(error)

        self._calls.append(future)
        threading.Thread(target=call, daemon=True).start()
        return future

    def wait_paused(self) -> Pause:
        """Wait until JavaScript pauses.

        Raises NotPaused after the session's timeout, or as soon as all calls of ``run()`` have
        ended without a pause. A call whose result the test has read does not count.
        """
        core = self.session._core
        waiter = core.next_event(frozenset(["Debugger.paused"]), None)
        self._calls = [call for call in self._calls if not call.seen]
        futures: set[Future[Any]] = {waiter.future}
        if self._calls:
            futures.add(_all_done(self._calls))
        concurrent.futures.wait(
            futures, self.session.timeout, return_when=concurrent.futures.FIRST_COMPLETED
        )
        if not waiter.future.done() and not core.closed:
            # An answer comes after all earlier events.
            self.session.send("Runtime.evaluate", expression="0")
        if waiter.future.done():
            return self._pause(waiter.future.result().params)
        core.give_up(waiter)
        ended = [call for call in self._calls if call.done()]
        self._calls = [call for call in self._calls if not call.done()]
        raise NotPaused(
            f"it ended without a pause: {'; '.join(map(_describe, ended))}"
            if ended
            else f"no pause within {self.session.timeout:g} s"
        )

    def step_over(self) -> Pause:
        """Run to the next line, and return the pause there."""
        return self._step("Debugger.stepOver")

    def step_into(self) -> Pause:
        """Run into the next function that is called."""
        return self._step("Debugger.stepInto")

    def step_out(self) -> Pause:
        """Run to the end of this function."""
        return self._step("Debugger.stepOut")

    def _step(self, method: str) -> Pause:
        self.session.send(method)
        return self.wait_paused()

    def resume(self) -> None:
        """Let JavaScript go on."""
        self.session.send("Debugger.resume")

    def evaluate(self, expression: str) -> Any:
        """The value of an expression in the global scope, also while JavaScript is paused."""
        answer = self.session.send("Runtime.evaluate", expression=expression)
        return _remote.outcome(self.session, answer)

    def _pause(self, params: dict[str, Any]) -> Pause:
        return Pause(
            params["reason"],
            [self._frame(frame) for frame in params["callFrames"]],
            params.get("hitBreakpoints", []),
            params.get("data", {}),
        )

    def _frame(self, frame: dict[str, Any]) -> Frame:
        location = frame["location"]
        return Frame(
            self,
            frame["functionName"],
            # Not the frame's own "url", which newer versions of V8 leave empty.
            self._files.get(location["scriptId"], ""),
            location["lineNumber"] + 1,
            location.get("columnNumber", 0) + 1,
            frame["callFrameId"],
            location,
            tuple(
                (scope["type"], scope["object"]["objectId"])
                for scope in frame["scopeChain"]
                if "objectId" in scope["object"]
            ),
        )

    # --- the end

    def close(self) -> None:
        """Detach. JavaScript that is paused goes on."""
        self.session.close()

    def __enter__(self) -> Debugger:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def _all_done(calls: list[_Call]) -> Future[None]:
    """A future that is done when all of these are."""
    done: Future[None] = Future()
    left = set(calls)
    lock = threading.Lock()

    def one_done(call: Future[Any]) -> None:
        with lock:
            left.discard(call)
            if not left and not done.done():
                done.set_result(None)

    for call in calls:
        call.add_done_callback(one_done)
    return done


def _describe(call: _Call) -> str:
    error = call.exception()
    return f"returned {call.result()!r}" if error is None else f"raised {error!r}"


class Attach(Protocol):
    """The type of the fixture ``jsrun_debugger``."""

    def __call__(self, runtime: Runtime, *, timeout: float | timedelta = 30.0) -> Debugger: ...


if pytest is not None:

    @pytest.fixture
    def jsrun_runtime() -> Iterator[Runtime]:
        """A Runtime, closed when the test is over."""
        with Runtime() as runtime:
            yield runtime

    @pytest.fixture
    def jsrun_debugger() -> Iterator[Attach]:
        """A function that attaches a Debugger to a runtime; it is detached when the test is
        over."""
        debuggers: list[Debugger] = []

        def attach(runtime: Runtime, *, timeout: float | timedelta = 30.0) -> Debugger:
            debuggers.append(Debugger(runtime, timeout=timeout))
            return debuggers[-1]

        yield attach
        for debugger in debuggers:
            debugger.close()
