"""What a check said of the code, and what of that a person is told."""

from dataclasses import dataclass

from bot.plan import Check
from runners.checks.passed_tests import PassedTests
from runners.sandbox import Ended


@dataclass(frozen=True, slots=True)
class Verdict:
    """`ran` is False when the check says nothing about the code. `passed` implies `ran`.

    `failing`: how many tests failed, None when the output does not tell; `passed_tests` are the
    others, as far as they ran and are not expected to fail. `missing`: the Python
    module whose absence ended the run, if it is no file of the checkout: on the untouched base
    that is a dependency `[setup]` did not install, after an edit it is the edit's doing.
    `importer` is the file that asked for it, as the traceback names it. `awaits` is a path that the
    check names and that is not there yet: it ran nothing. `hint`: what of the sandbox may explain
    it, and what a person can do.
    """

    check: Check
    passed: bool
    ran: bool
    why: str
    exit_code: int = 0
    output: str = ""
    seconds: float = 0.0
    failing: int | None = None
    tests: int | None = None
    passed_tests: PassedTests | None = None
    missing: str = ""
    importer: str = ""
    ended: Ended = "exit"
    hint: str = ""
    awaits: str = ""


def explain_limit(verdict: Verdict) -> str:
    """Why it is red, and what a person can do: give it more time, or what it lacks in there."""
    if verdict.ended != "timeout":
        return f"{verdict.why}: {verdict.hint}" if verdict.ran and verdict.hint else verdict.why
    return f"{verdict.why}; if it needs longer, raise timeout in [checks.{verdict.check.name}]"
