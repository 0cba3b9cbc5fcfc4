"""Answers what debuggers ask for and V8 does not have: files such as source maps.

Chrome DevTools fetches the source map that a script names with ``Network.loadNetworkResource``,
which opens a stream, ``IO.read`` and ``IO.close``. The answers are made here, on threads of their
own and without the runtime's isolate. Meanwhile JavaScript may run, be paused, or wait.
"""

from __future__ import annotations

import asyncio
import base64
import json
import threading
import uuid
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import CancelledError, Future
from queue import SimpleQueue
from typing import Any
from urllib.parse import unquote

from ._errors import ModuleError
from ._modules import STATIC, Modules, check_source
from .loaders import FileLoader

RESOURCE_BYTES = 64 * 1024 * 1024
"""The largest file that is served."""
OPEN_BYTES = 2 * RESOURCE_BYTES
"""The most bytes that one session may have open."""
CHUNK_BYTES = 1024 * 1024
"""The most bytes in one answer."""
LOADS_MAX = 1000
"""The most loads that one session may have, running and waiting."""
THREADS_MAX = 4
"""The most threads that wait for a session's loads."""

_INVALID_PARAMS = -32602
_FAILED = -2
_TOO_LARGE = -12

Message = dict[str, Any]

# Name, type, and whether the parameter is required. An ``int`` is a number of bytes. The same as in
# inspector/protocol.pdl.
_PARAMETERS: dict[str, dict[str, tuple[type, bool]]] = {
    "Network.loadNetworkResource": {
        "frameId": (str, False),
        "url": (str, True),
        "options": (dict, False),
    },
    "IO.read": {"handle": (str, True), "offset": (int, False), "size": (int, False)},
    "IO.close": {"handle": (str, True)},
}
_TYPE_NAMES = {str: "string", int: "integer", dict: "object"}


def answer_requests(
    modules: Modules,
    requests: SimpleQueue[bytes | None],
    answer: Callable[[bytes], None],
    decline: Callable[[bytes], None],
) -> None:
    """Answer a session's requests until a None comes. The function of a thread."""
    client = _Client(modules, answer)
    while (request := requests.get()) is not None:
        if not client.take(request):
            decline(request)
    client.end()


class _Refused(Exception):
    """The request is refused, with this message and this explanation."""

    def __init__(self, message: str, explanation: str = "") -> None:
        super().__init__(message, explanation)
        self.message = message
        self.explanation = explanation


class _TooLarge(Exception):
    """A limit was reached."""


class _Stream:
    """A file that is being read."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.position = 0


class _Client:
    """One session."""

    def __init__(self, modules: Modules, answer: Callable[[bytes], None]) -> None:
        self._modules = modules
        self._answer = answer
        self._loads = _Loads()
        self._lock = threading.Lock()
        self._streams: dict[str, _Stream] = {}
        self._open_bytes = 0
        self._ended = False

    def take(self, text: bytes) -> bool:
        """Answer a request. False: it is not for us."""
        try:
            request = json.loads(text.decode())
            number, method = request["id"], request["method"]
            declared = _PARAMETERS[method]
        except (ValueError, RecursionError, TypeError, KeyError):
            return False
        if type(number) is not int or not -(2**31) <= number < 2**31:
            return False
        try:
            parameters = _check(request.get("params", {}), declared)
            if method == "IO.read":
                self._send(number, result=self._read(**parameters))
            elif method == "IO.close":
                self._close(**parameters)
                self._send(number, result={})
            elif not self._loads.add(lambda: self._load(number, parameters["url"])):
                self._fail(number, _TOO_LARGE, f"{LOADS_MAX} files are being loaded")
        except _Refused as refused:
            error: Message = {"code": _INVALID_PARAMS, "message": refused.message}
            if refused.explanation:
                error["data"] = refused.explanation
            self._send(number, error=error)
        return True

    def end(self) -> None:
        """The client has left."""
        with self._lock:
            self._ended = True
            self._streams.clear()

    def _send(self, number: int, **message: Any) -> None:
        self._answer(json.dumps({"id": number, **message}).encode())

    # --- loading ----------------------------------------------------------------------------------

    def _load(self, number: int, url: str) -> None:
        """Load a file. Runs on a thread of ``_loads``."""
        try:
            content = find(self._modules, url)
            if isinstance(content, bytes):
                self._loaded(number, content)
            else:
                content.add_done_callback(lambda done: self._settled(number, url, done))
        except Exception as error:  # the program's loader may raise anything
            self._failed(number, error)

    def _settled(self, number: int, url: str, done: Future[Any]) -> None:
        """A loader's awaitable is done. Runs on the loop's thread."""

        def tell() -> None:
            try:
                self._loaded(number, _encoded(done.result(), url))
            except (Exception, CancelledError) as error:
                self._failed(number, error)

        if not self._loads.add(tell):
            self._fail(number, _TOO_LARGE, f"{LOADS_MAX} files are being loaded")

    def _loaded(self, number: int, content: bytes) -> None:
        handle = str(uuid.uuid4())
        with self._lock:
            if self._ended:
                return
            if self._open_bytes + len(content) > OPEN_BYTES:
                raise _TooLarge(f"more than {OPEN_BYTES} bytes would be open")
            self._open_bytes += len(content)
            self._streams[handle] = _Stream(content)
        resource = {"success": True, "httpStatusCode": 200, "stream": handle, "headers": {}}
        self._send(number, result={"resource": resource})

    def _failed(self, number: int, error: BaseException) -> None:
        reason = str(error) or type(error).__name__
        self._fail(number, _TOO_LARGE if isinstance(error, _TooLarge) else _FAILED, reason)

    def _fail(self, number: int, code: int, reason: str) -> None:
        """Tell why. Debuggers show the text that stands in place of Chrome's error name."""
        name = "net::ERR_INSUFFICIENT_RESOURCES" if code == _TOO_LARGE else "net::ERR_FAILED"
        resource = {"success": False, "netError": code, "netErrorName": f"{name} ({reason})"}
        self._send(number, result={"resource": resource})

    # --- reading ----------------------------------------------------------------------------------

    def _stream(self, handle: str) -> _Stream:
        stream = self._streams.get(handle)
        if stream is None:
            raise _Refused("Invalid stream handle")
        return stream

    def _read(self, handle: str, offset: int | None = None, size: int = CHUNK_BYTES) -> Message:
        stream = self._stream(handle)
        start = stream.position if offset is None else offset
        chunk = stream.content[start : start + min(size, CHUNK_BYTES)]
        stream.position = start + len(chunk)
        # Clients ignore data in the message that tells the end.
        end = start >= len(stream.content)
        return {"base64Encoded": True, "data": base64.b64encode(chunk).decode(), "eof": end}

    def _close(self, handle: str) -> None:
        with self._lock:
            stream = self._stream(handle)
            del self._streams[handle]
            self._open_bytes -= len(stream.content)


