"""A fleet of one server and two workers on PostgreSQL: a worker that is killed, and a whole night.

The jobs are those of `tests/faults`: real git, sandboxes, processes and HTTP, models that answer
from a script. What must be right at the end is what the fault tests hold, for every job.
"""

import random
import statistics
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fake_github.issues import Issue
from fake_github.server import serving
from fake_github.world import GitHub
from faults.cluster import Cluster
from faults.fleet import Fleet, open_fleet
from faults.right_end import list_commits
from faults.twelve import TASKS
from faults.word_models import WordModels, serve_words
from faults.words_machine import REPO, words_issue
from stage import Unchecked
from support.machine import headline
from support.postgres import create_database, open_postgres
from support.tcp_proxy import TcpProxy, proxy_to

ROUNDS = 3
LANES = 2
KILL_SECONDS = 60.0
LEAST_TOLD_BYTES = 10_000
FAILURES = 0.05
MOST_SECONDS = 4 * 3600.0
LIMITS = """\
per_person_an_hour = 10000
per_repo_an_hour = 10000
[spending]
open_pulls = 10000
repository_open_pulls = 10000
"""
"""One person labels all of them, in one repository: by default 20 an hour are begun."""
ENDS = ("waiting for CI", "ready for review", "blocked", "paused", "cancelled")
"""Where a job does not go on by itself: CI is never told to end."""


def measure_recovery() -> None:
    """A worker is killed while it builds: seconds until the other asks for its first task."""
    took = []
    for _ in range(ROUNDS):
        took.append(_recover())
        print(f"first task resumed after {took[-1]:.1f} s", flush=True)
    print(f"median {statistics.median(took):.1f} s")


def _recover() -> float:
    with _open_stage() as stage:
        fleet, words = stage.fleet, stage.words
        words.pause = 0.3
        _, first = fleet.begin_build(stage.github)
        time.sleep(random.uniform(1, 6))  # noqa: S311  # somewhere between two heartbeats
        first.kill_group()
        began, before = time.monotonic(), len(words.calls)
        while len(words.calls) == before:
            time.sleep(0.05)
        return time.monotonic() - began


@dataclass
class Stage:
    github: GitHub
    words: WordModels
    fleet: Fleet
    models: TcpProxy
    cluster: Cluster


@contextmanager
def _open_stage() -> Iterator[Stage]:
    with (
        tempfile.TemporaryDirectory() as folder,
        serving() as github,
        serve_words() as words,
        open_postgres() as server,
    ):
        github.schema = Unchecked()  # type: ignore[assignment]
        cluster = Cluster(server)
        url = create_database(cluster.url)
        host, _, port = words.server.url.removeprefix("http://").partition("/")[0].partition(":")
        with (
            proxy_to((host, int(port))) as models,
            open_fleet(Path(folder), github, words, url) as fleet,
        ):
            for machine in fleet.machines:
                machine.lanes = LANES
                machine.limits = LIMITS
                machine.model_url = f"http://127.0.0.1:{models.port}/v1"
            yield Stage(github, words, fleet, models, cluster)


@dataclass
class Night:
    """What goes wrong in it, and how often it did."""

    stage: Stage
    chance: random.Random
    over: threading.Event = field(default_factory=threading.Event)
    kills: Counter[str] = field(default_factory=Counter)

    def kill_now_and_then(self) -> None:
        while not self.over.wait(KILL_SECONDS):
            machine = self.chance.choice(self.stage.fleet.machines)
            machine.kill_group()
            self.kills[machine.room.name] += 1
            self.over.wait(self.chance.uniform(0, 5))
            machine.start()


