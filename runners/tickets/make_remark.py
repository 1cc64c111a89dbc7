"""Makes of an open thread what a round works in: a suggestion as it stands, words whole."""

from collections.abc import Sequence

from bot.github.webhooks import LineComment
from bot.plan.rework_plan import Remark, Said
from bot.text.secrets import redact
from bot.text.visible_markdown import visible_markdown
from bot.ticket.findings import Finding
from bot.ticket.suggestions import choose_suggestion, find_suggestions, words_beside
from bot.ticket.words import asks_for_more
from runners.tickets.lay_suggestions import SuggestionLayer
from runners.tickets.open_threads import OpenThread


def make_remark(
    thread: OpenThread,
    layer: SuggestionLayer,
    secrets: Sequence[str],
    finding: Finding | None = None,
) -> Remark:
    """What writers said; nobody else's words reach a model, nor what looks like a secret.

    Of the thread of a `finding` that is what they spoke of, too.

    Raises SuggestionError where the newest wish is a suggestion that cannot be laid.
    """
    first = thread.thread.comments[0]
    patch, said = "", _list_said(thread.comments, secrets)
    if finding:
        words = f"{finding.said}\n\nWhat would prove it: {finding.proof or 'not said'}"
        said = (*said, Said("bricklayer", redact(words, secrets)))
    if suggestion := _newest_suggestion(thread):
        text = choose_suggestion(suggestion.body)
        patch = layer.lay(first, text) if text is not None else ""
        if not any(asks_for_more(words_beside(comment.body)) for comment in thread.comments):
            said = ()
    removed = first.side == "LEFT"
    there = not thread.thread.outdated and not removed
    return Remark(
        thread.id,
        thread.thread.path,
        said,
        line=thread.thread.line if there else 0,
        start=first.start if there else 0,
        hunk=redact(thread.thread.hunk, secrets),
        outdated=thread.thread.outdated,
        removed=removed,
        patch=patch,
    )


def _list_said(comments: Sequence[LineComment], secrets: Sequence[str]) -> tuple[Said, ...]:
    """The newest first."""
    return tuple(
        Said(comment.author.login, redact(visible_markdown(comment.body), secrets))
        for comment in reversed(comments)
    )


def _newest_suggestion(thread: OpenThread) -> LineComment | None:
    """The comment whose suggestion is what was wished for last; thanks may follow it."""
    for comment, ask in reversed(list(zip(thread.comments, thread.asks, strict=True))):
        if find_suggestions(comment.body) and ask != "nothing":
            return comment
        if ask != "nothing":
            return None
    return None
