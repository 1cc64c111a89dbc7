"""Makes events of what was said in reviews and threads that no webhook told."""

from collections.abc import Iterator

from bot.github.repository import Repository
from bot.github.webhooks import Event, ReviewCommented, Reviewed
from bot.ticket.authorship import is_ours
from bot.ticket.keys import line_comment_key, review_key
from bot.ticket.model import Ticket


def find_unheard_reviews(repository: Repository, ticket: Ticket, since: str) -> Iterator[Event]:
    """Reviews and line comments since then that were not dealt with, as webhooks tell them."""
    number, me = ticket.remote.pull, repository.own_account()
    if not number:
        return
    pull = repository.read_pull(number)
    for review in repository.list_reviews(number):
        new = review.submitted_at >= since and not ticket.was_handled(review_key(review.id))
        if new and not is_ours(review.author, review.body, me):
            yield Reviewed(
                "pull_request_review", "submitted", ticket.where, review.author, pull, review
            )
    for comment in repository.list_line_comments(number, since):
        heard = ticket.was_handled(line_comment_key(comment.id))
        if not heard and not is_ours(comment.author, comment.body, me):
            name, where = "pull_request_review_comment", ticket.where
            yield ReviewCommented(name, "created", where, comment.author, pull, comment)
