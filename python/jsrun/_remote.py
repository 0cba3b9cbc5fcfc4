"""Values and names of the DevTools protocol, converted to Python's."""

from __future__ import annotations

import re
from typing import Any

from ._errors import InspectorError, JavaScriptError
from ._jsrun import undefined
from ._session import InspectorSession

_NUMBERS = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf"), "-0": -0.0}


def file_pattern(file: str) -> str:
    """A JavaScript regular expression for scripts with this name or this end of a name."""
    escaped = re.sub(r"[\\^$.*+?()\[\]{}|/]", r"\\\g<0>", file)
    return f"^(?:.*[/\\\\])?{escaped}$"


def value_of(session: InspectorSession, remote: dict[str, Any]) -> Any:
    """The value of a RemoteObject; for what JSON does not have (functions, cycles) its
    description."""
    if "value" in remote:
        return remote["value"]
    if remote["type"] == "undefined":
        return undefined
    if "unserializableValue" in remote:
        text = remote["unserializableValue"]
        return int(text[:-1]) if text.endswith("n") else _NUMBERS[text]
    if remote["type"] == "object" and "objectId" in remote:
        try:
            copy = session.send(
                "Runtime.callFunctionOn",
                objectId=remote["objectId"],
                functionDeclaration="function() { return this; }",
                returnByValue=True,
            )
            if "value" in copy["result"]:
                return copy["result"]["value"]
        except InspectorError:
            pass  # it has a cycle, or is too deep
    return remote.get("description", remote["type"])


def outcome(session: InspectorSession, answer: dict[str, Any]) -> Any:
    """The value of an evaluation. Raises JavaScriptError if it threw."""
    if "exceptionDetails" not in answer:
        return value_of(session, answer["result"])
    thrown = answer["exceptionDetails"].get("exception", {})
    text = str(thrown.get("description", thrown.get("value", "")))
    name = thrown.get("className") if thrown.get("subtype") == "error" else None
    message = text.split("\n", 1)[0]
    if name is not None and message.startswith(f"{name}: "):
        message = message[len(name) + 2 :]
    raise JavaScriptError(message, name, text or None)


def properties(session: InspectorSession, object_id: str) -> dict[str, Any]:
    """The own properties of an object, such as a scope, except those with getters."""
    answer = session.send("Runtime.getProperties", objectId=object_id, ownProperties=True)
    return {
        item["name"]: value_of(session, item["value"])
        for item in answer["result"]
        if "value" in item
    }
