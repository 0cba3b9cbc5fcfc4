"""Files that the package writes: profiles, heap snapshots and coverage."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from typing import IO, Any, Union

PathOrFile = Union[str, "os.PathLike[str]", IO[str], IO[bytes]]


@contextlib.contextmanager
def writer(path_or_file: PathOrFile) -> Iterator[Callable[[str], object]]:
    """A function that writes text to a file, in UTF-8 if it is binary.

    A file given by its path appears, or is replaced, when the with statement ends. If that raises,
    or the disk is full, a file that was there stays as it was and no other is left behind. What is
    not a regular file (a pipe, a terminal, /dev/null) is written to as it is. Raises OSError.
    """
    if not isinstance(path_or_file, (str, os.PathLike)):
        yield _writer_of(path_or_file)
        return
    path = os.path.realpath(path_or_file)  # of a symbolic link, its target is replaced
    try:
        mode = os.stat(path).st_mode
    except FileNotFoundError:
        mode = None
    if mode is not None and not stat.S_ISREG(mode):
        with open(path, "w", encoding="utf-8") as special:
            yield special.write
        return
    with _replacement(path, mode) as new:
        yield new.write


def _writer_of(file: IO[Any]) -> Callable[[str], object]:
    if isinstance(file, io.TextIOBase) or "b" not in getattr(file, "mode", "b"):
        return file.write
    return lambda text: file.write(text.encode())


@contextlib.contextmanager
def _replacement(path: str, mode: int | None) -> Iterator[IO[Any]]:
    """A new file beside ``path``, renamed to it at the end. Only this file is ever removed."""
    folder, name = os.path.split(path)
    # A name may have at most 255 bytes.
    new = os.path.join(folder, f".{name[:40]}.{secrets.token_hex(8)}.part")
    with _errors_about(path):
        if mode is not None and not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        file = open(new, "x", encoding="utf-8")
    try:
        with file:
            if mode is not None:
                os.fchmod(file.fileno(), stat.S_IMODE(mode))
            yield file
        with _errors_about(path):
            os.replace(new, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(new)
        raise


@contextlib.contextmanager
def _errors_about(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise type(error)(error.errno, error.strerror, path) from None


def save(path_or_file: PathOrFile, text: str) -> None:
    """Write a whole text."""
    with writer(path_or_file) as write:
        write(text)
