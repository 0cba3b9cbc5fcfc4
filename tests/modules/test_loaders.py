"""Modules from files: FileLoader, and RuntimeConfig(module_root=...)."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import jsrun
import pytest
from engine import WITH
from jsrun import ModuleError, Runtime, RuntimeConfig
from jsrun.loaders import FileLoader


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The module root. Beside it, out of reach, is secret.js."""
    (tmp_path / "secret.js").write_text("export const secret = 1")
    (tmp_path / "root").mkdir()
    return tmp_path / "root"


@pytest.fixture
def write(root: Path) -> Callable[..., None]:
    def write(files: dict[str, str]) -> None:
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    return write


def evaluate(root: Path, specifier: str) -> dict[str, object]:
    with Runtime(RuntimeConfig(module_root=root)) as runtime:
        return runtime.eval_module(specifier)


# --- paths ----------------------------------------------------------------------------------------


def test_relative_and_absolute_paths(root, write):
    write(
        {
            "main.js": "export { a } from './lib/a.js'; export { b } from './lib/b'\n"
            "export { c } from './lib/sub'; export * as d from './lib/../d.mjs?v=2'\n"
            "export { a as again } from '" + (root / "lib/a.js").as_uri() + "'\n"
            "export { a as once_more } from '" + str(root / "lib/a.js") + "'\n"
            "export const url = import.meta.url",
            "lib/a.js": "export const a = ['a']",
            "lib/b.mjs": "import { a } from '../lib/a.js'; export const b = [a, 'b']",
            "lib/sub/index.js": "import { a } from '../a'; export const c = a",
            "d.mjs": "export default import.meta.url",
        }
    )
    expected = {
        "a": ["a"],
        "b": [["a"], "b"],
        "c": ["a"],
        "d": {"default": (root / "d.mjs").as_uri() + "?v=2"},
        "again": ["a"],
        "once_more": ["a"],
        "url": (root / "main.js").as_uri(),
    }
    for specifier in (
        "main.js",
        "./main.js",
        "main",
        str(root / "main"),
        (root / "main.js").as_uri(),
    ):
        assert evaluate(root, specifier) == expected
    with Runtime(RuntimeConfig(module_root=str(root))) as runtime:
        assert runtime.eval("import('./lib/a.js').then(m => m.a)") == ["a"]
        assert runtime.eval("import('./a.js').then(m => m.a)", filename=str(root / "lib/x.js")) == [
            "a"
        ]
    with Runtime() as runtime:
        runtime.set_module_loader(FileLoader(root))
        assert runtime.eval_module("lib/b.mjs") == {"b": [["a"], "b"]}
        # A module is the same one under each of its names.
        assert runtime.eval(
            "Promise.all([import('./lib/a'), import('./lib/./a.js'), import('./lib/%61.js')])"
            ".then(([a, b, c]) => a === b && b === c)"
        )


def test_unusual_file_names(root, write):
    write(
        {
            "a b/ü ☃.js": "import { n } from './%23 100%25.js'; export { n }",
            "a b/# 100%.js": "export const n = 1",
        }
    )
    assert evaluate(root, "./a b/ü ☃.js") == {"n": 1}
    assert evaluate(root, "./a%20b/%C3%BC%20☃.js") == {"n": 1}


def test_json_files(root, write):
    write(
        {
            "data.json": '\ufeff{"a": [1, "é\u2028"], "__proto__": 1}',
            "main.js": "import plain from './data.json'; import typed from './data.json' "
            + WITH
            + " { type: 'json' }; export const a = plain.a, keys = Object.keys(typed)",
            "bad.json": '{"a": ',
        }
    )
    assert evaluate(root, "main.js") == {"a": [1, "é\u2028"], "keys": ["a", "__proto__"]}
    assert evaluate(root, "data.json")["default"]["a"] == [1, "é\u2028"]
    with pytest.raises(jsrun.JavaScriptError, match="SyntaxError"):
        evaluate(root, "bad.json")


