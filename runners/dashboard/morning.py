"""What came of a night: landed, blocked, asked, spent, and what failed and was taken up again.

From the database alone, and the same whoever asks: the dashboard's page, the message that is sent,
and `bricklayer report`.
"""

import datetime as dt
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.job_states import JobState
from bot.ledger import AttemptOutcome
from bot.ledger_sums import find_place
from bot.storage.overview import EVERYTHING, Visible
from bot.storage.span import LocalJob, Span, SpanAttempt, SpanCalls, SpanTicket, read_span
from bot.text.listed import join_first
from bot.ticket.stages import Stage
from runners.dashboard.github_pages import link_number
from runners.dashboard.needed_words import describe_need
from runners.dashboard.plain_words import find_cause, show_line
from runners.dashboard.surprises import list_surprises, read_unusual
from runners.history.open_history import OpenHistory
from runners.history.quota_windows import QuotaWindow, list_told, read_windows
from runners.stalls import name_outcome

EVENING = dt.time(18)
"""When a night begins, by this machine's clock."""
MAX_OUTCOMES = 3
_FAILED_JOBS = frozenset({JobState.BLOCKED.value, JobState.FAILED.value})
_TOLD_ELSEWHERE = frozenset({"", "blocked", "review"})
"""Of what a ticket's attention says: the other parts of the report tell of it."""


@dataclass(frozen=True, slots=True)
class MorningJob:
    """`job` is its name and `says` where it is or why; all of it anybody's words, on one line."""

    job: str
    title: str
    says: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class TierSpending:
    """What all models of one tier cost, of whichever job."""

    tier: str
    calls: int
    tokens: int
    tokens_out: int
    cost: float


