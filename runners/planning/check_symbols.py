"""The parts of files that checks name: a test that one names has to be there, or be asked for."""

import re
from collections.abc import Iterator, Mapping

from bot.code import outline_file
from bot.errors import Fault
from bot.plan import Check, Job, Task, list_check_paths, path_fault
from bot.plan.check_paths import ALL_BELOW
from bot.plan.task_graph import find_ancestors
from bot.plan.validate_paths import name_task
from bot.text.invisible import make_printable
from runners.planning.planned_files import TaskFiles, Unknown, known_text

_NAME = re.compile(r"[A-Za-z_]\w*")
# A test may come from a class that this one is made of, or from another module.
_STAR = re.compile(r"^\s*from\s+\S+\s+import\s+\*", re.MULTILINE)
_INHERITS = re.compile(
    r"^\s*class\s+\w+\s*\((?!\s*(?:unittest\.|object\b|\w*TestCase\b|\)))", re.MULTILINE
)
_LINES = re.compile(r"\d+(?:[:-]\d+)*")


def find_symbol_faults(job: Job, files: Mapping[str, TaskFiles]) -> Iterator[Fault]:
    """What a check names of a file whose text is known, and that nobody would write there."""
    if not files:
        return
    over = find_ancestors(job)
    for task in job.tasks:
        past = [each for each in job.tasks if each.id in over[task.id]]
        for check in task.checks if task.kind == "code" else ():
            yield from _find_absent(files[task.id], check, [*past, task])


def _find_absent(files: TaskFiles, check: Check, writers: list[Task]) -> Iterator[Fault]:
    for path, selector in list_check_paths(check.paths) if check.kind == "run" else ():
        if not selector or selector == ALL_BELOW or path_fault(path):
            continue
        content = files.after(path)
        text = (known_text(content) or b"").decode(errors="replace")
        words = [task.text for task in writers if path in files_of(task, content)]
        if known_text(content) is None and not words:
            continue  # that the file is not there is told already
        if why := _why_absent(path, selector, text, words):
            line = check.line or files.task.line_of("check")
            what = f"{name_task(files.task)}: {make_printable(path)} has no {why}"
            yield Fault(line, what, _hint(selector, words))


def files_of(task: Task, content: object) -> tuple[str, ...]:
    """The file of which a model may write more than is known."""
    return (task.file,) if isinstance(content, Unknown) and task.id in content.writers else ()


def _why_absent(path: str, selector: str, text: str, words: list[str]) -> str:
    if _LINES.fullmatch(selector):
        last = max(int(number) for number in re.findall(r"\d+", selector.split(":", maxsplit=1)[0]))
        return f"line {last}" if last > text.count("\n") + 1 and not words else ""
    for number, part in enumerate(selector.split("::")):
        if _STAR.search(text) or (number and _INHERITS.search(text)):
            return ""
        name = part.partition("[")[0]
        found = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")
        if _NAME.fullmatch(name) and not any(found.search(each) for each in (text, *words)):
            return make_printable(name)
    return "" if words else _find_misplaced(path, selector, text)


def _find_misplaced(path: str, selector: str, text: str) -> str:
    """A test that is there, but in another class than the one named."""
    owner, _, name = selector.rpartition("::")
    if not owner or not path.endswith(".py"):
        return ""
    symbols = outline_file(path, text.encode(errors="replace")).symbols
    found = {(each.owner, each.name) for each in symbols}
    dotted, bare = owner.replace("::", "."), name.partition("[")[0]
    outer, _, last = dotted.rpartition(".")
    if (outer, last) in found and (dotted, bare) not in found:
        return make_printable(f"{dotted}.{bare}")
    return ""


def _hint(selector: str, words: list[str]) -> str:
    name = make_printable(selector)
    if words:
        return f"Say in the words of the task that writes it that the test is called `{name}`."
    return "Name a test that is there, or have an earlier task write it."
