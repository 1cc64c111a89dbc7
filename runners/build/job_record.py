"""A job's record in the database: its state, and what it has spent of its limits."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.config.repository import JobLimits
from bot.job_states import JobEvent, JobState, advance_state, is_settled
from bot.ledger import LedgerRow
from bot.models.model import is_reflection
from bot.spending import SpendingCapError

if TYPE_CHECKING:
    # Importing SQLAlchemy takes half a second of processor time.
    import sqlalchemy as sa

    from bot.storage.jobs import JobRow, Store


LOOK_SECONDS = 1.0
"""Between two looks whether what other lanes have asked for has come."""


class JobLimitError(SpendingCapError):
    """The job has used up one of its `[limits]`: it pauses until a person has it go on."""


class JobRecord:
    """Changes its state only as `bot.job_states` allows. `row` is what was stored last.

    Time in which no process built the job is not spent: the clock starts with `begin_run`. It is
    the monotonic one, which neither a change of the date nor a suspended machine moves:
    https://docs.python.org/3.11/library/time.html#time.monotonic
    """

    def __init__(
        self,
        store: "Store",
        row: "JobRow",
        limits: JobLimits,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.row = row
        self._store = store
        self._limits = limits
        self._clock = clock
        self._began = clock()
        self._spent_before = row.seconds
        self._saving = threading.Lock()
        self._lock = threading.Lock()
        self._tokens: dict[tuple[str, int], int] = {}
        self._spent: int | None = None
        self._in_flight: dict[tuple[str, int], int] = {}
        self._entered = threading.Condition(self._lock)
        self._old: tuple[float, frozenset[str]] | None = None

    def begin_run(
        self, workflow_version: str, *, anew: bool = False, fresh: bool = False, resumes: int = 0
    ) -> None:
        """Take the job up: a settled one as its next run, an interrupted one where it was.

        `anew`: as its next run in any case, within what is left of its limits; `fresh`: with all
        of them again. `resumes` is how often a person had the job go on; each new time allows as
        much again where a limit was reached.
        """
        state, run = JobState(self.row.state), self.next_run(anew=anew or fresh)
        row = replace(self.row, workflow_version=workflow_version)
        since = row.limits_since or row.run
        row = replace(row, begun_with=run) if fresh else row
        if is_settled(state) or fresh:
            row, since = replace(row, seconds=0.0, allowances=1), run
        if run != row.run:
            row = replace(row, run=run, started=time.time())
        self.row = replace(row, limits_since=since)
        self._began, self._spent_before, self._spent = self._clock(), self.row.seconds, None
        self._grant(resumes)
        if is_settled(state):
            self.apply_event(JobEvent.RETRY)
        elif state is not JobState.PLANNED:
            self.apply_event(JobEvent.INTERRUPT)
        self.apply_event(JobEvent.START)

    def next_run(self, *, anew: bool = False) -> int:
        """The number of the run that `begin_run` would begin, or go on with."""
        state = JobState(self.row.state)
        # A job that never began has no run to set aside.
        return self.row.run + (is_settled(state) or (anew and self.has_begun))

    def reopen(self) -> "JobRecord":
        """Another one of the job: what is still entered by this one stays with its run."""
        row = replace(self.row, seconds=self.seconds)
        return JobRecord(self._store, row, self._limits, self._clock)

    @property
    def has_begun(self) -> bool:
        """Whether there is anything of the row's run; one killed while taken up is `planned`."""
        return JobState(self.row.state) is not JobState.PLANNED or self._has_attempts

    @property
    def has_built(self) -> bool:
        """Whether more than its base may have been looked at."""
        looked = {JobState.PLANNED, JobState.PREFLIGHT}
        return JobState(self.row.state) not in looked or self._has_attempts

    @property
    def _has_attempts(self) -> bool:
        return bool(self._store.list_attempts(self.row.id, self.row.run))

    def list_before(self, task_id: str) -> tuple[LedgerRow, ...]:
        """What the task cost in runs before this one, since its branch was begun."""
        runs = range(self.row.begun_with, self.row.run)
        rows = (row for run in runs for row in self._list_attempts(run))
        return tuple(row for row in rows if row.task == task_id)

    def list_dropped(self) -> tuple[LedgerRow, ...]:
        """What runs cost that this one stands in for: nobody was told of their end."""
        runs = range(self.row.limits_since or self.row.run, self.row.run)
        return tuple(row for run in runs for row in self._list_attempts(run))

    def list_counted(self) -> tuple[LedgerRow, ...]:
        """The rows of all runs that share the job's limits."""
        return (*self.list_dropped(), *self._list_attempts(self.row.run))

    @property
    def engine(self) -> "sa.Engine":
        """Of the database, for what is kept beside the job."""
        return self._store.engine

    @property
    def repo_key(self) -> str:
        """A repository's key on GitHub, or its folder."""
        return self.row.ticket.partition("#")[0] or self.row.repo

    def list_entered(self, task: str, number: int) -> tuple[LedgerRow, ...]:
        """The rows of one attempt in those runs."""
        return tuple(row for row in self.list_dropped() if (row.task, row.number) == (task, number))

    def has_entered(self, task: str, number: int) -> bool:
        """Whether this run has such a row already."""
        rows = self._list_attempts(self.row.run)
        return any((row.task, row.number) == (task, number) for row in rows)

    def list_reflections(self) -> tuple[LedgerRow, ...]:
        """What this run's models said of its tasks cost."""
        rows = self._list_attempts(self.row.run)
        return tuple(row for row in rows if is_reflection(row.task))

    def is_on_branch(self, job_id: str) -> bool:
        """Whether another job builds on the same branch, as an earlier form of the plan did."""
        other = self._store.find_job(job_id)
        here = (self.row.repo, self.row.branch)
        return other is not None and (other.repo, other.branch) == here

    def list_earlier(self) -> tuple[LedgerRow, ...]:
        """What the runs on the branch before this one cost, oldest first."""
        return tuple(self._store.list_earlier(self.row))

    def apply_event(self, event: JobEvent) -> None:
        with self._saving:
            state = advance_state(JobState(self.row.state), event)
            self.row = replace(self.row, state=state, seconds=self.seconds)
            self._store.save_job(self.row)

    def add_attempt(self, row: LedgerRow) -> None:
        """Safe from any thread; entering an attempt again after a kill changes nothing."""
        self._store.save_attempt(self.row.id, self.row.run, row, self.repo_key)
        with self._lock:
            self._count(row)
        self._release(row.task, row.number)

    @contextmanager
    def reserve(self, task: str, number: int, bound: int) -> Iterator[None]:
        """Count an attempt with the most it may take, until it is entered with what it took.

        While what other lanes have asked for may use up the limit, it is waited for: then it is
        known. Raises JobLimitError where nothing is left. An attempt that ends in an error counts
        for nothing.
        """
        most = self._limits.tokens * self.row.allowances
        while True:
            spent = self._sum_tokens()
            with self._entered:
                flying = sum(most for key, most in self._in_flight.items() if key != (task, number))
                if not flying or spent + flying < most:
                    self._in_flight[task, number] = bound
                    break
                self._entered.wait(LOOK_SECONDS)
        try:
            self.require_room()
            yield
        except BaseException:
            self._release(task, number)
            raise

    def _release(self, task: str, number: int) -> None:
        with self._entered:
            self._in_flight.pop((task, number), None)
            self._entered.notify_all()

    def _count(self, row: LedgerRow) -> None:
        """Keep the sum, so that no attempt reads those before it again."""
        if self._spent is not None:
            self._spent += row.tokens - self._tokens.get((row.task, row.number), 0)
            self._tokens[row.task, row.number] = row.tokens

    def _sum_tokens(self) -> int:
        """Of all runs that share the limits."""
        with self._lock:
            if self._spent is None:
                self._spent, self._tokens = sum(row.tokens for row in self.list_dropped()), {}
                for row in self._list_attempts(self.row.run):
                    self._count(row)
            return self._spent

    def _list_attempts(self, run: int) -> Sequence[LedgerRow]:
        return self._store.list_attempts(self.row.id, run)

    def list_old_ingredients(self) -> frozenset[str]:
        """Names of what was in enough prompts before this run began to be left out of some."""
        from bot.storage.trials import Trials  # noqa: PLC0415  # SQLAlchemy, as above

        began = self.row.started
        if self._old is None or self._old[0] != began:
            self._old = (began, Trials(self._store.engine).list_old(self.repo_key, began))
        return self._old[1]

    @property
    def tokens_left(self) -> int:
        """Of the job's limit, whatever is under way."""
        return max(0, self._limits.tokens * self.row.allowances - self._sum_tokens())

    @property
    def seconds(self) -> float:
        """How long the job was built, by every process that did, of what its limits count."""
        return self._spent_before + self._clock() - self._began

    def note_time(self) -> None:
        """Store how long the job was built, so that a kill forgets no more than since the last."""
        with self._saving:
            self._store.save_seconds(self.row.id, self.seconds)

    def require_room(self) -> None:
        """Raises JobLimitError where nothing more may be spent."""
        self.note_time()
        tokens, most = self._sum_tokens(), self._limits.tokens * self.row.allowances
        if tokens >= most:
            raise self._limit_error("tokens", f"{most:,} tokens is reached ({tokens:,} are spent)")
        seconds = self._limits.wall_clock * self.row.allowances
        if self.seconds > seconds:
            raise self._limit_error("wall_clock", f"{seconds:,.0f} seconds is reached")

    def _grant(self, resumes: int) -> None:
        if resumes <= self.row.resumes:
            return
        used = [self.seconds // self._limits.wall_clock]
        if self._limits.tokens:
            used.append(self._sum_tokens() // self._limits.tokens)
        allowances = max(self.row.allowances, 1 + int(max(used)))
        self.row = replace(self.row, resumes=resumes, allowances=allowances)

    def _limit_error(self, name: str, what: str) -> JobLimitError:
        more = "goes on where it was, and allows it as much again"
        return JobLimitError(
            f"the job's limit of {what}",
            where=f"job {self.row.id}",
            hint=f"Nothing is lost: `bricklayer resume {self.row.id}` {more}."
            f" The limit is `{name}` under `[limits]` in .bricklayer.toml.",
            comment_hint=f"`/resume` {more}. The limit is `{name}` under `[limits]` in"
            " .bricklayer.toml.",
        )
