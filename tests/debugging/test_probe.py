"""Probes: the values of expressions each time a line is reached."""

from __future__ import annotations

import io
import json
import math
import subprocess
import sys
import threading
from typing import Any

import jsrun
import pytest
from jsrun import InspectorSession, ProbeHit, Runtime

LOOP = """\
let total = 0;
for (let n = 1; n <= 3; n++) {
  total += n;
}
total
"""


def hits_of(runtime: Runtime, code: str, location: str, *expressions: str, **options: Any):
    hits: list[ProbeHit] = []
    with runtime.probe(location, *expressions, handler=hits.append, **options):
        runtime.eval(code, filename=location.split(":")[0])
    return hits


def test_the_values_each_time(runtime):
    hits: list[ProbeHit] = []
    with runtime.probe("loop.js:3", "n", "total * 10", handler=hits.append) as probe:
        assert runtime.eval(LOOP, filename="lib/loop.js") == 6
    assert [hit.values for hit in hits] == [
        {"n": 1, "total * 10": 0},
        {"n": 2, "total * 10": 10},
        {"n": 3, "total * 10": 30},
    ]
    assert probe.hits == 3
    assert hits[0].location == "loop.js:3"
    assert not runtime.debugger_attached
    assert runtime.eval("total") == 6
    assert len(hits) == 3


def test_a_condition(runtime):
    assert [h.values["n"] for h in hits_of(runtime, LOOP, "a.js:3", "n", condition="n % 2")] == [
        1,
        3,
    ]


def test_a_column(runtime):
    code = "function f(x) { return x } f(1), f(2)"
    assert [h.values["x"] for h in hits_of(runtime, code, "a.js:1:17", "x")] == [1, 2]


def test_expressions_see_locals_and_globals(runtime):
    code = "(function (a) {\n  this.b = a + 1;\n  return this;\n}).call({own: true}, 5)"
    (hit,) = hits_of(runtime, code, "a.js:3", "this", "a", "(() => a)()", "missing", "a = 6")
    assert hit.values == {
        "this": {"own": True, "b": 6},
        "a": 5,
        "(() => a)()": 5,
        "a = 6": 6,
    }
    assert hit.errors == {"missing": "ReferenceError: missing is not defined"}
    assert "missing threw ReferenceError" in str(hit)


VALUES = """\
class Point { constructor() { this.x = 1; } get secret() { throw 1 } }
const loop = {name: 'loop'}; loop.self = loop;
const v = {
  undef: undefined, nothing: null, yes: true, text: 'süß 😀 "q"', half: 0.5, zero: -0, nan: NaN,
  inf: -Infinity, big: 2n ** 70n, list: [1, , [2]], point: new Point, map: new Map([['a', 1]]),
  set: new Set([1, 2]), date: new Date(0), f: function named() {}, symbol: Symbol('s'),
  get getter() { return 5 }, deep: [[[[[[1]]]]]], loop, many: Array(200).fill(7),
  error: new RangeError('bad'), bytes: new Uint8Array([1, 2]), patched: {toJSON() { throw 1 }},
};
void v
"""


def test_values_of_all_kinds(runtime):
    (hit,) = hits_of(runtime, VALUES, "v.js:10", "v")
    v = hit.values["v"]
    assert math.isnan(v.pop("nan")) and math.copysign(1, v.pop("zero")) == -1
    assert v.pop("many") == [7] * 100 + ["… 100 more"]
    assert v.pop("error").startswith("RangeError: bad\n    at v.js:8:")
    assert v == {
        "undef": jsrun.undefined,
        "nothing": None,
        "yes": True,
        "text": 'süß 😀 "q"',
        "half": 0.5,
        "inf": -math.inf,
        "big": 2**70,
        "list": [1, jsrun.undefined, [2]],
        "point": {"x": 1},
        "map": [("a", 1)],
        "set": [1, 2],
        "date": "1970-01-01T00:00:00.000Z",
        "f": "[Function: named]",
        "symbol": "Symbol(s)",
        "getter": "[Getter]",
        "deep": [[[["[Array]"]]]],
        "loop": {"name": "loop", "self": "[Circular]"},
        "bytes": {"0": 1, "1": 2},
        "patched": {"toJSON": "[Function: toJSON]"},
    }
    json.loads(hit.json())


