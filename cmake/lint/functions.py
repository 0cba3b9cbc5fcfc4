"""No function is longer than 60 lines, from the line of its name to its last one, except in tests.

The function that a whole file of JavaScript is wrapped in, which is not indented for it, does not
count.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import tree

LINES = 60
TESTS = ("tests/", "devtools-tests/")

NOT_YET: tuple[str, ...] = ()
"""Where functions are still too long."""

KEYWORDS = {"if", "for", "while", "switch", "catch", "with", "else", "do", "try"}
HEAD = re.compile(r"(?P<name>[\w$~:]+)\s*$")


class Function(NamedTuple):
    name: str
    first: int
    last: int


def in_python(path: Path) -> Iterator[Function]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield Function(node.name, node.lineno, node.end_lineno or node.lineno)


def in_braces(path: Path) -> Iterator[Function]:
    """Functions of C, C++ or JavaScript, lambdas among them."""
    code = tree.without_strings(path)
    if path.suffix in tree.C:
        # Of what #if chooses from, the first: the others may close the same brace again.
        code = re.sub(
            r"(?ms)^#\s*el(?:se|if)\b.*?^(?=#\s*endif)", lambda m: "\n" * m[0].count("\n"), code
        )
    parens: list[int] = []
    closed: dict[int, int] = {}
    braces: list[tuple[int, str] | None] = []
    for match in re.finditer(r"[(){}]", code):
        at, mark = match.start(), match[0]
        if mark == "(":
            parens.append(at)
        elif mark == ")" and parens:
            closed[at] = parens.pop()
        elif mark == "{":
            braces.append(_function_before(code, at, closed))
        elif mark == "}" and braces:
            function = braces.pop()
            wraps_file = path.suffix in tree.JAVASCRIPT and not any(braces)
            if function and not (wraps_file and _is_wrapper(code, at, function[0])):
                first = code.count("\n", 0, function[0]) + 1
                yield Function(function[1], first, code.count("\n", 0, at) + 1)


def _function_before(code: str, brace: int, closed: dict[int, int]) -> tuple[int, str] | None:
    """Where the function starts whose body this brace opens, and its name. None: it is no
    function's."""
    before = code[:brace].rstrip()
    if before.endswith("=>"):
        return before.rfind("\n") + 1, "=>"
    # What may stand between the parameters and the body: const, override, noexcept, -> type.
    while before and before[-1] != ")":
        word = re.search(
            r"(?:\b(?:const|override|noexcept|final|mutable)|->\s*[\w:<>*& ]+)$", before
        )
        if not word:
            return None
        before = before[: word.start()].rstrip()
    start = closed.get(len(before) - 1)
    if start is None:
        return None
    head = max(0, start - 200)
    name = HEAD.search(code[head:start])
    if name and name["name"] in KEYWORDS:
        return None
    return (head + name.start() if name else start), (name["name"] if name else "(anonymous)")


def _is_wrapper(code: str, end: int, start: int) -> bool:
    """Whether the function is all that the file has."""
    return not code[: code.rfind("\n", 0, start) + 1].strip() and "\n" not in code[end:].strip()


def main() -> None:
    findings = []
    for path in tree.files(tree.C, tree.JAVASCRIPT, tree.PYTHON):
        name = tree.name_of(path)
        if name.startswith(TESTS + NOT_YET):
            continue
        for function in in_python(path) if path.suffix in tree.PYTHON else in_braces(path):
            length = function.last - function.first + 1
            if length > LINES:
                findings.append(f"{name}:{function.first}: {function.name} has {length} lines")
    tree.finish(findings, f"A function has at most {LINES} lines.")


if __name__ == "__main__":
    main()
