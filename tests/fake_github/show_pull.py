"""How the stand-in shows pull requests, reviews and comments on lines."""

from typing import TYPE_CHECKING, Any

from fake_github import diff, show, show_issue, show_repo

if TYPE_CHECKING:
    from fake_github.pulls import Pull
    from fake_github.repo import Repo
    from fake_github.threads import LineComment, Review

Json = dict[str, Any]


def label(one: "Pull") -> str:
    owner = one.head_repo.owner.login if one.head_repo else "unknown"
    return f"{owner}:{one.head_ref}"


def _side(of: "Repo | None", name: str, ref: str, sha: str, one: "Pull") -> Json:
    """`repo` is null once a fork was deleted."""
    owner = of.owner if of else one.author
    shown = show_repo.repo(of) if of else None
    return {
        "label": name,
        "ref": ref,
        "sha": sha,
        "user": show.user(one.repo.github, owner),
        "repo": shown,
    }


def brief(one: "Pull") -> Json:
    """As lists and webhooks of reviews have it."""
    of, github = one.repo, one.repo.github
    base = f"{github.api_url}/repos/{of.full_name}"
    api, page = f"{base}/pulls/{one.number}", f"{github.html_url}/{of.full_name}/pull/{one.number}"
    issue = f"{base}/issues/{one.number}"
    links = {
        "self": api,
        "html": page,
        "issue": issue,
        "comments": f"{issue}/comments",
        "review_comments": f"{api}/comments",
        "review_comment": f"{base}/pulls/comments{{/number}}",
        "commits": f"{api}/commits",
        "statuses": f"{base}/statuses/{one.head_sha}",
    }
    shown = show_issue.issue(one)
    same = (
        "number", "state", "locked", "title", "user", "body", "labels", "milestone", "assignee",
        "assignees", "created_at", "updated_at", "closed_at", "author_association", "active_lock_reason",
        "comments_url",
    )  # fmt: skip
    return {
        "url": api,
        "id": one.id,
        "node_id": f"PR_{one.id}",
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "issue_url": issue,
        **{name: shown[name] for name in same},
        "merged_at": one.merged_at,
        "merge_commit_sha": one.merge_commit,
        "requested_reviewers": [show.user(github, each) for each in one.reviewers],
        "requested_teams": [],
        "draft": one.draft,
        "commits_url": links["commits"],
        "review_comments_url": links["review_comments"],
        "review_comment_url": links["review_comment"],
        "statuses_url": links["statuses"],
        "head": _side(one.head_repo, label(one), one.head_ref, one.head_sha, one),
        "base": _side(of, f"{of.owner.login}:{one.base_ref}", one.base_ref, one.base_sha, one),
        "_links": {name: {"href": url} for name, url in links.items()},
        "auto_merge": None,
    }


def pull(one: "Pull") -> Json:
    git = one.repo.git
    files = diff.diff(git, one.merge_base, one.head_sha)
    mergeable = one.mergeable()
    merger = one.merged_by
    return {
        **brief(one),
        "merged": one.merged_at is not None,
        "mergeable": mergeable,
        "rebaseable": mergeable,
        "mergeable_state": _state(one, mergeable),
        "merged_by": show.user(one.repo.github, merger) if merger else None,
        "comments": len(one.comments),
        "review_comments": len(one.line_comments),
        "maintainer_can_modify": False,
        "commits": len(git.commits(one.base_sha, one.head_sha)),
        "additions": sum(file.added for file in files),
        "deletions": sum(file.removed for file in files),
        "changed_files": len(files),
    }


def _state(one: "Pull", mergeable: bool | None) -> str:
    """https://docs.github.com/en/graphql/reference/enums#mergestatestatus, in small letters."""
    if mergeable is None:
        return "unknown"
    if not mergeable:
        return "dirty"
    if one.draft:
        return "draft"
    git, rules = one.repo.git, one.repo.rules
    if rules.strict and not git.is_ancestor(git.sha(one.base_ref), one.head_sha):
        return "behind"
    runs = [run for run in one.repo.checks.check_runs if run.sha == one.head_sha]
    ends = {run.name: run.conclusion for run in runs}
    statuses = one.repo.checks.latest_statuses(one.head_sha)
    ends |= {each.context: each.state for each in statuses}
    good = {"success", "neutral", "skipped"}
    if any(ends.get(name) not in good for name in rules.required):
        return "blocked"
    return "clean" if all(end in good for end in ends.values()) else "unstable"


def review(one: "Review") -> Json:
    of, github = one.pull.repo, one.pull.repo.github
    page = f"{github.html_url}/{of.full_name}/pull/{one.pull.number}#pullrequestreview-{one.id}"
    url = f"{github.api_url}/repos/{of.full_name}/pulls/{one.pull.number}"
    told: Json = {
        "id": one.id,
        "node_id": f"PRR_{one.id}",
        "user": show.user(github, one.author),
        "body": one.body,
        "state": one.state,
        "html_url": page,
        "pull_request_url": url,
        "author_association": show_issue.association(of, one.author),
        "_links": {"html": {"href": page}, "pull_request": {"href": url}},
        "commit_id": one.commit,
    }
    return told | ({"submitted_at": one.submitted} if one.submitted else {})


def review_told(one: "Review") -> Json:
    """As a webhook has it: the state in small letters, no body as null."""
    return {**review(one), "state": one.state.lower(), "body": one.body or None}


def line_comment(one: "LineComment") -> Json:
    of, github = one.pull.repo, one.pull.repo.github
    base = f"{github.api_url}/repos/{of.full_name}"
    page = f"{github.html_url}/{of.full_name}/pull/{one.pull.number}#discussion_r{one.id}"
    api, pull_url = f"{base}/pulls/comments/{one.id}", f"{base}/pulls/{one.pull.number}"
    told = {
        "url": api,
        "pull_request_review_id": one.review.id,
        "id": one.id,
        "node_id": f"PRRC_{one.id}",
        "diff_hunk": one.hunk,
        "path": one.path,
        "position": one.position,
        "original_position": one.original_position,
        "commit_id": one.commit,
        "original_commit_id": one.original_commit,
        "user": show.user(github, one.author),
        "body": one.body,
        "created_at": one.created,
        "updated_at": one.updated,
        "html_url": page,
        "pull_request_url": pull_url,
        "author_association": show_issue.association(of, one.author),
        "_links": {
            "self": {"href": api},
            "html": {"href": page},
            "pull_request": {"href": pull_url},
        },
        "reactions": show_issue.rollup(api, one),
        "start_line": one.start,
        "original_start_line": one.original_start,
        "start_side": one.side if one.original_start else None,
        "line": one.line,
        "original_line": one.original_line,
        "side": one.side,
        "subject_type": "line",
    }
    return told | ({"in_reply_to_id": one.reply_to.id} if one.reply_to else {})