def test_two_probes_of_a_line_in_order(runtime):
    seen: list[Any] = []
    with runtime.probe("a.js:3", "n", handler=lambda h: seen.append(("first", h.values))):
        with runtime.probe("a.js:3", "-n", handler=lambda h: seen.append(("second", h.values))):
            with runtime.probe("a.js:5", "total", handler=lambda h: seen.append(h.values)):
                runtime.eval(LOOP, filename="a.js")
    assert len(seen) == 7
    assert sorted(seen[:2], key=str) == [("first", {"n": 1}), ("second", {"-n": -1})]
    assert seen[-1] == {"total": 6}


def test_a_probe_does_not_pause(runtime):
    """Neither at its line nor at debugger statements, where a real debugger pauses."""
    assert len(hits_of(runtime, "debugger;\n1;\nvoid 0", "a.js:3")) == 1
    with runtime.inspector_session(timeout=20) as session:
        session.send("Debugger.enable")
        pauses: list[Any] = []

        def resume(event: Any) -> None:
            pauses.append(event.params["callFrames"][0]["location"]["lineNumber"])
            session.send("Debugger.resume")

        session.on("Debugger.paused", resume)
        assert len(hits_of(runtime, "debugger;\n1;\nvoid 0", "b.js:3")) == 1
        session.send("Debugger.disable")
        assert pauses == [0]


def test_a_probe_in_a_loop_that_runs(runtime):
    """It is set while another thread runs the loop."""
    seen = threading.Event()
    started = threading.Event()
    runtime.bind_function("started", started.set)
    code = "var go = true;\nstarted();\nwhile (go) {\n  var turns = 1;\n}\n'ended'"
    thread = threading.Thread(target=runtime.eval, args=[code], kwargs={"filename": "l.js"})
    thread.start()
    assert started.wait(20)
    with runtime.probe("l.js:4", "go = false", handler=lambda hit: seen.set()):
        assert seen.wait(20)
        thread.join(20)
        assert not thread.is_alive()


def test_a_probe_prints_by_default(runtime, capsys):
    with runtime.probe("a.js:3", "n", "[n]"):
        runtime.eval(LOOP, filename="a.js")
    with runtime.probe("a.js:1"):
        runtime.eval("1", filename="a.js")
    assert capsys.readouterr().out.splitlines() == [
        "a.js:3  n = 1, [n] = [1]",
        "a.js:3  n = 2, [n] = [2]",
        "a.js:3  n = 3, [n] = [3]",
        "a.js:1",
    ]


def test_a_line_is_one_write(runtime, monkeypatch):
    """Otherwise another thread's output could come between a line and its end."""

    class Output(io.StringIO):
        def write(self, text: str) -> int:
            writes.append(text)
            return len(text)

    writes: list[str] = []
    monkeypatch.setattr("sys.stdout", Output())
    with runtime.probe("loop.js:3", "n"):
        runtime.eval(LOOP, filename="loop.js")
    assert writes == [f"loop.js:3  n = {n}\n" for n in (1, 2, 3)]


def test_a_script_cannot_break_a_probe(runtime):
    hits: list[ProbeHit] = []
    with runtime.probe("a.js:2", "x", handler=hits.append):
        runtime.eval("JSON.stringify = Object.keys = Array.isArray = () => { throw 1 }")
        runtime.eval(
            "Array.prototype.toJSON = Object.prototype.toJSON = () => 'broken';\n"
            "for (const name of Object.getOwnPropertyNames(globalThis)) {\n"
            "  if (name.includes('probe')) { try { globalThis[name]('junk'); } catch {} }\n"
            "}"
        )
        runtime.eval("let x = {a: [1]};\nx", filename="a.js")
    assert [hit.values for hit in hits][-1:] == [{"x": {"a": [1]}}]


@pytest.mark.parametrize("wrong", ["a.js", "a.js:0", "a.js:x", ":1", "", 5, "a.js:1:0"])
def test_invalid_locations(runtime, wrong):
    with pytest.raises(ValueError, match="location must be"):
        runtime.probe(wrong)
    assert not runtime.debugger_attached


@pytest.mark.parametrize("wrong", ["1 +", "let a", "", "if (1) {}"])
def test_invalid_expressions(runtime, wrong):
    with pytest.raises(ValueError, match="is not a JavaScript expression"):
        runtime.probe("a.js:1", wrong)
    with pytest.raises(TypeError):
        runtime.probe("a.js:1", 5)
    assert not runtime.debugger_attached


