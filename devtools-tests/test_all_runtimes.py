"""One DevTools window for all runtimes of a program."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from devtools import POLL_INTERVAL, READ_SCREEN, DevTools
from playwright.sync_api import Locator
from program import TIMEOUT, Program, StartProgram

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


class Window:
    """A DevTools window with several threads, of which it shows one at a time."""

    def __init__(self, devtools: DevTools, url: str) -> None:
        self.devtools = devtools
        self.page = devtools.page
        self.page.goto(url)
        self.page.locator("#tab-sources").click()
        self._row("Threads").wait_for()
        if self._row("Threads").get_attribute("aria-expanded") == "false":
            self._row("Threads").click()

    def _row(self, name: str) -> Locator:
        return self.page.locator(".expandable-view-title", has_text=name).first

    def _wait(self, condition: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + TIMEOUT
        while not condition():
            assert time.monotonic() < deadline, f"waited for {what}; {self.devtools.describe()}"
            self.page.wait_for_timeout(POLL_INTERVAL)

    def threads(self) -> list[str]:
        """The rows of the Threads pane, with what each does."""
        rows = self.page.locator(".thread-item")
        return sorted(" ".join(text.split()).lstrip("\u2699 ") for text in rows.all_inner_texts())

    def wait_threads(self, *expected: str) -> None:
        self._wait(lambda: self.threads() == sorted(expected), f"{expected}, not {self.threads()}")

    def sources(self) -> list[str]:
        """The names that the tree of files has them under."""
        return sorted(self.page.locator(".navigator-worker-tree-item").all_inner_texts())

    def wait_sources(self, *expected: str) -> None:
        self._wait(lambda: self.sources() == sorted(expected), f"{expected}, not {self.sources()}")

    def choose(self, thread: str) -> None:
        self.page.locator(".thread-item", has_text=thread).click()

    def wait_line(self, file: str, number: int, text: str) -> None:
        """Wait until this line is marked as the one to be executed next."""
        line = {"file": file, "number": number, "text": text}
        self._wait(lambda: self._screen()["line"] == line, f"{line}")

    def wait_local(self, name: str, value: str) -> None:
        def shown() -> bool:
            return any([name, value] in scope["values"] for scope in self._screen()["scopes"])

        self._wait(shown, f"{name} = {value} in the scopes")

    def click(self, button: str) -> None:
        self.page.locator(f"devtools-button[aria-label='{button}']").click()

    def _screen(self) -> dict[str, Any]:
        return cast(dict[str, Any], self.page.evaluate(READ_SCREEN))


def start(devtools: DevTools, program: StartProgram, *names: str) -> tuple[Program, Window]:
    running = program(PROGRAM)
    running.write_line(" ".join(names))
    return running, Window(devtools, running.wait_line("debugger:"))


@pytest.mark.parametrize("names", [["one"], ["one", "two", "three"]], ids=["one", "three"])
def test_each_is_a_thread_that_pauses_on_its_own(
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


def test_they_appear_and_disappear(devtools: DevTools, program: StartProgram) -> None:
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
