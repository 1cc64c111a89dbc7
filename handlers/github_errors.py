"""What a person at a terminal hears where GitHub could not be asked."""

from bot.config.machine import Settings, settings_path
from bot.errors import UserError
from bot.github.errors import GitHubError, NotFoundError, UnavailableError

_MEND = "Look at the network and at [github] api_url: `bricklayer doctor` tells more."
_HIDDEN = "Look at its name, and whether the App or the token has access to it."


def unreached(wrong: GitHubError, settings: Settings) -> UserError:
    """GitHub's failure, with the address that was asked and what to do about it."""
    status = f" ({wrong.status})" if wrong.status else ""
    usual = (
        _MEND
        if isinstance(wrong, UnavailableError)
        else _HIDDEN
        if isinstance(wrong, NotFoundError)
        else ""
    )
    return UserError(
        f"{wrong.what}{status}", where=settings.github.api_url, hint=wrong.hint or usual
    )


def no_repository() -> UserError:
    hint = 'Name some: [github] repos = ["owner/name"]; or install the App on one.'
    return UserError("no repository to look at", where=str(settings_path()), hint=hint)
