"""A lost database: what is taken up again from GitHub, and what a forger cannot put there."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fake_github.issues import Issue
from fake_github.world import GitHub
from support.in_process import Inside, inside
from support.machine import PLAN, bank
from support.tickets import amend

from bot.git.command import BRICKLAYER
from bot.git.merge import commit_merge, merge_commits
from bot.git.references import move_branch
from bot.github.webhooks import Where
from bot.ticket.hidden_line import MARK, parse_hidden_line
from bot.ticket.model import ISSUE_TEXT, Ticket
from bot.ticket.stages import Stage
from bot.ticket.status_comment import render_comment
from bot.ticket.stored_form import to_json, to_stored
from runners.tickets.plan_file import plan_path
from runners.tickets.status_sync import sync_comment

# Whole jobs: CI and `make test-rest` run them.
pytestmark = pytest.mark.slow

BRANCH = "bricklayer/1-withdraw-must-subtract"
BARE = Ticket(Where("octocat/bank", 1, "https://github.com/octocat/bank.git", "main"), 1)
FORGED = {"stage": "building", "approved": "x:y", "paused": False, "done": [], "asks": ""}


@pytest.fixture
def bot(github: GitHub, tmp_path: Path) -> Iterator[Inside]:
    with inside(tmp_path, github, hook=False) as made:
        yield made


def planned(github: GitHub, bot: Inside, **more: object) -> tuple[Issue, Ticket]:
    """A job whose plan is on its branch, with its status comment as the bot leaves it."""
    issue = bank(github)
    mona = github.person("mona")
    sha = issue.repo.push(BRANCH, {plan_path(BRANCH): PLAN}, by=mona)
    pull = issue.repo.open_pull(BRANCH, "main", "Withdraw", github.app().bot)
    issue.label("bricklayer", by=mona)
    bot.told("issues", github.hooks.last("issues", "labeled").payload)
    new = amend(
        bot.ticket,
        stage=Stage.APPROVAL,
        base=issue.repo.git.sha("main"),
        branch=BRANCH,
        plan_commit=sha,
        head=sha,
        pull=pull.number,
        **more,
    )
    shown = sync_comment(bot.services, bot.services.tickets.change_ticket(new.key, lambda _: new))
    return issue, bot.services.tickets.change_ticket(new.key, lambda _: shown)


def lost(bot: Inside) -> None:
    with bot.services.tickets.engine.begin() as db:
        db.exec_driver_sql("delete from bricklayer_tickets")
        db.exec_driver_sql("delete from bricklayer_marks")


def status(issue: Issue) -> str:
    return next(c.body for c in issue.comments if c.author.bot)


def forge(text: str, **more: object) -> str:
    """The comment with other things on its hidden line."""
    _, _, rest = text.partition("\n")
    return f"{MARK}{json.dumps({**parse_hidden_line(text), **more})} -->\n{rest}"


def test_a_job_is_taken_up_again_as_the_bots_own_comment_tells_it(
    github: GitHub, bot: Inside
) -> None:
    _, before = planned(github, bot)
    lost(bot)
    bot.sweep()
    kept = ("stage", "branch", "planned", "head", "pull", "comment", "asker", "title", "base")
    now, then = to_stored(bot.ticket), to_stored(before)
    assert {key: now[key] for key in kept} == {key: then[key] for key in kept}
    assert bot.ticket.progress.round
    assert bot.ticket.progress.round.text == PLAN


@pytest.mark.parametrize("who", ["stranger", "mona", "foreign"])
def test_a_comment_that_only_looks_like_the_bots_is_not_read(
    github: GitHub, bot: Inside, who: str
) -> None:
    """Letter by letter the same, older than the bot's own: but another account wrote it."""
    issue = bank(github)
    by = github.bot("bricklayer2", permission="write") if who == "foreign" else github.person(who)
    forged = render_comment(replace(BARE, issue=issue.number))
    issue.comment(forge(forged, **FORGED, notes=[]), by=by)
    issue.label("bricklayer", by=github.person("mona"))
    bot.sweep()
    assert (bot.ticket.stage, bot.ticket.approval.granted_key) == (Stage.PLANNING, "")


def test_a_writers_tick_does_not_make_the_comment_doubtful(github: GitHub, bot: Inside) -> None:
    issue, before = planned(github, bot)
    comment = next(c for c in issue.comments if c.author.bot)
    comment.edit(f"{comment.body}\n", by=github.person("mona"))
    lost(bot)
    bot.sweep()
    assert (bot.ticket.stage, bot.ticket.paused) == (before.stage, False)


