"""What a person asks for, read and carried out: find the tasks, find who does them, and measure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from bot.config.machine import Settings
from bot.config.private_dir import open_state_dir
from bot.config.tiers import (
    MAX_CANDIDATES,
    MIN_THINKING_TOKENS,
    DoingTier,
    Mode,
    StrategyName,
    Thinking,
)
from bot.errors import UserError
from bot.evaluation import ReplayResult
from bot.evaluation.table import By
from bot.text.invisible import make_printable
from runners.evaluation.contenders import (
    Contender,
    Ways,
    list_contenders,
    preview_contenders,
)
from runners.evaluation.evaluate import Evaluation, Outcome, evaluate, list_replays
from runners.evaluation.find_tasks import find_job_tasks, find_set_tasks
from runners.evaluation.own_place import OwnPlace, open_own_place
from runners.evaluation.replay import find_evidence
from runners.evaluation.replay_task import FoundTasks
from runners.history.open_history import open_history

if TYPE_CHECKING:
    from bot.storage.replays import ReplayStore

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """Words as they were typed; `sets` are files and folders of task sets."""

    jobs: Words = ()
    sets: tuple[Path, ...] = ()
    repos: Path | None = None
    config: Path | None = None
    tiers: Words = ()
    models: Words = ()
    candidates: Words = ()
    thinking: Words = ()
    modes: Words = ()
    strategies: Words = ()
    runs: int = 1
    at_once: int = 0
    by: Words = ("kind",)
    fresh: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Measured:
    """`known` replays were kept before; `evidence` is the folder of each replay, by its key.

    `other_versions` are results of the same tasks, tiers and models that do not count: by another
    version of how Bricklayer asks, or of other weights of that name. `model_faults`, of a dry run,
    are what has to be mended before the models can be asked.
    """

    found: FoundTasks
    contenders: tuple[Contender, ...]
    evaluation: Evaluation
    by: tuple[By, ...]
    known: int
    evidence: dict[str, str] = field(default_factory=dict)
    is_dry_run: bool = False
    other_versions: tuple[ReplayResult, ...] = ()
    model_faults: tuple[str, ...] = ()


def run_asked(
    asked: Asked,
    settings: Settings,
    *,
    tell: Callable[[str], None] = lambda _: None,
    tell_outcome: Callable[[Outcome], None] = lambda _: None,
) -> Measured:
    """Raises UserError for what a person can mend. Several threads call `tell_outcome`."""
    by = _read_names("--by", asked.by, get_args(By))
    faults: tuple[UserError, ...] = ()
    if asked.dry_run:
        contenders, faults = preview_contenders(settings, read_ways(asked))
    else:
        contenders = list_contenders(settings, read_ways(asked))
    with open_own_place(settings) as place:
        found = _find_tasks(place, asked, settings)
        replays = list_replays(found.tasks, contenders, asked.runs)
        if not found.tasks:
            raise _nothing_error(found)
        store = _open_store(settings)
        if asked.fresh and not asked.dry_run:
            store.forget([replay.key for replay in replays])
        evaluation = Evaluation(replays, dict(store.find([replay.key for replay in replays])))
        known = len(evaluation.kept)
        tell(_describe_work(found, contenders, asked.runs, known, len(replays)))
        if not asked.dry_run:
            evaluation = evaluate(
                place,
                store,
                replays,
                at_once=asked.at_once or len(settings.lanes),
                tell=tell_outcome,
            )
        evidence = {each.key: str(find_evidence(place, each)) for each in replays}
        others = tuple(list_other_versions(store, found, contenders))
        told = tuple(" ".join(str(fault).split()) for fault in faults)
        return Measured(
            found, contenders, evaluation, by, known, evidence, asked.dry_run, others, told
        )


def list_other_versions(
    store: "ReplayStore", found: FoundTasks, contenders: Sequence[Contender]
) -> Iterator[ReplayResult]:
    names = {task.name for task in found.tasks}
    asked = [each.configuration for each in contenders]
    models = {(each.tier, each.model) for each in asked}
    versions = {(each.tier, each.model, each.prompts, each.identity) for each in asked}
    for each in store.list_results():
        who = each.configuration
        version = (who.tier, who.model, who.prompts, who.identity)
        if each.task in names and version[:2] in models and version not in versions:
            yield each


def _open_store(settings: Settings) -> "ReplayStore":
    from bot.storage.database import sqlite_url  # noqa: PLC0415  # SQLAlchemy: 0.2 s
    from bot.storage.replays import open_replays  # noqa: PLC0415

    return open_replays(settings.database_url or sqlite_url(open_state_dir(settings)))


def _find_tasks(place: OwnPlace, asked: Asked, settings: Settings) -> FoundTasks:
    if asked.sets:
        if asked.jobs:
            hint = "Ask for them one after the other."
            raise UserError("--jobs and --tasks at once", where="--tasks", hint=hint)
        return find_set_tasks(place, asked.sets, asked.repos, asked.config)
    for name, given in (("--repos", asked.repos), ("--config", asked.config)):
        if given:
            raise UserError("it is about task sets", where=name, hint="Name one with --tasks PATH.")
    return find_job_tasks(place, open_history(settings), asked.jobs)


MAX_REASONS = 5


def _nothing_error(found: FoundTasks) -> UserError:
    reasons = "; ".join(f"{each.name}: {each.why}" for each in found.left_out[:MAX_REASONS])
    if (left := len(found.left_out) - MAX_REASONS) > 0:
        reasons += f"; and {left} more"
    hint = reasons or "Jobs count once they have ended, passed or blocked: `bricklayer jobs`."
    return UserError("there is no task to do again", where="bricklayer eval", hint=hint)


def _describe_work(
    found: FoundTasks, contenders: Sequence[Contender], runs: int, known: int, count: int
) -> str:
    left_out = f", {len(found.left_out)} left out" if found.left_out else ""
    times = f" x {runs} runs" if runs > 1 else ""
    kept = f", {known} of them measured before" if known else ""
    return (
        f"{len(found.tasks)} tasks{left_out} x {len(contenders)} contenders{times}:"
        f" {count} replays{kept}"
    )


def read_ways(asked: Asked) -> Ways:
    """Raises UserError for a word that is none of those that there are."""
    return Ways(
        tiers=_read_names("--tiers", asked.tiers, get_args(DoingTier)),
        models=asked.models,
        candidates=tuple(_read_candidates(asked.candidates)),
        thinking=tuple(_read_thinking(asked.thinking)),
        modes=_read_names("--modes", asked.modes, get_args(Mode)),
        strategies=tuple(_read_strategies(each) for each in asked.strategies),
    )


def _read_names(option: str, words: Words, known: tuple[str, ...]) -> tuple:  # type: ignore[type-arg]  # of a Literal's words
    for word in words:
        if word not in known:
            hint = f"It takes {', '.join(known)}."
            raise UserError(f"{make_printable(word)} is none of them", where=option, hint=hint)
    return words


def _read_candidates(words: Words) -> Iterator[int]:
    for word in words:
        if not (word.isdecimal() and 1 <= int(word) <= MAX_CANDIDATES):
            hint = f"Write numbers from 1 to {MAX_CANDIDATES}."
            what = f"{make_printable(word)} candidates"
            raise UserError(what, where="--candidates", hint=hint)
        yield int(word)


def _read_thinking(words: Words) -> Iterator[Thinking]:
    for word in words:
        if word in {"off", "auto"}:
            yield "off" if word == "off" else "auto"
        elif word.isdecimal() and int(word) >= MIN_THINKING_TOKENS:
            yield int(word)
        else:
            hint = f"Write off, auto or a number of tokens, at least {MIN_THINKING_TOKENS}."
            raise UserError(make_printable(word), where="--thinking", hint=hint)


def _read_strategies(words: str) -> tuple[StrategyName, ...]:
    """The names of one order, with semicolons between them."""
    names = tuple(filter(None, (each.strip() for each in words.split(";"))))
    return _read_names("--strategies", names, get_args(StrategyName))
