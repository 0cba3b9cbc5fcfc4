"""Chrome's own list of what can be debugged: chrome://inspect."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page
from program import StartProgram

PROGRAM = """
with Runtime(RuntimeConfig(inspector=InspectorConfig(
    port=0, display_name="Shop & Co", target_url="app://shop"
))) as shop:
    port = shop.inspector_endpoints().port
    inspector = InspectorConfig(port=port, display_name="kitchen")
    with Runtime(RuntimeConfig(inspector=inspector)) as kitchen:
        print("port:", port)
        print("attached:", kitchen.wait_for_debugger(30), shop.debugger_attached)
        input()
"""


def discover(page: Page, host: str) -> None:
    """Makes Chrome look for targets there, as people do: "Discover network targets"."""
    page.goto("chrome://inspect/#devices")
    page.locator("#tcp-discovery-config-open").click()
    entry = page.locator("dialog[open] input.location").last
    entry.fill(host)
    entry.press("Enter")
    page.locator("dialog[open] button", has_text="Done").click()


def test_runtimes_are_listed_and_inspected(
    browser: Browser, browser_options: dict[str, Any], program: StartProgram, tmp_path: Path
) -> None:
    """Chrome does not look for targets in private windows, and those of Playwright are private."""
    running = program(PROGRAM)
    host = f"127.0.0.1:{running.wait_line('port:')}"
    profile = tmp_path / "profile"
    context = browser.browser_type.launch_persistent_context(profile, **browser_options)
    try:
        page = context.new_page()
        discover(page, host)
        targets = page.locator(f"[id='{host}'] .row")
        targets.filter(has_text="kitchen").wait_for()
        assert targets.locator(".name").all_inner_texts() == ["Shop & Co", "kitchen"]
        assert targets.locator(".url").all_inner_texts() == ["app://shop", ""]
        inspect = targets.filter(has_text="kitchen").locator(".action", has_text="inspect")
        inspect.first.click()
        assert running.wait_line("attached:") == "True False"
    finally:
        context.close()
    running.finish()
