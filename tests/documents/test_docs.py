"""The documentation: its examples run, and the reference is complete."""

from __future__ import annotations

import contextlib
import inspect
import io
import re
from pathlib import Path

import jsrun
import pytest

ROOT = Path(__file__).parents[2]
# The pages whose examples run as they are, in order.
PAGES = [
    "README.md",
    "docs/async.md",
    "docs/bindings.md",
    "docs/buffers.md",
    "docs/coming-from.md",
    "docs/console.md",
    "docs/errors.md",
    "docs/modules.md",
    "docs/webassembly.md",
    "docs/streams.md",
    "docs/pool.md",
    "docs/snapshots.md",
]

# The mark before a block that cannot run alone.
NOT_RUN = "<!-- not run -->"


def blocks(page: Path) -> list[tuple[int, str]]:
    """The Python examples, with the number of their first line."""
    text = page.read_text()
    found = []
    for match in re.finditer(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        if not text[: match.start()].rstrip().endswith(NOT_RUN):
            found.append((text[: match.start(1)].count("\n") + 1, match.group(1)))
    return found


def promised(code: str) -> list[str]:
    """What is printed, according to the comments behind print() and behind the end of a script."""
    lines = [line.partition("  # ") for line in code.splitlines()]
    return [
        comment.strip()
        for statement, _, comment in lines
        if comment and ("print(" in statement or statement.lstrip().startswith('"""'))
    ]


@pytest.mark.parametrize("name", PAGES)
def test_the_examples_print_what_they_say(name):
    page = ROOT / name
    assert page.exists()
    namespace: dict[str, object] = {"__name__": "__main__"}
    for line, code in blocks(page):
        program = compile("\n" * (line - 1) + code, str(page), "exec")
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            exec(program, namespace)
        printed = output.getvalue().splitlines()
        for expected in promised(code):
            assert expected in printed, f"{name}, line {line}: printed {printed}"
    jsrun.close_default_runtime()


# --- the reference --------------------------------------------------------------------------------


def public_names():
    for name in [*jsrun.__all__, "eval"]:
        value = getattr(jsrun, name)
        yield name
        if inspect.isclass(value) and not issubclass(value, (BaseException, jsrun.JavaScriptFrame)):
            members = [member for member in vars(value) if not member.startswith("_")]
            settings = [field.name for field in getattr(value, "__dataclass_fields__", {}).values()]
            for member in {*members, *settings}:
                yield f"{name}.{member}"


def test_everything_public_is_in_the_reference():
    words = set(re.findall(r"[\w.]+", (ROOT / "docs" / "api.md").read_text()))
    missing = {
        name for name in public_names() if not {name, f"jsrun.{name}", name.split(".")[-1]} & words
    }
    assert not missing, f"docs/api.md does not tell of {sorted(missing)}"


def test_everything_public_has_a_docstring():
    for name in public_names():
        value = getattr(jsrun, name.partition(".")[0])
        member = name.partition(".")[2]
        if member:
            value = vars(value).get(member, "a field")
        assert isinstance(value, (str, int, type(None))) or (value.__doc__ or "").strip(), name


def test_links_lead_somewhere():
    for page in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
            assert (page.parent / link).exists(), f"{page.name} links to {link}"


def test_the_index_lists_every_page():
    index = (ROOT / "docs" / "README.md").read_text()
    for page in (ROOT / "docs").glob("*.md"):
        assert page.name == "README.md" or f"({page.name})" in index, f"docs/README.md: {page.name}"
