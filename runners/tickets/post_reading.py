"""Posts what the reviewer tier found: one review with a comment for each finding, once.

Each has a hidden line. By these the review is found again that was posted just before a kill, and
by whoever lost all that was kept of it: then the findings are read off its comments.
"""

import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.github.errors import ForbiddenError
from bot.github.types import DraftReviewComment
from bot.github.webhooks import LineComment, Review
from bot.review.model import Fault, ReviewReport
from bot.ticket import messages_findings
from bot.ticket.authorship import BOT_MARK
from bot.ticket.findings import MAX_FOLLOW_UPS, Finding, add_findings, make_finding
from bot.ticket.keys import reviewed_key
from bot.ticket.model import Ticket
from runners.tickets.diff_approval import find_base_of
from runners.tickets.services import Services

log = logging.getLogger("bricklayer")
_FINDING = re.compile(re.escape(BOT_MARK) + r"finding ([0-9a-f]{12}) -->\s*")


def post_answer(services: Services, ticket: Ticket) -> Ticket:
    """The ticket with the answer that it keeps posted; done again it leaves the same.

    It is about the commit that was asked for, though the branch may have another head by now.
    """
    reading = ticket.reading
    if not (report := reading.answer):
        return ticket
    head = reading.asked_head
    found = [(fault, make_finding(fault, head, report.model)) for fault in report.faults]
    # Else nothing was new, nobody was asked, and there is nothing that people do not know.
    if report.model or report.unread or not report.answered:
        _post(services, ticket, report, found)
    comments = _find_comments(services, ticket, [finding for _, finding in found])
    new = (replace(each, comment=comments.get(each.id, 0)) for _, each in found)
    findings = add_findings(ticket.findings, new)
    ended = replace(ticket, findings=findings, reading=reading.end(was_read=report.answered))
    return ended.with_handled(reviewed_key(head))


def take_up_posted(services: Services, ticket: Ticket) -> Ticket | None:
    """The ticket with what a review of ours says of its head already; None where none is there."""
    head, pull = ticket.remote.head, ticket.remote.pull
    repository, me = services.repository(ticket), services.account.own_account().id
    mark = _mark_of(head)
    posted = (one for one in repository.list_reviews(pull) if one.author.id == me)
    review = next((one for one in posted if one.body.rstrip().endswith(mark)), None)
    if review is None:
        return None
    log.warning("%s: its review is on the page already: taken up from there", ticket.name)
    own = (each for each in repository.list_line_comments(pull) if each.author.id == me)
    findings = add_findings(ticket.findings, _read_findings(own, review, head))
    base = find_base_of(services.open_mirror(ticket).repo, ticket, head)
    asked = replace(ticket.reading, asked_head=head, asked_base=base)
    # Which parts it did not see stands there in words only.
    ended = asked.end(was_read=not messages_findings.tells_unread(review.body))
    taken_up = replace(ticket, findings=findings, reading=ended)
    return taken_up.with_handled(reviewed_key(head))


def _read_findings(own: Iterator[LineComment], review: Review, head: str) -> Iterator[Finding]:
    """As they stand on the page. A test is not taken from there: anybody may have edited it."""
    model = messages_findings.read_posted_model(review.body)
    for comment in own:
        # Its last line: whatever stands above it may hold a model's words.
        mark = _FINDING.fullmatch(comment.body.rpartition("\n")[2])
        if mark and comment.review == review.id and not comment.in_reply_to:
            said, proof = messages_findings.read_posted_words(comment.body)
            yield Finding(
                *(mark[1], head, model, comment.path, comment.line, said, proof),
                comment=comment.id,
            )


def _mark_of(head: str) -> str:
    return f"{BOT_MARK}read {head} -->"


def _post(
    services: Services,
    ticket: Ticket,
    report: ReviewReport,
    found: Sequence[tuple[Fault, Finding]],
) -> None:
    """By the mark a review is found that was posted just before a kill: it is not posted twice."""
    pull, head = ticket.remote.pull, ticket.reading.asked_head
    mark, repository = _mark_of(head), services.repository(ticket)
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
    try:
        repository.post_review(pull, head, f"{body}\n{mark}", remarks, mark)
    except ForbiddenError as exc:
        # One comment on a line outside of the diff, or a commit that was pushed away, and GitHub
        # refuses the whole review with a 422:
        # https://docs.github.com/en/rest/pulls/reviews#create-a-review-for-a-pull-request
        log.warning("%s: told in one text, as GitHub takes no comments: %s", ticket.name, exc)
        listed = messages_findings.list_faults(report.faults)
        text = "\n\n".join(filter(None, (body, listed)))
        repository.post_review(pull, ticket.remote.head, f"{text}\n{mark}", (), mark)


def _find_comments(
    services: Services, ticket: Ticket, findings: Sequence[Finding]
) -> dict[str, int]:
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
