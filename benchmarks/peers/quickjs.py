"""quickjs."""

from __future__ import annotations

from collections.abc import Callable
from importlib import metadata
from typing import Any

import quickjs

from peers.base import THROUGH_JSON, Engine


class PeerEngine(Engine):
    unsupported = {
        "bytes_out": "has no conversion for bytes",
        "bytes_in": "has no conversion for bytes",
        "shared_eval": "a context belongs to one thread",
        "shared_call": "a context belongs to one thread",
    }
    notes = {
        "ints_out": THROUGH_JSON,
        "ints_in": THROUGH_JSON,
        "dicts_out": THROUGH_JSON,
        "dicts_in": THROUGH_JSON,
    }

    def __init__(self) -> None:
        self.context = quickjs.Context()
        self.eval = self.context.eval

    @staticmethod
    def version() -> str:
        return metadata.version("quickjs")

    def data_function(self, code: str) -> Callable[..., Any]:
        return self.json_function(code)

    def bind(self, name: str, handler: Callable[..., Any]) -> None:
        self.context.add_callable(name, handler)

    def close(self) -> None:
        # A context ends when it is forgotten; there is no other way.
        del self.eval, self.context