def test_missing_files_and_files_that_are_no_modules(root, write):
    write(
        {
            "main.js": "import './lib.js'",
            "lib.js": "import './gone.js'",
            "style.css": "a {}",
            "old.cjs": "module.exports = 1",
            "folder/file.txt": "",
        }
    )
    (root / "latin1.js").write_bytes(b"'\xe9'")
    os.mkfifo(root / "pipe.js")
    with pytest.raises(ModuleError, match=r"gone\.js.*there is no file") as error:
        evaluate(root, "main.js")
    assert error.value.import_chain[1:] == [(root / n).as_uri() for n in ("lib.js", "main.js")]
    for specifier, message in (
        ("./style.css", "does not end with"),
        ("./old.cjs", "does not end with"),
        ("./folder", "there is no file"),
        ("./pipe.js", "there is no file"),
        ("./latin1.js", "not UTF-8"),
        ("gone", "no package 'gone'"),
        ("", "neither a path"),
        ("https://example.com/x.js", "only files"),
        ("node:fs", "only files"),
    ):
        with pytest.raises(ModuleError, match=message):
            evaluate(root, specifier)


# --- no way out -----------------------------------------------------------------------------------


def ways_out(root: Path) -> list[str]:
    secret = root.parent / "secret.js"
    return [
        "../secret.js",
        "./../secret.js",
        "./a/../../secret.js",
        "./%2e%2e/secret.js",
        "./%2E./secret.js",
        "./..%2fsecret.js",
        "./..%5Csecret.js",
        "./a%00/../../secret.js",
        "./link.js",
        "./folder/secret.js",
        "./folder/secret",
        "./indexed",
        "./chain.js",
        str(secret),
        str(root) + "/../secret.js",
        secret.as_uri(),
        f"file:{secret}",
        f"file://localhost{secret}",
        f"FILE://{secret}",
        f"file://{root}/../secret.js",
        f"file://{root}/%2e%2e/secret.js",
        f"{root}er/x.js",
        "linked",
        "linked/secret.js",
        "exported",
        "exported/up",
        "exported/x",
        "#up",
        "outside",
        "/etc/passwd",
        "file:///etc/passwd",
        "/proc/self/environ",
        "/dev/zero",
    ]


def test_nothing_leads_out_of_the_root(root, write):
    secret = root.parent / "secret.js"
    write(
        {
            "a/x.js": "",
            "package.json": '{"name": "outside", "exports": "./../secret.js",'
            ' "imports": {"#up": "../secret.js"}}',
            "node_modules/exported/package.json": '{"exports": {".": "./../../../secret.js",'
            ' "./up": "../../../secret.js", "./*": "./../../../secret.js"}}',
        }
    )
    (root.parent / "rooter").mkdir()
    (root.parent / "rooter" / "x.js").write_text("")
    (root / "link.js").symlink_to(secret)
    (root / "chain.js").symlink_to("link.js")
    (root / "folder").symlink_to(root.parent)
    (root / "indexed").mkdir()
    (root / "indexed" / "index.js").symlink_to(secret)
    (root / "node_modules" / "linked").symlink_to(root.parent)
    for specifier in ways_out(root):
        for code in (f"import {specifier!r}", f"await import({specifier!r})"):
            write({"main.js": code})
            with pytest.raises(ModuleError) as error:
                evaluate(root, "main.js")
            assert "secret = 1" not in str(error.value)
        with pytest.raises(ModuleError):
            evaluate(root, specifier)
    loader = FileLoader(root)
    for url in (secret.as_uri(), f"file://{root}/../secret.js", f"file://{root}/link.js"):
        with pytest.raises(ModuleError, match="outside"):
            loader(url)


def test_files_outside_the_root_are_not_even_opened(root, write):
    (root / "link").symlink_to(root.parent)
    messages = set()
    for name in ("secret.js", "nothing.js"):
        for path in (f"../{name}", f"./link/{name}", str(root.parent / name)):
            with pytest.raises(ModuleError, match="outside") as error:
                evaluate(root, path)
            messages.add(str(error.value).replace(name, "*"))
    assert len(messages) == 3


def test_links_inside_of_the_root_may_be_used(root, write):
    write({"store/lib@1/lib.js": "export const url = import.meta.url"})
    (root / "lib").symlink_to("store/lib@1")
    (root.parent / "link").symlink_to(root)
    expected = {"url": (root / "store/lib@1/lib.js").as_uri()}
    assert evaluate(root, "./lib/lib.js") == expected
    # So may a root that is reached by a link.
    assert evaluate(root.parent / "link", "./lib/lib.js") == expected
    assert evaluate(root.parent / "link", str(root.parent / "link/lib/lib.js")) == expected


# --- packages -------------------------------------------------------------------------------------

