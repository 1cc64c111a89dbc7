"""Scores of the small tasks: kept line by line so that a killed run goes on, and reported."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from math import sqrt
from pathlib import Path

from bot.pass_rate import PassRate

Z_95 = 1.96
"""Of a normal distribution, for 95 %."""


@dataclass(slots=True)
class Score:
    """What one contender did with one task under one seed.

    `outcomes` and `strategies` have one entry for each attempt. `false`: it passed its check and
    was refused by the hidden one. `seconds` are those of all calls to the model, `wall` those from
    beginning to end. `tree` names the code that was measured.
    """

    contender: str
    task: str
    split: str
    seed: int = 0
    passed: bool = False
    false: bool = False
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0
    outcomes: list[str] = field(default_factory=list)
    strategies: list[str] = field(default_factory=list)
    wall: float = 0.0
    tree: str = ""

    @property
    def key(self) -> tuple[str, str, str, int]:
        return self.tree, self.contender, self.task, self.seed


def read_scores(path: Path | None) -> list[Score]:
    """What an earlier run has written; its last line may be cut off."""
    if path is None or not path.exists():
        return []
    return list(_parse_lines(path.read_text("utf-8").splitlines()))


def _parse_lines(lines: Sequence[str]) -> Iterator[Score]:
    for line in lines:
        try:
            yield Score(**json.loads(line))
        except (json.JSONDecodeError, TypeError):
            print(f"skipped a line that is no score: {line[:60]}")


def append_score(path: Path | None, score: Score) -> None:
    if path is not None:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(score)) + "\n")


def compare(scores: Sequence[Score], before: str, after: str) -> str:
    """Two contenders on the same tasks and seeds: the difference with its interval, and the time.

    Of paired shares, by Wald with half a pair more in each cell, so that few pairs tell little:
    http://users.stat.ufl.edu/~aa/cda/R/matched/R2_matched/index.html
    """
    sides = [
        {(each.task, each.seed): each for each in scores if each.contender == name}
        for name in (before, after)
    ]
    pairs = [(sides[0][key], sides[1][key]) for key in sides[0] if key in sides[1]]
    count = len(pairs)
    won = sum(b.passed and not a.passed for a, b in pairs)
    lost = sum(a.passed and not b.passed for a, b in pairs)
    share = (won - lost) / max(count, 1)
    middle = (won - lost) / (count + 2)
    reach = Z_95 * sqrt(won + lost + 1 - (won - lost) ** 2 / (count + 2)) / (count + 2)
    interval = f"{100 * (middle - reach):+.0f} to {100 * (middle + reach):+.0f}"
    told = f"{won} won, {lost} lost, {100 * share:+.0f} points ({interval})"
    lines = [f"\n{after} against {before}, {count} pairs: {told}"]
    for what, at in (("wall time", "wall"), ("tokens out", "tokens_out")):
        sums = [sum(getattr(pair[side], at) for pair in pairs) for side in (0, 1)]
        if sums[0]:
            lines.append(f"{what}: {sums[1] / sums[0]:.2f} times {before}'s")
    return "\n".join(lines)


def report(scores: Sequence[Score]) -> str:
    """A row for each contender and split, then what each strategy's attempts came to."""
    head = "| contender | tasks | passed | 95 % interval | false passes | tokens in, mean / most"
    lines = [f"{head} | tokens out, mean | attempts, mean | seconds, mean |", f"|{' --- |' * 9}"]
    for contender in dict.fromkeys(score.contender for score in scores):
        own = [score for score in scores if score.contender == contender]
        for split in [*sorted({score.split for score in own}), ""]:
            some = [score for score in own if split in {"", score.split}]
            lines.append(_row(contender, split or "all", some))
    lines += ["", "| strategy | attempts | passed | other ends |", f"|{' --- |' * 4}"]
    return "\n".join([*lines, *_strategy_rows(scores)])


def _row(contender: str, split: str, scores: Sequence[Score]) -> str:
    count, won = len(scores), sum(score.passed for score in scores)
    rate = PassRate(won, count)
    low, high = rate.low, rate.high
    mean_in, mean_out = (
        sum(getattr(score, name) for score in scores) // count
        for name in ("tokens_in", "tokens_out")
    )
    most = max(score.tokens_in for score in scores)
    attempts = sum(len(score.outcomes) for score in scores) / count
    seconds = sum(score.seconds for score in scores) / count
    return (
        f"| {contender} | {split} | {won} of {count} ({won / count:.0%}) | {low:.0%} to {high:.0%} "
        f"| {sum(score.false for score in scores)} | {mean_in:,} / {most:,} | {mean_out:,} "
        f"| {attempts:.1f} | {seconds:.0f} |"
    )


def _strategy_rows(scores: Sequence[Score]) -> Iterator[str]:
    ends: dict[str, Counter[str]] = {}
    for score in scores:
        for strategy, outcome in zip(score.strategies, score.outcomes, strict=False):
            ends.setdefault(f"{score.contender}: {strategy}", Counter())[outcome] += 1
    for strategy, counts in ends.items():
        others = ", ".join(f"{n} {what}" for what, n in counts.most_common() if what != "passed")
        yield f"| {strategy} | {counts.total()} | {counts['passed']} | {others} |"
