"""The console prints as Node does: the lines of console_values/values.txt, as recorded."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from jsrun import Runtime, RuntimeConfig

FOLDER = Path(__file__).with_name("console_values")
LINES = [
    line
    for line in (FOLDER / "values.txt").read_text().splitlines()
    if line and not line.startswith("//")
]
RECORDED = json.loads((FOLDER / "node.json").read_text())["values"]

# V8 13 and newer have no such properties of functions, which %o shows.
OWN_OF_OLD_FUNCTIONS = re.compile(r"^ *\[(?:arguments|caller)\]: null,\n", re.MULTILINE)


@pytest.fixture(scope="module")
def console() -> Iterator[Runtime]:
    with Runtime(RuntimeConfig(enable_console=True)) as runtime:
        yield runtime


@pytest.fixture
def printed(console, capsys) -> Callable[[str], str]:
    def run(line: str) -> str:
        call = line if line.startswith("console.") else f"console.log({line}\n)"
        console.eval(f"(() => {{ {call} }})()")
        out, err = capsys.readouterr()
        assert not (out and err), "a line prints to one of them"
        return out + err

    return run


def test_every_line_is_recorded():
    assert list(RECORDED) == list(dict.fromkeys(LINES)), "run console_values/record.js"


@pytest.mark.parametrize("line", LINES)
def test_prints_as_node(printed, console, line):
    expected = RECORDED[line]
    if not console.eval("Object.hasOwn(function () {}, 'caller')"):
        expected = OWN_OF_OLD_FUNCTIONS.sub("", expected)
    assert printed(line) == expected


# --- differences, on purpose ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("{ get [Symbol.toStringTag]() { ran() } }", "{ [Symbol(Symbol.toStringTag)]: [Getter] }"),
        ("new (class Foo { get [Symbol.toStringTag]() { ran() } })()", "Foo {}"),
        ("new (class Foo { static get name() { ran() } })()", "Foo {}"),
        ("Object.create({ get constructor() { ran() } })", "{}"),
        ("new (class Foo { static get [Symbol.hasInstance]() { ran() } })()", "Foo {}"),
        ("Object.create(new Proxy({}, { get: ran, getOwnPropertyDescriptor: ran }))", "{}"),
        (
            "{ [Symbol.for('nodejs.util.inspect.custom')]() { ran() } }",
            "{\n  [Symbol(nodejs.util.inspect.custom)]: "
            "[Function: [nodejs.util.inspect.custom]]\n}",
        ),
    ],
)
def test_getters_and_traps_are_not_run(console, capsys, value, text):
    console.eval("globalThis.ran = () => { throw new Error('it ran') }")
    console.eval(f"console.log({value})")
    assert capsys.readouterr().out == f"{text}\n"


def test_a_module(capsys):
    with Runtime(RuntimeConfig(enable_console=True)) as runtime:
        runtime.add_static_module("empty", "")
        runtime.add_static_module(
            "app",
            "import * as self from 'app'; import * as empty from 'empty';"
            "console.log(empty, self); export const late = 1; export function f() {}"
            "console.log(self)",
        )
        runtime.eval_module("app")
    assert capsys.readouterr().out == (
        "[Module: null prototype] {} "
        "[Module: null prototype] { f: [Function: f], late: <uninitialized> }\n"
        "[Module: null prototype] { f: [Function: f], late: 1 }\n"
    )


def test_newer_flags_of_regular_expressions(console, capsys):
    if not console.eval("(() => { try { return RegExp('x', 'v') && true } catch {} })()"):
        pytest.skip("this V8 has no flag v")
    console.eval("console.log(RegExp('x', 'gv'))")
    assert capsys.readouterr().out == "/x/gv\n"
