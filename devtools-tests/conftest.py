"""Fixtures: a Chromium, DevTools windows in it, and Python programs to debug."""

from __future__ import annotations

import re
import shutil
import signal
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from devtools import DevTools
from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Error as PlaywrightError
from program import PRELUDE, Debug, Program, StartProgram

# As in tests/conftest.py: a shell may start background jobs with Ctrl-C ignored, and the programs
# inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

SCREENSHOTS = Path(__file__).parent / "screenshots"

CHROMIUM_ARGUMENTS = [
    "--no-first-run",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
]

WINDOWS = pytest.StashKey[list[DevTools]]()
PROGRAMS = pytest.StashKey[list[Program]]()


@pytest.fixture(scope="session")
def browser_options() -> dict[str, Any]:
    """How to start Chromium: the installed one, or else the one of Playwright."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    return {
        "executable_path": found,
        # DevTools is part of the full browser only, not of Playwright's headless shell.
        "channel": None if found else "chromium",
        "args": CHROMIUM_ARGUMENTS,
    }


@pytest.fixture(scope="session")
def browser(browser_options: dict[str, Any]) -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**browser_options)
        yield browser
        browser.close()


@pytest.fixture
def open_devtools(
    browser: Browser, request: pytest.FixtureRequest
) -> Iterator[Callable[[], DevTools]]:
    """A function that makes a new DevTools window, with settings of its own."""
    windows: list[DevTools] = []
    request.node.stash[WINDOWS] = windows

    def new_window() -> DevTools:
        windows.append(DevTools(browser.new_page(viewport={"width": 1400, "height": 900})))
        return windows[-1]

    yield new_window
    for window in windows:
        window.page.context.close()


@pytest.fixture
def devtools(open_devtools: Callable[[], DevTools]) -> DevTools:
    """A DevTools window that is not attached to anything yet."""
    return open_devtools()


@pytest.fixture
def program(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[StartProgram]:
    """A function that starts a Python program, given what comes after the prelude."""
    programs: list[Program] = []
    request.node.stash[PROGRAMS] = programs

    def start(text: str) -> Program:
        path = tmp_path / f"program{len(programs) + 1}.py"
        path.write_text(PRELUDE + text)
        programs.append(Program(path))
        return programs[-1]

    yield start
    for running in programs:
        running.kill()


@pytest.fixture
def debug(devtools: DevTools, program: StartProgram) -> Debug:
    """A function that starts a program and attaches DevTools to it."""

    def start(text: str, go_on: bool = True) -> Program:
        running = program(text)
        devtools.open(running.wait_line("debugger:"))
        if go_on:
            running.write_line()
        return running

    return start


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to the report of a failed test what DevTools showed and what the programs printed."""
    report = yield
    if report.when == "call" and report.failed:
        programs: list[Program] = item.stash.get(PROGRAMS, [])
        windows: list[DevTools] = item.stash.get(WINDOWS, [])
        for number, program in enumerate(programs, start=1):
            lines = [f"(exit code: {program.process.poll()})"]
            lines += [f"stdout: {line}" for line in program.lines]
            lines += [f"stderr: {line}" for line in program.error_lines]
            report.sections.append((f"program {number}", "\n".join(lines)))
        for number, window in enumerate(windows, start=1):
            name = re.sub(r"[^\w.-]+", "-", item.name) + (f"-{number}" if number > 1 else "")
            report.sections.append((f"DevTools {number}", _last_look(window, name)))
    return report


def _last_look(window: DevTools, name: str) -> str:
    path = SCREENSHOTS / f"{name}.png"
    lines = []
    try:
        if not window.page.is_closed():
            window.screenshot(path)
            lines += [f"screenshot: {path}", window.describe()]
    except PlaywrightError as error:
        lines.append(f"no screenshot: {error.message}")
    return "\n".join([*lines, "last protocol messages:", *window.messages])
