"""Unmodified debuggers of others: each attaches, breaks, steps, evaluates, profiles, leaves."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from dap import DapSession, Message
from inspected import attach, endpoints_of, inspected
from jsrun import Runtime
from waiting import in_thread, result, until

PROJECT = Path(__file__).parents[2]
CODE = """\
function main(a) {
  a = a + 1;
  return a;
}
main
"""


@pytest.fixture(scope="session")
def clients() -> Path:
    """The folder with the debuggers; fetched if they are not there."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("needs node and npm: see make setup")
    subprocess.run([PROJECT / "cmake/clients.sh"], check=True, timeout=600, env=environment())
    return PROJECT / "build/clients"


@pytest.fixture(params=[1, 3])
def runtimes(request) -> Iterator[list[Runtime]]:
    """One or three on one endpoint."""
    with ExitStack() as stack:
        found: list[Runtime] = []
        for n in range(request.param):
            port = endpoints_of(found[0]).port if found else 0
            config = inspected(port=port, display_name=f"runtime {n}")
            found.append(stack.enter_context(Runtime(config)))
        yield found


def run_node(clients: Path, script: str, host: str) -> Any:
    done = subprocess.run(
        ["node", PROJECT / "tests/clients" / script, host],
        env=environment(NODE_PATH=str(clients / "node_modules")),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def environment(**more: str) -> dict[str, str]:
    """For programs that are not Python: without the libraries that a sanitizer preloads."""
    inherited = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
    return {**inherited, **more}


SEEN = {"line": 1, "double": 40, "next": 2, "value": 21, "profiled": True}


def test_chrome_remote_interface(clients, runtimes):
    for runtime in runtimes:
        runtime.eval(CODE, filename="main.js")
    seen = run_node(clients, "chrome_remote_interface.cjs", endpoints_of(runtimes[0]).host)
    assert seen["browser"].startswith("jsrun/")
    assert seen["direct"] == SEEN
    assert seen["flat"] == [SEEN] * len(runtimes)
    assert [runtime.eval("main(1)") for runtime in runtimes] == [2] * len(runtimes)


def test_puppeteer(clients, runtimes):
    for runtime in runtimes:
        runtime.eval(CODE, filename="main.js")
    seen = run_node(clients, "puppeteer.cjs", endpoints_of(runtimes[0]).host)
    assert seen["version"].startswith("jsrun/")
    assert seen["targets"] == [SEEN] * len(runtimes)
    assert [runtime.eval("main(1)") for runtime in runtimes] == [2] * len(runtimes)


# --- VS Code --------------------------------------------------------------------------------------


class VsCode:
    """VS Code's debugger for JavaScript, with a workspace that has a main.js."""

    def __init__(self, clients: Path, workspace: Path) -> None:
        self.workspace = workspace
        self.main = workspace / "main.js"
        self.main.write_text(CODE)
        self._server = subprocess.Popen(
            ["node", clients / "js-debug/vsDebugServer.js", "0", "127.0.0.1"],
            stdout=subprocess.PIPE,
            text=True,
            env=environment(),
        )
        assert self._server.stdout is not None
        listening = self._server.stdout.readline()
        found = re.search(r":(\d+)\s*$", listening)
        assert found, listening
        self._port = int(found[1])
        self.sessions: dict[str, DapSession] = {}

    def start(self, **configuration: Any) -> DapSession:
        """Starts what a launch.json says; the sessions of runtimes follow."""
        session = DapSession(
            self._port,
            {"type": "pwa-node", "name": "main", "cwd": str(self.workspace), **configuration},
        )
        session.begin()
        session.configured()
        self.sessions["main"] = session
        return session

    def attach(self, **configuration: Any) -> DapSession:
        return self.start(request="attach", **configuration)

    def next_session(self, breakpoints: list[int], path: Path | None = None) -> DapSession:
        """The next session that js-debug requests."""
        session = self.sessions["main"].children.get(timeout=30)
        session.begin()
        self.set_breakpoints(session, breakpoints, path or self.main)
        session.configured()
        self.sessions[session.configuration["name"]] = session
        return session

    def set_breakpoints(self, session: DapSession, lines: list[int], path: Path) -> list[Message]:
        breakpoints = [{"line": line} for line in lines]
        answer = session.request(
            "setBreakpoints", source={"path": str(path)}, breakpoints=breakpoints
        )
        return answer["breakpoints"]

    def wait_until_set(self, session: DapSession, lines: list[int]) -> None:
        """Waits until breakpoints in main.js, which the runtime has compiled, are sure to stop.

        js-debug resumes a script that stops at a breakpoint whose id it does not know yet. For
        breakpoints that it knows, set or not, it answers with an empty list. So they are set anew
        here, and it answers when they are set.
        """
        session.event("loadedSource", self.is_main)

        def is_set() -> bool:
            self.set_breakpoints(session, [], self.main)
            answer = self.set_breakpoints(session, lines, self.main)
            return [breakpoint["verified"] for breakpoint in answer] == [True] * len(lines)

        until(is_set)

    def session(self, name: str, breakpoints: list[int], path: Path | None = None) -> DapSession:
        """The session of this name. Sessions that come before it are started too."""
        while name not in self.sessions:
            self.next_session(breakpoints, path)
        return self.sessions[name]

    def runtime_sessions(self, count: int, breakpoints: list[int]) -> list[DapSession]:
        """The sessions of runtimes that have compiled main.js, once js-debug has read it."""
        sessions = [self.session(f"runtime {n}", breakpoints) for n in range(count)]
        for session in sessions:
            self.wait_until_set(session, breakpoints)
        return sessions

    def is_main(self, body: Message) -> bool:
        """Whether an event is about main.js."""
        return body["source"].get("path") == str(self.main)

    def close(self) -> None:
        for session in self.sessions.values():
            session.close()
        self._server.kill()
        self._server.wait()
        assert self._server.stdout is not None
        self._server.stdout.close()


@pytest.fixture
def vscode(clients, tmp_path) -> Iterator[VsCode]:
    vscode = VsCode(clients, tmp_path)
    yield vscode
    vscode.close()


def stopped(session: DapSession) -> tuple[Message, Message]:
    """The next stop: the event, and the innermost frame."""
    event = session.event("stopped")
    trace = session.request("stackTrace", threadId=event["threadId"])
    return event, trace["stackFrames"][0]


def step_through(session: DapSession, main: Path, double: str) -> None:
    """Steps from the breakpoint in line 2 of main.js to its end."""
    event, frame = stopped(session)
    assert event["reason"] == "breakpoint"
    assert (frame["name"].rpartition(".")[2], frame["line"]) == ("main", 2)
    assert frame["source"]["path"] == str(main)
    answer = session.request("evaluate", expression="a * 2", frameId=frame["id"], context="repl")
    assert answer["result"] == double
    session.request("next", threadId=event["threadId"])
    event, frame = stopped(session)
    assert (event["reason"], frame["line"]) == ("step", 3)
    scopes = session.request("scopes", frameId=frame["id"])["scopes"]
    local = session.request("variables", variablesReference=scopes[0]["variablesReference"])
    assert str(int(double) // 2 + 1) in [
        variable["value"] for variable in local["variables"] if variable["name"] == "a"
    ]
    session.request("continue", threadId=event["threadId"])


def test_vscode_attaches_by_the_port(vscode, runtimes):
    """It shows all runtimes, also those that are made later."""
    functions = [runtime.eval(CODE, filename=str(vscode.main)) for runtime in runtimes]
    port = endpoints_of(runtimes[0]).port
    vscode.attach(address="127.0.0.1", port=port)
    sessions = vscode.runtime_sessions(len(runtimes), [2])
    calls = [in_thread(function, n * 10) for n, function in enumerate(functions)]
    for n, (session, call) in enumerate(zip(sessions, calls)):
        step_through(session, vscode.main, str(n * 20))
        assert result(call) == n * 10 + 1

    late_file = vscode.workspace / "late.js"
    late_file.write_text("var a = 1;\nvar b = a + 1;\nvar c = b + 1;\n")
    with Runtime(inspected(port=port, display_name="late", wait_for_connection=True)) as late:
        call = in_thread(lambda: late.eval(late_file.read_text() + "c", filename=str(late_file)))
        session = vscode.session("late", [3], late_file)
        event, frame = stopped(session)
        if (event["reason"], frame["line"]) == ("pause", 1):
            # js-debug sets a breakpoint of its own on a script's first statement. It takes that for
            # a `debugger` when the pause comes together with the answer with the breakpoint's id.
            session.request("continue", threadId=event["threadId"])
            event, frame = stopped(session)
        assert (frame["source"]["path"], frame["line"]) == (str(late_file), 3)
        session.request("continue", threadId=event["threadId"])
        assert result(call) == 3
    session.event("terminated")


def test_vscode_profiles(vscode, runtimes):
    main = runtimes[0].eval(CODE, filename=str(vscode.main))
    vscode.attach(address="127.0.0.1", port=endpoints_of(runtimes[0]).port)
    session = vscode.session("runtime 0", [])
    session.request("startProfile", type="cpu")
    for n in range(1000):
        main(n)
    file = session.event("profileStarted")["file"]
    session.request("stopProfile")
    session.event("profilerStateUpdate", lambda body: not body["running"])
    assert json.loads(Path(file).read_text())["nodes"]


def test_vscode_leaves_while_paused(vscode, runtimes):
    functions = [runtime.eval(CODE, filename=str(vscode.main)) for runtime in runtimes]
    main = vscode.attach(address="127.0.0.1", port=endpoints_of(runtimes[0]).port)
    sessions = vscode.runtime_sessions(len(runtimes), [2])
    calls = [in_thread(function, 1) for function in functions]
    for session in sessions:
        stopped(session)
    sessions[0].request("disconnect", terminateDebuggee=False)
    assert result(calls[0]) == 2
    for session in [vscode.sessions["Remote Process [0]"], main]:
        session.post("disconnect", terminateDebuggee=False)
    assert [result(call) for call in calls] == [2] * len(runtimes)
    assert [function(2) for function in functions] == [3] * len(runtimes)


def test_vscode_attaches_by_the_websocket(vscode, runtimes):
    """It attaches to one runtime only."""
    main = runtimes[-1].eval(CODE, filename=str(vscode.main))
    vscode.attach(websocketAddress=endpoints_of(runtimes[-1]).websocket_url)
    session = vscode.next_session([2])
    vscode.wait_until_set(session, [2])
    call = in_thread(main, 5)
    step_through(session, vscode.main, "10")
    assert result(call) == 6
    assert vscode.sessions["main"].children.empty()


def test_vscode_and_another_debugger_at_once(vscode, runtimes):
    """One steps and the other follows. When one leaves, the other goes on debugging."""
    runtime = runtimes[-1]
    main = runtime.eval(CODE, filename=str(vscode.main))
    vscode.attach(websocketAddress=endpoints_of(runtime).websocket_url)
    session = vscode.next_session([2])
    vscode.wait_until_set(session, [2])
    with attach(runtime) as other:
        other.send("Debugger.enable")
        call = in_thread(main, 5)
        assert stopped(session)[1]["line"] == 2
        assert other.paused()["callFrames"][0]["location"]["lineNumber"] == 1
        other.send("Debugger.stepOver")
        assert stopped(session)[1]["line"] == 3
        paused = other.paused()
        session.post("disconnect", terminateDebuggee=False)
        vscode.sessions["main"].post("disconnect", terminateDebuggee=False)
        session.event("terminated")
        assert other.evaluate_in_frame(paused, "a") == 6
        assert not call.done()
        other.send("Debugger.resume")
        assert result(call) == 6


def test_vscode_is_killed_while_paused(vscode, runtimes):
    main = runtimes[0].eval(CODE, filename=str(vscode.main))
    vscode.attach(address="127.0.0.1", port=endpoints_of(runtimes[0]).port)
    (session,) = vscode.runtime_sessions(1, [2])
    call = in_thread(main, 1)
    stopped(session)
    vscode.close()
    assert result(call) == 2


PROGRAM = """\
import sys
from pathlib import Path

import jsrun

path = Path(sys.argv[1])
config = jsrun.RuntimeConfig(inspector=jsrun.InspectorConfig(port=0, display_name="launched"))
with jsrun.Runtime(config) as runtime:
    main = runtime.eval(path.read_text(), filename=str(path))
    print("value:", main(20), flush=True)
"""


@pytest.mark.skipif("ASAN_OPTIONS" in os.environ, reason="node starts Python without it")
def test_vscode_launches_a_python_program(vscode):
    """As "Debug: JavaScript Debug Terminal" does: breakpoints are there from the start."""
    program = vscode.workspace / "program.py"
    program.write_text(PROGRAM)
    vscode.start(
        request="launch",
        runtimeExecutable=sys.executable,
        args=[str(program), str(vscode.main)],
        env={"PYTHONPATH": os.environ.get("PYTHONPATH", "")},
        console="internalConsole",
        outputCapture="std",
    )
    session = vscode.session("launched", [2])
    step_through(session, vscode.main, "40")
    session.event("terminated")
