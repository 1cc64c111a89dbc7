"""Who starts, approves and coaches: a person who may write, asked of GitHub by id at that moment."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_github.issues import Issue
from fake_github.world import GitHub
from support.in_process import Inside, inside
from support.machine import bank

from bot.ticket.stages import Stage

pytestmark = pytest.mark.slow

LOOK_ALIKES = [
    "brick\u200blayer",
    "bri\u0441klayer",  # a Cyrillic letter
    "bricklayer\ufe0f",
    "bricklayer:review=codex",
    "\U0001d41bricklayer",
    "bricklayer\U000e0041",
]


@pytest.fixture
def bot(github: GitHub, tmp_path: Path) -> Iterator[Inside]:
    with inside(tmp_path, github) as made:
        yield made


def reactions(issue: Issue) -> list[str]:
    return [one.content for one in issue.reactions]


def test_a_writers_label_begins_a_job_and_nobody_elses_does(github: GitHub, bot: Inside) -> None:
    """Triage, read, a stranger, a foreign bot: a plain face, and nothing begun."""
    issue = bank(github)
    stranger = bank(github)
    for by in (
        github.person("triager", permission="triage"),
        github.bot("dependabot", permission="write"),
    ):
        issue.label("bricklayer", by=by)
        assert bot.tickets == []
        issue.unlabel("bricklayer", by=github.person("mona"))
    assert reactions(issue) == ["confused"]
    stranger.put_label(issue.repo.label("bricklayer"), stranger.author)
    assert bot.tickets == []
    issue.label("bricklayer", by=github.person("mona"))
    assert (bot.ticket.issue, bot.ticket.asker.login) == (issue.number, "mona")


def test_a_label_that_a_template_sets_is_the_openers_own(github: GitHub, bot: Inside) -> None:
    """Anybody opens an issue with a template's labels on it: only a writer's begins a job so."""
    bank(github)
    text = ("title", "body")
    theirs = github.issue("octocat/bank", *text, by=github.person("x"), labels=("bricklayer",))
    assert bot.tickets == []
    bot.sweep()
    assert bot.tickets == []
    assert set(reactions(theirs)) == {"confused"}
    github.issue("octocat/bank", *text, by=github.person("mona"), labels=("bricklayer",))
    assert bot.ticket.asker.login == "mona"


@pytest.mark.parametrize("label", LOOK_ALIKES)
def test_a_look_alike_label_is_another_label(github: GitHub, bot: Inside, label: str) -> None:
    issue = bank(github)
    issue.label(label, by=github.person("mona"))
    assert bot.tickets == []
    bot.sweep()
    assert bot.tickets == []


def test_a_bot_that_is_allowed_by_its_id_may_ask_and_its_namesake_may_not(
    github: GitHub, tmp_path: Path
) -> None:
    issue, other = bank(github), bank(github)
    friend, foe = (
        github.bot("planner", permission="write"),
        github.bot("plannr", permission="write"),
    )
    allowed = f'allow_bots = {{"Octocat/Bank" = [{friend.id}]}}'
    with inside(tmp_path, github, more=allowed) as bot:
        issue.label("bricklayer", by=foe)
        assert bot.tickets == []
        other.label("bricklayer", by=friend)
        assert bot.ticket.issue == other.number


def test_a_bot_that_another_repository_allows_may_not_ask_here(
    github: GitHub, tmp_path: Path
) -> None:
    """Anybody may install an App, and have it speak wherever comments are open."""
    issue, friend = bank(github), github.bot("planner", permission="write")
    with inside(tmp_path, github, more=f'allow_bots = {{"octocat/other" = [{friend.id}]}}') as bot:
        issue.label("bricklayer", by=friend)
        assert bot.tickets == []


def test_where_repositories_are_named_no_other_is_worked_for(
    github: GitHub, tmp_path: Path
) -> None:
    """Anybody may install a public App on a repository of theirs, and there they may write."""
    ours, zed = bank(github), github.person("zed")
    github.repo("zed/theirs", {"a.py": "x = 1\n"})
    for owner in ("octocat", "zed"):
        github.app().install(owner)
    theirs = github.issue("zed/theirs", "Fix", "Do it.", by=zed)
    with inside(tmp_path, github, more='repos = ["Octocat/Bank"]') as bot:
        theirs.label("bricklayer", by=zed)
        assert bot.tickets == []
        ours.label("bricklayer", by=github.person("mona"))
        ours.repo.rename("ledger")
        ours.comment("/pause", by=github.person("mona"))
        assert bot.ticket.paused


def test_a_name_that_somebody_else_has_now_is_not_who_it_was(github: GitHub, bot: Inside) -> None:
    """A webhook names mona's login with another id: the permission is the id's."""
    issue = bank(github)
    issue.label("bug", by=github.person("mona"))
    body = github.hooks.last("issues", "labeled").payload
    body["label"]["name"] = "bricklayer"
    body["sender"]["id"] += 1
    bot.told("issues", body)
    assert bot.tickets == []


def test_what_the_payload_says_of_its_sender_counts_for_nothing(
    github: GitHub, bot: Inside
) -> None:
    """author_association, site_admin, a permission in the payload: GitHub is asked."""
    issue = bank(github)
    issue.label("bug", by=github.person("triager", permission="triage"))
    body = github.hooks.last("issues", "labeled").payload
    body["label"]["name"] = "bricklayer"
    body["issue"]["author_association"] = body["sender"]["author_association"] = "OWNER"
    body["sender"] |= {"site_admin": True, "permissions": {"admin": True}, "role_name": "admin"}
    bot.told("issues", body)
    assert bot.tickets == []


def _asked(github: GitHub, since: int) -> int:
    return sum(call.path.endswith("/permission") for call in github.calls[since:])


def test_a_stranger_in_a_persons_repository_is_not_even_asked_about(
    github: GitHub, bot: Inside
) -> None:
    """There the payload itself rules out that they may write, and nobody else's command waits."""
    issue = bank(github)
    issue.label("bricklayer", by=github.person("mona"))
    before = len(github.calls)
    for number in range(5):
        issue.comment("/cancel", by=github.person(f"stranger{number}"))
    assert (_asked(github, before), bot.ticket.stage) == (0, Stage.PLANNING)
    issue.comment("/cancel", by=github.person("mona"))
    assert (_asked(github, before), bot.ticket.stage) == (1, Stage.CANCELLED)