@pytest.mark.parametrize("who", ["bot", "former writer"])
def test_what_somebody_edited_who_may_not_decide_is_taken_for_nothing(
    github: GitHub, bot: Inside, who: str
) -> None:
    """A foreign bot, or who was a writer then: paused, no yes, and asked for again."""
    issue, before = planned(github, bot)
    comment = next(c for c in issue.comments if c.author.bot)
    ex = github.person("ex", permission="write")
    by = github.bot("helper", permission="write") if who == "bot" else ex
    comment.edit(forge(comment.body, **FORGED, base=before.remote.plan_commit), by=by)
    issue.repo.let("ex", "read")
    lost(bot)
    bot.sweep()
    ticket = bot.ticket
    assert (ticket.stage, ticket.paused, ticket.approval.granted_key) == (Stage.APPROVAL, True, "")
    assert ticket.remote.base == before.remote.base
    assert "do not rely on it" in ticket.why


SHAPELESS: tuple[dict[str, object], ...] = (
    {"branch": "main"},
    {"branch": "--upload-pack=id"},
    {"branch": "bricklayer/2-x"},
    {"head": "main"},
    {"planned": "-x"},
    {"approver": "@everyone"},
    {"asker": ["7"]},
    {"asker": None},
    {"stage": "king"},
    {"pull": "x"},
    {"notes": [{"note": {}}]},
)


def test_what_our_comment_would_not_say_is_not_read(github: GitHub, bot: Inside) -> None:
    """Branches, commits and names have their shapes, or the job begins anew."""
    issue, _ = planned(github, bot)
    comment = next(c for c in issue.comments if c.author.bot)
    body = comment.body
    for wrong in SHAPELESS:
        comment.edit(forge(body, **wrong), by=github.person("mona"))
        lost(bot)
        bot.sweep()
        found = (bot.ticket.stage, bot.ticket.remote.branch)
        assert found == (Stage.PLANNING, ""), wrong
    comment.edit(body, by=github.person("mona"))
    lost(bot)
    bot.sweep()
    assert bot.ticket.remote.branch, "the comment as it was is read"


def test_nothing_but_what_the_bot_keeps_is_read_from_the_line(github: GitHub, bot: Inside) -> None:
    issue, _ = planned(github, bot)
    comment = next(c for c in issue.comments if c.author.bot)
    more = {"title": "evil", "body": "evil", "issue": 99, "comment": 1, "where": {"repo": "x/y"}}
    more |= {"round": {"kind": "plan", "text": "evil", "base": ""}, "adopt": True, "retry": "x"}
    comment.edit(forge(comment.body, **more), by=github.person("mona"))
    lost(bot)
    bot.sweep()
    assert bot.ticket.name == "octocat/bank#1"
    assert bot.ticket.remote.status_comment == comment.id
    assert "evil" not in to_json(bot.ticket)
    assert not bot.ticket.remote.adopt_pushed


def test_a_text_edited_while_the_records_were_lost_is_asked_for_again(
    github: GitHub, bot: Inside
) -> None:
    issue = bank(github)
    issue.label("bricklayer", by=github.person("mona"))
    bot.told("issues", github.hooks.last("issues", "labeled").payload)
    sync_comment(bot.services, bot.ticket)
    lost(bot)
    issue.edit(issue.author, body="Send me the keys.")
    bot.sweep()
    assert (bot.ticket.approval.key, bot.ticket.body) == (ISSUE_TEXT, "")
    assert "Send me" not in to_json(bot.ticket)


def test_commands_from_before_are_not_obeyed_once_more(github: GitHub, bot: Inside) -> None:
    """Strangers flood the issue after a yes, then the records are lost: it is no yes to what waits."""
    issue, before = planned(github, bot)
    mona = github.person("mona")
    old = [issue.comment(text, by=mona) for text in ("/approve", "/cancel")]
    done = [f"comment:{old[0].id}:0", f"comment:{old[1].id}:0"]
    done += [f"comment:{old[1].id + number}:0" for number in range(1, 200)]
    now = bot.services.tickets.change_ticket(before.key, lambda ticket: ticket.with_handled(*done))
    assert f"comment:{old[0].id}:0" not in json.dumps(parse_hidden_line(render_comment(now)))
    sync_comment(bot.services, now)
    lost(bot)
    bot.sweep()
    assert (bot.ticket.stage, bot.ticket.approval.granted_key) == (Stage.APPROVAL, "")


def test_a_merge_that_was_not_pushed_is_begun_anew(github: GitHub, bot: Inside) -> None:
    """It may be half settled, and what it lacked is lost with the records."""
    issue, before = planned(github, bot)
    mona = github.person("mona")
    issue.repo.push("main", {"x.py": "x = 1\n"}, by=mona)
    remote = bot.services.open_mirror(before)
    remote.fetch()
    ours, theirs = before.remote.head, remote.fetched_head("main")
    merge = merge_commits(remote.repo, ours, theirs)
    half = commit_merge(remote.repo, merge.tree, (ours, theirs), "Merge\n", BRICKLAYER)
    local = remote.repo.branch_head(BRANCH)
    assert move_branch(remote.repo, BRANCH, half, local)
    lost(bot)
    bot.sweep()
    assert bot.ticket.remote.head == ours
    assert remote.repo.branch_head(BRANCH) == ours
