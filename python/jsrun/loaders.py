"""Module loaders, for ``Runtime.set_module_loader()``."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

from . import _packages
from ._errors import ModuleError

__all__ = ["FileLoader"]

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_ENDINGS = (".js", ".mjs", ".json")
_INDEXES = tuple("index" + ending for ending in _ENDINGS)


class FileLoader:
    """Loads modules from the files beneath a folder, and from nowhere else.

    A specifier is a path: relative to the module that imports, or absolute (``/…`` and ``file:``)
    inside the folder. In Python and in scripts it is relative to the folder itself. ``.js``,
    ``.mjs`` and ``.json`` may be left out, and a folder means its index file. Any other name is
    that of a package in a ``node_modules`` folder beneath the root; the ``exports`` (or else
    ``module`` or ``main``) of its package.json tell the file. Only packages of ES modules can be
    used. A ``.json`` file is a module with a default export, with or without the import attribute.

    A file outside the folder is refused, whichever way a specifier leads there: ``..``, symbolic
    links, ``file:`` URLs or percent-encoding.
    """

    root: Path
    """The folder, with its symbolic links resolved."""
    conditions: frozenset[str]
    """The conditions of ``exports`` and ``imports`` that are met, besides ``default``."""

    def __init__(
        self, root: str | os.PathLike[str], *, conditions: Iterable[str] = ("import",)
    ) -> None:
        self.root = Path(os.path.realpath(root))
        self._given = Path(os.path.abspath(root))
        if not self.root.is_dir():
            raise ValueError(f"the module root is not a folder: {os.fspath(root)!r}")
        self.conditions = frozenset(conditions)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.root)!r})"

    # --- resolving --------------------------------------------------------------------------------

    def resolve(self, specifier: str, referrer: str) -> str:
        """The ``file:`` URL of the module that ``specifier`` means in ``referrer``. That is the URL
        of a module, or any other name for code that is not in the folder.

        Raises ModuleError if there is no such file, or if it is outside the folder.
        """
        inside = referrer.startswith("file:")
        folder = self._path_of_url(referrer).parent if inside else self._folder_of_script(referrer)
        path, suffix = _split_suffix(specifier)
        if path.startswith("file:"):
            return self._found(self._path_of_url(specifier), specifier) + suffix
        if path.startswith("/"):
            return self._found(Path(_decoded(path)), specifier) + suffix
        if path in (".", "..") or path.startswith(("./", "../")):
            return self._found(_joined(folder, path), specifier) + suffix
        if specifier.startswith("#"):
            return self._imported(specifier, folder).as_uri()
        if _SCHEME.match(specifier):
            raise ModuleError(f"only files beneath {self.root} can be loaded, by path or file: URL")
        if not inside and path:
            found = self._find(_joined(self.root, path))
            if found is not None:
                return found.as_uri() + suffix
        return self._package_file(specifier, folder).as_uri()

    def _folder_of_script(self, name: str) -> Path:
        """The folder for relative specifiers of a script. Only the name of a file in the root tells
        one; a script may have any other name."""
        path = Path(os.path.normpath(self.root / name))
        return path.parent if name and self._may_contain(path) else self.root

    def _found(self, path: Path, specifier: str) -> str:
        found = self._find(path)
        if found is None:
            raise ModuleError(f"there is no file {str(path)!r} (for {specifier!r})")
        return found.as_uri()

    def _find(self, path: Path) -> Path | None:
        """The file that a path means. The path may lack its ending, or be a folder."""
        real = self._inside(path)
        if real.is_file():
            return real
        if real.is_dir():
            candidates: Iterator[Path] = (real / name for name in _INDEXES)
        else:
            candidates = (path.with_name(path.name + ending) for ending in _ENDINGS if path.name)
        for candidate in candidates:
            real = self._inside(candidate)
            if real.is_file():
                return real
        return None

    def _inside(self, path: Path) -> Path:
        """The path without symbolic links, which has to be in the folder.

        Names are compared before the file system is asked: a script must not learn which files
        exist elsewhere.
        """
        lexical = Path(os.path.normpath(path))
        if self._may_contain(lexical):
            try:
                real = Path(os.path.realpath(path))
            except (OSError, ValueError) as error:
                raise ModuleError(f"{str(path)!r}: {error}") from error
            if self._contains(real):
                return real
        raise ModuleError(f"{str(path)!r} is outside the module root, {str(self.root)!r}")

    def _may_contain(self, path: Path) -> bool:
        """Whether a path is in the folder, as far as its names tell."""
        return self._contains(path) or self._given == path or self._given in path.parents

    def _contains(self, path: Path) -> bool:
        return path == self.root or self.root in path.parents

    def _path_of_url(self, url: str) -> Path:
        path = _split_suffix(url)[0][len("file:") :]
        if path.startswith("//"):
            host, slash, path = path[2:].partition("/")
            if host not in ("", "localhost"):
                raise ModuleError(f"{url!r} is a file on another machine")
            path = slash + path
        if not path.startswith("/"):
            raise ModuleError(f"{url!r} has no absolute path")
        return Path(_decoded(path))

    # --- packages ---------------------------------------------------------------------------------

    def _package_file(self, specifier: str, folder: Path) -> Path:
        name, subpath = _packages.split_name(specifier)
        own = self._own_package(folder)
        if own is not None and own[1].get("name") == name and own[1].get("exports") is not None:
            return self._file_of(own[0], own[1], subpath, specifier)
        for parent in self._upwards(folder):
            package = parent / "node_modules" / name
            if package.is_dir():
                package = self._inside(package)
                return self._file_of(package, self._read_package(package), subpath, specifier)
        raise ModuleError(
            f"there is no package {name!r} in a node_modules folder at or above {str(folder)!r}, "
            f"up to {str(self.root)!r} (the path of a file has to start with ./)"
        )

    def _upwards(self, folder: Path) -> Iterator[Path]:
        for parent in (folder, *folder.parents):
            if not self._contains(parent):
                return
            if parent.name != "node_modules":
                yield parent

    def _own_package(self, folder: Path) -> tuple[Path, dict[str, Any]] | None:
        """The package that a folder is part of."""
        for parent in self._upwards(folder):
            if (parent / "package.json").is_file():
                return parent, self._read_package(parent)
        return None

    def _read_package(self, package: Path) -> dict[str, Any]:
        path = package / "package.json"
        if not path.is_file():
            return {}
        try:
            content = json.loads(self._inside(path).read_text("utf-8-sig"))
        except (OSError, ValueError, RecursionError) as error:
            raise ModuleError(f"{str(path)!r} cannot be read: {error}") from error
        return content if isinstance(content, dict) else {}

    def _file_of(
        self, package: Path, content: dict[str, Any], subpath: str, specifier: str
    ) -> Path:
        exports = content.get("exports")
        if exports is not None:
            targets = _packages.exported(exports, subpath, self.conditions)
            return self._target(package, targets, specifier)
        if subpath != ".":
            candidates = [subpath]
        else:
            fields = (content.get("module"), content.get("main"))
            candidates = [field for field in fields if isinstance(field, str)] + ["."]
        for candidate in candidates:
            found = self._find(_joined(package, candidate))
            if found is not None:
                return self._checked(found, specifier)
        raise ModuleError(f"the package in {str(package)!r} has no file for {specifier!r}")

    def _target(self, package: Path, targets: Iterator[str], specifier: str) -> Path:
        missing = None
        for target in targets:
            if not target.startswith("./"):
                raise ModuleError(f"the target {target!r} in package.json does not start with ./")
            path = _joined(package, target)
            if self._inside(path).is_file():
                return self._checked(self._inside(path), specifier)
            missing = missing or path
        if missing is not None:
            raise ModuleError(f"there is no file {str(missing)!r} (for {specifier!r})")
        raise ModuleError(
            f"{str(package / 'package.json')!r} exports nothing for {specifier!r} under the "
            f"conditions {', '.join(sorted(self.conditions | {'default'}))}"
        )

    def _imported(self, name: str, folder: Path) -> Path:
        package = self._own_package(folder)
        if package is None:
            raise ModuleError(f'there is no package.json with "imports" for {name!r}')
        targets = list(_packages.imported(package[1].get("imports"), name, self.conditions))
        if targets and not targets[0].startswith("./"):
            return self._package_file(targets[0], package[0])
        return self._target(package[0], iter(targets), name)

    @staticmethod
    def _checked(path: Path, specifier: str) -> Path:
        if path.suffix == ".cjs":
            raise ModuleError(
                f"{specifier!r} is a CommonJS module ({str(path)!r}): only ES modules can be loaded"
            )
        return path

    # --- loading ----------------------------------------------------------------------------------

    def __call__(self, url: str, json_attribute: bool = False) -> str:
        """The source of a module that ``resolve()`` has found."""
        if not url.startswith("file:"):
            raise ModuleError(f"only files beneath {self.root} can be loaded, by path or file: URL")
        path = self._inside(self._path_of_url(url))
        if path.suffix not in _ENDINGS:
            raise ModuleError(
                f"{str(path)!r} cannot be loaded: "
                f"its name does not end with {' or '.join(_ENDINGS)}"
            )
        try:
            text = _read(path).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ModuleError(f"{str(path)!r} is not UTF-8: {error}") from error
        if path.suffix == ".json" and not json_attribute:
            return f"export default JSON.parse({json.dumps(text)})"
        return text

    def content(self, url: str, most: int = -1) -> bytes:
        """The bytes of any file beneath the folder, by its ``file:`` URL, or the first ``most`` of
        them. Debuggers get source maps, and the sources that those name, from here."""
        return _read(self._inside(self._path_of_url(url)), most)


def _read(path: Path, most: int = -1) -> bytes:
    try:
        # The path was checked. O_NOFOLLOW refuses a last part that has become a symbolic link
        # since.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        with open(descriptor, "rb") as file:
            return file.read(most)
    except OSError as error:
        raise ModuleError(f"{str(path)!r} cannot be read: {error.strerror}") from error


def _split_suffix(specifier: str) -> tuple[str, str]:
    """A URL without its query and fragment, and then these."""
    path = re.split("[?#]", specifier, maxsplit=1)[0]
    return path, specifier[len(path) :]


def _decoded(path: str) -> str:
    if re.search("%2f|%5c|%00", path, re.IGNORECASE) or "\0" in path:
        raise ModuleError(f"{path!r} contains an encoded separator or a NUL")
    return os.fsdecode(unquote_to_bytes(path.encode("utf-8", "surrogatepass")))


def _joined(folder: Path, path: str) -> Path:
    return Path(os.path.normpath(os.path.join(folder, _decoded(path))))


FileLoader.__module__ = "jsrun.loaders"
