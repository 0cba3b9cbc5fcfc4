"""Closing, dropping and terminating runtimes."""

from __future__ import annotations

import gc
import random
import signal
import sys
import threading
from pathlib import Path

import jsrun
import pytest
from jsrun import InspectorConfig, Runtime, RuntimeConfig, RuntimeTerminated


def test_close(runtime):
    assert not runtime.is_closed()
    runtime.close()
    runtime.close()
    assert runtime.is_closed()
    for use in [
        lambda: runtime.eval("1"),
        lambda: runtime.bind_function("f", print),
        lambda: runtime.__enter__(),
    ]:
        with pytest.raises(RuntimeError, match="^runtime is closed$"):
            use()


def test_the_context_manager_closes():
    with Runtime() as runtime:
        assert runtime.eval("1") == 1
    assert runtime.is_closed()
    runtime = Runtime()
    with pytest.raises(LookupError), runtime:
        raise LookupError
    assert runtime.is_closed()


def test_repr(runtime):
    assert repr(runtime).startswith("<jsrun.Runtime open at ")
    runtime.close()
    assert repr(runtime).startswith("<jsrun.Runtime closed at ")


def test_many_runtimes_closed_in_any_order():
    runtimes = [Runtime() for _ in range(12)]
    for n, runtime in enumerate(runtimes):
        runtime.eval(f"var n = {n}")
    random.Random(1).shuffle(runtimes)
    numbers = []
    while runtimes:
        numbers.append(runtimes[0].eval("n"))
        runtimes.pop().close()
        for runtime in runtimes:
            assert runtime.eval("typeof n") == "number"
    assert len(numbers) == 12


def test_a_hundred_runtimes_one_after_the_other():
    for n in range(100):
        with Runtime() as runtime:
            assert runtime.eval(f"{n} + 1") == n + 1


def test_an_open_runtime_that_is_dropped_warns_and_closes():
    runtime = Runtime()
    with pytest.warns(ResourceWarning, match="unclosed <jsrun.Runtime open"):
        del runtime
        gc.collect()


def test_a_closed_runtime_that_is_dropped_does_not_warn(recwarn):
    runtime = Runtime()
    runtime.close()
    del runtime
    gc.collect()
    assert not [w for w in recwarn if w.category is ResourceWarning]


def test_open_runtimes_in_cycles_are_collected():
    def leave_one() -> None:
        runtime = Runtime()
        runtime.bind_function("itself", lambda: runtime)

    leave_one()
    with pytest.warns(ResourceWarning):
        gc.collect()


def test_init_cannot_be_called_twice(runtime):
    with pytest.raises(RuntimeError, match="already"):
        runtime.__init__()
    assert runtime.eval("1") == 1


def test_a_runtime_without_init():
    runtime = Runtime.__new__(Runtime)
    assert runtime.is_closed()
    with pytest.raises(RuntimeError, match="__init__"):
        runtime.eval("1")
    runtime.close()
    runtime.terminate()
    assert runtime.inspector_endpoints() is None


# --- other threads --------------------------------------------------------------------------------


def running(runtime: Runtime, code: str = "for (;;) {}") -> tuple[threading.Thread, list[object]]:
    """Runs endless JavaScript in a thread; returns when it runs. Its exception goes to the list."""
    started = threading.Event()
    outcome: list[object] = []
    runtime.bind_function("started", started.set)

    def work() -> None:
        try:
            outcome.append(runtime.eval("started(); " + code))
        except BaseException as error:
            outcome.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    started.wait()
    return thread, outcome


def test_close_from_another_thread_than_the_creator(runtime):
    runtime.eval("1")
    thread = threading.Thread(target=runtime.close)
    thread.start()
    thread.join()
    assert runtime.is_closed()
    with pytest.raises(RuntimeError, match="closed"):
        runtime.eval("1")


def test_a_runtime_made_by_a_thread_that_has_ended():
    made: list[Runtime] = []

    def work() -> None:
        made.append(Runtime())
        made[0].eval("var x = 1")

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    with made[0] as runtime:
        assert runtime.eval("x") == 1


def test_close_stops_what_runs(runtime):
    thread, outcome = running(runtime)
    runtime.close()
    thread.join()
    assert isinstance(outcome[0], RuntimeError)
    assert not isinstance(outcome[0], RuntimeTerminated)
    assert str(outcome[0]) == "runtime is closed"


