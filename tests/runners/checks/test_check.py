from collections.abc import Callable
from pathlib import Path

import pytest

from bot.config.machine import Settings
from bot.config.repository import CheckCommand, RepoConfig, SandboxLimits
from bot.errors import UserError
from bot.plan import Check
from runners.checks.check import run_check
from runners.checks.failure_digest import digest_failure
from runners.checks.passed_tests import PassedTests
from runners.checks.verdict import Verdict
from runners.sandbox import Sandbox, open_sandbox

SAMPLES = Path(__file__).parents[2] / "data" / "failures"
GOOD = "import unittest\nclass T(unittest.TestCase):\n    def test_a(self):\n        assert 1\n"
Judge = Callable[..., Verdict]


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    return open_sandbox(Settings(), RepoConfig(sandbox=SandboxLimits(processes=16, output=1)))


@pytest.fixture
def judge(sandbox: Sandbox, tmp_path: Path) -> Judge:
    """The verdict on a shell line, in a checkout holding these files."""

    def judged(
        line: str,
        *paths: str,
        files: dict[str, str] | None = None,
        makes: tuple[str, ...] = (),
        timeout: float = 20,
    ) -> Verdict:
        for name, text in (files or {}).items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        config = RepoConfig(checks={"it": CheckCommand(run=line, timeout=timeout)})
        return run_check(Check("run", "it", paths), config, tmp_path, sandbox, makes=makes)

    return judged


def test_exit_zero_passes_and_others_are_red(judge: Judge) -> None:
    """The exit code decides, and the verdict says it."""
    assert judge("true").passed
    red = judge("echo gone wrong; exit 3")
    assert (red.passed, red.ran, red.exit_code, red.why) == (False, True, 3, "exit 3")
    assert red.output == "gone wrong\n"


def test_paths_are_arguments(judge: Judge) -> None:
    """Paths are never part of the shell line, nor options, whatever is in them."""
    verdict = judge("printf '%s|'", "a b", "$(touch hacked)", "; exit 9", "-rf", "*")
    assert verdict.passed
    assert verdict.output == "a b|$(touch hacked)|; exit 9|./-rf|*|"


def test_failing_tests_are_counted(judge: Judge) -> None:
    """How many tests failed is known, to choose the best of several attempts."""
    bad = GOOD + "    def test_b(self):\n        assert 0\n"
    verdict = judge("python3 -m unittest", files={"test_x.py": bad})
    assert (verdict.passed, verdict.ran) == (False, True)
    assert (verdict.failing, verdict.tests) == (1, 2)
    assert verdict.why == "1 of 2 tests failed, exit 1"


@pytest.mark.parametrize(
    ("sample", "count"),
    [("phpunit", 4), ("mvn", 4), ("dotnet", 2), ("gtest", 1), ("vitest_tap", 3)],
)
def test_failing_tests_are_counted_by_name_where_no_summary_is_read(
    judge: Judge, sample: str, count: int
) -> None:
    """Attempts are compared in every language; a check that passes has no such count."""
    output = (SAMPLES / f"{sample}.txt").read_text()
    assert judge("cat out; exit 1", files={"out": output}).failing == count
    assert judge("cat out", files={"out": output}).tests is None


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("no-such-tool", "did not find its command"),
        ("./data.txt", "not executable"),
        ("python3 -m pylint", "no module pylint"),
        ("python3 -m unittest discover -p 'none_*.py'", "no test was collected"),
        ("echo '=== 3 skipped in 0.01s ==='", "all 3 tests were skipped"),
        (r"printf '?   \tm\t[no test files]\n'", "no test was collected"),
    ],
)
def test_what_could_not_run_is_no_verdict_on_the_code(judge: Judge, line: str, why: str) -> None:
    """A missing tool or an empty selection of tests is told apart from red, exit 0 or not."""
    verdict = judge(line, files={"data.txt": "data", "test_x.py": GOOD})
    assert (verdict.passed, verdict.ran) == (False, False)
    assert why in verdict.why


