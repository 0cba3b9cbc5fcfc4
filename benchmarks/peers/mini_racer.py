"""mini-racer."""

from __future__ import annotations

from collections.abc import Callable
from importlib import metadata
from typing import Any

from py_mini_racer import MiniRacer

from peers.base import THROUGH_JSON, Engine


class PeerEngine(Engine):
    unsupported = {
        "callback": "calls Python functions asynchronously only",
        "bytes_in": "does not take bytes",
    }
    notes = {
        "ints_out": THROUGH_JSON,
        "ints_in": THROUGH_JSON,
        "dicts_out": THROUGH_JSON,
        "dicts_in": THROUGH_JSON,
    }

    def __init__(self) -> None:
        self.context = MiniRacer()
        self.eval = self.context.eval

    @staticmethod
    def version() -> str:
        return metadata.version("mini-racer")

    async def eval_async(self, code: str) -> Any:
        return await self.context.eval_cancelable(code)

    def data_function(self, code: str) -> Callable[..., Any]:
        return self.json_function(code)

    def to_bytes(self, value: Any) -> Any:
        return bytes(value)  # it was a view

    def close(self) -> None:
        self.context.close()
