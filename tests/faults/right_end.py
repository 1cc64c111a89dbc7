"""What the finished job looks like, whatever happened on the way to it."""

import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from fake_github.issues import Issue
from support.machine import OWN_MARK, pull_of
from support.processes import list_left_processes

from bot.commit_trailers import parse_trailers
from bot.storage.tables import ATTEMPTS
from faults.twelve import BRANCH, CALLS, TASKS, TREE, count_attempts, kind_of
from faults.word_models import TOKENS, WordModels
from faults.words_machine import WordsMachine
from faults.words_project import LANES, WordsProject


def require_right_run(
    project: WordsProject, code: int, out: str, *, kills: int = 0, whole_ledger: bool = True
) -> None:
    """Of `bricklayer run`. The ledger is not whole where the state folder was lost."""
    assert code == 0, out[-6000:]
    rows = read_attempts(project.database_url, project.state / "bricklayer")
    require_right_branch(project.repo, "main", BRANCH, rows if whole_ledger else None)
    require_paid_once(project.models_server, kills=kills)
    require_clean(project.room, project.repo, project.state / "bricklayer")
    assert project.git("status", "--porcelain") == "", "the person's checkout is as it was"


def require_right_ticket(
    issue: Issue, machine: WordsMachine, *, kills: int = 0, whole_ledger: bool = True
) -> None:
    """Of `bricklayer serve`: also one pull request and one comment."""
    assert machine.words
    assert len(issue.repo.pulls) == 1, issue.repo.pulls
    marked = [each for each in issue.comments if each.body.startswith(OWN_MARK)]
    assert len(marked) == 1, marked
    state = machine.room / "state"
    rows = read_attempts(machine.database, state)
    head = pull_of(issue).head_sha
    told = rows if whole_ledger else None
    require_right_branch(issue.repo.git.path, issue.repo.default_branch, head, told)
    require_paid_once(machine.words, kills=kills, lanes=machine.lanes)
    refs = issue.repo.git.git("for-each-ref", "--format=%(refname)", "refs/bricklayer").split()
    assert len(refs) <= 1, refs


def require_right_branch(
    repo: Path,
    base: str,
    head: str,
    rows: Sequence[Mapping[str, Any]] | None,
    *,
    whole_calls: bool = True,
) -> None:
    """The tree of the undisturbed job, one commit a task, and a ledger that adds up.

    Of calls that broke off the tokens are estimated: then they are not all `whole_calls`.
    """
    assert _added_files(repo, base, head) == TREE
    commits = {c["Bricklayer-Task"]: c for c in list_commits(repo, base, head)}
    tasks = [commit["Bricklayer-Task"] for commit in list_commits(repo, base, head)]
    assert sorted(tasks) == sorted(TASKS), "one commit a task"
    if rows is None:
        return
    counted = Counter(str(row["task"]) for row in rows)
    assert counted == count_attempts(), "every attempt stands in the table once"
    for task, commit in commits.items():
        spent = sum(_count_tokens(row["row"]) for row in rows if row["task"] == task)
        told = int(commit["Bricklayer-Tokens-In"]) + int(commit["Bricklayer-Tokens-Out"])
        assert told == spent, f"{task}: the commit's trailers are the sum of its rows"
        assert spent % TOKENS == 0 or not whole_calls


def require_paid_once(models: WordModels, *, kills: int, lanes: int = LANES) -> None:
    """A kill may cost what was in flight: one call a lane, and each call at most once a kill."""
    repeated = models.repeated()
    assert all(times <= kills for times in repeated.values()), repeated
    assert repeated.total() <= kills * lanes, repeated


def require_recorded_once(project: WordsProject) -> None:
    """No call was made again after its answer was recorded."""
    met = project.room / "boundaries"
    for task in TASKS:
        names = met.glob(f"job:{task}.*.ask_tier.recorded")
        recorded = sorted(names, key=lambda path: int(path.name.split(".")[1]))
        for nth, (tier, path) in enumerate(zip(CALLS[kind_of(task)], recorded, strict=False)):
            calls = [c for c in project.models_server.calls if (c.task, c.tier) == (task, tier)]
            same = [c for c in calls if tier == "senior" or c.failed == bool(nth)]
            late = [c.at - path.stat().st_mtime for c in same if c.at > path.stat().st_mtime]
            assert not late, f"{task}: attempt {nth + 1} was paid for again after {late} s"


def require_clean(room: Path, repo: Path, state: Path) -> None:
    told = git(repo, "fsck", "--strict", "--no-dangling", "--no-progress")
    assert not told, told
    folder = Path(git(repo, "rev-parse", "--absolute-git-dir"))
    locks = [str(path) for path in folder.rglob("*.lock")]
    assert not locks, locks
    refs = git(repo, "for-each-ref", "--format=%(refname)", "refs/bricklayer").split()
    assert not refs, refs
    assert not list(state.glob("jobs/*/lanes/*")), "no checkout is left"
    logs = [path for path in state.glob("jobs/*/story.sqlite-wal") if path.stat().st_size]
    assert not logs, "what was recorded is in one file"
    assert list_left_processes(room) == []


def read_attempts(database_url: str, state: Path) -> Sequence[Mapping[str, Any]]:
    url = database_url or f"sqlite:///{state}/bricklayer.sqlite"
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as db:
        rows = [dict(row) for row in db.execute(sa.select(ATTEMPTS)).mappings()]
    engine.dispose()
    return rows


def list_commits(repo: Path, base: str, head: str) -> list[dict[str, str]]:
    """The trailers of each commit that a task made, oldest first."""
    shas = git(repo, "log", "--reverse", "--format=%H", f"{base}..{head}").split()
    told = [parse_trailers(git(repo, "log", "-1", "--format=%B", sha)) for sha in shas]
    return [trailers for trailers in told if "Bricklayer-Task" in trailers]


def git(repo: Path, *args: str) -> str:
    argv = ["git", "-c", "safe.directory=*", *args]
    done = subprocess.run(argv, cwd=repo, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.strip()


def _added_files(repo: Path, base: str, head: str) -> dict[str, str]:
    paths = git(repo, "diff", "--name-only", f"{base}...{head}").split()
    return {path: git(repo, "show", f"{head}:{path}") + "\n" for path in paths}


def _count_tokens(row: Mapping[str, Any]) -> int:
    fell = sum(fall["tokens_in"] + fall["tokens_out"] for fall in row["failures"])
    return int(row["tokens_in"] + row["tokens_out"] + fell)
