"""What the bot does on GitHub, over real HTTP against the stand-in."""

import pytest
from fake_github.people import User
from fake_github.world import GitHub

from bot.config.github_access import GitHubSettings
from bot.github.account import Account
from bot.github.errors import InstallationGoneError, NotFoundError, UnavailableError
from bot.github.repository import Repository
from bot.github.webhooks import NOBODY, Person

REPO = "octocat/bank"
MARK = "<!-- bricklayer:status -->"


def person(user: User) -> Person:
    return Person(user.id, user.login)


def test_the_bot_is_its_apps_own_user(github: GitHub, account: Account) -> None:
    me = account.own_account()
    assert (me.login, me.id, me.bot) == ("bricklayer[bot]", github.app().bot.id, True)
    assert account.own_account() is me


def test_a_permission_is_that_of_the_person_with_this_id(
    github: GitHub, hub: Repository, mona: User
) -> None:
    assert hub.read_permission(person(mona)) == "write"
    assert hub.read_permission(person(github.person("eve", "read", REPO))) == "read"
    assert hub.read_permission(Person(mona.id + 1, "mona")) == ""
    assert hub.read_permission(Person(5, "nobody-at-all")) == ""
    assert hub.read_permission(Person(5, "../../mona")) == ""


def test_a_comment_with_its_mark_is_said_once(github: GitHub, hub: Repository, mona: User) -> None:
    issue = github.issue(REPO, "Mend it", "Please.", by=mona)
    issue.comment(f"I forge this. {MARK}", by=mona)
    first = hub.post_comment(1, f"Hello. {MARK}", MARK)
    assert hub.post_comment(1, f"Hello again. {MARK}", MARK) == first
    hub.edit_comment(first, f"Edited. {MARK}")
    assert [c.body for c in issue.comments][1:] == [f"Edited. {MARK}"]
    assert hub.read_comment(first).author == hub.own_account()
    assert [c.body for c in hub.list_comments(1)] == [c.body for c in issue.comments]


def test_a_comment_without_its_mark_is_a_fault_of_ours(hub: Repository) -> None:
    with pytest.raises(ValueError, match="again and again"):
        hub.post_comment(1, "Hello.", MARK)


def test_a_reaction_given_twice_is_there_once(github: GitHub, hub: Repository, mona: User) -> None:
    issue = github.issue(REPO, "Mend it", "Please.", by=mona)
    comment = issue.comment("/status", by=mona)
    for _ in range(2):
        hub.add_reaction("issue", 1, "eyes")
        hub.add_reaction("comment", comment.id, "rocket")
    assert [r.content for r in issue.reactions] == ["eyes"]
    assert [r.content for r in comment.reactions] == ["rocket"]


def test_an_issue_is_read_as_it_is(github: GitHub, hub: Repository, mona: User) -> None:
    github.issue(REPO, "Mend it", None, by=mona, labels=("bug",))
    issue = hub.read_issue(1)
    assert (issue.title, issue.body, issue.author) == ("Mend it", "", person(mona))
    assert (issue.labels, issue.state, issue.is_pull) == (("bug",), "open", False)
    with pytest.raises(NotFoundError):
        hub.read_issue(99)


def test_a_label_is_the_last_persons_who_put_it_on(
    github: GitHub, hub: Repository, mona: User
) -> None:
    eve = github.person("eve", "triage", REPO)
    issue = github.issue(REPO, "Mend it", "Please.", by=mona)
    assert hub.find_labeling(1, "bricklayer") is None
    issue.label("bricklayer", by=mona)
    issue.unlabel("bricklayer", by=mona)
    assert hub.find_labeling(1, "bricklayer") is None
    issue.label("bricklayer", by=eve)
    issue.label("Bricklayer2", by=mona)
    by, at = hub.find_labeling(1, "bricklayer") or (None, "")
    assert by == person(eve)
    assert at.endswith("Z")


def test_an_edit_after_a_time_is_known_of_title_and_text(
    github: GitHub, hub: Repository, mona: User
) -> None:
    issue = github.issue(REPO, "Mend it", "Please.", by=mona)
    issue.label("bricklayer", by=mona)
    _, at = hub.find_labeling(1, "bricklayer") or (None, "")
    assert hub.edited_since(1, at) is False
    issue.edit(mona, title="Mend it all")
    assert hub.edited_since(1, at) is True
    other = github.issue(REPO, "Another", "Text.", by=mona)
    assert hub.edited_since(other.number, at) is False
    other.edit(mona, body="Other text.")
    assert hub.edited_since(other.number, at) is True


def test_an_edit_that_nobody_tells_of_is_unknown(
    github: GitHub, hub: Repository, mona: User
) -> None:
    """Of a server without GraphQL; one that does not answer now is asked again, not a person."""
    github.issue(REPO, "Mend it", "Please.", by=mona)
    github.fail("POST", "/graphql", 502, times=3)
    with pytest.raises(UnavailableError):
        hub.edited_since(1, "2020-01-01T00:00:00Z")
    github.fail("POST", "/graphql", 404, times=9)
    assert hub.edited_since(1, "2020-01-01T00:00:00Z") is None


