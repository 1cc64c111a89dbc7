"""How the stand-in's answers and webhooks show people, repositories, issues and comments."""

from typing import TYPE_CHECKING, Any

from fake_github.people import User

if TYPE_CHECKING:
    from fake_github.apps import App, Installation
    from fake_github.issues import Label
    from fake_github.repo import Repo
    from fake_github.world import GitHub

Json = dict[str, Any]


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


def ping(github: "GitHub") -> Json:
    at = github.clock.now()
    config = {
        "content_type": "json",
        "insecure_ssl": "0",
        "url": github.hooks.url or github.html_url,
    }
    hook = {
        "type": "App",
        "id": 292430182,
        "name": "web",
        "active": True,
        "events": ["*"],
        "config": config,
        "created_at": at,
        "updated_at": at,
    }
    return {"zen": "Keep it logically awesome.", "hook_id": hook["id"], "hook": hook}
