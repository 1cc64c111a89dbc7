"""The texts about an issue that is not there any more, and about labels in the wrong place."""

from collections.abc import Sequence

from bot.plan.settled import SettledKind
from bot.text.escape import quote_lines
from bot.text.invisible import make_printable
from bot.text.listed import join_first

MAX_NAMED = 10
"""Issues that are named one by one."""


COMMITS_LOST = (
    "My copy of this repository was lost, and commits of this job are no longer on GitHub: its"
    " branch was deleted, or somebody pushed over it. Press “Restore branch” on the pull request"
    " and comment `/retry`, or take the label off and set it again for a new job."
)


def issue_transferred() -> str:
    return "The issue was transferred to another repository, so the job ended here."


def issue_deleted() -> str:
    return "The issue was deleted, so the job ended."


def pull_without_issue(issue: int, why: str) -> str:
    """On the pull request, as nothing can be said on the issue."""
    return (
        f"{why} It was #{issue} here. The branch is left as it is: close this pull request, or"
        " finish and merge it by hand."
    )


def unknown_label(label: str, configured: str) -> str:
    name, starts = make_printable(label, 100), make_printable(configured, 100)
    return (
        f"I do not know the label `{name}`. `{starts}` starts a job; one such as"
        f" `{starts}:local=MODEL` chooses a model for one."
    )


def label_on_pull(label: str) -> str:
    return (
        f"The label `{make_printable(label, 100)}` starts nothing on a pull request: I work on"
        " issues. Set it on an issue, and I open a pull request for that."
    )


def waits_for(names: Sequence[str]) -> str:
    """`names` are open issues, such as `#12`."""
    listed = join_first(names, MAX_NAMED)
    return (
        f"Open issues come before this one: {listed}. When they are closed, the job begins"
        " by itself."
    )


def waits_in_circle(numbers: Sequence[int]) -> str:
    way = " waits for ".join(f"#{number}" for number in numbers)
    return (
        f"These issues wait for each other: {way}. Take one of the dependencies away, then comment"
        " `/retry`."
    )


WAITS_FOR_ANSWER = (
    "The planner has asked a question in a comment below. A comment of somebody with write access"
    " answers it, and planning goes on."
)


def settled(kind: SettledKind, proofs: Sequence[str], words: str) -> str:
    """`proofs` are what we found to be so, `words` the planner's, without anything that acts."""
    what = (
        "This is solved already, as far as its tests tell"
        if kind == "solved"
        else "What this is about is no longer in the repository"
    )
    shown = "\n".join(f"- {proof}" for proof in proofs)
    said = f"\n\nThe planner says:\n\n{quote_lines(words)}" if words else ""
    return f"{what}:\n\n{shown}{said}"


SETTLED_END = (
    "I change nothing here. If it is so, close the issue; if not, a comment `/retry` of somebody"
    " with write access has it planned."
)


def planner_asks(login: str, question: str) -> str:
    quoted = quote_lines(question)
    return (
        f"@{login}, the planner needs to know one thing before it can write a plan:\n\n{quoted}\n\n"
        "Answer in a comment on this issue; the next comment of somebody with write access counts."
    )