def measure_night(jobs: int = 10, minutes: float = 0.5, seed: int = 1) -> None:
    """Two machines of two lanes; a kill a minute, models that fail and go, a database restarted."""
    with _open_stage() as stage:
        fleet, words = stage.fleet, stage.words
        issues = _open_issues(stage.github, jobs)
        words.fail_now_and_then(FAILURES, seed)
        fleet.start()
        before = _measure_disks(fleet)
        began = time.monotonic()
        for issue in issues:
            issue.label("bricklayer", by=stage.github.person("mona"))
        night = Night(stage, random.Random(seed))  # noqa: S311
        killing = threading.Thread(target=night.kill_now_and_then, daemon=True)
        killing.start()
        _wait_until_ended(issues, max(1, jobs // 4), began)
        stage.models.refuse()
        time.sleep(60 * minutes)
        stage.models.heal()
        _wait_until_ended(issues, max(1, jobs // 2), began)
        stage.cluster.crash()
        _wait_until_ended(issues, jobs, began)
        took = time.monotonic() - began
        night.over.set()
        killing.join()
        _tell_night(issues, night, took)
        for machine in fleet.machines:
            machine.stop()
        _tell_disks(before, _measure_disks(fleet))


def _open_issues(github: GitHub, jobs: int) -> list[Issue]:
    first = words_issue(github)
    by = github.person("hubot-fan")
    more = [
        github.issue(REPO, f"Words {number}", "Write twelve words.", by=by)
        for number in range(1, jobs)
    ]
    return [first, *more]


def _wait_until_ended(issues: Sequence[Issue], wanted: int, began: float) -> None:
    while sum(headline(issue) in ENDS for issue in issues) < wanted:
        time.sleep(1)
        if time.monotonic() - began > MOST_SECONDS:
            print(f"not ended after {MOST_SECONDS:.0f} s: {Counter(map(headline, issues))}")
            return


def _tell_night(issues: Sequence[Issue], night: Night, took: float) -> None:
    words, kills = night.stage.words, night.kills.total()
    ends = Counter(map(headline, issues))
    wrong = [issue.number for issue in issues if not _is_right(issue)]
    pulls = Counter(pull.head_ref for pull in issues[0].repo.pulls)
    tasks = len(issues) * len(TASKS)
    paid = words.repeated(len(issues))
    print(
        f"{len(issues)} jobs, {tasks} tasks in {took:.0f} s; kills {dict(night.kills)},"
        f" {words.failures} calls failed; ends: {dict(ends)}"
    )
    print(
        f"not as undisturbed: {wrong or 'none'}; pull requests {len(pulls)}, at most"
        f" {max(pulls.values(), default=0)} a branch; calls beyond the needed:"
        f" {paid.total()} = {words.failures} that failed + {paid.total() - words.failures}"
        f" of {kills * LANES} that {kills} kills of {LANES} lanes allow"
    )


def _is_right(issue: Issue) -> bool:
    """Each task is one commit on the branch of its one pull request."""
    pulls = [p for p in issue.repo.pulls if p.head_ref.startswith(f"bricklayer/{issue.number}-")]
    if len(pulls) != 1:
        return False
    commits = list_commits(issue.repo.git.path, issue.repo.default_branch, pulls[0].head_sha)
    return sorted(c["Bricklayer-Task"] for c in commits) == sorted(TASKS)


def _measure_disks(fleet: Fleet) -> Counter[str]:
    """Bytes of the state folders of all machines, by what is in them."""
    sizes: Counter[str] = Counter()
    for machine in fleet.machines:
        state = machine.room / "state"
        for path in state.rglob("*"):
            if path.is_file() and not path.is_symlink():
                sizes[_kind(path.relative_to(state))] += path.lstat().st_size
    return sizes


def _kind(path: Path) -> str:
    return "/".join((path.parts[0], path.parts[2])) if path.parts[0] == "jobs" else path.parts[0]


def _tell_disks(before: Counter[str], after: Counter[str]) -> None:
    told = ", ".join(
        f"{name} {size / 1e6:.2f}"
        for name, size in sorted(after.items())
        if size > LEAST_TOLD_BYTES
    )
    print(f"MB of all state folders: {before.total() / 1e6:.2f} before; after: {told}")
