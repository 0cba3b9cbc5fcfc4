"""What a row of the benchmark needs of a JavaScript engine."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

THROUGH_JSON = "through JSON: it converts no lists and dicts itself"


class Engine(ABC):
    """One isolated JavaScript runtime. Each peer's module has a subclass named `PeerEngine`.

    `eval` and what `function` returns have to be the peer's own callables, not wrappers in Python:
    a wrapper would cost as much as a fast peer's call.
    """

    # Rows that it cannot do, with the reason.
    unsupported: dict[str, str] = {}
    # Rows that it does in a way that a reader of the table should know.
    notes: dict[str, str] = {}

    # Whether data is sent as JSON text as well, to compare that with what the engine does itself.
    compares_json = False

    # Runs a script and returns its value.
    eval: Callable[[str], Any]

    @staticmethod
    @abstractmethod
    def version() -> str:
        """The package's version."""

    def function(self, code: str) -> Callable[..., Any]:
        """A JavaScript function, to be called with numbers, texts and bytes."""
        function: Callable[..., Any] = self.eval(code)
        return function

    def data_function(self, code: str) -> Callable[..., Any]:
        """A JavaScript function that takes and returns plain Python lists and dicts."""
        return self.function(code)

    def json_function(self, code: str) -> Callable[..., Any]:
        """For engines that hand out proxies: JSON is their fastest way to plain data."""
        function = self.function(
            f"((f) => (text) => JSON.stringify(f(...JSON.parse(text))))({code})"
        )
        return lambda *arguments: json.loads(function(json.dumps(arguments)))

    def to_bytes(self, value: Any) -> Any:
        """What came for a Uint8Array, as bytes."""
        return value

    def bind(self, name: str, handler: Callable[..., Any]) -> None:
        """Makes a Python function a global JavaScript function."""
        raise NotImplementedError

    @abstractmethod
    def close(self) -> None:
        """Ends the engine."""
