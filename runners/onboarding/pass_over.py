"""A check's command without the tests that fail on the untouched commit, for a person to choose.

Tests that need a network, a browser or a service fail in the sandbox whatever the code is. CI runs
them; a job can begin with the others.
"""

import re
import shlex
from collections.abc import Callable, Sequence

MAX_TESTS = 15
"""With more, something else is the matter."""
MAX_NAME_CHARACTERS = 200
# https://docs.pytest.org/en/stable/how-to/output.html#producing-a-detailed-summary-report
_PYTEST = re.compile(
    r"^(?:FAILED|ERROR) ([^\s:]{1,200}(?:::[^\n]{1,200}?)?)(?: - |$)", re.MULTILINE
)
# https://pkg.go.dev/testing, https://doc.rust-lang.org/rustc/tests/index.html
_GO = re.compile(r"^--- FAIL: (Test\w{0,150})", re.MULTILINE)
_CARGO = re.compile(r"^test ([\w:]{1,200}) \.\.\. FAILED$", re.MULTILINE)


def pass_over(run: str, output: str) -> str:
    """The command that leaves out what failed; empty where that cannot be told or is too much."""
    for word, pattern, leave_out in _RUNNERS:
        if re.search(rf"\b{word}\b", run):
            names = list(dict.fromkeys(pattern.findall(output)))
            return leave_out(run.strip(), names) if 0 < len(names) <= MAX_TESTS else ""
    return ""


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
