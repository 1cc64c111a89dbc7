"""A pull request that is ready: its reviewers' open threads become a round of rework."""

from collections.abc import Iterator
from dataclasses import replace

from bot import messages
from bot.github.types import Thread
from bot.job import peek
from bot.lessons import proposed
from bot.policy import may
from bot.rounds import Remark, rework
from bot.stages import Stage
from bot.ticket import FOREVER, Round, Ticket
from bot.unseen import visible
from runners.loop.distilling import distilled
from runners.loop.shop import Shop

MOST_THREADS = 8
"""Tasks of one round; the other threads wait for the next."""


def step(shop: Shop, ticket: Ticket) -> Ticket:
    if _red(shop, ticket):
        return ticket.to(Stage.CI, since=shop.now())
    threads = list(_open(shop, ticket))[:MOST_THREADS]
    if not threads or not ticket.round:
        return replace(ticket, why=ticket.why or messages.REVIEW, until=FOREVER)
    remarks = tuple(map(_remark, threads))
    number = ticket.rework_rounds + 1
    job = peek(ticket.round.text)
    job = replace(job, title=job.title.split(": CI round")[0].split(": rework")[0])
    again = any(ticket.has(f"thread:{one.id}") for one in remarks)
    ids = tuple(one.id for one in remarks)
    round_ = Round("rework", rework(job, remarks, number), ticket.head, number, again, ids)
    ticket, lessons = distilled(shop, ticket, remarks)
    notes = proposed(ticket, [c for t in threads for c in t.comments[:1]], lessons)
    seen = [f"thread:{t.comments[0].id}:{t.comments[-1].id}" for t in threads]
    ticket = replace(ticket, notes=notes).with_done(*seen)
    why = messages.reworks(len(remarks), number)
    return ticket.to(Stage.BUILDING, why, round=round_, rework_rounds=number, ci_rounds=0)


def _open(shop: Shop, ticket: Ticket) -> Iterator[Thread]:
    """Unresolved threads whose last word is a writer's, and has not been worked in yet."""
    hub = shop.hub(ticket)
    repo = shop.remote(ticket).repo
    for thread in hub.threads(ticket.pull):
        if thread.resolved or not thread.comments:
            continue
        first, last = thread.comments[0], thread.comments[-1]
        if (
            ticket.has(f"thread:{first.id}:{last.id}")
            or repo.read(ticket.head, thread.path) is None
        ):
            continue
        if last.author.id == shop.account.me().id or last.author.bot:
            continue
        if may(hub.permission(last.author)):
            yield thread


def _remark(thread: Thread) -> Remark:
    """All that was said in the thread, the first comment naming it."""
    words = "\n\n".join(visible(one.body) for one in thread.comments)
    return Remark(thread.comments[0].id, thread.path, thread.line, thread.hunk, words)


def _red(shop: Shop, ticket: Ticket) -> bool:
    """Whether a check that came late is red on the head."""
    checks = shop.hub(ticket).checks(ticket.head)
    bad = [r for r in checks.runs if r.conclusion in {"failure", "timed_out", "cancelled"}]
    return bool(bad) or any(s.state in {"failure", "error"} for s in checks.statuses)
