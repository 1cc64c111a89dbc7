"""Everything the loop works with on this machine, gathered once by `serve` and by `action`."""

import hashlib
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot.approval.permissions import DenialRateLimit
from bot.config.machine import Settings, state_dir
from bot.errors import UserError
from bot.git.command import BRICKLAYER, Signature
from bot.git.remote import Remote, open_remote
from bot.github.account import Account
from bot.github.client import Repository
from bot.github.urls import clone_url, noreply
from bot.locks import try_lock
from bot.plan.followup_plans import ROUND_SUBJECTS
from bot.storage.database import sqlite_url
from bot.storage.jobs import open_store
from bot.storage.tickets import TicketStore, open_ticket_store
from bot.ticket.model import Ticket
from runners.build.survey import RunRequest
from runners.progress import ProgressEvent
from runners.tickets.sanitize import redact_event, redact_outcome, strip_outcome_paths
from runners.worker_process.client import WorkerProcess
from runners.worker_process.main import WorkRequest, WorkResult
from runners.worker_process.standby import StandbyWorker

FETCH_SECONDS = 60.0


@dataclass(slots=True)
class Services:
    """`wake` asks for a ticket to be looked at again, `now` is the clock, in seconds since 1970.

    One build at a time has the machine's lanes: a second one finds `builds` taken and waits.
    `spare`, where there is one, is a process that is ready to plan.
    """

    settings: Settings
    tickets: TicketStore
    account: Account
    refusals: DenialRateLimit
    wake: Callable[[str], None] = lambda _key: None
    now: Callable[[], float] = time.time
    standby: StandbyWorker | None = None
    builds: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(1))
    running: dict[str, WorkerProcess] = field(default_factory=dict)
    _fetched: dict[str, float] = field(default_factory=dict)
    _comments: dict[str, threading.Lock] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def is_fetch_due(self, repo: str) -> bool:
        """Whether the mirror is due to be fetched for a label: not again within a minute."""
        with self._lock:
            due = self.now() - self._fetched.get(repo, 0.0) > FETCH_SECONDS
            self._fetched.update({repo: self.now()} if due else {})
            return due

    def comment_lock(self, key: str) -> threading.Lock:
        """Who writes a ticket's comment has this: the last to write has read the ticket last."""
        with self._lock:
            return self._comments.setdefault(key, threading.Lock())

    def repository(self, ticket: Ticket) -> Repository:
        return self.account.for_repo(ticket.where.repo, ticket.where.installation)

    def commit_signature(self) -> Signature:
        """The account's own, so that its server shows the commits as its."""
        me = self.account.me()
        return noreply(me, self.settings.github.api_url) if me.id > 0 else BRICKLAYER

    def open_mirror(self, ticket: Ticket) -> Remote:
        """The mirror, as it was fetched last, of the repository on the configured server."""
        where = ticket.where
        url = clone_url(where, self.settings.github)
        name = hashlib.sha256(f"{self.settings.github.api_url}\0{where.repo_id}".encode())
        folder = state_dir(self.settings) / "mirrors" / f"{name.hexdigest()[:16]}.git"
        return open_remote(folder, url, self.repository(ticket).token, self.account.secrets)

    def ticket_folder(self, ticket: Ticket) -> Path:
        """The ticket's own: its lock, its plans, the log of what was run for it."""
        name = hashlib.sha256(ticket.key.encode()).hexdigest()[:16]
        folder = state_dir(self.settings) / "tickets" / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @property
    def halted(self) -> bool:
        """The kill switch: in the settings, or thrown while this runs, by `bricklayer halt`."""
        return self.settings.github.halted or halt_file(self.settings).exists()

    @contextmanager
    def lock_ticket(self, ticket: Ticket) -> Iterator[bool]:
        """Whether nobody else works on it; the kernel lets go however a process ends."""
        with try_lock(self.ticket_folder(ticket) / "lock") as held:
            yield held

    def run_work(
        self, ticket: Ticket, work: WorkRequest, tell: Callable[[ProgressEvent], None]
    ) -> WorkResult:
        """Run it in a process of its own; `stop` ends it."""
        secrets = self.account.secrets()
        begun = self.standby.take() if self.standby and work.issue else None
        log_ = self.ticket_folder(ticket) / "work.log"
        child = WorkerProcess(work, lambda told: tell(redact_event(told, secrets)), log_, begun)
        self.running[ticket.key] = child
        try:
            return strip_outcome_paths(redact_outcome(child.run_work(), secrets), self.settings)
        finally:
            self.running.pop(ticket.key, None)

    def stop_work(self, key: str) -> None:
        """End what runs for a ticket. Nothing is lost: it goes on where it was."""
        if child := self.running.get(key):
            child.stop()

    def stop_all(self) -> None:
        for key in list(self.running):
            self.stop_work(key)

    def build_request(self, ticket: Ticket, only: str = "") -> RunRequest:
        """What is built for the ticket: its round, on its branch, by the default branch's rules."""
        assert ticket.progress.round  # noqa: S101  # only then is anything built
        path = self.ticket_folder(ticket) / "job.md"
        path.write_text(
            ticket.progress.round.text, encoding="utf-8"
        )  # where messages say that it is
        notes = tuple(one.note for one in ticket.notes if one.state == "accepted")
        return RunRequest(
            ticket.progress.round.text,
            self.open_mirror(ticket).repo.git_dir,
            path=path,
            branch=ticket.remote.branch,
            base=ticket.progress.round.base,
            rules=ticket.remote.base,
            notes=notes,
            senior=ticket.progress.round.senior and "senior" in self.settings.tiers,
            only=only,
            by=self.commit_signature(),
            aim=ROUND_SUBJECTS.get(ticket.progress.round.kind, ""),
        )

    def settings_for(self, ticket: Ticket) -> Settings:
        """This machine's settings with the models that a person chose for this job."""
        tiers = dict(self.settings.tiers)
        for tier, model in (ticket.choices or {}).items():
            if tier in tiers and (spec := find_model(self.settings, tier, model)):
                tiers[tier] = tiers[tier].model_copy(update={"models": (spec,)})
        return self.settings.model_copy(update={"tiers": tiers})


