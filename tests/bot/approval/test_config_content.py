"""Known configuration waits where it changes what decides about tests, and not for a version."""

import json

import pytest
from support.processor_time import require_within

from bot.approval.config_content import is_harmless_change

PACKAGE = {
    "version": "1.0.0",
    "scripts": {"test": "jest"},
    "jest": {"bail": 1},
    "dependencies": {"left": "^1.0.0"},
    "devDependencies": {"jest": "~29.0.0", "own": "file:../own"},
}


def package(**changed: object) -> str:
    return json.dumps({**PACKAGE, **changed}, indent=2)


PYPROJECT = """\
[project]
name = "bank"
version = "1.0"
dependencies = ["left>=1", "right[x] == 2 ; python_version > '3'"]
[dependency-groups]
test = ["pytest>=8"]
[tool.pytest.ini_options]
addopts = "-q"
[tool.ruff.lint]
select = ["E"]
ignore = ["E1", "E2"]
"""
CARGO = """\
[package]
name = "bank"
version = "1.0.0"
[features]
default = []
[dependencies]
left = "1.0"
right = { path = "../right", version = "=1.0.0" }
"""
GO_MOD = "module bank\n\ngo 1.22\n\nrequire (\n\texample.com/left v1.0.0\n)\n"
GO_SUM = "example.com/left v1.0.0 h1:aaaa=\nexample.com/left v1.0.0/go.mod h1:bbbb=\n"
POM = "<project><version>1.0</version><!-- x --><skipTests>false</skipTests></project>\n"
GRADLE = "dependencies {\n    api(libs.left)\n    testImplementation(libs.junit)\n}\n"
LOCK = (
    '[[package]]\nname = "left"\nversion = "1.0"\nsource = "registry+https://example.org/index"\n'
)
NPM_LOCK = '{"packages": {"left": {"version": "1.0.0", "resolved": "https://example.org/left"}}}'
HARMLESS = [
    ("package.json", package(), package(version="1.1.0")),
    ("package.json", package(), package(description="x", keywords=["y"])),
    ("package.json", package(), package(dependencies={"left": ">=2.0.0 <3"})),
    ("package.json", package(), package(dependencies={})),
    ("web/package.json", package(), package(version="1.1.0")),
    ("pyproject.toml", PYPROJECT, PYPROJECT.replace('"1.0"', '"1.1"')),
    ("pyproject.toml", PYPROJECT, PYPROJECT.replace("left>=1", "left>=2,<3")),
    ("pyproject.toml", PYPROJECT, PYPROJECT.replace("pytest>=8", "pytest>=9")),
    ("pyproject.toml", PYPROJECT, PYPROJECT.replace('"E1", ', "")),
    ("pyproject.toml", PYPROJECT, PYPROJECT.replace('["E"]', '["E", "F"]')),
    ("Cargo.toml", CARGO, CARGO.replace("1.0.0", "1.0.1")),
    ("Cargo.toml", CARGO, CARGO.replace('"1.0"', '"2"')),
    ("go.mod", GO_MOD, GO_MOD.replace("v1.0.0", "v1.1.0")),
    ("go.sum", GO_SUM, GO_SUM + "example.com/left v1.1.0 h1:cccc=\n"),
    ("pom.xml", POM, POM.replace("1.0", "1.1").replace("<!-- x -->", "<!-- y -->")),
    ("build.gradle.kts", GRADLE, GRADLE.replace("    api", "    api(libs.right)\n    api")),
    ("uv.lock", LOCK, LOCK.replace("1.0", "1.1")),
    ("package-lock.json", NPM_LOCK, NPM_LOCK.replace("1.0.0", "1.1.0")),
    ("requirements.txt", "left==1.0\n", "left==1.1 --hash=sha256:aa\n".replace(" --hash", " \\\n    --hash")),
]  # fmt: skip
DECIDING = [
    *(
        ("package.json", package(), package(**{key: value}))
        for key, value in {
            "scripts": {"test": "true"},
            "jest": {"testMatch": []},
            "mocha": {"spec": []},
            "type": "module",
            "main": "stub.js",
            "exports": "./stub.js",
            "imports": {"#bank": "./stub.js"},
            "overrides": {"left": "2"},
            "workspaces": ["."],
            "packageManager": "yarn@1",
            "dependencies": {"left": "^1.0.0", "lefft": "^1.0.0"},
            "devDependencies": {"jest": "npm:stub@1", "own": "file:../own"},
            "anything": 1,
        }.items()
    ),
    ("package.json", package(), package(dependencies={"left": "git+https://example.org/x"})),
    ("package.json", package(), package(dependencies={"left": "file:stub"})),
    ("package.json", package(), package()[:-1] + ', "version": "2", "scripts": {"test": "true"}}'),
    ("package.json", package(), "{"),
    ("pyproject.toml", PYPROJECT, PYPROJECT.replace("-q", "-q -k x")),
    ("pyproject.toml", PYPROJECT, PYPROJECT + '[tool.pytest]\naddopts = "-x"\n'),
    ("pyproject.toml", PYPROJECT, PYPROJECT + "[tool.coverage.run]\nomit = ['*']\n"),
    ("pyproject.toml", PYPROJECT, PYPROJECT + "[project.entry-points.pytest11]\nx = 'y'\n"),
    ("pyproject.toml", PYPROJECT, PYPROJECT + "[build-system]\nrequires = []\n"),
    ("pyproject.toml", PYPROJECT, PYPROJECT.replace('"left>=1"', '"left>=1", "lefft"')),
    ("pyproject.toml", PYPROJECT, PYPROJECT.replace("left>=1", "left @ https://example.org/x")),
    ("pyproject.toml", PYPROJECT, PYPROJECT.replace('"E1", ', '"E1", "E3", ')),
    ("pyproject.toml", PYPROJECT, PYPROJECT.replace('["E"]', "[]")),
    ("pyproject.toml", PYPROJECT, "["),
    ("Cargo.toml", CARGO, CARGO.replace("default = []", 'default = ["quiet"]')),
    ("Cargo.toml", CARGO, CARGO.replace("../right", "../stub")),
    ("Cargo.toml", CARGO, CARGO + 'lefft = "1.0"\n'),
    ("Cargo.toml", CARGO, CARGO + "[lib]\ntest = false\n"),
    ("Cargo.toml", CARGO, CARGO + '[patch.crates-io]\nleft = { path = "stub" }\n'),
    ("go.mod", GO_MOD, GO_MOD + "replace example.com/left => ./stub\n"),
    ("go.mod", GO_MOD, GO_MOD.replace("go 1.22", "go 1.10")),
    ("go.mod", GO_MOD, GO_MOD.replace(")", "\texample.com/lefft v1.0.0\n)")),
    ("go.sum", GO_SUM, GO_SUM.replace("aaaa", "cccc")),
    ("pom.xml", POM, POM.replace("false", "true")),
    ("build.gradle.kts", GRADLE, GRADLE.replace("    testImplementation(libs.junit)\n", "")),
    ("build.gradle.kts", GRADLE, GRADLE + "tasks.test { enabled = false }\n"),
    ("uv.lock", LOCK, LOCK.replace("example.org", "example.net")),
    ("uv.lock", LOCK, LOCK + '[[package]]\nname = "x"\nsource = { path = "stub" }\n'),
    ("package-lock.json", NPM_LOCK, NPM_LOCK.replace("example.org", "example.net")),
    ("requirements.txt", "left==1.0\n", "left==1.0\nlefft==1.0\n"),
    ("requirements.txt", "left==1.0\n", "--index-url https://example.net\nleft==1.0\n"),
    ("tox.ini", "[testenv]\ncommands = pytest\n", "[testenv]\ncommands = true\n"),
    ("Makefile", "test:\n\tpytest\n", "test:\n\ttrue\n"),
]


