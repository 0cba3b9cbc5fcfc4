"""STPyV8."""

from __future__ import annotations

from collections.abc import Callable
from importlib import metadata
from typing import Any

import STPyV8

from peers.base import THROUGH_JSON, Engine


class PeerEngine(Engine):
    unsupported = {
        "bytes_out": "has no conversion for bytes",
        "bytes_in": "has no conversion for bytes",
        "shared_eval": "a context stays entered on its thread",
        "shared_call": "a context stays entered on its thread",
    }
    notes = {
        "ints_out": THROUGH_JSON,
        "ints_in": THROUGH_JSON,
        "dicts_out": THROUGH_JSON,
        "dicts_in": THROUGH_JSON,
    }

    def __init__(self) -> None:
        self.isolate = STPyV8.JSIsolate()
        self.isolate.enter()
        self.context = STPyV8.JSContext()
        self.context.enter()
        self.eval = self.context.eval

    @staticmethod
    def version() -> str:
        return metadata.version("stpyv8")

    def data_function(self, code: str) -> Callable[..., Any]:
        return self.json_function(code)

    def bind(self, name: str, handler: Callable[..., Any]) -> None:
        setattr(self.context.locals, name, handler)

    def close(self) -> None:
        self.context.leave()
        self.isolate.leave()
