"""Read the Protocol Definition Language in which V8 and Chromium describe their debugging protocol.

`parse(text)` returns what the JSON form of the same description holds, as `/json/protocol` serves
it:

    {"version": {"major": "1", "minor": "3"}, "domains": [{"domain": "Console", ...}, ...]}

Each line stands for itself: indentation says what belongs to what, and `#` lines describe the item
that follows them.
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


class _Reader:
    """Takes the lines of a description, and holds what they belong to."""

    def __init__(self) -> None:
        self.protocol: Item = {"version": {}, "domains": []}
        self.domain: Item = {}
        self.entry: Item = {}
        """The type, command or event that lines belong to."""
        self.members: list[Item] = []
        """Its properties, parameters or results."""
        self.literals: list[str] = []
        """The values of an enum, and how far the lines that add to them are indented."""
        self.literals_indent = 0

    def take(self, indent: int, words: str, description: str) -> bool:
        """False: the line is not understood."""
        if indent == 0 and self._take_domain(words, description):
            return True
        if indent == 2 and self._take_entry(words, description):
            return True
        if indent == 4 and self._take_list(words, description):
            return True
        if indent == 6 and self._take_member(words, description):
            return True
        if indent == self.literals_indent and LITERAL.match(words):
            self.literals.append(words)
            return True
        return False

    def _take_domain(self, words: str, description: str) -> bool:
        match = DOMAIN.match(words)
        if match:
            self.domain = _describe({"domain": match["name"]}, description, match["flags"])
            self.protocol["domains"].append(self.domain)
        return match is not None or words == "version"

    def _take_entry(self, words: str, description: str) -> bool:
        if match := VERSION.match(words):
            self.protocol["version"][match["name"]] = match["value"]
        elif match := DEPENDS.match(words):
            self.domain.setdefault("dependencies", []).append(match["name"])
        elif match := TYPE.match(words):
            self.entry = _describe({"id": match["name"]}, description, match["flags"])
            _set_type(self.entry, match["type"], bool(match["array"]))
            self.domain.setdefault("types", []).append(self.entry)
        elif match := CALL.match(words):
            self.entry = _describe({"name": match["name"]}, description, match["flags"])
            self.domain.setdefault(match["kind"] + "s", []).append(self.entry)
        return match is not None

    def _take_list(self, words: str, description: str) -> bool:
        if words == "enum":
            self.literals, self.literals_indent = self.entry.setdefault("enum", []), 6
        elif match := LIST.match(words):
            self.members = self.entry.setdefault(match["kind"], [])
        elif match := REDIRECT.match(words):
            self.entry["redirect"] = match["name"]
            _describe(self.entry, description)
        else:
            return False
        return True

    def _take_member(self, words: str, description: str) -> bool:
        match = MEMBER.match(words)
        if not match:
            return False
        member = _describe({"name": match["name"]}, description, match["flags"])
        _set_type(member, match["type"], bool(match["array"]))
        self.members.append(member)
        if match["type"] == "enum":
            self.literals = member["items"]["enum"] if match["array"] else member["enum"]
            self.literals_indent = 8
        return True


def parse(text: str) -> Item:
    """Raises PdlError for a line that is not understood."""
    reader = _Reader()
    comment: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.strip()
        if words.startswith("#"):
            comment.append(words[1:].strip())
            continue
        description = "\n".join(comment).strip()
        comment = []
        # A comment followed by an empty line belongs to nothing.
        if words and not reader.take(len(line) - len(line.lstrip()), words, description):
            raise PdlError(f"line {number}: not understood: {line}")
    return reader.protocol
