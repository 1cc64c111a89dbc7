"""Operations on what moved a branch, the rules for it, and its update from the base."""

from typing import Any

from fake_github import show
from fake_github.branches import update_branch
from fake_github.calls import Answer, Call, operation

REPO = "/repos/{owner}/{repo}"


@operation("GET", REPO + "/activity")
def activity(call: Call) -> Any:
    """The latest first, unless asked otherwise; a branch may be named with or without refs/heads/."""
    repo, query = call.need("contents", "read"), call.query
    ref = query.get("ref", "")
    names = {ref, f"refs/heads/{ref}"}
    found = [one for one in repo.activities if not ref or one.ref in names]
    kind = query.get("activity_type")
    shown = [
        {
            "id": one.id,
            "node_id": f"PSH_{one.id}",
            "before": one.before,
            "after": one.after,
            "ref": one.ref,
            "timestamp": one.at,
            "activity_type": one.kind,
            "actor": show.user(call.github, one.actor),
        }
        for one in found
        if kind in {None, one.kind}
    ]
    return shown if query.get("direction") == "asc" else shown[::-1]


@operation("GET", REPO + "/rules/branches/{branch}")
def branch_rules(call: Call, branch: str) -> Any:
    repo = call.need("metadata", "read")
    rules, named = repo.rules, [rule for name, rule in repo.branch_rules if name == branch]
    if branch != repo.default_branch or not (rules.strict or rules.required):
        return named
    asked = {
        "required_status_checks": [{"context": name} for name in rules.required],
        "strict_required_status_checks_policy": rules.strict,
    }
    by = {"ruleset_source_type": "Repository", "ruleset_source": repo.full_name, "ruleset_id": 42}
    return [{"type": "required_status_checks", "parameters": asked, **by}, *named]


@operation("PUT", REPO + "/pulls/{pull_number}/update-branch")
def update(call: Call, pull_number: int) -> Answer:
    one = call.need("pull_requests").pull(pull_number)
    update_branch(one, call.actor, expected=call.given("expected_head_sha") or "")
    url = f"{call.github.html_url}/repos/{one.repo.full_name}/pulls/{one.number}"
    return Answer(202, {"message": "Updating pull request branch.", "url": url})
