"""The one question that the planner may put to people: posted on the issue, and then waited for."""

from dataclasses import replace

from bot.plan.rework_plan import quote_whole
from bot.text.escape import defang_markdown
from bot.text.visible_markdown import visible_markdown
from bot.ticket import messages_lost
from bot.ticket.authorship import BOT_MARK
from bot.ticket.model import FOREVER, Ticket
from runners.tickets.services import Services


def may_ask(ticket: Ticket, plan: str) -> bool:
    """Once a job, and not where a plan is only to be changed."""
    return not ticket.question and not plan


def ask_people(services: Services, ticket: Ticket, question: str) -> Ticket:
    """Killed after the comment was posted, it is found again by its mark."""
    shown = defang_markdown(visible_markdown(question)).strip()
    mark = f"{BOT_MARK}question {ticket.labelled_at:.0f} -->"
    text = f"{messages_lost.planner_asks(ticket.asker.login, shown)}\n{mark}"
    comment = services.repository(ticket).post_comment(ticket.issue, text, mark)
    asked = replace(ticket, question=question, question_open=True, question_comment=comment)
    return await_answer(asked)


def await_answer(ticket: Ticket) -> Ticket:
    return replace(ticket, why=messages_lost.WAITS_FOR_ANSWER, wake_at=FOREVER)


def show_question(ticket: Ticket) -> str:
    """For the planner's prompt, in which the comments stand above; empty where it asked nothing."""
    if not ticket.question:
        return ""
    return (
        f"You asked people this:\n\n{quote_whole(ticket.question)}\n\nTheir answer is among the"
        " comments. You cannot ask again: plan with what you know."
    )
