"""The layers of the C and C++ code, from the object files that a build has made.

    layers.py NM OBJECT…

- A file uses files of its own folder or of a lower one. LIBRARIES has the folders' order.
- No two files, and no two folders, call one another in a circle.
- One library uses another one's public functions only: those that start with `jsrun_`.

An object file uses another one if it needs a symbol that only that one defines. Inline functions
that several files define do not count, nor do V8, CPython and the system.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import tree

LIBRARIES = {
    "runtime": ("js", "base", "v8", "snapshots", "core", "debug", "services", "life"),
    "inspector": ("",),
    "python/src": ("base", "values", "calls", "handlers", "types"),
}
"""The libraries, each with its folders from the lowest to the highest. `js` is what the build makes
of the folder of that name."""

PUBLIC = re.compile(r"jsrun_")

UPWARDS = tree.ROOT / "runtime/v8/embedder.h"
"""What runtime/v8 may use of the folders above it: the functions that this header declares. V8
calls them, so they could be handed down as pointers only, and a pointer is not inlined."""

ALLOWED: dict[tuple[str, str], str] = {}
"""Other uses that the rules forbid: (the file, the symbol), and why it may."""


class Object(NamedTuple):
    file: str
    """The source, as `runtime/core/stop.c`."""
    library: str
    folder: str
    defined: frozenset[str]
    needed: frozenset[str]


class Use(NamedTuple):
    user: Object
    used: Object
    symbol: str


def source_of(path: Path) -> tuple[str, str, str]:
    """The library, the folder and the source of LIBRARY/CMakeFiles/TARGET.dir/SOURCE.o."""
    match = re.search(r"(\w+)/CMakeFiles/[^/]+\.dir/(.+)\.o(?:bj)?$", path.as_posix())
    if not match:
        sys.exit(f"{path}: not an object file of a target of CMake's")
    library, source = match[1], match[2]
    if library == "python":
        library, source = "python/src", source.removeprefix("src/")
    folder = source.split("/")[0] if "/" in source else ""
    if library == "runtime" and not folder:
        folder = "js"
    if folder not in LIBRARIES.get(library, ()):
        sys.exit(f"{library}/{source}: its folder is in no layer; see LIBRARIES in {__file__}")
    return library, folder, source


def read(nm: str, paths: list[Path]) -> list[Object]:
    symbols = subprocess.run(
        [nm, "--format=posix", *paths], check=True, capture_output=True, text=True
    ).stdout
    objects = []
    for path, block in zip(paths, re.split(r"(?m)^.*:\n", symbols)[1:], strict=True):
        library, folder, source = source_of(path)
        defined, needed = set(), set()
        for name, kind in re.findall(r"(?m)^(\S+) (\w)\b", block):
            if kind in "Uw":
                needed.add(name)
            elif kind in "TDBRCGS":
                defined.add(name)
        file = f"{library}/{source}"
        objects.append(Object(file, library, folder, frozenset(defined), frozenset(needed)))
    return objects


def uses_of(objects: list[Object]) -> list[Use]:
    definer: dict[str, Object] = {}
    for item in objects:
        for symbol in item.defined:
            definer[symbol] = item
    return [
        Use(item, definer[symbol], symbol)
        for item in objects
        for symbol in sorted(item.needed - item.defined)
        if symbol in definer and definer[symbol] is not item
    ]


def upward_symbols() -> frozenset[str]:
    code, _ = tree.split(UPWARDS)
    return frozenset(re.findall(r"\b(\w+)\([^;{}]*\);", code))


def is_allowed(use: Use, upwards: frozenset[str]) -> bool:
    return (use.user.file, use.symbol) in ALLOWED or (
        use.user.file.startswith("runtime/v8/") and use.symbol in upwards
    )


def wrong_uses(uses: list[Use]) -> list[str]:
    ranks = list(LIBRARIES)
    findings = []
    for use in uses:
        user, used, symbol = use
        says = f"{user.file} uses {symbol} of {used.file}"
        if user.library != used.library:
            if ranks.index(user.library) < ranks.index(used.library):
                findings.append(f"{says}: a higher library")
            elif not PUBLIC.match(symbol):
                findings.append(f"{says}: a private function of another library")
        else:
            folders = LIBRARIES[user.library]
            if folders.index(user.folder) < folders.index(used.folder):
                findings.append(f"{says}: a higher folder")
    return findings


def circles_of(uses: list[Use]) -> list[str]:
    """Circles of files. One of folders would need a use of a higher folder."""
    edges: dict[str, set[str]] = {}
    symbols: dict[tuple[str, str], str] = {}
    for use in uses:
        edges.setdefault(use.user.file, set()).add(use.used.file)
        edges.setdefault(use.used.file, set())
        symbols[use.user.file, use.used.file] = use.symbol
    return [
        " → ".join(
            [way[0]] + [f"{to} ({symbols[at, to]})" for at, to in zip(way, way[1:], strict=False)]
        )
        for way in tree.circles(edges)
    ]


def main() -> None:
    nm, *paths = sys.argv[1:]
    objects = read(nm, [Path(path) for path in paths])
    if len({item.file for item in objects}) < 100:
        sys.exit(f"only {len(objects)} object files: this is not all of the libraries")
    upwards = upward_symbols()
    uses = uses_of(objects)
    counted = [use for use in uses if not is_allowed(use, upwards)]
    stale = set(ALLOWED) - {(use.user.file, use.symbol) for use in uses}
    tree.finish(
        [f"{file} does not use {symbol}: ALLOWED has it" for file, symbol in sorted(stale)]
        + wrong_uses(counted)
        + circles_of(counted),
        "Code uses its own layer and lower ones; see cmake/lint/layers.py.",
    )


if __name__ == "__main__":
    main()
