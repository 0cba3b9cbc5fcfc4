"""Every method that /json/protocol lists, with right and with wrong parameters.

A method of the protocol that is missing in `VALID` fails here.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cdp import CdpError, Client, Message, fetch
from inspected import inspected
from jsrun import Runtime

SCRIPT = """\
function inner(number, list) {
  const object = {list, get computed() { return 1; }}, error = new Error('made'),
      promise = Promise.resolve(1);
  debugger;
  number += list.length;
  return number;
}
function outer(list) {
  return inner(1, list) + 1;
}
outer
"""
# (module (func (export "f") (result i32) i32.const 42))
WASM = (
    "new WebAssembly.Module(new Uint8Array([0,97,115,109,1,0,0,0,1,5,1,96,0,1,127,3,2,1,0,7,5,1,1,"
    "102,0,0,10,6,1,4,0,65,42,11]))"
)


def the_protocol() -> dict[str, Message]:
    """The methods of this engine, as the server describes them."""
    with Runtime(inspected()) as runtime:
        endpoints = runtime.inspector_endpoints()
        assert endpoints is not None
        status, body = fetch(endpoints.host, "/json/protocol")
    assert status == 200
    return {
        f"{domain['domain']}.{command['name']}": command
        for domain in json.loads(body)["domains"]
        for command in domain.get("commands", [])
    }


PROTOCOL = the_protocol()


class Stage:
    """A runtime, a debugger, and things for the methods' parameters to name."""

    def __init__(self, state: str) -> None:
        self.state = state
        self.runtime = Runtime(inspected())
        endpoints = self.runtime.inspector_endpoints()
        assert endpoints is not None
        self.client = Client(endpoints.websocket_url)
        for domain in ("Runtime", "Debugger", "Profiler", "HeapProfiler"):
            self.client.send(f"{domain}.enable")
        context = self.client.event("Runtime.executionContextCreated")["context"]
        self.context: int = context["id"]
        self.unique_context: str = context["uniqueId"]
        outer = self.runtime.eval(SCRIPT, filename="app.js")
        self.runtime.eval("var x = {a: 1}, p = Promise.resolve(1), e = new Error('made')")
        self.root = Client(endpoints.process_websocket_url)
        self.target = endpoints.id
        self.script = self._script("app.js")
        self.frame = "0"
        self.async_trace: Message = {"id": "0"}
        self.caller: threading.Thread | None = None
        if state == "paused":
            self.caller = threading.Thread(target=self._call, args=(outer,), daemon=True)
            self.caller.start()
            self.frame = self.client.paused()["callFrames"][0]["callFrameId"]

    def _call(self, outer: Any) -> None:
        try:
            self.result = outer([1, 2])
        except Exception as error:  # Runtime.terminateExecution, for one
            self.result = error

    def _script(self, url: str) -> str:
        return self.client.event("Debugger.scriptParsed", lambda s: s["url"] == url)["scriptId"]

    def client_of(self, method: str) -> Client:
        """The client for a method: some are for all runtimes together."""
        return (
            self.root
            if method.split(".")[0] in ("Browser", "NodeWorker", "Target")
            else self.client
        )

    def attached(self) -> str:
        """The id of a session of the root's client with the runtime."""
        return self.root.send("Target.attachToTarget", targetId=self.target)["sessionId"]

    def worker(self) -> str:
        """The same, in the domain of Node.js."""
        self.root.send("NodeWorker.enable", waitForDebuggerOnStart=False)
        return self.root.event("NodeWorker.attachedToWorker")["sessionId"]

    def at(self, line: int) -> Message:
        return {"scriptId": self.script, "lineNumber": line}

    def object(self, expression: str) -> str:
        found = self.client.send("Runtime.evaluate", expression=expression, objectGroup="test")
        return found["result"]["objectId"]

    def heap_object(self) -> str:
        # From here on V8 follows objects that the collector moves.
        self.client.send("HeapProfiler.startTrackingHeapObjects")
        snapshot_id = self.client.send("HeapProfiler.getHeapObjectId", objectId=self.object("x"))
        return snapshot_id["heapSnapshotObjectId"]

    def breakpoint(self) -> str:
        return self.client.send("Debugger.setBreakpoint", location=self.at(4))["breakpointId"]

    def compiled(self) -> str:
        answer = self.client.send(
            "Runtime.compileScript", expression="1 + 1", sourceURL="c.js", persistScript=True
        )
        return answer["scriptId"]

    def wasm(self) -> str:
        self.object(WASM)
        event = self.client.event(
            "Debugger.scriptParsed", lambda s: s.get("scriptLanguage") == "WebAssembly"
        )
        return event["scriptId"]

    def stream(self) -> str:
        """The handle of an open file."""
        self.runtime.add_static_module("app.js.map", "{}")
        url = "jsrun://static/app.js.map"
        return self.client.send("Network.loadNetworkResource", url=url)["resource"]["stream"]

    def started(self, *methods: str) -> Message:
        """Sends the requests that have to come before."""
        for method in methods:
            self.client.send(method)
        return {}

    def end(self) -> None:
        """In any case the debugger answers, the runtime works, and everything ends."""
        assert self.client.send("Schema.getDomains")["domains"]
        assert self.root.send("Target.getTargets")["targetInfos"]
        self.root.close()
        self.client.close()
        if self.caller:
            self.caller.join(20)
            assert not self.caller.is_alive()
        assert self.runtime.eval("6 * 7") == 42
        self.runtime.close()


