"""Operations on people, Apps, installations and repositories."""

from typing import Any

from fake_github import show, show_repo
from fake_github.calls import Call, operation
from fake_github.people import Refusal, User

REPO = "/repos/{owner}/{repo}"


@operation("GET", "/user")
def me(call: Call) -> Any:
    actor = call.actor
    if call.token is not None and call.token.kind not in {"pat", "user"}:
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
        "permissions": show_repo.permissions(repo, user),
        "role_name": role,
    }
    return {"permission": old, "role_name": role, "user": shown}


@operation("GET", REPO + "/collaborators/{username}")
def collaborator(call: Call, username: str) -> None:
    user = call.github.user(username)
    if user not in (call.repo.owner, *call.repo.collaborators()):
        raise Refusal(404, "Not Found")


@operation("GET", REPO + "/collaborators")
def collaborators(call: Call) -> Any:
    repo = call.need("metadata", "read")
    if not repo.may(call.actor, "write"):
        raise Refusal(403, "Must have push access to view repository collaborators.")
    return [_collaborator(call, one) for one in (repo.owner, *repo.collaborators())]


def _collaborator(call: Call, one: User) -> Any:
    role = {"permissions": show_repo.permissions(call.repo, one), "role_name": call.repo.role(one)}
    return {**show.user(call.github, one), **role}
