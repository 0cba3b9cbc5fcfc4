"""What the lint rules share: the project's files, their comments and prose, and how a finding is
reported."""

from __future__ import annotations

import ast
import io
import os
import re
import sys
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
_BUILT = {"build", "dist", "docs/benchmarks"}
"""Folders that hold what was made or fetched."""

C = {".c", ".h", ".cc", ".cpp"}
JAVASCRIPT = {".js", ".cjs", ".mjs"}
PYTHON = {".py", ".pyi"}
HASHED = {".cmake", ".sh", ".toml", ".pdl", ".supp", ".gn", ".yml"}
"""Files with comments that start with a number sign; the files of _NAMES too."""
_NAMES = {"CMakeLists.txt": ".cmake", "Makefile": ".sh", ".clang-format": ".yml"}


class Text(NamedTuple):
    """A comment, a docstring or a paragraph of a document."""

    line: int
    text: str


def files(*kinds: Iterable[str]) -> Iterator[Path]:
    """The project's files whose kind is one of ``kinds``, sorted."""
    wanted = {kind for group in kinds for kind in group}
    for folder, folders, names in os.walk(ROOT):
        here = Path(folder).relative_to(ROOT)
        folders[:] = sorted(
            name
            for name in folders
            if (here / name).as_posix() not in _BUILT
            and name not in ("__pycache__", "node_modules")
            and (name == ".ci" or name == ".github" or not name.startswith("."))
        )
        for name in sorted(names):
            if kind_of(here / name) in wanted:
                yield ROOT / here / name


def kind_of(path: Path) -> str:
    """The suffix that a file has, or would have: `.sh` for a script that has none."""
    if path.name in _NAMES:
        return _NAMES[path.name]
    if path.suffix or path.name.startswith("."):
        return path.suffix
    with open(ROOT / path, "rb") as file:
        return ".sh" if file.read(2) == b"#!" else ""


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def finish(findings: list[str], advice: str) -> None:
    """Prints what was found and ends the process: with 1 if that is anything."""
    for finding in findings:
        print(finding)
    if findings:
        print(f"{len(findings)} found. {advice}", file=sys.stderr)
    sys.exit(1 if findings else 0)


def circles(edges: dict[str, set[str]]) -> Iterator[list[str]]:
    """One circle for each edge of a graph that closes one."""
    done: set[str] = set()

    def visit(name: str, way: list[str]) -> Iterator[list[str]]:
        if name in way:
            yield [*way[way.index(name) :], name]
        elif name not in done:
            for to in sorted(edges[name]):
                yield from visit(to, [*way, name])
            done.add(name)

    for name in sorted(edges):
        yield from visit(name, [])


# --- comments and code ----------------------------------------------------------------------------

_C_TOKEN = re.compile(
    r"""(?P<comment>//(?:\\\n|[^\n])*|/\*.*?\*/)
      | (?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')""",
    re.DOTALL | re.VERBOSE,
)
_JS_TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)
      | (?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)
      | (?<=[(,=:\[!&|?{};\n]) \s* (?P<regex>
            /(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])+/)""",
    re.DOTALL | re.VERBOSE,
)


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def without_strings(path: Path) -> str:
    """The code of a C, C++ or JavaScript file with blanks in place of comments, strings and regular
    expressions. Lines stay where they are."""
    token = _C_TOKEN if kind_of(path) in C else _JS_TOKEN
    return token.sub(lambda match: _blank(match[0]), path.read_text(encoding="utf-8"))


def split(path: Path) -> tuple[str, list[Text]]:
    """The code of a file, with blanks in place of comments, and its comments and docstrings.

    Comments that follow one another on lines of their own are one.
    """
    text = path.read_text(encoding="utf-8")
    kind = kind_of(path)
    if kind in PYTHON:
        spans = list(_python_spans(text))
    elif kind in C or kind in JAVASCRIPT:
        token = _C_TOKEN if kind in C else _JS_TOKEN
        spans = [match.span("comment") for match in token.finditer(text) if match["comment"]]
    else:
        spans = [match.span() for match in re.finditer(r"(?m)(?<!\S)#(?!!)[^\n]*", text)]
    code, comments, end = [], [], 0
    for start, stop in spans:
        code += [text[end:start], _blank(text[start:stop])]
        end = stop
        line = text.count("\n", 0, start) + 1
        before = comments[-1] if comments else None
        if before and before.line + before.text.count("\n") + 1 == line and _alone(text, start):
            comments[-1] = Text(before.line, f"{before.text}\n{text[start:stop]}")
        else:
            comments.append(Text(line, text[start:stop]))
    return "".join(code) + text[end:], comments


def _alone(text: str, start: int) -> bool:
    return not text[text.rfind("\n", 0, start) + 1 : start].strip()


def _python_spans(text: str) -> Iterator[tuple[int, int]]:
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    documented = set()
    """Lines where a docstring starts: of a module, class, function or attribute."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            documented.add(node.value.lineno)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        is_docstring = token.type == tokenize.STRING and token.start[0] in documented
        if token.type == tokenize.COMMENT or is_docstring:
            (row, column), (end_row, end_column) = token.start, token.end
            yield starts[row - 1] + column, starts[end_row - 1] + end_column
