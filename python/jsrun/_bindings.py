"""``Runtime.bind()``, which is also a decorator."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._jsrun import Runtime


def bind(runtime: Runtime, name_or_handler: Any = None, *, name: str | None = None) -> Any:
    """Bind a handler now, or return the decorator that does it."""
    if name_or_handler is not None and not isinstance(name_or_handler, str):
        runtime.bind_function(_name_of(name_or_handler, name), name_or_handler)
        return name_or_handler
    if name is not None and name_or_handler is not None:
        raise TypeError("bind() got two names: give it as the first argument or as name=")
    given = name_or_handler if name is None else name

    def decorate(handler: Callable[..., Any]) -> Callable[..., Any]:
        runtime.bind_function(_name_of(handler, given), handler)
        return handler

    return decorate


def _name_of(handler: object, name: str | None) -> str:
    if name is not None:
        return name
    own: str | None = getattr(handler, "__name__", None)
    if own is None:
        raise TypeError(f"{handler!r} has no __name__: bind it with a name")
    return own
