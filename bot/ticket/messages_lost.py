"""The texts about an issue that is not there any more, and about labels in the wrong place."""

from bot.text.invisible import make_printable


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
