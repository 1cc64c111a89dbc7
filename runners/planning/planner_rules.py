"""Rules for plans that a model wrote, in addition to those that hold for any plan."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field

from bot.code import outline_file
from bot.config.machine import Settings
from bot.config.repository import RepoConfig
from bot.config.tiers import TierSettings
from bot.errors import Fault, PlanError
from bot.git.repo import Repo
from bot.models.profiles import thinking_room
from bot.plan import (
    Check,
    Job,
    Task,
    Tracked,
    list_check_paths,
    load_job,
    path_fault,
    peek_job,
    written_paths,
)
from bot.plan.validate_paths import name_task
from bot.prompts.budget import TaskTooLargeError
from bot.prompts.inputs import FileContext, TaskPromptInput
from bot.prompts.path_mentions import Mentions, closest_finder
from bot.prompts.strategies import choose_strategy
from bot.prompts.task_prompt import compose_prompt
from bot.text.invisible import make_printable
from runners.planning.plan_faults import find_build_faults, find_draft_faults
from runners.planning.planned_files import Content, known_text, predict_files
from runners.planning.task_words import CREATION_WORD
from runners.project import entry_kind_at

Read = Callable[[str], bytes | None]
_LESS_HINT = (
    "Name the lines that it is about, as in `lines 120-180`. Split it only where it is about"
    " several places."
)


@dataclass(frozen=True, slots=True)
class PlanRules:
    """What a plan is validated against: the commit, the checks, the executor, the issue's paths."""

    checks: Collection[str]
    tracked: Tracked
    read: Read
    closest: Callable[[str], tuple[str, ...]]
    executor: TierSettings | None = None
    mentions: Mentions = field(default_factory=Mentions)
    seen: Collection[str] | None = None
    """Files whose whole text the planner was shown; None where that is not known."""


def gather_rules(
    repo: Repo, commit: str, config: RepoConfig, settings: Settings, paths: Collection[str]
) -> PlanRules:
    return PlanRules(
        checks=tuple(config.checks),
        tracked=lambda path: entry_kind_at(repo, commit, path),
        read=lambda path: repo.read_file(commit, path),
        closest=closest_finder(lambda: paths),
        executor=find_executor(settings),
    )


def find_executor(settings: Settings) -> TierSettings | None:
    """The tier that tasks must fit; none where none is configured here."""
    # The local tier attempts a task first and has the smaller window.
    return settings.tiers.get("local") or settings.tiers.get("senior")


def find_plan_faults(text: str, rules: PlanRules) -> list[Fault]:
    """Every fault, with its line in `text`."""
    try:
        job = load_job(text, tuple(rules.checks), rules.tracked, closest=rules.closest)
    except PlanError as exc:
        # All faults in one list: each repair costs a call, and there are few.
        return [*exc.faults, *_find_more_faults(peek_job(text), rules)]
    return [*_find_more_faults(job, rules), *_find_large_tasks(job, rules)]


def _find_more_faults(job: Job, rules: PlanRules) -> Iterator[Fault]:
    if any(task.kind == "code" for task in job.tasks) and not job.checks:
        hint = f"Name those that prove it: checks: [{', '.join(rules.checks)}]"
        yield Fault(1, "the plan names no check for the whole job", hint)
    for key in ("base", "issue"):
        if getattr(job, key):
            yield Fault(job.line_of(key), f"`{key}` is not yours to say", "Leave the line out.")
    made = {path for task in job.tasks for path in written_paths(task)}
    if not any(map(path_fault, made)):  # reported already, and git is never asked for such a path
        yield from find_build_faults(job, rules.read, rules.tracked)
        yield from find_draft_faults(job, rules.read, rules.tracked, rules.seen)
        yield from _find_twins(job, rules)
    for task in job.tasks:
        yield from _check_paths(task.checks, name_task(task), task.line, rules, made)
        yield from _find_silent_creations(task, rules)
    for phase in job.phases:
        name = f"phase `{make_printable(phase.title)}`"
        # Of a further epoch nobody knows yet what it makes.
        checks = phase.done if phase.epochs == 1 else ()
        yield from _check_paths(checks, name, phase.line, rules, made)


def _check_paths(
    checks: Sequence[Check], whose: str, line: int, rules: PlanRules, made: Collection[str]
) -> Iterator[Fault]:
    """A path given to a check must be there, or be made by the plan."""
    for check in checks:
        for file, _ in list_check_paths(check.paths) if check.kind == "run" else ():
            if path_fault(file) or file in made or any(p.startswith(f"{file}/") for p in made):
                continue
            if rules.tracked(file) is None:
                name = make_printable(file)
                what = f"{whose}: its check names {name}, which is not there"
                yield Fault(check.line or line, what, suggest_paths(rules.closest(file)))


def _find_silent_creations(task: Task, rules: PlanRules) -> Iterator[Fault]:
    """Files that the issue took to be there, and that the plan would create without saying so."""
    absent = dict(rules.mentions.missing)
    for path in sorted(written_paths(task) & absent.keys()):
        # Only where the repository has a similar path, which the issue then most likely meant.
        if absent[path] and rules.tracked(path) is None and not CREATION_WORD.search(task.text):
            name = make_printable(path)
            what = f"{name_task(task)} writes {name}, which is not in the repository"
            create = "If it is to be made, say `Create` in the task's text."
            hint = f"{suggest_paths(absent[path])} {create}"
            yield Fault(task.line_of("file"), what, hint)


def _find_twins(job: Job, rules: PlanRules) -> Iterator[Fault]:
    """New files that differ from one of the repository in capital letters alone."""
    for task in job.tasks:
        for path in sorted(written_paths(task)):
            near = rules.closest(path) if rules.tracked(path) is None else ()
            for twin in (each for each in near if each.casefold() == path.casefold()):
                what = f"{name_task(task)} writes {make_printable(path)}, which is not there"
                yield Fault(task.line_of("file"), what, f"{make_printable(twin)} is: write it so.")


def suggest_paths(paths: Collection[str]) -> str:
    return (
        f"The closest: {', '.join(map(make_printable, paths))}." if paths else "Nothing is like it."
    )


def _find_large_tasks(job: Job, rules: PlanRules) -> Iterator[Fault]:
    """Tasks whose file, as the plan's own blocks will have it, is too much for the executor."""
    files = predict_files(job, rules.read)
    for task in job.tasks:
        if not task.blocks and (why := explain_too_large(task, rules, files[task.id].before)):
            yield Fault(task.line, why, _LESS_HINT)


def explain_too_large(task: Task, rules: PlanRules, before: Callable[[str], Content]) -> str:
    """Why the executor's window has no room for the task; empty where it has."""
    tier = rules.executor
    if tier is None:
        return ""
    raw = known_text(before(task.file)) if task.file else None
    content = None if raw is None else raw.decode(errors="replace")
    thinking = thinking_room(tier)
    known = FileContext(outline=outline_file(task.file, (content or "").encode(errors="replace")))
    try:
        compose_prompt(
            TaskPromptInput(
                task=task,
                content=content,
                strategy=choose_strategy("local", 0),
                window=tier.context,
                reply=tier.answer + thinking,
                thinking=thinking,
                whole_file=tier.whole_file or tier.answer,
                file_context=known,
            )
        )
    except TaskTooLargeError as exc:
        return str(exc)
    return ""
