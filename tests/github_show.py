"""How the stand-in's answers and webhooks show people, repositories, issues and comments."""

from typing import TYPE_CHECKING, Any

from github_people import Reacted, User

if TYPE_CHECKING:
    from github_apps import App, Installation
    from github_issues import Comment, Happening, Issue, Label
    from github_repo import Repo
    from github_server import GitHub

Json = dict[str, Any]
REACTIONS = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")


def wrong(resource: str, field: str, code: str, message: str = "") -> Json:
    told = {"resource": resource, "code": code, "field": field}
    return {**told, "message": message} if message else told


def user(github: "GitHub", one: User) -> Json:
    api = f"{github.api_url}/users/{one.login}"
    told = {
        "login": one.login,
        "id": one.id,
        "node_id": f"U_{one.id}",
        "avatar_url": f"{github.html_url}/avatars/u/{one.id}?v=4",
        "gravatar_id": "",
        "url": api,
        "html_url": f"{github.html_url}/{one.login}",
        "gists_url": f"{api}/gists{{/gist_id}}",
        "starred_url": f"{api}/starred{{/owner}}{{/repo}}",
        "following_url": f"{api}/following{{/other_user}}",
        "events_url": f"{api}/events{{/privacy}}",
        "organizations_url": f"{api}/orgs",
        "type": one.type,
        "user_view_type": "public",
        "site_admin": False,
    }
    plain = ("followers", "subscriptions", "repos", "received_events")
    return told | {f"{name}_url": f"{api}/{name}" for name in plain}


def public_user(github: "GitHub", one: User) -> Json:
    unknown = ("company", "blog", "location", "email", "hireable", "bio", "twitter_username")
    counts = ("public_repos", "public_gists", "followers", "following")
    return {
        **user(github, one),
        "name": one.login.title(),
        **dict.fromkeys(unknown),
        **dict.fromkeys(counts, 0),
        "created_at": one.created,
        "updated_at": one.created,
    }


def organization(github: "GitHub", one: User) -> Json:
    api = f"{github.api_url}/orgs/{one.login}"
    names = ("repos", "events", "hooks", "issues")
    return {
        "login": one.login,
        "id": one.id,
        "node_id": f"O_{one.id}",
        "url": api,
        **{f"{name}_url": f"{api}/{name}" for name in names},
        "members_url": f"{api}/members{{/member}}",
        "public_members_url": f"{api}/public_members{{/member}}",
        "avatar_url": f"{github.html_url}/avatars/u/{one.id}?v=4",
        "description": "",
    }


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
        "owner": user(github, one.owner),
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


def label(of: "Repo", one: "Label") -> Json:
    return {
        "id": one.id,
        "node_id": f"LA_{one.id}",
        "url": f"{of.github.api_url}/repos/{of.full_name}/labels/{one.name}",
        "name": one.name,
        "color": one.color,
        "default": False,
        "description": one.description or None,
    }


def rollup(url: str, on: Reacted) -> Json:
    counts = {name: sum(one.content == name for one in on.reactions) for name in REACTIONS}
    return {"url": f"{url}/reactions", "total_count": len(on.reactions), **counts}


def association(of: "Repo", one: User) -> str:
    if one is of.owner:
        return "OWNER"
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
        "user": user(github, one.author),
        "labels": [label(of, each) for each in one.labels],
        "state": one.state,
        "locked": one.locked,
        "assignee": user(github, one.assignees[0]) if one.assignees else None,
        "assignees": [user(github, each) for each in one.assignees],
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
    return told | (_as_pull(one, base, html) if one.is_pull else {})


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
        "user": user(github, one.author),
        "created_at": one.created,
        "updated_at": one.updated,
        "author_association": association(of, one.author),
        "body": one.body,
        "reactions": rollup(api, one),
        "performed_via_github_app": app(author) if author else None,
    }


def event(of: "Repo", one: "Happening") -> Json:
    github = of.github
    told: Json = {
        "id": one.id,
        "node_id": f"LE_{one.id}",
        "url": f"{github.api_url}/repos/{of.full_name}/issues/events/{one.id}",
        "actor": user(github, one.actor),
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
            "requested_reviewer": user(github, one.reviewer),
        }
    return told


def app(one: "App") -> Json:
    github = one.github
    return {
        "id": one.id,
        "client_id": one.client_id,
        "slug": one.slug,
        "node_id": f"A_{one.id}",
        "owner": user(github, one.owner),
        "name": one.name,
        "description": "",
        "external_url": "https://example.com",
        "html_url": f"{github.html_url}/apps/{one.slug}",
        "created_at": one.created,
        "updated_at": one.created,
        "permissions": one.permissions,
        "events": list(one.events),
    }


def installation(one: "Installation") -> Json:
    github = one.app.github
    api = f"{github.api_url}/app/installations/{one.id}"
    return {
        "id": one.id,
        "account": user(github, one.account),
        "repository_selection": "all" if one.chosen is None else "selected",
        "access_tokens_url": f"{api}/access_tokens",
        "repositories_url": f"{github.api_url}/installation/repositories",
        "html_url": f"{github.html_url}/settings/installations/{one.id}",
        "app_id": one.app.id,
        "app_slug": one.app.slug,
        "target_id": one.account.id,
        "target_type": one.account.type,
        "permissions": one.app.permissions,
        "events": list(one.app.events),
        "created_at": one.created,
        "updated_at": one.updated,
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_by": None,
        "suspended_at": one.suspended,
    }
