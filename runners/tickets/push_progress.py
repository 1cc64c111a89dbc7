"""Pushes a build's work in progress while it goes on, so that a dead disk loses only what runs.

What to push is read from the mirror each time: the branch's head, and the commits of tasks that
passed and have not landed. An event only says that it is time to look. A thread of its own pushes,
so that the engine never waits for GitHub.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from bot.commit_trailers import parse_trailers
from bot.errors import GitError, UserError
from bot.git.commits import is_ancestor, list_commits
from bot.git.progress_commit import MAX_PASSED, ProgressError, read_progress, write_progress
from bot.git.repo import Repo
from bot.github.errors import GitHubError
from bot.github.mirror import Remote
from bot.logs.fields import carry_fields
from runners.build.load_plan import RunRequest, name_job
from runners.build.tries import list_passed
from runners.progress import ProgressEvent
from runners.queues.claim import WorkLostError

log = logging.getLogger("bricklayer")
COALESCE_SECONDS = 1.0
"""What lands within it is pushed together."""
FIRST_BACKOFF_SECONDS, MAX_BACKOFF_SECONDS = 1.0, 60.0
LAST_PUSH_SECONDS = 120.0
"""How long the end of a build waits for an outage of GitHub to end."""
STOPPED_PUSH_SECONDS = 10.0
"""The same for one that was stopped, as when this machine is shut down."""
TAKEN_OVER = "taken over by another machine: the work in progress on GitHub is no longer this one's"


@dataclass(frozen=True, slots=True)
class BuiltBranch:
    """Where a job builds: its branch, and the commit on which that began."""

    remote: Remote
    issue: int
    branch: str
    base: str
    job_id: str

    def read(self) -> tuple[str, tuple[str, ...]]:
        """The branch's head, and what passed beside it; nothing where there is no branch yet."""
        repo = self.remote.repo
        head = repo.branch_head(self.branch)
        return (head, tuple(self._list_passed(repo, head))[:MAX_PASSED]) if head else ("", ())

    def is_published(self, head: str) -> bool:
        """Whether the public branch has it already, as when a build begins."""
        public = self.remote.fetched_head(self.branch)
        return bool(public) and is_ancestor(self.remote.repo, head, public)

    def _list_passed(self, repo: Repo, head: str) -> Iterator[str]:
        found = list_passed(repo, self.job_id)
        landed = list_landed(repo, self.base, head) if found else frozenset()
        yield from (each.commit for each in found if each.task not in landed)


def list_landed(repo: Repo, base: str, head: str) -> frozenset[str]:
    """Tasks that a commit between the two names."""
    commits = list_commits(repo, base, head)
    return frozenset(parse_trailers(each.message).get("Bricklayer-Task", "") for each in commits)


