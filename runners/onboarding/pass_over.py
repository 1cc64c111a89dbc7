"""A check's command without the tests that fail on the untouched commit, for a person to choose.

Tests that need a network, a browser or a service fail in the sandbox whatever the code is. CI runs
them; a job can begin with the others.
"""

import re
import shlex
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

MAX_TESTS = 15
"""With more, something else is the matter."""
GO_WITH_SKIP = (1, 20)
"""https://go.dev/doc/go1.20#go-command"""
# https://docs.pytest.org/en/stable/how-to/output.html#producing-a-detailed-summary-report
_PYTEST = re.compile(
    r"^(?:FAILED|ERROR) ([^\s:]{1,200}(?:::[^\n]{1,200}?)?)(?: - |$)", re.MULTILINE
)
# https://pkg.go.dev/testing, https://doc.rust-lang.org/rustc/tests/index.html
_INTERRUPTED = re.compile(r"^!+ Interrupted: \d+ errors? during collection !+$", re.MULTILINE)
_GO = re.compile(r"^--- FAIL: (Test\w{0,150})", re.MULTILINE)
_CARGO = re.compile(r"^test ([\w:]{1,200}) \.\.\. FAILED$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Failed:
    """A check that was red on the untouched commit, with how many tests its output counts.

    `test_files` are those of the repository; `go` is the version that checks have, None: any.
    """

    run: str
    output: str
    tests: int | None = None
    test_files: Collection[str] = ()
    go: tuple[int, int] | None = None


def pass_over(failed: Failed) -> str:
    """The command that leaves out what failed; empty where that cannot be told or is too much."""
    for word, pattern, leave_out in _RUNNERS:
        if re.search(rf"\b{word}\b", failed.run):
            if word == "go test" and failed.go and failed.go < GO_WITH_SKIP:
                return ""
            names = list(dict.fromkeys(pattern.findall(failed.output)))
            if not 0 < len(names) <= MAX_TESTS or not _are_others(failed, names):
                return ""
            return leave_out(failed.run.strip(), names)
    return ""


def _are_others(failed: Failed, names: Sequence[str]) -> bool:
    """Whether any test is left then: a check of none proves nothing."""
    # The counts are of the files that could not be read alone, as no test was run after that:
    # https://docs.pytest.org/en/stable/reference/reference.html#confval-continue_on_collection_errors
    if _INTERRUPTED.search(failed.output):
        return not failed.test_files or bool(set(failed.test_files) - set(names))
    return failed.tests is None or failed.tests > len(names)


def _leave_out_pytest(run: str, names: Sequence[str]) -> str:
    """https://docs.pytest.org/en/stable/example/pythoncollection.html#deselect-tests-during-test-collection."""
    if re.search(r"[\n;|&]", run.rpartition("pytest")[2]):
        return ""
    words = (f"--{'deselect' if '::' in name else 'ignore'}={shlex.quote(name)}" for name in names)
    return " ".join((run, *words))


def _leave_out_go(run: str, names: Sequence[str]) -> str:
    """https://pkg.go.dev/cmd/go#hdr-Testing_flags, from Go 1.20 on."""
    if " ./..." not in run:
        return ""
    return run.replace(" ./...", f" -skip '^({'|'.join(names)})$' ./...", 1)


def _leave_out_cargo(run: str, names: Sequence[str]) -> str:
    """https://doc.rust-lang.org/rustc/tests/index.html#--skip-filter."""
    if " -- " in run:
        return ""
    return " ".join((run, "--", *(f"--skip {name}" for name in names)))


_RUNNERS: tuple[tuple[str, re.Pattern[str], Callable[[str, Sequence[str]], str]], ...] = (
    ("pytest", _PYTEST, _leave_out_pytest),
    ("go test", _GO, _leave_out_go),
    ("cargo test", _CARGO, _leave_out_cargo),
)