def test_labelled_issues_are_given_when_they_have_changed_and_only_then(
    github: GitHub, hub: Repository, mona: User
) -> None:
    issue = github.issue(REPO, "Mend it", "Please.", by=mona, labels=("bricklayer",))
    github.issue(REPO, "Not this", "Please.", by=mona)
    issues, etag = hub.list_labelled_issues("bricklayer")
    assert [one.number for one in issues or []] == [1]
    assert hub.list_labelled_issues("bricklayer", etag) == (None, etag)
    assert github.count(status=304) == 1
    issue.edit(mona, title="Mend it all")
    issues, newer = hub.list_labelled_issues("bricklayer", etag)
    assert [one.title for one in issues or []] == ["Mend it all"]
    assert newer != etag


def test_what_was_updated_is_given_when_anything_was(
    github: GitHub, hub: Repository, mona: User
) -> None:
    issue = github.issue(REPO, "Mend it", "Please.", by=mona)
    github.issue(REPO, "Another", "Please.", by=mona)
    first = hub.list_updated()
    assert first
    assert {one.number for one in first.entries} == {1, 2}
    assert hub.list_updated(first.etag, first.newest) is None
    issue.comment("/status", by=mona)
    then = hub.list_updated(first.etag, first.newest)
    assert then
    assert then.entries[0].number == 1
    assert (then.listed, then.oldest) == ({1, 2}, "")


def test_comments_on_anything_are_given_once_with_the_number_of_what_they_are_on(
    github: GitHub, hub: Repository, mona: User
) -> None:
    """Of a repository, oldest first: also one that was only edited."""
    one, two = (github.issue(REPO, name, "Please.", by=mona) for name in ("A", "B"))
    early = one.comment("first", by=mona)
    first = hub.list_updated_comments()
    assert first
    assert hub.list_updated_comments(first.etag, first.newest) is None
    two.comment("second", by=mona)
    early.edit("first, edited", mona)
    then = hub.list_updated_comments(first.etag, first.newest)
    assert then
    assert [(at, said.body) for at, said in then.entries] == [(2, "second"), (1, "first, edited")]


def test_a_list_of_several_pages_is_whole(github: GitHub, hub: Repository, mona: User) -> None:
    issue = github.issue(REPO, "Mend it", "Please.", by=mona)
    for number in range(101):
        issue.comment(f"{number}", by=mona)
    assert [c.body for c in hub.list_comments(1)] == [f"{n}" for n in range(101)]
    since = hub.list_comments(1)[99].created_at
    assert [c.body for c in hub.list_comments(1, since)] == ["99", "100"]


def test_the_last_editor_of_a_comment_is_told(github: GitHub, hub: Repository, mona: User) -> None:
    issue = github.issue(REPO, "Mend it", "Please.", by=mona)
    ours = hub.post_comment(1, f"- [ ] A note {MARK}", MARK)
    assert hub.find_comment_editor(ours) == (None, "")
    issue.comments[0].tick(1, by=mona)
    by, at = hub.find_comment_editor(ours)
    assert by == person(mona)
    assert at > "2020"
    hub.edit_comment(ours, "mine")
    assert hub.find_comment_editor(ours)[0] == hub.own_account()


def test_where_is_the_repository_as_an_event_has_it(github: GitHub, hub: Repository) -> None:
    where = hub.read_location()
    assert (where.repo, where.default_branch, where.private) == (REPO, "main", False)
    assert (where.api_url, where.clone_url) == (github.api_url, f"{github.html_url}/{REPO}.git")
    assert where.installation == github.app().installations[0].id
    assert where.repo_id == github.repo(REPO).id


def test_an_app_watches_where_it_is_installed(github: GitHub, account: Account) -> None:
    github.repo("octocat/other")
    github.repo("octocat/old").archived = True
    github.repo("stranger/repo")
    assert account.list_repos().repos == ("octocat/bank", "octocat/other")
    before = github.count()
    assert account.list_repos().repos == ("octocat/bank", "octocat/other")
    account.open_repository("octocat/other")
    assert github.count() == before


def test_an_app_watches_only_what_is_named_if_anything_is(
    github: GitHub, settings: GitHubSettings
) -> None:
    """Its installation is asked for once, and all that it is installed on is asked for never."""
    github.repo("octocat/other")
    account = Account(settings.model_copy(update={"repos": (REPO,)}), {}, backoff=0)
    github.fail("GET", "/installation/repositories", 404, times=99)
    assert account.list_repos().repos == (REPO,)
    for _ in range(3):
        assert account.open_repository(REPO).read_location().repo == REPO
    assert len([call for call in github.calls if call.path.endswith("bank/installation")]) == 1


def test_an_account_that_is_made_when_it_first_writes_is_known_from_then_on(
    github: GitHub, account: Account
) -> None:
    """Until then nothing is from it, not even what nobody wrote."""
    github.fail("GET", r"/users/bricklayer", 404, times=1)
    before = account.own_account()
    assert (before.login, before.bot, before.id > 0) == ("bricklayer[bot]", True, False)
    assert before.id != NOBODY.id
    assert account.own_account().id == github.app().bot.id


def test_an_app_without_access_says_so(account: Account, github: GitHub) -> None:
    github.repo("stranger/repo")
    with pytest.raises(NotFoundError):
        account.open_repository("stranger/repo")
    installation = github.app().installations[0]
    hub = account.open_repository(REPO, installation.id)
    assert hub.read_issue
    github.app().uninstall(installation)
    with pytest.raises(InstallationGoneError):
        hub.read_location()
