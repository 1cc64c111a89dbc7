"""What stands around a task, in a line each: its folders, and the tasks that were done before.

Read from commits alone, with no model, so that a replay says the same.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

from bot.code import Outline
from bot.commit_trailers import made_by_job, parse_trailers
from bot.git.objects import Commit
from bot.ledger import strip_to_line
from bot.models.token_estimate import truncate_text
from bot.text.invisible import make_printable, strip_hidden
from bot.text.visible_markdown import visible_markdown

README = re.compile(r"readme(?:\.(?:md|markdown|rst|txt|adoc))?", re.IGNORECASE)
NOT_PROSE = re.compile(
    r"^\s*(?:#{1,6}\s|[=~^*`\"'-]{3,}\s*$|<|!\[|\[!|\[[^\]]*\]:|\.\. |:[\w-]+:|\||```|---)"
)
COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
UNDERLINE = re.compile(r"^\s*[=~^\"'-]{3,}\s*$")
LINK = re.compile(r"!?\[([^\]]{0,200})\]\([^)]{0,400}\)")
SENTENCE = re.compile(r"^(.{15,}?[.!?])(?:\s|$)")
MAX_NOTE_TOKENS = 40
"""Of a line on a folder."""
MAX_README_CHARS = 20_000
"""Of a README that are looked at."""
MAX_NAMES = 6


def describe_folder(folder: str, readme: str | None, outlines: Mapping[str, Outline]) -> str:
    """`outlines` are those of the folder's files by name; empty where there is nothing to say."""
    summary = first_sentence(readme or "") or _public_names(outlines)
    return (
        truncate_text(f"{make_printable(folder, 100) or '.'}/: {summary}", MAX_NOTE_TOKENS)
        if summary
        else ""
    )


def first_sentence(readme: str) -> str:
    """Of the first paragraph that is prose: no heading, badge, table, markup or code."""
    for paragraph in _paragraphs(COMMENT.sub("", readme[:MAX_README_CHARS])):
        text = strip_to_line(LINK.sub(r"\1", paragraph))
        if re.search(r"\w{2}", text):
            found = SENTENCE.match(text)
            return found[1] if found else text
    return ""


def _paragraphs(text: str) -> Iterator[str]:
    lines = text.splitlines()
    kept: list[str] = []
    for at, line in enumerate(lines):
        heading = at + 1 < len(lines) and line.strip() and UNDERLINE.match(lines[at + 1])
        if line.strip() and not heading and not NOT_PROSE.match(line):
            kept.append(line)
        elif kept:
            yield " ".join(kept)
            kept = []
    yield " ".join(kept)


def _public_names(outlines: Mapping[str, Outline]) -> str:
    """Public names at the top of each file, files and names in their order, a few in all."""
    found: dict[str, None] = {}
    for path in sorted(outlines):
        for each in outlines[path].symbols:
            if not each.owner and each.kind != "heading" and each.name[:1] != "_":
                found[make_printable(each.name, 40)] = None
    names: Sequence[str] = list(found)
    more = ", ..." if len(names) > MAX_NAMES else ""
    return f"defines {', '.join(names[:MAX_NAMES])}{more}" if names else ""


MAX_JOB_TOKENS = 160
"""Of what is said of the job that a task is a part of."""


def describe_job(title: str, intro: str, phase: str) -> str:
    """The job's title, its introduction and what its phase is for, as a page shows them."""
    texts = [visible_markdown(text).strip() for text in (title, phase, intro)]
    words = "\n".join(strip_hidden(text) for text in texts if text)
    return truncate_text(f"This is a part of the job: {words}", MAX_JOB_TOKENS) if words else ""


Changed: TypeAlias = Mapping[str, tuple[int, int]]
"""Path -> lines added, lines removed."""
MAX_FINISHED_TASKS = 4
MAX_LINE_TOKENS = 90
"""Of a line on a task."""
MAX_FILES = 3


def describe_finished_tasks(
    commits: Sequence[Commit], job: str, changed: Callable[[str], Changed]
) -> tuple[str, ...]:
    """The last finished tasks, the oldest first. `changed` gives a commit's files by its SHA."""
    ours = [commit for commit in commits if made_by_job(commit.message, job)]
    return tuple(
        truncate_text(_describe_commit(commit, changed(commit.sha)), MAX_LINE_TOKENS)
        for commit in ours[-MAX_FINISHED_TASKS:]
    )


def _describe_commit(commit: Commit, files: Changed) -> str:
    """The check stands before what was wanted, so that a cut leaves it."""
    trailers = parse_trailers(commit.message)
    task = strip_to_line(trailers.get("Bricklayer-Task", ""))
    changes = [
        f"{make_printable(path, 80)} +{more} -{less}"
        for path, (more, less) in sorted(files.items())
    ]
    names = ", ".join([*changes[:MAX_FILES], *(["..."] if changes[MAX_FILES:] else [])])
    check = strip_to_line(trailers.get("Bricklayer-Check", ""))
    wanted = strip_to_line(commit.message.split("\n", 1)[0]).removeprefix(f"{task}: ")
    return f"{task}: {names or 'no file'}; passed {check or 'its check'}; {wanted}"
