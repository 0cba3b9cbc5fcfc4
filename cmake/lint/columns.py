"""No line is longer than 100 columns: code, comments and prose alike.

A line may be longer where nothing can be broken: a word or a link that is too long by itself, a row
of a table, a heading, and what a fenced block of a document shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import tree

COLUMNS = 100
KINDS = (tree.C, tree.JAVASCRIPT, tree.PYTHON, tree.HASHED, {".md"})

NOT_YET: tuple[str, ...] = ()
"""Where lines are still too long."""

LINK = re.compile(r"!?\[[^\]]*\]\([^)]*\)|`[^`]*`")
BULLET = re.compile(r"^\s*(?:[-*+>]|\d+\.)?\s*")
RULER = re.compile(r"-{4,}( \*/)?$")
FENCE = re.compile(r"\s*(```|~~~)")


def breakable(line: str, is_prose: bool) -> bool:
    """Whether the line could be made shorter by breaking it where it has blanks."""
    if is_prose:
        words = LINK.sub(lambda match: re.sub(r"\s", "_", match[0]), BULLET.sub("", line)).split()
        return len(words) > 1
    indent = len(line) - len(line.lstrip())
    return indent + max(map(len, line.split())) <= COLUMNS


def long_lines(path: Path) -> Iterator[tuple[int, int]]:
    """The number and the length of each line that is too long."""
    is_prose = path.suffix == ".md"
    fenced = False
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if is_prose and FENCE.match(line):
            fenced = not fenced
        if len(line) <= COLUMNS or not breakable(line, is_prose):
            continue
        if not (is_prose and (fenced or line.lstrip().startswith(("|", "#")))):
            yield number, len(line)


def checked_files() -> Iterator[Path]:
    return (path for path in tree.files(*KINDS) if not tree.name_of(path).startswith(NOT_YET))


def main() -> None:
    tree.finish(
        [
            f"{tree.name_of(path)}:{number}: {length} columns"
            for path in checked_files()
            for number, length in long_lines(path)
        ],
        f"A line has at most {COLUMNS} columns.",
    )


if __name__ == "__main__":
    main()
