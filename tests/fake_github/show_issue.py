"""How the stand-in shows issues, comments, reactions and events."""

from typing import TYPE_CHECKING, Any

from fake_github import show
from fake_github.people import Reacted, User

if TYPE_CHECKING:
    from fake_github.issues import Comment, Happening, Issue
    from fake_github.repo import Repo

Json = dict[str, Any]
REACTIONS = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")


def rollup(url: str, on: Reacted) -> Json:
    counts = {name: sum(one.content == name for one in on.reactions) for name in REACTIONS}
    return {"url": f"{url}/reactions", "total_count": len(on.reactions), **counts}


def association(of: "Repo", one: User) -> str:
    if one is of.owner:
        return "OWNER"
    # Who is told of it may not know of a hidden membership, and most are hidden:
    # https://github.com/orgs/community/discussions/18690
    if of.owner.type == "Organization":
        return "NONE"
    return "COLLABORATOR" if one in of.collaborators() else "NONE"


def issue(one: "Issue") -> Json:
    of, github = one.repo, one.repo.github
    base = f"{github.api_url}/repos/{of.full_name}"
    api, html = f"{base}/issues/{one.number}", f"{github.html_url}/{of.full_name}"
    told = {
        "url": api,
        "repository_url": base,
        "labels_url": f"{api}/labels{{/name}}",
        "comments_url": f"{api}/comments",
        "events_url": f"{api}/events",
        "html_url": f"{html}/{'pull' if one.is_pull else 'issues'}/{one.number}",
        "id": one.id,
        "node_id": f"{'PR' if one.is_pull else 'I'}_{one.id}",
        "number": one.number,
        "title": one.title,
        "user": show.user(github, one.author),
        "labels": [show.label(of, each) for each in one.labels],
        "state": one.state,
        "locked": one.locked,
        "assignee": show.user(github, one.assignees[0]) if one.assignees else None,
        "assignees": [show.user(github, each) for each in one.assignees],
        "milestone": None,
        "comments": len(one.comments),
        "created_at": one.created,
        "updated_at": one.updated,
        "closed_at": one.closed,
        "author_association": association(of, one.author),
        "active_lock_reason": None,
        "body": one.body,
        "reactions": rollup(api, one),
        "timeline_url": f"{api}/timeline",
        "performed_via_github_app": None,
        "state_reason": one.state_reason,
    }
    told |= _order(one)
    return told | (_as_pull(one, base, html) if one.is_pull else {})


def told(one: "Issue") -> Json:
    """As webhooks have it: they do not name its parent."""
    return {name: value for name, value in issue(one).items() if name != "parent_issue_url"}


def _order(one: "Issue") -> Json:
    """What comes before it: https://docs.github.com/en/rest/issues/issues#get-an-issue"""
    blockers = [each.state for each in one.blocked_by]
    subs = [each.state for each in one.sub_issues]
    told: Json = {
        "issue_dependencies_summary": {
            "blocked_by": blockers.count("open"),
            "blocking": 0,
            "total_blocked_by": len(blockers),
            "total_blocking": 0,
        },
        "sub_issues_summary": {
            "total": len(subs),
            "completed": subs.count("closed"),
            "percent_completed": 100 * subs.count("closed") // len(subs) if subs else 0,
        },
    }
    if one.parent:
        of = one.parent.repo
        told["parent_issue_url"] = (
            f"{of.github.api_url}/repos/{of.full_name}/issues/{one.parent.number}"
        )
    return told


def _as_pull(one: Any, base: str, html: str) -> Json:
    page = f"{html}/pull/{one.number}"
    links = {"url": f"{base}/pulls/{one.number}", "html_url": page}
    links |= {"diff_url": f"{page}.diff", "patch_url": f"{page}.patch", "merged_at": one.merged_at}
    return {"draft": one.draft, "pull_request": links}


def comment(one: "Comment") -> Json:
    of, github = one.issue.repo, one.issue.repo.github
    base = f"{github.api_url}/repos/{of.full_name}"
    page = f"{github.html_url}/{of.full_name}/{'pull' if one.issue.is_pull else 'issues'}/{one.issue.number}"
    api = f"{base}/issues/comments/{one.id}"
    author = github.app_of(one.author)
    return {
        "url": api,
        "html_url": f"{page}#issuecomment-{one.id}",
        "issue_url": f"{base}/issues/{one.issue.number}",
        "id": one.id,
        "node_id": f"IC_{one.id}",
        "user": show.user(github, one.author),
        "created_at": one.created,
        "updated_at": one.updated,
        "author_association": association(of, one.author),
        "body": one.body,
        "reactions": rollup(api, one),
        "performed_via_github_app": show.app(author) if author else None,
    }


def event(of: "Repo", one: "Happening") -> Json:
    github = of.github
    told: Json = {
        "id": one.id,
        "node_id": f"LE_{one.id}",
        "url": f"{github.api_url}/repos/{of.full_name}/issues/events/{one.id}",
        "actor": show.user(github, one.actor),
        "event": one.event,
        "commit_id": one.commit,
        "commit_url": one.commit and f"{github.api_url}/repos/{of.full_name}/commits/{one.commit}",
        "created_at": one.created,
        "performed_via_github_app": None,
    }
    if one.label is not None:
        told["label"] = {"name": one.label.name, "color": one.label.color}
    if one.rename is not None:
        told["rename"] = dict(zip(("from", "to"), one.rename, strict=True))
    if one.reviewer is not None:
        told |= {
            "review_requester": told["actor"],
            "requested_reviewer": show.user(github, one.reviewer),
        }
    return told
