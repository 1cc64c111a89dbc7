"""What a reader of the pull request sees: its checks, its commits, its text and its links."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from fake_github.issues import Issue
from fake_github.pulls import Pull
from fake_github.world import GitHub
from support.in_process import Inside, built, inside
from support.machine import MODELS, pull_of, status
from support.tickets import proposal

from bot.github.urls import web_url
from bot.ticket.pull_text import BELOW
from bot.ticket.stages import Stage

# Whole jobs, several in a test: CI and `make test-rest` run them.
pytestmark = pytest.mark.slow

LOG = "E   AssertionError in bank.py:2: the log's own words\n"
WORDS = "Reject amounts that are not positive."


@pytest.fixture
def bot(github: GitHub, tmp_path: Path) -> Iterator[Inside]:
    with inside(tmp_path, github, models=dict(MODELS)) as made:
        yield made


@pytest.fixture
def issue(github: GitHub, bot: Inside) -> Issue:
    return built(github, bot)


def judged(github: GitHub, bot: Inside, colour: str) -> Pull:
    """CI says so of the head, some time passes, and the bot looks."""
    pull = pull_of(github.repo("octocat/bank").issue(1))
    github.ci(pull.head_sha, colour, log=LOG)
    bot.advance()  # what it sees must stay so for a moment
    later = bot.services.now() + 5
    bot.services.now = lambda: later
    bot.advance()
    return pull


def reworked(github: GitHub, bot: Inside) -> Pull:
    """Red, mended, green, reviewed, reworked."""
    judged(github, bot, "red")
    pull = judged(github, bot, "green")
    assert bot.ticket.stage is Stage.REVIEW
    pull.review("comment", by=github.person("mona"), threads=[("bank.py", 2, WORDS)])
    assert bot.advance().stage is Stage.CI
    return pull


def test_each_commit_has_one_run_and_only_the_heads_is_open(
    github: GitHub, bot: Inside, issue: Issue
) -> None:
    """When the head moves on, what was open is neutral, what was completed stays, none is double."""
    planned = bot.ticket.remote.plan_commit
    first = bot.ticket.remote.head
    reworked(github, bot)
    runs = [r for r in issue.repo.checks.check_runs if r.name == "bricklayer"]
    assert len(runs) == len({run.sha for run in runs}) == 4
    ends = {run.sha: run.conclusion for run in runs}
    assert (ends[planned], ends[first], ends[bot.ticket.remote.head]) == (
        "neutral",
        "neutral",
        None,
    )
    assert sorted(map(str, ends.values())) == ["None", "neutral", "neutral", "success"]
    old = next(run for run in runs if run.sha == planned)
    assert old.output["title"] == f"Superseded by {first[:12]}"


def test_a_run_says_where_the_job_is_what_comes_next_and_where_all_is_told(
    bot: Inside, issue: Issue
) -> None:
    named = [run for run in issue.repo.checks.check_runs if run.name == "bricklayer"]
    run = next(run for run in named if run.sha == bot.ticket.remote.head)
    assert run.output["title"] == "Waiting for CI"
    said = run.output["summary"] or ""
    assert "**Next:** where it passes, the review" in said
    assert f"/octocat/bank/issues/1#issuecomment-{bot.ticket.remote.status_comment})" in said


def test_the_accounts_own_name_and_address_sign_every_commit(
    github: GitHub, bot: Inside, issue: Issue
) -> None:
    """Plan, build and rework; no commit is signed by somebody else of that name."""
    reworked(github, bot)
    me = github.app().bot
    asked = (
        "log",
        "--format=%an %ae %cn %ce",
        f"{bot.ticket.remote.base}..{bot.ticket.remote.head}",
    )
    lines = issue.repo.git.git(*asked).splitlines()
    signed = f"{me.login} {me.id}+{me.login}@users.noreply.127.0.0.1"
    assert lines == [f"{signed} {signed}"] * 5


def test_a_commits_message_says_in_our_words_what_a_round_did(
    github: GitHub, bot: Inside, issue: Issue
) -> None:
    """Nothing of the log or of the reviewer's words, and no line twice."""
    pull = reworked(github, bot)
    range_ = f"{bot.ticket.remote.plan_commit}..{bot.ticket.remote.head}"
    thread = pull.threads[0].comments[0].id
    assert issue.repo.git.git("log", "--format=%s", range_).splitlines() == [
        f"thread-{thread}: settle a review comment on bank.py",
        "mend-1: make CI pass: bank.py",
        "fix-withdraw: withdraw() must subtract the amount.",
        "Remove the plan of #1 from the branch",
    ]
    messages = issue.repo.git.git("log", "--format=%B", range_)
    assert messages.count("withdraw() must subtract") == 1
    assert "AssertionError" not in messages
    assert "Reject amounts" not in messages