@pytest.fixture(params=["idle", "paused"])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    stage = Stage(request.param)
    yield stage
    stage.end()


Parameters = Callable[[Stage], Message]

NONE: Parameters = lambda _: {}  # noqa: E731

VALID: dict[str, list[Parameters]] = {
    "Browser.getVersion": [NONE],
    "Console.clearMessages": [NONE],
    "Console.disable": [NONE],
    "Console.enable": [NONE],
    "Debugger.continueToLocation": [
        lambda s: {"location": s.at(4)},
        lambda s: {"location": s.at(4), "targetCallFrames": "current"},
    ],
    "Debugger.disable": [NONE],
    "Debugger.enable": [NONE, lambda _: {"maxScriptsCacheSize": 1e6}],
    "Debugger.evaluateOnCallFrame": [
        lambda s: {"callFrameId": s.frame, "expression": "number + list.length"},
        lambda s: {
            "callFrameId": s.frame,
            "expression": "object",
            "objectGroup": "g",
            "includeCommandLineAPI": True,
            "silent": True,
            "generatePreview": True,
            "throwOnSideEffect": True,
            "timeout": 1000,
        },
    ],
    "Debugger.getPossibleBreakpoints": [
        lambda s: {"start": s.at(0)},
        lambda s: {"start": s.at(0), "end": s.at(5), "restrictToFunction": True},
    ],
    "Debugger.getScriptSource": [lambda s: {"scriptId": s.script}],
    "Debugger.disassembleWasmModule": [lambda s: {"scriptId": s.wasm()}],
    "Debugger.nextWasmDisassemblyChunk": [lambda _: {"streamId": "0"}],
    "Debugger.getWasmBytecode": [lambda s: {"scriptId": s.wasm()}],
    "Debugger.getStackTrace": [lambda s: {"stackTraceId": s.async_trace}],
    "Debugger.pause": [NONE],
    "Debugger.pauseOnAsyncCall": [lambda s: {"parentStackTraceId": s.async_trace}],
    "Debugger.removeBreakpoint": [lambda s: {"breakpointId": s.breakpoint()}],
    "Debugger.restartFrame": [
        lambda s: {"callFrameId": s.frame},
        lambda s: {"callFrameId": s.frame, "mode": "StepInto"},
    ],
    "Debugger.resume": [NONE, lambda _: {"terminateOnResume": True}],
    "Debugger.searchInContent": [
        lambda s: {"scriptId": s.script, "query": "number"},
        lambda s: {
            "scriptId": s.script,
            "query": "n.m",
            "isRegex": True,
            "caseSensitive": True,
        },
    ],
    "Debugger.setAsyncCallStackDepth": [lambda _: {"maxDepth": 8}, lambda _: {"maxDepth": 0}],
    "Debugger.setBlackboxExecutionContexts": [lambda s: {"uniqueIds": [s.unique_context]}],
    "Debugger.setBlackboxPatterns": [lambda _: {"patterns": ["/node_modules/", "^x"]}],
    "Debugger.setBlackboxedRanges": [
        lambda s: {
            "scriptId": s.script,
            "positions": [
                {"lineNumber": 0, "columnNumber": 0},
                {"lineNumber": 2, "columnNumber": 0},
            ],
        }
    ],
    "Debugger.setBreakpoint": [
        lambda s: {"location": s.at(4)},
        lambda s: {"location": s.at(4), "condition": "number > 100"},
    ],
    "Debugger.setInstrumentationBreakpoint": [
        lambda _: {"instrumentation": "beforeScriptExecution"}
    ],
    "Debugger.setBreakpointByUrl": [
        lambda _: {"lineNumber": 4, "url": "app.js"},
        lambda _: {
            "lineNumber": 4,
            "urlRegex": "app[.]js",
            "columnNumber": 2,
            "condition": "false",
        },
    ],
    "Debugger.setBreakpointOnFunctionCall": [
        lambda s: {"objectId": s.object("outer")},
        lambda s: {"objectId": s.object("outer"), "condition": "false"},
    ],
    "Debugger.setBreakpointsActive": [lambda _: {"active": False}],
    "Debugger.setPauseOnExceptions": [
        lambda _: {"state": "all"},
        lambda _: {"state": "uncaught"},
    ],
    "Debugger.setReturnValue": [lambda _: {"newValue": {"value": 7}}],
    "Debugger.setScriptSource": [
        lambda s: {"scriptId": s.script, "scriptSource": SCRIPT + "\n// more"},
        lambda s: {"scriptId": s.script, "scriptSource": SCRIPT, "dryRun": True},
    ],
    "Debugger.setSkipAllPauses": [lambda _: {"skip": True}],
    "Debugger.setVariableValue": [
        lambda s: {
            "scopeNumber": 0,
            "variableName": "number",
            "newValue": {"value": 5},
            "callFrameId": s.frame,
        }
    ],
    "Debugger.stepInto": [NONE, lambda _: {"breakOnAsyncCall": True}],
    "Debugger.stepOut": [NONE],
    "Debugger.stepOver": [NONE],
    "HeapProfiler.addInspectedHeapObject": [lambda s: {"heapObjectId": s.heap_object()}],
    "HeapProfiler.collectGarbage": [NONE],
    "HeapProfiler.disable": [NONE],
    "HeapProfiler.enable": [NONE],
    "HeapProfiler.getHeapObjectId": [lambda s: {"objectId": s.object("x")}],
    "HeapProfiler.getObjectByHeapObjectId": [lambda s: {"objectId": s.heap_object()}],
    "HeapProfiler.getSamplingProfile": [lambda s: s.started("HeapProfiler.startSampling")],
    "HeapProfiler.startSampling": [NONE, lambda _: {"samplingInterval": 1024}],
    "HeapProfiler.startTrackingHeapObjects": [NONE, lambda _: {"trackAllocations": True}],
    "HeapProfiler.stopSampling": [lambda s: s.started("HeapProfiler.startSampling")],
    "HeapProfiler.stopTrackingHeapObjects": [
        lambda s: s.started("HeapProfiler.startTrackingHeapObjects"),
        lambda s: {
            **s.started("HeapProfiler.startTrackingHeapObjects"),
            "reportProgress": True,
        },
    ],
    "HeapProfiler.takeHeapSnapshot": [
        lambda _: {"reportProgress": True, "captureNumericValue": True}
    ],
    "IO.close": [lambda s: {"handle": s.stream()}],
    "IO.read": [
        lambda s: {"handle": s.stream(), "offset": 1, "size": 1},
        lambda s: {"handle": s.stream()},
    ],
    "Network.loadNetworkResource": [
        lambda _: {
            "frameId": "",
            "url": "jsrun://static/none",
            "options": {"disableCache": False, "includeCredentials": True},
        },
        lambda _: {"url": "https://example.org/app.js.map"},
    ],
    "NodeWorker.detach": [lambda s: {"sessionId": s.worker()}],
    "NodeWorker.disable": [NONE],
    "NodeWorker.enable": [lambda _: {"waitForDebuggerOnStart": False}],
    "NodeWorker.sendMessageToWorker": [
        lambda s: {"message": '{"id":1,"method":"Runtime.enable"}', "sessionId": s.worker()}
    ],
    "Profiler.disable": [NONE],
    "Profiler.enable": [NONE],
    "Profiler.getBestEffortCoverage": [NONE],
    "Profiler.setSamplingInterval": [lambda _: {"interval": 100}],
    "Profiler.start": [NONE],
    "Profiler.startPreciseCoverage": [NONE, lambda _: {"callCount": True, "detailed": True}],
    "Profiler.startTypeProfile": [NONE],
    "Profiler.stop": [lambda s: s.started("Profiler.start")],
    "Profiler.stopPreciseCoverage": [lambda s: s.started("Profiler.startPreciseCoverage")],
    "Profiler.stopTypeProfile": [lambda s: s.started("Profiler.startTypeProfile")],
    "Profiler.takePreciseCoverage": [lambda s: s.started("Profiler.startPreciseCoverage")],
    "Profiler.takeTypeProfile": [lambda s: s.started("Profiler.startTypeProfile")],
    "Runtime.awaitPromise": [
        lambda s: {"promiseObjectId": s.object("p")},
        lambda s: {"promiseObjectId": s.object("p"), "returnByValue": True},
    ],
    "Runtime.callFunctionOn": [
        lambda s: {
            "functionDeclaration": "function () { return this.a; }",
            "objectId": s.object("x"),
        },
        lambda s: {
            "functionDeclaration": "async function (a, b) { return {a, b}; }",
            "executionContextId": s.context,
            "arguments": [{"value": 1}, {"unserializableValue": "-0"}],
            "silent": True,
            "generatePreview": True,
            "userGesture": True,
            "objectGroup": "g",
        },
    ],
    "Runtime.compileScript": [
        lambda s: {
            "expression": "1 +",
            "sourceURL": "",
            "persistScript": False,
            "executionContextId": s.context,
        }
    ],
    "Runtime.disable": [NONE],
    "Runtime.discardConsoleEntries": [NONE],
    "Runtime.enable": [NONE],
    "Runtime.evaluate": [
        lambda _: {"expression": "x"},
        lambda s: {
            "expression": "x",
            "objectGroup": "g",
            "includeCommandLineAPI": True,
            "silent": True,
            "uniqueContextId": s.unique_context,
            "generatePreview": True,
            "userGesture": True,
            "awaitPromise": False,
            "throwOnSideEffect": True,
            "timeout": 1000,
            "disableBreaks": True,
        },
        lambda s: {"expression": "let y = x; y", "replMode": s.state == "idle"},
    ],
    "Runtime.getIsolateId": [NONE],
    "Runtime.getHeapUsage": [NONE],
    "Runtime.getProperties": [
        lambda s: {"objectId": s.object("x")},
        lambda s: {
            "objectId": s.object("[1, 2]"),
            "ownProperties": True,
            "generatePreview": True,
            "nonIndexedPropertiesOnly": True,
        },
    ],
    "Runtime.globalLexicalScopeNames": [NONE, lambda s: {"executionContextId": s.context}],
    "Runtime.queryObjects": [lambda s: {"prototypeObjectId": s.object("Object.prototype")}],
    "Runtime.releaseObject": [lambda s: {"objectId": s.object("x")}],
    "Runtime.releaseObjectGroup": [lambda _: {"objectGroup": "test"}],
    "Runtime.runIfWaitingForDebugger": [NONE],
    "Runtime.runScript": [
        lambda s: {"scriptId": s.compiled()},
        lambda s: {"scriptId": s.compiled(), "returnByValue": True, "silent": True},
    ],
    "Runtime.setAsyncCallStackDepth": [lambda _: {"maxDepth": 8}],
    "Runtime.setCustomObjectFormatterEnabled": [lambda _: {"enabled": True}],
    "Runtime.setMaxCallStackSizeToCapture": [lambda _: {"size": 5}],
    "Runtime.terminateExecution": [NONE],
    "Runtime.addBinding": [
        lambda _: {"name": "binding"},
        lambda _: {"name": "binding", "executionContextName": "jsrun"},
    ],
    "Runtime.removeBinding": [lambda _: {"name": "binding"}],
    "Runtime.getExceptionDetails": [lambda s: {"errorObjectId": s.object("e")}],
    "Schema.getDomains": [NONE],
    "Target.attachToTarget": [
        lambda s: {"targetId": s.target},
        lambda s: {"targetId": s.target, "flatten": True},
    ],
    "Target.detachFromTarget": [lambda s: {"sessionId": s.attached()}],
    "Target.getBrowserContexts": [NONE],
    "Target.getTargetInfo": [NONE, lambda s: {"targetId": s.target}],
    "Target.getTargets": [NONE],
    "Target.sendMessageToTarget": [
        lambda s: {"message": '{"id":1,"method":"Runtime.enable"}', "sessionId": s.attached()}
    ],
    "Target.setAutoAttach": [
        lambda _: {"autoAttach": True, "waitForDebuggerOnStart": False, "flatten": True},
        lambda _: {"autoAttach": False, "waitForDebuggerOnStart": False},
    ],
    "Target.setDiscoverTargets": [lambda _: {"discover": True}],
    "Target.setRemoteLocations": [lambda _: {"locations": []}],
}

