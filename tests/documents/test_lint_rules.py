"""The project's own lint rules find what they are for: cmake/lint."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

LINT = Path(__file__).parents[2] / "cmake" / "lint"
sys.path.insert(0, str(LINT))

import columns  # noqa: E402
import functions  # noqa: E402
import imports  # noqa: E402
import names  # noqa: E402
import tree  # noqa: E402
import wrap  # noqa: E402

WORDS = "word " * 30


def lines_too_long(path: Path, text: str) -> list[int]:
    path.write_text(text)
    return [number for number, _ in columns.long_lines(path)]


@pytest.mark.parametrize(
    "name, text, numbers",
    [
        ("a.c", f"int a;\n/* {WORDS}*/\n", [2]),
        ("a.py", f"# {WORDS}\n", [1]),
        ("a.md", f"{WORDS}\n\n| {WORDS} |\n\n```\n{WORDS}\n```\n", [1]),
        ("a.md", f"[{WORDS}]({'x' * 80}) {WORDS}\n", [1]),
        ("a.md", f"[{WORDS}]({'x' * 80})\n", []),
        ("a.sh", f"# https://{'x' * 120}\n", []),
    ],
)
def test_columns(tmp_path, name, text, numbers):
    assert lines_too_long(tmp_path / name, text) == numbers


@pytest.mark.parametrize(
    "name, text",
    [
        ("a.c", f"/* {WORDS}*/\nint a;\n"),
        ("a.h", f"struct a {{\n    /* {WORDS}\n     * {WORDS} */\n    int b;\n}};\n"),
        ("a.cc", f"// {WORDS}\nint a;\n"),
        ("a.py", f'def f():\n    """{WORDS}\n\n    {WORDS}\n    """\n'),
        ("a.md", f"- {WORDS}\n- b\n\n{WORDS}\n"),
        ("a.cmake", f"# {WORDS}\nset(a b)\n"),
    ],
)
def test_wrapped_text_has_the_same_words_in_shorter_lines(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    wrapped = wrap.wrapped(path)
    assert lines_too_long(path, wrapped) == []
    assert wrapped.count("word") == text.count("word")
    assert wrap.wrapped(path) == wrapped


LONG = "\n" * 60


@pytest.mark.parametrize(
    "name, text, found",
    [
        ("a.c", f"static int f(int a) {{{LONG}}}\n", ["f"]),
        ("a.c", f"struct f {{{LONG}}};\nint a[] = {{{LONG}}};\n", []),
        ("a.c", f'int f(void) {{\n if (a) {{ g("}}"); }} /* }} */{LONG}}}\n', ["f"]),
        ("a.cc", f"void A::f() const override {{{LONG}}}\n", ["A::f"]),
        ("a.cc", f"void f() {{\n}}\nauto g = [](int a) -> int {{{LONG}}};\n", ["(anonymous)"]),
        ("a.js", f"function f(a) {{\n const r = /[{{]/;{LONG}}}\nf(1);\n", ["f"]),
        ("a.js", f"x.f = (a) => {{{LONG}}};\nx.g = 1;\n", ["=>"]),
        ("a.js", f"x.f = function (a) {{\n'{{';{LONG}}};\n", []),
        ("a.py", f"class A:\n    def f(self):{LONG}        pass\n", ["f"]),
    ],
)
def test_functions(tmp_path, name, text, found):
    path = tmp_path / name
    path.write_text(text)
    read = functions.in_python if path.suffix == ".py" else functions.in_braces
    long = [f.name for f in read(path) if f.last - f.first >= functions.LINES]
    assert long == found


def test_circles():
    edges = {"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}, "e": set()}
    assert list(tree.circles(edges)) == [["a", "b", "c", "a"]]
    del edges["c"]
    assert list(tree.circles({**edges, "c": set()})) == []


def test_imports_for_the_type_checker_do_not_count(tmp_path):
    path = tmp_path / "m.py"
    path.write_text(
        "from typing import TYPE_CHECKING\nfrom . import _a\nfrom jsrun._b import x\n"
        "import jsrun._c\nimport json\n"
        "if TYPE_CHECKING:\n    from ._d import y\n"
        "def f():\n    from ._e import z\n"
    )
    assert list(imports.imports_of(path)) == ["_a", "_b", "_c", "_e"]


@pytest.fixture(scope="module")
def project() -> names.Project:
    return names.Project()


@pytest.mark.parametrize("name", ["jsrun_run", "pthread_create", "PyObject_Call", "NewStringType"])
def test_names_that_exist(project, name):
    assert project.has_name(name)


def test_names_and_files_that_do_not_exist(project, tmp_path, monkeypatch):
    monkeypatch.setattr(tree, "ROOT", tmp_path)
    path = tmp_path / "page.md"
    wrong = ("no_such" + "_thing()", "no_such" + "_file.c", "no_such" + "_word")
    path.write_text("\n\n".join(["`jsrun_run()`, runtime.h", *wrong, "[a](gone.md)", "# A b"]))
    found = list(names.wrong_names(path, project))
    places = sorted(finding.partition(": ")[0] for finding in found)
    assert places == [f"page.md:{line}" for line in (3, 5, 7, 9)]