PACKAGES = {
    "node_modules/main/package.json": '{"main": "lib/start"}',
    "node_modules/main/lib/start.js": "export default 'main'",
    "node_modules/main/deep/file.js": "export default 'deep'",
    "node_modules/both/package.json": '{"main": "./cjs.js", "module": "./esm.js"}',
    "node_modules/both/esm.js": "export default 'esm'",
    "node_modules/both/cjs.js": "module.exports = 1",
    "node_modules/bare/index.js": "export default 'bare'",
    "node_modules/@scope/name/package.json": '{"exports": "./x.js"}',
    "node_modules/@scope/name/x.js": "export default 'scoped'",
    "node_modules/conditions/package.json": """{"exports": {
        ".": {"require": "./no.cjs", "node": "./no.js",
              "import": {"deno": "./no.js", "default": "./yes.js"}},
        "./list": [{"deno": "./no.js"}, "./yes.js"],
        "./none": null,
        "./only-cjs": {"require": "./no.cjs"},
        "./cjs": "./no.cjs",
        "./gone": "./gone.js",
        "./features/*": "./src/*.js",
        "./features/private/*": null,
        "./features/*/deep.js": "./src/deep-*.js",
        "./wrong": "yes.js",
        "./*.txt": "./src/*.js"}}""",
    "node_modules/conditions/yes.js": "export default 'yes'",
    "node_modules/conditions/no.js": "throw new Error('no')",
    "node_modules/conditions/no.cjs": "module.exports = 1",
    "node_modules/conditions/src/a.js": "export default 'a'",
    "node_modules/conditions/src/b/c.js": "export default 'b/c'",
    "node_modules/conditions/src/private/p.js": "export default 'p'",
    "node_modules/conditions/src/deep-a.js": "export default 'deep a'",
    "node_modules/self/package.json": """{
        "name": "self", "exports": {".": "./index.js", "./x": "./x.js"},
        "imports": {"#x": "./x.js", "#main": "main", "#in/*": "./*.js",
                    "#c": {"node": "./no.js", "default": "./x.js"}}}""",
    "node_modules/self/index.js": "import a from 'self/x'; import b from '#x';"
    "import c from '#main';"
    "import d from '#in/x'; import e from '#c'; export default [a, b, c, d, e]",
    "node_modules/self/x.js": "export default 'x'",
    "nested/node_modules/bare/index.js": "export default 'nested'",
    "nested/deeper/main.js": "export { default } from 'bare'; export { default as m } from 'main'",
    "node_modules/broken/package.json": "{",
}


@pytest.mark.parametrize(
    ("specifier", "expected"),
    [
        ("main", "main"),
        ("main/deep/file.js", "deep"),
        ("main/deep/file", "deep"),
        ("both", "esm"),
        ("bare", "bare"),
        ("@scope/name", "scoped"),
        ("conditions", "yes"),
        ("conditions/list", "yes"),
        ("conditions/features/a", "a"),
        ("conditions/features/b/c", "b/c"),
        ("conditions/features/a/deep.js", "deep a"),
        ("conditions/a.txt", "a"),
        ("self", ["x", "x", "main", "x", "x"]),
    ],
)
def test_packages(root, write, specifier, expected):
    write(PACKAGES)
    assert evaluate(root, specifier)["default"] == expected
    write({"sub/main.js": f"export {{ default }} from '{specifier}'"})
    assert evaluate(root, "sub/main.js")["default"] == expected


@pytest.mark.parametrize(
    ("specifier", "message"),
    [
        ("gone", "no package 'gone'"),
        ("@scope", "neither a path nor"),
        ("main/gone", "has no file"),
        ("conditions/none", "exports nothing"),
        ("conditions/only-cjs", "exports nothing.*default, import"),
        ("conditions/cjs", "CommonJS"),
        ("conditions/gone", "there is no file"),
        ("conditions/yes.js", "exports nothing"),
        ("conditions/features/private/p", "exports nothing"),
        ("conditions/features/../../../secret", "cannot stand for|outside"),
        ("conditions/features/node_modules/x", "cannot stand for"),
        ("conditions/wrong", "does not start with"),
        ("@scope/name/x.js", "exports nothing"),
        ("broken", "cannot be read"),
        ("#x", "exports nothing|no package.json"),
    ],
)
def test_packages_that_have_no_such_module(root, write, specifier, message):
    write(PACKAGES)
    with pytest.raises(ModuleError, match=message):
        evaluate(root, specifier)


def test_the_nearest_package_is_used(root, write):
    write(PACKAGES)
    assert evaluate(root, "nested/deeper/main.js") == {"default": "nested", "m": "main"}


