"""The exceptions, and the text that tracebacks show for an error of JavaScript."""

from __future__ import annotations

import itertools
import re
import reprlib
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = [
    "BindingError",
    "ConfigError",
    "ConversionError",
    "ConversionLimitError",
    "ConversionRangeError",
    "EventLoopError",
    "ExecutionStopped",
    "ForkedRuntimeError",
    "FunctionClosedError",
    "GreenletError",
    "InspectorError",
    "InspectorOpenError",
    "InspectorSessionClosed",
    "JavaScriptError",
    "JavaScriptFrame",
    "JsrunError",
    "ModuleError",
    "PendingPromiseError",
    "RuntimeClosedError",
    "RuntimeTerminated",
    "RuntimeTimeout",
    "SnapshotError",
]


class JsrunError(Exception):
    """The base of all exceptions of this package."""


@dataclass(frozen=True)
class JavaScriptFrame(Mapping[str, Any]):
    """One line of a JavaScript stack trace.

    The fields can be read as attributes and, as in a dict, by their names; a field that is
    None is missing from the dict.
    """

    function_name: str | None
    """The function's name; None at the top level of a script and for an anonymous function."""
    file_name: str | None
    """The script's name; ``<eval>`` for a script without one."""
    line_number: int | None
    """From 1; None if it is unknown."""
    column_number: int | None
    """From 1; None if it is unknown."""

    def _fields(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if value is not None}

    def __getitem__(self, name: str) -> Any:
        return self._fields()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields())

    def __len__(self) -> int:
        return len(self._fields())


# V8 calls a script without a name "<anonymous>" before a position. Without a position the same word
# means other things.
_UNNAMED_SCRIPT = re.compile(r"<anonymous>(?=:\d+:\d+)")
_STACK_LINE = re.compile(r"^ +at .*$", re.MULTILINE)


def _name_unnamed_scripts(stack: str) -> str:
    return _STACK_LINE.sub(lambda line: _UNNAMED_SCRIPT.sub("<eval>", line.group()), stack)


# How many characters of a line to show: a script that a tool has made may be one line of a
# megabyte.
_LINE_WIDTH = 100


