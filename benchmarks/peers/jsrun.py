"""jsrun from PyPI, which has the same import name as this project."""

from __future__ import annotations

from collections.abc import Callable
from importlib import metadata
from typing import Any

import jsrun

from peers.base import Engine


class PeerEngine(Engine):
    unsupported = {
        "shared_eval": "a runtime belongs to the thread that made it",
        "shared_call": "a runtime belongs to the thread that made it",
    }

    def __init__(self) -> None:
        self.runtime = jsrun.Runtime()
        self.eval = self.runtime.eval

    @staticmethod
    def version() -> str:
        return metadata.version("jsrun")

    def eval_async(self, code: str) -> Any:
        return self.runtime.eval_async(code)

    def bind(self, name: str, handler: Callable[..., Any]) -> None:
        self.runtime.bind_function(name, handler)

    def close(self) -> None:
        self.runtime.close()
