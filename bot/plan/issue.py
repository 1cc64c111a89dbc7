"""Reading an issue as its page shows it, without hidden text, and naming the branch for it."""

import re
from dataclasses import dataclass

from bot.bounded_read import decode_utf8, require_size
from bot.errors import UserError
from bot.text.visible_markdown import visible_markdown

# GitHub's bound for the text of an issue is 65,536 characters, "body is too long", with a title of
# 256 at most; of UTF-8 each takes up to four bytes.
MAX_ISSUE_CHARACTERS = 65_536 + 256 + len("# \n\n")
MAX_ISSUE_BYTES = 4 * MAX_ISSUE_CHARACTERS
LARGE_HINT = "Cut what does not matter: long logs, mostly."
# A heading may end with a run of `#`: https://spec.commonmark.org/0.31.2/#atx-headings
_HEADING = re.compile(r"\s{0,3}#{1,6}\s+(.*?)(?:\s+#+)?\s*")
_MAX_TITLE_CHARACTERS = 256
MAX_SLUG_CHARACTERS = 40
"""Of a title in a branch's name: the length `serve` has used, so that open branches keep theirs."""


@dataclass(frozen=True, slots=True)
class Issue:
    """`text` is all of it, the title's line too. `hidden` says whether anything was removed.

    `background` is what else a planner has to know of it, as its prompt says it; `may_ask`
    whether it may put a question to people, `may_settle` whether it may say that nothing is left
    to do: not where a person has said that there is.
    """

    title: str
    text: str
    hidden: bool = False
    background: str = ""
    may_ask: bool = False
    may_settle: bool = True


def read_issue(raw: bytes, *, where: str = "issue") -> Issue:
    """Raises UserError for one that is too large, empty or not UTF-8."""
    require_size(raw, "the issue", MAX_ISSUE_BYTES, where=where, hint=LARGE_HINT)
    source = decode_utf8(raw, "the issue", where=where)
    # Browsers send CRLF from a text area. To Markdown CRLF, CR and LF each end a line:
    # https://spec.commonmark.org/0.31.2/#line-ending
    source = source.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
    if len(source) > MAX_ISSUE_CHARACTERS:
        what = f"the issue is longer than GitHub's {MAX_ISSUE_CHARACTERS:,} characters"
        raise UserError(what, where=where, hint=LARGE_HINT)
    text = visible_markdown(source).strip("\n")
    if not text.strip():
        what = "the issue is empty" if not source.strip() else "all of the issue is hidden text"
        raise UserError(what, where=where, hint="Say what is to be done.")
    return Issue(_find_title(text), text, _count_letters(text) < _count_letters(source))


def _count_letters(text: str) -> int:
    return sum(map(str.isalnum, text))


def name_branch(title: str, issue: int = 0, prefix: str = "bricklayer/") -> str:
    """The branch a job is built on, by its plan's title: `bricklayer/12-add-a-fee`.

    Letters and digits of ASCII and single dashes only: git and GitHub take it as it is, and no
    title can name another ref. `issue` 0: the plan came from no issue.
    https://git-scm.com/docs/git-check-ref-format
    """
    slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:MAX_SLUG_CHARACTERS].strip("-")
    number = f"{issue}-" if issue else ""
    return f"{prefix}{number}{slug or 'job'}"


def _find_title(text: str) -> str:
    """The first line that is not blank, without the marks of a heading."""
    first = next(line for line in text.split("\n") if line.strip())
    found = _HEADING.fullmatch(first)
    return " ".join((found[1] if found and found[1] else first).split())[:_MAX_TITLE_CHARACTERS]
