"""What a task says to the model that is to do it: something, and nothing that is not there yet."""

import re
from collections.abc import Collection, Iterator, Mapping

from bot.errors import Fault
from bot.plan import Job, Task, planned_paths, written_paths
from bot.plan.task_graph import find_ancestors
from bot.plan.validate_paths import Tracked, name_task
from bot.prompts.path_mentions import find_mentions
from bot.prompts.relevant_lines import LINES
from bot.text.invisible import make_printable
from runners.planning.planned_files import TaskFiles

# What stands for words that were never written.
_EMPTY_WORD = re.compile(r"\b(?:todo|tbd|fixme|placeholder|none|n/?a)\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{2,}")
CREATION_WORD = re.compile(r"\b(?:creat|new|add|writ|introduc|mak)", re.IGNORECASE)
"""By which a task says that it makes its file."""


def find_silent_tasks(job: Job) -> Iterator[Fault]:
    """Tasks of neither words nor blocks: the model would be told nothing."""
    for task in job.tasks:
        if (
            task.kind == "code"
            and not task.blocks
            and not _WORD.search(_EMPTY_WORD.sub("", task.text))
        ):
            what = f"{name_task(task)} says nothing: it has neither words nor an exact block"
            hint = (
                "Say below its keys what must hold, with names and values: the title and the text"
                " of the phase are not shown to who does it."
            )
            yield Fault(task.line, what, hint)


def find_early_mentions(job: Job, tracked: Tracked) -> Iterator[Fault]:
    """Words about a file that only a task beside this one makes: it would not be there."""
    over, made = find_ancestors(job), planned_paths(job)
    new = {path for path in made if tracked(path) is None}
    for task in job.tasks if new else ():
        past = over[task.id]
        for path in find_mentions(task.text, new).there if task.kind == "code" else ():
            makers = [t for t in job.tasks if path in written_paths(t)]
            later = [t for t in makers if task.id not in over[t.id] and t is not task]
            if later and not any(t.id in past or t is task for t in makers):
                yield _tell_mention(task, path, later)


def find_removed_files(job: Job, files: Mapping[str, TaskFiles]) -> Iterator[Fault]:
    """A model's task on a file that an earlier task of the plan removes or moves elsewhere."""
    for task in job.tasks:
        found = files.get(task.id)
        if not found or task.blocks or not task.file or task.file not in found.changed:
            continue
        if found.before(task.file) is None and not CREATION_WORD.search(task.text):
            name = make_printable(task.file)
            what = f"{name_task(task)} writes {name}, which an earlier task removes"
            hint = "Name the file as it is called then; if it is to be made anew, say `Create`."
            yield Fault(task.line_of("file"), what, hint)


def find_line_faults(job: Job, files: Mapping[str, TaskFiles]) -> Iterator[Fault]:
    """Words on lines that the task's file has not, as of another file or another version."""
    for task in job.tasks:
        found = files.get(task.id)
        content = found.before(task.file) if found and task.file else None
        others = find_mentions(task.text, {*task.reads, *_PATHS.findall(task.text)} - {task.file})
        if not isinstance(content, bytes) or others.there:
            continue
        last = content.count(b"\n") + 1
        for named in LINES.finditer(task.text):
            if int(named[2]) > last:
                what = f"{name_task(task)} speaks of {make_printable(named[0])}"
                hint = f"{make_printable(task.file)} has {last} lines: name those that are meant."
                yield Fault(task.line, what, hint, may_pass=True)


_PATHS = re.compile(r"[\w./-]+\.\w{1,8}")


def _tell_mention(task: Task, path: str, makers: Collection[Task]) -> Fault:
    maker = make_printable(next(iter(makers)).id)
    name = make_printable(path)
    what = f"{name_task(task)} speaks of {name}, which only `{maker}` makes"
    hint = (
        f"Nothing says that `{maker}` is done before, so the file would not be there. Add `- after:"
        f" {maker}`, and {name} to `reads`."
    )
    return Fault(task.line, what, hint, may_pass=True)
