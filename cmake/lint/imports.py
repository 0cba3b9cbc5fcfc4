"""No modules of the Python package import one another in a circle.

Imports inside functions count, those for the type checker only do not. The extension counts as a
module: it imports what its C code names (python/src/types/module.c).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import tree

PACKAGE = tree.ROOT / "python/jsrun"
EXTENSION = "_jsrun"
EXTENSION_SOURCE = tree.ROOT / "python/src/types/module.c"

ALLOWED = {
    ("_async", EXTENSION): "the extension calls it, and it makes objects of the extension",
    ("_streams", EXTENSION): "the extension calls it, and it makes objects of the extension",
}
"""Imports that would close a circle, and why they may. They happen when a function is called."""


def imports_of(path: Path) -> Iterator[str]:
    """The modules of the package that a module imports, wherever it does so."""

    def visit(node: ast.AST) -> Iterator[str]:
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            for child in node.orelse:
                yield from visit(child)
            return
        if isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if node.level == 0 and not re.match(r"jsrun(\.|$)", module):
                return
            module = re.sub(r"^jsrun\.?", "", module) if node.level == 0 else module
            if module:
                yield module
            else:
                yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (a.name[len("jsrun.") :] for a in node.names if a.name.startswith("jsrun."))
        for child in ast.iter_child_nodes(node):
            yield from visit(child)

    return visit(ast.parse(path.read_text(encoding="utf-8")))


def graph() -> dict[str, set[str]]:
    paths = {path.stem: path for path in PACKAGE.glob("*.py")}
    edges = {name: {to for to in imports_of(path) if to != name} for name, path in paths.items()}
    source = EXTENSION_SOURCE.read_text(encoding="utf-8")
    edges[EXTENSION] = set(re.findall(r'"jsrun\.(\w+)"', source)) - {EXTENSION}
    return {
        name: {to for to in targets if to in edges and (name, to) not in ALLOWED}
        for name, targets in edges.items()
    }


def main() -> None:
    tree.finish(
        [f"python/jsrun: {' -> '.join(circle)}" for circle in tree.circles(graph())],
        "Modules import one another in a circle.",
    )


if __name__ == "__main__":
    main()
