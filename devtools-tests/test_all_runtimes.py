"""One DevTools window for all runtimes of a program."""

from __future__ import annotations

from pathlib import Path

import pytest
from devtools import DevTools
from process_window import ProcessWindow
from program import Program, StartProgram

SCREENSHOTS = Path(__file__).parent / "screenshots"

PROGRAM = '''
import threading

from jsrun import InspectorConfig, Runtime, RuntimeConfig

port = 0


def new_runtime(name):
    global port
    inspector = InspectorConfig(port=port, display_name=name)
    runtime = Runtime(RuntimeConfig(inspector=inspector))
    port = runtime.inspector_endpoints().port
    return runtime


COUNT = """\\
function count(from) {
  let n = from;
  debugger;
  n = n + 1;
  return n;
}
"""


def work(name, runtime, start):
    function = runtime.eval(COUNT + "count", filename=name + ".js")
    print(name + ":", function(start))


names = input().split()
runtimes = {name: new_runtime(name) for name in names}
print("debugger:", runtimes[names[0]].inspector_endpoints().process_devtools_frontend_url)
while command := input():
    what, *arguments = command.split()
    if what == "work":
        name, start = arguments
        threading.Thread(target=work, args=(name, runtimes[name], int(start))).start()
    elif what == "new":
        runtimes[arguments[0]] = new_runtime(arguments[0])
        runtimes[arguments[0]].eval("var here = 1", filename=arguments[0] + ".js")
        print("new:", arguments[0])
    elif what == "close":
        runtimes.pop(arguments[0]).close()
for runtime in runtimes.values():
    runtime.close()
'''


def start(devtools: DevTools, program: StartProgram, *names: str) -> tuple[Program, ProcessWindow]:
    running = program(PROGRAM)
    running.write_line(" ".join(names))
    return running, ProcessWindow(devtools, running.wait_line("debugger:"))


@pytest.mark.parametrize("names", [["one"], ["one", "two", "three"]], ids=["one", "three"])
def test_each_runtime_is_a_thread_that_pauses_on_its_own(
    devtools: DevTools, program: StartProgram, names: list[str]
) -> None:
    running, window = start(devtools, program, *names)
    window.wait_threads("Main", *names)
    for number, name in enumerate(names, start=1):
        running.write_line(f"work {name} {number}0")
        paused = [f"{n} paused" if n in names[:number] else n for n in names]
        window.wait_threads("Main", *paused)
    window.wait_sources(*names)
    for number, name in enumerate(names, start=1):
        window.choose(name)
        window.wait_line(f"{name}.js", 3, "  debugger;")
        window.wait_local("n", f"{number}0")
        window.click("Step over next function call")
        window.wait_line(f"{name}.js", 4, "  n = n + 1;")
        window.click("Step over next function call")
        window.wait_line(f"{name}.js", 5, "  return n;")
        window.wait_local("n", f"{number}1")
        if name == names[0]:
            devtools.screenshot(SCREENSHOTS / f"all-runtimes-{len(names)}.png")
        window.click("Resume script execution")
        assert running.wait_line(f"{name}:") == f"{number}1"
    window.wait_threads("Main", *names)
    running.write_line()
    devtools.wait_disconnected()
    assert running.wait_exit() == 0


def test_runtimes_appear_and_disappear(devtools: DevTools, program: StartProgram) -> None:
    running, window = start(devtools, program, "one")
    running.write_line("work one 1")
    window.wait_line("one.js", 3, "  debugger;")
    for name in ("late", "later"):
        running.write_line(f"new {name}")
        assert running.wait_line("new:") == name
    window.wait_threads("Main", "one paused", "late", "later")
    running.write_line("close late")
    window.wait_threads("Main", "one paused", "later")
    window.click("Resume script execution")
    assert running.wait_line("one:") == "2"
    running.write_line()
    assert running.wait_exit() == 0
