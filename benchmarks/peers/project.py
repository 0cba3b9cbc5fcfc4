"""This project."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jsrun

from peers.base import Engine


class PeerEngine(Engine):
    def __init__(self) -> None:
        self.runtime = jsrun.Runtime()
        self.eval = self.runtime.eval

    @staticmethod
    def version() -> str:
        return str(getattr(jsrun, "__version__", ""))

    def bind(self, name: str, handler: Callable[..., Any]) -> None:
        self.runtime.bind_function(name, handler)

    def close(self) -> None:
        self.runtime.close()
