"""Pull requests, checks and reviews, over real HTTP against the stand-in."""

import pytest
from fake_github.people import User
from fake_github.pulls import Pull
from fake_github.world import GitHub

from bot.config.github_access import GitHubSettings
from bot.github.account import Account
from bot.github.ci_logs import Annotation, JobLog
from bot.github.errors import ForbiddenError, NotFoundError, UnavailableError
from bot.github.pulls import find_pull
from bot.github.repository import Repository
from bot.github.types import DraftReviewComment
from bot.github.webhooks import Person

REPO = "octocat/bank"
CODE = "".join(f"line{n} = {n}\n" for n in range(30))


def person(user: User) -> Person:
    return Person(user.id, user.login)


@pytest.fixture
def pull(github: GitHub, hub: Repository, mona: User) -> Pull:
    github.repo(REPO).push("bricklayer/1-mend", {"bank.py": CODE}, by=mona)
    return github.repo(REPO).pull(hub.open_pull("bricklayer/1-mend", "main", "Mend", "Closes #1"))


def found(hub: Repository, branch: str) -> int | None:
    return find_pull(hub._api, branch, "main")  # noqa: SLF001  # what open_pull asks before it makes


def test_one_branch_has_one_pull_request(github: GitHub, hub: Repository, pull: Pull) -> None:
    assert (pull.draft, pull.author.login) == (True, "bricklayer[bot]")
    assert hub.open_pull("bricklayer/1-mend", "main", "Again", "") == pull.number
    assert found(hub, "bricklayer/1-mend") == pull.number
    assert found(hub, "bricklayer/2-other") is None
    assert len(github.repo(REPO).pulls) == 1


def test_a_forks_branch_of_that_name_is_not_ours(github: GitHub, hub: Repository) -> None:
    eve = github.person("eve")
    fork = github.repo(REPO).fork(eve)
    fork.push("bricklayer/1-mend", {"bank.py": "evil = 1\n"}, by=eve)
    github.repo(REPO).open_pull("eve:bricklayer/1-mend", "main", "Evil", by=eve)
    assert found(hub, "bricklayer/1-mend") is None


def test_a_branch_with_nothing_new_is_refused_in_githubs_words(
    github: GitHub, hub: Repository
) -> None:
    git = github.repo(REPO).git
    git.git("update-ref", "refs/heads/same", git.sha("main"))
    with pytest.raises(ForbiddenError, match="No commits between"):
        hub.open_pull("same", "main", "Nothing", "")


def test_a_pull_request_is_read_edited_and_made_ready(
    hub: Repository, pull: Pull, mona: User
) -> None:
    hub.edit_pull(pull.number, title="Mend all")
    assert (pull.title, pull.body) == ("Mend all", "Closes #1")
    hub.edit_pull(pull.number, body="New")
    assert (pull.title, pull.body) == ("Mend all", "New")
    for _ in range(2):
        hub.mark_ready(pull.number)
    read = hub.read_pull(pull.number)
    assert (read.draft, read.merged, read.head_ref) == (False, False, "bricklayer/1-mend")
    assert (read.head_sha, read.head_repo) == (pull.head_sha, REPO)
    assert hub.request_review(pull.number, "mona") is True
    assert pull.reviewers == [mona]
    assert hub.request_review(pull.number, "nobody-at-all") is False


def test_checks_are_all_that_was_said_of_a_commit_but_by_us(
    github: GitHub, hub: Repository, mona: User
) -> None:
    github.ci_on(REPO, ("test", "lint"))
    sha = github.repo(REPO).push("work", {"bank.py": CODE}, by=mona)
    hub.mirror_check(sha, "bricklayer", "building", "Task 1 of 2", None)
    checks = hub.read_checks(sha)
    assert {run.name for run in checks.runs} == {"test", "lint"}
    assert [one.name for one in checks.workflows] == ["CI"]
    assert [(one.attempt, one.status) for one in checks.workflows] == [(1, "queued")]
    github.ci(sha, "red", log="E   assert 1 == 2\n", name="test")
    github.ci(sha, "green", name="lint")
    runs = {run.name: run for run in hub.read_checks(sha).runs}
    assert {name: run.conclusion for name, run in runs.items()} == {
        "test": "failure",
        "lint": "success",
    }
    # Seconds after a job's end its log is not there yet.
    assert hub.read_job_log(runs["test"].job) == JobLog(missing="not yet")
    assert "Z E   assert 1 == 2\n" in hub.read_job_log(runs["test"].job).text
    assert hub.read_annotations(runs["test"].id) == (
        Annotation(".github", 1, "failure", "Process completed with exit code 1."),
    )
    assert hub.read_annotations(runs["lint"].id) == ()


