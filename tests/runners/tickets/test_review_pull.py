"""The reading by the reviewer tier: what it is shown, how long it is waited for, and once."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fake_github.issues import Issue
from fake_github.world import GitHub
from support.held_queue import HeldQueue
from support.in_process import BRANCH, Clock, Inside, inside, placed
from support.machine import BANK, MODELS, said

from bot.coaching.notes import Note
from bot.config.tiers import TierSettings
from bot.ledger import AttemptOutcome, LedgerRow
from bot.review.model import ReviewReport
from bot.ticket import messages_findings
from bot.ticket.keys import reviewed_key
from bot.ticket.model import Ticket
from bot.ticket.stages import Stage
from bot.ticket.stored_form import from_json, to_json
from runners.build.load_plan import RunRequest
from runners.queues.work_item import ITEM_JSON, PRIORITIES
from runners.reviewing.request import ReviewRequest
from runners.tickets.follow_findings import begin_follow_up
from runners.tickets.outbox import empty_outbox
from runners.tickets.queued_work import make_item
from runners.tickets.review_pull import review_pull
from runners.tickets.services import Services
from runners.worker_process.main import WorkRequest, WorkResult

READER = {**MODELS, "reviewer": said("bank.py:2: it is wrong, see #1\nPROOF: try it", "review")}


@pytest.fixture
def bot(github: GitHub, tmp_path: Path) -> Iterator[Inside]:
    with inside(tmp_path, github, clock=Clock(), patient=False, models=READER) as made:
        yield made


def turn_green(github: GitHub, bot: Inside, issue: Issue, clock: Clock) -> Ticket:
    """CI has ended well, and what begins late has had its time, counted from the first look."""
    github.ci(issue.repo.pulls[0].head_sha, "green")
    while (ticket := bot.advance()).why.startswith("Waiting for CI") and not ticket.outage:
        clock.ahead += 60
    return ticket


def read_whole(services: Services, ticket: Ticket) -> Ticket:
    """Both steps: the first has the answer, and the second posts it."""
    kept = review_pull(services, ticket)
    return review_pull(services, kept) if kept.reading.answer else kept


def test_an_answer_is_kept_before_any_of_it_is_posted(github: GitHub, bot: Inside) -> None:
    """What is posted is what was stored: no second answer takes its place after a kill."""
    issue = placed(github, bot, Stage.CI)
    kept = review_pull(bot.services, bot.ticket)
    (pull,) = issue.repo.pulls
    assert not pull.reviews
    assert not kept.was_handled(reviewed_key(kept.remote.head))
    stored = from_json(to_json(kept))
    assert stored.reading.answer == kept.reading.answer
    read = review_pull(bot.services, stored)
    assert [len(pull.reviews), len(pull.threads), len(read.findings)] == [1, 1, 1]
    assert read.reading.answer is None


def test_a_kill_after_the_post_loses_no_comment_and_posts_none_twice(
    github: GitHub, bot: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever a reviewer would say now: the step is done again from the answer that is kept."""
    issue = placed(github, bot, Stage.CI)
    kept = review_pull(bot.services, bot.ticket)
    first = review_pull(bot.services, kept)  # what it gives is lost
    monkeypatch.setattr(Services, "run_to_end", lambda *_: pytest.fail("asked again"))
    again = review_pull(bot.services, kept)
    (pull,) = issue.repo.pulls
    assert [len(pull.reviews), len(pull.threads)] == [1, 1]
    assert again.findings == first.findings
    assert again.findings[0].comment


