"""An answer in the status comment stays until the person it is for could read it."""

from dataclasses import replace

import pytest
from support.tickets import order, proposal, ticket

from bot.review.model import ReviewReport
from bot.ticket import messages
from bot.ticket.actions import Notify
from bot.ticket.apply_command import apply_command
from bot.ticket.hear_words import hear_words
from bot.ticket.hidden_line import parse_hidden_line
from bot.ticket.keys import HandledKey
from bot.ticket.messages_commands import explain_tasks
from bot.ticket.messages_findings import summarize_reading
from bot.ticket.replies import MAX_ANSWERS, add_reply
from bot.ticket.stages import Stage
from bot.ticket.status_comment import PLAN_ANEW, describe_next_step, render_comment

ANSWER = "@stranger: Only somebody with write access can ask for that."


def test_a_later_answer_does_not_hide_one_to_somebody_else() -> None:
    told = hear_words(ticket(), Notify(ANSWER, HandledKey("comment:9:0")))
    after = apply_command(told, order("explain", "fix"))
    assert after.reply == f"{ANSWER}\n\n@mona: Task `fix` has not ended yet."
    # The same person's later question is answered in its place, and a job that moves on drops all.
    assert add_reply(after.reply, "@mona: yes") == f"{ANSWER}\n\n@mona: yes"
    assert apply_command(after, order("cancel", mark="comment:10:0")).reply == ""


def test_an_earlier_answer_keeps_all_of_its_paragraphs() -> None:
    long = f"{ANSWER}\n```text\nfirst\n\nsecond\n```\n\nSet the label again."
    assert add_reply(long, "@mona: no").startswith(f"{long}\n\n@mona")
    assert add_reply(f"@lisa paused the job.\n\nmore\n\n{ANSWER}", "@mona: no").startswith(ANSWER)


def test_what_was_told_of_the_job_gives_way_and_answers_are_few() -> None:
    assert add_reply("@mona paused the job.", "@mona resumed the job.") == "@mona resumed the job."
    reply = ""
    for number in range(9):
        reply = add_reply(reply, f"@p{number}: no")
    assert len(reply.split("\n\n")) == MAX_ANSWERS


def test_an_answer_survives_the_loss_of_the_records() -> None:
    """On a runner made for one job the next run writes the comment anew."""
    body = render_comment(replace(ticket(), reply=f"@mona paused the job.\n\n{ANSWER}"))
    assert parse_hidden_line(body)["said"] == ANSWER
    assert "said" not in parse_hidden_line(render_comment(ticket()))


def test_a_task_that_has_not_ended_is_known() -> None:
    assert explain_tasks(ticket(), "fix") == "Task `fix` has not ended yet."
    assert "Tasks: `fix`." in explain_tasks(ticket(), "fix-it")


@pytest.mark.parametrize(
    ("more", "anew"), [({}, True), ({"pull": 0}, False), ({"ended_in": Stage.REVIEW}, False)]
)
def test_a_blocked_job_says_how_to_correct_its_plan_or_settings(
    more: dict[str, object], anew: bool
) -> None:
    """Only where the label, set again, has the job planned anew."""
    assert (PLAN_ANEW in describe_next_step(ticket(Stage.BLOCKED, **more))) is anew


def test_a_job_without_a_plan_says_that_the_cause_comes_first() -> None:
    said = describe_next_step(ticket(Stage.BLOCKED, round=None, pull=0, branch=""))
    assert "once what is said above is put right, somebody with write access" in said


def test_a_task_without_a_known_check_claims_none() -> None:
    assert messages.task_evidence("`a.py`", (), "1a2b3c4") == "- [x] `a.py`, 1a2b3c4"
    assert messages.task_evidence("`a.py`", (), "") == "- [ ] `a.py`"


def test_a_merged_job_says_where_its_lessons_are() -> None:
    """They are a pull request of their own, which a person has to merge."""
    landed = replace(proposal(state="landed"), pull=14)
    assert "proposed in #14" in describe_next_step(ticket(Stage.MERGED, notes=(landed,)))
    assert "proposed in" not in describe_next_step(ticket(Stage.MERGED, notes=()))


def test_a_halted_job_promises_nothing_until_the_halt_is_lifted() -> None:
    """What waits for a person on GitHub goes on saying so."""
    halted = replace(ticket(Stage.PLANNING), why=messages.HALTED)
    body = render_comment(halted)
    assert "### Bricklayer: halted\n" in body
    assert "goes on by itself once the operator lifts the halt" in body
    assert "draft pull request" not in body
    asked = replace(ticket(Stage.APPROVAL, approval_key="x:y"), why=messages.HALTED)
    assert "### Bricklayer: approval required" in render_comment(asked)


def test_a_reviewer_who_names_no_line_is_quoted_and_not_called_content() -> None:
    said = summarize_reading(ReviewReport(answered=True, model="m", rest="It is wrong, @mona."), 0)
    assert "nothing to object to" not in said
    assert "```text\nIt is wrong, @mona.\n```" in said
    assert "nothing to object to" in summarize_reading(ReviewReport(answered=True, model="m"), 0)
