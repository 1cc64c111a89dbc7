"""The buttons of a job's page: the same commands as in comments, by the same rules."""

import re
import secrets
import threading
from dataclasses import dataclass, field

from bot.config.machine import Settings
from bot.errors import UserError
from bot.storage.tickets import TicketStore
from bot.ticket.machine_owner import OWNER
from bot.ticket.model import Ticket
from bot.ticket.model_choices import find_model, list_models
from bot.ticket.situation import Situation
from bot.ticket.stages import is_over
from handlers.dashboard.viewer import Viewer
from handlers.owner_commands import DONE, await_outcome, make_person_command
from handlers.steer_job import build_in_background
from runners.dashboard.find_job import repo_of
from runners.history.job_model import AnyJob, LocalJob
from runners.history.open_history import OpenHistory
from runners.history.steer_local import stop_local

COMMAND = re.compile(
    r"/(?:approve [0-9a-f]{12}|retry(?: [\w.-]{1,80})?|cancel|pause|resume"
    r"|tier [a-z]{1,20}=[A-Za-z0-9._:/-]{1,100})"
)
HEARD_SECONDS = 3.0
"""For the loop to hear it. It is heard later as well; then the page shows what came of it."""
_APPROVE = (
    "Approve lets it go on with exactly what is asked about now; a later change is asked anew."
)
_RETRY = "Try again builds what did not pass once more; what passed is kept."
_RESUME = "Go on continues from what is on the branch now."
_PAUSE = "Pause stops it until somebody presses Go on; what passed is kept."
_CANCEL = "Cancel ends the job; its branch is left as it is, and Try again continues it."
_NO_WRITER = "You may read this repository, and not write to it: nothing was done."
_UNKNOWN = "No such command: nothing was done. Load the page again."
MAX_OUTCOMES = 500
MAX_CHOICES = 200


@dataclass(frozen=True, slots=True)
class Button:
    """`line` is the command, as a comment would have it; `effect` is what it does."""

    line: str
    title: str
    effect: str
    is_primary: bool = False


def list_buttons(situation: Situation, code: str, *, is_local: bool) -> list[Button]:
    """What can be done with a job now. `code` is of what waits for approval."""
    found = [Button(f"/approve {code}", "Approve", _APPROVE, is_primary=True)] if code else []
    if situation in {"blocked", "failed", "cancelled"}:
        found.append(Button("/retry", "Try again", _RETRY, is_primary=not code))
    if situation in {"paused", "stopped"}:
        found.append(Button("/resume", "Go on", _RESUME, is_primary=not code))
    if situation == "running":
        found.append(Button("/pause", "Pause", _PAUSE))
    if situation in {"running", "waiting", "paused", "stopped"} or (
        situation == "blocked" and not is_local
    ):
        found.append(Button("/cancel", "Cancel", _CANCEL))
    return found


@dataclass(frozen=True, slots=True)
class Choice:
    """One model that a job can have for a tier. `line` is the command that chooses it."""

    line: str
    tier: str
    model: str
    is_chosen: bool


def list_choices(settings: Settings, ticket: Ticket) -> list[Choice]:
    """By tier; nothing where a tier has but one model to choose from, or the job is over."""
    models = list_models(settings)
    if is_over(ticket.stage) or len(models) == 1:
        return []
    chosen = ticket.choices or {}
    # Of a model's file only the name is shown, and by that it is known.
    words = {model: [model, model.partition(":")[2]] for model in models}
    return [
        Choice(f"/tier {tier}={word}", tier, model, chosen.get(tier) == word)
        for tier in settings.tiers
        for model in models
        for word in words[model]
        if find_model(settings, tier, word) and COMMAND.fullmatch(f"/tier {tier}={word}")
        if word == model or not find_model(settings, tier, model)
    ][:MAX_CHOICES]


@dataclass(slots=True)
class Outcomes:
    """What came of commands of late, to be shown by the page that the browser is sent back to."""

    _texts: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, text: str) -> str:
        """Its name, which nobody can guess."""
        name = secrets.token_urlsafe(12)
        with self._lock:
            self._texts[name] = text
            while len(self._texts) > MAX_OUTCOMES:
                self._texts.pop(next(iter(self._texts)))
        return name

    def find(self, name: str) -> str:
        with self._lock:
            return self._texts.get(name, "")


@dataclass(frozen=True, slots=True)
class Commands:
    """`tickets` is the inbox that the loop hears, on whichever machine it runs."""

    history: OpenHistory
    tickets: TicketStore
    outcomes: Outcomes = field(default_factory=Outcomes)

    def give(self, viewer: Viewer, job: AnyJob, line: str) -> str:
        """What came of it, in words. It waits for some seconds."""
        if not COMMAND.fullmatch(line):
            return _UNKNOWN
        if not viewer.may_act(repo_of(job)):
            return _NO_WRITER
        if isinstance(job, LocalJob):
            return self._steer_local(job, line)
        person = OWNER if viewer.is_owner else viewer.session.person
        command = make_person_command(job.ticket.key, line, person)
        self.tickets.receive_deliveries([command])
        if not (outcome := await_outcome(self.tickets, command, HEARD_SECONDS)):
            return f"{line} is written down: the server hears it as soon as its loop turns."
        return outcome.removeprefix(DONE) or "Done."

    def _steer_local(self, job: LocalJob, line: str) -> str:
        """The machine owner's alone: nobody else sees such a job."""
        try:
            if line == "/pause":
                return stop_local(self.history, job, "pause")
            if line == "/cancel":
                return stop_local(self.history, job, "cancel")
            if line in {"/retry", "/resume"}:
                return build_in_background(line.removeprefix("/"), job.row.id)
        except UserError as exc:
            return str(exc)
        return _UNKNOWN
