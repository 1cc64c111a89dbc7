"""What a writer's command makes of a ticket, in each stage of it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.tickets import COMMANDS, HEAD, MONA, TICKETS, order, proposal, ticket

from bot.ticket import messages, messages_commands
from bot.ticket.actions import RunCommand
from bot.ticket.apply_command import apply_command, stops_work
from bot.ticket.keys import overruled_key
from bot.ticket.model import DIFF_KEY, FOREVER, ISSUE_TEXT, Ticket, hash_text
from bot.ticket.progress import EndedTask
from bot.ticket.stages import Stage, is_over

OVER = [stage for stage in Stage if is_over(stage)]
GOING = [stage for stage in Stage if not is_over(stage)]
MARK = ticket().plan_key
CODE = ticket(approval_key=MARK).approval.code


def told(text: str) -> str:
    """As an answer to whoever gave the order."""
    return messages.address_to(order("status").by, text)


@given(TICKETS, st.sampled_from(COMMANDS))
def test_a_command_is_obeyed_once_and_always_answered(before: Ticket, given_: RunCommand) -> None:
    """In whatever state, it raises nothing, says something, and the second time does nothing."""
    after = apply_command(before, given_)
    assert after.was_handled(given_.handled_key)
    if before.was_handled(given_.handled_key):
        assert after == before
    else:
        assert (after.reply, after.why) != (before.reply, before.why)
    assert apply_command(after, given_) == after


@given(TICKETS, st.sampled_from(COMMANDS))
def test_no_command_but_approve_says_yes(before: Ticket, given_: RunCommand) -> None:
    if given_.command.name != "approve":
        assert apply_command(before, given_).approval.granted_key == before.approval.granted_key


@pytest.mark.parametrize("stage", GOING)
def test_cancel_ends_what_goes_on(stage: Stage) -> None:
    after = apply_command(ticket(stage, paused=True), order("cancel"))
    assert (after.stage, after.paused) == (Stage.CANCELLED, False)
    assert stops_work(order("cancel"))


@pytest.mark.parametrize("name", ["cancel", "pause", "approve"])
@pytest.mark.parametrize("stage", OVER)
def test_what_is_over_is_not_ended_paused_or_approved(stage: Stage, name: str) -> None:
    after = apply_command(ticket(stage, approval_key=MARK), order(name))
    assert (after.stage, after.paused, after.approval.granted_key) == (stage, False, "")
    assert after.reply == told(messages_commands.already_over(stage))


@pytest.mark.parametrize("stage", GOING)
def test_pause_stops_the_work_and_resume_goes_on_where_it_was(stage: Stage) -> None:
    paused = apply_command(ticket(stage, wake_at=FOREVER), order("pause"))
    assert (paused.paused, paused.stage) == (True, stage)
    assert stops_work(order("pause"))
    again = apply_command(paused, order("resume", mark="comment:2:0"))
    assert (again.paused, again.stage, again.wake_at, again.remote.adopt_pushed) == (
        False,
        stage,
        0.0,
        False,
    )


def test_resume_goes_on_from_what_somebody_pushed_and_says_so_where_nothing_is_paused() -> None:
    after = apply_command(ticket(paused=True, pushed_head="f" * 40), order("resume"))
    assert (after.remote.adopt_pushed, after.remote.pushed_head) == (True, "f" * 40)
    assert apply_command(ticket(), order("resume")).reply == told(messages_commands.NOT_PAUSED)


@pytest.mark.parametrize(
    "stage", [stage for stage in Stage if stage not in {"blocked", "cancelled", "settled"}]
)
def test_only_what_stopped_is_retried(stage: Stage) -> None:
    after = apply_command(ticket(stage), order("retry"))
    assert (after.stage, after.reply) == (
        stage,
        told(messages_commands.nothing_to_retry(stage, "")),
    )
    asking = apply_command(ticket(stage, approval_key=MARK), order("retry"))
    assert f"/approve {asking.approval.code}" in asking.reply


def test_a_retry_of_what_is_settled_has_it_planned_and_lets_nobody_settle_it_again() -> None:
    settled = ticket(Stage.SETTLED, answer="Solved.")
    after = apply_command(settled, order("retry"))
    assert (after.stage, after.answer) == (Stage.PLANNING, "")
    assert after.was_handled(overruled_key(settled.labelled_at))
    assert not after.was_handled(overruled_key(settled.labelled_at + 60))


@pytest.mark.parametrize("stage", [Stage.BLOCKED, Stage.CANCELLED])
def test_retry_builds_again_or_plans_where_there_is_no_plan(stage: Stage) -> None:
    after = apply_command(
        ticket(stage, ci_rounds=3, tasks=(EndedTask("fix", "blocked"),)),
        order("retry", "fix"),
    )
    assert (after.stage, after.progress.retry_task, after.progress.ci_rounds) == (
        Stage.BUILDING,
        "fix",
        0,
    )
    assert apply_command(ticket(stage, round=None), order("retry")).stage is Stage.PLANNING
    unknown = apply_command(ticket(stage), order("retry", "fix-it"))
    assert (unknown.stage, unknown.reply) == (
        stage,
        told(messages_commands.no_such_task("fix-it", ("fix",))),
    )


@pytest.mark.parametrize("stopped", ["cancel", "an error"])
def test_a_plan_that_waited_for_a_yes_waits_for_it_after_a_retry(stopped: str) -> None:
    """Neither a cancel nor an error is a way around the gate."""
    waiting = ticket(Stage.APPROVAL, approval_key=MARK)
    ended = (
        apply_command(waiting, order("cancel"))
        if stopped == "cancel"
        else waiting.move_to(Stage.BLOCKED)
    )
    assert apply_command(ended, order("retry", mark="comment:2:0")).stage is Stage.APPROVAL
    said = ticket(Stage.BLOCKED, granted_key=MARK)
    assert apply_command(said, order("retry")).stage is Stage.BUILDING


@pytest.mark.parametrize("named", ["", CODE, CODE[:7], CODE.upper()])
def test_a_yes_names_the_plan_and_the_head(named: str) -> None:
    args = (named,) if named else ()
    after = apply_command(
        ticket(Stage.APPROVAL, approval_key=MARK, risks=("it deletes",)), order("approve", *args)
    )
    assert (after.approval.granted_key, after.approval.granted_by, after.approval.key) == (
        MARK,
        "mona",
        "",
    )
    assert after.approval.accepted_content == (), "content is accepted where it can be looked at"


@pytest.mark.parametrize("stage", [Stage.PUBLISHING, Stage.BLOCKED, Stage.BUILDING])
def test_a_diff_is_approved_by_its_code_alone_in_whatever_stage_the_job_is_by_now(
    stage: Stage,
) -> None:
    """A job that met an error at the gate, or is built again, shows no diff beside its question."""
    asking = ticket(stage, approval_key=f"{DIFF_KEY}{'1' * 40}")
    refused = apply_command(asking, order("approve"))
    assert not refused.approval.granted_key
    assert asking.approval.code in refused.reply
    named = apply_command(asking, order("approve", asking.approval.code))
    assert named.approval.granted_key == asking.approval.key


def test_a_yes_to_something_else_or_to_nothing_is_none() -> None:
    other = apply_command(ticket(Stage.APPROVAL, approval_key=MARK), order("approve", "0" * 12))
    assert (other.approval.granted_key, other.approval.key) == ("", MARK)
    assert CODE in other.reply
    assert apply_command(ticket(), order("approve")).reply == told(
        messages_commands.NOTHING_TO_APPROVE
    )


def test_a_yes_to_an_edited_text_takes_it_as_it_reads_now() -> None:
    seen = hash_text("withdraw adds", "It must subtract.")
    before = ticket(
        Stage.PLANNING,
        approval_key=ISSUE_TEXT,
        title="old",
        body="old",
        round=None,
        shown_text_hash=seen,
    )
    after = apply_command(before, order("approve"))
    assert (after.title, after.body) == ("withdraw adds", "It must subtract.")
    assert (after.approval.key, after.wake_at, after.asker) == ("", 0.0, MONA)
    moved = apply_command(
        replace(before, approval=replace(before.approval, shown_text_hash="f" * 32)),
        order("approve"),
    )
    assert (moved.title, moved.reply) == ("old", told(messages_commands.TEXT_MOVED))


def test_tiers_are_added_to_those_chosen_before() -> None:
    after = apply_command(ticket(choices={"local": "a", "senior": "b"}), order("tier", "local=c"))
    assert after.choices == {"local": "c", "senior": "b"}


def test_a_note_is_accepted_with_its_origin_and_not_twice() -> None:
    after = apply_command(ticket(), order("note", text="Name  the\u200b rule."))
    (note,) = after.notes
    assert (note.state, note.by, note.note.lesson) == ("accepted", "mona", "Name the rule.")
    assert note.note.origin == order("note").url
    assert apply_command(after, order("note", text="Name the rule.", mark="comment:1:1")).notes == (
        note,
    )


def test_a_note_that_can_be_shown_to_nobody_is_refused() -> None:
    after = apply_command(ticket(notes=(proposal(),)), order("note", text="<!-- unseen -->"))
    assert after.notes == (proposal(),)
    assert "cannot be a coaching note" in after.reply


def test_explain_tells_of_one_task_or_of_all() -> None:
    passed, failed = (
        EndedTask("fix", "passed", commit=HEAD),
        EndedTask("doc", "blocked", "check failed"),
    )
    known = ticket(tasks=(passed, failed))
    assert f"passed, in {HEAD}" in apply_command(known, order("explain", "fix")).reply
    assert "`fix`" not in apply_command(known, order("explain", "doc")).reply
    assert "check failed" in apply_command(known, order("explain")).reply
    assert "There is no task `nope`" in apply_command(known, order("explain", "nope")).reply


@pytest.mark.parametrize("stage", GOING)
def test_update_is_asked_for_where_all_is_built_and_else_told_when(stage: Stage) -> None:
    done = ticket(stage, tasks=(EndedTask("fix", "passed"),), update_rounds=5)
    after = apply_command(done, order("update"))
    may = stage in {Stage.CI, Stage.REVIEW, Stage.BLOCKED}
    assert after.remote.update_asked is may
    assert after.stage is (Stage.CI if stage is Stage.BLOCKED else stage)
    assert (after.progress.update_rounds == 0) is may
    undone = apply_command(ticket(stage), order("update"))
    assert undone.remote.update_asked is (stage in {Stage.CI, Stage.REVIEW})
    assert undone.stage is stage
    assert may or "Not now" in undone.reply
