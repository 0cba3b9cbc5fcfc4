"""A page object for the Chrome DevTools front end.

`DevTools` drives the DevTools window of a real Chromium as a person would: it clicks its buttons,
types into its console and reads what its panels show. Nothing here talks to the debugged runtime
behind DevTools' back.

Every wait is a wait on a condition. Two sources tell whether it holds:

* the messages on DevTools' own WebSocket, which tell exactly when the runtime paused and resumed,
* the DOM of the front end, which tells what a person sees. A call returns when the screen has
  caught up with the messages, so that what is read next is never left over from the last pause.

A wait that fails raises `NotShown`, which says what was awaited and what was shown instead.
"""

from __future__ import annotations

import json
import re
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast

from playwright.sync_api import Locator, Page, WebSocket
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from program import TIMEOUT

FRONTEND = "devtools://devtools/bundled/js_app.html?v8only=true&ws="
START_ENDS_WITH = "Runtime.runIfWaitingForDebugger"
POLL_INTERVAL = 20
"""Milliseconds between two looks at a condition."""

HEAP_PROFILES = {
    "Allocations on timeline": "recording heap profile",
    "Allocation sampling": "heap profiling",
}
"""What the buttons that start and stop it call each kind."""

Found = TypeVar("Found")

READ_SCREEN = """
() => {
  // DevTools is made of nested shadow roots: look into all of them.
  const all = (selector, root = document) => {
    const found = [...root.querySelectorAll(selector)];
    for (const element of root.querySelectorAll('*')) {
      if (element.shadowRoot) found.push(...all(selector, element.shadowRoot));
    }
    return found;
  };
  const nodeText = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.data;
    if (node.nodeName === 'STYLE' || node.nodeName === 'TEMPLATE') return '';
    const children = node.nodeName === 'SLOT' ? node.assignedNodes() : node.childNodes;
    return [...(node.shadowRoot || {childNodes: children}).childNodes].map(nodeText).join('');
  };
  const text = (element) => (element ? nodeText(element).replaceAll('\\u00a0', ' ').trim() : '');
  const visible = (element) => element.getClientRects().length > 0;

  const executionLine = () => {
    const line = all('.cm-executionLine').find(visible);
    if (!line) return null;
    const editor = line.closest('.cm-editor');
    const {top, bottom} = line.getBoundingClientRect();
    const number = [...editor.querySelectorAll('.cm-lineNumbers .cm-gutterElement')].find((e) => {
      const box = e.getBoundingClientRect();
      const middle = (box.top + box.bottom) / 2;
      return box.height > 0 && top < middle && middle < bottom;
    });
    const source = line.cloneNode(true);
    // The values that DevTools shows beside the code are not part of the code.
    source.querySelectorAll('[contenteditable=false]').forEach((e) => e.remove());
    return {
      file: editor.getAttribute('data-file-path').split('/').pop(),
      number: Number(text(number)),
      text: source.textContent,
    };
  };

  const frames = () => all('.call-frame-item').map((e) => ({
    name: text(e.querySelector('.call-frame-title-text')),
    location: text(e.querySelector('.call-frame-location')),
    hidden: e.classList.contains('hidden'),
  }));

  const scopes = () => all('li.scope-chain-sidebar-pane-section').map((section) => {
    const rows = [...section.nextElementSibling.children].filter((e) => e.matches('li'));
    return {
      title: text(section.querySelector('.scope-chain-sidebar-pane-section-title')),
      expanded: section.classList.contains('expanded'),
      // What objects the rows are of: the runtime's object ids, which differ from pause to pause.
      objects: rows.flatMap((row) => [...row.querySelectorAll('devtools-prompt')]).map((e) =>
        (e.getAttribute('completions') || '').replace(/^completions-(.*-\\d+-\\d+)-.*$/, '$1')),
      values: rows.map((row) => [
        text(row.querySelector('.name')),
        text(row.querySelector('.value')),
      ]),
    };
  });

  const consoleRows = () => all('.console-message-wrapper').map((row) => ({
    command: !!row.querySelector('.console-user-command'),
    result: !!row.querySelector('.console-user-command-result'),
    error: row.classList.contains('console-error-level'),
    text: text(row.querySelector('.console-user-command .source-code') ||
               row.querySelector('.console-message-text')),
  }));

  const resume = all('.scripts-debug-toolbar devtools-button')[0];
  return {
    dialog: all('[role=dialog]').filter(visible).map(text).join(' '),
    status: all('.paused-status .status-main').filter(visible).map(text).join(' '),
    resumable: !!resume && resume.getAttribute('aria-label') === 'Resume script execution',
    line: executionLine(),
    frames: frames(),
    scopes: scopes(),
    console: consoleRows(),
  };
}
"""


