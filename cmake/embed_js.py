"""Writes the built-in JavaScript into a C file.

    embed_js.py OUTPUT --scripts NAME.js … --parts NAME.js … --late NAME.js --identify FILE …

The C file defines what js_sources.h declares. The identity of the build is a digest of the scripts
and of the files to identify.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path


def array(path: Path) -> str:
    text = path.read_bytes()
    text.decode("ascii")  # V8 reads built-in scripts as Latin-1
    rows = [text[at : at + 24] for at in range(0, len(text), 24)]
    lines = "\n".join("    " + " ".join(f"{byte}," for byte in row) for row in rows)
    return f"static const char js_{path.stem}[] = {{\n{lines}\n    0}};\n"


def entry(path: Path, is_part: bool) -> str:
    name = path.stem
    part = f'"{name}"' if is_part else "NULL"
    return f'    {{"jsrun/{name}", "__jsrun_{name}", {part}, js_{name}, sizeof js_{name} - 1}},'


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("output", type=Path)
    for option in ("--scripts", "--parts", "--identify"):
        parser.add_argument(option, type=Path, nargs="*", default=[])
    parser.add_argument("--late", type=Path, required=True)
    options = parser.parse_args()

    digest = hashlib.sha256()
    for path in [*options.scripts, *options.parts, options.late, *sorted(options.identify)]:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    parts = [
        '#include "v8/js_sources.h"\n',
        *map(array, [*options.scripts, *options.parts]),
        array(options.late).removeprefix("static "),
        "const js_source js_sources[] = {",
        *(entry(path, False) for path in options.scripts),
        *(entry(path, True) for path in options.parts),
        "};",
        "const size_t js_source_count = sizeof js_sources / sizeof *js_sources;",
        f'const char js_build_identity[] = "{digest.hexdigest()}";\n',
    ]
    options.output.write_text("\n".join(parts))


main()
