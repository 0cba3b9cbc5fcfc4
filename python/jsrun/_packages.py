"""Finds the file that a name in ``exports`` or ``imports`` of a package.json means."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Union

from ._errors import ModuleError

Json = Union[None, bool, int, float, str, "list[Json]", "dict[str, Json]"]


def split_name(specifier: str) -> tuple[str, str]:
    """The package's name, and the subpath inside the package: ``.`` or ``./…``."""
    parts = specifier.split("/")
    count = 2 if specifier.startswith("@") else 1
    name = "/".join(parts[:count])
    if (
        len(parts) < count
        or not all(parts[:count])
        or any(part.startswith(".") for part in parts[:count])
        or any(character in name for character in "\\%?#:")
    ):
        raise ModuleError(f"{specifier!r} is neither a path nor the name of a package")
    return name, "/".join([".", *parts[count:]])


def exported(exports: Json, subpath: str, conditions: frozenset[str]) -> Iterator[str]:
    """The targets (``./…``) that an ``exports`` field has for a subpath, best first."""
    if not isinstance(exports, dict) or not any(key.startswith(".") for key in exports):
        exports = {".": exports}
    elif not all(key.startswith(".") for key in exports):
        raise ModuleError('"exports" in package.json has both conditions and subpaths')
    return _matched(exports, subpath, conditions)


def imported(imports: Json, name: str, conditions: frozenset[str]) -> Iterator[str]:
    """The targets that an ``imports`` field has for a name that starts with ``#``."""
    return _matched(imports if isinstance(imports, dict) else {}, name, conditions)


def _matched(table: dict[str, Any], wanted: str, conditions: frozenset[str]) -> Iterator[str]:
    if wanted in table and "*" not in wanted:
        return _targets(table[wanted], "", conditions)
    best: tuple[tuple[int, int], str, str] | None = None
    for key in table:
        start, star, end = key.partition("*")
        if not star or "*" in end or not wanted.startswith(start) or not wanted.endswith(end):
            continue
        if len(wanted) < len(start) + len(end) or wanted == start:
            continue
        # The more specific pattern wins: a longer text before the star, then a longer key.
        rank = (len(start), len(key))
        if best is None or rank > best[0]:
            best = rank, key, wanted[len(start) : len(wanted) - len(end)]
    if best is None:
        return iter(())
    return _targets(table[best[1]], best[2], conditions)


def _targets(target: Json, match: str, conditions: frozenset[str]) -> Iterator[str]:
    if isinstance(target, str):
        yield _checked(target, match)
    elif isinstance(target, list):
        for item in target:
            yield from _targets(item, match, conditions)
    elif isinstance(target, dict):
        for condition, value in target.items():
            if condition == "default" or condition in conditions:
                found = list(_targets(value, match, conditions))
                yield from found
                if found or value is None:
                    return


_FORBIDDEN = ("", ".", "..", "node_modules")


def _checked(target: str, match: str) -> str:
    """A target with its ``*`` replaced. Raises ModuleError if it leads out of its package."""
    decoded = target.replace("%2e", ".").replace("%2E", ".")
    first, *segments = decoded.split("/")
    if match and any(part in _FORBIDDEN for part in match.split("/")):
        raise ModuleError(f"{match!r} cannot stand for * in {target!r}")
    if (
        first == "."
        and any(part in _FORBIDDEN for part in segments[:-1])
        or segments[-1:] == [".."]
    ):
        raise ModuleError(f"the target {target!r} in package.json is not valid")
    return target.replace("*", match)
