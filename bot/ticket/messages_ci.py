"""The texts about workflows that the bot starts, and about the failures of CI."""

from collections.abc import Sequence

from bot.errors import list_names
from bot.text.escape import code_block, inline_text
from bot.text.listed import list_first

MAX_LISTED_NAMES = 20
HOW_TO_DISPATCH = (
    "name the workflow to start in `.bricklayer.toml` on the default branch, for example"
    ' `dispatch = ["ci.yml"]` under `[ci]`'
)
# https://docs.github.com/en/actions/security-for-github-actions/security-guides/automatic-token-authentication
NEVER_BEGAN = (
    "The repository has workflows, but none started for this commit, and I start none that the"
    " repository does not name. If they are to run on this branch, let them run"
    " `on: pull_request`; a push made with Actions' own `GITHUB_TOKEN` starts none, so there either"
    f" {HOW_TO_DISPATCH}, or let me push with a GitHub App's token."
)


def list_checks(names: Sequence[str]) -> str:
    """Names of jobs and workflows, which are longer than most."""
    return list_names(names, MAX_LISTED_NAMES, 100)


def workflows_started(names: Sequence[str]) -> str:
    return f"I started {list_checks(names)} on this branch, as `.bricklayer.toml` says."


def started_without_report(names: Sequence[str]) -> str:
    return (
        f"I started {list_checks(names)} on this branch, but nothing has reported on this commit"
        " since. Look at the repository's Actions page."
    )


def workflow_missing(name: str) -> str:
    return (
        f"`.bricklayer.toml` names `{name}` in `[ci] dispatch`, but the default branch has no"
        f" `.github/workflows/{name}`. Correct the name there."
    )


def workflow_refused(name: str, why: str) -> str:
    """`why` are GitHub's words."""
    return (
        f"GitHub did not start `{name}`, which `.bricklayer.toml` names in `[ci] dispatch`:"
        f" “{inline_text(why, 300)}” {_what_to_do(name, why.lower())}"
    )


def _what_to_do(name: str, why: str) -> str:
    if "workflow_dispatch" in why and "disabled" not in why:
        return f"Add `workflow_dispatch:` under `on:` in `.github/workflows/{name}`."
    if "input" in why:
        return (
            f"Give each input of its `workflow_dispatch` a default in `.github/workflows/{name}`."
        )
    if "disabled" in why:
        return "Enable it on the repository's Actions page."
    if "not accessible" in why:
        return "Give the App or the token the permission `actions: write`."
    return "Start it by hand on the repository's Actions page."


_WHY_NOTHING = {
    "not yet": "GitHub has not given its log",
    "expired": "its log has expired",
    "forbidden": "I may not read its log: the App or the token lacks `actions: read`",
    "too large": "its log is too large to be read",
    "set-up": "the runner failed before the first step",
    "empty": "its log says nothing but that it failed",
    "no log": "it has no log that I can read",
}


def nothing_to_show(reasons: Sequence[tuple[str, str]], said: str = "") -> str:
    """`reasons` are pairs of a job's name and a word of `_WHY_NOTHING`; `said` its own words."""
    listed = list_first(
        reasons,
        MAX_LISTED_NAMES,
        lambda each: f"{list_checks([each[0]])}: {_WHY_NOTHING.get(each[1], each[1])}",
    )
    quoted = f"\n\n{code_block(said, 600)}" if said.strip() else ""
    return (
        "CI failed, but there is no failure that I could show to a model, so I change nothing:\n\n"
        f"{listed}{quoted}\n\nLook at the job on GitHub. If the code is not at fault, run the job"
        " again there; if it is, push a fix to the branch. I go on by myself once its checks"
        " change; to have me read the log again now, comment `/retry`."
    )


def ci_red(names: Sequence[str], number: int, max_rounds: int) -> str:
    return f"CI is red ({list_checks(names)}); build round {number} of {max_rounds} fixes it."


def ci_given_up(names: Sequence[str], max_rounds: int) -> str:
    return f"CI is still red after {max_rounds} build rounds: {list_checks(names)}."


NO_CI = "No CI is configured for this commit; only the checks on this machine have verified it."
