"""Only a workflow that the repository names is started on the bot's branch, and once for a head."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fake_github.repo import Repo
from fake_github.world import GitHub
from support.in_process import Inside, inside
from support.machine import BANK
from support.tickets import amend, ticket

from bot.github.errors import UnavailableError
from bot.ticket.keys import dispatched_key
from bot.ticket.model import Ticket
from bot.ticket.stages import Stage
from runners.tickets.ci_dispatch import Started, start_named_workflows

BRANCH, GRACE = "bricklayer/1-x", 180.0
DISPATCHES = "/repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches"
CI, DEPLOY = ".github/workflows/ci.yml", ".github/workflows/deploy.yml"
TEXT = "on:\n  push: {branches: [main]}\n  workflow_dispatch:\njobs: {}\n"


@pytest.fixture
def bot(github: GitHub, tmp_path: Path) -> Iterator[Inside]:
    with inside(tmp_path, github, hook=False) as made:
        at = made.services.now()
        made.services.now = lambda: at
        yield made


@pytest.fixture
def repo(github: GitHub) -> Repo:
    """With a workflow that tests, and one that deploys; a push to a branch starts neither."""
    made = github.repo("octocat/bank", {"bank.py": BANK, CI: TEXT, DEPLOY: TEXT})
    github.ci_on("octocat/bank", on_push=False, dispatchable=True)
    made.checks.workflow("Deploy", DEPLOY, ("deploy",), on_push=False, dispatchable=True)
    return made


@pytest.fixture
def waiting(github: GitHub, bot: Inside, repo: Repo) -> Ticket:
    """A ticket on whose head nothing has reported since the push."""
    head = repo.push(BRANCH, {"bank.py": "1\n"}, by=github.person("mona", permission="write"))
    where = bot.services.account.open_repository("octocat/bank", 0).read_location()
    made = amend(ticket(Stage.CI), base=repo.git.sha("main"), head=head, branch=BRANCH)
    made = replace(made, where=where)
    bot.services.open_mirror(made).fetch()
    return made


def start(bot: Inside, waiting: Ticket, *named: str) -> Started:
    checks = bot.services.repository(waiting).read_checks(waiting.remote.head)
    return start_named_workflows(bot.services, waiting, named, checks, GRACE)


def later(bot: Inside) -> None:
    at = bot.services.now() + GRACE + 1
    bot.services.now = lambda: at


def test_the_named_workflow_is_started_on_the_branch_and_no_other(
    bot: Inside, repo: Repo, waiting: Ticket
) -> None:
    assert start(bot, waiting, "ci.yml") == Started(("ci.yml",))
    (run,) = repo.checks.runs
    assert (run.workflow.path, run.suite.sha, run.event) == (
        CI, waiting.remote.head, "workflow_dispatch",
    )  # fmt: skip


def test_nothing_is_started_that_is_not_named(github: GitHub, bot: Inside, waiting: Ticket) -> None:
    """The words `workflow_dispatch` in a file are no leave to run it; it is said what to do."""
    came = start(bot, waiting)
    assert 'dispatch = ["ci.yml"]' in came.why
    assert not github.count("POST", DISPATCHES)


def test_a_workflow_that_is_not_there_is_said(github: GitHub, bot: Inside, waiting: Ticket) -> None:
    came = start(bot, waiting, "tests.yml")
    assert "`.bricklayer.toml` names `tests.yml`" in came.why
    assert not github.count("POST", DISPATCHES)


REFUSED = {
    "it needs inputs": ({"required_inputs": ("level",)}, "'level' not provided", "a default"),
    "it cannot be started": ({"dispatchable": False}, "does not have", "Add `workflow_dispatch:`"),
    "it is disabled": ({"state": "disabled_manually"}, "disabled workflow", "Enable it"),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_why_github_starts_none_is_said_with_what_to_do(
    bot: Inside, repo: Repo, waiting: Ticket, case: tuple[dict[str, object], str, str]
) -> None:
    fields, words, to_do = case
    for name, value in fields.items():
        setattr(repo.checks.workflows[0], name, value)
    came = start(bot, waiting, "ci.yml")
    assert words in came.why
    assert to_do in came.why
    assert not came.names


def test_each_is_started_once_for_a_head_also_by_a_process_that_was_killed_in_between(
    github: GitHub, bot: Inside, waiting: Ticket
) -> None:
    """The ticket does not say so, as it was not stored; a run is listed some time after its start."""
    start(bot, waiting, "ci.yml")
    repo = github.repo("octocat/bank")
    runs, suites = repo.checks.runs, repo.checks.suites
    repo.checks.runs, repo.checks.suites = [], []
    assert start(bot, waiting, "ci.yml").wait_until == bot.services.now() + GRACE
    repo.checks.runs, repo.checks.suites = runs, suites
    later(bot)
    assert start(bot, waiting, "ci.yml") == Started()
    assert github.count("POST", DISPATCHES) == 1


def test_a_lost_answer_is_no_reason_to_start_it_twice(
    github: GitHub, bot: Inside, waiting: Ticket
) -> None:
    github.fail("POST", "/dispatches", 0, after=True)
    with pytest.raises(UnavailableError):
        start(bot, waiting, "ci.yml")
    assert start(bot, waiting, "ci.yml") == Started()
    assert github.count("POST", DISPATCHES) == 1


def test_what_was_never_sent_is_sent_after_all(
    github: GitHub, bot: Inside, waiting: Ticket
) -> None:
    github.fail("POST", "/dispatches", 502)
    with pytest.raises(UnavailableError):
        start(bot, waiting, "ci.yml")
    assert start(bot, waiting, "ci.yml").wait_until
    later(bot)
    assert start(bot, waiting, "ci.yml") == Started(("ci.yml",))


def test_a_start_of_which_nothing_comes_is_said_and_not_repeated(
    github: GitHub, bot: Inside, repo: Repo, waiting: Ticket
) -> None:
    start(bot, waiting, "ci.yml")
    repo.checks.runs.clear()
    repo.checks.suites.clear()
    later(bot)
    told = waiting.with_handled(dispatched_key(waiting.remote.head))
    assert "nothing has reported" in start(bot, told, "ci.yml").why
    assert github.count("POST", DISPATCHES) == 1


def test_of_several_only_what_has_not_begun_is_started(
    github: GitHub, bot: Inside, repo: Repo, waiting: Ticket
) -> None:
    mona = github.person("mona")
    with github.change():
        repo.checks.start(repo.checks.workflows[0], waiting.remote.head, BRANCH, mona, "push")
    assert start(bot, waiting, "ci.yml", "deploy.yml") == Started(("deploy.yml",))