@pytest.mark.parametrize("said", ["NONE", "CONTRIBUTOR", "FIRST_TIME_CONTRIBUTOR"])
def test_a_hidden_member_of_an_organization_is_asked_about(
    github: GitHub, bot: Inside, said: str
) -> None:
    """The payload tells them as anybody else; so does it with what somebody else wrote."""
    issue = bank(github)
    issue.label("bricklayer", by=github.person("mona"))
    issue.comment("Thanks.", by=github.person("mona"))
    body = github.hooks.last("issue_comment", "created").payload
    body["comment"] |= {"id": body["comment"]["id"] + 1000, "body": "/cancel"}
    body["comment"]["author_association"] = said
    body["repository"]["owner"]["type"] = "Organization"
    bot.told("issue_comment", body)
    assert bot.ticket.stage is Stage.CANCELLED


def test_a_writer_who_is_one_no_more_may_no_more(github: GitHub, bot: Inside) -> None:
    issue = bank(github)
    mona = github.person("mona")
    issue.label("bricklayer", by=mona)
    issue.repo.let("mona", "read")
    issue.comment("/cancel", by=mona)
    assert bot.ticket.stage is Stage.PLANNING
    issue.repo.let("mona", "write")
    issue.comment("/cancel", by=mona)
    assert bot.ticket.stage is Stage.CANCELLED


