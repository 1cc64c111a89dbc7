"""How `bricklayer context` says what a model would get."""

from collections.abc import Iterator

from bot.models.token_estimate import estimate_tokens
from handlers.console import replace_unprintable
from runners.build.prompt_preview import PromptPreview, parts_in_order

BEFORE = "How the check fails is told once it has run; this is before that."
NO_CHECK = "A query has no check: its answer is what later tasks are told."


def prompt_lines(showing: PromptPreview) -> Iterator[str]:
    """Line by line: a summary, what was left out, then part by part what is sent."""
    context, one = showing.context, showing.attempt
    assumed = " (assumed: no model is configured)" if showing.assumed else ""
    how = f"attempt {one.number} ({one.tier}: {showing.angle})"
    yield f"{showing.task.id}, {how}, from {showing.start[:12]}"
    spent = f"{context.tokens} tokens and {context.prompt.reply} for the reply"
    yield f"{spent}, of a window of {context.window}{assumed}"
    left = ", ".join(context.dropped)
    yield f"no room for: {left}" if left else "nothing had to be left out"
    yield NO_CHECK if showing.task.kind == "query" else BEFORE
    for each in parts_in_order(context):
        heading = (
            f"{replace_unprintable(each.name)}: {estimate_tokens(each.text)} tokens; {each.why}"
        )
        yield f"\n===== {heading} ====="
        yield replace_unprintable(each.text)
