"""How often a person was refused of late: one answer for all machines on a database."""

from dataclasses import dataclass

from bot.approval.permissions import MAX_DENIALS_A_MINUTE, WINDOW_SECONDS, is_within_rate
from bot.storage.tickets import TicketStore

_MINUTE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class DenialRateLimit:
    """It saves requests, no more. `max_times` are within an hour."""

    tickets: TicketStore
    max_times: int

    def record_denial(self, person: int, repo: str, now: float) -> None:
        self.tickets.record_refusal(person, repo, now, now - WINDOW_SECONDS)

    def is_reached(self, person: int, repo: str, now: float) -> bool:
        """Whether that person was refused as often as is answered, there a minute or an hour."""
        found = self.tickets.list_refusals(person, self.max_times + MAX_DENIALS_A_MINUTE)
        # What is later than now is from before this machine's clock was set back.
        times = [(name, at) for name, at in found if at <= now]
        here = [at for name, at in times if name == repo.lower()]
        return not (
            is_within_rate(here, now, MAX_DENIALS_A_MINUTE, _MINUTE_SECONDS)
            and is_within_rate([at for _, at in times], now, self.max_times, WINDOW_SECONDS)
        )
