"""What can go wrong: the exceptions, and how V8's account of an error is put into words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["JavaScriptError", "JavaScriptFrame", "RuntimeTerminated"]


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


# V8 calls a script without a name "<anonymous>" where it tells a position in it; it uses the same
# word without a position for other things.
_UNNAMED_SCRIPT = re.compile(r"<anonymous>(?=:\d+:\d+)")
_STACK_LINE = re.compile(r"^ +at .*$", re.MULTILINE)


def _name_unnamed_scripts(stack: str) -> str:
    return _STACK_LINE.sub(lambda line: _UNNAMED_SCRIPT.sub("<eval>", line.group()), stack)


class JavaScriptError(Exception):
    """JavaScript threw something, or it is an Error that JavaScript gave as a value.

    If what was thrown comes from an exception that a Python function raised inside of
    JavaScript, that exception is the ``__cause__``.
    """

    name: str | None
    """The error's name, such as ``"TypeError"``; None if something else than an Error was thrown."""
    message: str
    """The error's message, or the text of what else was thrown."""
    stack: str | None
    """V8's stack trace as text; None if there is none."""
    frames: list[JavaScriptFrame]
    """The stack trace, innermost function first. For a SyntaxError: where the text is wrong."""

    def __init__(
        self,
        message: str = "",
        name: str | None = None,
        stack: str | None = None,
        frames: Sequence[JavaScriptFrame] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.name = name
        self.stack = stack
        self.frames = list(frames)

    @classmethod
    def _from_v8(
        cls,
        name: str | None,
        message: str,
        stack: str | None,
        frames: Sequence[JavaScriptFrame],
    ) -> JavaScriptError:
        return cls(message, name, stack and _name_unnamed_scripts(stack), frames)

    def __str__(self) -> str:
        if self.name and self.message:
            return f"{self.name}: {self.message}"
        return self.name or self.message


class RuntimeTerminated(RuntimeError):
    """The runtime was ended by ``Runtime.terminate()``."""


for _public in (JavaScriptError, JavaScriptFrame, RuntimeTerminated):
    _public.__module__ = "jsrun"
