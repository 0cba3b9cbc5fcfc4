"""Where ``console`` prints."""

from __future__ import annotations

import sys
from typing import TextIO

_TO_STDERR = frozenset({"warn", "error", "trace"})


def write(level: str, text: str) -> None:
    """Print what a method of ``console`` made of its arguments."""
    print_line(text, sys.stderr if level in _TO_STDERR else sys.stdout)


def print_line(text: str, stream: TextIO | None, *, flush: bool = False) -> None:
    """Print a line by one write, so that no other thread's output comes between it and its end,
    as it can with :func:`print`."""
    if stream is None:  # a program without a terminal, such as under pythonw
        return
    try:
        stream.write(text + "\n")
    except UnicodeEncodeError:
        encoding = stream.encoding or "ascii"
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
    if flush:
        stream.flush()
