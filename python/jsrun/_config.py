"""The settings of a runtime and of its inspector."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from . import _console, _environment
from ._endpoints import InspectorEndpoints
from ._errors import ConfigError, JavaScriptError
from ._signature import checked_offset

if TYPE_CHECKING:
    from ._jsrun import Runtime

__all__ = ["InspectorConfig", "RuntimeConfig"]

_MAX_DEPTH = 2**32 - 1
_MAX_SIZE = 2**63 - 1


class _Validated:
    """Runs ``_check_<field>(value)``, which may replace the value, whenever a field is set."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in {field.name for field in fields(self)}:  # type: ignore[arg-type]
            raise AttributeError(f"{type(self).__name__} has no setting {name!r}")
        check: Callable[[Any], Any] | None = getattr(self, f"_check_{name}", None)
        object.__setattr__(self, name, check(value) if check else value)


def _bool(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be a bool, not {type(value).__name__}")
    return value


def _optional_str(name: str, value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{name} must be a str or None, not {type(value).__name__}")
    return value


def _optional_callable(name: str, value: Any) -> Callable[..., object] | None:
    if value is not None and not callable(value):
        raise TypeError(f"{name} must be callable or None, not {type(value).__name__}")
    return value  # type: ignore[no-any-return]


def _positive_int(name: str, value: Any, maximum: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} must be an int, not {type(value).__name__}")
    if value <= 0:
        raise ValueError(f"{name} must be positive, not {value}")
    if value > maximum:
        raise ValueError(f"{name} must be at most {maximum}, not {value}")
    return value


def _optional_size(name: str, value: Any) -> int | None:
    return None if value is None else _positive_int(name, value, _MAX_SIZE)


def timeout_seconds(value: Any) -> float | None:
    """A timeout in seconds, or None. The extension calls this, too.

    Raises ValueError if it is not a positive, finite number or timedelta.
    """
    if value is None:
        return None
    if isinstance(value, timedelta):
        value = value.total_seconds()
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(
            f"Timeout must be a number of seconds or a timedelta, not {type(value).__name__}"
        )
    try:
        seconds = float(value)
    except OverflowError:
        seconds = math.inf
    if not math.isfinite(seconds):
        raise ValueError("Timeout must be finite")
    if seconds < 0:
        raise ValueError("Timeout cannot be negative")
    if seconds == 0:
        raise ValueError("Timeout cannot be zero")
    return seconds


@dataclass
class InspectorConfig(_Validated):
    """Lets a debugger (Chrome DevTools, VS Code, …) attach to a runtime."""

    host: str
    """The address to listen on, or a host name for it."""
    port: int
    """The port to listen on, shared by all runtimes of the process; 0 picks a free one."""
    wait_for_connection: bool
    """Run no JavaScript before a debugger has attached and has told the runtime to go on."""
    break_on_next_statement: bool
    """Wait for a debugger in the same way, and pause on the first statement."""
    target_url: str | None
    """The URL that debuggers show for the runtime."""
    display_name: str | None
    """The name that debuggers show for the runtime."""
    allow_remote: bool
    """Permit a ``host`` that is not a loopback address. Every request then needs the access
    token."""
    access_token: str | None
    """The secret that every request has to carry as the query parameter ``access_token``: 16 to
    128 letters, digits and ``-._~``. None: no secret, or a random one if ``host`` can be reached
    from other machines; see ``InspectorEndpoints.access_token``."""

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 9229,
        *,
        wait_for_connection: bool = False,
        break_on_next_statement: bool = False,
        target_url: str | None = None,
        display_name: str | None = None,
        allow_remote: bool = False,
        access_token: str | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self.wait_for_connection = wait_for_connection
        self.break_on_next_statement = break_on_next_statement
        self.target_url = target_url
        self.display_name = display_name
        self.allow_remote = allow_remote
        self.access_token = access_token

    def endpoint(self) -> str:
        """The host and port to listen on, as ``host:port``."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @staticmethod
    def _check_host(value: Any) -> str:
        if not isinstance(value, str):
            raise TypeError(f"host must be a str, not {type(value).__name__}")
        if not value:
            raise ValueError("host must not be empty")
        return value

    @staticmethod
    def _check_port(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"port must be an int, not {type(value).__name__}")
        if not 0 <= value <= 65535:
            raise ValueError(f"port must be from 0 to 65535, not {value}")
        return value

    @staticmethod
    def _check_wait_for_connection(value: Any) -> bool:
        return _bool("wait_for_connection", value)

    @staticmethod
    def _check_break_on_next_statement(value: Any) -> bool:
        return _bool("break_on_next_statement", value)

    @staticmethod
    def _check_target_url(value: Any) -> str | None:
        return _optional_str("target_url", value)

    @staticmethod
    def _check_display_name(value: Any) -> str | None:
        return _optional_str("display_name", value)

    @staticmethod
    def _check_allow_remote(value: Any) -> bool:
        return _bool("allow_remote", value)

    @staticmethod
    def _check_access_token(value: Any) -> str | None:
        token = _optional_str("access_token", value)
        if token is not None and not re.fullmatch(r"[A-Za-z0-9._~-]{16,128}", token):
            raise ValueError(
                "access_token must have from 16 to 128 characters of A-Z a-z 0-9 - . _ ~"
            )
        return token


@dataclass
class RuntimeConfig(_Validated):
    """The settings of a runtime. Changing one later does not change runtimes that exist."""

    max_heap_size: int | None
    """The most memory that JavaScript objects may take, in bytes; None leaves the limit to V8. A
    script that reaches it is stopped, and the runtime closes."""
    initial_heap_size: int | None
    """The size that the heap starts with, in bytes; needs ``max_heap_size``."""
    max_buffer_bytes: int | None
    """The most memory that ArrayBuffers and WebAssembly memories may take together, in bytes. A
    script that wants more gets a RangeError. None means ``max_heap_size``, or no limit if that is
    None, too."""
    bootstrap: str | None
    """A script that runs before all others."""
    timeout: float | None
    """How long a call may run JavaScript, in seconds. A timedelta may be assigned."""
    enable_console: bool
    """Print what JavaScript logs to ``console``. Debuggers see it in any case."""
    console_handler: Callable[[str, list[Any]], object] | None
    """Called with what JavaScript logs, which is then not printed: with the level ("log", "debug",
    "info", "warn", "error" or "trace") and the list of values."""
    uncaught_handler: Callable[[JavaScriptError], object] | None
    """Called with the errors that no call can raise: what timers and ``queueMicrotask`` callbacks
    throw, and the reasons of rejected promises that nothing handles. None leaves them to
    ``sys.unraisablehook``."""
    inspector: InspectorConfig | None
    """Lets a debugger attach."""
    module_root: str | None
    """The folder whose files scripts may import, see ``jsrun.loaders.FileLoader``. Any path-like
    object may be assigned."""
    web_globals: bool
    """Have ``URL``, ``TextEncoder``, ``AbortController``, ``crypto`` and other globals of
    browsers."""
    snapshot: bytes | None
    """What ``SnapshotBuilder.build()`` has returned: the runtime starts from it."""
    snapshot_key: bytes | None
    """The key that the snapshot was signed with."""
    max_serialization_depth: int
    """How deeply containers may be nested in a value that is converted."""
    max_serialization_bytes: int
    """How large a value may be that is converted, in bytes."""
    buffers: Literal["copy", "view"]
    """What an ArrayBuffer, typed array or DataView is converted to: "copy" makes ``bytes``, "view"
    a ``JsBuffer``, which is the memory itself and does not count for
    ``max_serialization_bytes``."""

    def __init__(
        self,
        *,
        max_heap_size: int | None = None,
        initial_heap_size: int | None = None,
        max_buffer_bytes: int | None = None,
        bootstrap: str | None = None,
        timeout: float | timedelta | None = None,
        enable_console: bool = False,
        console_handler: Callable[[str, list[Any]], object] | None = None,
        uncaught_handler: Callable[[JavaScriptError], object] | None = None,
        inspector: InspectorConfig | None = None,
        module_root: str | os.PathLike[str] | None = None,
        web_globals: bool = False,
        snapshot: bytes | None = None,
        snapshot_key: bytes | None = None,
        max_serialization_depth: int = 64,
        max_serialization_bytes: int = 10 * 1024 * 1024,
        buffers: Literal["copy", "view"] = "copy",
    ) -> None:
        self.max_heap_size = max_heap_size
        self.initial_heap_size = initial_heap_size
        self.max_buffer_bytes = max_buffer_bytes
        self.bootstrap = bootstrap
        self.timeout = timeout  # type: ignore[assignment]
        self.enable_console = enable_console
        self.console_handler = console_handler
        self.uncaught_handler = uncaught_handler
        self.inspector = inspector
        self.module_root = module_root  # type: ignore[assignment]
        self.web_globals = web_globals
        self.snapshot = snapshot
        self.snapshot_key = snapshot_key
        self.max_serialization_depth = max_serialization_depth
        self.max_serialization_bytes = max_serialization_bytes
        self.buffers = buffers

    @staticmethod
    def _check_max_heap_size(value: Any) -> int | None:
        return _optional_size("max_heap_size", value)

    @staticmethod
    def _check_initial_heap_size(value: Any) -> int | None:
        return _optional_size("initial_heap_size", value)

    @staticmethod
    def _check_max_buffer_bytes(value: Any) -> int | None:
        return _optional_size("max_buffer_bytes", value)

    @staticmethod
    def _check_bootstrap(value: Any) -> str | None:
        return _optional_str("bootstrap", value)

    @staticmethod
    def _check_timeout(value: Any) -> float | None:
        return timeout_seconds(value)

    @staticmethod
    def _check_enable_console(value: Any) -> bool:
        return _bool("enable_console", value)

    @staticmethod
    def _check_console_handler(value: Any) -> Callable[[str, list[Any]], object] | None:
        return _optional_callable("console_handler", value)

    @staticmethod
    def _check_uncaught_handler(value: Any) -> Callable[[JavaScriptError], object] | None:
        return _optional_callable("uncaught_handler", value)

    @staticmethod
    def _check_inspector(value: Any) -> InspectorConfig | None:
        if value is not None and not isinstance(value, InspectorConfig):
            raise TypeError(
                f"inspector must be an InspectorConfig or None, not {type(value).__name__}"
            )
        return value

    @staticmethod
    def _check_module_root(value: Any) -> str | None:
        path = os.fspath(value) if isinstance(value, os.PathLike) else value
        if path is not None and not isinstance(path, str):
            raise TypeError(f"module_root must be a path or None, not {type(value).__name__}")
        return path

    @staticmethod
    def _check_web_globals(value: Any) -> bool:
        return _bool("web_globals", value)

    @staticmethod
    def _check_snapshot(value: Any) -> bytes | None:
        if value is not None and not isinstance(value, bytes):
            raise TypeError(f"snapshot must be bytes or None, not {type(value).__name__}")
        return value

    @staticmethod
    def _check_snapshot_key(value: Any) -> bytes | None:
        if value is not None and not isinstance(value, bytes):
            raise TypeError(f"snapshot_key must be bytes or None, not {type(value).__name__}")
        if value == b"":
            raise ValueError("snapshot_key must not be empty")
        return value

    @staticmethod
    def _check_max_serialization_depth(value: Any) -> int:
        return _positive_int("max_serialization_depth", value, _MAX_DEPTH)

    @staticmethod
    def _check_max_serialization_bytes(value: Any) -> int:
        return _positive_int("max_serialization_bytes", value, _MAX_SIZE)

    @staticmethod
    def _check_buffers(value: Any) -> str:
        if value not in ("copy", "view"):
            raise ValueError(f'buffers must be "copy" or "view", not {value!r}')
        return str(value)


_DEFAULTS = RuntimeConfig()


class BuilderConfig(RuntimeConfig):
    """The settings of a runtime that will become a snapshot."""


def inspector_settings(config: InspectorConfig | None) -> tuple[Any, ...]:
    """What the extension needs of ``config``, in its order."""
    if config is None:
        config = InspectorConfig()
    elif not isinstance(config, InspectorConfig):
        raise TypeError(f"config must be an InspectorConfig or None, not {type(config).__name__}")
    return _inspector_settings(config)


def _requested_inspector() -> tuple[Any, ...] | None:
    """The inspector that the environment asks for, for a runtime that has none by its config."""
    request = _environment.inspect_request()
    if request is None:
        return None
    config = InspectorConfig(
        request.host,
        request.port,
        wait_for_connection=request.wait,
        break_on_next_statement=request.stop,
    )
    return _inspector_settings(config, requested=True)


def _inspector_settings(config: InspectorConfig, *, requested: bool = False) -> tuple[Any, ...]:
    vscode = _environment.vscode_wants_to_attach(config.endpoint(), config.port)

    def tell(runtime: Runtime, endpoints: InspectorEndpoints) -> None:
        if requested:
            _environment.announce(endpoints.websocket_url, endpoints.process_devtools_frontend_url)
        if vscode:
            _environment.tell_vscode(runtime, endpoints)

    return (
        config.host,
        config.port,
        config.wait_for_connection or vscode,
        config.break_on_next_statement,
        config.display_name,
        config.target_url,
        config.allow_remote,
        config.access_token,
        requested,
        tell if requested or vscode else None,
    )


def runtime_settings(config: RuntimeConfig | None) -> tuple[Any, ...]:
    """What the extension needs of ``config``, in its order.

    Raises ConfigError if fields contradict each other.
    """
    if config is None:
        config = _DEFAULTS
    elif not isinstance(config, RuntimeConfig):
        raise TypeError(f"config must be a RuntimeConfig or None, not {type(config).__name__}")
    for_snapshot = isinstance(config, BuilderConfig)
    inspector = None
    if config.inspector:
        inspector = _inspector_settings(config.inspector)
    elif not for_snapshot:
        inspector = _requested_inspector()
    if config.snapshot is not None and config.bootstrap is not None:
        raise ConfigError(
            "snapshot and bootstrap exclude each other: give the bootstrap to the SnapshotBuilder"
        )
    if config.snapshot is None and config.snapshot_key is not None:
        raise ConfigError("snapshot_key needs a snapshot")
    if config.initial_heap_size is not None:
        if config.max_heap_size is None:
            raise ConfigError("initial_heap_size needs max_heap_size to be set too")
        if config.initial_heap_size > config.max_heap_size:
            raise ConfigError(
                f"initial_heap_size ({config.initial_heap_size}) cannot exceed "
                f"max_heap_size ({config.max_heap_size})"
            )
    return (
        config.max_heap_size or 0,
        config.initial_heap_size or 0,
        config.max_buffer_bytes or config.max_heap_size or 0,
        config.timeout or 0.0,
        config.bootstrap,
        config.max_serialization_depth,
        config.max_serialization_bytes,
        config.buffers == "view",
        inspector,
        config.console_handler or (_console.write if config.enable_console else None),
        config.console_handler is not None,
        config.uncaught_handler,
        config.web_globals,
        config.snapshot,
        checked_offset(config.snapshot, config.snapshot_key) if config.snapshot is not None else 0,
        for_snapshot,
    )


for _public in (InspectorConfig, RuntimeConfig):
    _public.__module__ = "jsrun"
