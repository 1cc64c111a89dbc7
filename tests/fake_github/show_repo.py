"""How the stand-in shows repositories."""

from typing import TYPE_CHECKING, Any

from fake_github import show
from fake_github.people import User

if TYPE_CHECKING:
    from fake_github.repo import Repo

Json = dict[str, Any]

LINKS = {
    "archive": "/{archive_format}{/ref}", "assignees": "/assignees{/user}", "blobs": "/git/blobs{/sha}",
    "branches": "/branches{/branch}", "collaborators": "/collaborators{/collaborator}",
    "comments": "/comments{/number}", "commits": "/commits{/sha}", "compare": "/compare/{base}...{head}",
    "contents": "/contents/{+path}", "contributors": "/contributors", "deployments": "/deployments",
    "downloads": "/downloads", "events": "/events", "forks": "/forks", "git_commits": "/git/commits{/sha}",
    "git_refs": "/git/refs{/sha}", "git_tags": "/git/tags{/sha}", "hooks": "/hooks",
    "issue_comment": "/issues/comments{/number}", "issue_events": "/issues/events{/number}",
    "issues": "/issues{/number}", "keys": "/keys{/key_id}", "labels": "/labels{/name}",
    "languages": "/languages", "merges": "/merges", "milestones": "/milestones{/number}",
    "notifications": "/notifications{?since,all,participating}", "pulls": "/pulls{/number}",
    "releases": "/releases{/id}", "stargazers": "/stargazers", "statuses": "/statuses/{sha}",
    "subscribers": "/subscribers", "subscription": "/subscription", "tags": "/tags", "teams": "/teams",
    "trees": "/git/trees{/sha}",
}  # fmt: skip


def minimal(one: "Repo") -> Json:
    github = one.github
    api = f"{github.api_url}/repos/{one.full_name}"
    return {
        "id": one.id,
        "node_id": f"R_{one.id}",
        "name": one.name,
        "full_name": one.full_name,
        "private": one.private,
        "owner": show.user(github, one.owner),
        "html_url": f"{github.html_url}/{one.full_name}",
        "description": None,
        "fork": one.parent is not None,
        "url": api,
        **{f"{name}_url": api + end for name, end in LINKS.items()},
    }


def repo(one: "Repo") -> Json:
    github = one.github
    html = f"{github.html_url}/{one.full_name}"
    opened = sum(issue.state == "open" for issue in one.issues.values())
    has = ("issues", "projects", "downloads", "wiki")
    return {
        **minimal(one),
        "created_at": one.created,
        "updated_at": one.created,
        "pushed_at": one.pushed,
        "git_url": html.replace("http://", "git://") + ".git",
        "ssh_url": f"git@{github.host}:{one.full_name}.git",
        "clone_url": f"{html}.git",
        "svn_url": html,
        **dict.fromkeys(("homepage", "language", "mirror_url", "license")),
        **dict.fromkeys(
            ("size", "stargazers_count", "watchers_count", "forks_count", "forks", "watchers"), 0
        ),
        **{f"has_{name}": True for name in has},
        "has_pages": False,
        "has_discussions": False,
        "archived": one.archived,
        "disabled": False,
        "open_issues_count": opened,
        "open_issues": opened,
        "allow_forking": True,
        "is_template": False,
        "web_commit_signoff_required": False,
        "topics": [],
        "visibility": "private" if one.private else "public",
        "default_branch": one.default_branch,
    }


def full(one: "Repo", caller: User) -> Json:
    told = {
        **repo(one),
        "permissions": permissions(one, caller),
        "network_count": 0,
        "subscribers_count": 0,
    }
    if one.parent is not None:
        told |= {"parent": repo(one.parent), "source": repo(one.parent)}
    return told


def permissions(one: "Repo", caller: User) -> Json:
    names = {
        "admin": "admin",
        "maintain": "maintain",
        "push": "write",
        "triage": "triage",
        "pull": "read",
    }
    return {name: one.may(caller, role) for name, role in names.items()}