def test_javascript_cannot_catch_the_close(runtime):
    thread, outcome = running(runtime, "for (;;) { try { for (;;) {} } catch {} finally { 0 } }")
    runtime.close()
    thread.join()
    assert isinstance(outcome[0], RuntimeError)


def test_close_from_many_threads(runtime):
    thread, _ = running(runtime)
    closers = [threading.Thread(target=runtime.close) for _ in range(8)]
    for closer in closers:
        closer.start()
    for closer in closers:
        closer.join()
    thread.join()
    assert runtime.is_closed()


def test_close_while_others_wait_for_their_turn(runtime):
    thread, _ = running(runtime)
    outcomes: list[object] = []

    def wait() -> None:
        try:
            outcomes.append(runtime.eval("1"))
        except RuntimeError as error:
            outcomes.append(str(error))

    waiting = [threading.Thread(target=wait) for _ in range(4)]
    for waiter in waiting:
        waiter.start()
    runtime.close()
    for waiter in [thread, *waiting]:
        waiter.join()
    assert outcomes == ["runtime is closed"] * 4


def test_terminate(runtime):
    thread, outcome = running(runtime)
    runtime.terminate()
    thread.join()
    assert isinstance(outcome[0], RuntimeTerminated)
    assert isinstance(outcome[0], RuntimeError)
    assert str(outcome[0]) == "terminated by host request"
    assert runtime.is_closed()
    with pytest.raises(RuntimeTerminated):
        runtime.eval("1")
    runtime.terminate()
    runtime.close()
    with pytest.raises(RuntimeError, match="closed"):
        runtime.eval("1")


def test_terminate_while_idle(runtime):
    function = runtime.eval("() => 1")
    runtime.terminate()
    with pytest.raises(RuntimeTerminated):
        function()
    assert repr(runtime).startswith("<jsrun.Runtime terminated")


def test_many_threads_use_two_runtimes(runtime):
    """They call, are called, make functions and drop them."""
    with Runtime() as other:
        for one in (runtime, other):
            one.eval("var total = 0; function add(n) { total += n; return () => total }")
            one.bind_function("twice", lambda f: f() + f())
        errors: list[BaseException] = []

        def work(seed: int) -> None:
            choose = random.Random(seed)
            try:
                kept = []
                for _ in range(200):
                    one = choose.choice((runtime, other))
                    kept.append(one.eval("add")(1))
                    if choose.random() < 0.2:
                        assert one.eval("twice(() => 21)") == 42
                    if choose.random() < 0.2:
                        with pytest.raises(jsrun.JavaScriptError):
                            one.eval("twice(null)")
                    if len(kept) > 10:
                        assert kept.pop(choose.randrange(10))() >= 1
                    if choose.random() < 0.02:
                        gc.collect()
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=work, args=(seed,)) for seed in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert errors == []
        assert runtime.eval("total") + other.eval("total") == 1200


# --- Ctrl-C while waiting -------------------------------------------------------------------------


def test_ctrl_c_while_waiting_for_another_thread(runtime):
    released = threading.Event()
    runtime.bind_function("is_released", released.is_set)
    thread, outcome = running(runtime, "while (!is_released()) {} 'done'")
    timer = threading.Timer(0.1, lambda: signal.raise_signal(signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        runtime.eval("1")
    timer.join()
    released.set()
    thread.join()
    assert outcome == ["done"]


# --- the heap -------------------------------------------------------------------------------------


def test_sizes_are_accepted():
    config = RuntimeConfig(max_heap_size=64 * 2**20, initial_heap_size=16 * 2**20)
    with Runtime(config) as runtime:
        assert runtime.eval("new Array(1000).fill(0).length") == 1000


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_names_of_threads():
    with Runtime(RuntimeConfig(inspector=InspectorConfig(port=0))) as runtime:
        runtime.eval("setTimeout(() => 0, 1)")
        names = {
            task.joinpath("comm").read_text().strip() for task in Path("/proc/self/task").iterdir()
        }
    assert {"jsrun-runtime", "jsrun-watchdog", "jsrun-inspector"} <= names
