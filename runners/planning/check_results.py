"""How checks end while a plan is made, and how a planner is told."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.models.token_estimate import estimate_tokens
from bot.text.escape import fence_section, list_section
from bot.text.invisible import make_printable
from runners.checks.failure_digest import digest_failure
from runners.checks.setup_doubts import find_doubt
from runners.checks.setup_faults import explain_ending, find_setup_fault
from runners.checks.test_selection import found_no_test
from runners.checks.verdict import Verdict, explain_limit

CheckState = Literal["green", "red", "unable", "unknown"]
MAX_DIGEST_TOKENS = 900
"""For how all red checks fail, together."""
MIN_DIGEST_TOKENS = 60
MAX_WHY_CHARS = 300
NOT_YOURS = "that is for the people who run this machine: plan nothing about it"
MAY_BE_UNRELATED = "What is red now need not have to do with what is asked for."


@dataclass(frozen=True, slots=True)
class CheckResult:
    """How one check ended on a tree on which nothing was done yet.

    `unable`: it says nothing about the code. `unknown`: it was not run, or not to its end, since
    plans are given only so much time. `why` is one sentence without an end, `digest` how it fails.
    `own`: what it says depends on what the task is to write.
    """

    label: str
    state: CheckState
    why: str = ""
    digest: str = ""
    tests: int | None = None
    seconds: float = 0.0
    own: bool = False


def read_result(verdict: Verdict, makes: Collection[str] = ()) -> CheckResult:
    """`makes` are the paths that will be written: their absence is no fault."""
    state, why = _judge(verdict, makes)
    digest = "" if state == "green" else digest_failure(verdict.output, tokens=MAX_DIGEST_TOKENS)
    return CheckResult(
        verdict.check.label,
        state,
        make_printable(" ".join(why.split()), MAX_WHY_CHARS),
        digest,
        verdict.tests,
        round(verdict.seconds, 1),
        own=bool(verdict.awaits) or not verdict.ran,
    )


def _judge(verdict: Verdict, makes: Collection[str]) -> tuple[CheckState, str]:
    if verdict.passed:
        return "green", ""
    if why := _why_unable(verdict, makes):
        return "unable", why
    return "red", _why_red(verdict)


def _why_unable(verdict: Verdict, makes: Collection[str]) -> str:
    """Why it says nothing about the code; empty where it does, or waits for what is not there."""
    if not verdict.ran:
        return verdict.why
    if verdict.awaits or verdict.missing:
        return ""
    table = f"[checks.{verdict.check.name}]"
    if hint := explain_ending(verdict.ended, table):
        return f"{verdict.why}; {hint}"
    doubt = find_doubt(verdict, makes)
    if doubt and doubt.sure:
        return doubt.what
    fault = find_setup_fault(verdict.output, table) if not makes else None
    if fault:
        return f"{fault.what}: {fault.hint}"
    return "no test was collected" if not makes and found_no_test(verdict) else ""


def _why_red(verdict: Verdict) -> str:
    if verdict.awaits:
        return f"{verdict.awaits} is not there yet"
    if verdict.missing:
        # Only the plan knows whether it is a module that it makes.
        why = "a task makes it, or else [setup] has to install it, which no task can"
        return f"{verdict.why}; Python has no module {verdict.missing}: {why}"
    return explain_limit(verdict)


def summarize_result(result: CheckResult) -> str:
    """In a few words, with the number of its tests and the time it took."""
    counted = f"{result.tests:,} test{'s' if result.tests != 1 else ''}" if result.tests else ""
    took = f"{result.seconds:.0f} s" if result.seconds >= 1 else "under 1 s"
    facts = ", ".join(filter(None, (counted, took)))
    if result.state == "green":
        return f"green ({facts})"
    if result.state == "red":
        return f"red: {result.why} ({facts})"
    if result.state == "unable":
        return f"cannot run here: {result.why}"
    return f"not known: {result.why}"


def describe_results(results: Sequence[CheckResult]) -> str:
    """For the planner's prompt: how each check ends now, and how the red ones fail."""
    rows = []
    for result in results:
        said = summarize_result(result)
        rows.append(f"{result.label}: {said}" + ("; " + NOT_YOURS if _is_unable(result) else ""))
    red = [result for result in results if result.state == "red"]
    parts = [list_section("How they end now, before anything is done:", rows), *_tell_digests(red)]
    return "\n\n".join(filter(None, [*parts, MAY_BE_UNRELATED if red else ""]))


def _is_unable(result: CheckResult) -> bool:
    return result.state == "unable"


def _tell_digests(red: Sequence[CheckResult]) -> list[str]:
    """Each within its share; one that needs less leaves the rest to those after it."""
    left, told = MAX_DIGEST_TOKENS, []
    for number, result in enumerate(red):
        share = left // (len(red) - number)
        if share < MIN_DIGEST_TOKENS or not result.digest:
            continue
        text = _cut_lines(result.digest, share)
        left -= estimate_tokens(text)
        told.append(fence_section(f"How {result.label} fails:", text))
    return told


def _cut_lines(text: str, tokens: int) -> str:
    kept: list[str] = []
    for line in text.split("\n"):
        tokens -= estimate_tokens(f"{line}\n")
        if tokens < 0:
            return "\n".join([*kept, "..."])
        kept.append(line)
    return text
