"""PythonMonkey: SpiderMonkey, one engine in a process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pythonmonkey

from peers.base import THROUGH_JSON, Engine

SHARED = "the text or the bytes are shared, not copied"


class PeerEngine(Engine):
    unsupported = {
        "create": "one engine in a process",
        "memory": "one engine in a process",
        "shared_eval": "belongs to the main thread",
        "shared_call": "belongs to the main thread",
        "two_threads": "belongs to the main thread",
    }
    notes = {
        "ints_out": THROUGH_JSON,
        "ints_in": THROUGH_JSON,
        "dicts_out": THROUGH_JSON,
        "dicts_in": THROUGH_JSON,
        "latin1_out": SHARED,
        "latin1_in": SHARED,
        "ucs2_out": SHARED,
        "ucs2_in": SHARED,
        "bytes_in": SHARED,
    }

    def __init__(self) -> None:
        self.eval = pythonmonkey.eval

    @staticmethod
    def version() -> str:
        return str(pythonmonkey.__version__)

    def data_function(self, code: str) -> Callable[..., Any]:
        return self.json_function(code)

    def to_bytes(self, value: Any) -> Any:
        return bytes(value)  # it was a view

    def bind(self, name: str, handler: Callable[..., Any]) -> None:
        setattr(pythonmonkey.globalThis, name, handler)

    def close(self) -> None:
        pass  # it lives as long as the process
