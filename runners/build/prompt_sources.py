"""What an attempt's prompt is made of, gathered from git and from what was tried before."""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.coaching.notes import Note
from bot.coaching.read_coaching import select_notes
from bot.config.tiers import TierSettings
from bot.errors import UserError
from bot.git.repo import Repo
from bot.ledger import strip_to_line
from bot.models.token_count import TokenCount
from bot.models.token_estimate import estimate_tokens
from bot.plan import Task, written_paths
from bot.prompts.background import describe_job
from bot.prompts.ingredients import Draw
from bot.prompts.inputs import Answer
from bot.text.invisible import make_printable
from bot.text.secret_files import is_secret_file
from runners.build.attempt_records import Attempt, AttemptRecord
from runners.build.attempt_strategy import tier_settings
from runners.build.examples import select_examples
from runners.build.file_context import read_text
from runners.build.ingredients import draw_for, list_note_ingredients
from runners.build.load_plan import CheckedPlan
from runners.build.task_run import TaskBase, TaskRun

OWN_VERSION = "The plan's own version, which failed:"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptSources:
    """What an attempt's prompt is made of: where it starts, what was tried and found out before.

    `job_id` names the job in its commits. `base` is where the task starts, `tree` where the attempt
    does. `answers` are of queries, `notes` lessons that are in no commit yet, `old` the names of
    ingredients that are old enough to be left out (`bot.prompts.ingredients`), `count` is the
    tier's own way of counting tokens.
    """

    plan: CheckedPlan
    job_id: str
    task: Task
    base: TaskBase
    tree: str
    tier: TierSettings
    answers: tuple[Answer, ...] = ()
    attempts: tuple[AttemptRecord, ...] = ()
    notes: tuple[Note, ...] = ()
    old: frozenset[str] = frozenset()
    count: TokenCount = estimate_tokens
    seed: int = 0


def gather_sources(run: TaskRun, attempt: Attempt, tree: str) -> PromptSources:
    context = run.context
    return PromptSources(
        plan=context.plan,
        job_id=context.job_id,
        task=run.task,
        base=run.base,
        tree=tree,
        tier=tier_settings(run, attempt),
        answers=run.answers,
        attempts=run.attempts,
        notes=context.request.notes,
        old=context.record.list_old_ingredients(),
        count=run.lane.open_chain(attempt.tier).open_counter(),
        seed=context.request.seed,
    )


def draw_ingredients(sources: PromptSources, attempt: Attempt) -> Draw:
    """All that the attempt's prompt holds and might do without."""
    paths = {*written_paths(sources.task), *sources.task.reads}
    notes = select_notes(sources.plan.repo, sources.plan.base, paths, sources.notes)
    found = [*list_note_ingredients(notes), *select_examples(sources.plan, sources.task)]
    return draw_for(attempt, sources.task, sources.job_id, sources.old, found)


def describe_background(sources: PromptSources) -> str:
    job, task = sources.plan.job, sources.task
    phase = next((p for p in job.phases if any(t.id == task.id for t in p.tasks)), None)
    phase_text = f"{phase.title}\n{phase.text}" if phase and phase.text else ""
    return describe_job(job.title, job.intro, phase_text)


def list_failed_blocks(task: Task) -> Iterator[tuple[str, str]]:
    """The plan's exact blocks: when a model is asked they have failed, mostly by a detail."""
    for block in task.blocks:
        if block.kind != "delete":
            yield f"{OWN_VERSION} {strip_to_line(block.path) or 'a patch'}", block.text


def read_task_file(repo: Repo, tree: str, path: str) -> str | None:
    """The task's file; None where there is none yet. Raises UserError where it is no text."""
    entry = repo.find_entry(tree, path) if path else None
    if entry is None:
        return None
    if is_secret_file(path):
        what = f"{make_printable(path)} holds keys or passwords, and no model is shown it"
        raise UserError(what, where="job.md", hint="Change it yourself, or by an exact block.")
    found = read_text(repo, tree, path, exact=True)
    if found is None:
        what = (
            f"{make_printable(path)} is {entry.kind if entry.kind != 'file' else 'no UTF-8 text'}"
        )
        raise UserError(what, where="job.md", hint="A task writes a plain text file.")
    return found
