"""A JavaScript runtime for Python that can be debugged: V8, with Chrome DevTools inside."""

from ._config import InspectorConfig, InspectorEndpoints, RuntimeConfig
from ._default import (
    bind_function,
    bind_object,
    close_default_runtime,
    eval,
    eval_async,
    get_default_runtime,
)
from ._errors import (
    BindingError,
    ConversionError,
    ConversionLimitError,
    ForkedRuntimeError,
    FunctionClosedError,
    InspectorError,
    InspectorSessionClosed,
    JavaScriptError,
    JavaScriptFrame,
    JsrunError,
    PendingPromiseError,
    RuntimeClosedError,
    RuntimeTerminated,
    RuntimeTimeout,
)
from ._jsrun import JsFunction, JsUndefined, Runtime, undefined
from ._session import InspectorEvent, InspectorEvents, InspectorSession
from ._stats import RuntimeStats

__all__ = [
    "BindingError",
    "ConversionError",
    "ConversionLimitError",
    "ForkedRuntimeError",
    "FunctionClosedError",
    "InspectorConfig",
    "InspectorEndpoints",
    "InspectorError",
    "InspectorEvent",
    "InspectorEvents",
    "InspectorSession",
    "InspectorSessionClosed",
    "JavaScriptError",
    "JavaScriptFrame",
    "JsFunction",
    "JsUndefined",
    "JsrunError",
    "PendingPromiseError",
    "Runtime",
    "RuntimeClosedError",
    "RuntimeConfig",
    "RuntimeStats",
    "RuntimeTerminated",
    "RuntimeTimeout",
    "bind_function",
    "bind_object",
    "close_default_runtime",
    "eval",
    "eval_async",
    "get_default_runtime",
    "undefined",
]
