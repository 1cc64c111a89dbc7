"""Operations of GitHub Apps: installations, their tokens, webhooks sent before."""

from typing import Any

from fake_github import show, show_repo
from fake_github.calls import Answer, Call, created, operation
from fake_github.hooks import Delivery
from fake_github.people import Refusal, Token

REPO = "/repos/{owner}/{repo}"


@operation("GET", "/app")
def app(call: Call) -> Any:
    return {**show.app(_app(call).app), "installations_count": len(_app(call).app.installations)}


@operation("GET", "/app/installations")
def installations(call: Call) -> Any:
    return [show.installation(one) for one in _app(call).app.installations]


@operation("GET", "/app/installations/{installation_id}")
def installation(call: Call, installation_id: int) -> Any:
    return show.installation(_installation(call, installation_id))


@operation("POST", "/app/installations/{installation_id}/access_tokens")
def access_token(call: Call, installation_id: int) -> Answer:
    one = _installation(call, installation_id)
    repos = _chosen(call, one)
    asked = call.given("permissions")
    for name, level in (asked or {}).items():
        if one.app.permissions.get(name) not in {level, "write"}:
            raise Refusal(422, "The permissions requested are not granted to this installation.")
    made = one.token(repos, asked)
    told = {"token": made.value, "expires_at": one.expires(made), "permissions": made.permissions}
    return created(
        {
            **told,
            "repository_selection": "all" if repos is None and one.chosen is None else "selected",
        }
    )


def _chosen(call: Call, one: Any) -> set[str] | None:
    names, ids = call.given("repositories"), call.given("repository_ids")
    if names is None and ids is None:
        return None
    chosen = {
        repo.full_name.lower()
        for repo in one.repos()
        if repo.name in (names or ()) or repo.id in (ids or ())
    }
    if len(chosen) != len(names or ()) + len(ids or ()):
        raise Refusal(
            422, "There is at least one repository that does not exist or is not accessible."
        )
    return chosen


@operation("GET", REPO + "/installation")
def repo_installation(call: Call) -> Any:
    name = f"{call.params['owner']}/{call.params['repo']}".lower()
    repo = call.github.repos.get(name)
    for one in _app(call).app.installations:
        if repo is not None and one.covers(repo):
            return show.installation(one)
    raise Refusal(404, "Not Found")


@operation("GET", "/installation/repositories")
def installation_repositories(call: Call) -> Any:
    token = call.token
    if token is None or token.installation is None:
        raise Refusal(403, "Resource not accessible by personal access token")
    shown = [
        show_repo.repo(repo) for repo in token.installation.repos() if call.github.sees(token, repo)
    ]
    return {"total_count": len(shown), "repositories": shown}


@operation("GET", "/user/installations")
def user_installations(call: Call) -> Any:
    """Those of the App whose token it is, where the person reaches any repository."""
    shown = [one for one in _of_user(call).app.installations if _explicit(call, one)]
    return {"total_count": len(shown), "installations": [show.installation(one) for one in shown]}


@operation("GET", "/user/installations/{installation_id}/repositories")
def user_repositories(call: Call, installation_id: int) -> Any:
    for one in _of_user(call).app.installations:
        if one.id == installation_id and (found := _explicit(call, one)):
            shown = [
                {**show_repo.repo(repo), "permissions": show_repo.permissions(repo, call.actor)}
                for repo in found
            ]
            return {"total_count": len(shown), "repositories": shown}
    raise Refusal(404, "Not Found")


def _of_user(call: Call) -> Token:
    if call.token is None or call.token.kind != "user":
        raise Refusal(403, "You must authenticate with an access token authorized to a GitHub App")
    return call.token


def _explicit(call: Call, installation: Any) -> list[Any]:
    """Where the person has a role of their own: being public gives none."""
    user = call.actor
    return [repo for repo in installation.repos() if user in (repo.owner, *repo.collaborators())]


@operation("POST", "/app-manifests/{code}/conversions")
def from_manifest(call: Call, code: str) -> Answer:
    """The code is the one a person's browser brought back: it works once, for an hour."""
    made = call.github.manifest_codes.pop(code, None)
    if made is None:
        raise Refusal(404, "Not Found")
    secrets = {
        "client_secret": made.client_secret,
        "webhook_secret": made.webhook_secret,
        "pem": made.private_key,
    }
    return created({**show.app(made), **secrets})


def _app(call: Call) -> Token:
    if call.token is None or call.token.kind != "app":
        raise Refusal(401, "A JSON web token could not be decoded")
    return call.token


def _installation(call: Call, number: int) -> Any:
    for one in _app(call).app.installations:
        if one.id == number:
            return one
    raise Refusal(404, "Not Found")


@operation("DELETE", "/installation/token")
def revoke(call: Call) -> None:
    if call.token is None or call.token.installation is None:
        raise Refusal(403, "Resource not accessible by personal access token")
    call.token.revoked = True


@operation("GET", "/app/hook/config")
def hook_config(call: Call) -> Any:
    _app(call)
    url = call.github.hooks.url
    config = {"content_type": "json", "insecure_ssl": "0"}
    return {**config, "secret": "********", "url": url} if url else config


@operation("GET", "/app/hook/deliveries")
def deliveries(call: Call) -> Any:
    """Newest first. What was never answered is among them: so a lost webhook is found."""
    _app(call)
    return [_delivery(one) for one in reversed(call.github.hooks.deliveries)]


@operation("POST", "/app/hook/deliveries/{delivery_id}/attempts")
def redeliver(call: Call, delivery_id: int) -> Answer:
    _app(call)
    for one in call.github.hooks.deliveries:
        if one.number == delivery_id:
            call.github.hooks.send(one)
            return Answer(202, {})
    raise Refusal(404, "Not Found")


def _delivery(one: Delivery) -> Any:
    payload = one.payload
    status = one.statuses[-1] if one.statuses else 0
    return {
        "id": one.number,
        "guid": one.guid,
        "delivered_at": one.at,
        "redelivery": len(one.statuses) > 1,
        "duration": 0.27,
        "status": "OK" if 200 <= status < 300 else "failed to connect to host",
        "status_code": status,
        "event": one.event,
        "action": one.action or None,
        "installation_id": payload.get("installation", {}).get("id"),
        "repository_id": payload.get("repository", {}).get("id"),
        "throttled_at": None,
    }
