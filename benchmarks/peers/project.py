"""This project."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import jsrun

from peers.base import Engine


class PeerEngine(Engine):
    compares_json = True

    def __init__(self) -> None:
        self.runtime = jsrun.Runtime()
        self.eval = self.runtime.eval

    @staticmethod
    def version() -> str:
        return str(getattr(jsrun, "__version__", ""))

    def eval_async(self, code: str) -> Any:
        return self.runtime.eval_async(code)

    def bind(self, name: str, handler: Callable[..., Any]) -> None:
        self.runtime.bind_function(name, handler)

    @classmethod
    @contextlib.contextmanager
    def make_pool(cls, size: int) -> Any:
        @contextlib.contextmanager
        def take() -> Any:
            with pool.runtime() as runtime:
                yield runtime.eval

        with jsrun.RuntimePool(size=size) as pool:
            yield take, lambda: pool.ready == size

    def close(self) -> None:
        self.runtime.close()