SET_APART = [
    "> /cancel",
    "```\n/cancel\n```",
    "    /cancel",
    "`/cancel`",
    "<!-- /cancel -->",
    "<!--\n/cancel\n-->",
    "- /cancel",
    "<details>\n\n/cancel\n\n</details>",
    "please /cancel",
    "/can\u200bcel",
    "/cancel --now",
    "\u202e/cancel",
    "| a |\n|---|\n| /cancel |",
    "[x]: y '\n/cancel'",
]


@pytest.mark.parametrize("body", SET_APART)
def test_a_command_that_is_no_writers_own_plain_line_is_none(
    github: GitHub, bot: Inside, body: str
) -> None:
    """In quotes, code, comments, lists, or with what nobody sees in it."""
    issue = bank(github)
    issue.label("bricklayer", by=github.person("mona"))
    issue.comment(body, by=github.person("mona"))
    assert bot.ticket.stage is Stage.PLANNING


@pytest.mark.parametrize(
    "body",
    [
        "/tier local=--api_base=https://evil.example",
        "/tier --api_base=https://evil.example",
        "/tier local=-x",
        "/tier local=$(id)",
        "/tier local=https://evil.example/v1",
        "/tier local=../../etc/passwd",
        "/tier api_base=x",
        "/tier local=no-such-model",
        "/retry --all",
        "/approve --force",
        "/approve ; rm -rf",
    ],
)
def test_an_argument_that_would_be_an_option_is_answered_and_not_taken(
    github: GitHub, bot: Inside, body: str
) -> None:
    issue = bank(github)
    issue.label("bricklayer", by=github.person("mona"))
    before = bot.ticket
    issue.comment(body, by=github.person("mona"))
    after = bot.ticket
    assert after.reply
    assert (after.choices, after.approval.granted_key, after.stage) == (
        before.choices,
        "",
        before.stage,
    )


def test_a_label_chooses_only_among_the_models_that_are_configured(
    github: GitHub, bot: Inside
) -> None:
    issue = bank(github)
    mona = github.person("mona")
    for name in ("bricklayer:local=--api_base=x", "bricklayer:senior=evil/model"):
        issue.label(name, by=mona)
    issue.label("bricklayer", by=mona)
    assert bot.ticket.choices == {}
    assert "no such model" in bot.ticket.reply


def test_a_command_edited_into_anothers_comment_is_nobodys(github: GitHub, bot: Inside) -> None:
    """A stranger edits nothing; a writer who edits a stranger's words, or another's, says nothing."""
    issue = bank(github)
    mona, other = github.person("mona"), github.person("hubot", permission="write")
    issue.label("bricklayer", by=mona)
    for author in (github.person("stranger"), other):
        issue.comment("hello", by=author).edit("/cancel", by=mona)
        assert bot.ticket.stage is Stage.PLANNING
    issue.comment("hello", by=mona).edit("/cancel", by=mona)
    assert bot.ticket.stage is Stage.CANCELLED


def test_the_bot_does_not_obey_itself_nor_a_bot(github: GitHub, bot: Inside) -> None:
    issue = bank(github)
    issue.label("bricklayer", by=github.person("mona"))
    for by in (github.app().bot, github.bot("helper", permission="admin")):
        issue.comment("/cancel", by=by)
        assert bot.ticket.stage is Stage.PLANNING


def test_a_delivery_told_twice_does_one_thing(github: GitHub, bot: Inside) -> None:
    """The same label, command or end again, under whatever delivery id: nothing new comes of it."""
    issue = bank(github)
    mona = github.person("mona")
    issue.label("bricklayer", by=mona)
    issue.comment("/pause", by=mona)
    issue.comment("/resume", by=mona)
    before = bot.ticket
    for one in list(github.hooks.deliveries):
        bot.hear(one.headers, one.body)
        bot.hear(one.headers, one.body)
    assert bot.ticket == before
    assert bot.services.tickets.count_starts(0.0) == 1


