"""Finds the module that a specifier means, and its source."""

from __future__ import annotations

import asyncio
import copy
import inspect
import posixpath
import re
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Union

from ._async import Scope
from ._config import RuntimeConfig
from ._errors import ConversionError, ConversionLimitError, ModuleError, RuntimeTimeout
from .loaders import FileLoader

STATIC = "jsrun://static/"
_SHORT_STATIC = "static:"

Resolver = Callable[[str, str], Union[str, None]]
Loader = Callable[[str], Union[str, Awaitable[str]]]


class ModuleNamespace(dict[str, Any]):
    """The exports of a module by name, with the values that they had after its evaluation.

    An export without a counterpart in Python is missing. Reading it raises the ConversionError that
    tells why.
    """

    unconverted: dict[str, Exception]
    """The names of the exports that could not be converted, and why."""

    def __init__(
        self,
        exports: dict[str, Any],
        unconverted: dict[str, ConversionError | ConversionLimitError],
    ) -> None:
        super().__init__(exports)
        self.unconverted = dict(unconverted)

    def __missing__(self, name: object) -> Any:
        error = self.unconverted.get(name) if isinstance(name, str) else None
        if error is None:
            raise KeyError(name)
        raise copy.copy(error)


ModuleNamespace.__module__ = "jsrun"


class Modules:
    """What Python knows of the modules of one runtime. The GIL guards it."""

    def __init__(self) -> None:
        self.sources: dict[str, str] = {}
        self.resolver: Resolver | None = None
        self.loader: Any = None
        self.files: FileLoader | None = None
        self.loop: asyncio.AbstractEventLoop | None = None

    # --- what the program sets --------------------------------------------------------------------

    def configure(self, config: RuntimeConfig | None) -> None:
        """Called once, when the runtime is made."""
        if config is not None and config.module_root is not None:
            self.loader = self.files = FileLoader(config.module_root)

    def add(self, name: Any, source: Any) -> None:
        """``Runtime.add_static_module()``."""
        for what, value in (("name", name), ("source", source)):
            if not isinstance(value, str):
                raise TypeError(f"{what} must be a str, not '{type(value).__name__}'")
        name = self._without_prefix(name)
        if not name:
            raise ValueError("name must not be empty")
        self.sources[name] = source

    def set_resolver(self, resolver: Any) -> None:
        """``Runtime.set_module_resolver()``."""
        if resolver is not None and not callable(resolver):
            raise TypeError(f"resolver must be callable or None, not '{type(resolver).__name__}'")
        if inspect.iscoroutinefunction(resolver):
            raise TypeError("resolver must not be async: do what takes time in the loader")
        self.resolver = resolver

    def set_loader(self, loader: Any) -> None:
        """``Runtime.set_module_loader()``."""
        if loader is not None and not callable(loader):
            raise TypeError(f"loader must be callable or None, not '{type(loader).__name__}'")
        self.loader = loader

    # --- resolving --------------------------------------------------------------------------------

    def resolve(self, specifier: str, referrer: Any) -> str:
        """The URL that ``specifier`` means. JavaScript's ``undefined`` is no referrer."""
        base = referrer if isinstance(referrer, str) else ""
        if self.resolver is not None:
            url = self.resolver(specifier, base)
            if url is not None and not isinstance(url, str):
                raise TypeError(
                    "the module resolver must return a str or None, "
                    f"not '{type(url).__name__}' (for {specifier!r})"
                )
            if url:
                return self._find_static(url) or url
        return self._resolve_by_itself(specifier, base)

    def _resolve_by_itself(self, specifier: str, base: str) -> str:
        url = self._find_static(specifier)
        if url is not None:
            return url
        if specifier.startswith(STATIC) or specifier.startswith(_SHORT_STATIC):
            return STATIC + self._without_prefix(specifier)
        if specifier.startswith(("./", "../", "/")) and base:
            joined = _join(base, specifier)
            url = self._find_static(joined)
            if url is not None or base.startswith(STATIC):
                return url or joined
        own_resolve = getattr(self.loader, "resolve", None)
        if own_resolve is not None:
            return str(own_resolve(specifier, base))
        if self.loader is None:
            raise self._denied()
        if specifier.startswith(("./", "../", "/")):
            return _join(base, specifier)
        return specifier

    def _find_static(self, specifier: str) -> str | None:
        """The URL of the static module of that name, bare or with a prefix, if there is one."""
        for name in (specifier, self._without_prefix(specifier)):
            if name in self.sources:
                return STATIC + name
        return None

    @staticmethod
    def _without_prefix(name: str) -> str:
        for prefix in (STATIC, _SHORT_STATIC):
            if name.startswith(prefix):
                return name[len(prefix) :]
        return name

    def _denied(self) -> ModuleError:
        known = ", ".join(repr(name) for name in sorted(self.sources)[:8])
        more = ", …" if len(self.sources) > 8 else ""
        return ModuleError(
            "Module loading denied: there is no static module of this name"
            + (f" (there are {known}{more})" if known else "")
            + ", and no module loader. add_static_module(), set_module_loader() or "
            "RuntimeConfig(module_root=...) would allow it"
        )

    # --- loading ----------------------------------------------------------------------------------

    def load(self, url: str, json: bool, scope: Scope | None, seconds: float) -> Any:
        """The source of a module, or an awaitable for it that belongs to the loop of ``scope``.

        ``scope`` is that of the asynchronous call that needs the module. Without one the loader's
        awaitable is run here, for at most ``seconds`` (negative: no limit).
        """
        source = self._find_source(url, json)
        if inspect.isawaitable(source):
            if scope is not None and scope.inbox.loop.is_running():
                self.loop = scope.inbox.loop
                return source
            source = _run(source, url, seconds)
        return check_source(source, url)

    def _find_source(self, url: str, json: bool) -> Any:
        if url.startswith(STATIC):
            source = self.sources.get(url[len(STATIC) :])
            if source is not None:
                return source
        if self.loader is None or (url.startswith(STATIC) and hasattr(self.loader, "resolve")):
            raise self._denied()
        if isinstance(self.loader, FileLoader):
            return self.loader(url, json)
        return self.loader(url)