def test_what_stands_on_the_page_is_taken_up_where_all_that_was_kept_is_lost(
    github: GitHub, bot: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the database is lost: by its hidden lines the review is ours, with each remark."""
    issue = placed(github, bot, Stage.CI)
    before = bot.ticket
    (finding,) = read_whole(bot.services, before).findings
    (pull,) = issue.repo.pulls
    pull.threads[0].reply(f"It is not.\n{finding.mark}", by=github.person("eve"))
    monkeypatch.setattr(Services, "run_to_end", lambda *_: pytest.fail("asked again"))
    found = read_whole(bot.services, before)
    (again,) = found.findings
    assert (again.id, again.comment) == (finding.id, finding.comment)
    assert (again.path, again.line, again.model) == ("bank.py", 2, "script:reviewer.md")
    assert again.said.startswith("it is wrong")
    assert found.was_handled(reviewed_key(found.remote.head))
    assert sum("read the diff" in each.body for each in pull.reviews) == 1
    assert len(pull.threads) == 1


@pytest.mark.slow
def test_an_answer_about_a_commit_that_is_no_longer_the_head_is_posted_for_that_commit(
    github: GitHub, bot: Inside
) -> None:
    """It is paid: a push between the two steps loses none of it, and the new head is read next."""
    issue = placed(github, bot, Stage.CI)
    kept = review_pull(bot.services, bot.ticket)
    old = kept.remote.head
    head = issue.repo.push(BRANCH, {"notes.md": "Read me.\n"}, by=github.app().bot)
    bot.services.open_mirror(kept).fetch()
    posted = review_pull(bot.services, replace(kept, remote=replace(kept.remote, head=head)))
    assert [finding.head for finding in posted.findings] == [old]
    assert posted.was_handled(reviewed_key(old))
    assert posted.reading.answer is not None
    assert posted.reading.asked_head == head


@pytest.mark.slow
def test_a_base_that_moves_while_it_is_read_changes_neither_the_diff_nor_the_work(
    github: GitHub, bot: Inside
) -> None:
    """From where a head is read is fixed once: else it is paid twice, and kept with another."""
    issue = placed(github, bot, Stage.CI)
    queue = HeldQueue()
    bot.services.queue = queue
    clock = bot.services.now
    assert isinstance(clock, Clock)
    turn_green(github, bot, issue, clock)
    (item,) = queue.items.values()
    assert item.review
    plan = bot.ticket.remote.plan_commit  # it is in the head's history, as a merged base is
    bot.services.tickets.change_ticket(
        bot.ticket.key, lambda now: replace(now, remote=replace(now.remote, base=plan))
    )
    queue.end(WorkResult(passed=True, review=ReviewReport(answered=True, model="m")))
    clock.reach(bot.ticket.wake_at)
    read = bot.advance()
    assert list(queue.items) == [item.id]
    assert read.reading.base == item.review.base != plan


@pytest.mark.slow
def test_what_nobody_can_read_is_told_to_people_once(github: GitHub, bot: Inside) -> None:
    """Where nothing of the diff can be shown no model is asked; people hear which files and why."""
    issue = placed(github, bot, Stage.CI)
    app = github.app().bot
    issue.repo.push(BRANCH, {"bank.py": BANK}, by=app)
    head = issue.repo.push(BRANCH, {"logo.bin": "a\0b"}, by=app)
    bot.services.open_mirror(bot.ticket).fetch()
    remote = replace(bot.ticket.remote, head=head)
    ticket = read_whole(bot.services, replace(bot.ticket, remote=remote))
    (review,) = issue.repo.pulls[0].reviews
    assert "no model has reviewed it" in review.body
    assert "logo.bin: it is binary" in review.body
    assert not ticket.progress.rows
    later = issue.repo.push(BRANCH, {"more.bin": "a\0c"}, by=app)
    bot.services.open_mirror(bot.ticket).fetch()
    read_whole(bot.services, replace(ticket, remote=replace(remote, head=later)))
    _, second = (each.body for each in issue.repo.pulls[0].reviews)
    assert "more.bin: it is binary" in second
    assert "logo.bin" not in second


def test_a_reading_is_posted_once_and_paid_once_whatever_is_killed(
    github: GitHub, bot: Inside
) -> None:
    """A step that is done again finds the answer where it was kept, and the review on the page."""
    issue = placed(github, bot, Stage.CI)
    first = read_whole(bot.services, bot.ticket)
    again = read_whole(bot.services, bot.ticket)
    (pull,) = issue.repo.pulls
    assert [len(pull.reviews), len(pull.threads)] == [1, 1]
    (finding,) = first.findings
    assert (finding.id, finding.comment) == (again.findings[0].id, again.findings[0].comment)
    assert (finding.line, finding.model) == (2, "script:reviewer.md")
    assert first.was_handled(reviewed_key(first.remote.head))
    assert [row.tier for row in first.progress.rows] == ["reviewer"]
    assert begin_follow_up(bot.services, first) is None
    assert review_pull(bot.services, first) is first


@pytest.mark.slow
def test_who_wrote_it_is_asked_last_and_said_where_nobody_else_is_there(
    github: GitHub, bot: Inside
) -> None:
    issue = placed(github, bot, Stage.CI)
    wrote = LedgerRow(
        "fix-withdraw", 1, "local", "script:reviewer.md", outcome=AttemptOutcome.PASSED
    )
    ticket = read_whole(bot.services, bot.ticket.with_rows([wrote]))
    assert ticket.findings
    assert "It wrote some of this change itself" in issue.repo.pulls[0].reviews[0].body


def test_nothing_of_the_author_reaches_the_reviewer(
    github: GitHub, bot: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No ledger and no message of a commit: the plan, the lessons, the checks and the diff."""
    placed(github, bot, Stage.CI)
    seen: list[WorkRequest] = []

    def run(_self: Services, _ticket: object, work: WorkRequest) -> WorkResult:
        seen.append(work)
        return WorkResult(passed=False, why="no")

    monkeypatch.setattr(Services, "run_to_end", run)
    ticket = bot.ticket.with_rows([LedgerRow("fix-withdraw", 1, "local", "m", outcome="passed")])
    review_pull(bot.services, ticket)
    (work,) = seen
    assert work.review
    assert work.review.authors == ("m",)
    assert "withdraw() must subtract" in work.review.plan
    assert not work.build.plan
    assert work.review.left_out.endswith(".md")


@pytest.mark.slow
def test_a_reviewer_that_is_down_is_waited_for_and_then_gone_without(
    github: GitHub, bot: Inside
) -> None:
    """The pull request is shown, and says so; what people have to do is not blocked by a model."""
    issue = placed(github, bot, Stage.CI)
    down = {"models": ("openai-chat:x",), "base_url": "http://127.0.0.1:9/v1", "retries": 0}
    tier = TierSettings.model_validate({**down, "wait": 0})
    tiers = {**bot.services.settings.tiers, "reviewer": tier}
    bot.services.settings = bot.services.settings.model_copy(update={"tiers": tiers})
    clock = bot.services.now
    assert isinstance(clock, Clock)
    waiting = turn_green(github, bot, issue, clock)
    assert (waiting.stage, waiting.outage) == (Stage.CI, "models")
    clock.reach(waiting.wake_at)
    shown = bot.advance()
    assert (shown.stage, shown.outage) == (Stage.REVIEW, "")
    comments = [comment.body for comment in issue.repo.pulls[0].comments]
    assert sum("No model has reviewed this" in body for body in comments) == 1
    assert "127.0.0.1" not in "".join(comments)


@pytest.mark.slow
def test_a_reading_waits_in_a_queue_and_not_for_ever(github: GitHub, bot: Inside) -> None:
    """Any worker can do it with its own models; one that nobody takes is given up and said."""
    issue = placed(github, bot, Stage.CI)
    queue = HeldQueue()
    bot.services.queue = queue
    clock = bot.services.now
    assert isinstance(clock, Clock)
    assert turn_green(github, bot, issue, clock).why == messages_findings.READING
    (item,) = queue.items.values()
    assert (item.kind, item.queue, item.priority) == ("review", "builds", PRIORITIES["rework"])
    assert ITEM_JSON.validate_json(ITEM_JSON.dump_json(item)) == item
    clock.ahead += bot.services.settings.tiers["reviewer"].quota_wait + 60
    assert bot.advance().stage is Stage.REVIEW
    assert queue.cancelled == [item.id]
    comments = [comment.body for comment in issue.repo.pulls[0].comments]
    assert sum("no worker had room" in body for body in comments) == 1


@pytest.mark.slow
def test_what_was_read_as_it_is_is_not_read_again(github: GitHub, bot: Inside) -> None:
    """A later head with nothing new costs no call; a new file is read alone."""
    issue = placed(github, bot, Stage.CI)
    read = read_whole(bot.services, bot.ticket)
    app = github.app().bot
    head = issue.repo.push(BRANCH, {"notes.md": "Read me.\n"}, by=app)
    bot.services.open_mirror(read).fetch()
    later = replace(read, remote=replace(read.remote, head=head))
    again = read_whole(bot.services, later)
    review = issue.repo.pulls[0].reviews[-1].body
    assert "1 file is as when it was read last" in review
    assert len(again.progress.rows) == 2
    same = replace(again, handled=())
    assert read_whole(bot.services, same).progress.rows == again.progress.rows


@pytest.mark.slow
def test_of_a_diff_that_no_window_holds_nobody_is_asked_and_people_are_told(
    github: GitHub, bot: Inside
) -> None:
    """A model that was shown nothing would have found nothing to object to."""
    issue = placed(github, bot, Stage.CI)
    wide = "".join(f"# {number} {'too wide ' * 40}\n" for number in range(140))
    head = issue.repo.push(BRANCH, {"bank.py": wide}, by=github.app().bot)
    bot.services.open_mirror(bot.ticket).fetch()
    tiers = dict(bot.services.settings.tiers)
    tiers["reviewer"] = tiers["reviewer"].model_copy(update={"context": 4096})
    bot.services.settings = bot.services.settings.model_copy(update={"tiers": tiers})
    remote = replace(bot.ticket.remote, head=head)
    ticket = read_whole(bot.services, replace(bot.ticket, remote=remote))
    (review,) = issue.repo.pulls[0].reviews
    assert "no model has reviewed it" in review.body
    assert "bank.py: the window has no room for it" in review.body
    assert not ticket.progress.rows
    assert ticket.was_handled(reviewed_key(ticket.remote.head))


def test_a_note_that_is_ticked_meanwhile_has_no_second_reading_paid(
    github: GitHub, bot: Inside
) -> None:
    placed(github, bot, Stage.CI)
    note = Note("Subtract.", ("**",), "https://github.com/octocat/bank/pull/1", "mona", "0" * 40)
    work = WorkRequest(bot.services.settings, RunRequest("", Path()), review=ReviewRequest("b"))
    noted = replace(work, review=ReviewRequest("b", notes=(note,)))
    assert make_item(bot.ticket, work).id == make_item(bot.ticket, noted).id
    assert make_item(bot.ticket, noted).review == noted.review


def test_without_a_reviewer_tier_nobody_is_asked(github: GitHub, tmp_path: Path) -> None:
    with inside(tmp_path, github, patient=False) as bot:
        placed(github, bot, Stage.CI)
        assert review_pull(bot.services, bot.ticket) == bot.ticket


def test_a_page_that_takes_no_comments_on_lines_has_them_in_one_text(
    github: GitHub, bot: Inside
) -> None:
    issue: Issue = placed(github, bot, Stage.CI)
    github.fail("POST", f"/repos/octocat/bank/pulls/{issue.repo.pulls[0].number}/reviews", 422)
    ticket = read_whole(bot.services, bot.ticket)
    (review,) = issue.repo.pulls[0].reviews
    assert "`bank.py:2`: it is wrong" in review.body
    assert ticket.findings[0].comment == 0
    assert empty_outbox(bot.services, ticket) == ticket