def test_each_task_keeps_its_phase_and_its_place_whatever_round_comes(
    github: GitHub, bot: Inside, issue: Issue
) -> None:
    """The plan's first, then the rounds' as they came; a restart knows the plan's and the rounds'."""
    pull = reworked(github, bot)
    thread = f"`thread-{pull.threads[0].comments[0].id}`"
    rows = ["Implement | `fix-withdraw`", "CI round 1 | `mend-1`", f"Rework 1 | {thread}"]
    assert listed(issue) == rows
    forgotten(bot)
    assert listed(issue)[:2] == rows[:2]
    assert listed(issue)[2] == f"Rework | {thread}"


def test_the_plan_can_be_read_from_the_comment_and_the_pull_request(
    github: GitHub, bot: Inside, issue: Issue
) -> None:
    """Both link the committed file on the configured server, also when rounds have come since."""
    for _ in range(2):
        path = f".bricklayer/jobs/{bot.ticket.remote.branch.rpartition('/')[2]}.md"
        assert issue.repo.git.read(bot.ticket.remote.plan_commit, path)
        url = f"{web_url(github.api_url)}/octocat/bank/blob/{bot.ticket.remote.plan_commit}/{path}"
        for text in (status(issue), pull_of(issue).body or ""):
            assert f"]({url})" in text
        judged(github, bot, "red")
    assert bot.ticket.progress.round
    assert "CI round 2" in status(issue)
    assert bot.ticket.progress.round_hash not in status(issue)


def test_the_repositorys_template_stands_below_and_what_people_fill_in_stays(
    github: GitHub, tmp_path: Path
) -> None:
    """Whatever the bot writes above it; a name in another case is a template, too."""
    template = "## Checklist\n\n- [ ] I read the guide\n"
    with inside(tmp_path, github, models=dict(MODELS)) as bot:
        built(github, bot, {"docs/Pull_Request_Template.MD": template})
        pull = pull_of(github.repo("octocat/bank").issue(1))
        assert (pull.body or "").endswith(f"{BELOW}\n\n{template}")
        filled = (pull.body or "").replace("- [ ] I read", "- [x] I read")
        pull.edit(by=github.person("mona"), body=filled)
        judged(github, bot, "red")
        judged(github, bot, "red")
        assert "- [ ] `bank.py`: make CI pass" in (pull.body or "")
        assert (pull.body or "").endswith("- [x] I read the guide\n")


@pytest.mark.usefixtures("issue")
def test_a_blocked_job_says_in_the_pull_request_what_is_done_and_what_not(
    github: GitHub, bot: Inside
) -> None:
    """Its text is edited where a stage ends, the blocked one too, and only if it changed."""
    judged(github, bot, "red")
    before = edits(github)
    pull = judged(github, bot, "red")  # no model has a second answer
    assert bot.ticket.stage is Stage.BLOCKED
    assert "- [ ] `bank.py`: make CI pass (`mend-2`)" in (pull.body or "")
    assert edits(github) == before + 1
    bot.advance()
    assert edits(github) == before + 1


def test_a_lesson_is_proposed_until_it_is_merged_by_a_pull_request_that_lists_it(
    github: GitHub, bot: Inside, issue: Issue
) -> None:
    """The comment links that pull request, which tells each lesson and where it is from."""
    mona = github.person("mona")
    notes = [proposal("Amounts are cents.", "accepted"), proposal("Say why.", "accepted")]
    for at, note in enumerate(notes, 1):
        with_note = partial(replace, notes=(*bot.ticket.notes, note))
        bot.services.tickets.change_ticket(bot.ticket.key, with_note)
        if at == 1:
            judged(github, bot, "green").merge(by=mona)
        bot.advance()
        pull = pull_of(issue)
        assert status(issue).count(f"(proposed in #{pull.number})") == at
        said = [f"- {one.note.lesson} ([from]({one.note.origin}))" for one in notes[:at]]
        assert (pull.body or "").splitlines()[2:] == said
    assert "in `.bricklayer/coaching.md`" not in status(issue)


def edits(github: GitHub) -> int:
    """Of the pull request's text, that is."""
    return github.count("PATCH", "/repos/{owner}/{repo}/pulls/{pull_number}")


def listed(issue: Issue) -> list[str]:
    """Phase and task of each line of the table of tasks; the task's id stands last."""
    table = status(issue).partition("| phase | task |")[2].partition("\n\n")[0]
    cells = [line.removeprefix("| ").split(" | ") for line in table.splitlines()[2:]]
    return [f"{phase} | `{name.rsplit('`', 2)[1]}`" for phase, name, *_ in cells]


def forgotten(bot: Inside) -> None:
    """The database is lost, and the sweep takes the job up again."""
    with bot.services.tickets.engine.begin() as db:
        db.exec_driver_sql("delete from bricklayer_tickets")
        db.exec_driver_sql("delete from bricklayer_marks")
    bot.sweep()
    bot.advance()