def test_a_log_is_read_from_its_end_and_without_our_token(
    github: GitHub, hub: Repository, mona: User
) -> None:
    github.ci_on(REPO)
    sha = github.repo(REPO).push("work", {"bank.py": CODE}, by=mona)
    log = b"\xff\x00" * (3 << 20) + b"the end"
    job = github.ci(sha, "red", log=log)
    job.looks_without_log = 0
    said = hub.read_job_log(job.check.id)
    assert said.bytes_before == len(log) - (4 << 20)
    assert said.text.endswith("the end")
    assert "\ufffd" in said.text


def test_of_a_huge_log_only_the_end_is_fetched(github: GitHub, hub: Repository, mona: User) -> None:
    """It may be larger than any answer that is read."""
    github.ci_on(REPO)
    sha = github.repo(REPO).push("work", {"bank.py": CODE}, by=mona)
    job = github.ci(sha, "red", log=bytes(70 << 20) + b"the end")
    job.looks_without_log = 0
    said = hub.read_job_log(job.check.id)
    assert said.bytes_before == (66 << 20) + 7
    assert said.text.endswith("the end")


def test_why_there_is_no_log_is_told(github: GitHub, hub: Repository, mona: User) -> None:
    """One that is not there yet is worth another look, one that has expired is not."""
    assert hub.read_job_log(12345) == JobLog(missing="not yet")
    github.ci_on(REPO)
    sha = github.repo(REPO).push("work", {"bank.py": CODE}, by=mona)
    job = github.ci(sha, "red", log="boom")
    job.expired = True
    assert hub.read_job_log(job.check.id) == JobLog(missing="expired")
    github.fail("GET", "/logs", 403)
    assert hub.read_job_log(job.check.id) == JobLog(missing="forbidden")


def test_our_check_is_one_that_changes_and_says_nothing_twice(
    github: GitHub, hub: Repository, pull: Pull
) -> None:
    sha = pull.head_sha
    for title, conclusion in (
        ("building", None),
        ("building", None),
        ("done", "success"),
        ("done", "success"),
    ):
        hub.mirror_check(sha, "bricklayer", title, "Summary", conclusion)
    assert github.count("POST", "/repos/{owner}/{repo}/check-runs") == 1
    assert github.count("PATCH", "/repos/{owner}/{repo}/check-runs/{check_run_id}") == 1
    assert hub.read_checks(sha).runs == ()


def test_a_commit_has_one_run_of_ours_that_stays_completed_until_another_end(
    github: GitHub, hub: Repository, pull: Pull
) -> None:
    """Work that begins again on a commit leaves the end it had; the next end takes its place."""
    for title, conclusion in (("done", "success"), ("again", None), ("failed", "failure")):
        hub.mirror_check(pull.head_sha, "bricklayer", title, "Summary", conclusion)
        (run,) = github.repo(REPO).checks.check_runs
        assert run.conclusion == (conclusion or "success")
    assert github.count("POST", "/repos/{owner}/{repo}/check-runs") == 1


@pytest.mark.parametrize(("before", "after"), [(None, "neutral"), ("success", "success")])
def test_what_is_open_on_a_commit_that_is_the_head_no_more_is_ended(
    github: GitHub, hub: Repository, pull: Pull, before: str | None, after: str
) -> None:
    """Only a run still in progress is superseded: an end that was told stays."""
    hub.mirror_check(pull.head_sha, "bricklayer", "here", "Summary", before)
    for _ in range(2):
        hub.supersede_check(pull.head_sha, "bricklayer", "Superseded by 1a2b3c")
    (run,) = github.repo(REPO).checks.check_runs
    assert (run.status, run.conclusion) == ("completed", after)
    assert github.count("PATCH", "/repos/{owner}/{repo}/check-runs/{check_run_id}") <= 1


