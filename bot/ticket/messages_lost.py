"""The texts about an issue that is not there any more, and about labels in the wrong place."""


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
