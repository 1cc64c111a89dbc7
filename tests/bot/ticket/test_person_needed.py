"""A person who is needed is told once for each thing that waits, where people look."""

from dataclasses import replace

import pytest
from support.tickets import HEAD, MARK_OF_PLAN, MONA, amend, order, ticket

from bot.ticket.apply_command import apply_command
from bot.ticket.keys import REVIEW_REQUESTED
from bot.ticket.model import ISSUE_TEXT, Ticket
from bot.ticket.person_needed import find_person_needed, render_person_needed
from bot.ticket.stages import Stage

NEEDED = {
    "text": ticket(Stage.PLANNING, approval_key=ISSUE_TEXT, shown_text_hash="a" * 32),
    "plan": ticket(Stage.APPROVAL, approval_key=MARK_OF_PLAN),
    "diff": ticket(Stage.PUBLISHING, approval_key="diff:" + "e" * 40),
    "blocked": ticket(Stage.BLOCKED, why="It cannot be built."),
    "paused": ticket(Stage.CI, paused=True, pushed_head="f" * 40),
    "faulty plan": ticket(Stage.APPROVAL, paused=True, pushed_head=HEAD),
}


@pytest.mark.parametrize("what", NEEDED)
def test_each_thing_that_waits_for_a_person_is_told_with_one_code(what: str) -> None:
    one = NEEDED[what]
    needed = find_person_needed(one)
    assert needed
    assert needed.what == what
    assert needed.where == one.issue
    assert needed == find_person_needed(replace(one, reply="x", wake_at=5.0, notes=()))
    reviewed = find_person_needed(one.with_handled(REVIEW_REQUESTED))
    assert reviewed == replace(needed, where=one.remote.pull)


def test_further_pushes_to_what_waits_already_call_nobody_again() -> None:
    """Of plans that cannot be built, until one can; of commits of others, until the job goes on."""
    faulty, paused = NEEDED["faulty plan"], NEEDED["paused"]
    one, two = "b" * 40, "c" * 40
    assert find_person_needed(amend(faulty, head=one, pushed_head=one)) == find_person_needed(
        faulty
    )
    assert find_person_needed(amend(paused, pushed_head=one)) == find_person_needed(paused)
    corrected = amend(faulty, head=two, pushed_head=two, plan_commit=one)
    assert find_person_needed(corrected) != find_person_needed(faulty)
    needed = find_person_needed(faulty)
    assert needed
    assert "the plan on the branch cannot be built" in render_person_needed(needed, MONA, "x")


@pytest.mark.parametrize("stage", [s for s in Stage if s is not Stage.BLOCKED])
def test_where_nobody_is_needed_nobody_is_called(stage: Stage) -> None:
    """Whoever paused a job knows that."""
    assert find_person_needed(ticket(stage)) is None
    assert find_person_needed(ticket(stage, paused=True)) is None


def test_other_content_another_label_and_a_retry_are_told_again() -> None:
    blocked = NEEDED["blocked"]
    again = apply_command(blocked, order("retry")).move_to(Stage.BLOCKED, blocked.why)
    others: tuple[Ticket, ...] = (
        again,
        replace(blocked, why="Another reason."),
        replace(blocked, labelled_at=2e9),
        ticket(Stage.APPROVAL, approval_key="another:plan"),
        *NEEDED.values(),
    )
    codes = {needed.code for one in others if (needed := find_person_needed(one))}
    assert len(codes) == len(others)


def test_it_names_the_person_says_what_waits_and_leads_to_it() -> None:
    needed = find_person_needed(NEEDED["diff"])
    assert needed
    text = render_person_needed(needed, MONA, "https://github.com/o/r/issues/1#issuecomment-2")
    assert text.startswith("@mona, what was built waits for approval")
    assert "(https://github.com/o/r/issues/1#issuecomment-2)" in text
    assert "/approve" not in text, "what is approved is seen first"
    assert needed.mark in text
    assert "@" not in render_person_needed(needed, None, "x").replace(needed.mark, "")
