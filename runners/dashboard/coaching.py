"""A repository's lessons, as its default branch has them, and how attempts went with them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.coaching.notes import name_lesson
from bot.config.machine import state_dir
from bot.errors import GitError, UserError
from bot.github.mirror import ORIGIN, name_mirror
from bot.storage.overview import Overview, RepoLine, Visible
from bot.storage.statistics import Statistics
from runners.dashboard.weeks import Rate, make_rate
from runners.history.list_lessons import Lesson, SkippedSection, list_lessons
from runners.history.open_history import OpenHistory


@dataclass(frozen=True, slots=True)
class ShownLesson:
    """`rate` is of the attempts whose prompt showed it; None where none did."""

    lesson: Lesson
    rate: Rate | None


@dataclass(frozen=True, slots=True)
class RepoLessons:
    """`why` says why nothing is known of a repository's lessons here."""

    repo: str
    lessons: tuple[ShownLesson, ...] = ()
    skipped: tuple[SkippedSection, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class CoachingPage:
    """`repo` is one of `names`; `with_lessons` and `without` are of all attempts that are seen."""

    names: Sequence[str]
    repo: RepoLessons | None
    with_lessons: Rate
    without: Rate


def read_coaching_page(
    history: OpenHistory, overview: Overview, visible: Visible, asked: str = ""
) -> CoachingPage:
    """`asked` is a repository's name; else the first is shown. One at a time: git is asked."""
    statistics = Statistics(overview.engine)
    names = overview.list_github_repos(visible)
    ids = {name: repo for repo, name in names.items()}
    counts = statistics.count_passes(visible, 0.0)
    name = asked if asked in ids else min(ids, default="")
    repo = overview.find_github_repo(visible, ids[name]) if name else None
    rates = _rate_lessons(statistics, Visible(frozenset({ids[name]}))) if name else {}
    return CoachingPage(
        sorted(ids),
        _read_repo(history, repo, rates) if repo else None,
        _sum("with lessons", [(e.attempts, e.passed) for e in counts if e.coached]),
        _sum("without", [(e.attempts, e.passed) for e in counts if not e.coached]),
    )


def _sum(name: str, counts: Sequence[tuple[int, int]]) -> Rate:
    return make_rate(name, sum(each for each, _ in counts), sum(good for _, good in counts))


def _rate_lessons(statistics: Statistics, visible: Visible) -> dict[str, Rate]:
    """By the id of the lesson's words."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for note, passed, count in statistics.count_lessons(visible, 0.0):
        counts[note][0] += count
        counts[note][1] += count if passed else 0
    return {note: make_rate(note, *both) for note, both in counts.items()}


def _read_repo(history: OpenHistory, repo: RepoLine, rates: Mapping[str, Rate]) -> RepoLessons:
    mirror = _find_mirror(history, repo)
    if not mirror.is_dir():
        return RepoLessons(repo.name, why="it was not fetched to this machine yet")
    try:
        found = list_lessons(mirror, f"{ORIGIN}/{repo.default_branch}")
    except (GitError, UserError, OSError):
        return RepoLessons(repo.name, why="its default branch was not fetched to this machine yet")
    shown = (ShownLesson(each, rates.get(name_lesson(each.lesson))) for each in found.lessons)
    return RepoLessons(repo.name, tuple(shown), found.skipped)


def _find_mirror(history: OpenHistory, repo: RepoLine) -> Path:
    name = name_mirror(history.settings.github.api_url, repo.id)
    return state_dir(history.settings) / "mirrors" / name
