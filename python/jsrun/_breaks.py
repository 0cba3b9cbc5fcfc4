"""What debuggers are told when JavaScript pauses where it calls a handler."""

from __future__ import annotations

import json
from typing import Any

_LONGEST = 10_000


def details(name: str, arguments: list[Any]) -> str:
    """The details of the pause as JSON: the arguments by value, or else their ``repr()``."""
    shown = [_shown(argument) for argument in arguments]
    return json.dumps({"eventName": f"hostCall:{name}", "name": name, "arguments": shown})


def _shown(argument: Any) -> Any:
    try:
        text = json.dumps(argument, default=repr, allow_nan=False)
    except (ValueError, RecursionError):
        text = ""
    return json.loads(text) if 0 < len(text) <= _LONGEST else repr(argument)[:_LONGEST]
