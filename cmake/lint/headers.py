"""What C and C++ files include, and that one name means one thing.

- A file, also a header, includes headers of its own folder or of a lower one: layers.py has the
  folders' order. No headers include one another in a circle.
- No two headers have the same name.
- No static function has the name of a function that other files can call.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import layers
import tree

INCLUDE = re.compile(r'(?m)^#include "(.+)"')
FUNCTION = re.compile(r"(?m)^(?P<head>[A-Za-z_][^;{}()#]*?)\b(?P<name>\w+)\([^;{}]*\)\s*[;{]")


def sources() -> dict[str, str]:
    """The code of the libraries' files by the files' names."""
    return {
        tree.name_of(path): tree.split(path)[0]
        for path in tree.files(tree.C)
        if tree.name_of(path).startswith(tuple(f"{library}/" for library in layers.LIBRARIES))
    }


def place(name: str) -> tuple[str, str] | None:
    """The library and the folder of a file; None: it is public."""
    library = next(library for library in layers.LIBRARIES if name.startswith(f"{library}/"))
    folder = name[len(library) + 1 :].rpartition("/")[0].split("/")[0]
    return None if folder == "include" else (library, folder)


def included(name: str, header: str, code: dict[str, str]) -> str | None:
    """The file that is included; None: a public header, or one that is not the project's."""
    place_of_file = place(name)
    if place_of_file is None or header.startswith("jsrun/"):
        return None
    found = f"{place_of_file[0]}/{header}"
    return found if found in code else None


def wrong_includes(code: dict[str, str]) -> Iterator[str]:
    edges: dict[str, set[str]] = {name: set() for name in code}
    for name, text in code.items():
        # The names are in strings, which are in the code.
        for header in INCLUDE.findall(text):
            target = included(name, header, code)
            if target is None:
                if not header.startswith("jsrun/"):
                    yield f"{name}: {header} is no header of its library"
                continue
            edges[name].add(target)
            user, used = place(name), place(target)
            if user and used:
                order = layers.LIBRARIES[user[0]]
                if order.index(user[1]) < order.index(used[1]):
                    yield f"{name} includes {header}: a higher folder"
    for way in tree.circles(edges):
        yield f"circle: {' → '.join(way)}"


def doubled_headers() -> Iterator[str]:
    paths = defaultdict(list)
    for path in tree.files({".h"}):
        paths[path.name].append(tree.name_of(path))
    for name, files in sorted(paths.items()):
        if len(files) > 1:
            yield f"{name}: {', '.join(files)}"


def doubled_functions(code: dict[str, str]) -> Iterator[str]:
    external: dict[str, str] = {}
    static: list[tuple[str, str]] = []
    for name, text in code.items():
        if Path(name).suffix not in (".c", ".h"):
            continue
        for match in FUNCTION.finditer(text):
            words = match["head"].split()
            if "static" in words:
                static.append((match["name"], name))
            elif words and words[0] not in ("typedef", "return", "else"):
                external[match["name"]] = name
    for function, name in static:
        if function in external:
            yield f"{name}: static {function}() has the name of a function of {external[function]}"


def main() -> None:
    code = sources()
    tree.finish(
        [*wrong_includes(code), *doubled_headers(), *doubled_functions(code)],
        "See the rules in cmake/lint/headers.py.",
    )


if __name__ == "__main__":
    main()