@dataclass(frozen=True, slots=True)
class MorningReport:
    """Between `since` and `until`, in seconds since 1970; `asked` is all that waits now.

    `blocked_before` counts those that were blocked already and still are. `local_share` is how much
    of all tokens left neither this machine nor its network, `local_share_out` the same of those
    that were answered; both 0 to 1. `taken_up` are jobs with attempts that failed. `surprises` are
    sentences; `windows` are the caps and quotas of which anything is used, for the owner alone.
    """

    since: float
    until: float
    landed: tuple[MorningJob, ...]
    blocked: tuple[MorningJob, ...]
    blocked_before: int
    asked: tuple[MorningJob, ...]
    spent: tuple[TierSpending, ...]
    local_share: float
    local_share_out: float
    taken_up: tuple[MorningJob, ...]
    surprises: tuple[str, ...] = ()
    windows: tuple[QuotaWindow, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing was done at all; what waits from before is not looked at."""
        return not (self.landed or self.blocked or self.spent or self.taken_up)

    @property
    def total(self) -> TierSpending:
        return _sum_tier("all", self.spent)


def find_last_evening(now: float) -> float:
    """18:00 of yesterday, by this machine's clock."""
    local = dt.datetime.fromtimestamp(now).astimezone()
    yesterday = local.date() - dt.timedelta(days=1)
    # Made without an offset first: the night may be one in which clocks are changed.
    return dt.datetime.combine(yesterday, EVENING).astimezone().timestamp()


def read_morning(
    history: OpenHistory,
    since: float | None = None,
    until: float | None = None,
    visible: Visible = EVERYTHING,
) -> MorningReport:
    """By default since 18:00 of yesterday, and of everything."""
    until = time.time() if until is None else until
    since = find_last_evening(until) if since is None else since
    engine = history.store.engine
    span = read_span(engine, since, until, visible)
    report = summarize_span(span, since, until, history.settings.github.api_url)
    unusual = read_unusual(engine, since, until, visible)
    is_owner = visible.repos is None
    windows = list_told(read_windows(engine, history.settings, until)) if is_owner else ()
    names = {key: show_line(ticket.name) for key, ticket in span.attempted.items()}
    surprises = tuple(list_surprises(span.attempts, unusual, names))
    return replace(report, surprises=surprises, windows=windows)


def summarize_span(span: Span, since: float, until: float, api_url: str) -> MorningReport:
    tickets = span.tickets
    blocked = [each for each in tickets if each.is_blocked]
    failed = [job for job in span.jobs if job.state in _FAILED_JOBS]
    fresh = [each for each in blocked if since <= each.changed < until]
    return MorningReport(
        since,
        until,
        landed=(
            *(_landed(ticket, api_url) for ticket in tickets if _has_landed(ticket, since, until)),
            *(_local(job, "built") for job in span.jobs if job.state == JobState.PASSED),
        ),
        blocked=(
            *(_job(ticket, find_cause(ticket.why), api_url) for ticket in fresh),
            *(_local(job, job.state) for job in failed),
        ),
        blocked_before=len(blocked) - len(fresh),
        asked=tuple(_list_asked(tickets, api_url)),
        spent=_sum_tiers(span.calls),
        local_share=_local_share([(call, call.tokens) for call in span.calls]),
        local_share_out=_local_share([(call, call.tokens_out) for call in span.calls]),
        taken_up=tuple(_list_taken_up(span.attempts, span.attempted, api_url)),
    )


def _has_landed(ticket: SpanTicket, since: float, until: float) -> bool:
    """Merged, or its head pushed then and ready for review; a look at it counts for nothing.

    An issue in which nothing was left to do is done as well.
    """
    if ticket.stage in {Stage.MERGED, Stage.SETTLED}:
        return True
    return ticket.stage is Stage.REVIEW and since <= ticket.pushed_at < until


def _landed(ticket: SpanTicket, api_url: str) -> MorningJob:
    if ticket.stage is Stage.SETTLED:
        return _job(ticket, "nothing was left to do", api_url)
    pull = f"#{ticket.pull}" if ticket.pull else "no pull request"
    says = f"merged, {pull}" if ticket.stage is Stage.MERGED else f"ready for review, {pull}"
    return _job(ticket, says, api_url, ticket.pull)


def _job(ticket: SpanTicket, says: str, api_url: str, number: int = 0) -> MorningJob:
    url = link_number(api_url, ticket.repo, number or ticket.issue)
    return MorningJob(show_line(ticket.name), show_line(ticket.title), says, url)


def _local(job: LocalJob, says: str) -> MorningJob:
    where = f"{says} on {show_line(job.branch)}" if job.branch else says
    return MorningJob(show_line(job.id), show_line(job.title), where)


def _list_asked(tickets: Iterable[SpanTicket], api_url: str) -> Iterator[MorningJob]:
    for ticket in tickets:
        if ticket.attention not in _TOLD_ELSEWHERE:
            yield _job(ticket, describe_need(ticket.attention), api_url)


def _sum_tiers(calls: Sequence[SpanCalls]) -> tuple[TierSpending, ...]:
    """The dearest first."""
    tiers = dict.fromkeys(call.tier for call in calls)
    sums = [_sum_tier(tier, [call for call in calls if call.tier == tier]) for tier in tiers]
    return tuple(sorted(sums, key=lambda each: (-each.cost, -each.tokens, each.tier)))


def _sum_tier(tier: str, parts: Sequence[SpanCalls | TierSpending]) -> TierSpending:
    return TierSpending(
        tier,
        sum(part.calls for part in parts),
        sum(part.tokens for part in parts),
        sum(part.tokens_out for part in parts),
        sum(part.cost for part in parts),
    )


def _local_share(spent: Sequence[tuple[SpanCalls, int]]) -> float:
    """As `bot.ledger_sums.compute_local_share`; nothing spent: all of it, 1."""
    whole = sum(tokens for _, tokens in spent)
    kept = sum(tokens for call, tokens in spent if find_place(call.place, call.tier) != "away")
    return kept / whole if whole else 1.0


def _list_taken_up(
    attempts: Sequence[SpanAttempt], tickets: Mapping[str, SpanTicket], api_url: str
) -> Iterator[MorningJob]:
    """Jobs whose attempts failed and had another one after them, in the order of their first."""
    jobs: dict[tuple[str, str], list[SpanAttempt]] = {}
    for attempt in attempts:
        jobs.setdefault((attempt.ticket, "" if attempt.ticket else attempt.job), []).append(attempt)
    for (key, name), made in jobs.items():
        if says := _describe_taken_up(made):
            if ticket := tickets.get(key):
                yield _job(ticket, says, api_url)
            else:
                yield MorningJob(show_line(name or key), show_line(made[0].title), says)


def _describe_taken_up(made: Sequence[SpanAttempt]) -> str:
    """Empty where nothing was tried again."""
    tasks: dict[tuple[str, str], list[SpanAttempt]] = {}
    for attempt in made:
        tasks.setdefault((attempt.job, attempt.task), []).append(attempt)
    again = [each for each in tasks.values() if len(each) > 1 and not _has_passed(each[0])]
    outcomes = Counter(
        attempt.outcome for each in again for attempt in each[:-1] if not _has_passed(attempt)
    )
    if not outcomes:
        return ""
    counted = [f"{show_line(name_outcome(name))} ({n})" for name, n in outcomes.most_common()]
    failed = join_first(counted, MAX_OUTCOMES, kind="outcomes")
    passed = sum(_has_passed(each[-1]) for each in again)
    tried = f"{len(again)} task{'s' * (len(again) != 1)} tried again"
    return f"{tried}, {passed} passed then; what failed: {failed}"


def _has_passed(attempt: SpanAttempt) -> bool:
    return attempt.outcome == AttemptOutcome.PASSED
