"""What is said of the checks of a commit: what is not green, why, and what a person can do.

Names and words of checks are anybody's, so all of them are quoted.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from types import MappingProxyType

from bot.text.escape import inline_text
from bot.text.invisible import make_printable
from bot.text.listed import list_first
from bot.ticket.ci_findings import Finding, FindingKind

MAX_LISTED = 12
MAX_WORDS_CHARACTERS = 300
_GOES_ON = "The job goes on by itself once it is green."
_MAY_NOT_RERUN = "I could not have it run again: that needs `actions: write`"
_IGNORE = "or name it in `ignore` under `[ci]` of `.bricklayer.toml` and comment `/retry`"
_WHAT: Mapping[FindingKind, str] = MappingProxyType(
    {
        "running": "has not finished yet",
        "pending": "is pending: its App or service has not said how it ended",
        "review": "is pending until the pull request is ready, reviewed or labelled",
        "environment": "waits for somebody to approve its environment",
        "approval": "waits for somebody to approve running the workflows of this pull request",
        "missing": "is required and has not reported on this commit at all",
        "asks": "asks for something that only a person can do",
        "cancelled": "was cancelled, and nothing newer has run in its place",
        "stale": "was given up by GitHub, as it had not ended after 14 days",
        "unstarted": "could not be started: GitHub cannot run its workflow file",
        "no_log": "is red, and no log of it can be read here, so no code was changed for it",
        "request": (
            "is red for the pull request's title, text, labels or commits, not for its files,"
            " so no code was changed for it"
        ),
        "shared": "is red on the base commit too, so no code was changed for it",
        "log": "failed, and GitHub does not have its log yet; I look again shortly",
        "infrastructure": "failed for its runner or the network, so no code was changed for it",
        "account": "was not started by GitHub, for reasons of the account",
        "not_required": "is red; `require` under `[ci]` of `.bricklayer.toml` does not name it",
    }
)
_NEXT: Mapping[FindingKind, str] = MappingProxyType(
    {
        "running": "Look at its page for what it waits for; then comment `/retry`.",
        "pending": f"Have it finish, {_IGNORE}. {_GOES_ON}",
        "environment": f"Approve or reject the deployment on its page, {_IGNORE}.",
        # https://docs.github.com/en/actions/managing-workflow-runs/approving-workflow-runs-from-public-forks
        "approval": "Press “Approve and run” on the pull request. The job goes on by itself then.",
        "missing": (
            "Start it, or have its workflow run for this branch and these paths,"
            f" {_IGNORE}. {_GOES_ON}"
        ),
        "asks": f"Do what it asks for on its page. {_GOES_ON}",
        "cancelled": f"Press “Re-run failed jobs” on its page if it is wanted. {_GOES_ON}",
        "stale": f"Run it again on its page. {_GOES_ON}",
        "unstarted": "Look at the error on its page and correct the workflow file on the base.",
        "no_log": f"Look at its page, {_IGNORE}. {_GOES_ON}",
        "request": f"Change what it names on the pull request, {_IGNORE}. {_GOES_ON}",
        "infrastructure": f"Press “Re-run failed jobs” on its page later. {_GOES_ON}",
        "account": f"Look at the billing of the account, then run it again. {_GOES_ON}",
    }
)
"""What to do where the job is blocked by it, or waits for a person."""


def _name(finding: Finding) -> str:
    name = f"`{make_printable(finding.name)}`"
    return f"[{name}]({finding.url})" if finding.url else name


def _describe(finding: Finding, *, with_next: bool) -> str:
    words = inline_text(finding.words, MAX_WORDS_CHARACTERS)
    said = f": “{words}”" if words else ""
    if finding.kind == "infrastructure" and with_next:
        tried = "It was run more than once already" if finding.attempt > 1 else _MAY_NOT_RERUN
        said = f"{said}. {tried}"
    required = " It is required." if finding.is_required and finding.kind != "missing" else ""
    what = _WHAT.get(finding.kind, "is red")
    following = f" {_NEXT[finding.kind]}" if with_next and finding.kind in _NEXT else ""
    return f"{_name(finding)} {what}{said}.{required}{following}"


def list_findings(findings: Sequence[Finding], *, with_next: bool = False) -> str:
    """A line for each; `with_next` says what a person can do about it."""
    return list_first(findings, MAX_LISTED, partial(_describe, with_next=with_next))


def ci_waiting(done: int, total: int, findings: Sequence[Finding]) -> str:
    """What runs is counted; what waits for a person is named, with what to do."""
    asked = [one for one in findings if one.kind not in {"running", "pending"}]
    counted = f"Waiting for CI: {done} of {total} checks are done." if total else "Waiting for CI."
    pending = [one for one in findings if one.kind == "pending"]
    parts = [counted, list_findings([*pending, *asked], with_next=True)]
    return "\n\n".join(filter(None, parts))


def ci_blocked(findings: Sequence[Finding], waited: float = 0) -> str:
    """`waited`: the seconds after which it is no longer waited for; 0 where waiting is no use."""
    listed = list_findings(findings, with_next=True)
    after = f", also after {waited / 60:.0f} minutes" if waited else ""
    return f"CI is not green{after}, and needs a person:\n\n{listed}"


def ci_rerun(findings: Sequence[Finding]) -> str:
    listed = list_findings(findings)
    return f"The failed jobs run once more before anything is decided:\n\n{listed}"


def ci_remarks(findings: Sequence[Finding]) -> str:
    """What stands beside “ready for review”; empty where all is green."""
    return (
        f"Not green, for reasons outside the code:\n\n{list_findings(findings)}" if findings else ""
    )