def test_a_handler_that_raises_is_reported(runtime, monkeypatch):
    reports: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", reports.append)
    with runtime.probe("a.js:3", "n", handler=lambda hit: 1 / 0) as probe:
        runtime.eval(LOOP, filename="a.js")
    assert [report.exc_type for report in reports] == [ZeroDivisionError] * 3
    assert probe.hits == 3


def test_the_runtime_closes_first(runtime):
    probe = runtime.probe("a.js:1")
    runtime.close()
    probe.close()
    probe.close()
    with pytest.raises(RuntimeError, match="closed"):
        runtime.probe("a.js:1")


def test_sessions_are_not_disturbed(runtime):
    with runtime.inspector_session(timeout=20) as session:
        assert isinstance(session, InspectorSession)
        hits_of(runtime, LOOP, "a.js:3", "n")
        assert runtime.debugger_attached


# --- python -m jsrun ------------------------------------------------------------------------------


@pytest.fixture
def command(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "jsrun", *arguments],
            capture_output=True,
            text=True,
            timeout=100,
            input=stdin,
        )

    (tmp_path / "loop.js").write_text(LOOP + "console.log('total', total);\n")
    return run


def test_probes_of_the_command(command):
    done = command("--probe", "loop.js:3", "--expr", "n", "--expr", "total", "loop.js")
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(done.stdout.splitlines()) == [
        "loop.js:3  n = 1, total = 0",
        "loop.js:3  n = 2, total = 1",
        "loop.js:3  n = 3, total = 3",
        "total 6",
    ]


def test_probes_as_json_leave_stdout_to_them(command):
    probes = ["--probe", "loop.js:3", "--expr", "n", "--probe", "loop.js:5", "--expr", "total"]
    done = command(*probes, "--json", "loop.js")
    assert (done.returncode, done.stderr) == (0, "total 6\n")
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {"location": "loop.js:3", "values": {"n": 1}},
        {"location": "loop.js:3", "values": {"n": 2}},
        {"location": "loop.js:3", "values": {"n": 3}},
        {"location": "loop.js:5", "values": {"total": 6}},
    ]


def test_a_program_and_its_arguments(command, tmp_path):
    (tmp_path / "late.js").write_text(
        "setTimeout(() => console.log('late', ...script.args), 20); console.error('early');"
    )
    done = command("late.js", "a", "--b")
    assert (done.returncode, done.stdout, done.stderr) == (0, "late a --b\n", "early\n")


def test_code_of_the_command_line(command):
    assert command("--eval", "console.log(6 * 7)").stdout == "42\n"
    assert command("--print", "({a: [1, 'x']})").stdout == "{'a': [1, 'x']}\n"
    assert command("--print", "Promise.resolve(5)").stdout == "5\n"
    assert command("-", stdin="console.log('from stdin')").stdout == "from stdin\n"


def test_a_program_that_fails(command, tmp_path):
    (tmp_path / "bad.js").write_text("function f() {\n  null.oops;\n}\nf();\n")
    done = command("bad.js")
    assert (done.returncode, done.stdout) == (1, "")
    assert "TypeError: Cannot read properties of null" in done.stderr
    assert 'File "bad.js", line 2, in f' in done.stderr
    assert "__main__.py" not in done.stderr
    done = command("--eval", "setTimeout(() => { throw new Error('late') }, 1)")
    assert done.returncode == 1 and "Error: late" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "usage:"),
        (["missing.js"], "missing.js"),
        (["--expr", "x", "loop.js"], "--expr"),
        (["--probe", "loop.js", "loop.js"], "location must be"),
        (["--probe", "loop.js:1", "--expr", "1 +", "loop.js"], "not a JavaScript expression"),
        (["--json", "loop.js"], "--json"),
        (["--inspect=nowhere", "loop.js"], "--inspect"),
        (["--timeout", "-1", "loop.js"], "--timeout"),
    ],
)
def test_wrong_uses_of_the_command(command, arguments, message):
    done = command(*arguments)
    assert done.returncode == 2
    assert message in done.stderr and "Traceback" not in done.stderr


def test_the_inspector_of_the_command(command):
    done = command("--inspect=127.0.0.1:0", "loop.js")
    assert done.returncode == 0
    assert "devtools://" in done.stderr
    assert "total 6" in done.stdout


def test_a_timeout_of_the_command(command):
    done = command("--timeout", "0.1", "--eval", "for (;;);")
    assert done.returncode == 1 and "timed out" in done.stderr
