"""Has the reviewer tier read a green head: asked, kept with the ticket, then posted once.

These are two steps, and the ticket is stored between them: killed at any line, what is posted is
the answer that was paid, and no other. It decides nothing, and keeps no pull request from people:
what it needs is waited for, and after a bounded time the pull request is shown without it, and says
so.
"""

import logging
from dataclasses import replace

from bot.config.tiers import TierSettings
from bot.errors import DiskFloorError, ModelOutageError
from bot.machine_faults import MachineFaultError
from bot.spending import SpendingCapError
from bot.ticket import messages_findings
from bot.ticket.authorship import BOT_MARK
from bot.ticket.keys import reviewed_key
from bot.ticket.model import Ticket
from bot.ticket.passes import list_passes
from bot.ticket.places import PendingAnswer, Place
from runners.reviewing.request import ReviewRequest
from runners.tickets.diff_approval import find_base_of
from runners.tickets.plan_file import plan_path, plan_text
from runners.tickets.post_reading import post_answer, take_up_posted
from runners.tickets.queued_work import WorkPendingError, end_works, is_reading_overdue
from runners.tickets.services import Services
from runners.worker_process.main import WorkRequest

log = logging.getLogger("bricklayer")
_OF_MODELS = frozenset({"models", "disk", "machine"})
"""Outages that are this machine's."""


def review_pull(services: Services, ticket: Ticket) -> Ticket:
    """The ticket with what was found; as it was where this head was read, or nobody reads.

    Where it has an answer, `reading.answer`, that is to be stored, and posted by the next call.
    Raises what keeps the reviewer from it for as long as that is waited for.
    """
    ticket = post_answer(services, ticket)
    head, tier = ticket.remote.head, services.settings.tiers.get("reviewer")
    if tier is None or ticket.was_handled(reviewed_key(head)):
        return ticket
    if ticket.reading.asked_head != head and (posted := take_up_posted(services, ticket)):
        return posted
    return _ask(services, _note_asked(services, ticket), tier)


def _ask(services: Services, asked: Ticket, tier: TierSettings) -> Ticket:
    try:
        outcome = services.run_to_end(asked, _make_work(services, asked))
    except WorkPendingError as exc:
        if not is_reading_overdue(services, replace(asked, works=(exc.work,))):
            raise
        end_works(services, [exc.work])
        return _go_without(asked, messages_findings.no_worker(tier.quota_wait), exc)
    except SpendingCapError as exc:
        return _go_without(asked, f"a cap on what models may cost is reached: {exc.what}", exc)
    except (ModelOutageError, DiskFloorError, MachineFaultError) as exc:
        return _wait_or_go_without(services, asked, tier, exc)
    if outcome.review is None:
        return _go_without(asked.with_rows(outcome.rows), outcome.why or "it failed", None)
    reading = replace(asked.reading, answer=outcome.review)
    return replace(asked, reading=reading).with_rows(outcome.rows)


def _note_asked(services: Services, ticket: Ticket) -> Ticket:
    """With since when this head is to be read, and from which base: that moves no more."""
    reading, head = ticket.reading, ticket.remote.head
    if reading.asked_head != head:
        reading = replace(reading, asked_head=head, since=services.now(), asked_base="")
    if not reading.asked_base:
        base = find_base_of(services.open_mirror(ticket).repo, ticket, head)
        reading = replace(reading, asked_base=base, asked_rules=ticket.remote.base)
    return replace(ticket, reading=reading, why=messages_findings.READING)


def _make_work(services: Services, ticket: Ticket) -> WorkRequest:
    repo, head = services.open_mirror(ticket).repo, ticket.remote.head
    passes = list_passes(ticket.progress.rows)
    request = ReviewRequest(
        ticket.reading.asked_base,
        plan_text(repo, ticket),
        plan_path(ticket.remote.branch),
        authors=passes.implement,
        notes=tuple(each.note for each in ticket.notes if each.state == "accepted"),
        read_base=ticket.reading.base,
        read_head=ticket.reading.head,
        unseen=ticket.reading.unseen,
        told=tuple((each.path, each.said) for each in ticket.findings),
    )
    build = replace(services.read_request(ticket, head), rules=ticket.reading.asked_rules)
    return WorkRequest(services.settings_for(ticket), build, review=request)


def _wait_or_go_without(
    services: Services,
    ticket: Ticket,
    tier: TierSettings,
    exc: ModelOutageError | DiskFloorError | MachineFaultError,
) -> Ticket:
    """As long as the tier's settings wait for its models; for a quota as long as for quotas."""
    known = ticket.outage in _OF_MODELS and ticket.outage_since
    waited = services.now() - (ticket.outage_since if known else services.now())
    retry_at = exc.retry_at if isinstance(exc, ModelOutageError) else 0.0
    limit = tier.quota_wait if retry_at else tier.wait
    if not known or waited <= limit:
        raise exc
    return _go_without(ticket, messages_findings.waited_in_vain(waited), exc)


def _go_without(ticket: Ticket, why: str, cause: Exception | None) -> Ticket:
    """Told on the pull request, once for this head."""
    log.warning("%s: shown without a review: %s", ticket.name, cause or why)
    head = ticket.remote.head
    mark = f"{BOT_MARK}not reviewed {head} -->"
    answer = PendingAnswer(Place("pull"), messages_findings.not_reviewed(why), mark)
    return replace(ticket, outage="", outbox=(*ticket.outbox, answer)).with_handled(
        reviewed_key(head)
    )
