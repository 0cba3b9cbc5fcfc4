"""The access token of an inspector."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cdp import Client, fetch, targets
from cdp_root import root_url
from inspected import endpoints_of, inspected
from jsrun import InspectorConfig, InspectorEndpoints, Runtime
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

TOKEN = "correct-horse.battery_staple~1"
PATHS = ["/", "/json", "/json/list", "/json/version", "/json/protocol", "/no/such/path"]


@pytest.fixture
def runtime() -> Iterator[Runtime]:
    with Runtime(inspected(access_token=TOKEN)) as runtime:
        yield runtime


@pytest.fixture
def endpoints(runtime) -> InspectorEndpoints:
    return endpoints_of(runtime)


def handshake_status(url: str, **headers: Any) -> int:
    """The status with which a WebSocket handshake is refused."""
    with pytest.raises(InvalidStatus) as refused:
        connect(url, **headers)
    return refused.value.response.status_code


# --- refused requests -----------------------------------------------------------------------------

WRONG = [
    "",
    "?",
    "?access_token",
    "?access_token=",
    f"?access_token={TOKEN[:-1]}",
    f"?access_token={TOKEN}x",
    f"?access_token={TOKEN.upper()}",
    f"?access_token=wrong&access_token={TOKEN}",
    f"?ACCESS_TOKEN={TOKEN}",
    f"?token={TOKEN}",
    f"?x=access_token={TOKEN}",
    f"?access_token={'x' * 128}",
    f"?access_token={'x' * 1000}",
]


@pytest.mark.parametrize("query", WRONG)
def test_requests_without_the_token(endpoints, query):
    for path in PATHS:
        status, body = fetch(endpoints.host, path + query)
        assert status == 401, path
        assert TOKEN.encode() not in body
        assert endpoints.id.encode() not in body


@pytest.mark.parametrize("query", WRONG)
def test_clients_without_the_token(endpoints, query):
    for url in [endpoints.websocket_url, endpoints.process_websocket_url]:
        assert handshake_status(url.partition("?")[0] + query) == 401
    unknown = f"ws://{endpoints.host}/ws/00000000-0000-4000-8000-000000000000"
    assert handshake_status(unknown + query) == 401


def test_the_token_does_not_admit_web_pages(endpoints):
    status, _ = fetch(endpoints.host, f"/json?access_token={TOKEN}", Origin="https://evil.example")
    assert status == 403
    assert handshake_status(endpoints.websocket_url, origin="https://evil.example") == 403


@pytest.mark.parametrize("host", ["a b", "evil.example/x", '"><script>', "name:http", "a,b"])
def test_the_token_does_not_admit_invalid_hosts(endpoints, host):
    status, _ = fetch(endpoints.host, f"/json?access_token={TOKEN}", Host=host)
    assert status == 403


def test_a_token_of_another_endpoint(endpoints):
    with Runtime(inspected(access_token=TOKEN[::-1])) as other:
        url = endpoints_of(other).websocket_url
    assert handshake_status(endpoints.websocket_url.partition("?")[0] + "?" + urlsplit(url).query)


# --- admitted requests ----------------------------------------------------------------------------


def test_all_urls_have_the_token(endpoints):
    query = f"?access_token={TOKEN}"
    assert endpoints.access_token == TOKEN
    assert endpoints.websocket_url.endswith(endpoints.id + query)
    assert endpoints.process_websocket_url.endswith(query)
    for url in [endpoints.devtools_frontend_url, endpoints.process_devtools_frontend_url]:
        (address,) = parse_qs(urlsplit(url).query)["ws"]
        assert address.endswith(query)
    status, body = fetch(endpoints.host, f"/json/list{query}")
    assert status == 200
    assert f'"{endpoints.websocket_url}"'.encode() in body
    assert f'"{endpoints.devtools_frontend_url}"'.encode() in body
    for path in PATHS[:-1]:
        assert fetch(endpoints.host, f"{path}?a=b&access_token={TOKEN}")[0] == 200
    assert fetch(endpoints.host, f"{PATHS[-1]}?access_token={TOKEN}")[0] == 404


def test_clients_with_the_token(endpoints):
    with Client(endpoints.websocket_url) as client:
        assert client.evaluate("1 + 1") == 2
    with Client(endpoints.process_websocket_url) as client:
        assert len(client.send("Target.getTargets")["targetInfos"]) == 1
    with connect(endpoints.websocket_url, origin="devtools://devtools"):
        pass


def test_the_token_admits_any_name_of_the_machine(endpoints):
    """Without a token, the owner of a name could point it at this machine, and a page could ask."""
    path = f"/json/list?access_token={TOKEN}"
    status, body = fetch(endpoints.host, path, Host="devbox.example:1234")
    assert status == 200
    assert f"ws://devbox.example:1234/ws/{endpoints.id}?access_token={TOKEN}".encode() in body


# --- other machines -------------------------------------------------------------------------------


@pytest.mark.parametrize(("host", "local"), [("0.0.0.0", "127.0.0.1"), ("::", "[::1]")])
def test_other_machines_need_a_token(host, local):
    with pytest.raises(RuntimeError, match="reached from other machines"):
        Runtime(inspected(host=host))
    with Runtime(inspected(host=host, allow_remote=True)) as runtime:
        endpoints = endpoints_of(runtime)
        assert endpoints.access_token is not None
        assert re.fullmatch("[0-9a-f]{64}", endpoints.access_token)
        local = f"{local}:{endpoints.port}"
        assert endpoints.websocket_url.startswith(f"ws://{local}/")
        assert fetch(local, "/json/list")[0] == 401
        assert fetch(local, f"/json/list?access_token={endpoints.access_token}")[0] == 200
        with Client(endpoints.websocket_url) as client:
            assert client.evaluate("1 + 1") == 2


def test_generated_tokens_differ():
    tokens = set()
    for _ in range(5):
        with Runtime(inspected(host="0.0.0.0", allow_remote=True)) as runtime:
            tokens.add(endpoints_of(runtime).access_token)
    assert len(tokens) == 5


def test_other_machines_and_a_chosen_token():
    config = inspected(host="0.0.0.0", allow_remote=True, access_token=TOKEN)
    with Runtime(config) as runtime:
        assert endpoints_of(runtime).access_token == TOKEN


def test_this_machine_needs_no_token():
    for host in ["127.0.0.1", "localhost", "::1", "127.1.2.3"]:
        with Runtime(inspected(host=host, allow_remote=True)) as runtime:
            endpoints = endpoints_of(runtime)
            assert endpoints.access_token is None
            assert "access_token" not in endpoints.websocket_url
            assert targets(endpoints.host)
            assert "access_token" not in root_url(endpoints.host)


# --- several runtimes -----------------------------------------------------------------------------


def test_runtimes_of_an_endpoint_share_its_token(endpoints):
    for token in [None, TOKEN]:
        with Runtime(inspected(port=endpoints.port, access_token=token)) as other:
            assert endpoints_of(other).access_token == TOKEN
    with pytest.raises(RuntimeError, match="another access token"):
        Runtime(inspected(port=endpoints.port, access_token=TOKEN + "x"))


def test_a_token_cannot_be_added_later():
    with Runtime(inspected()) as first:
        with pytest.raises(RuntimeError, match="another access token"):
            Runtime(inspected(port=endpoints_of(first).port, access_token=TOKEN))


def test_opening_with_a_token():
    with Runtime() as runtime:
        for token in [TOKEN, TOKEN + "2"]:
            endpoints = runtime.open_inspector(InspectorConfig(port=0, access_token=token))
            assert endpoints.access_token == token
            runtime.close_inspector()


# --- the setting ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "token",
    ["", "short", "x" * 129, "with a space in it", "umlaut-ä-umlaut-ä", "a&b=c-a&b=c-a&b=c"],
)
def test_invalid_tokens(token):
    with pytest.raises(ValueError, match="access_token must have from 16 to 128 characters"):
        InspectorConfig(access_token=token)


def test_a_token_is_text():
    with pytest.raises(TypeError, match="access_token must be a str or None, not bytes"):
        InspectorConfig(access_token=b"0123456789abcdef")  # type: ignore[arg-type]
