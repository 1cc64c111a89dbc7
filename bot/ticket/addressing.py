"""Whom a comment is for: the bot, somebody else, or nobody by name."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.github.webhooks import Person
from bot.text.own_words import own_words

# GitHub makes a mention of `@login` where no letter, digit or mark of an address stands before it:
# https://docs.github.com/en/get-started/writing-on-github/getting-started-with-writing-and-formatting-on-github/basic-writing-and-formatting-syntax#mentioning-people-and-teams
# A login has letters, digits and single dashes; managed users have an underscore:
# https://docs.github.com/en/enterprise-cloud@latest/admin/managing-iam/iam-configuration-reference/username-considerations-for-external-authentication
_MENTION = re.compile(
    r"(?<![\w@/.`+-])@([A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9])?)(?:\[bot\])?(?![\w/-]|\.\w)"
)
# Of an organization's team: `@owner/team`.
_TEAM = re.compile(r"(?<![\w@/.`+-])@[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9_-]{1,100}")
# What may stand between the names that a comment begins with.
_BETWEEN = re.compile(r"[\s,;:&]*(?:and\b|or\b)?[\s,;:&]*")
For = Literal["bot", "others", "nobody"]


@dataclass(frozen=True, slots=True)
class Spoken:
    """A comment in a thread: who wrote it, and what; `ours` is the bot's own."""

    by: int
    body: str
    ours: bool = False


def bot_names(account: Person) -> frozenset[str]:
    """By what people mention the bot: an App by its slug, another account by its login."""
    # https://docs.github.com/en/apps/creating-github-apps/about-creating-github-apps/about-creating-github-apps
    return frozenset({account.login.removesuffix("[bot]").lower()})


def may_name(body: str, account: Person) -> bool:
    """Whether it is worth to ask who wrote it; nothing is parsed for that."""
    found = body.lower()
    return any(f"@{name}" in found for name in bot_names(account))


def names(body: str, account: Person) -> bool:
    """Whether it is for the bot by name. Most comments hold no name, and cost no look."""
    return may_name(body, account) and find_addressee(body, bot_names(account)) == "bot"


def find_addressee(body: str, ours: Collection[str]) -> For:
    """Whom it is for by name. "@other, what does @bot mean?" is for other: those it begins with."""
    paragraphs = own_words(body)
    first = _leading_names(paragraphs[0]) if paragraphs else ()
    named = first or [name for text in paragraphs for name in _find_names(text)]
    if any(name in ours for name in named):
        return "bot"
    return "others" if named else "nobody"


def is_addressed(thread: Sequence[Spoken], at: int, names: Collection[str]) -> bool:
    """Whether comment `at` of a thread on the bot's own work is for the bot.

    It is where it names the bot, and where it names nobody, unless it answers what one person
    said to another.
    """
    return _whom(thread, at, names) == "bot"


def _whom(thread: Sequence[Spoken], at: int, names: Collection[str]) -> For:
    whom: For = "bot"
    before: Spoken | None = None
    for spoken in thread[: at + 1]:
        if spoken.ours:
            whom, before = "bot", spoken
            continue
        named = find_addressee(spoken.body, names)
        if named != "nobody":
            whom = named
        elif not (whom == "others" and before is not None and before.by != spoken.by):
            # Nobody is named, and it does not go on what two people talk about.
            whom = "bot"
        before = spoken
    return whom


def _leading_names(text: str) -> tuple[str, ...]:
    """The names a text begins with: "@one and @two: ..."."""
    found: list[str] = []
    at = 0
    while True:
        at = _end_of_blanks(text, at)
        hit = _TEAM.match(text, at) or _MENTION.match(text, at)
        if hit is None:
            return tuple(found)
        found.append(hit[1].lower() if hit.re is _MENTION else hit[0])
        at = hit.end()


def _end_of_blanks(text: str, at: int) -> int:
    hit = _BETWEEN.match(text, at)
    return hit.end() if hit else at


def _find_names(text: str) -> list[str]:
    teams = [hit[0] for hit in _TEAM.finditer(text)]
    return [*teams, *(hit[1].lower() for hit in _MENTION.finditer(text))]
