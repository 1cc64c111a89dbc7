"""The text of a night's report: plain lines, the same on a page, in a message and in a terminal."""

import datetime as dt
from collections.abc import Iterator, Sequence

from runners.dashboard.morning import MorningJob, MorningReport, TierSpending
from runners.history.quota_windows import describe_window

MAX_LISTED = 20
"""Jobs of each part; of more there is a count."""


def format_morning(report: MorningReport) -> str:
    """Each job is one line; nothing in it is hidden or moves a cursor."""
    return "\n".join(_list_lines(report))


def summarize(report: MorningReport) -> str:
    """In one line what came of it, as the title of a message."""
    counts = (
        (len(report.landed), "landed"),
        (len(report.blocked), "blocked"),
        (len(report.asked), "needing you"),
    )
    told = ", ".join(f"{count} {word}" for count, word in counts if count)
    return f"Night over: {told or 'nothing landed'}"


def format_empty(report: MorningReport) -> str:
    """One line of a night in which nothing was done; what waits for a person is counted."""
    asked = len(report.asked) + report.blocked_before
    waits = f"; {asked} wait{'s' * (asked == 1)} for you from before" if asked else ""
    span = f"{_format_time(report.since)} to {_format_time(report.until)}"
    return f"Nothing was done from {span}{waits}"


def _list_lines(report: MorningReport) -> Iterator[str]:
    yield f"From {_format_time(report.since)} to {_format_time(report.until)}"
    yield from _list_jobs("Landed", report.landed)
    yield from _list_jobs("Blocked", report.blocked)
    if report.blocked_before:
        yield f"  {report.blocked_before} more blocked from before"
    yield from _list_jobs("Needs you", report.asked)
    yield from _list_jobs("Failed and taken up again", report.taken_up)
    yield from _list_spent(report)
    yield from _list_notes("Surprises", report.surprises)
    yield from _list_notes("Caps and quotas", [*map(describe_window, report.windows)])


def _list_notes(heading: str, notes: Sequence[str]) -> Iterator[str]:
    """Nothing where there are none: a report is read for what there is."""
    if notes:
        yield f"{heading}:"
        yield from (f"  {note}" for note in notes[:MAX_LISTED])
    if (more := len(notes) - MAX_LISTED) > 0:
        yield f"  and {more} more"


def _list_jobs(heading: str, jobs: Sequence[MorningJob]) -> Iterator[str]:
    yield f"{heading}: {len(jobs) or 'nothing'}"
    for job in jobs[:MAX_LISTED]:
        title = f" {job.title}" if job.title else ""
        yield f"  {job.job}{title}: {job.says}"
    if (more := len(jobs) - MAX_LISTED) > 0:
        yield f"  and {more} more"


def _list_spent(report: MorningReport) -> Iterator[str]:
    if not report.spent:
        yield "Spent: nothing"
        return
    yield f"Spent: {_describe(report.total)}"
    for tier in report.spent:
        yield f"  {tier.tier or 'no tier'}: {_describe(tier)}"
    shares = (
        f"{report.local_share:.0%} of all tokens, {report.local_share_out:.0%} of those answered"
    )
    yield f"Stayed on this machine or in its network: {shares}"


def _describe(spent: TierSpending) -> str:
    tokens = f"{spent.tokens:,} tokens ({spent.tokens_out:,} answered)"
    calls = f"{spent.calls:,} call{'s' * (spent.calls != 1)}"
    return f"{tokens}, cost {spent.cost:.4f}, {calls}"


def _format_time(at: float) -> str:
    """This machine's time, with its offset."""
    return dt.datetime.fromtimestamp(at, dt.UTC).astimezone().strftime("%Y-%m-%d %H:%M %z")
