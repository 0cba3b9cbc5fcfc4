"""Files that debuggers request: source maps, and the sources that they name."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsrun._requests
import pytest
from cdp import Client
from inspected import inspected
from jsrun import InspectorError, InspectorSession, Runtime, RuntimeConfig
from jsrun.loaders import FileLoader
from waiting import TIMEOUT, in_thread, result, until

URL = "https://shop.example/total.js.map"


@pytest.fixture
def session(runtime: Runtime) -> Iterator[InspectorSession]:
    with runtime.inspector_session(timeout=TIMEOUT) as session:
        yield session


def load(session: InspectorSession, url: str) -> dict[str, Any]:
    return session.send("Network.loadNetworkResource", url=url)["resource"]


def read_all(session: InspectorSession, stream: str) -> bytes:
    content = b""
    while True:
        chunk = session.send("IO.read", handle=stream)
        assert chunk["base64Encoded"]
        if chunk["eof"]:
            assert chunk["data"] == ""
            session.send("IO.close", handle=stream)
            return content
        content += base64.b64decode(chunk["data"])


def fetch(session: InspectorSession, url: str) -> bytes:
    resource = load(session, url)
    assert resource["success"], resource
    return read_all(session, resource["stream"])


def reason(session: InspectorSession, url: str) -> str:
    """The reason why a file cannot be loaded."""
    resource = load(session, url)
    assert not resource["success"] and "stream" not in resource
    assert resource["netError"] < 0
    return resource["netErrorName"]


# --- where files come from ------------------------------------------------------------------------


def test_a_static_module(runtime, session):
    runtime.add_static_module("dist/my total.js.map", '{"é": 1}')
    assert fetch(session, "jsrun://static/dist/my total.js.map") == '{"é": 1}'.encode()
    assert fetch(session, "jsrun://static/dist/my%20total.js.map") == '{"é": 1}'.encode()
    assert "no module loader" in reason(session, "jsrun://static/dist")


def test_a_module_of_the_loader(runtime, session):
    runtime.set_module_loader({URL: "{}"}.__getitem__)
    assert fetch(session, URL) == b"{}"
    assert "https://shop.example/none" in reason(session, "https://shop.example/none")


def test_without_a_loader(session):
    assert "no module loader" in reason(session, URL)
    assert "no module loader" in reason(session, "file:///etc/passwd")
    assert "no module loader" in reason(session, "")


def test_a_loader_that_fails(runtime, session):
    runtime.set_module_loader(lambda url: 7)
    assert "must return a str" in reason(session, URL)

    def fail(url):
        raise OSError("the line is dead")

    runtime.set_module_loader(fail)
    assert "the line is dead" in reason(session, URL)


def files(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "dist").mkdir(parents=True)
    (root / "dist" / "a.js.map").write_bytes(b"\xff{}")
    (root / "a.ts").write_text("let a: number")
    (tmp_path / "secret.map").write_text("secret")
    (root / "link.map").symlink_to(tmp_path / "secret.map")
    os.mkfifo(root / "pipe.map")
    return root


@pytest.mark.parametrize("way", ["module_root", "loader", "both"])
def test_files_beneath_the_module_root(tmp_path, way):
    root = files(tmp_path)
    config = RuntimeConfig(module_root=None if way == "loader" else root)
    with Runtime(config) as runtime, runtime.inspector_session(timeout=TIMEOUT) as session:
        if way == "loader":
            runtime.set_module_loader(FileLoader(root))
        if way == "both":
            runtime.set_module_loader(lambda url: f"of {url}")
            assert fetch(session, URL) == f"of {URL}".encode()
        assert fetch(session, (root / "dist" / "a.js.map").as_uri()) == b"\xff{}"
        assert fetch(session, root.as_uri() + "/dist/../a.ts?v=1") == b"let a: number"
        assert "cannot be read" in reason(session, (root / "none.map").as_uri())
        assert "cannot be read" in reason(session, (root / "dist").as_uri())
        assert fetch(session, (root / "pipe.map").as_uri()) == b""


@pytest.mark.parametrize("way", ["config", "loader"])
@pytest.mark.parametrize(
    "path",
    ["/link.map", "/../secret.map", "/%2e%2e/secret.map", "/%2e%2e%2fsecret.map", "/\0"],
)
def test_no_file_outside_the_module_root(tmp_path, path, way):
    root = files(tmp_path)
    config = RuntimeConfig(module_root=root if way == "config" else None)
    with Runtime(config) as runtime, runtime.inspector_session(timeout=TIMEOUT) as session:
        if way == "loader":
            runtime.set_module_loader(FileLoader(root))
        assert "net::ERR_FAILED" in reason(session, root.as_uri() + path)
        assert "outside the module root" in reason(session, "file:///etc/passwd")
        assert "another machine" in reason(session, f"file://example.org{root}/a.ts")


def test_an_async_loader_without_a_loop(runtime, session):
    async def load(url):
        await asyncio.sleep(0)
        return url

    runtime.set_module_loader(load)
    assert fetch(session, URL) == URL.encode()


def test_an_async_loader_runs_in_its_loop(runtime):
    asked: list[Any] = []

    async def load(url):
        asked.append((url, asyncio.get_running_loop()))
        await asyncio.sleep(0)
        if url.endswith(".bad"):
            raise OSError("the line is dead")
        return "export default 1"

    async def main():
        runtime.set_module_loader(load)
        await runtime.eval_module_async("shop.js")
        with runtime.inspector_session(timeout=TIMEOUT) as session:
            assert await asyncio.to_thread(fetch, session, URL) == b"export default 1"
            assert "the line is dead" in await asyncio.to_thread(reason, session, "a.bad")
        assert asked == [(url, asyncio.get_running_loop()) for url in ("shop.js", URL, "a.bad")]

    asyncio.run(main())
    # That loop has ended.
    with runtime.inspector_session(timeout=TIMEOUT) as session:
        assert fetch(session, URL) == b"export default 1"


# --- reading --------------------------------------------------------------------------------------


def test_piece_by_piece(runtime, session):
    runtime.add_static_module("a.map", "0123456789")
    stream = load(session, "jsrun://static/a.map")["stream"]

    def read(**where: int) -> tuple[bytes, bool]:
        chunk = session.send("IO.read", handle=stream, **where)
        return base64.b64decode(chunk["data"]), chunk["eof"]

    assert read(size=4) == (b"0123", False)
    assert read(size=4) == (b"4567", False)
    assert read(offset=2, size=3) == (b"234", False)
    assert read() == (b"56789", False)
    assert read() == (b"", True)
    assert read(offset=100) == (b"", True)
    assert read(offset=9) == (b"9", False)
    session.send("IO.close", handle=stream)
    for method in ("IO.read", "IO.close"):
        with pytest.raises(InspectorError, match="Invalid stream handle"):
            session.send(method, handle=stream)


def test_a_large_file_comes_in_pieces(runtime, session):
    text = "x" * (jsrun._requests.CHUNK_BYTES * 2 + 5)
    runtime.set_module_loader(lambda url: text)
    resource = load(session, URL)
    chunk = session.send("IO.read", handle=resource["stream"], offset=0, size=2**31)
    assert len(base64.b64decode(chunk["data"])) == jsrun._requests.CHUNK_BYTES
    session.send("IO.read", handle=resource["stream"], offset=0, size=0)
    assert read_all(session, resource["stream"]) == text.encode()


def test_a_stream_belongs_to_its_session(runtime, session):
    runtime.add_static_module("a.map", "{}")
    stream = load(session, "jsrun://static/a.map")["stream"]
    with (
        runtime.inspector_session(timeout=TIMEOUT) as other,
        pytest.raises(InspectorError, match="Invalid stream handle"),
    ):
        other.send("IO.read", handle=stream)
    assert read_all(session, stream) == b"{}"


def test_sizes_are_bounded(runtime, session, monkeypatch, tmp_path):
    monkeypatch.setattr(jsrun._requests, "RESOURCE_BYTES", 1000)
    monkeypatch.setattr(jsrun._requests, "OPEN_BYTES", 2500)
    (tmp_path / "large.map").write_bytes(b"x" * 1001)
    (tmp_path / "right.map").write_bytes(b"x" * 1000)
    runtime.set_module_loader(FileLoader(tmp_path))
    assert "more than 1000 bytes" in reason(session, (tmp_path / "large.map").as_uri())
    runtime.add_static_module("large.map", "é" * 501)
    assert "more than 1000 bytes" in reason(session, "jsrun://static/large.map")

    right = (tmp_path / "right.map").as_uri()
    streams = [load(session, right)["stream"] for _ in range(2)]
    assert "INSUFFICIENT_RESOURCES" in reason(session, right)
    session.send("IO.close", handle=streams[0])
    assert len(fetch(session, right)) == 1000


def test_loads_are_bounded(runtime, session, monkeypatch):
    monkeypatch.setattr(jsrun._requests, "LOADS_MAX", 3)
    loading, go_on = threading.Semaphore(0), threading.Event()

    def load(url):
        loading.release()
        go_on.wait()
        return ""

    runtime.set_module_loader(load)
    count = jsrun._requests.THREADS_MAX
    first = [session.post("Network.loadNetworkResource", url=URL) for _ in range(count)]
    for _ in first:
        assert loading.acquire(timeout=TIMEOUT)
    waiting = [session.post("Network.loadNetworkResource", url=URL) for _ in range(3)]
    assert "3 files are being loaded" in reason(session, URL)
    go_on.set()
    for future in first + waiting:
        assert future.result(TIMEOUT)["resource"]["success"]


# --- at any moment --------------------------------------------------------------------------------


def test_while_paused(runtime, session):
    runtime.set_module_loader(lambda url: f"of {url}")
    session.send("Debugger.enable")
    caller = in_thread(runtime.eval, "debugger; 1")
    session.wait_for("Debugger.paused")
    assert fetch(session, URL) == f"of {URL}".encode()
    assert runtime.is_paused
    session.send("Debugger.resume")
    result(caller)


@pytest.mark.parametrize("attached", [True, False], ids=["attached before", "attached later"])
def test_while_javascript_runs(runtime, attached):
    runtime.set_module_loader(lambda url: f"of {url}")
    running = threading.Event()
    runtime.bind_function("begin", running.set)
    session = runtime.inspector_session(timeout=TIMEOUT) if attached else None
    caller = in_thread(runtime.eval, "begin(); while (!globalThis.enough);")
    assert running.wait(TIMEOUT)
    with session or runtime.inspector_session(timeout=TIMEOUT) as session:
        assert fetch(session, URL) == f"of {URL}".encode()
        session.send("Runtime.evaluate", expression="enough = true")
        result(caller)


def test_from_a_handler(runtime, session):
    """JavaScript has called the handler, whose thread waits for the answer."""
    runtime.set_module_loader(lambda url: f"of {url}")
    runtime.bind_function("fetch", lambda: fetch(session, URL).decode())
    assert runtime.eval("fetch()") == f"of {URL}"


def test_javascript_and_the_debugger_go_on_while_a_loader_takes_its_time(runtime, session):
    loading, go_on = threading.Event(), threading.Event()

    def load(url):
        loading.set()
        go_on.wait()
        return "{}"

    runtime.set_module_loader(load)
    answer = session.post("Network.loadNetworkResource", url=URL)
    assert loading.wait(TIMEOUT)
    assert runtime.eval("6 * 7") == 42
    assert session.send("Runtime.evaluate", expression="1 + 1")["result"]["value"] == 2
    assert not answer.done()
    go_on.set()
    assert read_all(session, answer.result(TIMEOUT)["resource"]["stream"]) == b"{}"


@pytest.mark.parametrize("end", ["session", "runtime"])
def test_closing_does_not_wait_for_a_loader(end):
    loading, go_on, loaded = threading.Event(), threading.Event(), threading.Event()

    def load(url):
        loading.set()
        go_on.wait()
        loaded.set()
        return "{}"

    runtime = Runtime()
    runtime.set_module_loader(load)
    session = runtime.inspector_session(timeout=TIMEOUT)
    session.post("Network.loadNetworkResource", url=URL)
    assert loading.wait(TIMEOUT)
    (session if end == "session" else runtime).close()
    go_on.set()
    assert loaded.wait(TIMEOUT)
    session.close()
    runtime.close()


def test_no_threads_are_left(runtime):
    import _thread

    runtime.add_static_module("a.map", "{}")
    before = _thread._count()
    for _ in range(5):
        with runtime.inspector_session(timeout=TIMEOUT) as session:
            assert fetch(session, "jsrun://static/a.map") == b"{}"
    until(lambda: _thread._count() <= before)


# --- over the socket ------------------------------------------------------------------------------


@pytest.fixture
def endpoints() -> Iterator[Any]:
    with Runtime(inspected()) as runtime:
        runtime.add_static_module("a.map", "{}")
        yield runtime.inspector_endpoints()


def test_by_a_session_of_the_process(endpoints):
    with Client(endpoints.process_websocket_url) as root:
        session = root.send("Target.attachToTarget", targetId=endpoints.id, flatten=True)
        request = {
            "id": 1000,
            "sessionId": session["sessionId"],
            "method": "Network.loadNetworkResource",
            "params": {"url": "jsrun://static/a.map"},
        }
        root._socket.send(json.dumps(request))
        assert root.answer(1000)["resource"]["success"]


def raw(client: Client, text: str) -> dict[str, Any]:
    client._socket.send(text)
    return client.message()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"id": 1, "method": "IO.read", "params": []}', -32602),
        ('{"id": 1, "method": "IO.read", "params": {"handle": "\\ud800"}}', -32602),
        ('{"id": 1, "method": "IO.read", "params": {"handle": "x", "offset": -1}}', -32602),
        ('{"id": 1, "method": "IO.read"}', -32602),
        ('{"id": 1, "method": "IO.read", "params": {', -32700),
        ('{"id": 1.5, "method": "IO.read", "params": {}}', -32600),
        ('{"id": 4294967296, "method": "IO.read", "params": {}}', -32600),
        ('{"method": "IO.read", "params": {}}', -32600),
        ('{"id": 1, "method": "IO.write"}', -32601),
        ('{"id": 1, "params": {"method": "IO.read"}, "method": "No.such"}', -32601),
        ('{"id": 1, "method": "IO.read", "params": ' + "[" * 30000 + "]" * 30000 + "}", None),
        ('{"id": 1, "method": "IO.read", "params": {"handle": "' + "x" * 70000 + '"}}', None),
    ],
)
def test_invalid_requests(endpoints, text, code):
    with Client(endpoints.websocket_url) as client:
        error = raw(client, text)["error"]
        assert code is None or error["code"] == code
        assert client.evaluate("6 * 7") == 42