def _caret_lines(text: str, start: int, end: int) -> list[str]:
    """A source line and the marks beneath it. ``start`` is a column, from 1, ``end`` the one
    after."""
    end = min(max(end, start + 1), len(text) + 1)
    first = max(0, start - 1 - _LINE_WIDTH // 2) if len(text) > _LINE_WIDTH else 0
    shown = text[first : first + _LINE_WIDTH]
    indent = len(shown) - len(shown.lstrip())
    before = shown[indent : max(indent, start - 1 - first)]
    # Tabs stay tabs, so that the marks are where they belong.
    padding = "".join("\t" if character == "\t" else " " for character in before)
    width = min(max(end - start, 1), max(len(shown) - indent - len(before), 1))
    return [f"    {shown.strip()}", f"    {padding}{'^' * width}"]


def _frame_line(frame: JavaScriptFrame) -> str:
    where = f'  File "{frame.file_name}", line {frame.line_number}'
    return f"{where}, in {frame.function_name}" if frame.function_name else where


def _chain_lines(chain: Sequence[str]) -> list[str]:
    if len(chain) < 2:
        return []
    first, *others = reversed(chain)
    return [f'  Module "{first}"', *(f'    imports "{url}"' for url in others)]


def _fold(lines: Iterable[str]) -> list[str]:
    """The lines with repetitions counted, as Python shows an endless recursion."""
    folded: list[str] = []
    for line, group in itertools.groupby(lines):
        count = sum(1 for _ in group)
        folded += [line] * min(count, 3)
        if count > 3:
            folded.append(f"  [Previous line repeated {count - 3} more times]")
    return folded


@dataclass(frozen=True)
class _Place:
    """The place where an error was made, with the text of the line."""

    frame: JavaScriptFrame
    line: str | None
    end_column: int

    def caret_lines(self) -> list[str]:
        if self.line is None or not self.line.strip() or not self.frame.column_number:
            return []
        return _caret_lines(self.line, self.frame.column_number, self.end_column)

    def is_of(self, frame: JavaScriptFrame) -> bool:
        mine = self.frame
        return (mine.file_name, mine.line_number) == (frame.file_name, frame.line_number)


# The classes of the language. For one of these the class says no more than the error's name.
_NATIVE_NAMES = frozenset(
    ("Error", "AggregateError", "EvalError", "RangeError", "ReferenceError", "SuppressedError")
    + ("SyntaxError", "TypeError", "URIError")
)

# Values that the last lines of a traceback show are cut to a few lines.
_short = reprlib.Repr()
_short.maxstring = _short.maxother = 200
_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*")


def _value_lines(label: str, value: object, seen: frozenset[int]) -> list[str]:
    """One property of an Error, the way that Node.js shows it."""
    if not isinstance(value, JavaScriptError):
        return [f"{label}: {_short.repr(value)}"]
    if id(value) in seen:
        return [f"{label}: [circular]"]
    first, *others = value._stack_lines()
    return [f"{label}: {first}", *others, *value._property_lines(seen)]


# From Python 3.11 on tracebacks show an exception's __notes__; before, its str() is all they show.
_HAS_NOTES = sys.version_info >= (3, 11)


class JavaScriptError(JsrunError):
    """JavaScript threw something, or it is an Error that JavaScript gave as a value.

    If what was thrown comes from an exception that a Python function raised inside of
    JavaScript, that exception is the ``__cause__``.

    A Python traceback that ends with it shows the JavaScript part as well, in Python's
    order: the innermost function last, with the source line and what is wrong in it marked.
    """

    name: str | None
    """The error's name, such as ``"TypeError"``; None if something else than an Error was
    thrown."""
    message: str
    """The error's message, or the text of what else was thrown."""
    stack: str | None
    """V8's stack trace as text; None if there is none."""
    frames: list[JavaScriptFrame]
    """The stack trace, innermost function first. For a SyntaxError: where the text is wrong."""
    import_chain: list[str]
    """If an import failed: the URL of the module that is at fault, then of the one that imports it,
    and so on up to the one that was asked for. Empty otherwise."""
    class_name: str | None
    """The name of the Error's class, which its ``name`` need not tell; None as for ``name``."""
    value: Any
    """What was thrown, if it is not an Error: as Python has it, or None if Python has no
    counterpart. None for an Error."""
    cause: Any
    """The Error's ``cause``, a JavaScriptError if it is an Error itself, which is then the
    ``__cause__``, too; None if there is none or Python has no counterpart of it."""
    errors: list[Any]
    """The errors of an AggregateError, which are JavaScriptErrors if they are Errors; else
    empty."""
    properties: dict[str, Any]
    """What else scripts have put on the Error, such as ``code``: its own enumerable properties, as
    far as Python has a counterpart of them."""

    _place: _Place | None = None
    # What was thrown, for a handler of the same runtime that raises this to JavaScript again. It
    # can be neither copied nor pickled, so it is no part of the __dict__.
    __slots__ = ("_thrown",)
    _thrown: object

    def __init__(
        self,
        message: str = "",
        name: str | None = None,
        stack: str | None = None,
        frames: Sequence[JavaScriptFrame] = (),
        *,
        properties: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.name = name
        self.stack = stack
        self.frames = list(frames)
        self.import_chain = []
        self.class_name = name
        self.value = None
        self.cause = None
        self.errors = []
        self.properties = dict(properties or {})

    @classmethod
    def _from_v8(
        cls,
        name: str | None,
        message: str,
        stack: str | None,
        frames: Sequence[JavaScriptFrame],
        place: tuple[JavaScriptFrame, str | None, int] | None,
        import_chain: str | None,
    ) -> JavaScriptError:
        error = cls(message, name, stack and _name_unnamed_scripts(stack), frames)
        if place is not None:
            error._place = _Place(*place)
        if import_chain is not None:
            error.import_chain = import_chain.split("\n")
        return error

    def _set_details(
        self,
        thrown: object,
        class_name: str | None,
        value: Any,
        cause: Any,
        errors: list[Any] | None,
        properties: dict[str, Any] | None,
    ) -> None:
        """What the extension adds to ``_from_v8()`` of what few errors have."""
        self._thrown = thrown
        self.class_name = class_name
        self.value = value
        self.errors = errors or []
        self.properties = properties or {}
        self.cause = cause
        if isinstance(cause, BaseException) and cause is not self:
            self.__cause__ = cause

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self.args, vars(self)

    def __setstate__(self, state: dict[str, Any] | None) -> None:
        super().__setstate__(state)
        if isinstance(self.cause, BaseException) and self.cause is not self:
            self.__cause__ = self.cause

    def _stack_lines(self) -> list[str]:
        lines = (self.stack or "").splitlines()[1:]
        return [self._headline(), *(line for line in lines if _STACK_LINE.match(line))]

    def _property_lines(self, seen: frozenset[int] = frozenset()) -> list[str]:
        seen |= {id(self)}
        lines: list[str] = []
        for name, value in self.properties.items():
            label = name if _IDENTIFIER.fullmatch(name) else repr(name)
            lines += _value_lines(label, value, seen)
        if self.cause is not None and (seen != {id(self)} or self.__cause__ is not self.cause):
            lines += _value_lines("[cause]", self.cause, seen)
        if self.errors:
            lines.append("[errors]: [")
            for number, error in enumerate(self.errors):
                lines += [f"  {line}" for line in _value_lines(str(number), error, seen)]
            lines.append("]")
        return ["{", *(f"  {line}" for line in lines), "}"] if lines else []

    def javascript_traceback(self) -> str:
        """The stack trace laid out as Python's are, innermost function last; "" if there is
        none."""
        lines = _chain_lines(self.import_chain)
        lines += _fold(_frame_line(frame) for frame in reversed(self.frames) if frame.line_number)
        if self._place is not None:
            if not self.frames or not self._place.is_of(self.frames[0]):
                lines.append(_frame_line(self._place.frame))
            lines += self._place.caret_lines()
        if lines:
            lines.insert(0, "JavaScript traceback (most recent call last):")
        return "\n".join([*lines, *self._property_lines()])

    if _HAS_NOTES:
        # Made when it is asked for: most errors are handled, and never printed.
        @property
        def __notes__(self) -> list[str]:
            notes: list[str] | None = self.__dict__.get("_notes")
            if notes is None:
                text = self.javascript_traceback()
                notes = self.__dict__["_notes"] = [text] if text else []
            return notes

        @__notes__.setter
        def __notes__(self, notes: list[str]) -> None:
            self.__dict__["_notes"] = notes

    def _headline(self) -> str:
        name = self.name
        if name in _NATIVE_NAMES and self.class_name and self.class_name not in _NATIVE_NAMES:
            name = self.class_name  # a script's class that has set no name of its own
        return f"{name}: {self.message}" if name and self.message else name or self.message

    def __str__(self) -> str:
        text = self._headline()
        trace = "" if _HAS_NOTES else self.javascript_traceback()
        return f"{text}\n{trace}" if trace else text


class ModuleError(JavaScriptError, RuntimeError):
    """A module that is imported was not found, could not be loaded, or is not a valid module.

    What the module loader or resolver raised is the ``__cause__``.
    """

    def __str__(self) -> str:
        text = super().__str__()
        # "Error" alone says less than this class's own name, which tracebacks show.
        return text[len("Error: ") :] if self.name == "Error" else text


class SnapshotError(JsrunError, ValueError):
    """A runtime cannot start from this snapshot, or cannot become one."""


class RuntimeTerminated(JsrunError, RuntimeError):
    """The runtime was ended, by ``Runtime.terminate()`` or because it reached its heap limit."""


class RuntimeTimeout(JsrunError, RuntimeError, TimeoutError):
    """JavaScript ran longer than it was allowed to, and was stopped. The runtime is usable."""

    @classmethod
    def _after_seconds(cls, seconds: float, state: str) -> RuntimeTimeout:
        return cls(
            f"JavaScript execution timed out after {seconds:g} s{state}: a larger timeout, of the "
            "call or of RuntimeConfig(timeout=...), would let it run on"
        )


class RuntimeClosedError(JsrunError, RuntimeError):
    """The runtime was closed, before the call or while it ran, or the interpreter exits."""


class ForkedRuntimeError(JsrunError, RuntimeError):
    """The process was forked after V8 had started, which V8 does not survive."""


class ExecutionStopped(JsrunError, RuntimeError):
    """JavaScript was stopped from outside of the call: by a debugger, or by an interrupt."""


class FunctionClosedError(JsrunError, RuntimeError):
    """The JsFunction was closed."""


class GreenletError(JsrunError, RuntimeError):
    """Another greenlet of the thread is in a Python function that JavaScript of the runtime
    calls."""


class PendingPromiseError(JsrunError, RuntimeError):
    """The result is a Promise that nothing is left to settle."""


class EventLoopError(JsrunError, RuntimeError):
    """An async Python function was called where no asyncio loop runs that it could run on."""


class InspectorOpenError(JsrunError, RuntimeError):
    """The inspector cannot listen, or is open already."""


class ConfigError(JsrunError, RuntimeError, ValueError):
    """Settings of a RuntimeConfig contradict each other."""


class BindingError(JsrunError, RuntimeError):
    """A name, an op or a mode cannot be bound as was asked."""


class ConversionError(JsrunError, TypeError):
    """A value has no counterpart in the other language."""


class ConversionRangeError(JsrunError, ValueError, OverflowError):
    """A number or a date does not fit into the other language's type, or a Date is invalid."""


class ConversionLimitError(JsrunError, RuntimeError):
    """A value is circular, or larger or deeper than ``max_serialization_bytes`` and
    ``max_serialization_depth`` of the RuntimeConfig allow."""


def stack_with_python(stack: str, exception: BaseException) -> str:
    """JavaScript's stack of an Error, below the functions of the Python exception that the Error
    stands for."""
    frames = traceback.extract_tb(exception.__traceback__)
    lines = [f"    at {f.name} ({f.filename}:{f.lineno})" for f in reversed(frames)]
    match = _STACK_LINE.search(stack)
    at = match.start() if match else len(stack)
    inserted = "".join(f"{line}\n" for line in lines)
    return stack[:at] + inserted + stack[at:] if match else stack + "\n" + inserted.rstrip("\n")


class InspectorError(JsrunError):
    """The inspector refused a request of an InspectorSession."""

    method: str
    """The method of the request."""
    code: int
    """As in JSON-RPC: -32601 for an unknown method, -32602 for wrong parameters, …"""
    message: str
    data: Any
    """More about the error, or None."""

    def __init__(self, method: str, code: int, message: str, data: Any = None) -> None:
        text = f"{method}: {message}" if method else message
        super().__init__(f"{text} ({data})" if isinstance(data, str) else text)
        self.method = method
        self.code = code
        self.message = message
        self.data = data

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.method, self.code, self.message, self.data), vars(self)


class InspectorSessionClosed(JsrunError, RuntimeError):
    """The InspectorSession was closed, or its runtime was."""


def show_uncaught(runtime: object, error: JavaScriptError) -> bool:
    """Print an error that no call can raise. False: the program has a hook of its own for that.

    Python's own hook would not show where in the script it happened.
    """
    if sys.unraisablehook is not sys.__unraisablehook__:
        return False
    if sys.stderr is not None:
        lines = traceback.format_exception(type(error), error, error.__traceback__)
        sys.stderr.write(f"Uncaught in {runtime!r}:\n{''.join(lines)}")
    return True


for _public in (
    BindingError,
    ConfigError,
    ConversionError,
    ConversionLimitError,
    ConversionRangeError,
    EventLoopError,
    ExecutionStopped,
    ForkedRuntimeError,
    FunctionClosedError,
    GreenletError,
    InspectorError,
    InspectorOpenError,
    InspectorSessionClosed,
    JavaScriptError,
    JavaScriptFrame,
    JsrunError,
    ModuleError,
    PendingPromiseError,
    RuntimeClosedError,
    RuntimeTerminated,
    RuntimeTimeout,
):
    _public.__module__ = "jsrun"
