"""Writes JavaScript files into a C file, as arrays: embed_js.py OUTPUT NAME.js …

NAME.js becomes `const char js_NAME[]`, which ends with NUL, and `const size_t js_NAME_length`.
"""

from __future__ import annotations

import sys
from pathlib import Path


def array(path: Path) -> str:
    text = path.read_bytes()
    text.decode("ascii")  # V8 reads built-in scripts as Latin-1
    name = f"js_{path.stem}"
    rows = [text[at : at + 24] for at in range(0, len(text), 24)]
    lines = "\n".join("    " + " ".join(f"{byte}," for byte in row) for row in rows)
    return (
        f"const char {name}[] = {{\n{lines}\n    0}};\nconst size_t {name}_length = {len(text)};\n"
    )


def main(output: str, *sources: str) -> None:
    parts = ['#include "js_sources.h"\n', *(array(Path(source)) for source in sources)]
    Path(output).write_text("\n".join(parts))


main(*sys.argv[1:])
