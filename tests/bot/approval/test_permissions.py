"""Who may ask, what a plan wants a yes for, and how often is too often."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.approval.permissions import (
    can_write,
    find_plan_risks,
    is_within_rate,
    label_matches,
    needs_approval,
)
from bot.config.repository import RepoConfig, parse_repo_config
from bot.plan import Job, parse_job


@pytest.mark.parametrize("permission", ["admin", "maintain", "write"])
def test_writers_may(permission: str) -> None:
    assert can_write(permission)


@pytest.mark.parametrize("permission", ["triage", "read", "none", "", "Admin", "write ", "owner"])
def test_nobody_else_may(permission: str) -> None:
    assert not can_write(permission)


@pytest.mark.parametrize(
    ("label", "configured"),
    [("bricklayer", "bricklayer"), ("Bricklayer", "bricklayer"), ("Лепка", "лепка")],
)
def test_the_label_is_the_configured_one_whatever_its_case(label: str, configured: str) -> None:
    assert label_matches(label, configured)


@pytest.mark.parametrize(
    "label",
    [
        *(
            "bric\u212alayer",
            "bricklayer ",
            " bricklayer",
            "bricklayer:review=x",
            "",
            "brick layer",
        ),
        *("brick\u200blayer", "bricklayer\u2060", "br\u0456cklayer", "\uff42ricklayer"),
    ],
)
def test_a_label_that_looks_alike_is_another(label: str) -> None:
    assert not label_matches(label, "bricklayer")


@pytest.mark.parametrize("label", ["", " ", "brick\u200blayer"])
def test_no_label_that_nobody_can_read_ever_matches(label: str) -> None:
    assert not label_matches(label, label)


@pytest.mark.parametrize(
    ("mode", "risks", "asked"),
    [
        ("never", ("x",), False),
        ("risky", ("x",), True),
        ("risky", (), False),
        ("always", (), True),
    ],
)
def test_a_yes_is_wanted_as_the_repository_says(
    mode: str, risks: tuple[str, ...], asked: bool
) -> None:
    assert needs_approval(mode, risks) == asked  # type: ignore[arg-type]


def test_so_many_in_an_hour_and_no_more() -> None:
    times = [0.0, 1000.0, 2000.0]
    assert not is_within_rate(times, 3599, 3, 3600)
    assert is_within_rate(times, 3600, 3, 3600)
    assert not is_within_rate([], 0, 0, 3600)


@given(st.lists(st.floats(0, 1e6)), st.integers(0, 20))
def test_whoever_is_allowed_each_time_never_has_more_than_the_most(
    times: list[float], most: int
) -> None:
    taken: list[float] = []
    for now in sorted(times):
        if is_within_rate(taken, now, most, 100.0):
            taken.append(now)
    for now in taken:
        assert sum(1 for time in taken if now - 100 < time <= now) <= most


TASK = "### Task: t1\n- file: src/bank.py\n- check: test\n\nMend it.\n"


def job(body: str, head: str = "checks: [test]") -> Job:
    return parse_job(f"---\ntitle: Mend it\n{head}\n---\nWhy.\n\n## Phase: Do\n\n{body}")


def test_a_plan_that_writes_what_it_is_about_wants_no_yes() -> None:
    assert find_plan_risks(job(TASK), RepoConfig()) == ()


def test_a_plan_without_a_final_check_wants_a_yes() -> None:
    (why,) = find_plan_risks(job(TASK, head="base: main"), RepoConfig())
    assert "no check" in why


def test_what_is_guarded_or_deleted_by_any_kind_of_block_wants_a_yes() -> None:
    """Patches name their files themselves."""
    patch = "--- a/Makefile\n+++ b/Makefile\n@@ -1 +1 @@\n-a\n+b\n"
    body = (
        "### Task: t1\n- check: test\n\nMend it.\n\n"
        f"```file=.GitHub/x.yml\na\n```\n\n```delete=src/old.py\n```\n\n```patch\n{patch}```\n\n"
        "### Task: t2\n- file: db/1.sql\n- check: test\n\nMend it.\n"
    )
    config = parse_repo_config("[protect]\npaths = ['*.sql']")
    said = find_plan_risks(job(body), config)
    assert [why.partition(":")[0] for why in said] == [
        ".GitHub/x.yml",
        "Makefile",
        "db/1.sql",
        "src/old.py",
    ]


def test_a_large_plan_wants_a_yes() -> None:
    body = "".join(
        f"### Task: t{n}\n- check: test\n\nAdd.\n\n```file=a{n}.py\n1\n2\n```\n\n" for n in range(3)
    )
    config = parse_repo_config("[limits]\nfiles = 2\nlines = 5")
    assert find_plan_risks(job(body), config) == (
        "it changes 3 files, more than 2",
        "it changes 6 lines, more than 5",
    )
    assert find_plan_risks(job(body), parse_repo_config("[limits]\nfiles = 3\nlines = 6")) == ()
