"""The debugger that the demo attaches to itself if nobody is at the terminal.

It does what a person would do in DevTools: it stops at the first statement, steps, sets a
breakpoint in a function, looks at the call stack and the local variables, steps into a call and out
again, and lets the program go on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from cdp_client import CdpClient, CdpError

# The debugger stops at the first statement of this function of demo_bootstrap.js.
FUNCTION = "priceLine"

# The scopes whose variables are shown, inside a function and at the top level. "script" holds what
# a script declares with const, let and class.
FUNCTION_SCOPES = ("local", "block")
SCRIPT_SCOPES = ("script",)


class DemoDebugger(threading.Thread):
    """Attaches to `url` in a thread of its own. A failure is kept in `error`, then reported."""

    def __init__(self, url: str, on_failure: Callable[[], None]) -> None:
        super().__init__(name="demo debugger", daemon=True)
        self.url = url
        self.on_failure = on_failure
        self.error: Exception | None = None
        self.urls: dict[str, str] = {}  # of the scripts, by id
        self.sources: dict[str, list[str]] = {}  # their lines

    def run(self) -> None:
        try:
            with CdpClient(self.url) as client:
                self.debug(client)
        except Exception as error:
            self.error = error
            self.on_failure()  # otherwise the program would wait for a debugger forever

    def debug(self, client: CdpClient) -> None:
        say(f"attached to {self.url}")
        client.handlers["Debugger.scriptParsed"] = self.script_parsed
        client.call("Runtime.enable")
        client.call("Debugger.enable")
        # Nothing has run so far. With this the program goes on.
        client.call("Runtime.runIfWaitingForDebugger")

        stop = self.wait_for_stop(client, "the script is about to begin")
        for _ in range(3):
            stop = self.step(client, "stepOver")

        script_id = stop["callFrames"][0]["location"]["scriptId"]
        breakpoint_id = self.set_breakpoint(client, script_id)
        client.call("Debugger.resume")
        self.wait_for_stop(client, f"the breakpoint in {FUNCTION} was hit")
        for action in ("stepOver", "stepOver", "stepOver", "stepInto", "stepOut"):
            self.step(client, action)

        client.call("Debugger.removeBreakpoint", breakpointId=breakpoint_id)
        client.call("Debugger.resume")
        client.wait_for("Debugger.resumed")
        say("resumed; the program goes on by itself")

    def script_parsed(self, script: dict[str, Any]) -> None:
        self.urls[script["scriptId"]] = script["url"]

    def set_breakpoint(self, client: CdpClient, script_id: str) -> str:
        for number, line in enumerate(self.source(client, script_id)):
            if line.startswith(f"function {FUNCTION}("):
                location = {"scriptId": script_id, "lineNumber": number + 1}
                answer = client.call("Debugger.setBreakpoint", location=location)
                actual = answer["actualLocation"]["lineNumber"]
                say(f"breakpoint set in {FUNCTION}, line {actual + 1}; resumed")
                return str(answer["breakpointId"])
        raise CdpError(f"the script has no function {FUNCTION}")

    def step(self, client: CdpClient, action: str) -> dict[str, Any]:
        client.call(f"Debugger.{action}")
        return self.wait_for_stop(client, f"after {action}")

    def wait_for_stop(self, client: CdpClient, why: str) -> dict[str, Any]:
        """Waits until the program is paused and prints where."""
        stop = client.wait_for("Debugger.paused")
        frames = stop["callFrames"]
        top = frames[0]
        location = top["location"]
        number = location["lineNumber"]
        line = self.source(client, location["scriptId"])[number]
        say("")
        say(f"stopped: {why}")
        say(f"  at     {self.file_name(location['scriptId'])}:{number + 1}")
        say(f"  line   {line.strip()}")
        say(f"  stack  {' <- '.join(function_name(frame) for frame in frames)}")
        in_function = top["scopeChain"][0]["type"] in ("local", "block")
        for scope in top["scopeChain"]:
            if scope["type"] in (FUNCTION_SCOPES if in_function else SCRIPT_SCOPES):
                self.print_variables(client, scope)
        return stop

    def print_variables(self, client: CdpClient, scope: dict[str, Any]) -> None:
        answer = client.call(
            "Runtime.getProperties",
            objectId=scope["object"]["objectId"],
            ownProperties=True,
            generatePreview=True,
        )
        title = scope["type"]
        for variable in answer["result"]:
            value = variable.get("value", {})
            # Not shown: functions, and variables that have no value yet.
            if value.get("type") not in (None, "undefined", "function"):
                say(f"  {title:6} {variable['name']} = {display(value)}")
                title = ""

    def source(self, client: CdpClient, script_id: str) -> list[str]:
        if script_id not in self.sources:
            answer = client.call("Debugger.getScriptSource", scriptId=script_id)
            self.sources[script_id] = answer["scriptSource"].split("\n")
        return self.sources[script_id]

    def file_name(self, script_id: str) -> str:
        url = self.urls.get(script_id, "")
        return PurePosixPath(urlsplit(url).path).name or url or "(no name)"


def say(text: str) -> None:
    print(f"[debugger] {text}".rstrip(), flush=True)


def function_name(frame: dict[str, Any]) -> str:
    return frame["functionName"] or "(anonymous)"


def display(value: dict[str, Any]) -> str:
    """One line for a `Runtime.RemoteObject`."""
    if "preview" in value:
        return display_preview(value["preview"])
    if value.get("type") == "string":
        return repr(value["value"])
    return str(value["value"] if "value" in value else value.get("description"))


def display_preview(preview: dict[str, Any]) -> str:
    """An object or array the way the console shows it: its first few properties."""
    is_array = preview.get("subtype") == "array"
    parts = []
    for entry in preview["properties"]:
        text = repr(entry["value"]) if entry["type"] == "string" else entry["value"] or "function"
        parts.append(text if is_array else f"{entry['name']}: {text}")
    if preview["overflow"]:
        parts.append("...")
    opening, closing = "[]" if is_array else "{}"
    return opening + ", ".join(parts) + closing
