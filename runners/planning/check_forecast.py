"""What can be told of a plan's checks before anything runs: green already, or never to be.

A check that a task must pass is green once that task has passed; `exists` and `absent` follow from
the files that the plan makes. What only running can tell is not judged here.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from bot.approval.test_paths import is_test_path
from bot.approval.unproved_plans import brings_own_proof
from bot.errors import Fault
from bot.plan import Check, Job, Phase, Task, list_check_paths, path_fault, written_paths
from bot.plan.check_paths import covers_words
from bot.plan.task_graph import find_ancestors
from bot.plan.validate_paths import Tracked, name_task
from bot.text.invisible import make_printable
from runners.planning.planned_files import TaskFiles, Unknown


@dataclass(frozen=True, slots=True)
class Forecast:
    """What the rules below look at. `over` are the tasks that are over before each starts."""

    job: Job
    files: Mapping[str, TaskFiles]
    tracked: Tracked
    over: Mapping[str, frozenset[str]]


def find_check_faults(
    job: Job, files: Mapping[str, TaskFiles], tracked: Tracked
) -> Iterator[Fault]:
    """Checks that would end the build as the plan's fault, each with how to mend it."""
    if not files:
        return
    forecast = Forecast(job, files, tracked, find_ancestors(job))
    for task in job.tasks:
        if task.bites and task.checks and not any(each.kind == "run" for each in task.checks):
            what = f"{name_task(task)} bites, but none of its checks runs a test"
            hint = "Give it the check that runs its test: `- check: NAME PATH`."
            yield Fault(task.line_of("bites"), what, hint)
        elif clash := _find_contradiction(task):
            yield clash
        elif never := _find_never_green(forecast, task):
            yield never
        elif task.kind == "code" and task.checks and (fault := _find_green(forecast, task)):
            yield fault


def _find_green(forecast: Forecast, task: Task) -> Fault | None:
    """A task all of whose checks pass before anything is done proves nothing, and is refused."""
    if task.guard or task.bites:
        return None
    if brings_own_proof(forecast.job, task) and any(check.kind == "run" for check in task.checks):
        return None  # whether its tests are red without its code shows once they run
    reasons = [_why_green(forecast, task, check) for check in task.checks]
    if not all(reasons):
        return None
    why, hint = next((each for each in reasons if each and each[1]), reasons[0] or ("", ""))
    what = f"{name_task(task)}: its check passes before anything is done: {why}"
    return Fault(task.checks[0].line or task.line_of("check"), what, hint or _hint(task))


def _hint(task: Task) -> str:
    if task.checks[0].kind != "run" or not _writes_tests(task):
        more = "Give it a check that is red before it: a test that this task alone makes pass."
        return f"{more} Where the check may be green before, add `- guard: yes`."
    return (
        "Add `- bites: yes` where its test must fail without what it comes `after`, or `- guard:"
        " yes` where it may pass before."
    )


def _why_green(forecast: Forecast, task: Task, check: Check) -> tuple[str, str] | None:
    """Why it is green where the task begins, and a hint of its own; None where that is unknown."""
    if check.kind != "run":
        why = _why_path_green(forecast, task, check)
        return (why, "") if why else None
    return _why_proved(forecast, task, check) or _why_ended_with(forecast, task, check)


def _why_path_green(forecast: Forecast, task: Task, check: Check) -> str:
    path = check.paths[0]
    there = _is_there(forecast, forecast.files[task.id].before, path)
    name = make_printable(path)
    if there is None or there != (check.kind == "exists"):
        return ""
    return f"{name} is there already" if there else f"there is no {name}"


def _is_there(forecast: Forecast, find: Callable[[str], object], path: str) -> bool | None:
    """Whether a file or folder stands at the path; None where that is not known."""
    if path_fault(path):
        return None
    made = {p for files in forecast.files.values() for p in files.made}
    below = [each for each in made if each.startswith(f"{path}/")]
    old = [each for each in below if forecast.tracked(each) is not None]
    state = forecast.tracked(path)
    if path in made:
        content = find(path)
        if isinstance(content, Unknown):
            return None if _may_be_removed(forecast, path) else True
        return content is not None
    if any(find(each) is not None for each in below):
        return True
    # A folder whose files go may go with them.
    return None if old and state == "dir" else state is not None


def _may_be_removed(forecast: Forecast, path: str) -> bool:
    checks = (check for task in forecast.job.tasks for check in task.checks)
    return any(check.kind == "absent" and check.paths[0] == path for check in checks)


def _why_proved(forecast: Forecast, task: Task, check: Check) -> tuple[str, str] | None:
    """A task that is over before, or an end of an earlier phase, has to pass the same check.

    That ran nothing of a file which only this task makes.
    """
    named = {each.path for each in list_check_paths(check.paths)} & written_paths(task)
    before = forecast.files[task.id].before
    if any(_is_there(forecast, before, path) is False for path in named):
        return None
    for earlier in forecast.job.tasks:
        if not any(_runs_all_of(each, check) for each in earlier.checks):
            continue
        if earlier.id in forecast.over[task.id] and not _may_turn_red(
            forecast, earlier, task, check
        ):
            same = f"`{make_printable(earlier.id)}`, which comes before, has to pass it as well"
            return same, _hint_at_test_first(earlier, task, check)
        if _is_beside(forecast, earlier, task) and _comes_first(forecast, earlier, task):
            same = f"`{make_printable(earlier.id)}` of the same phase has to pass it as well"
            return same, _HINT_BESIDE
    return None


_HINT_BESIDE = (
    "A red check of both is green once the first is done. Where each mends a part of what is red,"
    " name in each the tests of its own part; else make them one task, or add `- guard: yes`."
)