@pytest.mark.parametrize(("path", "before", "after"), HARMLESS)
def test_a_version_a_description_or_a_stricter_linter_is_harmless(
    path: str, before: str, after: str
) -> None:
    assert before != after
    assert is_harmless_change(path, before.encode(), after.encode())


@pytest.mark.parametrize(("path", "before", "after"), DECIDING)
def test_what_decides_about_tests_or_setup_is_not(path: str, before: str, after: str) -> None:
    assert before != after
    assert not is_harmless_change(path, before.encode(), after.encode())


@pytest.mark.parametrize("path", ["package.json", "pyproject.toml", "pom.xml", "uv.lock", "go.mod"])
@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"[" * 100_000, b"{" * 100_000])
def test_a_file_that_cannot_be_read_is_not(path: str, body: bytes) -> None:
    assert not is_harmless_change(path, b'{"a": 1}', body)


@pytest.mark.parametrize(
    "unit", ["<!--", "<![CDATA[", "a.", "<aversion>", "git@", "a==1 ", "r#'", "h1:"]
)
@pytest.mark.parametrize("path", ["pom.xml", "go.mod", "go.sum", "yarn.lock", "requirements.txt"])
def test_a_file_of_any_form_is_read_in_proportion_to_its_size(path: str, unit: str) -> None:
    body = (unit * (200_000 // len(unit))).encode()
    require_within(0.5, lambda: is_harmless_change(path, b"a\n", body))
