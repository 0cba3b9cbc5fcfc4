"""The interface to a JavaScript engine that the rows of the benchmark use."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

THROUGH_JSON = "through JSON: it converts no lists and dicts itself"


class Engine(ABC):
    """One isolated JavaScript runtime. Each peer's module has a subclass named `PeerEngine`.

    `eval`, and what `function` returns, have to be the peer's own callables, not wrappers in
    Python: a wrapper would take as long as a fast peer's call.
    """

    # The rows that it cannot do, with the reason.
    unsupported: dict[str, str] = {}
    # The rows that it does in a special way, with a note for the reader of the table.
    notes: dict[str, str] = {}

    # Whether data is also sent as JSON text, to compare that with the engine's own conversion.
    compares_json = False

    # Runs a script and returns its value.
    eval: Callable[[str], Any]

    @staticmethod
    @abstractmethod
    def version() -> str:
        """The package's version."""

    def function(self, code: str) -> Callable[..., Any]:
        """A JavaScript function that is called with numbers, texts and bytes."""
        function: Callable[..., Any] = self.eval(code)
        return function

    def data_function(self, code: str) -> Callable[..., Any]:
        """A JavaScript function that takes and returns plain Python lists and dicts."""
        return self.function(code)

    def json_function(self, code: str) -> Callable[..., Any]:
        """For engines that return proxies: JSON is their fastest way to plain data."""
        function = self.function(
            f"((f) => (text) => JSON.stringify(f(...JSON.parse(text))))({code})"
        )
        return lambda *arguments: json.loads(function(json.dumps(arguments)))

    def to_bytes(self, value: Any) -> Any:
        """The bytes of what came for a Uint8Array."""
        return value

    def bind(self, name: str, handler: Callable[..., Any]) -> None:
        """Make a Python function a global JavaScript function."""
        raise NotImplementedError

    @abstractmethod
    def close(self) -> None:
        """End the engine."""
