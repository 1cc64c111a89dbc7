"""What a branch of a repository asks of a pull request before it may be merged there."""

from collections.abc import Iterable
from urllib.parse import quote

from bot.github.errors import ForbiddenError, NotFoundError
from bot.github.repository_api import RepositoryApi, read_answer
from bot.github.types import BranchRules, RequiredCheck
from bot.github.webhooks.fields import Field

_REQUIRED_CHECKS = "required_status_checks"
_ANY_APP = -1
"""What the classic protection has for "any App": -1 or null."""


def read_branch_rules(api: RepositoryApi, branch: str) -> BranchRules:
    """Of the rulesets and of the classic protection together: GitHub asks for both.

    https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-rulesets/about-rulesets#about-rulesets-and-protected-branches
    """
    name = quote(branch, safe="")
    found = [*_read_rulesets(api, name), *_read_protection(api, name)]
    required = dict.fromkeys(check for rules in found for check in rules.required)
    return BranchRules(tuple(required), any(rules.strict for rules in found))


def _read_rulesets(api: RepositoryApi, branch: str) -> list[BranchRules]:
    """Empty for a server that is older than rulesets, or a token that may not read them."""
    # https://docs.github.com/en/rest/repos/rules#get-rules-for-a-branch
    try:
        entries = list(api.list_entries(f"/rules/branches/{branch}"))
    except (NotFoundError, ForbiddenError):
        return []
    rules = [rule for rule in entries if read_answer(_is_about_checks, rule)]
    return [read_answer(_read_ruleset, rule["parameters"]) for rule in rules]


def _is_about_checks(rule: Field) -> bool:
    return rule["type"].read_text() == _REQUIRED_CHECKS and "parameters" in rule


def _read_ruleset(parameters: Field) -> BranchRules:
    checks = ((one, one["integration_id"]) for one in parameters[_REQUIRED_CHECKS])
    return BranchRules(
        _unique(RequiredCheck(one["context"].read_text(), app.read_count()) for one, app in checks),
        parameters["strict_required_status_checks_policy"].read_flag(),
    )


def _read_protection(api: RepositoryApi, branch: str) -> list[BranchRules]:
    """Whoever may read the contents is told the checks, but not whether they are strict.

    https://docs.github.com/en/rest/branches/branches#get-a-branch
    """
    try:
        answer = api.fetch(f"/branches/{branch}").field
    except (NotFoundError, ForbiddenError):
        return []
    return [read_answer(_read_classic, answer)]


def _read_classic(branch: Field) -> BranchRules:
    if "protection" not in branch or _REQUIRED_CHECKS not in branch["protection"]:
        return BranchRules()
    asked = branch["protection"][_REQUIRED_CHECKS]
    if asked["enforcement_level"].read_text() == "off":
        return BranchRules()
    checks = [RequiredCheck(one["context"].read_text(), _app(one)) for one in asked["checks"]]
    # An older server names them here alone.
    named = {check.name for check in checks}
    contexts = (name.read_text() for name in asked["contexts"])
    checks += [RequiredCheck(name) for name in contexts if name not in named]
    return BranchRules(_unique(checks), asked["strict"].read_flag())


def _app(check: Field) -> int:
    app = check["app_id"]
    return 0 if app.value == _ANY_APP else app.read_count()


def _unique(checks: Iterable[RequiredCheck]) -> tuple[RequiredCheck, ...]:
    return tuple(dict.fromkeys(check for check in checks if check.name))
