"""What a repository asks of commit messages: a form for the subject, and a sign-off."""

import re

from bot.git.command import Signature

TITLE, ISSUE = "{title}", "{issue}"
MAX_SUBJECT_CHARACTERS = 72
"""GitHub's pages cut a subject after that many."""
_TRAILERS = re.compile(r"(?:[A-Za-z][A-Za-z0-9-]{0,60}: [^\n]*\n)+")


def format_title(form: str, title: str, issue: int | str, max_characters: int) -> str:
    """`title` in the repository's form; the title is cut, never the form."""
    frame = form.replace(ISSUE, str(issue))
    room = max_characters - len(frame.replace(TITLE, ""))
    cut = title if len(title) <= room else f"{title[: max(room - 3, 0)].rstrip()}..."
    return frame.replace(TITLE, cut)


def add_sign_off(message: str, by: Signature) -> str:
    """The message with its author's `Signed-off-by`, as a trailer of its last paragraph.

    DCO checks want the name and the address of the commit's author:
    https://probot.github.io/apps/dco/ and https://git-scm.com/docs/git-interpret-trailers
    """
    line = f"Signed-off-by: {by.name} <{by.email}>\n"
    text = message.rstrip("\n") + "\n"
    head, _, last = text.rpartition("\n\n")
    if line in f"{last}":
        return text
    joins = bool(head) and _TRAILERS.fullmatch(last) is not None
    return f"{text}{'' if joins else chr(10)}{line}"