class NotShown(AssertionError):
    """DevTools did not show what was awaited; the message says what it showed instead."""


class PausedLine(NamedTuple):
    """The line that DevTools marks as the one to be executed next."""

    file: str
    number: int
    text: str


class CallFrame(NamedTuple):
    """A row of the Call Stack pane."""

    function: str
    location: str
    """File name and line number, as in "app.js:3"."""


class DevTools:
    """The DevTools window shown in a Playwright page."""

    def __init__(self, page: Page, timeout: float = TIMEOUT) -> None:
        self.page = page
        self.timeout = timeout
        self.messages: deque[str] = deque(maxlen=40)
        """The last protocol messages, shortened, for the report of a failed test."""
        self._connection: _Connection | None = None
        self._results_before = 0
        page.set_default_timeout(timeout * 1000)
        page.on("websocket", self._connected)
        # Opens by itself when the first profile is shown.
        page.add_locator_handler(
            page.locator("devtools-shortcut-dialog dialog[open]"),
            lambda dialog: dialog.get_by_role("button", name="Close").click(),
        )

    # -- Attaching ---------------------------------------------------------------------------

    def open(self, url: str) -> None:
        """Open DevTools on a runtime and wait until it is attached.

        The URL is the runtime's WebSocket URL, or that of the whole front end for it.
        """
        self.page.goto(re.sub("^ws://", FRONTEND, url))
        self.wait_attached()

    def connect(self, url: str) -> None:
        """Open DevTools on a runtime and wait until it has sent its first requests."""
        self.page.goto(re.sub("^ws://", FRONTEND, url))
        self._wait_until(
            lambda: self._connection is not None and self._connection.started,
            "DevTools to be connected to the runtime",
        )

    def reload(self) -> None:
        """Reload DevTools, as F5 does in its window, and wait until it is attached again."""
        before = self._connection
        self.page.reload()
        self._wait_until(lambda: self._connection is not before, "a new connection")
        self.wait_attached()

    def wait_attached(self) -> None:
        """Wait until the runtime has answered the first requests of DevTools."""
        self._wait_until(
            lambda: self._connection is not None and self._connection.attached,
            "DevTools to be attached to the runtime",
        )
        self.page.locator("#tab-sources").wait_for()

    def wait_disconnected(self) -> None:
        """Wait for the dialog that says that the runtime has gone."""
        self._wait_until(
            lambda: "Debugging connection was closed" in self._screen()["dialog"],
            "the dialog that the debugging connection was closed",
        )

    def close(self) -> None:
        """Close the DevTools window."""
        self.page.close()

    # -- Pausing and stepping ----------------------------------------------------------------

    def wait_paused(self) -> None:
        """Wait until the runtime is paused and the Sources panel shows where."""
        self.show_sources()
        self._wait_until(self._shows_the_pause, "the runtime to be shown as paused")

    def wait_paused_at(self, line: int) -> None:
        """Wait until another debugger of the same runtime has moved it to this line."""
        self._wait_until(
            lambda: self._shows_the_pause() and self._screen()["line"]["number"] == line,
            f"the runtime to be shown as paused at line {line}",
        )

    def wait_running(self) -> None:
        """Wait until the runtime is not paused and DevTools shows that."""
        self._wait_until(self._shows_no_pause, "the runtime to be shown as running")

    def resume(self) -> None:
        """Click "Resume" and wait until the runtime has gone on; it may pause again, or end."""
        self.show_sources()
        connection = self._attached()
        resumed = connection.resumed
        self._click("Resume script execution")
        self._wait_until(
            lambda: connection.resumed > resumed or connection.closed, "the runtime to resume"
        )

    def pause(self) -> None:
        """Click "Pause" and wait until the runtime is paused."""
        self.show_sources()
        self._click("Pause script execution")
        self.wait_paused()

    def step_over(self) -> None:
        """Click "Step over" and wait for the next pause."""
        self._step("Step over next function call")

    def step_into(self) -> None:
        """Click "Step into" and wait for the next pause."""
        self._step("Step into next function call")

    def step_out(self) -> None:
        """Click "Step out" and wait for the next pause."""
        self._step("Step out of current function")

    def pause_status(self) -> str:
        """Return the reason for the pause that DevTools shows, "Paused on breakpoint" say."""
        self.wait_paused()
        return cast(str, self._screen()["status"])

    def paused_line(self) -> PausedLine:
        """Wait until paused and return the line marked in the Sources panel."""
        self.wait_paused()
        return PausedLine(**self._screen()["line"])

    def call_stack(self) -> list[CallFrame]:
        """Wait until paused and return the rows of the Call Stack pane, innermost first."""
        self.wait_paused()
        frames = self._screen()["frames"]
        return [CallFrame(f["name"], f["location"]) for f in frames if not f["hidden"]]

    def scope(self, title: str = "Local") -> dict[str, str]:
        """Wait until paused and return names and values of a section of the Scope pane."""
        self.wait_paused()
        section = self._scope_section(title)
        if not section["expanded"]:
            row = self.page.locator("li.scope-chain-sidebar-pane-section", has_text=title)
            row.first.click()
        return self._wait_until(
            lambda: dict(self._scope_section(title)["values"]), f"values in the scope {title!r}"
        )

    def pause_on_uncaught_exceptions(self) -> None:
        """Tick "Pause on uncaught exceptions"."""
        self.show_sources()
        answered = self._attached().answered("Debugger.setPauseOnExceptions")
        self.page.locator(".pause-on-uncaught-exceptions input").check()
        self._wait_until(
            lambda: self._attached().answered("Debugger.setPauseOnExceptions") > answered,
            "the runtime to know that it has to pause on exceptions",
        )

    # -- Source files and breakpoints --------------------------------------------------------

    def show_sources(self) -> None:
        """Bring the Sources panel to the front."""
        self._show_panel("sources")

    def open_file(self, name: str) -> None:
        """Open a source file in the Sources panel by its name, through "Open file" (Ctrl+P)."""
        self.show_sources()
        self.page.keyboard.press("Control+p")
        title = self.page.locator(".filtered-ui-source-code-title")
        self.page.locator(".filtered-list-widget devtools-text-prompt").wait_for()
        self.page.keyboard.insert_text(name)
        self._wait_for(title.get_by_text(name, exact=True).first, f"{name} among the files").click()
        self._wait_for(self._editor(name), f"{name} in the editor")

    def set_breakpoint(self, line: int) -> None:
        """Click a line number in the open file and wait until the breakpoint is set."""
        number = self.page.locator(".cm-lineNumbers .cm-gutterElement:visible").filter(
            has_text=re.compile(f"^{line}$")
        )
        # Not .cm-breakpoint-unbound: one that the runtime has found no code for.
        marked = number.and_(self.page.locator(".cm-breakpoint:not(.cm-breakpoint-unbound)"))
        self._wait_for(number, f"line {line} in the editor").click()
        self._wait_for(marked, f"a breakpoint at line {line}")

    # -- Console -----------------------------------------------------------------------------

    def console_enter(self, expression: str) -> None:
        """Type an expression into the console and press Enter."""
        self._show_panel("console")
        self._results_before = len(self._console_texts("result"))
        self.page.locator("#console-prompt .cm-content").click()
        self.page.keyboard.insert_text(expression)
        self.page.keyboard.press("Enter")

    def console_result(self) -> str:
        """Wait for the result of what was entered last and return it as the console shows it."""
        return self._wait_until(
            lambda: _rendered(self._console_texts("result")[self._results_before :]),
            "the result in the console",
        )

    def console_evaluate(self, expression: str) -> str:
        """Evaluate an expression in the console and return the result as the console shows it."""
        self.console_enter(expression)
        return self.console_result()

    def console_messages(self) -> list[str]:
        """Return the texts logged to the console, without what was typed and its results."""
        self._show_panel("console")
        return [
            row["text"]
            for row in self._screen()["console"]
            if not row["command"] and not row["result"]
        ]

    def wait_console_messages(self, expected: list[str]) -> None:
        """Wait until the console shows messages that start like this, and no others."""
        self._wait_until(
            lambda: _begin_with(self.console_messages(), expected),
            f"the console messages {expected}",
        )

    # -- Memory and Performance --------------------------------------------------------------

    def take_heap_snapshot(self) -> None:
        """Take a heap snapshot in the Memory panel and wait until it is shown."""
        self._show_panel("heap-profiler")
        self._click("Take heap snapshot")
        self._wait_for(
            self.page.locator(".heap-snapshot-sidebar-tree-item.selected"), "the heap snapshot"
        )

    def count_in_snapshot(self, constructor: str) -> int:
        """Return how many objects of a class the heap snapshot shows."""
        self.page.get_by_label("Filter by class").fill(constructor)
        row = self.page.locator(".heap-snapshot-view tr.data-grid-data-grid-node").filter(
            has_text=re.compile(rf"^\s*{constructor}\s*×")
        )
        count = self._wait_for(row.first, f"{constructor} in the heap snapshot").locator(
            ".objects-count"
        )
        return int(count.inner_text().strip("×\u00a0 ").replace(",", ""))

    def start_heap_profile(self, kind: str) -> None:
        """Start a recording of allocations in the Memory panel, of a kind on its start page."""
        self._show_panel("heap-profiler")
        self.page.get_by_label(kind).check()
        self._click(f"Start {HEAP_PROFILES[kind]}")
        self._wait_for(self._button(f"Stop {HEAP_PROFILES[kind]}"), "allocations to be recorded")

    def stop_heap_profile(self, kind: str) -> None:
        """Stop the recording and wait until the allocations are shown."""
        self._click(f"Stop {HEAP_PROFILES[kind]}")
        rows = self.page.locator(".profile-view tr.data-grid-data-grid-node")
        self._wait_for(
            rows.or_(self.page.locator(".heap-snapshot-view tr.data-grid-data-grid-node")).first,
            "the recorded allocations",
        )

    def sampled_functions(self) -> list[str]:
        """Return the functions that have allocated, largest share first."""
        names = self.page.locator("tr.data-grid-data-grid-node .function-column")
        return [text.split("\n")[0].strip() for text in names.all_inner_texts()]

    def start_coverage(self) -> None:
        """Show the Coverage tool in the drawer and start to record which code runs."""
        self.page.keyboard.press("Control+Shift+p")
        self.page.locator(".filtered-list-widget devtools-text-prompt").wait_for()
        self.page.keyboard.insert_text("Show Coverage")
        self._wait_for(
            self.page.locator(".filtered-list-widget-item").filter(has_text="Coverage").first,
            "the command",
        ).click()
        self._titled("Instrument coverage").click()
        answered = "Profiler.startPreciseCoverage"
        self._wait_until(lambda: self._attached().answered(answered), "the runtime to count")

    def stop_coverage(self) -> None:
        """Stop the recording."""
        self._titled("Stop instrumenting coverage and show results").click()
        self._wait_for(self._titled("Instrument coverage"), "the recorded coverage")

    def coverage_of(self, name: str) -> tuple[int, int]:
        """Return how many bytes a script has, and how many of these have not run."""
        row = self.page.locator("tr.data-grid-data-grid-node").filter(has_text=name).first
        self._wait_for(row, f"{name} among the scripts")
        # The second cell has the percentage too, in an element of its own.
        total = row.locator(".size-column").first.inner_text()
        unused = row.locator(".unused-size-column span").first.inner_text()
        return int(total.replace(",", "")), int(unused.replace(",", ""))

    def start_recording(self) -> None:
        """Start to record a CPU profile in the Performance panel."""
        self._show_panel("timeline")
        self._click("Record")
        self._wait_for(self._button("Stop"), "the recording to have started")

    def stop_recording(self) -> dict[str, float]:
        """Stop the recording; return how long each function ran itself, in milliseconds."""
        self._click("Stop")
        tab = self.page.get_by_role("tab", name="Bottom-up")
        self._wait_for(tab, "the recorded profile").click()
        rows = self.page.locator(".timeline-tree-view tr.data-grid-data-grid-node")
        self._wait_for(rows.first, "functions in the recorded profile")
        return {
            row.locator(".activity-name").inner_text(): float(
                str(row.locator(".numeric-column").first.get_attribute("title"))
                .split()[0]
                .replace(",", "")
            )
            for row in rows.all()
        }

    # -- For reports -------------------------------------------------------------------------

    def screenshot(self, path: Path) -> None:
        """Save a picture of the DevTools window."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=path)

    def describe(self) -> str:
        """Say in a few lines what DevTools shows."""
        screen = self._screen()
        line = screen["line"]
        frames = [f"{f['name']} {f['location']}" for f in screen["frames"] if not f["hidden"]]
        scopes = [f"{s['title']} {dict(s['values'])}" for s in screen["scopes"] if s["expanded"]]
        rows = [row["text"] for row in screen["console"][-5:]]
        return "\n".join(
            [
                f"  dialog: {screen['dialog'] or 'none'}",
                f"  status: {screen['status'] or 'not paused'}",
                f"  marked line: {'{file}:{number}: {text}'.format(**line) if line else 'none'}",
                f"  call stack: {'; '.join(frames) or 'empty'}",
                f"  scopes: {'; '.join(scopes) or 'none'}",
                f"  console: {'; '.join(rows) or 'empty'}",
                f"  connection: {self._connection or 'none'}",
            ]
        )

    # -- Inside ------------------------------------------------------------------------------

    def _connected(self, websocket: WebSocket) -> None:
        self._connection = _Connection(websocket, self.messages)

    def _attached(self) -> _Connection:
        assert self._connection is not None, "DevTools has not been opened"
        return self._connection

    def _screen(self) -> dict[str, Any]:
        return cast(dict[str, Any], self.page.evaluate(READ_SCREEN))

    def _wait_until(self, condition: Callable[[], Found | None], what: str) -> Found:
        """Wait until the condition returns something true, and return that."""
        deadline = time.monotonic() + self.timeout
        while True:
            found = condition()
            if found:
                return found
            if time.monotonic() > deadline:
                raise NotShown(
                    f"waited {self.timeout:.0f} s for {what}. DevTools shows:\n{self.describe()}"
                )
            self.page.wait_for_timeout(POLL_INTERVAL)

    def _wait_for(self, locator: Locator, what: str) -> Locator:
        """Wait until the element is visible."""
        try:
            locator.wait_for()
        except PlaywrightTimeout:
            raise NotShown(
                f"waited {self.timeout:.0f} s for {what}. DevTools shows:\n{self.describe()}"
            ) from None
        return locator

    def _button(self, label: str) -> Locator:
        return self.page.locator(f"devtools-button[aria-label='{label}']")

    def _titled(self, title: str) -> Locator:
        button = self.page.locator(f"devtools-button[title='{title}']")
        return self._wait_for(button, f"the button {title!r}")

    def _click(self, button: str) -> None:
        self._wait_for(self._button(button), f"the button {button!r}").click()

    def _step(self, button: str) -> None:
        self.wait_paused()
        pauses = self._attached().pauses
        self._click(button)
        self._wait_until(lambda: self._attached().pauses > pauses, f"a pause after {button!r}")
        self.wait_paused()

    def _show_panel(self, name: str) -> None:
        tab = self.page.locator(f"#tab-{name}")
        if tab.get_attribute("aria-selected") != "true":
            tab.click()
        self.page.locator(f"#tab-{name}[aria-selected=true]").wait_for()

    def _editor(self, name: str) -> Locator:
        path = f"devtools-text-editor[data-file-path='{name}']"
        below = f"devtools-text-editor[data-file-path$='/{name}']"
        return self.page.locator(f"{path}, {below}")

    def _scope_section(self, title: str) -> dict[str, Any]:
        sections = self._screen()["scopes"]
        for section in sections:
            if section["title"] == title:
                return cast(dict[str, Any], section)
        raise NotShown(f"no scope {title!r} among {[s['title'] for s in sections]}")

    def _console_texts(self, kind: str) -> list[str]:
        return [row["text"] for row in self._screen()["console"] if row[kind]]

    def _shows_no_pause(self) -> bool:
        screen = self._screen()
        return (
            self._attached().paused is None
            and not screen["status"]
            and not screen["resumable"]
            and screen["line"] is None
        )

    def _shows_the_pause(self) -> bool:
        """Whether all panes show the runtime's latest pause, and not partly an earlier one."""
        if self._connection is None or self._connection.paused is None:
            return False
        pause = self._connection.paused
        screen = self._screen()
        shown = [f for f in screen["frames"] if not f["hidden"]]
        if not (screen["status"] and screen["line"] and shown):
            return False
        if screen["line"]["file"].endswith(":sourcemap"):
            return False  # it stands in for the source until the source map has been loaded
        # At the end of a script, on an empty line, DevTools marks the line before it.
        marked = screen["line"]["number"] + self._connection.is_at_end(pause["callFrames"][0])
        if not shown[0]["location"].endswith(f":{marked}"):
            return False
        for frame, row in zip(pause["callFrames"], screen["frames"]):
            if self._connection.has_source_map(frame):
                continue  # DevTools shows the name of the function that it takes for the original
            if row["name"] != (frame["functionName"] or "(anonymous)"):
                return False
            line = frame["location"]["lineNumber"] + 1
            if row["location"] and not row["location"].endswith(f":{line}"):
                return False
        objects = {
            scope["object"]["objectId"].replace(".", "-")
            for scope in pause["callFrames"][0]["scopeChain"]
        }
        expanded = [scope for scope in screen["scopes"] if scope["expanded"]]
        return bool(screen["scopes"]) and all(
            scope["objects"] and objects.issuperset(scope["objects"]) for scope in expanded
        )


