"""Read the Protocol Definition Language in which V8 and Chromium describe their debugging protocol.

`parse(text)` returns what the JSON form of the same description holds, as `/json/protocol` serves it:

    {"version": {"major": "1", "minor": "3"}, "domains": [{"domain": "Console", ...}, ...]}

The language is line by line: indentation says what belongs to what, `#` lines describe what follows them.
"""

from __future__ import annotations

import re
from typing import Any

Item = dict[str, Any]

PRIMITIVES = {"any", "array", "boolean", "integer", "number", "object", "string"}
FLAGS = r"(?P<flags>(?:(?:experimental|deprecated|optional) )*)"

DOMAIN = re.compile(rf"{FLAGS}domain (?P<name>\w+)$")
VERSION = re.compile(r"(?P<name>major|minor) (?P<value>\d+)$")
DEPENDS = re.compile(r"depends on (?P<name>\w+)$")
TYPE = re.compile(rf"{FLAGS}type (?P<name>\w+) extends (?P<array>array of )?(?P<type>[\w.]+)$")
CALL = re.compile(rf"{FLAGS}(?P<kind>command|event) (?P<name>\w+)$")
LIST = re.compile(r"(?P<kind>properties|parameters|returns)$")
REDIRECT = re.compile(r"redirect (?P<name>\w+)$")
MEMBER = re.compile(rf"{FLAGS}(?P<array>array of )?(?P<type>[\w.]+) (?P<name>\w+)$")
LITERAL = re.compile(r"[\w.-]+$")


class PdlError(ValueError):
    pass


def _describe(item: Item, text: str, flags: str = "") -> Item:
    if text:
        item["description"] = text
    for flag in flags.split():
        item[flag] = True
    return item


def _set_type(item: Item, name: str, array: bool) -> None:
    if array:
        item["type"] = "array"
        item = item.setdefault("items", {})
    if name == "enum":
        item["type"] = "string"
        item["enum"] = []
    elif name == "binary":  # JSON has no bytes
        item["type"] = "string"
        if not array:
            note = "(Encoded as a base64 string when passed over JSON)"
            item["description"] = f"{item['description']} {note}" if "description" in item else note
    elif name in PRIMITIVES:
        item["type"] = name
    else:
        item["$ref"] = name


def parse(text: str) -> Item:
    version: Item = {}
    protocol: Item = {"version": version, "domains": []}
    domain: Item = {}  # the innermost of each kind that is open
    entry: Item = {}  # a type, command or event
    members: list[Item] = []
    literals: list[str] = []  # of an enum
    literals_indent = 0
    comment: list[str] = []

    for number, line in enumerate(text.splitlines(), 1):
        words = line.strip()
        indent = len(line) - len(line.lstrip())
        if words.startswith("#"):
            comment.append(words[1:].strip())
            continue
        description = "\n".join(comment).strip()
        comment = []
        if not words:  # a comment followed by an empty line belongs to nothing
            continue

        if indent == 0:
            if words == "version":
                continue
            if match := DOMAIN.match(words):
                domain = _describe({"domain": match["name"]}, description, match["flags"])
                protocol["domains"].append(domain)
                continue
        elif indent == 2:
            if match := VERSION.match(words):
                version[match["name"]] = match["value"]
                continue
            if match := DEPENDS.match(words):
                domain.setdefault("dependencies", []).append(match["name"])
                continue
            if match := TYPE.match(words):
                entry = _describe({"id": match["name"]}, description, match["flags"])
                _set_type(entry, match["type"], bool(match["array"]))
                domain.setdefault("types", []).append(entry)
                continue
            if match := CALL.match(words):
                entry = _describe({"name": match["name"]}, description, match["flags"])
                domain.setdefault(match["kind"] + "s", []).append(entry)
                continue
        elif indent == 4:
            if words == "enum":
                literals, literals_indent = entry.setdefault("enum", []), indent + 2
                continue
            if match := LIST.match(words):
                members = entry.setdefault(match["kind"], [])
                continue
            if match := REDIRECT.match(words):
                entry["redirect"] = match["name"]
                _describe(entry, description)
                continue
        if indent == 6 and (match := MEMBER.match(words)):
            member = _describe({"name": match["name"]}, description, match["flags"])
            _set_type(member, match["type"], bool(match["array"]))
            members.append(member)
            if match["type"] == "enum":
                literals = member["items"]["enum"] if match["array"] else member["enum"]
                literals_indent = indent + 2
            continue
        if indent == literals_indent and LITERAL.match(words):
            literals.append(words)
            continue
        raise PdlError(f"line {number}: not understood: {line}")
    return protocol
