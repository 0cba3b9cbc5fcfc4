"""A JavaScript runtime for Python that can be debugged: V8, with Chrome DevTools inside."""

from ._config import InspectorConfig, RuntimeConfig
from ._default import (
    bind_function,
    bind_object,
    close_default_runtime,
    eval_async,
    get_default_runtime,
)
from ._default import eval as eval  # not in __all__: `from jsrun import *` would hide the built-in
from ._endpoints import InspectorEndpoints
from ._errors import (
    BindingError,
    ConfigError,
    ConversionError,
    ConversionLimitError,
    ConversionRangeError,
    EventLoopError,
    ExecutionStopped,
    ForkedRuntimeError,
    FunctionClosedError,
    GreenletError,
    InspectorError,
    InspectorOpenError,
    InspectorSessionClosed,
    JavaScriptError,
    JavaScriptFrame,
    JsrunError,
    ModuleError,
    PendingPromiseError,
    RuntimeClosedError,
    RuntimeTerminated,
    RuntimeTimeout,
    SnapshotError,
)
from ._jsrun import JsBuffer, JsFunction, JsUndefined, Runtime, undefined
from ._jsrun import version as __version__
from ._modules import ModuleNamespace
from ._pool import PooledRuntime, RuntimePool
from ._probe import Probe, ProbeHit
from ._profiling import Coverage, CpuProfile, FunctionTime
from ._session import InspectorEvent, InspectorEvents, InspectorSession
from ._snapshot import SnapshotBuilder
from ._stats import RuntimeStats
from ._streams import JsStream, PyStreamSource

__all__ = [
    "BindingError",
    "ConfigError",
    "ConversionError",
    "ConversionLimitError",
    "ConversionRangeError",
    "Coverage",
    "CpuProfile",
    "EventLoopError",
    "ExecutionStopped",
    "ForkedRuntimeError",
    "FunctionClosedError",
    "GreenletError",
    "FunctionTime",
    "InspectorConfig",
    "InspectorEndpoints",
    "InspectorError",
    "InspectorOpenError",
    "InspectorEvent",
    "InspectorEvents",
    "InspectorSession",
    "InspectorSessionClosed",
    "JavaScriptError",
    "JavaScriptFrame",
    "JsBuffer",
    "JsFunction",
    "JsStream",
    "JsUndefined",
    "JsrunError",
    "ModuleError",
    "ModuleNamespace",
    "PendingPromiseError",
    "PooledRuntime",
    "Probe",
    "ProbeHit",
    "PyStreamSource",
    "Runtime",
    "RuntimeClosedError",
    "RuntimeConfig",
    "RuntimePool",
    "RuntimeStats",
    "RuntimeTerminated",
    "RuntimeTimeout",
    "SnapshotBuilder",
    "SnapshotError",
    "__version__",
    "bind_function",
    "bind_object",
    "close_default_runtime",
    "eval_async",
    "get_default_runtime",
    "undefined",
]