@dataclass(slots=True)
class ProgressPusher:
    """`start` and `close` once each; `hear` any time, from any thread.

    `end_work` is called once where the work is no longer this machine's, `holds` says whether it
    is, which without a queue nobody can know; `is_lost` says from then on that it is not, and
    `taken_over` that another machine goes on with it.
    """

    built: BuiltBranch
    end_work: Callable[[], None]
    holds: Callable[[], bool] = lambda: False
    is_lost: bool = False
    taken_over: bool = False
    _seen: str = ""
    """What the server had last, as far as this machine knows."""
    _due: threading.Event = field(default_factory=threading.Event)
    _closing: threading.Event = field(default_factory=threading.Event)
    _gave_up: threading.Event = field(default_factory=threading.Event)
    _refused: set[str] = field(default_factory=set)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._seen = self.built.remote.seen_progress(self.built.issue)
        self._thread = threading.Thread(
            target=carry_fields(self._run), name="progress", daemon=True
        )
        self._thread.start()
        self._due.set()  # what a process that was killed had built, and nobody pushed

    def hear(self, event: ProgressEvent) -> None:
        """Look at the mirror again: something ended, which may have put a commit into it."""
        if event.what != "step":
            self._due.set()

    def close(self, seconds: float = LAST_PUSH_SECONDS) -> None:
        """Push what is left, for so long at most."""
        self._closing.set()
        self._due.set()
        if self._thread and not self._gave_up.is_set():
            self._thread.join(seconds)
            if self._thread.is_alive():
                log.warning("%s: its last commits could not be pushed", self._name)
        self._gave_up.set()

    @contextmanager
    def running(self) -> Iterator["ProgressPusher"]:
        """Where it was not closed with a time of its own, it is with that of stopped work."""
        self.start()
        try:
            yield self
        finally:
            self.close(STOPPED_PUSH_SECONDS)

    @property
    def _name(self) -> str:
        return self.built.remote.progress_ref(self.built.issue)

    def _run(self) -> None:
        pause = 0.0
        while not (self.is_lost or self._gave_up.is_set()):
            self._due.wait()
            # What lands meanwhile goes along; at the end nothing more comes.
            self._closing.wait(COALESCE_SECONDS)
            if pause:
                self._gave_up.wait(pause)
            self._due.clear()
            is_last = self._closing.is_set()
            try:
                self._push()
                pause = 0.0
            except WorkLostError as exc:
                self._let_go(str(exc), taken_over=exc.taken_over)
            except Exception as exc:  # noqa: BLE001  # a thread's boundary: tried again
                pause = min(max(FIRST_BACKOFF_SECONDS, 2 * pause), MAX_BACKOFF_SECONDS)
                log.warning("%s: tried again in %.0f s: %s", self._name, pause, _explain(exc))
                self._due.set()
            if is_last and not self._due.is_set():
                return

    def _push(self) -> None:
        head, passed = self.built.read()
        if not head or (not passed and self.built.is_published(head)):
            return
        for beside in dict.fromkeys((passed, ())):
            sha = write_progress(self.built.remote.repo, head, beside)
            if sha == self._seen or self.is_lost:
                return
            if sha not in self._refused and self._push_one(sha):
                return

    def _push_one(self, sha: str) -> bool:
        """Whether there is no need to try less; what has a secret stays here, and the job goes on.

        A step that publishes the branch tells people why that cannot be pushed.
        """
        try:
            self._push_leased(sha)
        except UserError as exc:
            self._refused.add(sha)
            log.warning("%s: not pushed: %s", self._name, exc)
            return False
        return True

    def _push_leased(self, sha: str) -> None:
        remote, issue = self.built.remote, self.built.issue
        while not self._gave_up.is_set():
            if remote.push_progress(issue, sha, self._seen):
                self._seen = sha
                return
            theirs = remote.fetch_progress(issue)
            if not (is_contained(remote.repo, theirs, sha) or self.holds()):
                self._let_go(f"{TAKEN_OVER} ({theirs[:12]})", taken_over=True)
                return
            self._seen = theirs

    def _let_go(self, why: str, *, taken_over: bool) -> None:
        log.warning("%s: %s", self._name, why)
        self.is_lost, self.taken_over = True, taken_over
        self.end_work()


def is_contained(repo: Repo, theirs: str, ours: str) -> bool:
    """Whether all that `theirs` tells of the branch is in `ours`; nothing is, and what is no such.

    So it is after a push of our own whose answer was lost, or that outlived its process.
    """
    try:
        return not theirs or is_ancestor(repo, read_progress(repo, theirs).head, ours)
    except ProgressError:
        return True  # whoever wrote it did not work on the job


def _explain(exc: Exception) -> str:
    return str(exc) if isinstance(exc, GitHubError | GitError) else f"{type(exc).__name__}: {exc}"


def find_built_branch(remote: Remote, issue: int, request: RunRequest) -> BuiltBranch:
    branch, job_id = name_job(request)
    return BuiltBranch(remote, issue, branch, request.base, job_id)
