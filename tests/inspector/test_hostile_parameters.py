"""Numbers that V8 trusts: no message of a client ends the process or goes without an answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from cdp import RawClient, fetch
from inspected import endpoints_of, inspected
from jsrun import InspectorError, Runtime
from waiting import TIMEOUT

NUMBERS = [
    *("0", "-0", "1", "-1", "0.5", "0.9", "-0.5", "1e-300", "2147483647", "2147483648"),
    *("-2147483647", "-2147483648", "4294967295", "9007199254740993", "9223372036854775807"),
    *("1e15", "1e19", "1.9e19", "-1e19", "1e308", "-1e308", "null", '"x"', "true", "[]", "{}"),
]
DOMAINS = ("Console", "Debugger", "HeapProfiler", "Profiler", "Runtime", "Schema")
UNTESTED = {"Debugger.pause", "Runtime.terminateExecution"}
"""These stop the JavaScript that the test runs, and have no numbers."""


@pytest.fixture
def runtime() -> Iterator[Runtime]:
    with Runtime(inspected()) as runtime:
        runtime.eval("function f(a) {\n  return a + 1\n}\nf(1)", filename="a.js")
        yield runtime


class RawSession:
    """Sends messages as they are, over a WebSocket."""

    def __init__(self, runtime: Runtime) -> None:
        self.client = RawClient(endpoints_of(runtime).websocket_url)
        self.last_id = 0

    def send(self, method: str, params: str = "{}") -> dict[str, Any]:
        self.last_id += 1
        return self.send_text(
            f'{{"id": {self.last_id}, "method": "{method}", "params": {params}}}', self.last_id
        )

    def send_text(self, text: str, number: int) -> dict[str, Any]:
        self.client.send(text)
        while True:
            message = json.loads(self.client.read_text())
            if message.get("method") == "Debugger.paused":
                self.client.send('{"id": 1000000, "method": "Debugger.resume"}')
            if message.get("id") == number:
                return message


class Protocol:
    """Every number that a method takes, with values for the other parameters that it needs."""

    def __init__(self, runtime: Runtime, script_id: str, object_id: str) -> None:
        status, body = fetch(endpoints_of(runtime).host, "/json/protocol")
        assert status == 200
        self.domains = [d for d in json.loads(body)["domains"] if d["domain"] in DOMAINS]
        self.types = {f"{d['domain']}.{t['id']}": t for d in self.domains for t in d["types"]}
        self.known = {"Runtime.ScriptId": script_id, "Runtime.RemoteObjectId": object_id}

    def cases(self) -> Iterator[tuple[str, str]]:
        for domain in self.domains:
            for command in domain["commands"]:
                method = f"{domain['domain']}.{command['name']}"
                items = command.get("parameters", [])
                if method not in UNTESTED:
                    for params in self.with_numbers(domain["domain"], items):
                        yield method, params

    def with_numbers(self, domain: str, items: list[Any]) -> Iterator[str]:
        """Texts of an object that has a number, @, somewhere."""
        needed = {i["name"]: self.default(domain, i) for i in items if not i.get("optional")}
        for item in items:
            type_, home = self.resolve(domain, item)
            if type_["type"] in ("integer", "number"):
                values = ['"@"']
            elif type_["type"] == "object":
                values = list(self.with_numbers(home, type_.get("properties", [])))
            else:
                values = []
            for value in values:
                yield json.dumps({**needed, item["name"]: json.loads(value)})

    def resolve(self, domain: str, item: dict[str, Any]) -> tuple[dict[str, Any], str]:
        name = item.get("$ref")
        if name is None:
            return item, domain
        name = name if "." in name else f"{domain}.{name}"
        return {**self.types[name], "name": name}, name.split(".")[0]

    def default(self, domain: str, item: dict[str, Any]) -> Any:
        type_, home = self.resolve(domain, item)
        if type_["name"] in self.known:
            return self.known[type_["name"]]
        if type_["type"] == "object":
            properties = type_.get("properties", [])
            return {p["name"]: self.default(home, p) for p in properties if not p.get("optional")}
        values = {"string": "text", "boolean": False, "integer": 0, "number": 0, "array": []}
        return type_["enum"][0] if "enum" in type_ else values.get(type_["type"])


def test_every_number_of_the_protocol(runtime):
    session = RawSession(runtime)
    for domain in ("Debugger", "Profiler", "HeapProfiler", "Runtime"):
        session.send(f"{domain}.enable")
    answer = session.send("Runtime.evaluate", '{"expression": "globalThis"}')
    object_id = answer["result"]["result"]["objectId"]
    cases = list(Protocol(runtime, "1", object_id).cases())
    assert any(method == "HeapProfiler.startSampling" for method, _ in cases)
    for method, params in cases:
        for number in NUMBERS:
            session.send(method, params.replace('"@"', number))
        for stop in ("HeapProfiler.stopSampling", "Debugger.resume"):
            session.send(stop)
    runtime.eval("globalThis.kept = []; for (let i = 0; i < 10000; i++) kept.push({i, f: f(i)})")
    assert runtime.eval("f(1)") == 2


SAMPLING = "HeapProfiler.startSampling"
REFUSED = [
    *((SAMPLING, f'{{"samplingInterval": {n}}}') for n in ("0.5", "0.9999", "0", "-1", "1e308")),
    (SAMPLING, '{"samplingInterval": 100, "stackDepth": 0}'),
    ("Debugger.setBreakpointByUrl", '{"url": "a.js", "lineNumber": -2147483648}'),
    ("Debugger.setBreakpointByUrl", '{"url": "a.js", "lineNumber": 0, "columnNumber": -1}'),
    ("Debugger.setBreakpoint", '{"location": {"scriptId": "1", "lineNumber": -2147483648}}'),
]


@pytest.mark.parametrize("method, params", REFUSED)
def test_a_number_out_of_range_is_named(runtime, method, params):
    session = RawSession(runtime)
    error = session.send(method, params)["error"]
    assert error["code"] == -32602
    assert any(name in error["data"] for name in json.loads(params)) or "location" in error["data"]
    with runtime.inspector_session(timeout=TIMEOUT) as inside:
        with pytest.raises(InspectorError, match="must be from") as caught:
            inside.send(method, **json.loads(params))
        assert caught.value.code == -32602


@pytest.mark.parametrize(
    "text",
    [
        '{"id":1,"method":"HeapProfiler\\u002estartSampling","params":{"samplingInterval":0.5}}',
        '{"id":1,"method":"HeapProfiler.startSampling","params":{"sampling\\u0049nterval":0.5}}',
        '{"params":{"samplingInterval":0.5},"id":1,"method":"HeapProfiler.startSampling"}',
        '{"id":1,"method":"x","method":"HeapProfiler.startSampling",'
        '"params":{"samplingInterval":5},"params":{"samplingInterval":5,"samplingInterval":0.5}}',
        '/* a */ {"id":1, // b\n "method":/**/"HeapProfiler.startSampling",'
        '"params":{"a":[{"}":"]"}],/*c*/"samplingInterval"/**/:/**/0.5}}',
        '{"id":1,"method":"HeapProfiler.startSampling","params":{"samplingInterval":5e-1}}',
        '{"id":1,"method":"HeapProfiler.startSampling","params":{"samplingInterval":0.'
        + "9" * 200
        + "}}",
    ],
)
def test_any_notation_of_a_message(runtime, text):
    session = RawSession(runtime)
    assert "error" in session.send_text(text, 1)
    assert runtime.eval("f(1)") == 2


def test_numbers_in_range_are_not_refused(runtime):
    with runtime.inspector_session(timeout=TIMEOUT) as session:
        for interval in (1, 1.5, 32768, 2**31):
            session.send(SAMPLING, samplingInterval=interval)
            assert session.send("HeapProfiler.stopSampling")["profile"]
        session.send("Debugger.enable")
        answer = session.send("Debugger.setBreakpointByUrl", url="a.js", lineNumber=1)
        assert len(answer["locations"]) == 1


def nested(levels: int) -> Any:
    return [nested(levels - 1)] if levels > 1 else [1]


@pytest.mark.parametrize(
    "value, message",
    [
        (float("nan"), "cannot be sent as JSON"),
        (float("inf"), "cannot be sent as JSON"),
        ([-float("inf")], "cannot be sent as JSON"),
        (nested(300), "nested too deeply"),
    ],
)
def test_requests_without_an_id_or_method_are_refused_at_once(runtime, value, message):
    """V8 could not tell which request it could not read."""
    with runtime.inspector_session() as session:
        with pytest.raises(ValueError, match=f"Runtime.evaluate.*{message}"):
            session.send("Runtime.evaluate", expression="1", more=value)
        answer = session.send("Runtime.evaluate", expression="2", more=nested(297))
        assert answer["result"]["value"] == 2