class _Connection:
    """What DevTools' WebSocket tells about the runtime."""

    def __init__(self, websocket: WebSocket, log: deque[str]) -> None:
        self.started = False
        """Whether DevTools has asked for all that it asks for when it starts."""
        self.attached = False
        """And whether that was answered."""
        self.closed = False
        self.paused: dict[str, Any] | None = None
        """The latest Debugger.paused message while the runtime is paused."""
        self.pauses = 0
        self.resumed = 0
        self._log = log
        self._requests: dict[int, str] = {}
        self._answers: dict[str, int] = {}
        self._scripts: dict[str, dict[str, Any]] = {}
        websocket.on("framesent", self._sent)
        websocket.on("framereceived", self._received)
        websocket.on("close", self._closed)

    def __str__(self) -> str:
        state = "closed" if self.closed else "attached" if self.attached else "attaching"
        return f"{state}, {'paused' if self.paused else 'running'}, {self.pauses} pauses so far"

    def answered(self, method: str) -> int:
        """Return how many requests of this method the runtime has answered."""
        return self._answers.get(method, 0)

    def has_source_map(self, frame: dict[str, Any]) -> bool:
        """Whether DevTools shows another location for a frame than the runtime names."""
        return bool(self._script(frame)["sourceMapURL"])

    def is_at_end(self, frame: dict[str, Any]) -> bool:
        """Whether a frame is at the end of a script that ends with a line break."""
        script, location = self._script(frame), frame["location"]
        end = (script["endLine"], script["endColumn"])
        return end == (location["lineNumber"], location["columnNumber"]) and end[1] == 0

    def _script(self, frame: dict[str, Any]) -> dict[str, Any]:
        return self._scripts[frame["location"]["scriptId"]]

    def _sent(self, frame: str | bytes) -> None:
        message = json.loads(frame)
        self._requests[message["id"]] = message["method"]
        self.started = self.started or message["method"] == START_ENDS_WITH
        self._log.append(f"-> {_shorten(frame)}")

    def _received(self, frame: str | bytes) -> None:
        message = json.loads(frame)
        self._log.append(f"<- {_shorten(frame)}")
        if "id" in message:
            method = self._requests.pop(message["id"], "")
            self._answers[method] = self.answered(method) + 1
            self.attached = self.attached or method == START_ENDS_WITH
        elif message["method"] == "Debugger.paused":
            self.paused = message["params"]
            self.pauses += 1
        elif message["method"] == "Debugger.resumed":
            self.paused = None
            self.resumed += 1
        elif message["method"] == "Debugger.scriptParsed":
            self._scripts[message["params"]["scriptId"]] = message["params"]

    def _closed(self, _: WebSocket) -> None:
        self.closed = True


def _shorten(frame: str | bytes) -> str:
    text = frame if isinstance(frame, str) else frame.decode()
    return text if len(text) <= 300 else f"{text[:300]}… ({len(text)} characters)"


def _rendered(results: list[str]) -> str | None:
    """Return the first result unless the console has yet to fill in what was thrown."""
    return results[0] if results and results[0] not in ("", "Uncaught") else None


def _begin_with(texts: list[str], beginnings: list[str]) -> bool:
    return len(texts) == len(beginnings) and all(map(str.startswith, texts, beginnings))
