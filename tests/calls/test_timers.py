"""setTimeout and its like, as Python sees them."""

from __future__ import annotations

import gc
import threading

import pytest
from jsrun import JavaScriptError, Runtime, RuntimeTerminated
from waiting import until


def test_a_timer_runs_by_itself(runtime):
    done = threading.Event()
    runtime.bind_function("done", done.set)
    assert runtime.eval("setTimeout(() => { done() }, 1)") == 1
    assert done.wait(30)


def test_ids_are_positive_and_not_used_twice(runtime):
    ids = runtime.eval(
        "Array.from({length: 100}, (_, i) => (i % 2 ? setTimeout : setInterval)(() => {}, 1e6))"
    )
    assert sorted(set(ids)) == ids
    assert ids[0] > 0


@pytest.mark.parametrize(
    "code", ["setTimeout()", "setTimeout('1 + 1')", "setInterval({})", "queueMicrotask(1)"]
)
def test_only_functions_are_accepted(runtime, code):
    with pytest.raises(JavaScriptError, match="TypeError: The first argument must be a function"):
        runtime.eval(code)


@pytest.mark.parametrize(
    "delay", ["undefined", "null", "NaN", "-1", "'x'", "-Infinity", "2 ** 32", "[]", "true"]
)
def test_other_delays_are_coerced(runtime, delay):
    runtime.eval(f"var ran = false; setTimeout(() => {{ ran = true }}, {delay}); 0")
    until(lambda: runtime.eval("ran"))


def test_an_error_of_the_coercion_is_thrown(runtime):
    with pytest.raises(JavaScriptError, match="RangeError: no"):
        runtime.eval("setTimeout(() => {}, {valueOf() { throw new RangeError('no') }})")
    with pytest.raises(JavaScriptError, match="TypeError"):
        runtime.eval("setTimeout(() => {}, 1n)")


def test_arguments_and_receiver(runtime):
    runtime.eval(
        "setTimeout(function (...all) { seen = [this === globalThis, ...all] }, 0, 1, "
        "'b'); var seen"
    )
    until(lambda: runtime.eval("seen") == [True, 1, "b"])


def test_clearing_unknown_ids_does_nothing(runtime):
    runtime.eval(
        "clearTimeout(); clearTimeout(0); clearTimeout(-1); clearInterval(99); clearTimeout('x')"
    )


def test_both_clear_functions_take_both_ids(runtime):
    runtime.eval(
        "var ran = 0; clearInterval(setTimeout(() => ran++, 0)); "
        "clearTimeout(setInterval(() => ran++, 0))"
    )
    runtime.eval("var end = 0; setTimeout(() => { end = 1 }, 5)")
    until(lambda: runtime.eval("end"))
    assert runtime.eval("ran") == 0


def test_promise_jobs_run_between_timers(runtime):
    runtime.eval(
        "var order = []; for (const n of [1, 2]) setTimeout(() => {"
        " order.push(n); queueMicrotask(() => order.push(-n)) }, 0)"
    )
    until(lambda: len(runtime.eval("order")) == 4)
    assert runtime.eval("order") == [1, -1, 2, -2]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_error_goes_to_the_hook_and_disturbs_nobody(runtime, monkeypatch):
    seen = []
    monkeypatch.setattr(
        "sys.unraisablehook",
        lambda event: seen.append((type(event.exc_value), str(event.exc_value))),
    )
    runtime.eval(
        "var after = 0; setTimeout(() => { throw new TypeError('boom') }); "
        "setTimeout(() => { after = 1 })"
    )
    until(lambda: runtime.eval("after"))
    assert seen == [(JavaScriptError, "TypeError: boom")]


def test_a_busy_interval_leaves_room_for_callers(runtime):
    runtime.eval("var turns = 0; setInterval(() => { turns++ }, 0)")
    until(lambda: runtime.eval("turns") > 100)


def test_terminate_and_close_end_timers():
    called = []
    with Runtime() as runtime:
        runtime.bind_function("tick", lambda: called.append(1))
        runtime.eval("setInterval(() => tick(), 0)")
        until(lambda: called)
        runtime.terminate()
        with pytest.raises(RuntimeTerminated):
            runtime.eval("1")
    count = len(called)
    gc.collect()
    assert len(called) == count


def test_timers_do_not_keep_a_program_alive(run_python):
    result = run_python(
        """
        import jsrun
        runtime = jsrun.Runtime()
        runtime.eval("setInterval(() => {}, 1); setTimeout(() => {}, 1e8)")
        print("end")
        """
    )
    assert (result.returncode, result.stdout) == (0, "end\n")


def test_timer_functions_are_ordinary_functions(runtime):
    assert runtime.eval("[setTimeout.name, setTimeout.length, typeof clearInterval]") == [
        "setTimeout",
        1,
        "function",
    ]
    with pytest.raises(JavaScriptError, match="not a constructor"):
        runtime.eval("new setTimeout(() => {})")
