"""What `bricklayer init` does on GitHub where it is asked to: the label, and one pull request."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import typer

from bot.config.machine import Settings
from bot.errors import UserError
from bot.git.find_repo import read_origin
from bot.git.repo import Repo
from bot.github.account import Account
from bot.github.errors import GitHubError
from bot.text.invisible import make_printable, replace_unprintable
from runners.checks.try_checks import Trial
from runners.onboarding.setup_pull import find_github_name, make_label, open_setup_pull

_SAID = {
    "opened": "opened {url}: merge it, or close it, and nothing is opened again",
    "open": "there  {url} is open already",
    "closed": "there  {url} was closed: that opted out, so nothing is opened again",
    "merged": "there  {url} was merged already",
    "none": "there  the default branch on GitHub has these files already",
}


@dataclass(frozen=True, slots=True)
class OnGitHub:
    """The account that speaks there, and the repository as `owner/name`."""

    account: Account
    name: str


def find_github(repo: Repo, settings: Settings) -> OnGitHub:
    """Asks GitHub for nothing. Raises UserError without an account or a repository there."""
    name = find_github_name(read_origin(repo.git_dir), settings)
    return OnGitHub(Account(settings.github, os.environ), name)


def tell_label(on_github: OnGitHub, label: str) -> None:
    try:
        is_new = make_label(on_github.account, on_github.name, label)
    except GitHubError as exc:
        raise _as_user_error(exc) from exc
    said = "made" if is_new else "there"
    _say(f"{said:<6} the label {label} in {on_github.name}")


def tell_pull(
    on_github: OnGitHub, settings: Settings, files: Mapping[str, str], trials: Sequence[Trial]
) -> None:
    try:
        pull = open_setup_pull(
            on_github.account, on_github.name, settings, files, _write_body(files, trials)
        )
    except GitHubError as exc:
        raise _as_user_error(exc) from exc
    _say(_SAID[pull.state].format(url=pull.url))


def _as_user_error(exc: GitHubError) -> UserError:
    hint = exc.hint or "`bricklayer doctor` says what the account may do."
    return UserError(exc.what, where="GitHub", hint=hint)


def _write_body(files: Mapping[str, str], trials: Sequence[Trial]) -> str:
    names = " and ".join(f"`{name}`" for name in files)
    lines = [
        f"This adds {names}: what Bricklayer may run in this repository, and what must pass.",
        "Once it is merged, an issue with the label is planned, built, checked and proposed as a",
        "pull request. Nothing happens before.",
        "",
        "Tried on this repository, in a sandbox:",
        "",
        *(f"- {_describe(trial)}" for trial in trials),
        "",
        "**Closing this pull request opts out**: no other one is opened.",
    ]
    return "\n".join(lines)


def _describe(trial: Trial) -> str:
    tests = f", {trial.tests} tests" if trial.tests else ""
    came = "passed" if trial.passed else "did not pass"
    return f"`{make_printable(trial.name)}` {came} in {trial.seconds:.1f} s{tests}"


def _say(text: str) -> None:
    typer.echo(replace_unprintable(text))
