"""Operations on people, Apps, installations and repositories."""

from typing import Any

import github_show as show
import github_show_git as show_git
from github_calls import Answer, Call, created, operation
from github_people import Refusal, Token

REPO = "/repos/{owner}/{repo}"


@operation("GET", "/user")
def me(call: Call) -> Any:
    actor = call.actor
    if call.token is not None and call.token.kind != "pat":
        raise Refusal(403, "Resource not accessible by integration")
    return show.public_user(call.github, actor)


@operation("GET", "/users/{username}")
def user(call: Call, username: str) -> Any:
    return show.public_user(call.github, call.github.user(username))


@operation("GET", "/rate_limit")
def rate_limit(call: Call) -> Any:
    told = {name: int(value) for name, value in list(call.github.gate.limits(call).items())[:4]}
    one = {name.removeprefix("X-RateLimit-").lower(): value for name, value in told.items()}
    return {"resources": {"core": one, "search": one, "graphql": one}, "rate": one}


@operation("GET", REPO)
def repo(call: Call) -> Any:
    found = call.repo
    return show.full(found, call.token.user) if call.token else show.full(found, found.github.ghost)


@operation("GET", REPO + "/collaborators/{username}/permission")
def permission(call: Call, username: str) -> Any:
    """`permission` knows only the four old roles; `role_name` has the real one."""
    repo = call.need("metadata", "read")
    user = call.github.user(username)
    if user.bot:
        raise Refusal(404, f"{username} is not a user")
    role = repo.role(user) or "none"
    old = {"maintain": "write", "triage": "read"}.get(role, role)
    shown = {
        **show.user(call.github, user),
        "permissions": show.permissions(repo, user),
        "role_name": role,
    }
    return {"permission": old, "role_name": role, "user": shown}


@operation("GET", REPO + "/collaborators/{username}")
def collaborator(call: Call, username: str) -> None:
    user = call.github.user(username)
    if user not in (call.repo.owner, *call.repo.collaborators()):
        raise Refusal(404, "Not Found")


@operation("GET", REPO + "/labels")
def labels(call: Call) -> Any:
    return [show.label(call.repo, one) for one in call.repo.labels.values()]


@operation("POST", REPO + "/labels")
def make_label(call: Call) -> Answer:
    repo = call.need("issues", role="write")
    name = call.required("name", "Label")
    if name.lower() in repo.labels:
        raise Refusal(422, "Validation Failed", show.wrong("Label", "name", "already_exists"))
    made = repo.label(name)
    made.color = call.given("color", made.color)
    made.description = call.given("description") or ""
    return created(show.label(repo, made))


@operation("GET", REPO + "/labels/{name}")
def label(call: Call, name: str) -> Any:
    found = call.repo.labels.get(name.lower())
    if found is None:
        raise Refusal(404, "Not Found")
    return show.label(call.repo, found)


@operation("GET", REPO + "/branches/{branch}")
def branch(call: Call, branch: str) -> Any:
    repo = call.need("contents", "read")
    if f"refs/heads/{branch}" not in repo.git.refs():
        raise Refusal(404, "Branch not found")
    return show_git.branch(repo, branch)


@operation("GET", REPO + "/git/ref/{ref}")
def ref(call: Call, ref: str) -> Any:
    repo = call.need("contents", "read")
    sha = repo.git.refs().get(f"refs/{ref}")
    if sha is None:
        raise Refusal(404, "Not Found")
    base = f"{call.github.api_url}/repos/{repo.full_name}/git"
    pointed = {"sha": sha, "type": "commit", "url": f"{base}/commits/{sha}"}
    return {
        "ref": f"refs/{ref}",
        "node_id": f"REF_{sha[:12]}",
        "url": f"{base}/refs/{ref}",
        "object": pointed,
    }


@operation("GET", REPO + "/commits/{ref}")
def commit(call: Call, ref: str) -> Any:
    repo = call.need("contents", "read")
    sha = repo.git.sha(ref)
    if not sha:
        raise Refusal(422, f"No commit found for SHA: {ref}")
    return show_git.commit(repo, sha, files=True)


@operation("GET", REPO + "/contents/{path}")
def contents(call: Call, path: str) -> Any:
    repo = call.need("contents", "read")
    ref = call.query.get("ref", repo.default_branch)
    sha = repo.git.sha(ref)
    entry = sha and repo.git.git("cat-file", "-t", f"{sha}:{path}", check=False)
    if not entry:
        raise Refusal(404, "Not Found" if sha else f"No commit found for the ref {ref}")
    if entry == "blob":
        if "raw" in call.headers.get("accept", ""):
            return Answer(
                raw=repo.git.read(sha, path), headers={"Content-Type": "application/vnd.github.raw"}
            )
        return show_git.file(repo, ref, sha, path)
    names = repo.git.git("ls-tree", "-z", "--name-only", f"{sha}:{path}").split("\0")
    return [
        show_git.file(repo, ref, sha, f"{path}/{name}", content=False) for name in names if name
    ]


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
        show.repo(repo) for repo in token.installation.repos() if call.github.sees(token, repo)
    ]
    return {"total_count": len(shown), "repositories": shown}


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
