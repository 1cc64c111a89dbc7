"""The words of a promotion: its table, for a pull request and for a terminal."""

import time
from collections.abc import Iterator, Sequence

from bot.evaluation.left_out import MEASURED_AGAIN, describe_left_out
from bot.evaluation.promotion import KindVerdict, Promotion, Verdict
from bot.evaluation.table import MARGIN, MIN_RUNS, MIN_TASKS, TableRow
from bot.text.escape import inline_text

HEADS = ("kind", "tasks", "local", "senior", "apart", "cost of a run", "begins")
_POINTS = f"{MARGIN * 100:.0f} points"
SAID: dict[Verdict, str] = {
    "promote": "local",
    "demote": "senior",
    "keep": "as before: it may be chance",
    "too few": "as before: too few runs",
    "reverted": "as before: it was taken back",
}


def title_pull(promotion: Promotion) -> str:
    """`Begin fix and docs with local, rename with senior`."""
    changes = promotion.changes
    by_tier = {
        tier: [kind for kind, start in changes.items() if start.tier == tier]
        for tier in dict.fromkeys(start.tier for start in changes.values())
    }
    parts = (f"{_join(kinds)} with {tier}" for tier, kinds in by_tier.items())
    return f"Begin {', '.join(parts)}"


def describe_pull(promotion: Promotion) -> str:
    """The pull request's text. Names of models are a machine's words: they are escaped."""
    local, senior = inline_text(promotion.local, 200), inline_text(promotion.senior, 200)
    lines = [
        "This changes which tier begins a kind of task, by what `bricklayer eval` measured:",
        f"local is {local}, senior is {senior}.",
        "",
        f"| {' | '.join(HEADS)} |",
        f"|{' --- |' * len(HEADS)}",
        *(f"| {' | '.join(cells)} |" for cells in list_cells(promotion.verdicts)),
        "",
        "Both tiers on the tasks that both did: passed, of so many runs, with the interval at 95%,",
        "by hidden tests, too, where a task has any. *Apart* is how much more often local passes.",
        "Intervals count several runs of one task for as little as they say.",
        *list_notes(promotion.verdicts),
        "",
        *_list_left_out(promotion),
        f"- A kind goes to local where it passes no more than {_POINTS} less often, by at least",
        f"  {MIN_RUNS} runs each of at least {MIN_TASKS} tasks, which have to say as much as",
        f"  {MIN_RUNS} of as many tasks. So few do not prove it: the interval says how much worse",
        "  it may be in truth.",
        f"- It goes to senior where local surely passes more than {_POINTS} less often.",
        "",
        'It counts on machines with `tier = "auto"` and these two models. The other tier follows',
        "the one that begins, so no task is given up. **Closing this pull request says no** to",
        "this alone; other changes may be proposed later.",
    ]
    return "\n".join(lines)


def _list_left_out(promotion: Promotion) -> Iterator[str]:
    if promotion.left_out:
        count = sum(each.count for each in promotion.left_out)
        yield f"Results left out, {count} in all, each told once:"
        yield ""
        yield from (f"- {told}" for told in describe_left_out(promotion.left_out))
        yield ""


def list_left_out(promotion: Promotion) -> Iterator[str]:
    """How many results do not count and why, and what would have them count."""
    for told in describe_left_out(promotion.left_out):
        yield f"left out: {told}"
    if any(each.why in MEASURED_AGAIN for each in promotion.left_out):
        yield "`bricklayer eval` measures these tasks as Bricklayer, models and settings are now."


def list_notes(verdicts: Sequence[KindVerdict]) -> Iterator[str]:
    """Which runs are counted, where it is not all of them."""
    for each in verdicts:
        if each.revert:
            day = time.strftime("%Y-%m-%d", time.gmtime(each.revert.at))
            said = f"{each.kind}: people took this back in {each.revert.commit[:12]} on {day}."
            if each.verdict == "reverted":
                more = "They do not say it again. `bricklayer eval --fresh` measures anew."
            else:
                more = "They say it again: it is proposed anew by what nobody knew then."
            yield f"{said} Only runs since then are counted. {more}"
        if each.chosen_of > 1:
            yield (
                f"{each.kind}: a tier was asked in {each.chosen_of} ways. One half of the tasks"
                " chose the way, and only runs of the other half, which did not, are counted here."
            )


def list_cells(verdicts: Sequence[KindVerdict]) -> Iterator[tuple[str, ...]]:
    """A row of `HEADS` for each kind."""
    for each in verdicts:
        if each.local is None or each.senior is None:
            yield (each.kind, "0", "-", "-", "-", "-", SAID[each.verdict])
            continue
        apart = f"{_points(each.apart)} ({_points(each.low)} to {_points(each.high)})"
        cost = f"{each.local.cost:.4f} / {each.senior.cost:.4f}"
        rates = (_rate(each.local), _rate(each.senior))
        yield (each.kind, str(each.local.tasks), *rates, apart, cost, _say(each))


def _say(each: KindVerdict) -> str:
    new = "" if each.is_change or each.tier is None else ", as merged"
    return f"{SAID[each.verdict]}{new}"


def _rate(row: TableRow) -> str:
    rate = row.good
    return f"{rate.passed} of {rate.runs} ({rate.low * 100:.0f} to {rate.high * 100:.0f} %)"


def _points(part: float) -> str:
    return f"{part * 100:+.0f}"


def _join(kinds: Sequence[str]) -> str:
    *most, last = kinds
    return f"{', '.join(most)} and {last}" if most else last
