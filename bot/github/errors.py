"""What GitHub can answer that is no answer. None of these ever holds a token."""


class GitHubError(Exception):
    """`status` is HTTP's, 0 where none arrived; `mend` is empty where no person can help."""

    def __init__(self, what: str, *, status: int = 0, mend: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.status = status
        self.mend = mend

    def __str__(self) -> str:
        status = f" ({self.status})" if self.status else ""
        mend = f"\n  {self.mend}" if self.mend else ""
        return f"GitHub: {self.what}{status}{mend}"


class Gone(GitHubError):  # noqa: N818  # as every part of the program says it
    """Not there, or no longer there for us: GitHub tells the two apart for nobody."""


class Limited(GitHubError):  # noqa: N818  # as every part of the program says it
    """Ask nothing before `until`, in seconds of the epoch."""

    def __init__(self, what: str, *, until: float, status: int = 0) -> None:
        super().__init__(what, status=status)
        self.until = until


class Refused(GitHubError):  # noqa: N818  # as every part of the program says it
    """Understood, and not done: no right to it, or it does not hold."""


class Down(GitHubError):  # noqa: N818  # as every part of the program says it
    """No answer, or none of use. A write may have taken effect."""


class TooMuch(GitHubError):  # noqa: N818  # as every part of the program says it
    """More than anything that is read here may be."""
