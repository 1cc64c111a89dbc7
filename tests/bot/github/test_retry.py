"""A call whose answer is lost is made again only after a look at what it left."""

from collections.abc import Callable

import pytest
from fake_github.gate import CUT
from fake_github.people import User
from fake_github.world import GitHub

from bot.config.github_access import GitHubSettings
from bot.github.account import Account
from bot.github.errors import AccountError, UnavailableError
from bot.github.repository import Repository
from bot.github.types import DraftReviewComment

REPO = "octocat/bank"
MARK = "<!-- m -->"
CODE = "".join(f"line{n} = {n}\n" for n in range(30))
POSTS: dict[str, tuple[str, Callable[[Repository], object]]] = {
    "comment": (r"/issues/1/comments$", lambda hub: hub.post_comment(1, f"Hello {MARK}", MARK)),
    "pull": (r"/pulls$", lambda hub: hub.open_pull("other", "main", "Title", "Body")),
    "reply": (r"/replies$", lambda hub: hub.post_reply(2, _first(hub), f"Settled {MARK}", MARK)),
    "review": (
        r"/pulls/2/reviews$",
        lambda hub: hub.post_review(2, hub.read_pull(2).head_sha, f"Read {MARK}", (DraftReviewComment("bank.py", 3, "Hm"),), MARK),
    ),
    "check": (r"/check-runs$", lambda hub: hub.mirror_check(hub.read_pull(2).head_sha, "bricklayer", "t", "s", None)),
}  # fmt: skip


def _first(hub: Repository) -> int:
    return hub.list_threads(2)[0].comments[0].id


@pytest.fixture
def world(github: GitHub, hub: Repository, mona: User) -> GitHub:
    """An issue, a pull request of its branch with one thread, and another branch."""
    github.issue(REPO, "Mend it", "Please.", by=mona)
    repo = github.repo(REPO)
    repo.push("work", {"bank.py": CODE}, by=mona)
    repo.push("other", {"bank.py": CODE}, by=mona)
    pull = repo.pull(hub.open_pull("work", "main", "Work", ""))
    pull.review("comment", by=mona, threads=[("bank.py", 3, "Why?")])
    return github


def left(github: GitHub) -> list[int]:
    """How much there is of all that the bot makes."""
    pulls = github.repo(REPO).pulls
    comments = len(github.repo(REPO).issue(1).comments)
    line_comments = sum(len(one.line_comments) for one in pulls)
    reviews = sum(len(one.reviews) for one in pulls)
    runs = len(github.repo(REPO).checks.check_runs)
    return [comments, len(pulls), line_comments, reviews, runs]


@pytest.mark.parametrize("what", POSTS)
@pytest.mark.parametrize("status", [500, 502, CUT])
def test_what_took_effect_though_its_answer_was_lost_is_found(
    world: GitHub, hub: Repository, what: str, status: int
) -> None:
    path, act = POSTS[what]
    before = left(world)
    world.fail("POST", path, status, after=True)
    act(hub)
    once = left(world)
    assert once != before
    assert act(hub) == act(hub)
    assert left(world) == once


@pytest.mark.parametrize("what", POSTS)
def test_what_took_no_effect_is_made_again(
    world: GitHub, hub: Repository, slept: list[float], what: str
) -> None:
    path, act = POSTS[what]
    before = left(world)
    world.fail("POST", path, 502, times=2)
    act(hub)
    assert left(world) != before
    assert slept == [1.0, 2.0]


@pytest.mark.parametrize("what", POSTS)
def test_after_three_times_it_is_down(world: GitHub, hub: Repository, what: str) -> None:
    path, act = POSTS[what]
    before, calls = left(world), world.count("POST")
    world.fail("POST", path, 502, times=9)
    with pytest.raises(UnavailableError):
        act(hub)
    assert left(world) == before
    tried = [one for one in world.calls if one.method == "POST" and one.status == 502]
    assert (len(tried), world.count("POST") - calls >= 3) == (3, True)


def test_an_edit_and_a_reaction_are_done_again(world: GitHub, hub: Repository) -> None:
    mine = hub.post_comment(1, f"Hello {MARK}", MARK)
    world.fail("PATCH", "/issues/comments/", 502, after=True)
    world.fail("POST", "/reactions", 502, after=True)
    hub.edit_comment(mine, f"Edited {MARK}")
    hub.add_reaction("comment", mine, "eyes")
    comment = world.repo(REPO).issue(1).comments[-1]
    assert (comment.body, len(comment.reactions)) == (f"Edited {MARK}", 1)


def test_an_expired_token_is_replaced_once(world: GitHub, hub: Repository) -> None:
    hub.read_issue(1)
    tokens = world.app().installations[0].tokens
    before = len(tokens)
    world.app().installations[0].expire_tokens()
    hub.post_comment(1, f"Hello {MARK}", MARK)
    assert len(tokens) == before + 1


def test_a_token_that_no_new_one_helps_is_refused(world: GitHub, hub: Repository) -> None:
    world.fail("GET", "/issues/1$", 401, times=9)
    with pytest.raises(AccountError, match="401"):
        hub.read_issue(1)
    assert sum(one.status == 401 for one in world.calls) == 2


def test_a_token_for_git_is_renewed_before_it_ends(
    github: GitHub, settings: GitHubSettings
) -> None:
    ahead = [0.0]
    account = Account(settings, {}, clock=lambda: github.clock.seconds() + ahead[0])
    hub = account.open_repository(REPO)
    first = hub.git_token()
    ahead[0] = 2600.0
    assert hub.git_token() == first
    ahead[0] = 2800.0
    second = hub.git_token()
    assert second != first
    assert {first, second} <= set(account.known_secrets())
