"""What a repository's lessons have done so far, and what is proposed for each."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from bot.coaching.judge_lesson import Judgement, judge_lesson
from bot.coaching.notes import name_lesson
from bot.coaching.rules import NoRule, derive_rule
from bot.errors import UserError
from bot.git.find_repo import open_repo, read_origin
from bot.ledger import NOTE, name_ingredient
from bot.pass_rate import PassRate
from runners.history.list_lessons import Lesson, SkippedSection, list_lessons
from runners.history.open_history import OpenHistory, find_history
from runners.onboarding.setup_pull import find_github_name
from runners.project import CONFIG

if TYPE_CHECKING:
    from bot.config.machine import Settings
    from bot.storage.trials import Trial

Proposal = Literal["keep", "expire", "promote"]


@dataclass(frozen=True, slots=True)
class LessonReport:
    """`id` is what the ledger calls it, `uses` how many judged attempts were shown it.

    `proposal` is what should become of it, and `why` says so in a sentence. `is_unread`: it helps,
    and its words are of no form from which a check follows.
    """

    id: str
    lesson: Lesson
    uses: int
    judgement: Judgement
    proposal: Proposal
    why: str
    is_unread: bool = False


@dataclass(frozen=True, slots=True)
class CoachingReport:
    """`others` are judgements of what else a prompt may do without, by its kind."""

    path: str
    commit: str
    lessons: tuple[LessonReport, ...]
    others: Mapping[str, Judgement]
    skipped: tuple[SkippedSection, ...]


def make_report(folder: Path, rev: str, trials: Mapping[str, "Trial"]) -> CoachingReport:
    """Of the lessons as a commit has them."""
    found = list_lessons(folder, rev)
    repo = open_repo(folder)
    config = (repo.read_file(found.commit, CONFIG) or b"").decode(errors="replace")
    lessons = tuple(_report_lesson(each, trials, config) for each in found.lessons)
    return CoachingReport(found.path, found.commit, lessons, _judge_kinds(trials), found.skipped)


def name_marker(note_id: str) -> str:
    """Stands beside a check in the configuration, and says that the lesson was promoted to it."""
    return f"bricklayer: {name_ingredient(NOTE, note_id)}"


def _report_lesson(lesson: Lesson, trials: Mapping[str, "Trial"], config: str) -> LessonReport:
    from bot.storage.trials import Trial  # noqa: PLC0415  # SQLAlchemy: 0.2 s

    note_id = name_lesson(lesson.lesson)
    trial = trials.get(name_ingredient(NOTE, note_id), Trial())
    judgement = _judge(trial)
    is_check = name_marker(note_id) in config
    proposal, why = _propose(lesson, judgement, is_check=is_check)
    unread = judgement.verdict == "helps" and proposal == "keep"
    is_unread = unread and not (is_check or lesson.expired)
    return LessonReport(note_id, lesson, trial.uses, judgement, proposal, why, is_unread)


def _judge(trial: "Trial") -> Judgement:
    return judge_lesson(
        PassRate(trial.kept_passed, trial.kept), PassRate(trial.left_out_passed, trial.left_out)
    )


def _propose(lesson: Lesson, judgement: Judgement, *, is_check: bool) -> tuple[Proposal, str]:
    verdict = judgement.verdict
    if lesson.expired:
        return "keep", "it is over already, and shown to no model"
    if verdict in {"hurts", "does nothing"}:
        return "expire", f"it {verdict}, and takes room in every prompt for its files"
    if verdict == "not known yet":
        return "keep", "too few attempts went without it to tell"
    if is_check:
        return "keep", "it helps, and a check enforces it"
    rule = derive_rule(lesson.lesson)
    if isinstance(rule, NoRule):
        return "keep", f"it helps; no check follows from it: {rule.why}"
    return "promote", "it helps, and a check can see to it"


def _judge_kinds(trials: Mapping[str, "Trial"]) -> dict[str, Judgement]:
    """Of ingredients that are no notes: each is used a few times only, so a kind is judged."""
    sums: dict[str, list[Trial]] = defaultdict(list)
    for name, trial in trials.items():
        sums[name.partition(":")[0]].append(trial)
    return {
        kind: judge_lesson(
            PassRate(sum(t.kept_passed for t in found), sum(t.kept for t in found)),
            PassRate(sum(t.left_out_passed for t in found), sum(t.left_out for t in found)),
        )
        for kind, found in sorted(sums.items())
        if kind != NOTE
    }


def count_trials(folder: Path, settings: "Settings") -> Mapping[str, "Trial"]:
    """Of jobs that were built in this folder, and of those for the issues of its `origin`."""
    from bot.storage.trials import Trials  # noqa: PLC0415  # SQLAlchemy: 0.2 s

    history = find_history(settings)
    if history is None:
        return {}
    git_dir = open_repo(folder).git_dir
    keys = {str(git_dir), *_find_ids(history, git_dir, settings)}
    return Trials(history.store.engine).count(sorted(keys))


def _find_ids(history: OpenHistory, git_dir: Path, settings: "Settings") -> list[str]:
    from bot.storage.overview import EVERYTHING, Overview  # noqa: PLC0415  # SQLAlchemy: 0.2 s

    try:
        name = find_github_name(read_origin(git_dir), settings).lower()
    except UserError:  # it is nowhere on GitHub
        return []
    known = Overview(history.store.engine).list_github_repos(EVERYTHING)
    return [repo for repo, full_name in known.items() if full_name.lower() == name]
