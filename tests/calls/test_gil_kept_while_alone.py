"""A program with one thread keeps the GIL while JavaScript runs, until a second thread can want it.

Each program has its own process, since the process of the tests has other threads.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

IMPORTS = """\
import ctypes, signal, threading, time
import jsrun
assert threading.active_count() == 1
runtime = jsrun.Runtime()

def ends_by(error, code, **options):
    try:
        runtime.eval(code, **options)
    except error:
        print("done")
"""


def run(code: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS + code], capture_output=True, text=True, timeout=100
    )
    assert (done.stdout, done.stderr, done.returncode) == ("done\n", "", 0)


def test_the_gil_for_a_thread_that_a_handler_starts():
    run("""
runtime.bind_function("start", lambda: threading.Thread(target=runtime.terminate).start())
ends_by(jsrun.RuntimeTerminated, "start(); for (;;);")
""")


def test_the_gil_for_a_thread_that_a_nested_handler_starts():
    run("""
runtime.bind_function("start", lambda: threading.Thread(target=runtime.terminate).start())
runtime.bind_function("outer", lambda: runtime.eval("start(); 1"))
ends_by(jsrun.RuntimeTerminated, "outer(); for (;;);")
""")


def test_the_gil_for_a_thread_that_a_signal_handler_starts():
    run("""
start = lambda *_: threading.Thread(target=runtime.terminate).start()
signal.signal(signal.SIGALRM, start)
signal.setitimer(signal.ITIMER_REAL, 0.05)
ends_by(jsrun.RuntimeTerminated, "for (;;);")
""")


@pytest.mark.skipif(sys.platform != "linux", reason="pthread_create() by ctypes")
def test_the_gil_for_a_thread_that_python_does_not_know():
    """It asks for the GIL while JavaScript runs."""
    run("""
@ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)
def native(_):
    runtime.terminate()

libc = ctypes.CDLL(None)
thread = ctypes.c_ulong()
start = libc.pthread_create
runtime.bind_function("start", lambda: start(ctypes.byref(thread), None, native, None))
ends_by(jsrun.RuntimeTerminated, "start(); for (;;);")
libc.pthread_join(thread, None)
""")


def test_timeouts_and_signals_stop_javascript():
    run("""
def interrupt(*_):
    raise KeyboardInterrupt

signal.signal(signal.SIGALRM, interrupt)
LATER = "Promise.resolve().then(() => { for (;;); })"
for code in ["for (;;);", "({get a() { for (;;); }})", LATER]:
    try:
        runtime.eval(code, timeout=0.05)
    except jsrun.RuntimeTimeout:
        pass
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        runtime.eval(code)
    except KeyboardInterrupt:
        pass
assert runtime.eval("1 + 1") == 2
print("done")
""")


def test_a_pause_in_a_debugger():
    run("""
session = runtime.inspector_session()
session.send("Debugger.enable")
resumed = []
session.on("Debugger.paused", lambda event: (resumed.append(1), session.send("Debugger.resume")))
assert runtime.eval("debugger; 5") == 5 and resumed == [1]
print("done")
""")
