"""What exact code imports: files that are not made yet when it runs, names that nobody makes."""

import ast
import posixpath
import re
import sys
from collections.abc import Collection, Iterator, Mapping

from bot.code import PathIndex, outline_file, resolve_import
from bot.code.python_tree import PARSE_ERRORS, parse_python
from bot.errors import Fault
from bot.plan import Job, Task, planned_paths, written_paths
from bot.plan.task_graph import find_ancestors
from bot.plan.validate_paths import Tracked, name_task
from bot.text.invisible import make_printable
from runners.planning.planned_files import TaskFiles, Unknown, known_text

_ROOTS = ("", "src", "lib")
# A module that may have more names than its text says.
_OPEN = re.compile(rb"__getattr__|globals\(|setattr\(|^\s*from\s+\S+\s+import\s+\*", re.MULTILINE)


def find_import_faults(
    job: Job, files: Mapping[str, TaskFiles], tracked: Tracked
) -> Iterator[Fault]:
    if not files:
        return
    over = find_ancestors(job)
    new = PathIndex({path for path in planned_paths(job) if tracked(path) is None})
    last = list(files.values())
    for task in job.tasks:
        found = files[task.id]
        for path, made in found.made.items() if task.blocks else ():
            if not isinstance(made, bytes):
                continue
            if any(check.kind == "run" for check in task.checks):
                yield from _find_early(job, task, path, made, new, over[task.id])
            if path.endswith(".py"):
                yield from _find_absent_names(task, path, made, last, tracked)


def _find_early(  # noqa: PLR0913, PLR0917  # whose code, and what is there when it runs
    job: Job, task: Task, path: str, made: bytes, new: PathIndex, past: Collection[str]
) -> Iterator[Fault]:
    """Its check may run it, and then a file that only a later task makes is not there."""
    outline = outline_file(path, made)
    for module in outline.imports if new.files else ():
        for needed in resolve_import(outline.language, module, path, new):
            makers = [each for each in job.tasks if needed in written_paths(each)]
            if needed != path and not any(t is task or t.id in past for t in makers):
                maker, name = make_printable(makers[0].id), make_printable(needed)
                what = f"{name_task(task)}: its code imports {name}, which only `{maker}` makes"
                hint = f"Add `- after: {maker}`: tasks of a phase begin from one commit."
                yield Fault(_line_of(task, path), what, hint)


def _find_absent_names(
    task: Task, path: str, made: bytes, last: list[TaskFiles], tracked: Tracked
) -> Iterator[Fault]:
    """Names of the repository's own modules that are there at no point of the plan."""
    try:
        tree = parse_python(made)
    except PARSE_ERRORS:
        return
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or not node.module:
            continue
        source = _find_module(node, path, last, tracked)
        text = _read_at_end(source, last) if source else None
        if source and _is_gone(source, last):
            what = (
                f"{name_task(task)}: its code imports {make_printable(source)}, which then is gone"
            )
            yield Fault(_line_of(task, path), what, "Keep that file, or import another one.")
        if not source or source == path or text is None or _OPEN.search(text):
            continue
        folder = posixpath.dirname(source) if source.endswith("/__init__.py") else ""
        for alias in node.names:
            if _has(text, alias.name) or _is_module(f"{folder}/{alias.name}", last, tracked):
                continue
            name = make_printable(alias.name)
            what = (
                f"{name_task(task)}: its code imports `{name}` of {make_printable(source)}, and"
                " nothing makes it there"
            )
            yield Fault(_line_of(task, path), what, "Import what is there, or have a task make it.")


def _has(text: bytes, name: str) -> bool:
    return name == "*" or re.search(rf"(?<!\w){re.escape(name)}(?!\w)".encode(), text) is not None


def _find_module(node: ast.ImportFrom, path: str, last: list[TaskFiles], tracked: Tracked) -> str:
    """The file of the repository that it means; empty where that is not sure."""
    module = (node.module or "").replace(".", "/")
    if node.level:
        folders = posixpath.dirname(path).split("/")
        base = "/".join(folders[: len(folders) - node.level + 1])
        stems = [posixpath.join(base, module)]
    elif module.partition("/")[0] in sys.stdlib_module_names:
        return ""
    else:
        stems = [posixpath.join(root, module) for root in _ROOTS]
    ends = [f"{stem}{end}" for stem in stems for end in (".py", "/__init__.py")]
    there = [each for each in ends if _is_there(each, last, tracked)]
    return there[0] if len(there) == 1 else ""


def _is_module(stem: str, last: list[TaskFiles], tracked: Tracked) -> bool:
    ends = (f"{stem}.py", f"{stem}/__init__.py")
    return not stem.startswith("/") and any(_is_there(e, last, tracked) for e in ends)


def _is_there(path: str, last: list[TaskFiles], tracked: Tracked) -> bool:
    return any(path in each.made for each in last) or tracked(path) == "file"


def _is_gone(path: str, last: list[TaskFiles]) -> bool:
    made = [each.made[path] for each in last if path in each.made]
    return bool(made) and made[-1] is None


def _read_at_end(path: str, last: list[TaskFiles]) -> bytes | None:
    """Its text once all is done; None where a model writes in it, or it goes."""
    made = [each.made[path] for each in last if path in each.made]
    if any(isinstance(each, Unknown) for each in made):
        return None
    return known_text(made[-1] if made else last[0].before(path))


def _line_of(task: Task, path: str) -> int:
    return next((block.line for block in task.blocks if block.path == path), task.blocks[0].line)
