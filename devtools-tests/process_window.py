"""A DevTools window that shows all runtimes of a process."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, cast

from devtools import POLL_INTERVAL, READ_SCREEN, DevTools
from playwright.sync_api import Locator
from program import TIMEOUT


class ProcessWindow:
    """A DevTools window with several threads. It shows one at a time."""

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
        """The rows of the Threads pane, with the state of each thread."""
        rows = self.page.locator(".thread-item")
        return sorted(" ".join(text.split()).lstrip("\u2699 ") for text in rows.all_inner_texts())

    def wait_threads(self, *expected: str) -> None:
        self._wait(lambda: self.threads() == sorted(expected), f"{expected}, not {self.threads()}")

    def sources(self) -> list[str]:
        """The names of the threads in the tree of files."""
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
