"""What of a night was not as usual is told by its figures, and what is usual is not."""

import pytest

from bot.spending import Spent
from bot.storage.span import SpanAttempt
from runners.dashboard.surprises import MAX_JOBS, MIN_ATTEMPTS, MIN_JOBS, Unusual, list_surprises


def attempt(number: int, tier: str, outcome: str = "check failed") -> SpanAttempt:
    return SpanAttempt("job", "7#1", "Fix", "fix", 1, number, outcome, tier)


def tell(unusual: Unusual, *attempts: SpanAttempt) -> list[str]:
    return [*list_surprises(attempts, unusual, {"7#1": "octocat/bank#1"})]


@pytest.mark.parametrize(("tokens", "jobs", "told"), [(3000, 5, 1), (2999, 5, 0), (9000, 4, 0)])
def test_a_job_that_used_three_times_what_is_usual_is_told(
    tokens: int, jobs: int, told: int
) -> None:
    """Of fewer jobs than five nobody knows what is usual."""
    assert MIN_JOBS == 5
    found = tell(Unusual({"7#1": Spent(tokens)}, [1000] * jobs))
    assert len(found) == told
    if told:
        what = (
            "octocat/bank#1 used 3,000 tokens, 3 times what a job usually uses (1,000, of 5 jobs)"
        )
        assert found == [what]


def test_a_tier_of_which_nothing_passed_is_told_once_it_has_tried_often() -> None:
    nothing = Unusual({}, ())
    failed = [attempt(number, "local") for number in range(MIN_ATTEMPTS)]
    assert tell(nothing, *failed) == ["none of 5 attempts by the local tier passed"]
    assert tell(nothing, *failed[1:]) == []
    assert tell(nothing, *failed, attempt(9, "local", "passed")) == []


def test_quotas_and_calls_that_were_cut_off_are_told_in_printable_words() -> None:
    found = tell(Unusual({}, (), [("cli:\x1bclaude", 1_800_000_000.0)], 2))
    assert all(line.isprintable() for line in found)
    assert found[0].endswith("had no quota left until 2027-01-15 08:00 UTC")
    assert found[1].startswith("2 calls were cut off")


def test_jobs_that_used_too_much_and_have_no_line_are_counted() -> None:
    """The largest are shown; nothing is left out without a word."""
    jobs = {f"7#{number}": Spent(3000 + number) for number in range(9)}
    *shown, rest = tell(Unusual(jobs, [1000] * 5))
    assert len(shown) == MAX_JOBS
    assert shown[0].startswith("7#8 used 3,008 tokens")
    assert rest == "4 more jobs used at least 3 times what a job usually uses"
