"""What GitHub can answer that is no answer. None of these ever holds a token."""

from bot.errors import HintedError


class GitHubError(HintedError):
    """`status` is HTTP's, 0 where none arrived; `hint` is empty where no person can help."""

    def __init__(self, what: str, *, status: int = 0, hint: str = "") -> None:
        super().__init__(what, where="GitHub", hint=hint)
        self.status = status

    def __str__(self) -> str:
        what = f"{self.what} ({self.status})" if self.status else self.what
        return str(HintedError(what, where=self.where, hint=self.hint))


class NotFoundError(GitHubError):  # as every part of the program says it
    """Not there, or no longer there for us: GitHub tells the two apart for nobody."""


class RateLimitedError(GitHubError):  # as every part of the program says it
    """Ask nothing before `until`, in seconds of the epoch."""

    def __init__(self, what: str, *, until: float, status: int = 0) -> None:
        super().__init__(what, status=status)
        self.until = until


class ForbiddenError(GitHubError):  # as every part of the program says it
    """Understood, and not done: no right to it, or it does not hold."""


class UnavailableError(GitHubError):  # as every part of the program says it
    """No answer, or none of use. A write may have taken effect."""


class TooLargeError(GitHubError):  # as every part of the program says it
    """More than anything that is read here may be."""
