"""What the bot does on GitHub, over real HTTP against the stand-in."""

from github_people import User
from github_server import GitHub

from bot.events import Person
from bot.github import Account, Hub

REPO = "octocat/bank"
MARK = "<!-- bricklayer:status -->"


def person(user: User) -> Person:
    return Person(user.id, user.login)


def test_the_bot_is_its_apps_own_user(github: GitHub, account: Account) -> None:
    me = account.me()
    assert (me.login, me.id, me.bot) == ("bricklayer[bot]", github.app().bot.id, True)


def test_a_permission_is_that_of_the_person_with_this_id(
    github: GitHub, hub: Hub, mona: User
) -> None:
    assert hub.permission(person(mona)) == "write"
    assert hub.permission(person(github.person("eve", "read", REPO))) == "read"
    assert hub.permission(Person(mona.id + 1, "mona")) == ""
    assert hub.permission(Person(5, "nobody-at-all")) == ""


def test_a_comment_with_its_mark_is_said_once(github: GitHub, hub: Hub, mona: User) -> None:
    issue = github.issue(REPO, "Mend it", "Please.", by=mona)
    issue.comment(f"I forge this. {MARK}", by=mona)
    first = hub.say(1, f"Hello. {MARK}", MARK)
    assert hub.say(1, f"Hello again. {MARK}", MARK) == first
    hub.edit_comment(first, f"Edited. {MARK}")
    hub.react("comment", first, "rocket")
    hub.react("issue", 1, "eyes")
    hub.react("issue", 1, "eyes")
    assert [c.body for c in issue.comments][1:] == [f"Edited. {MARK}"]
    assert [r.content for r in issue.reactions] == ["eyes"]
    assert hub.comment(first).author == hub.me()
