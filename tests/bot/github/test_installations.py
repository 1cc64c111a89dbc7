"""What an App reaches: asked for without cost while nothing changes, and anew when told to."""

from fake_github.world import GitHub

from bot.config.github_access import GitHubSettings
from bot.github.account import REPOS_FRESH_SECONDS, Account
from bot.github.installed_repos import INSTALLATIONS_SECONDS

LIST = "/installation/repositories"


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def test_an_unchanged_list_is_not_counted_and_a_new_repository_is_found(
    github: GitHub, settings: GitHubSettings
) -> None:
    clock = Clock()
    account = Account(settings, {}, clock=clock)
    assert account.list_repos().repos == ("octocat/bank",)
    clock.now += REPOS_FRESH_SECONDS
    assert account.list_repos().repos == ("octocat/bank",)
    assert github.count("GET", LIST, status=304) == 1
    github.repo("octocat/new")
    clock.now += REPOS_FRESH_SECONDS
    assert account.list_repos().repos == ("octocat/bank", "octocat/new")


def test_a_new_installation_is_found_within_the_hour_or_when_a_webhook_tells(
    github: GitHub, settings: GitHubSettings
) -> None:
    clock = Clock()
    account = Account(settings, {}, clock=clock)
    account.list_repos()
    github.repo("hubot/other")
    github.app().install("hubot")
    clock.now += REPOS_FRESH_SECONDS
    assert account.list_repos().repos == ("octocat/bank",)
    account.forget_repos()
    assert account.list_repos().repos == ("hubot/other", "octocat/bank")
    github.repo("mona/third")
    github.app().install("mona")
    clock.now += INSTALLATIONS_SECONDS
    assert account.list_repos().repos == ("hubot/other", "mona/third", "octocat/bank")
