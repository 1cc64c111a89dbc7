"""What one action makes of a ticket."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.tickets import MONA, TICKETS, order, proposal, ticket

from bot.ticket.actions import AcceptNotes, Action, EndTicket, Notify, React, Rewrite, Wake
from bot.ticket.apply_command import apply_command
from bot.ticket.model import Ticket
from bot.ticket.stages import Stage, is_over
from handlers.dispatch import apply_action

TICK = AcceptNotes((proposal("Two.").id,), MONA)
OVER = EndTicket(Stage.CANCELLED, "@mona removed the label.")
ACTIONS = (order("cancel"), Notify("No.", "comment:9:0"), TICK, OVER, Wake(), Rewrite())


@given(TICKETS, st.sampled_from(ACTIONS))
def test_the_same_action_again_changes_nothing(before: Ticket, action: Action) -> None:
    once = apply_action(before, action)
    assert apply_action(once, action) == once


def test_a_command_is_obeyed() -> None:
    assert apply_action(ticket(), order("pause")) == apply_command(ticket(), order("pause"))


def test_what_is_told_stands_until_something_else_is() -> None:
    first = apply_action(ticket(), Notify("No.", "comment:9:0"))
    assert (first.reply, first.was_handled("comment:9:0")) == ("No.", True)
    second = apply_action(first, Notify("Yes.", "comment:10:0"))
    assert (second.reply, apply_action(second, Notify("No.", "comment:9:0")).reply) == (
        "Yes.",
        "Yes.",
    )


@pytest.mark.parametrize("stage", Stage)
def test_an_end_ends_what_goes_on_also_what_is_paused(stage: Stage) -> None:
    before = ticket(stage, paused=True)
    after = apply_action(before, OVER)
    if is_over(stage):
        assert after == before
    else:
        assert (after.stage, after.why, after.paused) == (Stage.CANCELLED, OVER.why, False)


def test_a_tick_accepts_the_notes_it_names_and_no_other() -> None:
    notes = (proposal("One."), proposal("Two."), proposal("Three.", "landed"))
    after = apply_action(
        ticket(notes=notes), AcceptNotes((TICK.notes[0], notes[2].id, "0" * 8), MONA)
    )
    assert [(one.note.lesson, one.state) for one in after.notes] == [
        ("One.", "proposed"),
        ("Two.", "accepted"),
        ("Three.", "landed"),
    ]
    assert after.notes[1].by == "mona"


@pytest.mark.parametrize("action", [Wake(), Wake(stop=True), Rewrite(), React("issue", 1, "eyes")])
def test_what_is_done_elsewhere_leaves_the_ticket_alone(action: Action) -> None:
    before = replace(ticket(), reply="x")
    assert apply_action(before, action) is before
