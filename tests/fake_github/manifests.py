"""What an App's manifest must hold for GitHub to make the App of it."""

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from fake_github.people import Refusal, User

if TYPE_CHECKING:
    from fake_github.world import GitHub

# An event comes to an App only with a permission that lets it see what the event is about.
NEEDED = {
    "check_run": ("checks",),
    "check_suite": ("checks",),
    "create": ("contents",),
    "delete": ("contents",),
    "issue_comment": ("issues", "pull_requests"),
    "issues": ("issues",),
    "label": ("issues", "pull_requests"),
    "pull_request": ("pull_requests",),
    "pull_request_review": ("pull_requests",),
    "pull_request_review_comment": ("pull_requests",),
    "pull_request_review_thread": ("pull_requests",),
    "push": ("contents",),
    "repository": ("metadata",),
    "status": ("statuses",),
    "workflow_dispatch": ("contents",),
    "workflow_job": ("actions",),
    "workflow_run": ("actions",),
}
LEVELS = {"read", "write", "admin"}


def slug(manifest: dict[str, Any]) -> str:
    return re.sub(r"[^a-z0-9]+", "-", str(manifest["name"]).lower()).strip("-")


def check(manifest: dict[str, Any]) -> None:
    for name in ("name", "url", "redirect_url"):
        if not manifest.get(name):
            raise Refusal(422, f"Invalid GitHub App configuration: {name} is missing")
    if len(manifest["name"]) > 34:
        raise Refusal(422, "Name is too long (maximum is 34 characters)")
    # https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest#github-app-manifest-parameters
    if len(manifest.get("callback_urls", ())) > 10:
        raise Refusal(422, "Callback urls are too many")
    _check_hook(manifest.get("hook_attributes"))
    permissions = manifest.get("default_permissions", {})
    if not set(permissions.values()) <= LEVELS:
        raise Refusal(422, "Default permission records resource is not included in the list")
    for event in manifest.get("default_events", ()):
        if not set(NEEDED.get(event, ())) & {"metadata", *permissions}:
            raise Refusal(422, f"Default events unsupported: {event}")


def _check_hook(hook: Any) -> None:
    if hook is None:
        return
    host = urlsplit(str(hook.get("url", ""))).hostname
    if host is None:
        raise Refusal(422, "Hook url cannot be blank")
    if host in {"localhost", "127.0.0.1", "::1"}:
        said = "isn't reachable over the public Internet"
        raise Refusal(422, f"Hook url is not supported because it {said} ({host})")


def register(github: "GitHub", manifest: dict[str, Any], owner: User) -> str:
    """Make the App; the code turns into its secrets, once."""
    check(manifest)
    if slug(manifest) in github.apps:
        raise Refusal(422, "Name is already in use")
    more = {
        "permissions": manifest.get("default_permissions", {}),
        "events": tuple(manifest.get("default_events", ())),
        "callback_urls": list(manifest.get("callback_urls", ())),
    }
    code = f"{github.new_id():040x}"
    github.manifest_codes[code] = github.app(slug(manifest), owner.login, **more)
    return code