def _is_beside(forecast: Forecast, one: Task, two: Task) -> bool:
    """Whether both are of one phase and neither waits for the other."""
    phase = next(p for p in forecast.job.phases if two in p.tasks)
    waits = one.id in forecast.over[two.id] or two.id in forecast.over[one.id]
    return one is not two and one in phase.tasks and not waits


def _comes_first(forecast: Forecast, one: Task, two: Task) -> bool:
    """Of tasks with equal checks the plan's order decides who is built first; tests come first."""
    if one.guard or one.bites or {c.label for c in one.checks} != {c.label for c in two.checks}:
        return False
    ids = [task.id for task in forecast.job.tasks]
    return ids.index(one.id) < ids.index(two.id)


def _may_turn_red(forecast: Forecast, earlier: Task, task: Task, check: Check) -> bool:
    """Whether a task between the two may make the check red again: one that brings tests, say."""
    past = forecast.over[earlier.id] | {earlier.id}
    between = [t for t in forecast.job.tasks if t.id in forecast.over[task.id] - past]
    return any(_may_redden(each, check) for each in between)


def _may_redden(task: Task, check: Check) -> bool:
    if task.kind != "code" or any(_runs_all_of(each, check) for each in task.checks):
        return False
    paths, named = written_paths(task), [each.path for each in list_check_paths(check.paths)]
    brings_tests = any(is_test_path(path) or _is_in(path, named) for path in paths)
    # What is proved by a path alone, or removes a file, may leave the rest broken for a while.
    unproved = all(each.kind != "run" for each in task.checks)
    return brings_tests or unproved or any(block.kind == "delete" for block in task.blocks)


def _is_in(path: str, named: Collection[str]) -> bool:
    return any(path == each or path.startswith(f"{each}/") for each in named if each)


def _runs_all_of(wide: Check, narrow: Check) -> bool:
    if wide.kind != narrow.kind or wide.name != narrow.name:
        return False
    return wide.kind == "run" and covers_words(wide.paths, narrow.paths)


def _hint_at_test_first(earlier: Task, task: Task, check: Check) -> str:
    """For a test whose check only the later task can turn green."""
    own = [p for p in written_paths(earlier) if is_test_path(p)]
    named = [each.path for each in list_check_paths(check.paths)]
    tests = [path for path in own if not named or _is_in(path, named)]
    if not tests or len(own) < len(written_paths(earlier)) or _writes_tests(task):
        return ""
    path, name = make_printable(min(tests)), make_printable(earlier.id)
    return (
        f"If the test of `{name}` fails until this task is done, it cannot be the check of"
        f" `{name}`: give that task `- exists: {path}` in its place, and `- guard: yes` where the"
        f" file is there already. Else give this task another check, or `- guard: yes`."
    )


def _writes_tests(task: Task) -> bool:
    paths = written_paths(task)
    return bool(paths) and all(is_test_path(path) for path in paths)


def _why_ended_with(forecast: Forecast, task: Task, check: Check) -> tuple[str, str] | None:
    done = _find_proving_phase(forecast, task, check)
    return (f"phase `{make_printable(done.title)}` ends only once it passes", "") if done else None


def _find_proving_phase(forecast: Forecast, task: Task, check: Check) -> Phase | None:
    """An earlier phase whose `done` check it is, where nothing has changed since."""
    for number, phase in enumerate(forecast.job.phases):
        if task in phase.tasks:
            return None
        if not any(_runs_all_of(each, check) for each in phase.done):
            continue
        past = {t.id for p in forecast.job.phases[: number + 1] for t in p.tasks}
        between = [t for t in forecast.job.tasks if t.id in forecast.over[task.id] - past]
        if not any(_may_redden(each, check) for each in between):
            return phase
    return None


def _find_contradiction(task: Task) -> Fault | None:
    """A path that has to be there and to be gone."""
    there = [check.paths[0] for check in task.checks if check.kind == "exists"]
    for check in task.checks:
        path = check.paths[0] if check.kind == "absent" else ""
        if path and any(each == path or each.startswith(f"{path}/") for each in there):
            what = f"{name_task(task)}: {make_printable(path)} has to be there and to be gone"
            line = check.line or task.line_of("absent")
            return Fault(line, what, "Keep the check that its work brings about.")
    return None


def _find_never_green(forecast: Forecast, task: Task) -> Fault | None:
    files = forecast.files[task.id]
    for check in task.checks:
        if check.kind == "run" or _is_awaited(forecast, task, check):
            continue
        there = _is_there(forecast, files.after, check.paths[0])
        if there is None or there == (check.kind == "exists"):
            continue
        return _never(task, check)
    return None


def _is_awaited(forecast: Forecast, task: Task, check: Check) -> bool:
    """Whether a task that is not over before makes it so: `find_check_order_faults` says that."""
    path, past = check.paths[0], {*forecast.over[task.id], task.id}
    others = (files for name, files in forecast.files.items() if name not in past)
    return any(each == path or each.startswith(f"{path}/") for f in others for each in f.made)


def _never(task: Task, check: Check) -> Fault:
    path = make_printable(check.paths[0])
    if check.kind == "exists":
        what = f"{name_task(task)}: its check needs {path}, which is not there and nothing makes"
        hint = "Name the file that this task writes, or a check that it can pass."
    else:
        what = f"{name_task(task)}: its check needs {path} gone, and it does not remove it"
        hint = f"Remove it with an empty block `delete={path}`, or name another check."
    return Fault(check.line or task.line_of(check.kind), what, hint)
