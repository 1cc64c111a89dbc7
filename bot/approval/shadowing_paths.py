"""New files that would be imported in the place of what runs the tests."""

import re
import sys
from collections.abc import Collection, Container
from pathlib import PurePosixPath

from bot.git.objects import Change

# What Python's test runners import, besides the standard library.
_PACKAGES = frozenset(
    [
        "_pytest",
        "attr",
        "attrs",
        "behave",
        "colorama",
        "coverage",
        "django",
        "exceptiongroup",
        "execnet",
        "flaky",
        "hypothesis",
        "iniconfig",
        "mock",
        "nose",
        "nose2",
        "nox",
        "packaging",
        "parameterized",
        "pluggy",
        "psutil",
        "py",
        "pygments",
        "pytest",
        "pytest_asyncio",
        "pytest_cov",
        "pytest_mock",
        "pytest_timeout",
        "pytest_xdist",
        "pytest_django",
        "setuptools",
        "six",
        "sniffio",
        "anyio",
        "sortedcontainers",
        "toml",
        "tomli",
        "tomllib",
        "tox",
        "trio",
        "twisted",
        "typing_extensions",
        "unittest2",
        "xdist",
        "yaml",
        "zope",
    ]
)
# https://docs.python.org/3.11/library/sys.html#sys.stdlib_module_names
_NAMES = _PACKAGES | sys.stdlib_module_names
_SUFFIXES = frozenset({".py", ".pyc", ".so", ".pyd", ".pth", ".zip"})
# Folders from which modules are imported by their bare name, whatever lies in them.
_SOURCE_FOLDERS = frozenset({"", "src", "lib", "python", "app"})
_INSTALLED = re.compile(
    # Metadata that names plugins: https://docs.pytest.org/en/stable/how-to/writing_plugins.html
    r"(?:^|/)[^/]+\.(?:egg-info|dist-info|egg)(?:/|$)|(?:^|/)pyvenv\.cfg$"
    # Programs found before the real ones, by the PATH of a virtual environment or of vendor.
    r"|(?:^|/)(?:\.?venv|virtualenv|env|vendor|node_modules)/(?:bin|\.bin|Scripts)/"
    # https://jestjs.io/docs/manual-mocks
    r"|(?:^|/)__mocks__/"
)
_SETS_UP = re.compile(
    r"(?:^|/)(?:(?:jest|vitest|mocha|ava|karma|cypress)[.-]?(?:setup|global|preset|env\w*|workspace)"
    r"|setup-?tests?|test-?setup|global-?setup|spec_helper|rails_helper|test_helper)[^/]*\.\w+$"
    r"|(?:^|/)(?:doctest|phpunit|bootstrap)\.php$|(?:^|/)META-INF/services/org\.junit[^/]*$"
    r"|(?:^|/)junit-platform\.properties$",
    re.IGNORECASE,
)


def explain_shadowing(change: Change, base: Container[str], head: Collection[str]) -> str:
    """Why a file that is new, or a runner's own, may stand in for what runs the tests."""
    path = change.path
    if _SETS_UP.search(path):
        return "it is run before the tests"
    if change.before is not None or change.after is None:
        return ""
    if _INSTALLED.search(path):
        return (
            "it would run in the place of what runs the tests, or is put in the place of a module"
        )
    name = _new_module(path, base, head)
    return f"it would be imported in the place of `{name}`, which the tests need" if name else ""


def _new_module(path: str, base: Container[str], head: Collection[str]) -> str:
    """The module of that name that Python or a test runner imports; empty where it is none."""
    parts = PurePosixPath(path).parts
    for depth, part in enumerate(parts):
        is_file = depth == len(parts) - 1
        name = part.partition(".")[0] if is_file else part
        folder = "/".join(parts[:depth])
        if name not in _NAMES or (is_file and PurePosixPath(part).suffix not in _SUFFIXES):
            continue
        if not is_file and f"{folder}/{part}/__init__.py".lstrip("/") not in head:
            continue
        if _is_import_root(folder, head) and not _is_there(folder, name, base):
            return name
    return ""


def _is_import_root(folder: str, head: Collection[str]) -> bool:
    """Whether what lies there is imported by its bare name.

    pytest puts the first folder without an `__init__.py` above a file of tests on the path:
    https://docs.pytest.org/en/stable/explanation/pythonpath.html
    """
    return folder in _SOURCE_FOLDERS or f"{folder}/__init__.py" not in head


def _is_there(folder: str, name: str, base: Container[str]) -> bool:
    at = f"{folder}/{name}".lstrip("/")
    return f"{at}.py" in base or f"{at}/__init__.py" in base
