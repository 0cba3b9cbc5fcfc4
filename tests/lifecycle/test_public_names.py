"""The names that the package exports."""

from __future__ import annotations

import builtins
import gc
import inspect
import sys

import jsrun
import jsrun.loaders
import jsrun.testing
import pytest


@pytest.mark.parametrize("module", [jsrun, jsrun.loaders, jsrun.testing])
def test_importing_all_names_hides_no_builtin(module):
    names: dict[str, object] = {}
    exec(f"from {module.__name__} import *", names)
    hidden = set(names) & set(dir(builtins)) - {"__builtins__"}
    assert not {name for name in hidden if not name.startswith("__")}
    assert set(module.__all__) <= set(names)


def test_eval_is_a_name_of_the_package():
    assert jsrun.eval("6 * 7") == 42
    assert jsrun.eval.__module__ == "jsrun"


@pytest.mark.parametrize("arguments", [(), (None,), (1, 2), ("x", "y", "z")])
def test_wrong_arguments_of_a_class_raise_and_leave_nothing_behind(monkeypatch, arguments):
    reported = []
    monkeypatch.setattr(sys, "unraisablehook", lambda report: reported.append(report.exc_value))
    classes = [value for value in vars(jsrun).values() if inspect.isclass(value)]
    assert jsrun.JsStream in classes and jsrun.Probe in classes
    for cls in classes:
        if cls is jsrun.RuntimePool and arguments == (None,):
            continue  # a pool with the default settings
        try:
            cls(*arguments)
        except (TypeError, ValueError, AttributeError):
            pass
        gc.collect()
        assert reported == [], cls


def test_a_stream_is_not_made_by_hand():
    with pytest.raises(TypeError, match="made by a runtime"):
        jsrun.JsStream(object())
