"""Whoever owns the machine that the bot runs on, and says something in its terminal."""

from bot.github.webhooks import Person

# No login has a blank in it: https://docs.github.com/en/enterprise-cloud@latest/admin/managing-iam/iam-configuration-reference/username-considerations-for-external-authentication
OWNER = Person(-1, "The owner of the bot's machine")
"""Has no account there that could be mentioned or asked."""


def mention(login: str) -> str:
    """`@login` for an account; the machine's owner in words."""
    return login if login == OWNER.login else f"@{login}"
