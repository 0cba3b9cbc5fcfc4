"""Every exception class of the package survives pickle, copy and a pool of processes."""

from __future__ import annotations

import copy
import inspect
import multiprocessing
import pickle
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from typing import Any

import jsrun
import pytest

CLASSES = [
    value
    for value in vars(jsrun).values()
    if inspect.isclass(value) and issubclass(value, BaseException)
]

COPIERS: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    **{f"pickle {n}": lambda e, n=n: pickle.loads(pickle.dumps(e, n)) for n in (0, 2, 5)},
}


def make(cls: type[BaseException]) -> BaseException:
    if cls is jsrun.InspectorError:
        error = jsrun.InspectorError("Runtime.evaluate", -32602, "no", {"more": [1]})
    else:
        error = cls("what went wrong")
    error.extra = "an attribute of the program's"
    return error


def same(left: BaseException, right: BaseException) -> None:
    assert type(left) is type(right)
    assert (str(left), left.args) == (str(right), right.args)
    told = [dict(vars(e)) for e in (left, right)]
    for name in told[0]:
        if name == "cause" and isinstance(told[0][name], BaseException):
            same(told[0].pop(name), told[1].pop(name))
            break
    assert repr(told[0]) == repr(told[1])


@pytest.mark.parametrize("copier", COPIERS)
@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_a_copy_has_all_attributes(cls, copier):
    error = make(cls)
    same(error, COPIERS[copier](error))


RAISERS = {
    "an Error": ("throw Object.assign(new RangeError('m'), {code: 'E'})", {}),
    "an Error with a cause": ("throw new Error('m', {cause: new TypeError('root')})", {}),
    "a value": ("throw {code: 401}", {}),
    "a syntax error": ("throw throw", {}),
    "a timeout": ("for (;;);", {"timeout": 0.05}),
    "a value without a counterpart": ("Symbol()", {}),
    "a pending promise": ("new Promise(() => {})", {}),
}


def raise_in_worker(name: str) -> None:
    text, options = RAISERS[name]
    with jsrun.Runtime() as runtime:
        runtime.eval(text, **options)


def refuse_in_worker() -> None:
    config = jsrun.RuntimeConfig(inspector=jsrun.InspectorConfig(port=0))
    with jsrun.Runtime(config) as runtime, runtime.inspector_session() as session:
        session.send("Runtime.evaluate", expression=1)


@pytest.mark.parametrize("copier", COPIERS)
@pytest.mark.parametrize("name", RAISERS)
def test_an_exception_of_a_runtime_survives(name, copier):
    with pytest.raises(jsrun.JsrunError) as caught:
        raise_in_worker(name)
    copied = COPIERS[copier](caught.value)
    same(caught.value, copied)
    if isinstance(copied, jsrun.JavaScriptError):
        assert copied.javascript_traceback() == caught.value.javascript_traceback()


def test_exceptions_reach_the_parent_of_a_pool():
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        for name in RAISERS:
            error = pool.submit(raise_in_worker, name).exception(timeout=60)
            with pytest.raises(type(error)) as here:
                raise_in_worker(name)
            assert str(error) == str(here.value)
        error = pool.submit(refuse_in_worker).exception(timeout=60)
        assert isinstance(error, jsrun.InspectorError)
        assert (error.method, error.code) == ("Runtime.evaluate", -32602)
