"""What comments and documents name exists: functions, files, and the targets of links.

Looked at are `name()`, every word with an underscore, names of files, and links between documents.

A name exists if it is an identifier of the project's code (strings of code count: they hold
JavaScript) or the stem of a file, if a header of CPython, V8 or the C library has it, or if the
document shows it in an example. A file exists if the project has one whose path ends like it, if
the code names it, or if it is a system's header. What exists elsewhere is listed below, with the
reason why it may be named.
"""

from __future__ import annotations

import re
import sysconfig
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import tree

NOT_YET: tuple[str, ...] = ()
"""Where names are still wrong."""

ALLOWED = {
    "CONFIRM_UPGRADE": "the end of a constant of libwebsockets",
    "BUILD/inspector/protocol_json.c": "the build makes it",
    "NODE_V8_COVERAGE": "a variable that Node.js reads",
    "TIME_WAIT": "a state of TCP connections",
    "Node.js": "the program",
    "js_protocol.pdl": "a file of V8's",
    "node_app": "a page of DevTools",
    "asm.js": "the language",
}
ALLOWED_IN = {
    "docs/coming-from.md": "names of the projects that it compares with",
}
"""Documents whose names are not looked at; their links are."""

QUALIFIED = re.compile(
    r"(?<![\w$./:>@%-])(?P<name>[A-Za-z_$][\w$]*(?:(?:\.|::|->)[A-Za-z_$][\w$]*)*)(?P<call>\(\))?"
)
FILE = re.compile(
    r"(?<![\w@$*…/.<>:-])(?:[\w.-]+/)*[\w-][\w.-]*"
    r"\.(?:c|h|cc|cpp|py|pyi|js|cjs|mjs|cmake|sh|md|txt|toml|pdl|supp)\b(?![\w(/*-]|\.\w)"
)
PLACEHOLDER = re.compile(r"(?:[A-Z]+/)?[A-Z_]+\.\w+|[\w$]*_(?:NAME|URL)?|CMAKE_\w+")
"""Placeholders, as FILE.js or bind_ (the start of several names), and names of CMake's."""
LINK = re.compile(r"\[[^\]]*\]\((?P<file>[^)\s#:]*)(?:#(?P<heading>[^)\s]+))?\)")
IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*")
FENCED = re.compile(r"(?ms)^( *)(?:```|~~~)[^\n]*\n.*?^\1(?:```|~~~)[ \t]*$")
HEADING = re.compile(r"(?m)^#+ +(.*?) *$")

CODE = (tree.C, tree.JAVASCRIPT, tree.PYTHON, tree.HASHED)
HEADERS = [
    sysconfig.get_path("include"),
    "/usr/include",
    str(tree.ROOT / "build/v8-distribution/usr/include"),
]


class Project:
    """Everything that may be named."""

    def __init__(self) -> None:
        self.identifiers: set[str] = set(ALLOWED)
        self.paths = {tree.name_of(path) for path in tree.files(*CODE, {".md", ".txt", ".json"})}
        self.named_files: set[str] = set(ALLOWED)
        for path in tree.files(*CODE):
            code, _ = tree.split(path)
            self.identifiers.update(IDENTIFIER.findall(code))
            self.identifiers.add(path.stem)
            self.named_files.update(
                match[0] for match in FILE.finditer(re.sub(r"[<>:]", " ", code))
            )

    def has_name(self, name: str) -> bool:
        known = name in self.identifiers or PLACEHOLDER.fullmatch(name) is not None
        return known or _in_headers(name)

    def has_file(self, name: str) -> bool:
        name = re.sub(r"^(?:\.{1,2}/)+", "", name)
        if name in self.named_files or PLACEHOLDER.fullmatch(name):
            return True
        if any(path == name or path.endswith(f"/{name}") for path in self.paths):
            return True
        return name.endswith(".h") and any(
            next(Path(folder).glob(f"**/{name}"), None) for folder in HEADERS
        )


@cache
def _in_headers(name: str) -> bool:
    """Asked for the few names only that the project's own code does not have."""
    word = re.compile(rf"\b{re.escape(name)}\b".encode())
    return any(
        word.search(path.read_bytes())
        for folder in HEADERS
        for pattern in ("*.h", "sys/*.h", "cpython/*.h", "node/*.h", "libwebsockets/*.h")
        for path in Path(folder).glob(pattern)
    )


def texts_of(path: Path) -> tuple[list[tree.Text], str]:
    """What is said in a file, and what it shows in examples."""
    if path.suffix != ".md":
        return tree.split(path)[1], ""
    text = path.read_text(encoding="utf-8")
    shown = "\n".join(match[0] for match in FENCED.finditer(text))
    return [tree.Text(1, FENCED.sub(lambda match: "\n" * match[0].count("\n"), text))], shown


def wrong_names(path: Path, project: Project) -> Iterator[str]:
    file = tree.name_of(path)
    texts, shown = texts_of(path)
    shown_names = set(IDENTIFIER.findall(shown))
    for text in texts:

        def at(match: re.Match[str], text: tree.Text = text) -> str:
            return f"{file}:{text.line + text.text.count(chr(10), 0, match.start())}"

        for match in QUALIFIED.finditer(text.text):
            parts = re.split(r"\.|::|->", match["name"])
            wrong = [
                part
                for part in parts
                if (match["call"] or "_" in part[1:])
                and file not in ALLOWED_IN
                and part not in shown_names
                and not project.has_name(part)
            ]
            if wrong and not FILE.match(match["name"]):
                yield f"{at(match)}: {match[0]}: nothing is called {wrong[0]}"
        for match in FILE.finditer(LINK.sub(_text_of_link, text.text)):
            known = match[0] in shown or file in ALLOWED_IN or project.has_file(match[0])
            if not known:
                yield f"{at(match)}: there is no file {match[0]}"
        for match in LINK.finditer(text.text) if path.suffix == ".md" else ():
            yield from (f"{at(match)}: {why}" for why in wrong_link(path, match))


def _text_of_link(link: re.Match[str]) -> str:
    """The link with blanks in place of where it leads."""
    length = len(link[0]) - len(link[0].partition("](")[0])
    return link[0][:-length] + " " * length


def wrong_link(path: Path, link: re.Match[str]) -> Iterator[str]:
    target = path.parent / link["file"] if link["file"] else path
    if not target.exists():
        yield f"there is no file {link['file']}"
    elif link["heading"] and target.suffix == ".md":
        headings = HEADING.findall(FENCED.sub("", target.read_text(encoding="utf-8")))
        if link["heading"] not in map(anchor, headings):
            yield f"{target.name} has no heading {link['heading']}"


def anchor(heading: str) -> str:
    """As GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def main() -> None:
    project = Project()
    findings = [
        finding
        for path in tree.files(*CODE, {".md"})
        if not tree.name_of(path).startswith(NOT_YET)
        for finding in wrong_names(path, project)
    ]
    tree.finish(findings, "A comment or document names what exists; see cmake/lint/names.py.")


if __name__ == "__main__":
    main()
