"""What `bricklayer eval` tells: a table, and who does each kind of task at the least cost."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

from bot.evaluation import MIN_RUNS, Configuration, ReplayResult, TableRow, find_cheapest, tabulate
from bot.evaluation.left_out import WORDS
from bot.pass_rate import PassRate
from handlers.plain_lines import format_columns, format_cost, to_line
from runners.evaluation.asked import Measured
from runners.evaluation.evaluate import Outcome
from runners.evaluation.replay import Unmeasured
from runners.evaluation.replay_task import ReplayTask

JSON_VERSION = 1
MAX_LISTED = 20
_HEAD = (
    *("TASKS", "TIER", "MODEL", "WAY", "RUNS", "PASSED", "95 %", "HIDDEN"),
    *("ATTEMPTS", "IN", "OUT", "SECONDS", "COST"),
)
_RIGHT = (4, 5, 6, 7, 8, 9, 10, 11, 12)


def format_outcome(outcome: Outcome) -> str:
    replay, end = outcome.replay, outcome.end
    who = replay.contender.configuration
    run = f", run {replay.run + 1}" if replay.run else ""
    said = f"{replay.task.name} by {who.tier} {who.model}{run}: {_say_end(end)}"
    return to_line(f"{outcome.left} left  {said}")


def _say_end(end: ReplayResult | Unmeasured) -> str:
    if isinstance(end, Unmeasured):
        return f"not measured: {end.why.splitlines()[0] if end.why else 'it was ended'}"
    word = "passed" if end.passed else "failed"
    # Hidden checks run once the others have passed: who failed these was not refused by those.
    hidden = ", refused by hidden checks" if end.passed and end.hidden_passed is False else ""
    tokens = f"{end.tokens_in + end.tokens_out:,} tokens"
    return f"{word}{hidden}, {end.attempts} attempts, {tokens}, {end.seconds:.1f} s"


def format_evaluation(done: Measured) -> Iterator[str]:
    results = done.evaluation.results
    if results:
        rows = list_rows(done)
        yield from format_columns([_HEAD, *map(_list_cells, rows)], right=_RIGHT)
        yield ""
        yield from _format_cheapest(rows)
    if done.is_dry_run:
        yield from _format_tasks(done.found.tasks)
        yield from _format_contenders(done)
    yield from _format_rest(done)


def list_rows(done: Measured) -> list[TableRow]:
    """By what was asked for, and all together as the last ones."""
    results = done.evaluation.results
    return [*(tabulate(results, done.by) if done.by else ()), *tabulate(results, ())]


def _list_cells(row: TableRow) -> tuple[str, ...]:
    who = row.configuration
    hidden = f"{row.hidden.passed}/{row.hidden.runs}" if row.hidden.runs else ""
    return (
        str(row.group),
        who.tier,
        who.model,
        describe_way(who),
        str(row.rate.runs),
        str(row.rate.passed),
        format_interval(row.rate),
        hidden,
        f"{row.attempts:g}",
        f"{row.tokens_in:,.0f}",
        f"{row.tokens_out:,.0f}",
        f"{row.seconds:.1f}",
        format_cost(row.cost),
    )


def describe_way(who: Configuration) -> str:
    words = []
    if who.in_turns:
        words.append("in turns")
    if who.candidates > 1:
        words.append(f"{who.candidates} candidates")
    if who.thinking != "auto":
        words.append(f"thinking {who.thinking}")
    if who.strategies:
        words.append("; ".join(who.strategies))
    return ", ".join(words) or "-"


def format_interval(rate: PassRate) -> str:
    return f"{100 * rate.low:.0f}-{100 * rate.high:.0f}"


def _format_cheapest(rows: Sequence[TableRow]) -> Iterator[str]:
    for group in dict.fromkeys(row.group for row in rows):
        own = [row for row in rows if row.group == group]
        best = find_cheapest(own)
        if best:
            who = best.configuration
            way = describe_way(who)
            how = f" ({way})" if way != "-" else ""
            interval = format_interval(best.good)
            told = f"{group}: {who.tier} {who.model}{how}, {interval} % of {best.rate.runs}"
            yield to_line(f"{told}{_say_chosen(len(own))}")
        elif max(row.rate.runs for row in own) < MIN_RUNS:
            most = max(row.rate.runs for row in own)
            yield to_line(f"{group}: nobody can be told yet: {most} runs at most, of {MIN_RUNS}")
        else:
            yield to_line(f"{group}: nobody surely does more than half of them")


def _say_chosen(count: int) -> str:
    """By the runs that chose it the best of several looks better than it is."""
    return f", the runs by which it was chosen of {count}" if count > 1 else ""


def _format_tasks(tasks: Sequence[ReplayTask]) -> Iterator[str]:
    for each in tasks[:MAX_LISTED]:
        told = each.task_class
        yield to_line(f"task: {each.name}: {told.kind} {told.size} {told.language}")
    if len(tasks) > MAX_LISTED:
        yield f"task: {len(tasks) - MAX_LISTED} more (--json lists all)"


def _format_contenders(done: Measured) -> Iterator[str]:
    """Who would be asked, and what has to be mended before that."""
    for who in (each.configuration for each in done.contenders):
        way = describe_way(who)
        yield to_line(f"would be asked: {who.tier} {who.model}{f', {way}' if way != '-' else ''}")
    if not done.contenders and not done.model_faults:
        yield "would be asked: nobody, as the settings have no model for it: docs/models.md"
    yield from (to_line(f"cannot be asked yet: {fault}") for fault in done.model_faults)


def _format_other_versions(done: Measured) -> Iterator[str]:
    """Results of the same tasks and models that are not in the table."""
    asked = {each.configuration.prompts for each in done.contenders}
    found = Counter(
        (who.tier, who.model, WORDS["weights" if who.prompts in asked else "version"])
        for who in (each.configuration for each in done.other_versions)
    )
    for (tier, model, why), count in sorted(found.items()):
        yield to_line(f"left out: {count} earlier results of {tier} {model}: {why}")


def _format_rest(done: Measured) -> Iterator[str]:
    yield from _format_other_versions(done)
    unmeasured = done.evaluation.unmeasured
    told = [(each.replay.task.name, each.why or "it was ended") for each in unmeasured]
    left_out = [(each.name, each.why) for each in done.found.left_out]
    for what, reasons in (("not measured", told), ("left out", left_out)):
        for name, why in reasons[:MAX_LISTED]:
            yield to_line(f"{what}: {name}: {why}")
        if len(reasons) > MAX_LISTED:
            yield f"{what}: {len(reasons) - MAX_LISTED} more (--json lists all)"
    if done.evaluation.left and not done.is_dry_run:
        yield f"{done.evaluation.left} replays are left: the same command goes on with them"


def evaluation_data(done: Measured) -> Mapping[str, object]:
    keys = {replay.key: replay for replay in done.evaluation.replays}
    kept = done.evaluation.kept
    return {
        "v": JSON_VERSION,
        "table": [_row_data(row) for row in list_rows(done)] if kept else [],
        "replays": [
            {"key": key, "evidence": done.evidence.get(key, ""), **asdict(kept[key])}
            for key in keys
            if key in kept
        ],
        "unmeasured": [
            {
                "key": each.replay.key,
                "task": each.replay.task.name,
                "configuration": asdict(each.replay.contender.configuration),
                "run": each.replay.run,
                "why": each.why,
                "evidence": done.evidence.get(each.replay.key, ""),
            }
            for each in done.evaluation.unmeasured
        ],
        "tasks": [{"name": each.name, **asdict(each.task_class)} for each in done.found.tasks],
        "contenders": [asdict(each.configuration) for each in done.contenders],
        "model_faults": list(done.model_faults),
        "left_out": [asdict(each) for each in done.found.left_out],
        "other_versions": [asdict(each) for each in done.other_versions],
        "left": done.evaluation.left,
    }


def _row_data(row: TableRow) -> Mapping[str, object]:
    return {
        "group": asdict(row.group),
        "configuration": asdict(row.configuration),
        "rate": _rate_data(row.rate),
        "hidden": _rate_data(row.hidden),
        "good": _rate_data(row.good),
        "passes": row.passes,
        **{
            name: getattr(row, name)
            for name in ("tasks", "attempts", "tokens_in", "tokens_out", "seconds", "cost")
        },
    }


def _rate_data(rate: PassRate) -> Mapping[str, float]:
    told = {"passed": rate.passed, "runs": rate.runs, "low": rate.low, "high": rate.high}
    return {**told, "independent": rate.independent}
