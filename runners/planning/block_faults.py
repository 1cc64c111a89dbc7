"""Faults of a plan's exact blocks, told by the files as they will stand when these are applied.

A model that plans copies from what it saw, and that may be another file than the one it changes.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from bot.code import parses_cleanly
from bot.errors import Fault
from bot.plan import Block, Job, Task
from bot.plan.task_graph import list_touches
from bot.plan.validate_paths import name_task
from bot.text.invisible import make_printable
from runners.edits.completeness import Claim, tell_completeness
from runners.edits.removal_wish import RemovalWish
from runners.edits.safety_checks import PARSED
from runners.edits.text_end import breaks_syntax, is_well_formed
from runners.edits.text_file import split_lines
from runners.planning.planned_files import TaskFiles, Unknown, known_text

# Some tools take comments in JSON: https://code.visualstudio.com/docs/languages/json#_json-with-comments
_COMMENTED = re.compile(rb"^\s*(?://|/\*)|\s//\s", re.MULTILINE)
_ON_PURPOSE = re.compile(r"\b(?:syntax|invalid|broken|malformed)\b", re.IGNORECASE)


def find_block_faults(
    job: Job, files: Mapping[str, TaskFiles], seen: Collection[str] | None = None
) -> Iterator[Fault]:
    """`seen` are the files whose whole text the planner was shown; None where that is not known."""
    for task in job.tasks:
        if task.blocks and (found := files.get(task.id)):
            yield from _find_faults(task, found, seen)


def explain_misfit(files: TaskFiles) -> Fault | None:
    """Why its blocks do not apply; None where they do, or where a file is missing altogether."""
    task = files.task
    if files.error is None or any(
        touch.how != "write" and files.before(touch.path) is None for touch in list_touches(task)
    ):
        return None
    line, _, reason = files.error.reason.removeprefix("plan line ").partition(": ")
    at = int(line) if line.isdecimal() and reason else task.blocks[0].line
    what = f"{name_task(task)}: {reason or files.error.reason}"
    # Where a task has words, too, a model is asked in the place of its blocks.
    return Fault(at, what, files.error.hint, may_pass=bool(task.text.strip()))


def _find_faults(task: Task, files: TaskFiles, seen: Collection[str] | None) -> Iterator[Fault]:
    yield from _find_doubled(task)
    if files.error:
        if fault := explain_misfit(files):
            yield _tell_writers(task, files, fault)
        return
    if all(known_text(files.before(path)) == known_text(made) for path, made in files.made.items()):
        what = f"{name_task(task)}: its blocks change nothing, the files read so already"
        yield Fault(task.blocks[0].line, what, "Leave the task out, or give what is to change.")
        return
    for block in task.blocks:
        if block.kind == "file":
            yield from _find_losses(files, block, seen)
    yield from _find_broken(task, files)


def _find_doubled(task: Task) -> Iterator[Fault]:
    whole = Counter(block.path for block in task.blocks if block.kind == "file")
    for block in task.blocks:
        if block.kind == "file" and whole[block.path] > 1:
            whole[block.path] = 0
            what = f"{name_task(task)} gives {make_printable(block.path)} whole more than once"
            yield Fault(block.line, what, "Only the last would count: give the file once.")


def _tell_writers(task: Task, files: TaskFiles, fault: Fault) -> Fault:
    """Where models write the file before, that may be why, and then words are the way."""
    before = [files.before(touch.path) for touch in list_touches(task)]
    writers = {name for each in before if isinstance(each, Unknown) for name in each.writers}
    if not writers:
        changed = "Copy the old lines from the file as the tasks before it leave it."
        return replace(fault, hint=f"{fault.hint} {changed}".strip())
    names = ", ".join(f"`{make_printable(name)}`" for name in sorted(writers))
    hint = (
        f"A model writes that file before, in {names}: nobody knows how it will read. Say in words"
        " what is to change, or have it done before that task."
    )
    return replace(fault, hint=hint)


def _find_losses(files: TaskFiles, block: Block, seen: Collection[str] | None) -> Iterator[Fault]:
    """What a whole file would silently throw away."""
    task, path, before = files.task, make_printable(block.path), files.before(block.path)
    if isinstance(before, Unknown) and not before.is_lost:
        names = ", ".join(f"`{make_printable(name)}`" for name in before.writers)
        what = f"{name_task(task)}: the whole {path} throws away what {names} wrote in it"
        yield Fault(block.line, what, "Give only what changes as an `edit`, or say it in words.")
        return
    old, new = _lines(known_text(before)), split_lines(block.text)
    if not old:
        return
    lost = Counter(line.strip() for line in old if line.strip())
    lost.subtract(Counter(line.strip() for line in new))
    if not any(count > 0 for count in lost.values()):
        return
    if seen is not None and block.path not in seen and block.path not in files.changed:
        what = f"{name_task(task)}: {path} is there, and you have not read all of it"
        hint = (
            f"Ask with `NEED: {path}` first, where you may still look; or give what changes as an"
            " `edit` of lines that you have seen, or say it in words."
        )
        yield Fault(block.line, what, hint)
        return
    claim = Claim(block.path, old, new, wish=RemovalWish(task.text))
    if missing := tell_completeness(claim).missing:
        what = f"{name_task(task)}: the whole {path} is not whole: {missing}"
        hint = "Keep it, or say in the task's words that it goes, and why."
        yield Fault(block.line, what, hint)


def _find_broken(task: Task, files: TaskFiles) -> Iterator[Fault]:
    """A file that can be parsed today, and could not any more."""
    for path, made in files.made.items():
        before, after = known_text(files.before(path)), known_text(made)
        if after is None or isinstance(made, Unknown) or not PARSED.search(path):
            continue
        # Two parsers have to agree: one alone may not know the language's newest words.
        if before is None:
            wrong = is_well_formed(path, _text(after)) is False and not _COMMENTED.search(after)
        else:
            wrong = breaks_syntax(path, _text(before), _text(after))
        if wrong and parses_cleanly(path, after) is not True and not _ON_PURPOSE.search(task.text):
            line = next((b.line for b in task.blocks if b.path == path), task.line)
            what = f"{name_task(task)}: {make_printable(path)} would not parse with this block"
            yield Fault(line, what, "Look at its brackets, quotes and margins.")


def _text(raw: bytes | None) -> str:
    return (raw or b"").decode(errors="replace")


def _lines(raw: bytes | None) -> list[str]:
    return split_lines(_text(raw))
