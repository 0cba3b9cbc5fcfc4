"""The endpoints of the inspector, and which requests it admits."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import jsrun
import pytest
from cdp import fetch, targets
from inspected import attach, endpoints_of, inspected
from jsrun import (
    InspectorEndpoints,
    JavaScriptError,
    Runtime,
)
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect


@pytest.fixture
def runtime() -> Iterator[Runtime]:
    with Runtime(inspected()) as runtime:
        yield runtime


# --- endpoints ------------------------------------------------------------------------------------


def test_no_inspector_no_endpoints():
    with Runtime() as runtime:
        assert runtime.inspector_endpoints() is None


def test_endpoints():
    config = inspected(display_name="my app", target_url="app://main")
    with Runtime(config) as runtime:
        endpoints = endpoints_of(runtime)
        assert isinstance(endpoints, InspectorEndpoints)
        assert endpoints.port > 0
        assert endpoints.host == f"127.0.0.1:{endpoints.port}"
        assert endpoints.websocket_url.startswith(f"ws://{endpoints.host}/")
        assert endpoints.id in endpoints.websocket_url
        assert endpoints.id in endpoints.devtools_frontend_url
        assert endpoints.devtools_frontend_url.startswith("devtools://")
        assert (endpoints.title, endpoints.target_url) == ("my app", "app://main")
        assert runtime.inspector_endpoints() == endpoints
    assert runtime.inspector_endpoints() == endpoints


def test_the_target_is_listed(runtime):
    endpoints = endpoints_of(runtime)
    (target,) = targets(endpoints.host)
    assert target["id"] == endpoints.id
    assert target["type"] == "node"
    assert target["title"] == endpoints.title
    assert target["webSocketDebuggerUrl"] == endpoints.websocket_url
    status, version = fetch(endpoints.host, "/json/version")
    assert status == 200
    assert jsrun._jsrun.v8_version.encode() in version


def test_two_runtimes_share_an_endpoint():
    with Runtime(inspected(display_name="one")) as one:
        port = endpoints_of(one).port
        with Runtime(inspected(port=port, display_name="two")) as two:
            host = endpoints_of(one).host
            assert endpoints_of(two).host == host
            assert {target["title"] for target in targets(host)} == {"one", "two"}
            one.eval("var who = 'one'")
            two.eval("var who = 'two'")
            with attach(one) as to_one, attach(two) as to_two:
                assert to_one.evaluate("who") == "one"
                assert to_two.evaluate("who") == "two"
        assert [target["title"] for target in targets(host)] == ["one"]


def test_a_port_is_free_after_the_last_runtime():
    runtime = Runtime(inspected())
    port = endpoints_of(runtime).port
    runtime.close()
    with Runtime(inspected(port=port)) as again:
        assert endpoints_of(again).port == port


def test_a_port_that_is_taken():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(RuntimeError, match=f"127.0.0.1:{port}"):
            Runtime(inspected(port=port))


def test_an_address_that_is_not_this_machine():
    with pytest.raises(RuntimeError, match="192.0.2.1"):
        Runtime(inspected(host="192.0.2.1", allow_remote=True))


def test_an_address_beyond_loopback_needs_allow_remote():
    with pytest.raises(RuntimeError, match="0.0.0.0"):
        Runtime(inspected(host="0.0.0.0"))
    with Runtime(inspected(host="0.0.0.0", allow_remote=True)) as runtime:
        host = f"127.0.0.1:{endpoints_of(runtime).port}"
        assert fetch(host, "/json/list")[0] == 401


def test_a_failed_bootstrap_frees_the_port():
    with Runtime(inspected()) as runtime:
        port = endpoints_of(runtime).port
    with pytest.raises(JavaScriptError):
        Runtime(inspected("throw 1", port=port))
    with Runtime(inspected(port=port)):
        pass


# --- foreign hosts and origins --------------------------------------------------------------------


def test_a_foreign_host_is_refused(runtime):
    host = endpoints_of(runtime).host
    assert fetch(host, "/json/list", Host="evil.example")[0] == 403
    assert fetch(host, "/json/list", Host="localhost")[0] == 200


def test_a_foreign_origin_is_refused(runtime):
    url = endpoints_of(runtime).websocket_url
    for headers in [{"origin": "https://evil.example"}, {"origin": "http://localhost:8000"}]:
        with pytest.raises(InvalidStatus) as refused:
            connect(url, **headers)
        assert refused.value.response.status_code == 403
    with connect(url, origin="devtools://devtools"):
        pass


def test_an_unknown_target_is_refused(runtime):
    endpoints = endpoints_of(runtime)
    url = endpoints.websocket_url.replace(endpoints.id, "00000000-0000-4000-8000-000000000000")
    with pytest.raises(InvalidStatus):
        connect(url)
