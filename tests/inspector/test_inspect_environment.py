"""Where an inspector listens, and the environment variable JSRUN_INSPECT."""

from __future__ import annotations

import re

import pytest
from cdp import targets
from inspected import attach, endpoints_of, inspected, let_go
from jsrun import Runtime, RuntimeConfig
from waiting import in_thread, result

# --- addresses ------------------------------------------------------------------------------------


def test_a_host_name():
    with Runtime(inspected(host="localhost")) as runtime:
        endpoints = endpoints_of(runtime)
        assert endpoints.host == f"localhost:{endpoints.port}"
        assert targets(endpoints.host)[0]["webSocketDebuggerUrl"] == endpoints.websocket_url
        with Runtime(inspected(port=endpoints.port)) as same:  # the same endpoint
            assert len(targets(endpoints_of(same).host)) == 2


def test_a_host_name_that_does_not_exist():
    with pytest.raises(RuntimeError, match=r"cannot listen on no-such-host\.invalid"):
        Runtime(inspected(host="no-such-host.invalid"))


def test_attributes_of_the_endpoints():
    config = inspected(display_name="my app", target_url="app://main")
    with Runtime(config) as runtime:
        endpoints = endpoints_of(runtime)
        (listed,) = targets(endpoints.host)
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", endpoints.id)
    assert listed["id"] == endpoints.id
    assert listed["webSocketDebuggerUrl"] == endpoints.websocket_url
    assert listed["devtoolsFrontendUrl"] == endpoints.devtools_frontend_url
    assert (listed["title"], endpoints.title) == ("my app", "my app")
    assert listed["description"] == endpoints.description != ""
    assert (listed["url"], endpoints.target_url) == ("app://main", "app://main")
    assert listed.get("faviconUrl") is endpoints.favicon_url is None


def test_signal_handlers_are_left_alone(run_python):
    done = run_python("""
        import jsrun

        def handlers():
            lines = open("/proc/self/status").read().splitlines()
            return [line for line in lines if line.startswith(("SigCgt", "SigIgn", "SigBlk"))]

        with jsrun.Runtime():
            before = handlers()
            with jsrun.Runtime() as runtime:
                runtime.open_inspector(jsrun.InspectorConfig(port=0))
                assert handlers() == before, handlers()
                runtime.eval("1")
            assert handlers() == before, handlers()
    """)
    assert done.returncode == 0, done.stderr


# --- JSRUN_INSPECT --------------------------------------------------------------------------------


def test_the_environment_opens_the_inspector(monkeypatch, capfd):
    monkeypatch.setenv("JSRUN_INSPECT", "0")
    with Runtime() as runtime:
        endpoints = endpoints_of(runtime)
        assert endpoints.host.startswith("127.0.0.1:")
        printed = capfd.readouterr().err
        assert endpoints.websocket_url in printed
        assert endpoints.process_devtools_frontend_url in printed
        with attach(runtime) as client:
            assert client.evaluate("1 + 1") == 2


def test_the_environment_and_many_runtimes(monkeypatch):
    with Runtime(inspected()) as first:
        monkeypatch.setenv("JSRUN_INSPECT", endpoints_of(first).host)
        with Runtime(), Runtime(RuntimeConfig(timeout=1)):
            assert len(targets(endpoints_of(first).host)) == 3


@pytest.mark.parametrize(("value", "host"), [("localhost:0", "localhost"), ("[::1]:0", "[::1]")])
def test_the_environment_names_a_host(monkeypatch, value, host):
    monkeypatch.setenv("JSRUN_INSPECT", value)
    with Runtime() as runtime:
        assert endpoints_of(runtime).host.startswith(host)


def test_the_environment_makes_the_runtime_wait(monkeypatch):
    monkeypatch.setenv("JSRUN_INSPECT", "0,wait")
    with Runtime() as runtime:
        future = in_thread(runtime.eval, "1")
        with attach(runtime) as client:
            client.send("Runtime.enable")
            assert not future.done()
            let_go(client)
            assert result(future) == 1


def test_the_environment_makes_the_runtime_break(monkeypatch):
    monkeypatch.setenv("JSRUN_INSPECT", "0,brk")
    with Runtime(RuntimeConfig(bootstrap="var first = 1")) as runtime:
        future = in_thread(runtime.eval, "first")
        with attach(runtime) as client:
            client.send("Debugger.enable")
            let_go(client)
            assert client.url_of(client.paused()["callFrames"][0]) == "bootstrap.js"
            client.send("Debugger.resume")
            assert result(future) == 1


def test_a_config_comes_before_the_environment(monkeypatch, capfd):
    monkeypatch.setenv("JSRUN_INSPECT", "0,brk")
    with Runtime(inspected()) as runtime:
        assert runtime.eval("1") == 1
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("no", "'no' is not a port"),
        ("localhost:", "'' is not a port"),
        ("65536", "'65536' is not a port"),
        ("9229,stop", "'stop' is neither wait nor brk"),
        ("::1:9229", "brackets"),
    ],
)
def test_an_invalid_environment_variable(monkeypatch, value, why):
    monkeypatch.setenv("JSRUN_INSPECT", value)
    with pytest.raises(ValueError, match=f"JSRUN_INSPECT='{re.escape(value)}': .*{why}"):
        Runtime()


def test_a_port_of_the_environment_that_is_taken_is_a_warning(monkeypatch, run_python):
    """So it is in child processes, which all inherit the environment."""
    with Runtime(inspected()) as runtime:
        monkeypatch.setenv("JSRUN_INSPECT", f"{endpoints_of(runtime).host},wait")
        done = run_python("""
            import jsrun

            with jsrun.Runtime() as runtime:
                assert runtime.inspector_endpoints() is None
                print(runtime.eval("1 + 1"))
        """)
    assert done.stdout == "2\n"
    assert re.search(
        r"RuntimeWarning: JSRUN_INSPECT: cannot listen on .*: Address already in use", done.stderr
    )


def test_the_environment_does_not_open_the_inspector_to_other_machines(monkeypatch):
    monkeypatch.setenv("JSRUN_INSPECT", "0.0.0.0:0")
    with pytest.warns(RuntimeWarning, match="reached from other machines"):
        runtime = Runtime()
    assert runtime.inspector_endpoints() is None
    runtime.close()