def test_an_old_label_or_its_removal_told_again_changes_nothing(
    github: GitHub, bot: Inside
) -> None:
    """Somebody keeps a signed webhook and sends it later: a job that is over stays over."""
    issue = bank(github)
    mona = github.person("mona")
    issue.label("bricklayer", by=mona)
    issue.unlabel("bricklayer", by=mona)
    assert bot.ticket.stage is Stage.CANCELLED
    label, taken = (github.hooks.last("issues", action) for action in ("labeled", "unlabeled"))
    bot.hear(label.headers, label.body)
    assert bot.ticket.stage is Stage.CANCELLED
    issue.label("bricklayer", by=mona)
    assert bot.ticket.stage is Stage.PLANNING
    bot.hear(taken.headers, taken.body)
    assert bot.ticket.stage is Stage.PLANNING


def test_a_storm_of_labels_starts_no_more_than_an_hours_share(
    github: GitHub, tmp_path: Path
) -> None:
    """Of one person, and in one repository."""
    first = bank(github)
    rest = [github.issue("octocat/bank", f"t{n}", "b", by=first.author) for n in range(5)]
    issues = [first, *rest]
    people = [github.person(name, permission="write") for name in ("mona", "hubot", "lisa")]
    more = "per_person_an_hour = 2\nper_repo_an_hour = 3"
    with inside(tmp_path, github, more=more) as bot:
        for number, issue in enumerate(issues):
            issue.label("bricklayer", by=people[number // 3])
        stages = {t.issue: t.stage for t in bot.tickets}
    begun = [number for number, stage in stages.items() if stage is Stage.PLANNING]
    assert begun == [issues[0].number, issues[1].number, issues[3].number]
    assert all("Not started" in t.why for t in bot.tickets if t.stage is Stage.BLOCKED)


def test_a_label_that_was_not_obeyed_takes_nobodys_share(github: GitHub, tmp_path: Path) -> None:
    """One person's storm does not use up what the repository may begin."""
    issues = [bank(github), *(bank(github) for _ in range(4))]
    mona, hubot = (github.person(name, permission="write") for name in ("mona", "hubot"))
    with inside(tmp_path, github, more="per_person_an_hour = 1\nper_repo_an_hour = 2") as bot:
        for issue in issues[:4]:
            issue.label("bricklayer", by=mona)
        issues[4].label("bricklayer", by=hubot)
        begun = [t.issue for t in bot.tickets if t.stage is Stage.PLANNING]
    assert begun == [issues[0].number, issues[4].number]


def test_who_is_refused_again_and_again_costs_no_more_calls(github: GitHub, tmp_path: Path) -> None:
    """A stranger's storm of commands is answered for a while, then left."""
    issue = bank(github)
    stranger = github.person("stranger")
    with inside(tmp_path, github, more="per_person_an_hour = 3") as bot:
        issue.label("bricklayer", by=github.person("mona"))
        for _ in range(5):
            issue.comment("/cancel", by=stranger)
        calls = len(github.calls)
        for _ in range(20):
            issue.comment("/cancel", by=stranger)
        assert len(github.calls) == calls
        assert bot.ticket.stage is Stage.PLANNING
        issue.comment("/cancel", by=github.person("mona"))
        assert bot.ticket.stage is Stage.CANCELLED


def test_a_sweep_asks_nothing_about_comments_of_who_is_refused(
    github: GitHub, tmp_path: Path
) -> None:
    """Without any webhook: to list the comments takes one request for a hundred of them."""
    issue = bank(github)
    stranger = github.person("stranger")
    with inside(tmp_path, github) as bot:
        issue.label("bricklayer", by=github.person("mona"))
        github.hook(lambda *_: 202, "nobody-hears-it")
        bot.sweep()
        for _ in range(40):
            issue.comment("/cancel", by=stranger)
        calls = len(github.calls)
        bot.sweep()
        assert len(github.calls) - calls < 25
        assert bot.ticket.stage is Stage.PLANNING


def test_labels_of_strangers_templates_are_looked_at_once(github: GitHub, bot: Inside) -> None:
    """However many there are, a sweep asks nothing more about those that have not changed."""
    bank(github)
    by = github.person("x")
    opened = [
        github.issue("octocat/bank", f"t{n}", "b", by=by, labels=("bricklayer",)) for n in range(10)
    ]
    bot.sweep()
    opened[0].comment("bump", by=by)
    calls = len(github.calls)
    bot.sweep()
    assert len(github.calls) - calls < 10


def test_other_labels_and_strangers_commands_read_no_comments(github: GitHub, bot: Inside) -> None:
    """An issue with thousands of comments costs nothing until a writer asks for something."""
    issue = bank(github)
    issue.label("bug", by=github.person("mona"))
    issue.comment("/approve", by=github.person("stranger"))
    assert bot.tickets == []
    assert not github.count("GET", "/repos/{owner}/{repo}/issues/{issue_number}/comments")


def test_a_halted_machine_starts_nothing(github: GitHub, tmp_path: Path) -> None:
    issue = bank(github)
    with inside(tmp_path, github, more="halted = true") as bot:
        issue.label("bricklayer", by=github.person("mona"))
        bot.advance()
        assert bot.ticket.stage is Stage.PLANNING
        assert not issue.repo.pulls


def told_label(github: GitHub) -> dict[str, Any]:
    """What a webhook of the right label would tell, of an issue that nobody has told us of."""
    bank(github).label("bug", by=github.person("mona"))
    body: dict[str, Any] = github.hooks.last("issues", "labeled").payload
    body["label"]["name"] = "bricklayer"
    return body


FOREIGN = {
    "clone_url": "https://evil.example/octocat/bank.git",
    "url": "https://evil.example/repos/octocat/bank",
}


@pytest.mark.parametrize("field", FOREIGN)
def test_whatever_a_payload_says_the_token_goes_to_the_configured_server(
    github: GitHub, bot: Inside, field: str
) -> None:
    """Another host in it is written into the log; fetched is from ours, and nothing fails."""
    body = told_label(github)
    body["repository"][field] = FOREIGN[field]
    bot.told("issues", body)
    remote = bot.services.open_mirror(bot.ticket)
    assert remote.url == f"{github.html_url}/octocat/bank.git"
    remote.fetch()
    assert remote.fetched_head("main") == github.repo("octocat/bank").git.sha("main")


@pytest.mark.parametrize(
    "name", ["main", "$(id)", "--upload-pack=id", "x\ny", "-x", "a..b", "@{1}"]
)
def test_a_default_branch_is_a_name_or_the_payload_is_none(
    github: GitHub, bot: Inside, name: str
) -> None:
    """What is no branch is refused or not found; nothing of it is ever run."""
    body = told_label(github)
    body["repository"]["default_branch"] = name
    bot.told("issues", body)
    malformed = name.startswith("-") or "\n" in name
    assert len(bot.tickets) == (not malformed)


def test_a_repository_without_our_app_is_left_alone(github: GitHub, bot: Inside) -> None:
    """A webhook from where the App is not, or not any more, installed: no ticket, and no crash."""
    mona = github.person("mona", permission="write")
    other = github.repo("other/vault", {"a": "1"})
    issue = github.issue("other/vault", "t", "b", by=mona)
    issue.label("bricklayer", by=mona)
    body = github.hooks.last("issues", "labeled").payload
    bot.told("issues", body)
    assert bot.tickets == []
    assert not other.pulls


def test_a_payload_of_nonsense_is_no_event(bot: Inside) -> None:
    deep: object = []
    for _ in range(500):
        deep = [deep]
    for payload in ([], None, 1, "x", {"action": deep}, {"action": "labeled", "issue": deep}):
        bot.told("issues", payload)
    bot.hear({"X-GitHub-Event": "issues"}, b"[" * 1_000_000)
    bot.hear({"X-GitHub-Event": "issues"}, b"\xff\xfe")
    bot.hear({"X-GitHub-Event": "issues"}, json.dumps({"n": 10**4000}).encode())
    assert bot.tickets == []