def find_model(settings: Settings, tier: str, word: str) -> str:
    """The configured model a person means by `word`, empty for none: nobody brings their own.

    Its whole name, its kind (`codex` of `cli:codex`) or the model's part of it.
    """
    known = [m for each in settings.tiers.values() for m in each.models]
    own = settings.tiers[tier].models if tier in settings.tiers else ()
    for spec in (*own, *known):
        if word in {spec, *spec.split(":"), spec.rpartition("/")[2]}:
            return spec
    return ""


def list_models(settings: Settings) -> tuple[str, ...]:
    """The models that a person may choose from; where a file lies is nobody's business."""
    models = (model.partition(":") for tier in settings.tiers.values() for model in tier.models)
    said = (kind + colon + _without_folder(name) for kind, colon, name in models)
    return tuple(dict.fromkeys(said))


def _without_folder(name: str) -> str:
    return Path(name).name if name.startswith(("/", "~", ".")) else name


def find_unknown_choices(settings: Settings, choices: Mapping[str, str]) -> tuple[str, ...]:
    """Of `tier=model` those that this machine cannot follow."""
    return tuple(
        f"{tier}={model}"
        for tier, model in choices.items()
        if tier not in settings.tiers or not find_model(settings, tier, model)
    )


def open_services(settings: Settings, account: Account) -> Services:
    ensure_private_dir(state_dir(settings))
    url = settings.database_url or sqlite_url(state_dir(settings))
    refusals = DenialRateLimit(settings.github.per_person_an_hour)
    return Services(settings, open_ticket_store(open_store(url)), account, refusals)


def halt_file(settings: Settings) -> Path:
    """While it is there, nothing new is started on this machine."""
    return state_dir(settings) / "halted"


def ensure_private_dir(folder: Path, me: int | None = None) -> None:
    """Make the state folder, or make it ours alone: private code, prompts and plans are in it.

    Links are followed. `me` is a user id, else that of this process. Raises UserError where it
    belongs to another account, who could put anything there.
    """
    me = os.geteuid() if me is None else me
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        found = folder.stat()
        if me not in {found.st_uid, 0}:
            hint = "Give state_dir a folder of the account that runs bricklayer."
            raise UserError("the state folder is another account's", where=str(folder), hint=hint)
        if found.st_mode & 0o077:
            folder.chmod(0o700)
    except OSError as exc:
        hint = "Make it writable, or give state_dir another one."
        what = f"no state folder: {exc.strerror}"
        raise UserError(what, where=str(folder), hint=hint) from exc
