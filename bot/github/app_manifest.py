"""A GitHub App made from a manifest: what it may and hears, and its key in exchange for a code."""

import json
import re
from dataclasses import dataclass
from urllib.parse import quote

import httpx

from bot.github.app_permissions import NEEDED_PERMISSIONS
from bot.github.errors import ForbiddenError, UnavailableError
from bot.github.urls import web_url
from bot.github.webhooks import MalformedError
from bot.github.webhooks.fields import Field

EVENTS = (
    *("check_run", "check_suite", "issue_comment", "issues", "pull_request"),
    *("pull_request_review", "pull_request_review_comment", "push", "repository"),
    *("status", "workflow_run"),
)
_CODE = re.compile(r"[A-Za-z0-9]{1,100}")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,98})")
_MAX_ANSWER_BYTES = 1 << 20
_MADE = 201


@dataclass(frozen=True, slots=True, repr=False)
class CreatedApp:
    """A new App. `key` is a private key in PEM, `secret` its webhook's: neither is ever shown.

    `client_id` and `client_secret` are for people to sign in to the dashboard.
    """

    id: int
    name: str
    url: str
    key: str
    secret: str
    client_id: str
    client_secret: str


def build_manifest(name: str, back: str, hook: str = "", sign_in: str = "") -> str:
    """`back` is where GitHub sends the code; without a `hook` the App hears of nothing.

    `sign_in` is where people are sent back to who sign in to the dashboard.
    """
    manifest = {
        "name": name,
        "url": "https://pypi.org/project/bricklayer-bot/",
        "redirect_url": back,
        "callback_urls": [sign_in] if sign_in else [],
        "public": False,
        "default_permissions": NEEDED_PERMISSIONS,
        "default_events": list(EVENTS) if hook else [],
        "hook_attributes": {"url": hook or "https://example.com/unused", "active": bool(hook)},
    }
    return json.dumps(manifest)


# https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
def form_url(api_url: str, state: str, organization: str = "") -> str:
    """Where a browser posts the manifest. Raises ValueError for a name that is none."""
    if organization and not _NAME.fullmatch(organization):
        raise ValueError("no organization's name")
    owner = f"organizations/{organization}/" if organization else ""
    return f"{web_url(api_url)}/{owner}settings/apps/new?state={quote(state)}"


def exchange_code(api_url: str, code: str) -> CreatedApp:
    """The App for the code that GitHub gave; it holds for one hour and once. Raises GitHubError."""
    if not _CODE.fullmatch(code):
        raise ForbiddenError("that is no code of GitHub's")
    try:
        answer = httpx.post(f"{api_url}/app-manifests/{code}/conversions", timeout=30)
    except httpx.HTTPError as exc:
        raise UnavailableError(f"GitHub does not answer: {type(exc).__name__}") from None
    if answer.status_code != _MADE or len(answer.content) > _MAX_ANSWER_BYTES:
        hint = "Begin again: a code holds for an hour, and once."
        raise ForbiddenError("the code is not taken", status=answer.status_code, hint=hint)
    try:
        app = Field(answer.json())
        return CreatedApp(
            id=app["id"].read_int(),
            name=app["slug"].read_text(),
            url=app["html_url"].read_text(),
            key=app["pem"].read_text(),
            secret=app["webhook_secret"].read_text(),
            client_id=app["client_id"].read_text(),
            client_secret=app["client_secret"].read_text(),
        )
    except (ValueError, MalformedError):
        raise UnavailableError("an answer that GitHub would not give") from None
