"""Examines each right of the bot in a repository: which it lacks, and which are too much."""

from collections.abc import Iterator, Mapping

from bot.github.app_permissions import NEEDED_PERMISSIONS, USED_FOR
from runners.doctor.finding import Finding

_GRANT = (
    "Give it: the App's settings on GitHub, Permissions & events; then its owner accepts that in"
    " the installation."
)
_NEW_KEY = (
    "Make a fine-grained token for this repository with contents, issues and pull requests: write;"
    " actions, commit statuses: read. Checks are for Apps only."
)
_TAKE = "Take it away: the bot never needs it, and whoever steals its key would have it."
_APPS_ONLY = frozenset({"actions", "checks", "statuses"})
"""What the bot can do without: it sees less of CI then."""
_ENOUGH_SCOPES = frozenset({"repo", "public_repo", "repo:status", "read:user", "user:email"})


def judge_rights(
    repo: str, missing: tuple[str, ...] | None, granted: Mapping[str, str] | None
) -> Iterator[Finding]:
    """`missing` as `checks: write`; None where GitHub does not tell. `granted` is an App's."""
    if missing is None:
        yield Finding(f"{repo}: GitHub does not say what the bot may", good=None, hint=_NEW_KEY)
    for right in missing or ():
        name, _, level = right.partition(": ")
        use = USED_FOR.get(name, "do all of its work")
        what = f"{repo}: the bot may not {level} {_plain(name)}: it cannot {use}"
        can_do_without = granted is None and name in _APPS_ONLY
        hint = _NEW_KEY if granted is None else _GRANT
        yield Finding(what, good=None if can_do_without else False, hint=hint)
    if missing == ():
        names = ", ".join(_plain(name) for name in NEEDED_PERMISSIONS)
        yield Finding(f"{repo}: the bot has the rights that it needs: {names}", good=True)
    for name, level in sorted((granted or {}).items()):
        if level in {"write", "admin"} and NEEDED_PERMISSIONS.get(name) != "write":
            what = f"{repo}: the bot may write {_plain(name)}, which it does not need"
            yield Finding(what, good=None, hint=_TAKE)


def judge_scopes(scopes: tuple[str, ...]) -> Iterator[Finding]:
    """Of a classic token, which opens all repositories of its owner."""
    if more := [scope for scope in scopes if scope not in _ENOUGH_SCOPES]:
        what = f"GitHub: the token may do more than the bot needs: {', '.join(sorted(more))}"
        yield Finding(what, good=None, hint=_TAKE)


def _plain(name: str) -> str:
    return name.replace("_", " ")
