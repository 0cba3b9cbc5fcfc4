"""Where ``console`` prints."""

from __future__ import annotations

import sys

_TO_STDERR = frozenset({"warn", "error", "trace"})


def write(level: str, text: str) -> None:
    """Print what a method of ``console`` made of its arguments."""
    stream = sys.stderr if level in _TO_STDERR else sys.stdout
    if stream is None:  # a program without a terminal, such as under pythonw
        return
    try:
        stream.write(text + "\n")
    except UnicodeEncodeError:
        encoding = stream.encoding or "ascii"
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
