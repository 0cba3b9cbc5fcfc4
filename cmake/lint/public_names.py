"""The libraries that other programs link show their public functions, and no other name.

    public_names.py NM LIBRARY HEADERS [LIBRARY HEADERS…]

HEADERS is the folder of a library's public headers. Each name that the library shows starts with
`jsrun_`, and each function that the headers declare is there.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import tree

DECLARED = re.compile(r"(?m)^[a-zA-Z][^;{}()#]*?\b(jsrun_\w+)\([^;{}]*\);")


def shown(nm: str, library: str) -> set[str]:
    symbols = subprocess.run(
        [nm, "--format=posix", "--extern-only", "--defined-only", library],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return set(re.findall(r"(?m)^(\S+) [A-Za-z]\b", symbols))


def declared(folder: Path) -> set[str]:
    code = "".join(tree.split(path)[0] for path in sorted(folder.rglob("*.h")))
    return {name for name in DECLARED.findall(re.sub(r"(?m)^typedef[^;{]*;", "", code))}


def main() -> None:
    nm, *arguments = sys.argv[1:]
    findings = []
    for library, folder in zip(arguments[::2], arguments[1::2], strict=True):
        names, functions = shown(nm, library), declared(Path(folder))
        file = Path(library).name
        findings += [f"{file} shows {name}" for name in sorted(names) if name[:6] != "jsrun_"]
        findings += [f"{file} does not have {name}()" for name in sorted(functions - names)]
        if not functions:
            findings.append(f"{folder} declares no functions")
    tree.finish(findings, "See cmake/PublicLibrary.cmake.")


if __name__ == "__main__":
    main()