@pytest.mark.parametrize(
    "text", ["def broken(:\n", "import no_such_module\n", "import x_missing.y\n", "1 / 0\n"]
)
def test_broken_code_is_red_not_unable_to_run(judge: Judge, text: str) -> None:
    """A SyntaxError or ImportError in the repository is what a model has to mend."""
    verdict = judge("python3 -m unittest", files={"test_x.py": text + GOOD})
    assert (verdict.passed, verdict.ran) == (False, True)


def test_a_missing_dependency_is_named(judge: Judge) -> None:
    """A module that neither the checkout nor the system has is named for the preflight."""
    text = "import no_such_module\n"
    assert judge("python3 x.py", files={"x.py": text}).missing == "no_such_module"
    here = {"x.py": "import src_mod.gone\n", "src_mod/__init__.py": ""}
    assert judge("python3 x.py", files=here).missing == ""


def test_what_the_plan_is_to_write_may_be_missing(judge: Judge) -> None:
    """No tests in a file the task is about to write is red: the work is still to be done."""
    empty = {"test_new.py": ""}
    line = "python3 -m unittest"
    verdict = judge(line, "test_new.py", files=empty, makes=("test_new.py",))
    assert (verdict.passed, verdict.ran) == (False, True)
    assert "still to be written" in verdict.why
    assert not judge(line, "test_new.py", files=empty).ran
    assert not judge("no-such-tool", "new.py", makes=("new.py",)).ran


def test_a_hang_is_red(judge: Judge) -> None:
    """An endless loop in the code under change is the code's fault, and named."""
    verdict = judge("sleep 60", timeout=0.3)
    assert (verdict.passed, verdict.ran, verdict.ended) == (False, True, "timeout")
    assert verdict.why == "still running after 0.3 s"


def test_a_flood_is_red(judge: Judge) -> None:
    """Output without end is ended and named."""
    assert judge("yes").why == "wrote more output than its limit allows"


def test_an_unknown_check_is_told(sandbox: Sandbox, tmp_path: Path) -> None:
    """Only commands of the configuration run; the error names those there are."""
    config = RepoConfig(checks={"lint": CheckCommand(run="true")})
    with pytest.raises(UserError, match="no check is called 'test'") as told:
        run_check(Check("run", "test"), config, tmp_path, sandbox)
    assert "lint" in told.value.hint


@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("file", True),
        ("folder", True),
        ("dangling", True),
        ("folder/none", False),
        ("linked/passwd", False),
        ("../outside", False),
        ("/etc/passwd", False),
        ("", False),
    ],
)
def test_paths_exist_inside_the_checkout_only(
    sandbox: Sandbox, tmp_path: Path, path: str, there: bool
) -> None:
    """A link counts as itself; nothing behind a linked folder or outside is there."""
    tree = tmp_path / "tree"
    (tree / "folder").mkdir(parents=True)
    (tmp_path / "outside").write_text("")
    (tree / "file").write_text("")
    (tree / "dangling").symlink_to("nowhere")
    (tree / "linked").symlink_to("/etc")
    exists = run_check(Check("exists", "", (path,)), RepoConfig(), tree, sandbox)
    absent = run_check(Check("absent", "", (path,)), RepoConfig(), tree, sandbox)
    assert (exists.passed, absent.passed) == (there, not there)
    assert exists.ran
    assert absent.ran


def test_tests_that_failed_are_red_whatever_the_exit_code_says(judge: Judge) -> None:
    """Code under test may end its process with any code, and a shell line may lose it."""
    verdict = judge("echo '2 failed, 1 passed in 0.02s'")
    assert (verdict.passed, verdict.ran) == (False, True)
    assert verdict.why == "2 of 3 tests failed, though it ended with exit 0"


@pytest.mark.slow
def test_pytest_names_what_passed_without_being_told(judge: Judge) -> None:
    """Whatever its command line is, unless that says otherwise."""
    test = "import pytest\n@pytest.mark.parametrize('n', [1, 2])\ndef test_a(n): pass\n"
    verdict = judge("python3 -m pytest -q test_a.py", files={"test_a.py": test})
    if not verdict.ran:
        pytest.skip("the sandbox's Python has no pytest")
    assert verdict.passed_tests == PassedTests(2, {"test_a": 2})
    failed = {"test_b.py": "def test_b(): assert 0\n"}
    verdict = judge("python3 -m pytest -q", files=failed)
    assert "PASSED" not in digest_failure(verdict.output)
