"""Published attacks on the door where a server of this kind hears from GitHub.

The defences, each of which was taken away once to see its test fail: `is_signed` in
`handlers/webhook.py`, before anything else is read, and its `compare_digest`; `MAX_BODY_BYTES`
counted in `BodyReader`; what `handle_delivery` in `handlers/worker.py` takes for malformed; and, as
the id of a delivery is in no signature, decisions that look at the time and the id of what
happened: `_labeled` in `handlers/decisions.py`, and `was_handled` in `bot/ticket/model.py`.
"""

import asyncio
import copy
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from fake_github.world import GitHub
from support.in_process import SECRET, Inside
from support.machine import bank
from support.payloads import Json, every

from bot.errors import UserError
from bot.storage.tickets import Delivery
from bot.ticket.stages import Stage
from handlers.webhook import MAX_BODY_BYTES, Inbox, make_app
from handlers.worker import handle_delivery

PUSH = json.dumps(
    {
        "ref": "refs/heads/main",
        "after": "deadbeef" * 5,
        "repository": {"full_name": "octocat/bank", "clone_url": "https://evil.example/bank.git"},
    }
).encode()
HEADERS = {"X-GitHub-Event": "push", "X-GitHub-Delivery": "d-1"}


def post(body: bytes | AsyncIterator[bytes], headers: dict[str, str]) -> tuple[int, list[Delivery]]:
    """The answer of the webhook's own app, and what it has written down."""
    kept: list[Delivery] = []

    async def story() -> int:
        transport = httpx.ASGITransport(make_app(SECRET, Inbox(kept.extend, lambda: None)))
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            return (await client.post("/webhook", content=body, headers=headers)).status_code

    return asyncio.run(story()), kept


def sign(body: bytes) -> dict[str, str]:
    return {
        "X-Hub-Signature-256": f"sha256={hmac.new(SECRET.encode(), body, 'sha256').hexdigest()}"
    }


def test_cve_2022_36883_anybody_could_tell_jenkins_of_a_push() -> None:
    """Jenkins' Git plugin took an unsigned hook: anybody had builds check out a commit of theirs.

    https://www.jenkins.io/security/advisory/2022-07-27/#SECURITY-284
    """
    assert post(PUSH, HEADERS) == (401, [])
    assert post(PUSH, HEADERS | sign(PUSH[:-1])) == (401, [])
    assert post(PUSH, HEADERS | sign(PUSH))[0] == 202
    with pytest.raises(UserError, match="the webhook secret is empty"):
        make_app("", Inbox(lambda _: None, lambda: None))


def test_cve_2022_36885_a_signature_guessed_letter_by_letter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Jenkins' GitHub plugin compared signatures until the first difference, which time tells.

    https://www.jenkins.io/security/advisory/2022-07-27/#SECURITY-1849
    """
    compared: list[tuple[int, int]] = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((len(one), len(other)))
        return one == other

    monkeypatch.setattr(hmac, "compare_digest", compare)
    guess = "sha256=" + hashlib.sha256(b"a guess").hexdigest()
    assert post(PUSH, HEADERS | {"X-Hub-Signature-256": guess}) == (401, [])
    assert compared == [(len(guess), len(guess))]


def test_cve_2024_40634_a_body_without_end_filled_the_memory() -> None:
    """Argo CD read whatever came to its webhook before it asked who had signed it.

    https://github.com/advisories/GHSA-jmvp-698c-4x3w and, again in 2026, Argo Workflows:
    https://github.com/advisories/GHSA-jcc8-g2q4-9fxq (CVE-2026-42294)
    """
    sent: list[int] = []

    async def flood() -> AsyncIterator[bytes]:
        part = bytes(1 << 20)
        for _ in range(1000):
            sent.append(len(part))
            yield part

    assert post(flood(), HEADERS | {"X-Hub-Signature-256": "sha256=" + "0" * 64}) == (413, [])
    assert sum(sent) <= MAX_BODY_BYTES + (1 << 20)


def change(payload: Json, path: tuple[str | int, ...], instead: object) -> Json:
    """The payload with another value at one place; the place itself gone for `...`."""
    changed = copy.deepcopy(payload)
    *parents, last = path
    inner: Any = changed
    for part in parents:
        inner = inner[part]
    inner[last] = instead
    if instead is ...:
        del inner[last]
    return changed


def places(payload: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if not isinstance(payload, dict | list):
        return
    for key, value in payload.items() if isinstance(payload, dict) else enumerate(payload):
        yield (*path, key)
        yield from places(value, (*path, key))


@pytest.mark.parametrize("instead", [None, ..., [], "x"])
def test_cve_2025_59537_a_null_where_an_object_is_expected(instead: object) -> None:
    """A push whose `commits[].repo` was null ended the whole server of Argo CD, time and again.

    https://nvd.nist.gov/vuln/detail/CVE-2025-59537
    """
    tried = 0
    for event, payload in every():
        for path in places(payload):
            body = json.dumps(change(payload, path, instead)).encode()
            ended = handle_delivery(Delivery("d", event, body, 0.0), lambda _: None)
            assert ended in {"done", "ignored", "malformed"}
            tried += 1
    assert tried > 500


def test_gitlab_587536_a_delivery_that_somebody_kept_is_played_again(
    github: GitHub, bot: Inside
) -> None:
    """A signature covers the body alone: who has a body may send it again under another id.

    https://gitlab.com/gitlab-org/gitlab/-/work_items/587536 and of GitHub's header with that id:
    https://docs.github.com/en/webhooks/using-webhooks/best-practices-for-using-webhooks#use-the-x-github-delivery-header
    """
    issue, mona = bank(github), github.person("mona")
    issue.label("bricklayer", by=mona)
    issue.comment("/pause", by=mona)
    label, pause = (
        github.hooks.last("issues", "labeled"),
        github.hooks.last("issue_comment", "created"),
    )
    issue.comment("/resume", by=mona)
    assert not bot.ticket.paused
    bot.hear(pause.headers | {"X-GitHub-Delivery": "other"}, pause.body)
    assert not bot.ticket.paused
    issue.comment("/cancel", by=mona)
    assert bot.ticket.stage is Stage.CANCELLED
    before = bot.ticket
    bot.hear(label.headers | {"X-GitHub-Delivery": "another"}, label.body)
    assert bot.ticket == before
