"""Sources of ES modules, for tests."""

from __future__ import annotations

from collections.abc import Callable

from jsrun import Runtime


def add(runtime: Runtime, **sources: str) -> None:
    """Adds static modules, by their names."""
    for name, source in sources.items():
        runtime.add_static_module(name, source)


def from_dict(sources: dict[str, str]) -> Callable[[str], str]:
    """A loader of these sources, by their URLs."""

    def load(url: str) -> str:
        return sources[url]

    return load
