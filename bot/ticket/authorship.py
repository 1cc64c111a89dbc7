"""Whether the bot wrote a comment, and the mark by which it tells its own."""

from bot.github.webhooks import Person

# An HTML comment is in a comment's source but not on its page: https://docs.github.com/en/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax#hiding-content-with-comments
BOT_MARK = "<!-- bricklayer "
"""Is in everything that the bot writes in a comment or a review."""


def is_ours(author: Person, body: str, us: Person) -> bool:
    """Whether the bot wrote it: an App's account writes nothing else, a person's does."""
    # With a personal access token the bot acts as the account that owns it:
    # https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/managing-your-personal-access-tokens
    return author.id == us.id and (us.bot or BOT_MARK in body)
