"""Which tier begins which kind of task, proposed by what was measured."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from handlers.commands.options import AsJson, RepoFolder

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.evaluation.promotion import Promotion
    from runners.promotion.propose import Proposed

JSON_VERSION = 1
_SAID = {
    "written": "branch {where}: look at it, then merge or delete it",
    "there": "branch {where} says so already",
    "opened": "opened {where}: merge it, or close it, and just this is not proposed again",
    "open": "there  {where} is open already",
    "closed": "there  {where} was closed: a person said no to just this",
    "merged": "there  {where} was merged already: fetch it here; if it was taken back, fetch that",
}


def register(app: typer.Typer) -> None:
    app.command("promote")(propose_starts)


def propose_starts(
    repo: RepoFolder = Path(),
    branch: Annotated[
        bool, typer.Option("--branch", help="Write it as a branch of this repository.")
    ] = False,
    pull_request: Annotated[
        bool, typer.Option("--pull-request", help="Open it as a pull request on GitHub.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compare local and senior by kind of task, and propose who begins which.

    By what `bricklayer eval` measured of the first model of each tier. A kind is proposed for local
    where it passes no more than three points less often than senior, and for senior where it surely
    passes more than three points less often; by at least thirty runs each, of tasks that chose no
    way of asking. As `[auto.KIND]` in
    .bricklayer.toml, which counts for these models where the machine's settings say tier = "auto".
    Without an option it only shows the table. Nothing is merged.
    """
    import os

    from bot.config.machine import read_settings
    from bot.git.find_repo import open_repo, read_origin
    from bot.github.account import Account
    from runners.onboarding.setup_pull import find_github_name
    from runners.promotion.propose import (
        judge_tiers,
        open_promotion_pull,
        read_committed,
        write_branch,
    )

    settings, opened = read_settings(), open_repo(repo)
    name = find_github_name(read_origin(opened.git_dir), settings) if pull_request else ""
    commit, config = read_committed(opened, repo)
    promotion = judge_tiers(settings, config, opened, commit)
    done: list[Proposed] = []
    if promotion.changes and branch:
        done.append(write_branch(opened, commit, promotion))
    if promotion.changes and pull_request:
        account = Account(settings.github, os.environ)
        done.append(_on_github(lambda: open_promotion_pull(account, name, settings, promotion)))
    if as_json:
        _print_data(promotion, done)
        return
    _print_table(promotion)
    if settings.tier != "auto":
        _say('This machine\'s settings have no `tier = "auto"`: until then none of it counts here.')
    for each in done:
        _say(_SAID[each.state].format(where=each.where))


def _on_github(open_pull: "Callable[[], Proposed]") -> "Proposed":
    from bot.errors import UserError
    from bot.github.errors import GitHubError

    try:
        return open_pull()
    except GitHubError as exc:
        hint = exc.hint or "`bricklayer doctor` says what the account may do."
        raise UserError(exc.what, where="GitHub", hint=hint) from exc


def _print_table(promotion: "Promotion") -> None:
    from handlers.plain_lines import format_columns
    from runners.promotion.describe import HEADS, list_cells, list_left_out, list_notes, title_pull

    _say(f"local is {promotion.local}, senior is {promotion.senior}")
    if promotion.verdicts:
        for line in format_columns([HEADS, *list_cells(promotion.verdicts)]):
            _say(line)
    else:
        _say("Nothing that counts was measured: `bricklayer eval` does finished tasks again.")
    for line in (*list_notes(promotion.verdicts), *list_left_out(promotion)):
        _say(line)
    if promotion.verdicts:
        _say(title_pull(promotion) if promotion.changes else "Nothing is to be changed.")


def _print_data(promotion: "Promotion", done: "list[Proposed]") -> None:
    from dataclasses import asdict

    from handlers.commands.options import print_json

    kinds = [
        {
            "kind": each.kind,
            "verdict": each.verdict,
            "local": [each.local.good.passed, each.local.good.runs] if each.local else None,
            "senior": [each.senior.good.passed, each.senior.good.runs] if each.senior else None,
            "apart": [each.apart, each.low, each.high],
            "merged": each.before,
            "chosen_of": each.chosen_of,
            "reverted": each.revert.commit if each.revert else None,
        }
        for each in promotion.verdicts
    ]
    changes = {kind: start.model_dump() for kind, start in promotion.changes.items()}
    data: dict[str, object] = {
        "v": JSON_VERSION,
        "local": promotion.local,
        "senior": promotion.senior,
    }
    data["left_out"] = [asdict(each) for each in promotion.left_out]
    print_json({**data, "kinds": kinds, "changes": changes, "done": [asdict(e) for e in done]})


def _say(text: str) -> None:
    from bot.text.invisible import replace_unprintable

    typer.echo(replace_unprintable(text))