def test_a_token_that_may_make_no_checks_sets_a_status(
    github: GitHub, settings: GitHubSettings, mona: User
) -> None:
    sha = github.repo(REPO).push("work", {"bank.py": CODE}, by=mona)
    token = github.token(
        mona, (REPO,), {"statuses": "write", "checks": "read", "contents": "write"}
    )
    hub = Account(_with_token(settings), {"BRICKLAYER_TOKEN": token}, backoff=0).open_repository(
        REPO
    )
    for _ in range(2):
        hub.mirror_check(sha, "bricklayer", "building " * 40, "Summary", None)
    for _ in range(2):
        hub.supersede_check(sha, "bricklayer", "Superseded by 1a2b3c")
    assert github.count("POST", "/repos/{owner}/{repo}/statuses/{sha}", status=201) == 2
    assert hub.read_checks(sha).statuses == ()


def _with_token(settings: GitHubSettings) -> GitHubSettings:
    return GitHubSettings(api_url=settings.api_url, repos=(REPO,))


def test_threads_are_told_with_their_lines_and_who_said_what(
    hub: Repository, pull: Pull, mona: User
) -> None:
    pull.review(
        "changes_requested", by=mona, threads=[("bank.py", 3, "Why?"), ("bank.py", 9, "Hm.")]
    )
    first = pull.line_comments[0]
    assert hub.post_reply(
        pull.number, first.id, "Settled. <!-- a -->", "<!-- a -->"
    ) == hub.post_reply(pull.number, first.id, "Settled twice. <!-- a -->", "<!-- a -->")
    one, other = hub.list_threads(pull.number)
    assert [(c.author, c.body) for c in one.comments] == [
        (person(mona), "Why?"),
        (hub.own_account(), "Settled. <!-- a -->"),
    ]
    assert (one.path, one.line, one.resolved) == ("bank.py", 3, False)
    assert one.hunk.endswith("line2 = 2")
    assert one.comments[0].id == first.id
    assert one.comments[1].in_reply_to == first.id
    assert one.comments[0].review == pull.reviews[0].id
    assert other.comments[0].body == "Hm."
    assert next((r.state, r.author) for r in hub.list_reviews(pull.number)) == (
        "changes_requested",
        person(mona),
    )


def test_threads_come_by_rest_where_graphql_is_refused_and_are_waited_for_where_it_is_down(
    github: GitHub, hub: Repository, pull: Pull, mona: User
) -> None:
    """By REST none is resolved: what was settled would be worked in again after each hiccup."""
    pull.review("comment", by=mona, threads=[("bank.py", 3, "Why?"), ("bank.py", 9, "Hm.")])
    pull.reply(pull.line_comments[0], "And?", by=mona)
    by_graphql = hub.list_threads(pull.number)
    github.fail("POST", "/graphql", 502, times=3)
    with pytest.raises(UnavailableError):
        hub.list_threads(pull.number)
    github.fail("POST", "/graphql", 404, times=9)
    by_rest = hub.list_threads(pull.number)
    assert [t.comments for t in by_rest] == [t.comments for t in by_graphql]
    assert {t.id for t in by_rest} == {""}


def test_a_server_without_graphql_is_told_no_more_than_it_can(
    github: GitHub, hub: Repository, pull: Pull, mona: User
) -> None:
    """Threads and when a comment was edited come by REST; that it stays a draft is said."""
    pull.review("comment", by=mona, threads=[("bank.py", 3, "Why?")])
    said = hub.post_comment(pull.number, "Hm. <!-- m -->", "<!-- m -->")
    github.fail("POST", "/graphql", 404, times=99)
    assert [one.comments[0].body for one in hub.list_threads(pull.number)] == ["Why?"]
    assert hub.find_comment_editor(said) == (None, "")
    (comment,) = pull.comments
    comment.edit("Forged. <!-- m -->", by=mona)
    by, at = hub.find_comment_editor(said)
    assert (by, bool(at)) == (None, True)
    with pytest.raises(ForbiddenError):
        hub.mark_ready(pull.number)
    assert pull.draft


def test_of_a_commit_the_api_does_not_know_yet_nothing_is_said(
    github: GitHub, hub: Repository
) -> None:
    """A push may be there before every part of GitHub has heard of it."""
    for status in (404, 422):
        github.fail("GET", r"/commits/[0-9a-f]{40}/", status, times=2)
        checks = hub.read_checks("a" * 40)
        assert (checks.runs, checks.statuses) == ((), ())
    github.fail("GET", r"/commits/[0-9a-f]{40}/", 403, times=2)
    with pytest.raises(ForbiddenError):
        hub.read_checks("a" * 40)


