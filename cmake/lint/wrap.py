"""Breaks the lines of comments and prose that are too long: `make format` runs it.

A paragraph that has a line of more than 100 columns is laid out anew, the others stay as they are.
Code, comments behind code, tables, and what is indented (examples, for the most part) are left to
their author.
"""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import columns
import tree

PREFIX = {
    **dict.fromkeys(tree.C | tree.JAVASCRIPT, re.compile(r"\s*(?:// ?|/\*+ ?| \*(?!/) ?)")),
    **dict.fromkeys(tree.HASHED, re.compile(r"\s*#(?!!) ?")),
    **dict.fromkeys(tree.PYTHON, re.compile(r"\s*(?:# ?|\"\"\"|(?=\S))")),
    ".md": re.compile(r"(?:> )?"),
}
ITEM = re.compile(r"(?:[-*+]|\d+\.) +")


def wrapped(path: Path) -> str:
    """The text of a file with its paragraphs laid out."""
    kind = tree.kind_of(path)
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    inside = set(range(len(lines)))
    if kind != ".md":
        inside = set()
        for comment in tree.split(path)[1]:
            inside |= set(range(comment.line - 1, comment.line + comment.text.count("\n")))
    long = {number - 1 for number, _ in columns.long_lines(path)}
    result: list[str] = []
    for at in sorted(long & inside):
        if ruler := columns.RULER.search(lines[at]):
            room = columns.COLUMNS - len(ruler[1] or "")
            lines[at] = lines[at][: ruler.start()].ljust(room, "-")[:room] + (ruler[1] or "")
            long.remove(at)
    at = 0
    while at < len(lines):
        end = _paragraph(lines, at, PREFIX[kind], inside)
        if long & set(range(at, end)) and end > at:
            result += _laid_out(lines[at:end], PREFIX[kind])
        else:
            end = max(end, at + 1)
            result += lines[at:end]
        at = end
    return "\n".join(result) + "\n"


def _parts(line: str, prefix: re.Pattern[str]) -> tuple[str, str]:
    match = prefix.match(line)
    return (match[0], line[match.end() :]) if match else ("", "")


def _paragraph(lines: list[str], at: int, prefix: re.Pattern[str], inside: set[int]) -> int:
    """Where the paragraph that starts at a line ends; `at` if none starts there."""
    if at not in inside or not prefix.match(lines[at]):
        return at
    head, text = _parts(lines[at], prefix)
    if not text.strip() or text[0] in " |#=":
        return at
    item = ITEM.match(text)
    hanging = " " * len(item[0]) if item else ""
    end = at + 1
    while end < len(lines) and end in inside and not lines[end - 1].endswith(("*/", '"""')):
        before, text = _parts(lines[end], prefix)
        starts_other = before.lstrip()[:2] == "/*" or text[:1] in ("", "|", "#") or ITEM.match(text)
        if starts_other or not text.startswith(hanging) or text[len(hanging) :][:1] in ("", " "):
            break
        if text.strip() in ("*/", '"""') or text.startswith(("```", "~~~", "---")):
            break
        end += 1
    return end


def _laid_out(lines: list[str], prefix: re.Pattern[str]) -> list[str]:
    head, text = _parts(lines[0], prefix)
    words = [text, *(_parts(line, prefix)[1] for line in lines[1:])]
    item = ITEM.match(text)
    body = " ".join(word.strip() for word in words)
    if head.lstrip().startswith("/*"):
        rest = head.replace("/**", " *").replace("/*", " *")
    elif head.strip() == '"""':
        rest = " " * (len(head) - 3)
    else:
        rest = head

    def keep(match: re.Match[str]) -> str:
        return re.sub(r"\s", "\0", match[0])

    tail = "\0*/" if body.endswith(" */") else ""
    body = body[: len(body) - len(" */")] + tail if tail else body
    laid_out = textwrap.wrap(
        columns.LINK.sub(keep, body),
        columns.COLUMNS,
        initial_indent=head,
        subsequent_indent=rest + (" " * len(item[0]) if item else ""),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace("\0", " ") for line in laid_out]


def main() -> None:
    for path in columns.checked_files():
        if any(columns.long_lines(path)):
            text = wrapped(path)
            if text != path.read_text(encoding="utf-8"):
                path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
