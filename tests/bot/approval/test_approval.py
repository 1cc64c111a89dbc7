"""What a writer's yes is for: the text, or the plan on its head, that was asked about, and no other."""

from dataclasses import replace

import pytest

from bot.github.webhooks import IssueText, Person, Where
from bot.ticket.actions import RunCommand
from bot.ticket.apply_command import TIME_STEP_SECONDS, apply_command
from bot.ticket.commands import Command, parse_commands
from bot.ticket.model import ISSUE_TEXT, Approval, RemoteState, Ticket, hash_text
from bot.ticket.progress import Progress, Round
from bot.ticket.stages import Stage

WHERE = Where("octocat/bank", 21, "https://github.com/octocat/bank.git", "main")
MONA = Person(7, "mona")
ISSUE = IssueText(12, "Withdraw adds", "It must subtract.", MONA, (), "open", "", is_pull=False)
ASKED = 1000.0
BASE = Ticket(
    WHERE,
    12,
    MONA,
    stage=Stage.APPROVAL,
    approval=Approval(asked_at=ASKED),
    progress=Progress(Round("plan", "the plan", "b" * 40)),
    remote=RemoteState(head="a" * 40),
    wake_at=1e12,
)
WAITS = replace(BASE, approval=replace(BASE.approval, key=BASE.plan_key))
TEXTUAL = replace(
    BASE,
    stage=Stage.PLANNING,
    progress=replace(BASE.progress, round=None),
    approval=replace(
        BASE.approval, key=ISSUE_TEXT, shown_text_hash=hash_text(ISSUE.title, ISSUE.body)
    ),
)


def said(body: str, ticket: Ticket, at: float = ASKED, issue: IssueText = ISSUE) -> Ticket:
    (command,) = parse_commands(body)
    assert isinstance(command, Command)
    return apply_command(
        ticket, RunCommand(command, MONA, "https://github.com/x", "comment:1:0", issue, at)
    )


def test_a_yes_with_its_code_or_given_after_the_question_counts() -> None:
    for body in (
        "/approve",
        f"/approve {WAITS.approval.code}",
        f"/approve {WAITS.approval.code.upper()}",
    ):
        done = said(body, WAITS)
        assert (done.approval.granted_key, done.approval.key, done.approval.granted_by) == (
            WAITS.plan_key,
            "",
            "mona",
        )


@pytest.mark.parametrize("moved", ["head", "plan"])
def test_a_yes_to_another_head_or_another_plan_is_none(moved: str) -> None:
    """What was pushed or planned since has another code, though one half of it is the same."""
    head = replace(BASE, remote=replace(BASE.remote, head="c" * 40))
    plan = replace(
        BASE, progress=replace(BASE.progress, round=Round("plan", "another plan", "b" * 40))
    )
    now = head if moved == "head" else plan
    done = said(
        f"/approve {WAITS.approval.code}",
        replace(now, approval=replace(now.approval, key=now.plan_key)),
    )
    assert not done.approval.granted_key
    assert done.approval.key == now.plan_key
    assert (
        replace(now, approval=replace(now.approval, key=now.plan_key)).approval.code in done.reply
    )


def test_the_hash_of_the_plan_alone_is_no_yes() -> None:
    assert not said(f"/approve {WAITS.progress.round_hash}", WAITS).approval.granted_key


def test_a_bare_yes_from_before_the_question_is_none_and_is_told_how_to_be_one() -> None:
    """It raced with a push, or was meant for what was asked before."""
    done = said("/approve", WAITS, at=ASKED - TIME_STEP_SECONDS - 1)
    assert not done.approval.granted_key
    assert f"/approve {WAITS.approval.code}" in done.reply
    assert said(f"/approve {WAITS.approval.code}", WAITS, at=0.0).approval.granted_key


def test_a_yes_to_a_text_is_for_the_text_that_was_shown() -> None:
    """Its author edits it once more while the yes is on its way: asked again."""
    done = said("/approve", TEXTUAL)
    assert (done.title, done.body, done.approval.key) == (ISSUE.title, ISSUE.body, "")
    for other in (replace(ISSUE, body="rm -rf"), replace(ISSUE, title="Else")):
        done = said("/approve", TEXTUAL, issue=other)
        assert (done.title, done.body, done.approval.key, done.wake_at) == ("", "", ISSUE_TEXT, 0.0)
        assert not said(f"/approve {TEXTUAL.approval.code}", TEXTUAL, issue=other).title


def test_a_yes_where_nothing_is_asked_is_kept_for_nothing_later() -> None:
    done = said("/approve", replace(BASE, approval=replace(BASE.approval, key="")))
    assert not done.approval.granted_key
    assert "nothing to approve" in done.reply


def test_strangers_comments_push_out_nothing_else_that_was_dealt_with() -> None:
    ticket = BASE.with_handled("asked for review", "thread:1:2")
    for number in range(2000):
        ticket = ticket.with_handled(f"comment:{number}:0")
    assert ticket.was_handled("asked for review")
    assert ticket.was_handled("thread:1:2")
    assert len(ticket.handled) < 600
    assert ticket.newest_comment == 1999
    assert replace(ticket, handled=(), ignore_comments_up_to=ticket.newest_comment).has_heard(3)


DIFF = replace(
    BASE, stage=Stage.PUBLISHING, approval=replace(BASE.approval, key=f"diff:{'e' * 40}")
)


def test_a_diff_is_approved_with_its_code_only() -> None:
    """A plain approval may be meant for the plan that somebody still has on the screen."""
    done = said("/approve", DIFF, at=ASKED + 3600)
    assert not done.approval.granted_key
    assert done.approval.key == DIFF.approval.key
    assert f"comment `/approve {DIFF.approval.code}`" in done.reply
    assert said(f"/approve {DIFF.approval.code}", DIFF).approval.granted_key == DIFF.approval.key


@pytest.mark.parametrize("waiting", [WAITS, TEXTUAL], ids=["plan", "text"])
def test_a_plain_yes_counts_only_where_nothing_else_was_asked_before(waiting: Ticket) -> None:
    again = replace(waiting, approval=replace(waiting.approval, first_code="a" * 12))
    done = said("/approve", again, at=ASKED + 3600)
    assert done.approval.key == again.approval.key
    assert f"comment `/approve {again.approval.code}`" in done.reply
    first = replace(waiting, approval=replace(waiting.approval, first_code=waiting.approval.code))
    assert not said("/approve", first).approval.key


@pytest.mark.parametrize("body", ["/cancel", "/pause", "/status", "/approve", "/retry"])
def test_a_command_without_a_reply_of_its_own_leaves_no_empty_quotation(body: str) -> None:
    done = said(body, WAITS)
    assert not done.reply.rstrip().endswith(":")
