"""Joins the files of a built-in script that are one function: join_js.py OUTPUT FILE.js …"""

from __future__ import annotations

import sys
from pathlib import Path


def main(output: str, *sources: str) -> None:
    Path(output).parent.mkdir(parents=True, exist_ok=True)
    Path(output).write_bytes(b"\n".join(Path(source).read_bytes() for source in sources))


main(*sys.argv[1:])