ONLY_PAUSED = {
    "Debugger.continueToLocation",
    "Debugger.evaluateOnCallFrame",
    "Debugger.restartFrame",
    "Debugger.resume",
    "Debugger.setReturnValue",
    "Debugger.setVariableValue",
    "Debugger.stepInto",
    "Debugger.stepOut",
    "Debugger.stepOver",
}

ONLY_RUNNING = {"HeapProfiler.collectGarbage", "Runtime.awaitPromise"}
"""V8 does these in a task or a microtask, and runs neither during a pause."""

REFUSED = {
    "Debugger.getStackTrace": "Invalid stack trace id|Stack trace with given id is not found",
    "Debugger.nextWasmDisassemblyChunk": "No chunks available for stream",
    "Debugger.restartFrame": "Frame restarting not supported"
    "|Can only perform operation while paused"
    "|Restarting frame without 'mode' not supported",
    "Debugger.setReturnValue": "Could not update return value at non-return position"
    "|Can only perform operation while paused",
}
"""V8 refuses these in some states although the parameters are right."""

CASES = [
    pytest.param(method, variant, id=f"{method}-{number}")
    for method in PROTOCOL
    for number, variant in enumerate(VALID.get(method, []))
]


@pytest.mark.parametrize("method", PROTOCOL)
def test_every_method_is_tested(method: str):
    assert method in VALID


