"""Work in progress leaves the machine while it is built, and any machine begins there."""

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from fake_github.issues import Issue
from fake_github.world import GitHub
from support.in_process import BRANCH, Inside, placed
from support.machine import status
from support.tickets import amend as with_fields

from bot.git.commits import commit_tree
from bot.git.progress_commit import Progress, read_progress, write_progress
from bot.git.references import move_branch
from bot.git.write_tree import write_tree
from bot.github.mirror import Remote, open_remote
from bot.ticket.model import Ticket
from bot.ticket.progress import Round
from bot.ticket.stages import Stage
from runners.build.load_plan import name_job
from runners.build.tries import TRIES
from runners.progress import ProgressEvent, Report
from runners.queues.states import WorkQueue
from runners.tickets import push_progress, stage_building
from runners.tickets.push_progress import ProgressPusher
from runners.tickets.services import Services
from runners.worker_process.main import WorkRequest, WorkResult

pytestmark = pytest.mark.slow
REF = "refs/bricklayer/wip/1"
NAMES = ("one", "two", "three")
PLAN = """\
---
title: Withdraw must subtract
checks: [test]
---
It adds.

## Phase: Implement
""" + "".join(
    f"\n### Task: {name}\n- file: {name}.py\n- check: test\n\nWrite it.\n" for name in NAMES
)
Build = Callable[["Engine"], None]


class Engine:
    """In the place of the engine's process: what a test says lands on the branch of the mirror."""

    def __init__(self, remote: Remote, work: WorkRequest, hear: Report) -> None:
        self.remote, self.repo, self.work, self.hear = remote, remote.repo, work, hear
        self.branch, self.job = name_job(work.build)

    def commit(self, task: str, onto: str = "", text: str = "1\n") -> str:
        onto = onto or self.repo.branch_head(self.branch)
        tree = write_tree(self.repo, onto, {f"{task}.py": text.encode()})
        trailers = f"Bricklayer-Job: {self.job}\nBricklayer-Task: {task}"
        return commit_tree(self.repo, tree, onto, f"{task}: write it\n\n{trailers}\n")

    def land(self, task: str, text: str = "1\n") -> str:
        sha = self.commit(task, text=text)
        assert move_branch(self.repo, self.branch, sha, self.repo.branch_head(self.branch))
        self.hear(ProgressEvent("task", sha[:12], task, good=True, facts={"landed": sha}))
        return sha

    def pass_beside(self, task: str) -> str:
        sha = self.commit(task, self.work.build.base)
        self.repo.run("update-ref", f"{TRIES}/{self.job}/{task}/passed", sha)
        self.hear(ProgressEvent("task", sha[:12], task, good=True, facts={"passed": sha}))
        return sha


@pytest.fixture
def issue(github: GitHub, bot: Inside) -> Issue:
    made = placed(github, bot, Stage.BUILDING)
    repo = bot.services.open_mirror(bot.ticket).repo
    head = repo.branch_head(BRANCH)
    amend(bot, round=Round("plan", PLAN, head), tasks=())
    return made


def amend(bot: Inside, **more: object) -> None:
    bot.services.tickets.change_ticket(bot.ticket.key, lambda now: with_fields(now, **more))


def run_engine(monkeypatch: pytest.MonkeyPatch, build: Build) -> None:
    def run_work(self: Services, ticket: Ticket, work: WorkRequest, hear: Report) -> WorkResult:
        build(Engine(self.open_mirror(ticket), work, hear))
        return WorkResult(passed=False, why="stopped", stopped=True)

    monkeypatch.setattr(Services, "run_work", run_work)


def on_server(issue: Issue) -> str:
    return str(issue.repo.git.refs().get(REF, ""))


def tell(bot: Inside) -> Progress:
    """What the server tells of it to a machine that asks now."""
    remote = bot.services.open_mirror(bot.ticket)
    return read_progress(remote.repo, remote.fetch_progress(1))


