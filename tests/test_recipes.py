"""Each recipe's files work as they stand on its page: setup runs, and the check follows the code."""

import json
import os
import pwd
import re
import shutil
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from support.setup_source import Source, make_source

from bot.config.machine import Settings, parse_settings
from bot.config.repository import parse_repo_config
from bot.plan import Check
from runners.checks.check import run_check
from runners.checks.git_source import GitSource
from runners.checks.setup_cache import TrustedTree, prepare_setup
from runners.checks.verdict import Verdict
from runners.sandbox import open_sandbox

PAGES = sorted((Path(__file__).parents[1] / "docs" / "recipes").glob("*.md"))
FENCE = re.compile(r"^```toml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MACHINE, REPOSITORY = "# bricklayer.toml\n", "# .bricklayer.toml\n"
REAL_HOME = Path(pwd.getpwuid(os.getuid()).pw_dir)


def read_blocks(page: str) -> list[str]:
    return FENCE.findall((PAGES[0].parent / f"{page}.md").read_text())


@pytest.mark.parametrize("page", [path.stem for path in PAGES])
def test_every_block_of_settings_is_valid(page: str) -> None:
    """For the machine's file where it says so, else for the repository's."""
    for block in read_blocks(page):
        if block.startswith(MACHINE):
            parse_settings(block)
        else:
            parse_repo_config(block)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_page_leads_to_pages_that_are_there(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text()):
        assert (path.parent / target).is_file(), target


PYTEST = {
    "src/shop/__init__.py": "def total(prices):\n    return sum(prices)\n",
    "tests/test_shop.py": "from shop import total\n\ndef test_total():\n    assert total([1, 2]) == 3\n",
}
BROKEN_PYTHON = {"src/shop/__init__.py": "def total(prices):\n    return 0\n"}
PYPROJECT = """
[project]
name = "shop"
version = "1.0"
requires-python = ">=3.9"
{groups}
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
"""
# Read as any other index, as a mirror may have nothing but that.
POETRY_SOURCE = """
[[tool.poetry.source]]
name = "simple"
url = "https://pypi.org/simple/"
"""
TOX = """
[tox]
env_list = py
[testenv]
deps = pytest
commands = pytest {posargs}
"""
NODE_TEST = (
    "const test = require('node:test'), assert = require('node:assert');\n"
    "test('total', () => assert.equal(require('../shop.js').total([1, 2]), 3));\n"
)
NODE = {
    "shop.js": "exports.total = (prices) => prices.reduce((a, b) => a + b, 0);\n",
    "test/shop.test.js": NODE_TEST,
}
BROKEN_NODE = {"shop.js": "exports.total = () => 0;\n"}
NODE_PACKAGE = {
    "name": "shop",
    "version": "1.0.0",
    "private": True,
    "scripts": {"test": "node --test"},
}


def package_json(lock: bool) -> dict[str, str]:
    files = {"package.json": json.dumps(NODE_PACKAGE)}
    root = {key: NODE_PACKAGE[key] for key in ("name", "version")}
    if lock:
        files["package-lock.json"] = json.dumps(
            {**root, "lockfileVersion": 3, "packages": {"": root}}
        )
    return files


@dataclass(frozen=True)
class Project:
    """`files` pass the checks named in `words`, and no more with `broken` in their place.

    `index` is the host that packages come from.
    """

    files: Mapping[str, str]
    broken: Mapping[str, str]
    words: tuple[str, ...] = ("test",)
    needs: tuple[str, ...] = ()
    index: str = ""
    env: Mapping[str, str] = field(default_factory=dict)


UV_LOCK = 'version = 1\nrequires-python = ">=3.9"\n'
C_FILES = {
    "shop.c": "int total(int a, int b) { return a + b; }\n",
    "test.c": "int total(int, int);\nint main(void) { return total(1, 2) == 3 ? 0 : 1; }\n",
}
BROKEN_C = {"shop.c": "int total(int a, int b) { return 0; }\n"}
SERVICES = """
import os, socket, subprocess
assert os.environ["PGDATABASE"] == "app_test"
subprocess.run(["psql", "-qc", "create table t (n int)", os.environ["DATABASE_URL"]], check=True)
subprocess.run(["redis-cli", "-u", os.environ["REDIS_URL"], "ping"], check=True)
"""
RUSTUP = {"CARGO_HOME": f"{REAL_HOME}/.cargo", "RUSTUP_HOME": f"{REAL_HOME}/.rustup"}
PROJECTS = {
    "pip": Project(
        {**PYTEST, "requirements.txt": "pytest\n", "pyproject.toml": "[tool.pytest.ini_options]\npythonpath = ['src']\n"},
        BROKEN_PYTHON,
        ("test", "test tests/test_shop.py"),
        index="pypi.org",
    ),
    "uv": Project(
        {**PYTEST, "pyproject.toml": PYPROJECT.format(groups='[dependency-groups]\ndev = ["pytest"]\n')},
        BROKEN_PYTHON,
        ("test", "test tests/test_shop.py::test_total"),
        index="pypi.org",
    ),
    "poetry": Project(
        {**PYTEST, "pyproject.toml": PYPROJECT.format(groups='dependencies = ["pytest"]\n') + POETRY_SOURCE},
        BROKEN_PYTHON,
        index="pypi.org",
    ),
    "tox": Project(
        {**PYTEST, "pyproject.toml": PYPROJECT.format(groups=""), "tox.ini": TOX},
        BROKEN_PYTHON,
        ("test", "test tests/test_shop.py"),
        index="pypi.org",
    ),
    "npm": Project({**NODE, **package_json(lock=True)}, BROKEN_NODE, ("test", "test test/shop.test.js"), ("npm",)),
    "pnpm": Project(
        {**NODE, **package_json(lock=False), "pnpm-lock.yaml": "lockfileVersion: '9.0'\n\nimporters:\n\n  .: {}\n"},
        BROKEN_NODE,
        needs=("npm",),
        index="registry.npmjs.org",
    ),
    "cargo": Project(
        {
            "Cargo.toml": '[package]\nname = "shop"\nversion = "1.0.0"\nedition = "2021"\n',
            "Cargo.lock": 'version = 3\n\n[[package]]\nname = "shop"\nversion = "1.0.0"\n',
            "src/lib.rs": "pub fn total(a: u32, b: u32) -> u32 { a + b }\n",
            "tests/shop.rs": "#[test]\nfn total() { assert_eq!(shop::total(1, 2), 3); }\n",
        },
        {"src/lib.rs": "pub fn total(_: u32, _: u32) -> u32 { 0 }\n"},
        needs=(f"{REAL_HOME}/.cargo/bin/cargo",),
        env=RUSTUP,
    ),
    "go": Project(
        {
            "go.mod": "module example.com/shop\n\ngo 1.19\n",
            "cart/cart.go": "package cart\n\nfunc Total(a, b int) int { return a + b }\n",
            "cart/cart_test.go": 'package cart\n\nimport "testing"\n\nfunc TestTotal(t *testing.T) {\n\tif Total(1, 2) != 3 {\n\t\tt.Fatal("total")\n\t}\n}\n',
        },
        {"cart/cart.go": "package cart\n\nfunc Total(a, b int) int { return 0 }\n"},
        ("test", "package ./cart/..."),
        ("go",),
    ),
    "make": Project(
        {**C_FILES, "Makefile": "test: app\n\t./app\napp: shop.c test.c\n\tcc -o $@ shop.c test.c\n"},
        BROKEN_C,
        needs=("make", "cc"),
    ),
    "cmake": Project(
        {
            **C_FILES,
            "CMakeLists.txt": "cmake_minimum_required(VERSION 3.20)\nproject(shop C)\nenable_testing()\nadd_executable(app shop.c test.c)\nadd_test(NAME total COMMAND app)\n",
        },
        BROKEN_C,
        needs=("cmake", "ninja"),
    ),
    "services": Project({"check_services.py": SERVICES}, {"check_services.py": "raise SystemExit(1)\n"}, needs=("psql", "redis-server")),
    "monorepo": Project(
        {
            "api/test_app.py": "import unittest\nclass T(unittest.TestCase):\n    def test_a(self):\n        assert open('data').read() == 'x'\n",
            "api/data": "x",
            **{f"web/{name}": text for name, text in {**NODE, **package_json(lock=True)}.items()},
        },
        {"api/data": "y", "web/shop.js": BROKEN_NODE["shop.js"]},
        ("api api/test_app.py", "web web/test/shop.test.js"),
        ("npm",),
    ),
    "git": Project({"code.txt": "x\n"}, {}, ()),
}  # fmt: skip


def open_source(project: Project, room: Path) -> Source:
    if absent := [each for each in project.needs if not shutil.which(each)]:
        pytest.skip(f"not installed here: {', '.join(absent)}")
    if project.index:
        try:
            socket.create_connection((project.index, 443), 20).close()
        except OSError as exc:
            pytest.skip(f"{project.index} cannot be reached from here: {exc}")
    return make_source(room, project.files)


def read_recipe(page: str, room: Path) -> tuple[str, Settings]:
    """The first block for the repository, and the machine's with a state folder of its own."""
    blocks = read_blocks(page)
    config = next(block for block in blocks if block.startswith(REPOSITORY))
    machine = [block for block in blocks if block.startswith(MACHINE)] if page == "cargo" else []
    return config, parse_settings("\n".join((f'state_dir = "{room}/state"', *machine)))


def judge(source: Source, config: str, settings: Settings, words: str) -> Verdict:
    parsed = parse_repo_config(config)
    sandbox = open_sandbox(settings, parsed)
    trusted = TrustedTree(source.repo, source.head, parsed)
    prepared = prepare_setup(trusted, sandbox, settings)
    name, *paths = words.split()
    git = GitSource(source.repo, source.head, source.room / "index", source.room)
    check = Check("run", name, tuple(paths))
    return run_check(check, parsed, source.checkout, sandbox, prepared=prepared, source=git)


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page, project in PROJECTS.items() if project.words])
def test_a_recipe_works_as_it_stands_on_its_page(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Green on code that is right and red on code that is not, without anything added."""
    project = PROJECTS[page]
    for name, value in project.env.items():
        monkeypatch.setenv(name, value)
    source = open_source(project, tmp_path)
    config, settings = read_recipe(page, tmp_path)
    for words in project.words:
        verdict = judge(source, config, settings, words)
        assert verdict.passed, f"{words}: {verdict.why}\n{verdict.output}"
    source.commit(project.broken)
    for words in project.words:
        verdict = judge(source, config, settings, words)
        assert (verdict.passed, verdict.ran) == (False, True), f"{words}: {verdict.output}"


@pytest.mark.slow
def test_the_recipe_with_git_works(tmp_path: Path) -> None:
    """In setup and in the check: a version from the tags, and no change where nothing changed."""
    source = open_source(PROJECTS["git"], tmp_path)
    source.repo.run("update-ref", "refs/tags/v1.0", source.head)
    config, settings = read_recipe("git", tmp_path)
    config = config.replace('"true"', '"git describe --tags | grep v1.0"')
    verdict = judge(source, config, settings, "test")
    assert (verdict.passed, verdict.output) == (True, "v1.0\n")
