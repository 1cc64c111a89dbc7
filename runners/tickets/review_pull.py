"""Has the reviewer tier read a green head: asked, posted once, kept with the ticket.

It decides nothing, and keeps no pull request from people: what it needs is waited for, and after a
bounded time the pull request is shown without it, and says so.
"""

import logging
from dataclasses import replace
from functools import partial

from bot.config.tiers import TierSettings
from bot.errors import DiskFloorError, ModelOutageError
from bot.github.errors import ForbiddenError
from bot.github.types import DraftReviewComment
from bot.machine_faults import MachineFaultError
from bot.review.model import Fault, ReviewReport
from bot.spending import SpendingCapError
from bot.ticket import messages_findings
from bot.ticket.authorship import BOT_MARK
from bot.ticket.findings import MAX_FOLLOW_UPS, Finding, add_findings, make_finding
from bot.ticket.keys import reviewed_key
from bot.ticket.model import Ticket
from bot.ticket.passes import list_passes
from bot.ticket.places import PendingAnswer, Place
from runners.reviewing.request import ReviewRequest
from runners.tickets.diff_approval import find_base_of
from runners.tickets.plan_file import plan_path, plan_text
from runners.tickets.queued_work import WorkPendingError, end_works, is_reading_overdue
from runners.tickets.services import Services
from runners.worker_process.main import WorkRequest

log = logging.getLogger("bricklayer")
_OF_MODELS = frozenset({"models", "disk", "machine"})
"""Outages that are this machine's."""


def review_pull(services: Services, ticket: Ticket) -> Ticket:
    """The ticket with what was found; as it was where this head was read, or nobody reads.

    Raises what keeps the reviewer from it for as long as that is waited for.
    """
    head, tier = ticket.remote.head, services.settings.tiers.get("reviewer")
    if tier is None or ticket.was_handled(reviewed_key(head)):
        return ticket
    asked = _note_asked(services, ticket)
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
    return _keep(services, asked.with_rows(outcome.rows), outcome.review)


def _note_asked(services: Services, ticket: Ticket) -> Ticket:
    """With since when this head is to be read."""
    reading, head = ticket.reading, ticket.remote.head
    if reading.asked_head != head:
        reading = replace(reading, asked_head=head, since=services.now())
    return replace(ticket, reading=reading, why=messages_findings.READING)


def _make_work(services: Services, ticket: Ticket) -> WorkRequest:
    repo, head = services.open_mirror(ticket).repo, ticket.remote.head
    passes = list_passes(ticket.progress.rows)
    request = ReviewRequest(
        find_base_of(repo, ticket, head),
        plan_text(repo, ticket),
        plan_path(ticket.remote.branch),
        authors=passes.implement,
        notes=tuple(each.note for each in ticket.notes if each.state == "accepted"),
        read_base=ticket.reading.base,
        read_head=ticket.reading.head,
        told=tuple((each.path, each.said) for each in ticket.findings),
    )
    build = services.read_request(ticket, head)
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


def _keep(services: Services, ticket: Ticket, report: ReviewReport) -> Ticket:
    head = ticket.remote.head
    found = [(fault, make_finding(fault, head, report.model)) for fault in report.faults]
    if report.model or not report.answered:  # else nothing was new, and nobody was asked
        _post(services, ticket, report, found)
    comments = _find_comments(services, ticket, [finding for _, finding in found])
    new = (replace(each, comment=comments.get(each.id, 0)) for _, each in found)
    base = find_base_of(services.open_mirror(ticket).repo, ticket, head)
    # What had no answer was not read.
    reading = replace(ticket.reading, base=base, head=head) if report.answered else ticket.reading
    kept = replace(ticket, findings=add_findings(ticket.findings, new), reading=reading)
    return kept.with_handled(reviewed_key(head))


def _post(
    services: Services,
    ticket: Ticket,
    report: ReviewReport,
    found: list[tuple[Fault, Finding]],
) -> None:
    """By the mark a review is found that was posted just before a kill: it is not posted twice."""
    head = ticket.remote.head
    mark = f"{BOT_MARK}read {head} -->"
    follows = ticket.progress.review_rounds < MAX_FOLLOW_UPS
    remarks = tuple(
        DraftReviewComment(
            fault.path,
            fault.line,
            messages_findings.describe_finding(fault, finding, becomes_task=follows),
        )
        for fault, finding in found
    )
    body = messages_findings.summarize_reading(report, len(found))
    post = partial(services.repository(ticket).post_review, ticket.remote.pull, head)
    try:
        post(f"{body}\n{mark}", remarks, mark)
    except ForbiddenError as exc:
        # One comment on a line outside of the diff, and GitHub refuses the whole review with a 422:
        # https://docs.github.com/en/rest/pulls/reviews#create-a-review-for-a-pull-request
        log.warning("%s: told in one text, as GitHub takes no comments: %s", ticket.name, exc)
        listed = messages_findings.list_faults(report.faults)
        post(f"{body}\n\n{listed}\n{mark}", (), mark)


def _find_comments(services: Services, ticket: Ticket, findings: list[Finding]) -> dict[str, int]:
    """The review comments that tell them, by the finding's id: ours, by their marks."""
    if not findings:
        return {}
    repository, me = services.repository(ticket), services.account.own_account().id
    comments = repository.list_line_comments(ticket.remote.pull)
    return {
        finding.id: comment.id
        for finding in findings
        for comment in comments
        if comment.author.id == me and finding.mark in comment.body
    }