def test_an_answer_in_a_thread_finds_the_other_way(
    github: GitHub, hub: Repository, pull: Pull, mona: User
) -> None:
    """Where the address of replies is not there; where the thread is not, it is refused."""
    pull.review("comment", by=mona, threads=[("bank.py", 3, "Why?")])
    github.fail("POST", "/replies$", 404, times=1)
    first = pull.line_comments[0]
    hub.post_reply(pull.number, first.id, "So. <!-- m -->", "<!-- m -->")
    assert [one.body for one in pull.threads[0].comments] == ["Why?", "So. <!-- m -->"]
    with pytest.raises((NotFoundError, ForbiddenError)):
        hub.post_reply(pull.number, first.id + 7, "So. <!-- n -->", "<!-- n -->")
    assert len(pull.line_comments) == 2


def test_our_review_comments_once_and_approves_nothing(hub: Repository, pull: Pull) -> None:
    remarks = (DraftReviewComment("bank.py", 3, "Off by one?"),)
    said = "Read it. <!-- r -->"
    first = hub.post_review(pull.number, pull.head_sha, said, remarks, "<!-- r -->")
    assert hub.post_review(pull.number, pull.head_sha, said, remarks, "<!-- r -->") == first
    assert [(r.state, r.body) for r in pull.reviews] == [("COMMENTED", said)]
    assert [(c.path, c.line, c.body) for c in pull.line_comments] == [("bank.py", 3, "Off by one?")]
    with pytest.raises(ForbiddenError):
        hub.post_review(
            pull.number,
            pull.head_sha,
            "x <!-- s -->",
            (DraftReviewComment("no.py", 3, "?"),),
            "<!-- s -->",
        )


def test_a_line_comment_gets_a_reaction(hub: Repository, pull: Pull, mona: User) -> None:
    pull.review("comment", by=mona, threads=[("bank.py", 3, "Why?")])
    hub.add_reaction("line", pull.line_comments[0].id, "eyes")
    assert [r.content for r in pull.line_comments[0].reactions] == ["eyes"]


def test_what_actions_may_do_is_told_to_whoever_may_know(github: GitHub, hub: Repository) -> None:
    assert hub.actions_may_open_pulls() is False
    github.fail("GET", "/actions/permissions/workflow", 403)
    assert hub.actions_may_open_pulls() is None


def test_workflows_that_wait_for_a_persons_approval_are_said_to(
    github: GitHub, hub: Repository, mona: User
) -> None:
    github.ci_on(REPO)
    github.repo(REPO).checks.hold = True
    sha = github.repo(REPO).push("work", {"bank.py": CODE}, by=mona)
    (held,) = hub.read_checks(sha).workflows
    assert (held.status, held.conclusion) == ("completed", "action_required")


def test_checks_are_told_though_workflows_may_not_be_read(
    github: GitHub, hub: Repository, mona: User
) -> None:
    github.ci_on(REPO)
    sha = github.repo(REPO).push("work", {"bank.py": CODE}, by=mona)
    github.fail("GET", "/actions/runs", 403)
    checks = hub.read_checks(sha)
    assert ([run.name for run in checks.runs], checks.workflows) == (["test"], ())


def test_our_own_workflow_is_not_waited_for(github: GitHub, hub: Repository, mona: User) -> None:
    github.repo(REPO).checks.workflow("Bricklayer", ".github/workflows/bricklayer.yml", ("work",))
    sha = github.repo(REPO).push("work", {"bank.py": CODE}, by=mona)
    checks = hub.read_checks(sha)
    assert (checks.runs, checks.workflows) == ((), ())


def test_a_workflow_is_started_on_a_branch(github: GitHub, hub: Repository, mona: User) -> None:
    github.ci_on(REPO, dispatchable=True)
    sha = github.repo(REPO).push("work", {"bank.py": CODE}, by=mona)
    hub.dispatch_workflow("ci.yml", "work")
    assert "workflow_dispatch" in {one.event for one in hub.read_checks(sha).workflows}
