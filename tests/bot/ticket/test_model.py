"""A ticket is written by a step and by commands at once; neither loses what the other said."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from support.tickets import COMMANDS, MONA, TICKETS, amend, order, proposal, ticket

from bot.ticket.actions import RunCommand
from bot.ticket.apply_command import apply_command
from bot.ticket.merge_changes import merge_changes
from bot.ticket.model import Proposal, Ticket
from bot.ticket.progress import EndedTask
from bot.ticket.stages import Stage
from bot.ticket.stored_form import from_json, to_json

STEPS = (
    lambda old: old,
    lambda old: replace(old, why="it goes on", wake_at=1e12),
    lambda old: replace(old, notes=(*old.notes, proposal("A new one."))),
    lambda old: amend(old, tasks=(EndedTask("fix", "passed"),), head="d" * 40),
    lambda old: amend(old, paused=True, pushed_head="e" * 40, granted_key=""),
    lambda old: replace(old, stage=Stage.BLOCKED, why="it failed", wake_at=0.0).with_handled(
        "reacted"
    ),
)


@given(TICKETS, st.sampled_from(STEPS), st.sampled_from(COMMANDS))
def test_a_command_given_while_a_step_ran_is_never_lost(
    old: Ticket, step: object, given_: RunCommand
) -> None:
    """What it changed stands, whatever the step did; and so does what only the step changed."""
    mine, told = step(old), apply_command(old, given_)  # type: ignore[operator]
    now = merge_changes(old, mine, told)
    assert now.was_handled(given_.handled_key)
    for name in ("reply", "choices", "title"):
        assert getattr(now, name) == getattr(told, name)
    assert now.approval.granted_by == told.approval.granted_by
    assert now.approval.accepted_content == told.approval.accepted_content
    assert now.progress.retry_task == told.progress.retry_task
    assert now.remote.adopt_pushed == told.remote.adopt_pushed
    assert {one.id for one in (*told.notes, *mine.notes)} == {one.id for one in now.notes}
    if told.stage is not old.stage:
        assert (now.stage, now.why, now.paused) == (told.stage, told.why, told.paused)
    else:
        assert now.stage is mine.stage
        assert now.paused is (mine.paused if mine.paused is not old.paused else told.paused)
    assert (now.progress.tasks, now.remote.head) == (mine.progress.tasks, mine.remote.head)


@given(TICKETS, st.sampled_from(STEPS))
def test_alone_a_step_is_written_as_it_is(old: Ticket, step: object) -> None:
    mine = step(old)  # type: ignore[operator]
    assert merge_changes(old, mine, old) == mine


def test_a_tick_stands_while_the_step_proposes_more() -> None:
    """Both write the list of notes: the tick and the new proposal are there in the end."""
    old = ticket(Stage.REVIEW, notes=(proposal("One."), proposal("Two.")))
    mine = replace(old, notes=(*old.notes, proposal("Three.")))
    ticked = replace(old, notes=(proposal("One."), proposal("Two.", "accepted")))
    states = [(one.note.lesson, one.state) for one in merge_changes(old, mine, ticked).notes]
    assert states == [("One.", "proposed"), ("Two.", "accepted"), ("Three.", "proposed")]


def test_what_landed_is_landed_though_another_is_taught_meanwhile() -> None:
    old = ticket(Stage.MERGED, notes=(proposal("One.", "accepted"),))
    mine = replace(old, notes=(proposal("One.", "landed"),))
    now = merge_changes(old, mine, apply_command(old, order("note", text="Two.")))
    assert [(one.note.lesson, one.state) for one in now.notes] == [
        ("One.", "landed"),
        ("Two.", "accepted"),
    ]


def test_marks_are_remembered_by_age_and_new_ones_never_make_way_for_old() -> None:
    old = ticket(handled=tuple(f"comment:{n}:0" for n in range(500)))
    now = merge_changes(old, old.with_handled("comment:900:0"), old.with_handled("comment:901:0"))
    assert now.handled[-2:] == ("comment:901:0", "comment:900:0")
    assert (len(now.handled), now.was_handled("comment:0:0"), now.was_handled("comment:499:0")) == (
        500,
        False,
        True,
    )


@given(TICKETS)
def test_a_ticket_is_written_down_and_read_without_loss(before: Ticket) -> None:
    assert from_json(to_json(before)) == before


def test_a_note_is_known_by_its_lesson_and_origin() -> None:
    one = proposal()
    assert one.id == Proposal(one.note, "accepted", MONA.login).id
    assert one.id != proposal("Another.").id