def check_source(source: Any, url: str) -> str:
    """The source that a loader has returned. Raises TypeError if it is not a str."""
    if not isinstance(source, str):
        raise TypeError(
            f"the module loader must return a str or an awaitable of one, "
            f"not '{type(source).__name__}' (for {url!r})"
        )
    return source


async def await_source(source: Awaitable[Any], url: str) -> str:
    """The coroutine of an asynchronous load."""
    return check_source(await source, url)


_PARTS = re.compile(r"((?:[A-Za-z][A-Za-z0-9+.-]*:)?(?://[^/?#]*)?)([^?#]*)")


def _join(base: str, specifier: str) -> str:
    """The URL of a relative specifier; ``base`` is a URL of any scheme, or a path."""
    match = _PARTS.match(base)
    assert match is not None  # it matches the empty string, too
    origin, path = match.groups()
    if "//" in origin:
        path = path or "/"
    wanted = re.split("[?#]", specifier, maxsplit=1)[0]
    joined = posixpath.normpath(posixpath.join(posixpath.dirname(path), wanted))
    if wanted.endswith("/") and joined != "/":
        joined += "/"
    return origin + joined + specifier[len(wanted) :]


def _run(source: Awaitable[Any], url: str, seconds: float) -> Any:
    """Run a loader's awaitable for a synchronous call, in a loop of its own."""
    if asyncio._get_running_loop() is not None:
        if isinstance(source, Coroutine):
            source.close()
        raise ModuleError(
            "an async module loader cannot be waited for by a synchronous evaluation while an "
            "asyncio loop runs in its thread: use eval_module_async() or eval_async()"
        )

    async def run() -> Any:
        if seconds < 0:
            return await source
        try:
            # A little longer, so that the deadline of the evaluation has passed for certain.
            return await asyncio.wait_for(_as_coroutine(source), seconds + 0.001)
        except asyncio.TimeoutError:
            raise RuntimeTimeout(
                f"the module loader did not finish in time (for {url!r})"
            ) from None

    return asyncio.run(run())


async def _as_coroutine(source: Awaitable[Any]) -> Any:
    return await source
