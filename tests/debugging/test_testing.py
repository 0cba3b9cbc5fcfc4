"""jsrun.testing: a debugger for automated tests."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import jsrun
import pytest
from jsrun import JavaScriptError, Runtime
from jsrun.testing import Debugger, NotPaused

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "test_shop.py"


@pytest.fixture
def debugger(runtime: Runtime) -> Iterator[Debugger]:
    with Debugger(runtime, timeout=20) as debugger:
        yield debugger


def test_the_example_passes():
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(EXAMPLE)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=os.environ)
    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_a_file_is_named_by_its_end(runtime, debugger):
    debugger.set_breakpoint("app.js", 1)
    for name, stops in [("app.js", True), ("/srv/app.js", True), ("myapp.js", False)]:
        call = debugger.run(runtime.eval, "f(); function f() {}", filename=name)
        if stops:
            assert debugger.wait_paused().place == (name, 1)
            debugger.resume()
        else:
            with pytest.raises(NotPaused, match="it ended without a pause: returned"):
                debugger.wait_paused()
        call.result(timeout=20)


def test_a_name_with_characters_of_regular_expressions(runtime, debugger):
    name = "a+b (1).[x]/über^{2}|$.js"
    debugger.set_breakpoint(name, 2)
    debugger.run(runtime.eval, "let a = 1;\na", filename=name)
    assert debugger.wait_paused().place == (name, 2)


def test_a_condition(runtime, debugger):
    debugger.set_breakpoint("loop.js", 2, condition="i == 3")
    call = debugger.run(
        runtime.eval, "for (let i = 0; i < 5; i++) {\n  void i;\n}", filename="loop.js"
    )
    assert debugger.wait_paused().frame.locals()["i"] == 3
    debugger.resume()
    call.result(timeout=20)


def test_a_breakpoint_that_is_removed(runtime, debugger):
    breakpoint_id = debugger.set_breakpoint("a.js", 1)
    debugger.run(runtime.eval, "1", filename="a.js")
    assert debugger.wait_paused().breakpoints == [breakpoint_id]
    debugger.remove_breakpoint(breakpoint_id)
    debugger.resume()
    debugger.run(runtime.eval, "2", filename="a.js")
    with pytest.raises(NotPaused, match="returned 2"):
        debugger.wait_paused()


def test_steps(runtime, debugger):
    code = "function f(x) {\n  return x + 1;\n}\ndebugger;\nf(1);\nf(2);"
    debugger.run(runtime.eval, code, filename="f.js")
    assert debugger.wait_paused().place == ("f.js", 4)
    assert debugger.step_over().place == ("f.js", 5)
    pause = debugger.step_into()
    assert pause.place == ("f.js", 2)
    assert [frame.function_name for frame in pause.frames] == ["f", ""]
    assert debugger.step_out().frame.function_name == ""
    debugger.resume()


def test_values(runtime, debugger):
    code = """(function () {
      let text = 'x', yes = true, nothing = null, missing, half = 0.5, nan = NaN, zero = -0;
      let big = 2n ** 70n, list = [1, [2]], f = function g() {}, loop = {}; loop.self = loop;
      { let inner = 1; debugger; }
    })()"""
    debugger.run(runtime.eval, code)
    names = debugger.wait_paused().frame.locals()
    assert math.isnan(names.pop("nan")) and math.copysign(1, names.pop("zero")) == -1
    assert names.pop("f").startswith("function g")
    assert names.pop("loop") == "Object"
    names.pop("arguments", None)
    assert names == {
        "text": "x",
        "yes": True,
        "nothing": None,
        "missing": jsrun.undefined,
        "half": 0.5,
        "big": 2**70,
        "list": [1, [2]],
        "inner": 1,
    }
    debugger.resume()


def test_expressions_that_throw(runtime, debugger):
    debugger.run(runtime.eval, "debugger")
    frame = debugger.wait_paused().frame
    with pytest.raises(JavaScriptError) as thrown:
        frame.evaluate("null.oops")
    assert (thrown.value.name, "oops" in thrown.value.message) == ("TypeError", True)
    with pytest.raises(JavaScriptError, match="plain"):
        debugger.evaluate("throw 'plain'")
    assert debugger.evaluate("6 * 7") == 42
    debugger.resume()


def test_exceptions(runtime, debugger):
    debugger.pause_on_exceptions("uncaught")
    call = debugger.run(runtime.eval, "try { throw 1 } catch {}\nthrow new Error('out')")
    pause = debugger.wait_paused()
    assert (pause.reason, pause.frame.line_number) == ("exception", 2)
    assert "Error: out" in pause.data["description"]
    debugger.resume()
    with pytest.raises(JavaScriptError, match="out"):
        call.result(timeout=20)


def test_a_run_that_ends_without_a_pause(runtime, debugger):
    debugger.run(runtime.eval, "throw new RangeError('early')")
    with pytest.raises(NotPaused, match="raised .*early"):
        debugger.wait_paused()


def test_no_pause_in_time(runtime):
    with Debugger(runtime) as debugger:
        debugger.session.timeout = 0.1
        with pytest.raises(NotPaused, match="no pause within 0.1 s"):
            debugger.wait_paused()


def test_closing_the_debugger_resumes_the_script(runtime):
    with Debugger(runtime) as debugger:
        call = debugger.run(runtime.eval, "debugger; 5")
        debugger.wait_paused()
    assert call.result(timeout=20) == 5
