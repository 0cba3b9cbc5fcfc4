"""Snapshots: the heap of a runtime, from which other runtimes start."""

from __future__ import annotations

from types import TracebackType

from . import _jsrun
from ._config import BuilderConfig
from ._signature import signature

__all__ = ["SnapshotBuilder"]


class SnapshotBuilder:
    """Runs scripts and makes a snapshot of the heap that they leave, for runtimes to start from.

    ``bootstrap`` runs first. ``enable_console`` prints what the scripts log while they run here.

    Scripts run at once, in an isolate of their own. They have no WebAssembly, SharedArrayBuffer and
    FinalizationRegistry, none of the language's newest methods, and no Python functions. Use a
    builder in a ``with`` statement, or close it, unless ``build()`` has succeeded.

    Raises JavaScriptError if the bootstrap fails.
    """

    def __init__(
        self,
        *,
        bootstrap: str | None = None,
        enable_console: bool = False,
    ) -> None:
        self._runtime = _jsrun.Runtime(
            BuilderConfig(bootstrap=bootstrap, enable_console=enable_console)
        )

    def execute_script(self, name: str, source: str) -> None:
        """Run a script. Debuggers and stack traces show it under ``name``.

        Raises JavaScriptError if it throws. A Promise as its value is not waited for.
        """
        for parameter, value in (("name", name), ("source", source)):
            if not isinstance(value, str):
                raise TypeError(f"{parameter} must be a str, not {type(value).__name__}")
        _jsrun._run_script(self._runtime, name, source)

    def build(self, *, key: bytes | None = None) -> bytes:
        """The snapshot, for ``RuntimeConfig(snapshot=...)``. Ends the builder.

        With a ``key`` it is signed. Runtimes then need the same ``snapshot_key``, and refuse a
        snapshot without the signature.

        Raises SnapshotError if something is alive that cannot be in a snapshot, such as a timer or
        an object of Intl, or if built-in objects were frozen. The builder can then still be used.
        """
        if key is not None and not isinstance(key, bytes):
            raise TypeError(f"key must be bytes or None, not {type(key).__name__}")
        if key == b"":
            raise ValueError("key must not be empty")
        snapshot: bytes = _jsrun._take_snapshot(self._runtime)
        return snapshot if key is None else signature(snapshot, key) + snapshot

    def close(self) -> None:
        """Free the isolate. May be repeated."""
        self._runtime.close()

    def __enter__(self) -> SnapshotBuilder:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        exc_traceback: TracebackType | None,
    ) -> None:
        self.close()


SnapshotBuilder.__module__ = "jsrun"