@pytest.mark.parametrize(("method", "parameters"), CASES)
def test_right_parameters(stage: Stage, method: str, parameters: Parameters):
    request = stage.client_of(method).post(method, **parameters(stage))
    if stage.state == "paused" and method in ONLY_RUNNING:
        stage.client.send("Debugger.resume")
    expected = REFUSED.get(method)
    if stage.state == "idle" and method in ONLY_PAUSED and not expected:
        expected = "Can only perform operation while paused"
    try:
        stage.client_of(method).answer(request)
    except CdpError as error:
        assert expected and re.match(expected, str(error)), str(error)


WRONG = {
    "string": [1, True, None, [], {}],
    "boolean": [1, "true", None, [], {}],
    "integer": ["1", True, 1.5, None, [], {}],
    "number": ["1", True, None, [], {}],
    "array": ["1", 1, True, None, {}],
    "object": ["1", 1, True, None, []],
}


def kind_of(parameter: Message) -> str:
    """The JSON type of a parameter. Named types are strings or objects, or a few numbers."""
    numbers = {"ExecutionContextId": "integer", "TimeDelta": "number", "Timestamp": "number"}
    objects = {"Location", "StackTraceId", "CallArgument", "SerializationOptions", "LocationRange"}
    objects.add("LoadNetworkResourceOptions")
    if "type" in parameter:
        return str(parameter["type"])
    name = parameter["$ref"].split(".")[-1]
    return "object" if name in objects else numbers.get(name, "string")


@pytest.mark.parametrize("method", PROTOCOL)
def test_wrong_parameters(stage: Stage, method: str):
    declared = PROTOCOL[method].get("parameters", [])
    valid = VALID[method][0](stage) if declared else {}
    for parameter in declared:
        name = parameter["name"]
        if not parameter.get("optional"):
            without = {key: valid[key] for key in valid if key != name}
            with pytest.raises(CdpError, match="Invalid parameters"):
                stage.client_of(method).send(method, **without)
        for value in WRONG[kind_of(parameter)]:
            with pytest.raises(CdpError, match="Invalid parameters"):
                stage.client_of(method).send(method, **{**valid, name: value})
