"""A JavaScript runtime for Python that can be debugged: V8, with Chrome DevTools inside."""

from ._config import InspectorConfig, InspectorEndpoints, RuntimeConfig
from ._default import close_default_runtime, eval, get_default_runtime
from ._errors import JavaScriptError, JavaScriptFrame, RuntimeTerminated
from ._jsrun import JsFunction, JsUndefined, Runtime, undefined

__all__ = [
    "InspectorConfig",
    "InspectorEndpoints",
    "JavaScriptError",
    "JavaScriptFrame",
    "JsFunction",
    "JsUndefined",
    "Runtime",
    "RuntimeConfig",
    "RuntimeTerminated",
    "close_default_runtime",
    "eval",
    "get_default_runtime",
    "undefined",
]
