"""Opening, closing, terminating; threads, forks and the exit of the interpreter."""

from __future__ import annotations

import gc
import os
import random
import signal
import sys
import threading
from pathlib import Path

import jsrun
import pytest
from jsrun import Runtime, RuntimeConfig, RuntimeTerminated


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


def test_init_only_once(runtime):
    with pytest.raises(RuntimeError, match="already"):
        runtime.__init__()
    assert runtime.eval("1") == 1


def test_without_init():
    runtime = Runtime.__new__(Runtime)
    assert runtime.is_closed()
    with pytest.raises(RuntimeError, match="__init__"):
        runtime.eval("1")
    runtime.close()
    runtime.terminate()
    assert runtime.inspector_endpoints() is None


# --- other threads --------------------------------------------------------------------------------


def running(runtime: Runtime, code: str = "for (;;) {}") -> tuple[threading.Thread, list[object]]:
    """Runs endless JavaScript in a thread; returns when it runs. The list gets what it raised."""
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


def test_a_crowd(runtime):
    """Threads that call, are called, make functions and drop them, in two runtimes at once."""
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


# --- exit and fork --------------------------------------------------------------------------------


def test_exit_with_open_runtimes(run_python):
    result = run_python(
        """
        import jsrun
        runtimes = [jsrun.Runtime() for _ in range(3)]
        for runtime in runtimes:
            runtime.bind_function("f", lambda: runtimes)
            keep = runtime.eval("x => f")
        jsrun.eval("var x = 1")
        print("end")
        """,
        "-X",
        "dev",
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "end\n", "")


def test_exit_while_a_daemon_thread_runs_javascript(run_python):
    result = run_python(
        """
        import threading, jsrun
        runtime = jsrun.Runtime()
        started = threading.Event()
        runtime.bind_function("started", started.set)
        def work():
            try:
                runtime.eval("started(); for (;;) {}")
            except RuntimeError:
                pass
        threading.Thread(target=work, daemon=True).start()
        started.wait()
        """,
        find_leaks=False,  # Python does not free what a daemon thread that never ends was made of
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_exit_with_an_open_inspector(run_python):
    result = run_python(
        """
        import jsrun
        config = jsrun.InspectorConfig(port=0, wait_for_connection=True)
        runtime = jsrun.Runtime(jsrun.RuntimeConfig(inspector=config, bootstrap="1"))
        runtime.bind_function("f", print)
        """
    )
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_no_runtime_after_the_exit_has_begun(run_python):
    result = run_python(
        """
        import atexit
        def late():
            import jsrun
            try:
                jsrun.Runtime()
            except RuntimeError as error:
                print(error)
        atexit.register(late)
        import jsrun
        """
    )
    assert result.returncode == 0
    assert "the interpreter is exiting" in result.stdout


def test_sys_exit_in_a_handler(run_python):
    result = run_python(
        """
        import sys, jsrun
        with jsrun.Runtime() as runtime:
            runtime.bind_function("leave", lambda: sys.exit(7))
            runtime.eval("try { leave() } finally { for (;;) {} }")
        """
    )
    assert (result.returncode, result.stdout, result.stderr) == (7, "", "")


def test_ctrl_c_ends_a_program(run_python):
    result = run_python(
        """
        import os, signal, threading, jsrun
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
        jsrun.eval("for (;;) {}")
        """
    )
    assert result.returncode == -signal.SIGINT
    assert result.stderr.rstrip().endswith("KeyboardInterrupt")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_is_told(run_python):
    result = run_python(
        """
        import gc, os, warnings
        warnings.simplefilter("error")
        import jsrun
        config = jsrun.RuntimeConfig(inspector=jsrun.InspectorConfig(port=0))
        inspected = jsrun.Runtime(config)
        runtime = jsrun.Runtime()
        function = runtime.eval("() => 1")
        read, write = os.pipe()
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
        if child == 0:
            def attempt(action):
                try:
                    return str(action())
                except RuntimeError as error:
                    assert "fork" in str(error) and "spawn" in str(error), error
                    return "refused"
            results = [
                attempt(lambda: runtime.eval("1")),
                attempt(lambda: function()),
                attempt(lambda: runtime.bind_function("f", print)),
                attempt(lambda: inspected.eval("1")),
                attempt(jsrun.Runtime),
                attempt(lambda: jsrun.eval("1")),
                attempt(runtime.is_closed),
                attempt(runtime.terminate),
                attempt(function.close),
                attempt(runtime.close),
                attempt(inspected.close),
            ]
            del function, runtime, inspected
            gc.collect()
            os.write(write, " ".join(results).encode())
            raise SystemExit(3)
        _, status = os.waitpid(child, 0)
        print(os.read(read, 1000).decode())
        print(os.WEXITSTATUS(status), os.WTERMSIG(status))
        print(runtime.eval("1 + 1"), function(), inspected.eval("2 + 2"))
        inspected.close()
        runtime.close()
        """,
        find_leaks=False,  # what a child inherits and leaves alone looks like a leak
    )
    assert result.stderr == ""
    refused = " ".join(["refused"] * 6)
    assert result.stdout == f"{refused} True None <done> None None\n3 0\n2 1 4\n"
    assert result.returncode == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_child_forked_before_the_first_runtime_is_free(run_python):
    result = run_python(
        r"""
        import os, jsrun
        child = os.fork()
        os.write(1, f"{jsrun.eval('1 + 1')}\n".encode())
        if child:
            os.write(1, f"{os.waitpid(child, 0)[1]}\n".encode())
        """,
        find_leaks=False,  # what a child inherits and leaves alone looks like a leak
    )
    assert sorted(result.stdout.split()) == ["0", "2", "2"]


@pytest.mark.skipif(sys.version_info < (3, 10), reason="sub-interpreters differ before 3.10")
def test_another_interpreter_in_the_process(run_python):
    result = run_python(
        """
        import jsrun
        try:
            import _xxsubinterpreters as interpreters
        except ImportError:
            import _interpreters as interpreters
        try:
            there = interpreters.create(isolated=False)
        except TypeError:
            there = interpreters.create("legacy")
        with jsrun.Runtime() as runtime:
            interpreters.run_string(there, '''if True:
                import jsrun
                with jsrun.Runtime() as runtime:
                    runtime.bind_function("double", lambda x: x * 2)
                    print(runtime.eval("double(21)"), flush=True)
                left_open = jsrun.Runtime()
                left_open.eval("1")
            ''')
            print(runtime.eval("'here'"))
        interpreters.destroy(there)
        """,
        find_leaks=False,  # the leak sanitizer stumbles over the other interpreter
    )
    assert result.stderr == ""
    assert result.stdout == "42\nhere\n"
    assert result.returncode == 0


def test_the_versions_are_known():
    assert jsrun._jsrun.v8_version.count(".") >= 2
    project = Path(__file__).parents[2] / "pyproject.toml"
    assert f'version = "{jsrun.__version__}"' in project.read_text(encoding="utf-8")