def test_custom_conditions(root, write):
    write({"node_modules/p/package.json": '{"exports": {"mine": "./a.js", "default": "./b.js"}}'})
    write(
        {"node_modules/p/a.js": "export default 'a'", "node_modules/p/b.js": "export default 'b'"}
    )
    assert evaluate(root, "p") == {"default": "b"}
    with Runtime() as runtime:
        runtime.set_module_loader(FileLoader(root, conditions=["mine"]))
        assert runtime.eval_module("p") == {"default": "a"}


def test_linked_packages(root, write):
    """The layout of pnpm."""
    store = "node_modules/.pnpm"
    write(
        {
            f"{store}/a@1/node_modules/a/package.json": '{"exports": "./a.js"}',
            f"{store}/a@1/node_modules/a/a.js": "export { default } from 'b'",
            f"{store}/b@1/node_modules/b/index.js": "export default 'b'",
        }
    )
    (root / "node_modules/a").symlink_to(".pnpm/a@1/node_modules/a")
    (root / store / "a@1/node_modules/b").symlink_to("../../b@1/node_modules/b")
    assert evaluate(root, "a") == {"default": "b"}


# --- beside other sources -------------------------------------------------------------------------


def test_static_modules_and_a_resolver_come_first(root, write):
    write({"a.js": "export const from = 'file'", "main.js": "export { from } from 'a.js'"})
    with Runtime(RuntimeConfig(module_root=root)) as runtime:
        runtime.add_static_module("a.js", "export const from = 'static'")
        assert runtime.eval_module("main.js") == {"from": "static"}
        assert runtime.eval_module("./a.js") == {"from": "file"}
        runtime.set_module_resolver(
            lambda specifier, _: (root / "a.js").as_uri() if specifier == "alias" else None
        )
        assert runtime.eval_module("alias") == {"from": "file"}
        with pytest.raises(ModuleError, match="denied|only files"):
            runtime.eval_module("jsrun://static/gone")
        runtime.set_module_loader(None)
        with pytest.raises(ModuleError, match="denied"):
            runtime.eval_module("./other.js")


def test_invalid_module_roots(tmp_path):
    (tmp_path / "file").write_text("")
    for wrong in (tmp_path / "gone", tmp_path / "file"):
        with pytest.raises(ValueError, match="not a folder"):
            Runtime(RuntimeConfig(module_root=wrong))
        with pytest.raises(ValueError, match="not a folder"):
            FileLoader(wrong)
    for wrong in (1, b"x", ["x"]):
        with pytest.raises(TypeError, match="module_root must be"):
            RuntimeConfig(module_root=wrong)
    assert RuntimeConfig(module_root=tmp_path).module_root == str(tmp_path)


def test_the_root_is_not_the_working_folder(root, write, monkeypatch):
    monkeypatch.chdir(root.parent)
    write({"main.js": "export const n = 1"})
    loader = FileLoader("root")
    monkeypatch.chdir("/")
    with Runtime() as runtime:
        runtime.set_module_loader(loader)
        assert runtime.eval_module("main.js") == {"n": 1}


# --- packages as npm installs them ----------------------------------------------------------------


def test_marked(npm_packages):
    with Runtime(RuntimeConfig(module_root=npm_packages)) as runtime:
        namespace = runtime.eval_module("marked")
        assert namespace["parse"]("# Hi *there*\n\n- a") == (
            "<h1>Hi <em>there</em></h1>\n<ul>\n<li>a</li>\n</ul>\n"
        )


def test_lodash(npm_packages):
    """It has hundreds of files that import one another."""
    with Runtime(RuntimeConfig(module_root=npm_packages)) as runtime:
        runtime.add_static_module(
            "main",
            "import { chunk, sortBy } from 'lodash-es'; "
            "import camelCase from 'lodash-es/camelCase.js';"
            "export const chunks = chunk(sortBy([3, 1, 2]), 2), name = camelCase('it works well')",
        )
        assert runtime.eval_module("main") == {"chunks": [[1, 2], [3]], "name": "itWorksWell"}


def test_chalk(npm_packages):
    """It uses "imports" in its package.json."""
    with Runtime(RuntimeConfig(module_root=npm_packages)) as runtime:
        text = runtime.eval(
            "import('chalk').then(({ Chalk }) => new Chalk({ level: 1 }).red('red'))"
        )
        assert text == "\x1b[31mred\x1b[39m"
