"""A JavaScript runtime for Python that can be debugged: V8, with Chrome DevTools inside."""

from ._config import InspectorConfig, InspectorEndpoints, RuntimeConfig
from ._default import (
    bind_function,
    bind_object,
    close_default_runtime,
    eval,
    get_default_runtime,
)
from ._errors import (
    BindingError,
    ConversionError,
    ConversionLimitError,
    ForkedRuntimeError,
    FunctionClosedError,
    JavaScriptError,
    JavaScriptFrame,
    JsrunError,
    PendingPromiseError,
    RuntimeClosedError,
    RuntimeTerminated,
    RuntimeTimeout,
)
from ._jsrun import JsFunction, JsUndefined, Runtime, undefined
from ._stats import RuntimeStats

__all__ = [
    "BindingError",
    "ConversionError",
    "ConversionLimitError",
    "ForkedRuntimeError",
    "FunctionClosedError",
    "InspectorConfig",
    "InspectorEndpoints",
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
    "get_default_runtime",
    "undefined",
]
