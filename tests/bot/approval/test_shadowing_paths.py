"""A new file that a test runner would import, or run, in the place of its own is told."""

import pytest

from bot.approval.shadowing_paths import explain_shadowing
from bot.git.objects import Change, Entry

FILE = Entry("100644", "file", "0" * 40)
BASE = frozenset({"bank.py", "pkg/__init__.py", "pkg/core.py", "queue.py", "tests/test_bank.py"})


def told(path: str, *, base: frozenset[str] = BASE, before: Entry | None = None) -> str:
    return explain_shadowing(Change(path, before, FILE), base, base | {path})


@pytest.mark.parametrize(
    "path",
    [
        *(
            "json.py",
            "iniconfig.py",
            "argparse.py",
            "_pytest/__init__.py",
            "pluggy.py",
            "src/re.py",
        ),
        *("tests/pytest.py", "tests/random.py", "scripts/typing.py", "unittest/__init__.py"),
        *("json.so", "json.cpython-311-x86_64-linux-gnu.so", "lib/os.pyc"),
        *("bank.egg-info/entry_points.txt", "x-1.0.dist-info/METADATA", "sub/y.egg-info/PKG-INFO"),
        *("venv/bin/python3", ".venv/bin/pytest", "vendor/bin/phpunit", "node_modules/.bin/jest"),
        *("pyvenv.cfg", "__mocks__/fs.js", "src/__mocks__/bank.js", "jest.setup.js"),
        *("vitest.workspace.ts", "src/setupTests.ts", "test/test_helper.rb", "spec/spec_helper.rb"),
        "src/test/resources/META-INF/services/org.junit.jupiter.api.extension.Extension",
    ],
)
def test_what_shadows_a_runner_or_runs_before_it_is_told(path: str) -> None:
    assert told(path)


@pytest.mark.parametrize(
    "path",
    [
        *("pkg/json.py", "pkg/types.py", "new.py", "src/bank.py", "tests/test_json.py", "json.md"),
        *("docs/json.py.txt", "src/env/prod.ts", "json.js", "json/data.txt", "src/mocks.js"),
        "queue/notes.py",
    ],
)
def test_a_module_of_a_package_and_other_files_are_not(path: str) -> None:
    assert told(path) == ""


def test_a_file_that_was_there_before_shadows_what_it_did() -> None:
    assert told("queue.py", before=FILE) == ""
    assert told("queue/__init__.py") == ""