def _check(parameters: Any, declared: dict[str, tuple[type, bool]]) -> Message:
    """The declared parameters. Raises _Refused if one is missing or has a wrong type."""
    if not isinstance(parameters, dict):
        raise _Refused("Invalid parameters", "params: object expected")
    for name, (kind, needed) in declared.items():
        if name not in parameters:
            if needed:
                raise _Refused("Invalid parameters", f"{name}: {_TYPE_NAMES[kind]} value expected")
        elif type(parameters[name]) is not kind:
            raise _Refused("Invalid parameters", f"{name}: {_TYPE_NAMES[kind]} value expected")
        elif kind is int and parameters[name] < 0:
            raise _Refused("Invalid parameters", f"{name}: must not be negative")
    return {name: parameters[name] for name in declared if name in parameters}


# --- where files come from ------------------------------------------------------------------------


def find(modules: Modules, url: str) -> bytes | Future[Any]:
    """The content of a file that a debugger wants to see, or a future for the text.

    It is a static module, a file beneath the module root, or what the module loader returns. An
    asynchronous loader is called in the loop where it was used last, if that loop runs, and
    otherwise in a loop of this thread's own.
    """
    source = _static(modules, url)
    if source is not None:
        return _encoded(source, url)
    files = modules.loader if isinstance(modules.loader, FileLoader) else modules.files
    if url.startswith("file:") and files is not None:
        return _within(files.content(url, RESOURCE_BYTES + 1), url)
    loader = modules.loader
    if loader is None or isinstance(loader, FileLoader):
        raise ModuleError(f"there is no module loader for {url!r}")
    loop = modules.loop
    if loop is not None and loop.is_running():
        return asyncio.run_coroutine_threadsafe(_ask(loader, url), loop)
    source = loader(url)
    if isinstance(source, Awaitable):
        source = asyncio.run(_await(source))
    return _encoded(source, url)


def _static(modules: Modules, url: str) -> str | None:
    if not url.startswith(STATIC):
        return None
    name = url[len(STATIC) :]
    source = modules.sources.get(name)
    return source if source is not None else modules.sources.get(unquote(name))


async def _ask(loader: Callable[[str], Any], url: str) -> Any:
    source = loader(url)
    return await source if isinstance(source, Awaitable) else source


async def _await(source: Awaitable[Any]) -> Any:
    return await source


def _encoded(source: Any, url: str) -> bytes:
    return _within(check_source(source, url).encode("utf-8", "replace"), url)


def _within(content: bytes, url: str) -> bytes:
    if len(content) > RESOURCE_BYTES:
        raise _TooLarge(f"{url!r} has more than {RESOURCE_BYTES} bytes")
    return content


# --- threads --------------------------------------------------------------------------------------


class _Loads:
    """Runs loads on a few threads, which end when no load is left."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[Callable[[], None]] = deque()
        self._threads = 0

    def add(self, load: Callable[[], None]) -> bool:
        """Queue a load. False: too many are queued already."""
        with self._lock:
            if len(self._waiting) >= LOADS_MAX:
                return False
            self._waiting.append(load)
            if self._threads == THREADS_MAX:
                return True
            self._threads += 1
        threading.Thread(target=self._run, name="jsrun-files", daemon=True).start()
        return True

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._threads -= 1
                    return
                load = self._waiting.popleft()
            load()