def wait_for(condition: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(600):
        if condition():
            return
        pause.wait(0.02)
    raise AssertionError("it never came")


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(push_progress, "COALESCE_SECONDS", 0.0)


def test_each_landing_is_on_the_server_before_the_next_is_over(
    bot: Inside, issue: Issue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what passed beside it, until it has landed."""

    def build(engine: Engine) -> None:
        for name in NAMES[:2]:
            sha = engine.land(name)
            wait_for(lambda sha=sha: has(issue, sha))  # type: ignore[misc]
        beside = engine.pass_beside("three")
        wait_for(lambda: has(issue, beside))
        assert tell(bot).passed == (beside,)
        engine.land("three")

    run_engine(monkeypatch, build)
    bot.advance()
    repo = bot.services.open_mirror(bot.ticket).repo
    assert tell(bot) == Progress(repo.branch_head(BRANCH))


def has(issue: Issue, sha: str) -> bool:
    told = issue.repo.git.git("rev-list", on_server(issue) or "none", check=False)
    return sha in told.split()


@pytest.mark.usefixtures("issue")
def test_another_machine_begins_where_the_ref_is(
    bot: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what had passed beside it; and nothing that is not of this job's tasks."""
    landed: list[str] = []

    def first(engine: Engine) -> None:
        landed.append(engine.land("one"))
        landed.append(engine.pass_beside("two"))
        repo, foreign = engine.repo, engine.commit("four", engine.work.build.base)
        repo.run("update-ref", f"{TRIES}/{engine.job}/four/passed", foreign)

    run_engine(monkeypatch, first)
    bot.advance()
    repo = bot.services.open_mirror(bot.ticket).repo
    repo.run("update-ref", f"refs/heads/{BRANCH}", bot.ticket.remote.head)
    for ref in repo.read_output("for-each-ref", "--format=%(refname)", TRIES).split():
        repo.run("update-ref", "-d", ref)
    seen: list[str] = []

    def second(engine: Engine) -> None:
        seen.append(engine.repo.branch_head(BRANCH))
        seen.extend(engine.repo.read_output("for-each-ref", "--format=%(refname)", TRIES).split())

    run_engine(monkeypatch, second)
    amend(bot, wake_at=0.0)
    bot.advance()
    job = name_job(bot.services.build_request(bot.ticket))[1]
    assert seen == [landed[0], f"{TRIES}/{job}/two/passed"]


@pytest.mark.parametrize("holds", [False, True])
def test_where_another_machine_pushed_the_work_goes_on_only_if_it_is_still_ours(
    bot: Inside, issue: Issue, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, holds: bool
) -> None:
    """Else it is stopped, and nothing of it is pushed, told or blocked."""
    stopped: list[str] = []
    pusher = partial(ProgressPusher, holds=lambda: holds)
    monkeypatch.setattr(stage_building, "ProgressPusher", pusher)
    monkeypatch.setattr(Services, "stop_work", lambda _self, key: stopped.append(key))

    def build(engine: Engine) -> None:
        engine.land("one")
        wait_for(lambda: bool(on_server(issue)))
        theirs = push_as_another(engine.remote, tmp_path, engine.repo.branch_head(BRANCH))
        ours = engine.land("two")
        wait_for(lambda: bool(stopped) or on_server(issue) not in {"", theirs})
        assert has(issue, ours) is holds

    run_engine(monkeypatch, build)
    head = bot.ticket.remote.head
    ticket = bot.advance()
    assert bool(stopped) is not holds
    assert ticket.stage is Stage.BUILDING
    assert ticket.wake_at > bot.services.now() + (0 if holds else 60)
    assert (ticket.remote.head == head) is not holds
    assert issue.repo.git.sha(BRANCH) == ticket.remote.head


def push_as_another(remote: Remote, room: Path, head: str) -> str:
    """From a mirror of its own, on top of `head`; without one, only what was there before."""
    other = open_remote(room / "other.git", remote.url, remote.token, remote.secrets)
    other.fetch()
    seen = other.fetch_progress(1)
    theirs = f"{read_progress(other.repo, seen).head}^"
    if head:
        tree = write_tree(other.repo, head, {"theirs.py": b"1\n"})
        theirs = commit_tree(other.repo, tree, head, "theirs\n")
    sha = write_progress(other.repo, other.repo.resolve_rev(theirs))
    assert other.push_progress(1, sha, seen)
    return sha


def test_what_holds_nothing_that_we_lack_is_no_other_machine(
    bot: Inside, issue: Issue, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As what our own push left there that outlived its process, or a reference that is gone."""
    stopped: list[str] = []
    monkeypatch.setattr(Services, "stop_work", lambda _self, key: stopped.append(key))

    def build(engine: Engine) -> None:
        one = engine.land("one")
        wait_for(lambda: has(issue, one))
        push_as_another(engine.remote, tmp_path, "")
        two = engine.land("two")
        wait_for(lambda: has(issue, two))
        issue.repo.git.git("update-ref", "-d", REF)
        three = engine.land("three")
        wait_for(lambda: has(issue, three))

    run_engine(monkeypatch, build)
    bot.advance()
    assert not stopped


@pytest.mark.usefixtures("issue")
def test_an_outage_of_github_delays_the_push_and_not_the_work(
    github: GitHub, bot: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tried again by itself, and what is pushed at last is all of it."""

    def build(engine: Engine) -> None:
        github.fail("POST", "git-receive-pack", 502, times=2)
        for name in NAMES:
            engine.land(name)

    run_engine(monkeypatch, build)
    monkeypatch.setattr(push_progress, "FIRST_BACKOFF_SECONDS", 0.01)
    bot.advance()
    repo = bot.services.open_mirror(bot.ticket).repo
    assert tell(bot).head == repo.branch_head(BRANCH)


def test_a_secret_in_a_commit_stays_here_and_the_build_goes_on(
    bot: Inside, issue: Issue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of what passed beside the branch nothing goes then, and the branch all the same."""
    token = "ghp_" + "a1B2" * 9

    def build(engine: Engine) -> None:
        landed = engine.land("one")
        wait_for(lambda: has(issue, landed))
        tree = write_tree(engine.repo, engine.work.build.base, {"two.py": token.encode()})
        text = f"two\n\nBricklayer-Job: {engine.job}\nBricklayer-Task: two\n"
        beside = commit_tree(engine.repo, tree, engine.work.build.base, text)
        engine.repo.run("update-ref", f"{TRIES}/{engine.job}/two/passed", beside)
        engine.land("three")
        engine.land("two", text=token)

    run_engine(monkeypatch, build)
    bot.advance()
    assert token not in issue.repo.git.git("log", "-p", "--all")
    assert tell(bot).passed == ()


@pytest.mark.usefixtures("issue")
@pytest.mark.parametrize("how", ["garbage", "of an earlier job"])
def test_what_is_none_of_the_jobs_progress_is_not_taken_up_but_replaced(
    bot: Inside, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    remote = bot.services.open_mirror(bot.ticket)
    base = remote.fetched_head("main")
    tree = write_tree(remote.repo, base, {"old.py": b"1\n"})
    old = commit_tree(remote.repo, tree, base, "Old\n")
    sha = write_progress(remote.repo, old) if how == "of an earlier job" else old
    assert remote.push_progress(1, sha, "")
    remote.repo.run("update-ref", "-d", REF)
    before = remote.repo.branch_head(BRANCH)
    seen: list[str] = []

    def build(engine: Engine) -> None:
        seen.append(engine.repo.branch_head(BRANCH))
        engine.land("one")

    run_engine(monkeypatch, build)
    bot.advance()
    assert seen == [before]
    assert tell(bot).head == remote.repo.branch_head(BRANCH) != before


def test_a_build_that_has_nothing_to_push_asks_nothing(
    bot: Inside, issue: Issue, monkeypatch: pytest.MonkeyPatch
) -> None:
    pushes: list[str] = []
    monkeypatch.setattr(Remote, "push_progress", lambda *_: pushes.append("x"))
    run_engine(monkeypatch, lambda _engine: None)
    bot.advance()
    assert not pushes
    assert not on_server(issue)


def test_what_an_earlier_round_gave_up_is_not_taken_up_by_the_next(
    bot: Inside, issue: Issue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a merge that could not be settled: it stands on the branch as it was pushed, too."""
    given_up: list[str] = []
    run_engine(monkeypatch, lambda engine: given_up.append(engine.land("one")))
    bot.advance()
    repo, head = bot.services.open_mirror(bot.ticket).repo, issue.repo.git.sha(BRANCH)
    assert given_up[0] == head
    merged = commit_tree(repo, f"{head}^{{tree}}", head, "Merge the base\n")
    amend(bot, round=Round("plan", PLAN, merged))
    assert move_branch(repo, BRANCH, merged, head)

    def build(engine: Engine) -> None:
        given_up.append(engine.land("two"))
        wait_for(lambda: has(issue, given_up[1]))

    run_engine(monkeypatch, build)
    amend(bot, wake_at=0.0)
    monkeypatch.setattr(Remote, "push", lambda *_: False)
    bot.advance()
    repo.run("update-ref", f"refs/heads/{BRANCH}", head)
    amend(bot, round=Round("ci", PLAN, head), wake_at=0.0)
    seen: list[str] = []
    run_engine(monkeypatch, lambda engine: seen.append(engine.repo.branch_head(BRANCH)))
    bot.advance()
    assert seen == [head]


def test_who_leads_publishes_what_another_machine_built(
    bot: Inside, issue: Issue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own mirror has an older state of the branch, from when it led before."""
    built: list[str] = []

    def build(engine: Engine) -> None:
        built.extend(engine.land(name) for name in NAMES)

    run_engine(monkeypatch, build)
    monkeypatch.setattr(stage_building, "_push_passed", lambda _services, ticket: ticket)
    bot.advance()
    repo = bot.services.open_mirror(bot.ticket).repo
    repo.run("update-ref", f"refs/heads/{BRANCH}", built[0])
    queue = SimpleNamespace(is_shared=True, find_states=lambda _: {}, cancel=lambda _: None)
    bot.services.queue = cast("WorkQueue", queue)
    amend(bot, stage=Stage.PUBLISHING, wake_at=0.0)
    ticket = bot.advance()
    assert issue.repo.git.sha(BRANCH) == ticket.remote.head == built[-1], status(issue)
