"""Converts V8's coverage, which counts ranges of characters, to LCOV, which counts lines."""

from __future__ import annotations

from bisect import bisect_right
from typing import Any
from urllib.parse import unquote, urlsplit


def _units(text: str) -> int:
    """The length of a text as V8 counts it: in UTF-16 code units."""
    return len(text) + sum(character > "\uffff" for character in text)


def _lines(source: str) -> list[tuple[int, int]]:
    """The offsets where the code of each line starts and ends, without the space around it."""
    lines = []
    at = 0
    for line in source.split("\n"):
        code = line.strip()
        start = at + (_units(line[: line.index(code)]) if code else 0)
        lines.append((start, start + _units(code)))
        at += _units(line) + 1
    return lines


def _path(url: str) -> str:
    parts = urlsplit(url)
    return unquote(parts.path) if parts.scheme == "file" else url


def record(script: dict[str, Any], source: str) -> str:
    """The LCOV record of one script."""
    lines = _lines(source)
    starts = [start for start, _ in lines]

    def line_of(offset: int) -> int:
        return max(bisect_right(starts, offset), 1)

    # An outer range comes before the ranges inside it.
    counts = [0] * len(lines)
    functions: list[tuple[int, str, int]] = []
    branches: list[tuple[int, int]] = []
    for function in script["functions"]:
        for index, span in enumerate(function["ranges"]):
            for number, (start, end) in enumerate(lines):
                if span["startOffset"] <= start and end <= span["endOffset"]:
                    counts[number] = span["count"]
            if index and function["isBlockCoverage"]:
                branches.append((line_of(span["startOffset"]), span["count"]))
        first = function["ranges"][0]
        if function["functionName"] or first["startOffset"] > 0:
            line = line_of(first["startOffset"])
            name = function["functionName"] or f"(anonymous_{len(functions)})"
            functions.append((line, name, first["count"]))

    hits = [(n + 1, counts[n]) for n, (start, end) in enumerate(lines) if start < end]
    out = ["TN:", f"SF:{_path(script['url'])}"]
    out += [f"FN:{line},{name}" for line, name, _ in functions]
    out += [f"FNDA:{count},{name}" for _, name, count in functions]
    out += [f"FNF:{len(functions)}", f"FNH:{sum(count > 0 for _, _, count in functions)}"]
    out += [f"BRDA:{line},{n},0,{count}" for n, (line, count) in enumerate(branches)]
    out += [f"BRF:{len(branches)}", f"BRH:{sum(count > 0 for _, count in branches)}"]
    out += [f"DA:{line},{count}" for line, count in hits]
    out += [f"LF:{len(hits)}", f"LH:{sum(count > 0 for _, count in hits)}", "end_of_record"]
    return "\n".join(out) + "\n"
