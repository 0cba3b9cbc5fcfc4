"""RuntimeConfig, InspectorConfig and InspectorEndpoints."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest
from jsrun import InspectorConfig, InspectorEndpoints, JavaScriptError, Runtime, RuntimeConfig


def test_defaults():
    config = RuntimeConfig()
    assert (config.max_heap_size, config.initial_heap_size, config.bootstrap) == (None, None, None)
    assert (config.timeout, config.enable_console, config.inspector) == (None, False, None)
    assert config.snapshot is None
    assert config.max_serialization_depth == 64
    assert config.max_serialization_bytes == 10 * 1024 * 1024
    assert config == RuntimeConfig()
    assert "max_serialization_depth=64" in repr(config)


def test_changed_settings_are_checked():
    config = RuntimeConfig()
    config.bootstrap = "var x = 1"
    config.max_heap_size = 64 * 2**20
    config.initial_heap_size = 16 * 2**20
    with Runtime(config) as runtime:
        assert runtime.eval("x") == 1
    with pytest.raises(ValueError, match="Timeout must be a number"):
        config.timeout = "soon"
    assert config.timeout is None
    with pytest.raises(AttributeError, match="no setting 'max_heap'"):
        config.max_heap = 1


def test_positional_arguments_are_refused():
    with pytest.raises(TypeError):
        RuntimeConfig(1)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (-1, "Timeout cannot be negative"),
        (-0.5, "Timeout cannot be negative"),
        (timedelta(seconds=-1), "Timeout cannot be negative"),
        (0, "Timeout cannot be zero"),
        (0.0, "Timeout cannot be zero"),
        (timedelta(0), "Timeout cannot be zero"),
        (math.nan, "Timeout must be finite"),
        (math.inf, "Timeout must be finite"),
        (-math.inf, "Timeout must be finite"),
        (10**400, "Timeout must be finite"),
        ("1", "Timeout must be a number"),
        ([1], "Timeout must be a number"),
        (True, "Timeout must be a number"),
    ],
)
def test_invalid_timeouts(value, message):
    with pytest.raises(ValueError, match=message):
        RuntimeConfig(timeout=value)


@pytest.mark.parametrize(
    ("value", "seconds"), [(1, 1.0), (0.5, 0.5), (timedelta(seconds=45), 45.0), (None, None)]
)
def test_valid_timeouts(value, seconds):
    assert RuntimeConfig(timeout=value).timeout == seconds


@pytest.mark.parametrize("name", ["max_heap_size", "initial_heap_size", "max_serialization_bytes"])
def test_sizes_are_positive_integers(name):
    for value in [0, -1]:
        with pytest.raises(ValueError, match=f"{name} must be positive, not {value}"):
            RuntimeConfig(**{name: value})
    for value in [1.5, "1", True]:
        with pytest.raises(TypeError, match=f"{name} must be an int"):
            RuntimeConfig(**{name: value})
    with pytest.raises(ValueError, match=f"{name} must be at most"):
        RuntimeConfig(**{name: 2**63})


def test_the_depth_is_a_positive_integer():
    with pytest.raises(ValueError, match="max_serialization_depth must be positive"):
        RuntimeConfig(max_serialization_depth=0)
    with pytest.raises(ValueError, match="max_serialization_depth must be at most"):
        RuntimeConfig(max_serialization_depth=2**32)


def test_other_types_are_named():
    for settings, message in [
        ({"bootstrap": b"1"}, "bootstrap must be a str or None, not bytes"),
        ({"enable_console": 1}, "enable_console must be a bool, not int"),
        ({"inspector": True}, "inspector must be an InspectorConfig or None, not bool"),
        ({"snapshot": "x"}, "snapshot must be bytes or None, not str"),
    ]:
        with pytest.raises(TypeError, match=message):
            RuntimeConfig(**settings)
    with pytest.raises(TypeError, match="config must be a RuntimeConfig or None, not dict"):
        Runtime({})


def test_an_initial_heap_needs_a_maximum():
    with pytest.raises(RuntimeError, match="initial_heap_size needs max_heap_size"):
        Runtime(RuntimeConfig(initial_heap_size=2**20))


def test_an_initial_heap_above_the_maximum():
    config = RuntimeConfig(initial_heap_size=8 * 2**20, max_heap_size=4 * 2**20)
    with pytest.raises(RuntimeError, match=r"\(8388608\) cannot exceed max_heap_size \(4194304\)"):
        Runtime(config)


def test_a_config_serves_several_runtimes():
    config = RuntimeConfig(bootstrap="var x = 1")
    with Runtime(config) as one, Runtime(config) as two:
        assert one.eval("++x") == two.eval("++x") == 2


def test_a_config_by_name():
    with Runtime(config=RuntimeConfig(bootstrap="var x = 1")) as runtime:
        assert runtime.eval("x") == 1
    with pytest.raises(JavaScriptError):
        Runtime(config=RuntimeConfig(bootstrap="x"))


# --- the inspector's ------------------------------------------------------------------------------


def test_inspector_defaults():
    config = InspectorConfig()
    assert (config.host, config.port) == ("127.0.0.1", 9229)
    assert config.wait_for_connection is config.break_on_next_statement is False
    assert config.target_url is config.display_name is None
    assert config.allow_remote is False
    assert config.endpoint() == "127.0.0.1:9229"
    assert InspectorConfig("::1", 1).endpoint() == "[::1]:1"
    assert repr(InspectorConfig("localhost", 0)).startswith(
        "InspectorConfig(host='localhost', port=0,"
    )


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"port": -1}, ValueError, "port must be from 0 to 65535, not -1"),
        ({"port": 65536}, ValueError, "port must be from 0 to 65535"),
        ({"port": "9229"}, TypeError, "port must be an int, not str"),
        ({"host": ""}, ValueError, "host must not be empty"),
        ({"host": 1}, TypeError, "host must be a str, not int"),
        ({"wait_for_connection": 1}, TypeError, "wait_for_connection must be a bool"),
        ({"display_name": 1}, TypeError, "display_name must be a str or None"),
    ],
    ids=str,
)
def test_inspector_settings_are_checked(settings, error, message):
    with pytest.raises(error, match=message):
        InspectorConfig(**settings)


def test_endpoints_are_plain_data():
    endpoints = InspectorEndpoints("id", "ws", "devtools", "title", "text", "url", None, "[::1]:80")
    assert endpoints.port == 80
    assert endpoints == InspectorEndpoints(**vars(endpoints))
    with pytest.raises(AttributeError):
        endpoints.host = "other"
