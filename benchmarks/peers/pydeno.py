"""pydeno, a fork of the jsrun on PyPI."""

from __future__ import annotations

from collections.abc import Callable
from importlib import metadata
from typing import Any

import pydeno

from peers.base import Engine


class PeerEngine(Engine):
    unsupported = {
        "shared_eval": "a runtime belongs to the thread that made it",
        "shared_call": "a runtime belongs to the thread that made it",
    }

    def __init__(self) -> None:
        self.runtime = pydeno.Runtime()
        self.eval = self.runtime.eval

    @staticmethod
    def version() -> str:
        return metadata.version("pydeno")

    def eval_async(self, code: str) -> Any:
        return self.runtime.eval_async(code)

    def bind(self, name: str, handler: Callable[..., Any]) -> None:
        self.runtime.bind_function(name, handler)

    def close(self) -> None:
        self.runtime.close()
