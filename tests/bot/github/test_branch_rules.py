"""What a branch asks for is read of its rulesets and of the classic protection together."""

from fake_github.world import GitHub

from bot.github.repository import Repository
from bot.github.types import BranchRules, RequiredCheck

REPO = "octocat/bank"


def test_both_kinds_of_rules_are_asked_for(github: GitHub, hub: Repository) -> None:
    repo = github.repo(REPO)
    repo.require_checks("test", "lint", app=15368, strict=True)
    repo.require_checks("other", branch="release/1")
    repo.protect("DCO", "test")
    named = (RequiredCheck("test", 15368), RequiredCheck("lint", 15368))
    classic = (RequiredCheck("DCO"), RequiredCheck("test"))
    assert hub.read_branch_rules("main") == BranchRules((*named, *classic), strict=True)
    assert hub.read_branch_rules("release/1") == BranchRules((RequiredCheck("other"),))


def test_a_branch_without_rules_requires_nothing(github: GitHub, hub: Repository) -> None:
    """Nor one whose rules the token may not read, or that an older server knows nothing of."""
    assert hub.read_branch_rules("main") == BranchRules()
    github.repo(REPO).require_checks("test")
    for status in (403, 404):
        github.fail("GET", ".*/(rules/)?branches/.*", status, times=2)
        assert hub.read_branch_rules("main") == BranchRules()
