"""The root, whose clients see all runtimes of an endpoint: the domains Target and NodeWorker."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from cdp import CdpError, Client, fetch, targets
from cdp_root import Root, Session, WrappedSession, attach_all, root_url
from inspected import attach, endpoints_of, inspected, loop_in_thread
from jsrun import InspectorConfig, Runtime
from waiting import in_thread, result


@pytest.fixture(params=[1, 3])
def runtimes(request) -> Iterator[list[Runtime]]:
    """One or three on one endpoint."""
    with ExitStack() as stack:
        first = stack.enter_context(Runtime(inspected(display_name="runtime 0")))
        port = endpoints_of(first).port
        others = [
            stack.enter_context(Runtime(inspected(port=port, display_name=f"runtime {n}")))
            for n in range(1, request.param)
        ]
        yield [first, *others]


@pytest.fixture
def root(runtimes) -> Iterator[Root]:
    with Root(root_url(endpoints_of(runtimes[0]).host)) as root:
        yield root


KINDS = ["flat", "wrapped", "worker"]
AUTOMATIC = ["flat", "worker"]


# --- what the root offers -------------------------------------------------------------------------


def test_the_url_of_the_root(runtimes):
    endpoints = endpoints_of(runtimes[0])
    url = root_url(endpoints.host)
    assert url == endpoints.process_websocket_url
    assert url.startswith(f"ws://{endpoints.host}/ws/")
    assert url.removeprefix("ws://") in endpoints.process_devtools_frontend_url
    assert endpoints.process_devtools_frontend_url in fetch(endpoints.host, "/")[
        1
    ].decode().replace("&amp;", "&")
    listed = targets(endpoints.host)
    assert len(listed) == len(runtimes)
    assert url not in [target["webSocketDebuggerUrl"] for target in listed]


def test_the_first_listed_target_can_be_debugged(runtimes):
    first = targets(endpoints_of(runtimes[0]).host)[0]
    with Client(first["webSocketDebuggerUrl"]) as client:
        assert client.evaluate("1 + 1") == 2


def test_targets_are_listed(runtimes, root):
    infos = root.send("Target.getTargets")["targetInfos"]
    assert [info["targetId"] for info in infos] == [endpoints_of(r).id for r in runtimes]
    assert {info["type"] for info in infos} == {"node"}
    assert not any(info["attached"] for info in infos)
    with attach(runtimes[0]):
        info = root.send("Target.getTargetInfo", targetId=infos[0]["targetId"])["targetInfo"]
        assert info == {**infos[0], "attached": True}
    own = root.send("Target.getTargetInfo")["targetInfo"]
    assert own["type"] == "browser"


def test_version(root):
    version = root.send("Browser.getVersion")
    assert version["product"].startswith("jsrun/")
    assert version["protocolVersion"] == "1.3"


def test_the_protocol_is_described(runtimes, root):
    """Every command of it is understood, also without its parameters."""
    described = json.loads(fetch(endpoints_of(runtimes[0]).host, "/json/protocol")[1])
    domains = {domain["domain"]: domain for domain in described["domains"]}
    assert {"Browser", "Debugger", "NodeWorker", "Runtime", "Target"} <= set(domains)
    for name in ["Browser", "NodeWorker", "Target"]:
        for command in domains[name]["commands"]:
            answer = root.post_text(json.dumps({"id": 1, "method": f"{name}.{command['name']}"}))
            needed = [p for p in command.get("parameters", []) if not p.get("optional")]
            assert answer.get("error", {}).get("code") in ({-32602} if needed else {None, -32602})


# --- debugging ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_every_runtime_is_paused_on_its_own(runtimes, root, kind):
    found = attach_all(root, kind, len(runtimes))
    assert sorted(found) == [f"runtime {n}" for n in range(len(runtimes))]
    for session in found.values():
        session.send("Runtime.enable")
        session.send("Debugger.enable")
    futures = [
        in_thread(runtime.eval, f"var who = {n}; debugger; who")
        for n, runtime in enumerate(runtimes)
    ]
    pauses = {n: found[f"runtime {n}"].event("Debugger.paused") for n in range(len(runtimes))}
    for n, paused in reversed(pauses.items()):
        session = found[f"runtime {n}"]
        assert session.evaluate_in_frame(paused, "who") == n
        session.evaluate_in_frame(paused, f"who = {n} + 10")
        assert not futures[n].done()
        session.send("Debugger.resume")
        assert result(futures[n]) == n + 10
        for other in range(n):
            assert not futures[other].done()


@pytest.mark.parametrize("kind", KINDS)
def test_one_runtime_loops_and_the_others_answer(runtimes, root, kind):
    found = attach_all(root, kind, len(runtimes))
    future = loop_in_thread(runtimes[0])
    for n in range(1, len(runtimes)):
        assert found[f"runtime {n}"].evaluate("6 * 7") == 42
    looping = found["runtime 0"]
    looping.send("Debugger.enable")
    looping.send("Debugger.pause")
    looping.evaluate_in_frame(looping.event("Debugger.paused"), "go = false")
    looping.send("Debugger.resume")
    assert result(future) == "stopped"


@pytest.mark.parametrize("kind", KINDS)
def test_leaving_ends_all_pauses(runtimes, kind):
    client = Root(root_url(endpoints_of(runtimes[0]).host))
    found = attach_all(client, kind, len(runtimes))
    for session in found.values():
        session.send("Debugger.enable")
    futures = [in_thread(runtime.eval, "debugger; 'went on'") for runtime in runtimes]
    for session in found.values():
        session.event("Debugger.paused")
    client.vanish()
    assert [result(future) for future in futures] == ["went on"] * len(runtimes)


@pytest.mark.parametrize("kind", KINDS)
def test_text_of_every_kind_gets_through(runtimes, root, kind):
    session = attach_all(root, kind, len(runtimes))["runtime 0"]
    text = 'quote " backslash \\ line\n tab\t nul\0 é 字 \U0001f600 \u2028 </script>'
    assert session.evaluate(json.dumps(text)) == text
    assert len(session.evaluate("'x'.repeat(1000000)")) == 1_000_000


@pytest.mark.parametrize("kind", AUTOMATIC)
def test_runtimes_come_and_go(runtimes, root, kind):
    attach_all(root, kind, len(runtimes))
    port = endpoints_of(runtimes[0]).port
    for _ in range(3):
        with Runtime(inspected(port=port, display_name="late")):
            event = root.attached_worker() if kind == "worker" else root.attached()
            info = event["workerInfo" if kind == "worker" else "targetInfo"]
            assert info["title"] == "late"
            assert event["waitingForDebugger"] is False
        gone = root.event(
            "NodeWorker.detachedFromWorker" if kind == "worker" else "Target.detachedFromTarget"
        )
        assert gone["sessionId"] == event["sessionId"]


def test_the_root_closes_with_the_last_runtime(runtimes, root):
    root.auto_attach()
    for runtime in runtimes:
        runtime.close()
    assert root.until_closed() == 1001


# --- new runtimes wait ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", AUTOMATIC)
def test_a_new_runtime_waits_for_the_client(runtimes, root, kind):
    if kind == "worker":
        root.send("NodeWorker.enable", waitForDebuggerOnStart=True)
    else:
        root.auto_attach(wait=True)
    for _ in runtimes:
        event = root.attached_worker() if kind == "worker" else root.attached()
        assert event["waitingForDebugger"] is False
    config = inspected("var a = 1;\nvar b = 2;", port=endpoints_of(runtimes[0]).port)
    with Runtime(config) as late:
        event = root.attached_worker() if kind == "worker" else root.attached()
        assert event["waitingForDebugger"] is True
        session = Session(root, event["sessionId"])
        if kind == "worker":
            session = WrappedSession(root, event["sessionId"], "NodeWorker")
        future = in_thread(late.eval, "a + b")
        session.send("Debugger.enable")
        session.send("Debugger.setBreakpointByUrl", url="bootstrap.js", lineNumber=1)
        session.send("Runtime.runIfWaitingForDebugger")
        paused = session.event("Debugger.paused")
        assert session.evaluate_in_frame(paused, "a") == 1
        session.send("Debugger.resume")
        assert result(future) == 3


def test_a_client_that_leaves_lets_new_runtimes_go(runtimes):
    port = endpoints_of(runtimes[0]).port
    clients = [Root(root_url(endpoints_of(runtimes[0]).host)) for _ in range(2)]
    for client in clients:
        client.auto_attach(wait=True)
    with Runtime(inspected("var a = 1", port=port)) as late:
        future = in_thread(late.eval, "a")
        clients[0].vanish()
        clients[1].send("Browser.getVersion")
        assert not future.done()
        clients[1].close()
        assert result(future) == 1


def test_a_client_that_leaves_does_not_release_waiting_runtimes(runtimes):
    port = endpoints_of(runtimes[0]).port
    with Root(root_url(endpoints_of(runtimes[0]).host)) as client:
        client.auto_attach(wait=True)
        late = Runtime(inspected("var a = 1", port=port, wait_for_connection=True))
        future = in_thread(late.eval, "a")
    with attach(late) as other:
        other.send("Runtime.enable")
        assert not future.done()
        other.send("Runtime.runIfWaitingForDebugger")
        assert result(future) == 1
    late.close()


# --- sessions by name -----------------------------------------------------------------------------


def test_attaching_by_name(runtimes, root):
    target = endpoints_of(runtimes[-1]).id
    flat = root.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    event = root.attached()
    assert (event["sessionId"], event["targetInfo"]["targetId"]) == (flat, target)
    wrapped = root.send("Target.attachToTarget", targetId=target)["sessionId"]
    assert wrapped != flat
    Session(root, flat).evaluate("var x = 20")
    assert WrappedSession(root, wrapped, "Target").evaluate("x + 1") == 21
    root.send("Target.detachFromTarget", sessionId=flat)
    assert root.event("Target.detachedFromTarget")["sessionId"] == flat
    with pytest.raises(CdpError, match="Session with given id not found"):
        Session(root, flat).evaluate("1")
    root.send("Target.detachFromTarget", targetId=target)
    assert root.event("Target.detachedFromTarget")["sessionId"] == wrapped
    assert runtimes[-1].eval("x") == 20


def test_detaching_while_paused(runtimes, root):
    target = endpoints_of(runtimes[0]).id
    id = root.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    session = Session(root, id)
    session.send("Debugger.enable")
    future = in_thread(runtimes[0].eval, "debugger; 'went on'")
    session.event("Debugger.paused")
    root.send("Target.detachFromTarget", sessionId=id)
    assert result(future) == "went on"


def test_discovering(runtimes, root):
    root.send("Target.setDiscoverTargets", discover=True)
    told = [root.event("Target.targetCreated")["targetInfo"] for _ in runtimes]
    assert [info["targetId"] for info in told] == [endpoints_of(r).id for r in runtimes]
    with Runtime(inspected(port=endpoints_of(runtimes[0]).port, display_name="late")) as late:
        info = root.event("Target.targetCreated")["targetInfo"]
        assert (info["title"], info["targetId"]) == ("late", endpoints_of(late).id)
    assert root.event("Target.targetDestroyed")["targetId"] == info["targetId"]
    root.send("Target.setDiscoverTargets", discover=False)
    with Runtime(inspected(port=endpoints_of(runtimes[0]).port)):
        root.no_event("Target.targetCreated")


def test_turning_auto_attach_off(runtimes, root):
    found = attach_all(root, "flat", len(runtimes))
    named = root.send("Target.attachToTarget", targetId=endpoints_of(runtimes[0]).id, flatten=True)[
        "sessionId"
    ]
    root.auto_attach(attach=False)
    gone = {root.event("Target.detachedFromTarget")["sessionId"] for _ in runtimes}
    assert gone == {session.id for session in found.values()}
    assert Session(root, named).evaluate("1") == 1
    with Runtime(inspected(port=endpoints_of(runtimes[0]).port)):
        root._events.clear()
        root.no_event("Target.attachedToTarget")


def test_turning_workers_off(runtimes, root):
    found = attach_all(root, "worker", len(runtimes))
    first = found.popitem()[1]
    root.send("NodeWorker.detach", sessionId=first.id)
    assert root.event("NodeWorker.detachedFromWorker")["sessionId"] == first.id
    root.send("NodeWorker.disable")
    gone = {root.event("NodeWorker.detachedFromWorker")["sessionId"] for _ in found}
    assert gone == {session.id for session in found.values()}


def test_a_worker_detaches_itself(runtimes, root):
    """By a wrapped message, as VS Code does."""
    session = attach_all(root, "worker", len(runtimes))["runtime 0"]
    session.send("Debugger.enable")
    future = in_thread(runtimes[0].eval, "debugger; 'went on'")
    session.event("Debugger.paused")
    assert session.send("NodeWorker.detach", sessionId="whatever") == {}
    assert root.event("NodeWorker.detachedFromWorker")["sessionId"] == session.id
    assert result(future) == "went on"


def test_opening_and_closing_the_inspector(runtimes, root):
    root.auto_attach()
    with Runtime() as late:
        for _ in runtimes:
            root.attached()
        config = InspectorConfig(port=endpoints_of(runtimes[0]).port, display_name="opened")
        for _ in range(2):
            late.open_inspector(config)
            event = root.attached()
            assert event["targetInfo"]["title"] == "opened"
            late.close_inspector()
            assert root.event("Target.detachedFromTarget")["sessionId"] == event["sessionId"]


# --- invalid requests -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", -32700),
        ("{", -32700),
        ('{"id":1,"method":"Browser.getVersion"', -32700),
        ("[" * 100_000, -32700),
        ("[]", -32600),
        ("17", -32600),
        ("{}", -32600),
        ('{"id":"1","method":"Browser.getVersion"}', -32600),
        ('{"id":1.5,"method":"Browser.getVersion"}', -32600),
        ('{"id":1}', -32600),
        ('{"id":1,"method":2}', -32600),
        ('{"id":1,"method":"Browser.getVersion","params":[]}', -32600),
        ('{"id":1,"method":"Browser.close"}', -32601),
        ('{"id":1,"method":"Target.createTarget","params":{"url":"x"}}', -32601),
        ('{"id":1,"method":"Browser.getVersion","sessionId":"nobody"}', -32001),
        ('{"id":1,"method":"Browser.getVersion","sessionId":17}', -32001),
        ('{"id":1,"method":"Target.setAutoAttach"}', -32602),
        ('{"id":1,"method":"Target.setDiscoverTargets","params":{"discover":1}}', -32602),
        ('{"id":1,"method":"Target.attachToTarget","params":{"targetId":"nobody"}}', -32602),
        ('{"id":1,"method":"Target.attachToTarget","params":{"targetId":{}}}', -32602),
        ('{"id":1,"method":"Target.detachFromTarget","params":{}}', -32602),
        ('{"id":1,"method":"Target.sendMessageToTarget","params":{"message":"{}"}}', -32602),
        ('{"id":1,"method":"NodeWorker.enable","params":{}}', -32602),
        ('{"id":1,"method":"NodeWorker.detach","params":{"sessionId":"nobody"}}', -32602),
        ('{"id":1,"method":"Runtime.evaluate","params":{"expression":"1"}}', -32000),
        ("\U0001f600", -32700),
    ],
)
def test_invalid_requests(text, code):
    with Runtime(inspected()) as runtime, Root(root_url(endpoints_of(runtime).host)) as root:
        answer = root.post_text(text)
        assert answer["error"]["code"] == code
        assert answer["error"]["message"]
        is_numbered = code != -32700 and re.search('"id":1[,}]', text)
        assert answer.get("id") == (1 if is_numbered else None)
        assert root.send("Browser.getVersion")


def test_invalid_messages_inside_messages(runtimes, root):
    session = attach_all(root, "worker", len(runtimes))["runtime 0"]
    for message in ["", "{", "[]", '{"id":1,"method":"No.such"}', "\0"]:
        root.send("NodeWorker.sendMessageToWorker", sessionId=session.id, message=message)
        received = root.event("NodeWorker.receivedMessageFromWorker")
        assert "error" in json.loads(received["message"])
    assert session.evaluate("1 + 1") == 2


def test_methods_that_every_target_answers(root):
    """Clients send these before they look at the children."""
    for method in ["Runtime.enable", "Profiler.enable", "HeapProfiler.enable", "Console.enable"]:
        assert root.send(method) == {}
    assert root.send("Debugger.enable")["debuggerId"]
    assert root.send("Runtime.runIfWaitingForDebugger") == {}
    one = root.send("Debugger.setBreakpointByUrl", url="x.js", lineNumber=1)
    two = root.send("Debugger.setBreakpointByUrl", url="x.js", lineNumber=2)
    assert one["breakpointId"] != two["breakpointId"]
    assert one["locations"] == []


def test_a_client_that_never_reads_holds_up_only_itself(runtimes):
    """Its requests are no longer read, so their answers do not fill the memory."""
    host = endpoints_of(runtimes[0]).host
    greedy = Root(root_url(host))
    stop = threading.Event()

    def ask() -> None:
        try:
            while not stop.is_set():
                greedy._socket.socket.send(frame)
        except OSError:
            pass

    text = json.dumps({"id": 1, "method": "Target.getTargets"}).encode()
    frame = bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text
    asking = in_thread(ask)
    with Root(root_url(host)) as other:
        for _ in range(100):
            assert other.send("Target.getTargets")
    stop.set()
    greedy.vanish()
    result(asking)
