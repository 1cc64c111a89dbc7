"""What the tickets' loop needs of this machine: settings, stores, account, mirrors, processes."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from bot.config.halt import is_halted
from bot.config.machine import Settings
from bot.config.private_dir import open_state_dir
from bot.config.repository import RepoConfig
from bot.errors import DiskFloorError, ModelOutageError, UserError
from bot.git.command import BRICKLAYER, Signature
from bot.git.commit_message import MAX_SUBJECT_CHARACTERS, TITLE, format_title
from bot.github.account import Account
from bot.github.mirror import Remote, name_mirror, open_remote
from bot.github.repository import Repository
from bot.github.urls import clone_url, noreply_signature
from bot.locks import try_lock
from bot.logs.fields import log_fields
from bot.machine_faults import MachineFaultError
from bot.plan.followup_plans import ROUND_SUBJECTS, number_phases
from bot.spending import Payer, SpendingCapError, describe_room
from bot.storage.calls import CallStore
from bot.storage.database import sqlite_url
from bot.storage.jobs import open_store
from bot.storage.kill_switch import KillSwitch
from bot.storage.refusals import DenialRateLimit
from bot.storage.tickets import TicketStore, open_ticket_store
from bot.ticket.keys import name_folder
from bot.ticket.model import Ticket, hash_text, repo_key
from bot.ticket.model_choices import find_model
from runners.build.load_plan import RunRequest, name_job
from runners.disk_floor import require_free_disk
from runners.progress import ProgressEvent
from runners.project import load_repo_config
from runners.queues.states import WorkQueue
from runners.spending import find_rooms
from runners.tickets.queued_work import StepWork, end_works, find_kind, take_result
from runners.tickets.redact_results import redact_event, redact_outcome, strip_outcome_paths
from runners.tickets.report_meanwhile import report_meanwhile
from runners.tickets.restart_killed import WorkTries
from runners.tickets.step_deaths import StepDeaths
from runners.worker_process.client import WorkerProcess
from runners.worker_process.main import WorkRequest, WorkResult
from runners.worker_process.standby import StandbyWorker

FETCH_SECONDS = 60.0
"""Between two fetches of a mirror for its label."""
# GitHub takes 80 requests a minute that create content, and 500 an hour:
# https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#about-secondary-rate-limits
SHOW_EVERY_SECONDS = 15.0
UNDER_WAY_SECONDS = 120.0
"""Since when a ticket that was looked at while it waited counts as waiting."""
SHARED_SHOW_SECONDS = 9.0
"""Between two edits for progress, whichever job's: 400 of the 500 an hour."""
STOP_POLL_SECONDS = 0.2
STOPPED_PAUSE_SECONDS = 5.0
"""Until a ticket whose work was stopped is looked at again: now, or by the next start."""


class WorkStoppedError(Exception):
    """What was asked of a model has no answer: the process was ended, and nothing is decided."""


