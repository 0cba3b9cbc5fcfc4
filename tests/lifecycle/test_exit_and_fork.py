"""Runtimes when the process exits or forks."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import jsrun
import pytest


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
        find_leaks=False,  # Python does not free a daemon thread that never ends
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


def test_no_runtime_after_the_exit_has_started(run_python):
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
        find_leaks=False,  # memory that a child inherits and leaves alone looks like a leak
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
        find_leaks=False,  # memory that a child inherits and leaves alone looks like a leak
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
        find_leaks=False,  # the leak sanitizer fails on the other interpreter
    )
    assert result.stderr == ""
    assert result.stdout == "42\nhere\n"
    assert result.returncode == 0


def test_the_versions_are_known():
    assert jsrun._jsrun.v8_version.count(".") >= 2
    project = Path(__file__).parents[2] / "pyproject.toml"
    assert f'version = "{jsrun.__version__}"' in project.read_text(encoding="utf-8")
