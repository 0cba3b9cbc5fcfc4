"""Where ``console`` prints."""

from __future__ import annotations

import sys
from typing import TextIO

_TO_STDERR = frozenset({"warn", "error", "trace"})


def write(level: str, text: str) -> None:
    """Print the text that a method of ``console`` has made of its arguments."""
    print_line(text, sys.stderr if level in _TO_STDERR else sys.stdout)


def print_line(text: str, stream: TextIO | None, *, flush: bool = False) -> None:
    """Print a line with one write. :func:`print` makes two, and another thread's output may come
    between them."""
    if stream is None:  # a program without a terminal, such as under pythonw
        return
    try:
        stream.write(text + "\n")
    except UnicodeEncodeError:
        encoding = stream.encoding or "ascii"
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
    if flush:
        stream.flush()
