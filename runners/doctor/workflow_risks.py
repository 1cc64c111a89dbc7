"""The traps of GitHub Actions, each in a plain word, where Bricklayer runs there."""

import os
from collections.abc import Iterator

from bot.git.repo import Repo
from bot.github.client import Repository
from runners.doctor.finding import Finding

FOLDER = ".github/workflows"
_OURS = (b"bricklayer action",)
_DEFAULT = (b"secrets.GITHUB_TOKEN", b"github.token")
_ACTIONS = "github-actions[bot]"
_LARGEST = 1 << 20
_PULLS = (
    "Settings, Actions, General: tick “Allow GitHub Actions to create and approve pull requests”."
    " A GitHub App's token does not need it."
)
_NO_CI = (
    "What it pushes starts no workflow, so CI does not run by itself. Use a GitHub App, or give the"
    " CI workflow `on: workflow_dispatch`: then Bricklayer starts it."
)
_SIX_HOURS = "Work stops after five and a half hours, and the next run goes on: keep the schedule."
_FORKS = "Never let a workflow of a fork's pull request run on a runner of your own."


def traps(hub: Repository, repo: Repo, head: str, *, public: bool) -> Iterator[Finding]:
    """Nothing where neither this is a run of Actions nor one of its workflows runs Bricklayer."""
    texts = tuple(_workflows(repo, head)) if head else ()
    ours = [text for text in texts if any(sign in text for sign in _OURS)]
    here = os.environ.get("GITHUB_ACTIONS") == "true"
    if not (here or ours):
        return
    default = here and hub.me().login == _ACTIONS
    if default or any(sign in text for text in ours for sign in _DEFAULT):
        may = hub.actions_settings().may_open_pulls
        good = may if default else may or None  # with an App's key in the settings it is not used
        yield Finding(f"{hub.repo}: workflows may open pull requests", good, "" if may else _PULLS)
        yield Finding(f"{hub.repo}: pushes with the default GITHUB_TOKEN", good=None, hint=_NO_CI)
    yield Finding("a job of Actions ends after six hours", good=None, hint=_SIX_HOURS)
    if public:
        what = f"{hub.repo}: a public repository with a self-hosted runner"
        yield Finding(what, good=None, hint=_FORKS)


def _workflows(repo: Repo, head: str) -> Iterator[bytes]:
    for path, entry in sorted(repo.listed(head, FOLDER).items()):
        small = entry.kind == "file" and entry.size <= _LARGEST
        if small and path.endswith((".yml", ".yaml")):
            yield repo.read(head, path) or b""
