"""Warnings about a valid plan, reported before it is run; none of them refuses the plan.

An exact block that does not apply costs one attempt, after which a model is asked.
"""

import functools
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping

from bot.approval.protected_paths import JUDGING_REASONS, LOCKED, protection_reason
from bot.approval.setup_paths import list_setup_paths
from bot.config.repository import CheckCommand, RepoConfig, Setup
from bot.errors import Fault
from bot.git.repo import Repo
from bot.plan import Job, Task, list_check_paths, sort_tasks, written_paths
from bot.text.invisible import find_hidden, make_printable
from bot.text.listed import join_first
from runners.checks.submodules import GITMODULES, list_submodules
from runners.edits import EditError, Read
from runners.edits.exact_blocks import resolve_blocks
from runners.planning.near_blocks import find_near_blocks
from runners.planning.plan_faults import find_build_faults
from runners.planning.unbiting_tests import warn_of_tests_alone
from runners.project import entry_kind_at

Tracked = Callable[[str], str | None]
"""What stands at a path: a file, a folder, or nothing."""

ENTERED = re.compile(r"""\s*cd\s+['"]?([\w./-]+)['"]?\s*(?:&&|;|\n)\s*""")
"""A command that begins by entering a folder."""
SETUP_HINT = (
    "It runs on what the default branch has, so checks get what this would install only after it"
    " is merged."
)


def find_warnings(repo: Repo, base: str, job: Job, config: RepoConfig) -> list[Fault]:
    """The warnings that can be found on `base` without running anything."""
    read, setup = functools.partial(repo.read_file, base), config.setup
    tracked = functools.partial(entry_kind_at, repo, base)
    found = list(_warnings(job, read, tracked, config.checks))
    found += find_build_faults(job, read, tracked) or [*warn_of_tests_alone(job)]
    found += [fault for task in job.tasks for fault in _warn_of_hidden(task, read)]
    found += [fault for task in job.tasks for fault in find_near_blocks(task)]
    found += _warn_of_submodules(repo, base, setup)
    return found + [fault for task in job.tasks for fault in _warn_of_setup(task, setup)]


def _warn_of_submodules(repo: Repo, base: str, setup: Setup | None) -> Iterator[Fault]:
    """Their folders are empty in checks, which read like code that is not there."""
    if entry_kind_at(repo, base, GITMODULES) != "file" or (setup and setup.submodules is not None):
        return
    paths = [make_printable(each.path, 100) for each in list_submodules(repo, base)]
    if paths:
        what = f"submodules are empty folders in checks: {join_first(paths, 3)}"
        hint = (
            "Write submodules = true under [setup] to have them fetched, or false to leave it so."
        )
        yield Fault(1, what, hint)


def _warn_of_hidden(task: Task, read: Read) -> Iterator[Fault]:
    """A model is shown the file it writes as it is, and nobody sees these characters in it."""
    text = (read(task.file) or b"").decode(errors="replace") if task.file else ""
    lines = text.removeprefix("\ufeff").split("\n")
    found = list(find_hidden(lines, frozenset(range(len(lines)))))
    if found:
        where = f"{make_printable(task.file)}, line {found[0].line + 1}"
        what = f"{where}, which task {make_printable(task.id)} writes, has hidden characters"
        names = join_first(found[0].names, 3)
        yield Fault(task.line_of("file"), what, f"A model reads them: {names}. Look at that line.")


def _warnings(
    job: Job, read: Read, tracked: Tracked, checks: Mapping[str, CheckCommand]
) -> Iterator[Fault]:
    """Blocks that do not apply, paths that nothing brings about, writes to what checks obey."""
    made: dict[str, bytes | None] = {}

    def now(path: str) -> bytes | None:
        return made[path] if path in made else read(path)

    unknown: set[str] = set()
    coming = {path for task in job.tasks for path in written_paths(task)}
    for task in (task for phase in job.phases for task in sort_tasks(phase)):
        yield from _warn_of_deciding_paths(task)
        yield from _warn_of_absent_paths(task, coming, tracked, checks)
        if not task.blocks or unknown & written_paths(task):
            # A model writes these, or wrote what the blocks change: the content is not known.
            unknown |= written_paths(task)
            continue
        try:
            made.update(resolve_blocks(task.blocks, now, written_paths(task)))
        except EditError as exc:
            unknown |= written_paths(task)
            yield Fault(task.blocks[0].line, exc.reason, "A model will be asked to write it.")


def _warn_of_deciding_paths(task: Task) -> Iterator[Fault]:
    for path in sorted(
        path for path in written_paths(task) if protection_reason(path) in JUDGING_REASONS
    ):
        name = make_printable(path)
        what = f"task {make_printable(task.id)} writes {name}: it decides which checks run"
        yield Fault(task.line, what, "Read it before you merge.")


def _warn_of_setup(task: Task, setup: Setup | None) -> Iterator[Fault]:
    """What setup would install is another thing only when a person has merged it."""
    named = list_setup_paths(setup)
    for path in sorted(written_paths(task)) if setup else ():
        if path in named or protection_reason(path) == LOCKED:
            name = make_printable(path)
            what = f"task {make_printable(task.id)} writes {name}: [setup] does not see it"
            yield Fault(task.line, what, SETUP_HINT)


def _warn_of_absent_paths(
    task: Task, coming: set[str], tracked: Tracked, checks: Mapping[str, CheckCommand]
) -> Iterator[Fault]:
    def is_known(path: str) -> bool:
        is_made = path in coming or any(each.startswith(f"{path}/") for each in coming)
        return is_made or tracked(path) is not None

    for check in (each for each in task.checks if each.kind == "run"):
        for path in (each.path for each in list_check_paths(check.paths)):
            if path and not is_known(path):
                what = f"{path}, which the check of {task.id} names, is not in the repository"
                hint = _hint_at_folder(path, check.name, checks.get(check.name), is_known)
                yield Fault(
                    task.line_of("check"), what, hint or "No task of the plan writes it either."
                )


def _hint_at_folder(
    path: str, name: str, command: CheckCommand | None, is_known: Callable[[str], bool]
) -> str:
    """How the path is written, where it is one from the folder in which the check runs."""
    entered = ENTERED.match(command.run) if command else None
    folder = command.dir if command and command.dir else entered[1] if entered else ""
    whole = posixpath.normpath(posixpath.join(folder, path))
    if not command or not folder or not is_known(whole):
        return ""
    if command.dir:
        return f"Paths are written from the repository's root: {whole}"
    line = (
        f'dir = "{posixpath.normpath(folder)}" and run = "{command.run[len(entered[0]) :]}"'
        if entered
        else ""
    )
    return f"Give [checks.{name}] {line}, and write the path from the repository's root: {whole}"
