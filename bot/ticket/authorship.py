"""Who wrote a comment: with a person's own token the bot writes as that person."""

from bot.github.webhooks import Person

BOT_MARK = "<!-- bricklayer "
"""Stands in everything the bot says in a comment or a review."""


def is_ours(author: Person, body: str, us: Person) -> bool:
    """Whether the bot said it: an App's account says nothing else, a person's does."""
    return author.id == us.id and (us.bot or BOT_MARK in body)
