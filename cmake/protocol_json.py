"""Write the description of the debugging protocol that an engine understands as a C source file.

    protocol_json.py SOURCE OWN.pdl OUTPUT.c

SOURCE is V8's js_protocol.pdl, or libnode, which contains the same description as compressed JSON.
OWN.pdl describes the domains that V8 does not have.
"""

from __future__ import annotations

import json
import re
import sys
import zlib
from pathlib import Path

import pdl

# libnode's description also has domains of Node.js, which V8 does not know.
V8S_OWN = {"Console", "Debugger", "HeapProfiler", "Profiler", "Runtime", "Schema"}
VERSION = {"major": "1", "minor": "3"}
EMPTY: pdl.Item = {"version": VERSION, "domains": []}


def from_library(content: bytes) -> pdl.Item | None:
    """The protocol in libnode: the zlib stream with a JSON text that starts like a protocol."""
    for match in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", content):
        stream = zlib.decompressobj()
        rest = content[match.start() : match.start() + (1 << 20)]
        try:
            if not stream.decompress(rest[:4096], 64).lstrip().startswith(b'{"version":'):
                continue
            protocol = json.loads(zlib.decompressobj().decompress(rest))
        except (zlib.error, ValueError):
            continue
        if isinstance(protocol, dict) and "domains" in protocol:
            domains = [d for d in protocol["domains"] if d["domain"] in V8S_OWN]
            return {"version": VERSION, "domains": domains}
    return None


def main() -> None:
    source, own, output = (Path(argument) for argument in sys.argv[1:])
    protocol: pdl.Item | None
    if source.suffix == ".pdl":
        protocol = pdl.parse(source.read_text(encoding="utf-8"))
    else:
        protocol = from_library(source.read_bytes())
    if protocol is None:
        print(f"warning: {source} does not describe its protocol", file=sys.stderr)
        protocol = EMPTY

    protocol["domains"] += pdl.parse(own.read_text(encoding="utf-8"))["domains"]
    data = json.dumps(protocol, separators=(",", ":")).encode()
    numbers = "\n".join(
        "".join(f"{byte}," for byte in data[at : at + 32]) for at in range(0, len(data), 32)
    )
    output.write_text(
        f"/* Made by cmake/protocol_json.py from {source.name}. */\n"
        "#include <stddef.h>\n"
        '#if __has_include("protocol_json.h")\n'
        '#include "protocol_json.h"\n'
        "#endif\n"
        f"const unsigned char jsrun_protocol_json[] = {{\n{numbers}\n}};\n"
        "const size_t jsrun_protocol_json_size = sizeof jsrun_protocol_json;\n",
        encoding="ascii",
    )


if __name__ == "__main__":
    main()