@dataclass(slots=True)
class Services:
    """`wake` asks for a ticket to be looked at again, `now` is the clock, in seconds since 1970.

    `queue`, where there is one, is who does the work; without one it is done by the thread that
    asks. `standby`, where there is one, is a process that is ready to plan.
    `compared`: when this process found last that a ticket's comment is no newer than the ticket.
    """

    settings: Settings
    tickets: TicketStore
    account: Account
    refusals: DenialRateLimit
    deaths: StepDeaths
    kill_switch: KillSwitch
    wake: Callable[[str], None] = lambda _key: None
    now: Callable[[], float] = time.time
    run_ended: Callable[[str, dict[str, int]], None] = lambda _job, _phases: None
    standby: StandbyWorker | None = None
    queue: WorkQueue | None = None
    running: dict[str, WorkerProcess] = field(default_factory=dict)
    _shown: dict[str, tuple[float, Ticket]] = field(default_factory=dict)
    _looked: dict[str, float] = field(default_factory=dict)
    _steps: dict[str, StepWork] = field(default_factory=dict)
    compared: dict[str, float] = field(default_factory=dict)
    _asked_to_stop: set[str] = field(default_factory=set)
    _is_stopping: bool = False
    _fetched: dict[str, float] = field(default_factory=dict)
    _comments: dict[str, threading.Lock] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def is_fetch_due(self, repo: str) -> bool:
        """Whether the mirror is due to be fetched for a label: not again within a minute."""
        with self._lock:
            due = not 0 <= self.now() - self._fetched.get(repo, 0.0) <= FETCH_SECONDS
            self._fetched.update({repo: self.now()} if due else {})
            return due

    def is_show_due(self, ticket: Ticket) -> bool:
        """Whether it differs from what was shown some time ago; then it counts as shown."""
        now = self.now()
        with self._lock:
            self._looked[ticket.key] = now
        at, shown = self._shown.get(ticket.key, (0.0, None))
        current = replace(ticket, wake_at=0.0)
        # All jobs of an account share one limit, so each of many is shown more seldom.
        pause = max(SHOW_EVERY_SECONDS, self.count_under_way() * SHARED_SHOW_SECONDS)
        due = current != shown and not 0 <= now - at < pause
        self._shown.update({ticket.key: (now, current)} if due else {})
        return due

    def count_under_way(self) -> int:
        """Tickets that wait for work of a queue."""
        now = self.now()
        with self._lock:
            recent = {k: at for k, at in self._looked.items() if 0 <= now - at < UNDER_WAY_SECONDS}
            self._looked = recent
        return len(recent)

    def github_now(self) -> float:
        """GitHub's time, to be compared with times that GitHub told; `now` is this machine's."""
        return self.account.server_time()

    def comment_lock(self, key: str) -> threading.Lock:
        """Who writes a ticket's comment has this: the last to write has read the ticket last."""
        with self._lock:
            return self._comments.setdefault(key, threading.Lock())

    def repository(self, ticket: Ticket) -> Repository:
        return self.account.open_repository(ticket.where.repo, ticket.where.installation)

    def commit_signature(self, ticket: Ticket) -> Signature:
        """The account's own, so that its server shows the commits as its; as the base asks."""
        # GitHub shows a commit as an account's by the author's email address:
        # https://docs.github.com/en/pull-requests/committing-changes-to-your-project/troubleshooting-commits/why-are-my-commits-linked-to-the-wrong-user
        me = self.account.own_account()
        me_in_git = noreply_signature(me, self.settings.github.api_url) if me.id > 0 else BRICKLAYER
        sign_off = self.read_config(ticket).commits.sign_off
        return replace(me_in_git, sign_off=sign_off, key=self.settings.github.signing_key)

    def read_config(self, ticket: Ticket) -> RepoConfig:
        """The repository's own, of the commit to which the job is pinned."""
        repo = self.open_mirror(ticket).repo
        base = ticket.remote.base
        return load_repo_config(repo, repo.git_dir, base) if base else RepoConfig()

    def format_subject(self, ticket: Ticket, subject: str) -> str:
        """A commit's first line in the repository's form; as it is where it has none."""
        form = self.read_config(ticket).commits.title or TITLE
        return format_title(form, subject, ticket.issue, MAX_SUBJECT_CHARACTERS)

    def open_mirror(self, ticket: Ticket) -> Remote:
        """The mirror, as it was fetched last, of the repository on the configured server."""
        where = ticket.where
        url = clone_url(where, self.settings.github)
        name = name_mirror(self.settings.github.api_url, where.repo_id)
        folder = open_state_dir(self.settings) / "mirrors" / name
        token, secrets = self.repository(ticket).git_token, self.account.known_secrets
        return open_remote(folder, url, token, secrets, self.account.guard)

    def ticket_folder(self, ticket: Ticket) -> Path:
        """The ticket's own: its lock, its plans, the log of what was run for it."""
        folder, former = map(self._folder_of, (ticket.key, ticket.name.lower()))
        # An older release named it by the repository's name, which may change.
        if former.exists() and not folder.exists():
            former.rename(folder)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _folder_of(self, key: str) -> Path:
        return open_state_dir(self.settings) / "tickets" / name_folder(key)

    @property
    def halted(self) -> bool:
        """The kill switch: in the settings, or thrown while this runs, by `bricklayer halt`."""
        return is_halted(self.settings) or self.kill_switch.is_on()

    @contextmanager
    def lock_ticket(self, ticket: Ticket) -> Iterator[bool]:
        """Whether nobody else works on it."""
        # The kernel drops a lock of flock(2) with its last descriptor, so also after a kill:
        # https://man7.org/linux/man-pages/man2/flock.2.html
        with try_lock(self.ticket_folder(ticket) / "lock") as held:
            yield held

    def run_work(
        self, ticket: Ticket, work: WorkRequest, report: Callable[[ProgressEvent], None]
    ) -> WorkResult:
        """Have it done, in a process of its own; `stop_work` ends it. The ticket pays for it.

        Raises SpendingCapError where it came to a cap, ModelOutageError where models do not answer,
        DiskFloorError where too little disk is free: it goes on where it was once there is room, or
        they do. Raises WorkPendingError where it is in a queue: the same is asked again, and has
        its result, once it is done.
        """
        result = (
            take_result(self, ticket, work)
            if self.queue
            else self.run_process(
                ticket,
                work,
                report,
                self._attach_running(ticket.key),
                partial(self._wait_stopped, ticket.key),
            )
        )
        if result.at_cap:
            raise SpendingCapError(result.why)
        if result.disk_low:
            raise DiskFloorError(result.why)
        if result.machine_fault:
            raise MachineFaultError(result.why)
        if result.models_down:
            error = ModelOutageError(result.why)
            error.retry_at = result.retry_at
            raise error
        return result

    def run_process(
        self,
        ticket: Ticket,
        work: WorkRequest,
        report: Callable[[ProgressEvent], None],
        attach: Callable[[WorkerProcess | None], None],
        wait: Callable[[float], bool],
    ) -> WorkResult:
        """Run it here, to its end, again where the machine killed it.

        `attach` is given the process, and None once it has ended. `wait` rests for so many seconds
        and says whether it is to be given up.
        """
        try:
            require_free_disk(self.settings)
        except DiskFloorError as exc:
            return WorkResult(passed=False, why=str(exc), disk_low=True)
        work = replace(work, build=replace(work.build, payer=self.find_payer(ticket)))
        secrets = self.account.known_secrets()
        log_file = self.ticket_folder(ticket) / "work.log"

        def run_once() -> WorkResult:
            started = self.standby.take() if self.standby and work.issue else None
            worker = WorkerProcess(
                work, lambda event: report(redact_event(event, secrets)), log_file, started
            )
            attach(worker)
            try:
                return worker.run_work()
            finally:
                attach(None)

        job = _find_job_id(work)
        with log_fields(job=job), self.deaths.uncounted(ticket.key):
            outcome = self._count_tries(ticket, work, wait).run(run_once)
        if job:
            self.run_ended(job, number_phases(work.build.plan))
        return strip_outcome_paths(redact_outcome(outcome, secrets), self.settings)

    def _count_tries(
        self, ticket: Ticket, work: WorkRequest, wait: Callable[[float], bool]
    ) -> WorkTries:
        repo, branch = self.open_mirror(ticket).repo, work.build.branch
        name = f"{find_kind(work)}:{ticket.key}"
        base = work.build.base or hash_text(ticket.title, ticket.body)

        def find_head() -> str:
            return (repo.branch_head(branch) if branch else "") or base

        return WorkTries(self.tickets, name, find_head, wait)

    def _wait_stopped(self, key: str, seconds: float) -> bool:
        """Whether its work was stopped meanwhile."""
        end = time.monotonic() + seconds
        while not (self._is_stopping or key in self._asked_to_stop):
            if time.monotonic() > end:
                return False
            time.sleep(STOP_POLL_SECONDS)
        return True

    def _attach_running(self, key: str) -> Callable[[WorkerProcess | None], None]:
        def attach(worker: WorkerProcess | None) -> None:
            if worker is None:
                self.running.pop(key, None)
                return
            self.running[key] = worker
            # Only now: who asks from here on finds the worker, who asked before is found here.
            if self._is_stopping or key in self._asked_to_stop:
                worker.stop()

        return attach

    @staticmethod
    def find_payer(ticket: Ticket) -> Payer:
        # What a piece of work cost is in the ticket's rows once it is over: the next is another.
        asking = f"{ticket.labelled_at} {len(ticket.progress.rows)}"
        return Payer(ticket.key, repo_key(ticket.where), ticket.asker.id, asking)

    def describe_spending(self, ticket: Ticket) -> str:
        """What the caps on models leave for it."""
        payer, engine = self.find_payer(ticket), self.tickets.engine
        room = describe_room(self.settings.spending, CallStore(engine).sum_spent(payer, self.now()))
        rooms = find_rooms(engine, self.settings, payer, self.now())
        own = [*rooms.caps, *rooms.describe_used_up()]
        return f"{room} {'; '.join(own)}." if own else room

    def run_to_end(self, ticket: Ticket, work: WorkRequest) -> WorkResult:
        """For work of which no part is of use. Raises WorkStoppedError where it was stopped."""
        from runners.tickets.await_models import tell_awaited_models  # noqa: PLC0415  # needs this

        def tell(event: ProgressEvent) -> None:
            tell_awaited_models(self, ticket.key, event)

        result = self.run_work(ticket, work, report_meanwhile(ticket.name, tell))
        if result.stopped:
            raise WorkStoppedError
        return result

    def begin_step(self, key: str) -> None:
        """From here on `stop_work` is about the step that begins: call it before reading a ticket.

        What was asked before is in the ticket that is read then.
        """
        self._asked_to_stop.discard(key)
        self._steps[key] = StepWork()

    def step_work(self, key: str) -> StepWork:
        """What the step that runs for it has asked to have done."""
        return self._steps.setdefault(key, StepWork())

    def stop_work(self, key: str) -> None:
        """End what runs for a ticket, or is about to in the step that it is in.

        Its next run goes on from the last commit and answer.
        """
        self._asked_to_stop.add(key)
        if worker := self.running.get(key):
            worker.stop()
        if self.queue and (ticket := self.tickets.find_ticket(key)):
            end_works(self, ticket.works)

    def stop_all(self) -> None:
        """End what runs for any ticket; nothing is begun any more."""
        self._is_stopping = True
        for key in list(self.running):
            self.stop_work(key)

    def rest_after_stop(self, ticket: Ticket) -> Ticket:
        """Stopped by the machine's end, it is due at the next start; a command has changed it."""
        return replace(ticket, wake_at=self.now() + STOPPED_PAUSE_SECONDS)

    def build_request(self, ticket: Ticket, only: str = "") -> RunRequest:
        """What is built for the ticket: its round, on its branch, by the default branch's rules."""
        round_ = ticket.progress.round
        assert round_  # noqa: S101  # only then is anything built
        path = self.ticket_folder(ticket) / "job.md"
        # Written for people only: the engine has the text, and its messages name this path.
        path.write_text(round_.text, encoding="utf-8")
        notes = tuple(proposal.note for proposal in ticket.notes if proposal.state == "accepted")
        return RunRequest(
            round_.text,
            self.open_mirror(ticket).repo.git_dir,
            path=path,
            branch=ticket.remote.branch,
            base=round_.base,
            rules=ticket.remote.base,
            notes=notes,
            senior=round_.senior and "senior" in self.settings.tiers,
            only=only,
            by=self.commit_signature(ticket),
            aim=ROUND_SUBJECTS.get(round_.kind, ""),
            ticket=ticket.key,
            resumes=ticket.progress.resumes,
            strikes_of=self.name_strikes(ticket),
        )

    @staticmethod
    def name_strikes(ticket: Ticket) -> str:
        """Since when failed attempts are counted: a label and a `/retry` are a person's."""
        return f"{ticket.key} {ticket.labelled_at:.0f} {ticket.progress.retries}"

    def read_request(self, ticket: Ticket, head: str) -> RunRequest:
        """What reads `head` and builds nothing, by the default branch's rules."""
        return RunRequest(
            "",
            self.open_mirror(ticket).repo.git_dir,
            base=head,
            rules=ticket.remote.base,
            ticket=ticket.key,
        )

    def settings_for(self, ticket: Ticket) -> Settings:
        """This machine's settings with the models that a person chose for this job."""
        tiers = dict(self.settings.tiers)
        for tier, model in (ticket.choices or {}).items():
            if tier in tiers and (spec := find_model(self.settings, tier, model)):
                tiers[tier] = tiers[tier].model_copy(update={"models": (spec,)})
        return self.settings.model_copy(update={"tiers": tiers})


def _find_job_id(work: WorkRequest) -> str:
    """Empty where nothing is built, or nothing can be: then the process says why."""
    try:
        return name_job(work.build)[1] if work.build.plan else ""
    except UserError:
        return ""


def open_services(
    settings: Settings, account: Account, tickets: TicketStore | None = None
) -> Services:
    tickets = tickets or open_tickets(settings)
    refusals = DenialRateLimit(tickets, settings.github.per_person_an_hour)
    return Services(settings, tickets, account, refusals, StepDeaths(tickets), KillSwitch(tickets))


def open_tickets(settings: Settings) -> TicketStore:
    return open_ticket_store(
        open_store(settings.database_url or sqlite_url(open_state_dir(settings)))
    )
