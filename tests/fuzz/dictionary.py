"""Write the words of the debugging protocol as a dictionary for libFuzzer.

dictionary.py BUILD/inspector/protocol_json.c OUTPUT
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path


def words(protocol: dict[str, list[dict[str, object]]]) -> set[str]:
    """Methods with their domains, parameters with their colons, and the values of enumerations."""
    found = set()

    def visit(item: object, domain: str, is_parameter: bool = False) -> None:
        if isinstance(item, list):
            for part in item:
                visit(part, domain, is_parameter)
        if not isinstance(item, dict):
            return
        name = item.get("name")
        if isinstance(name, str):
            found.add(f'"{name}":' if is_parameter else f'"{domain}.{name}"')
        found.update(f'"{value}"' for value in item.get("enum", []))
        visit(item.get("commands"), domain)
        for key in ("parameters", "properties"):
            visit(item.get(key), domain, True)
        visit(item.get("types"), domain)

    for domain in protocol["domains"]:
        visit({key: domain[key] for key in domain if key != "domain"}, str(domain["domain"]))
    return found


if __name__ == "__main__":
    source, output = map(Path, sys.argv[1:])
    numbers = re.findall(r"(\d+),", source.read_text())
    protocol = json.loads(bytes(map(int, numbers)))
    escaped = (word.replace("\\", "\\\\").replace('"', '\\"') for word in sorted(words(protocol)))
    output.write_text("".join(f'"{word}"\n' for word in escaped))
