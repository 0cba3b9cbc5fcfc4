"""Runtimes with an inspector, for tests: how to make them, reach them and keep them busy."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import Any

from cdp import Client
from jsrun import InspectorConfig, InspectorEndpoints, Runtime, RuntimeConfig
from waiting import TIMEOUT, in_thread

FREE_PORT = InspectorConfig(port=0)


def inspected(bootstrap: str | None = None, port: int = 0, **settings: Any) -> RuntimeConfig:
    """The configuration of a runtime with an inspector that has these settings."""
    return RuntimeConfig(bootstrap=bootstrap, inspector=InspectorConfig(port=port, **settings))


def endpoints_of(runtime: Runtime) -> InspectorEndpoints:
    endpoints = runtime.inspector_endpoints()
    assert endpoints is not None
    return endpoints


def attach(runtime: Runtime, *domains: str) -> Client:
    """A client of this runtime, which has enabled these domains."""
    client = Client(endpoints_of(runtime).websocket_url)
    for domain in domains:
        client.send(f"{domain}.enable")
    return client


def let_go(client: Client) -> None:
    """Ends the wait for a debugger."""
    client.send("Runtime.runIfWaitingForDebugger")


def loop_in_thread(runtime: Runtime) -> Future[Any]:
    """An endless loop that runs when this returns; ``go = false`` ends it."""
    started = threading.Event()
    runtime.bind_function("started", started.set)
    future = in_thread(runtime.eval, "var go = true; started(); while (go) {} 'stopped'")
    assert started.wait(TIMEOUT)
    return future
