"""The App's own webhook, as GitHub tells of it: where it goes, and what became of its deliveries.

https://docs.github.com/en/rest/apps/webhooks
"""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.github.client import Client
from bot.github.errors import NotFoundError
from bot.github.repository_api import read_answer
from bot.github.webhooks.fields import Field

LOOKED_AT = 30
"""Deliveries, the newest ones."""
MOST_LISTED = 100


@dataclass(frozen=True, slots=True)
class HookDelivery:
    """One attempt. `code` is what the server answered with, 0 for none; `said` is GitHub's word.

    `guid` is the delivery's, the same for each attempt at it; `number` is this attempt's.
    """

    event: str
    code: int
    said: str
    at: str
    guid: str = ""
    number: int = 0

    @property
    def is_taken(self) -> bool:
        return 200 <= self.code < 300  # noqa: PLR2004  # https://www.rfc-editor.org/rfc/rfc9110#section-15.3


@dataclass(frozen=True, slots=True)
class Hook:
    """`url` is empty where the App has none. The newest delivery is the first."""

    url: str
    deliveries: tuple[HookDelivery, ...] = ()


def read_hook(client: Client, most: int = LOOKED_AT) -> Hook:
    """`client` speaks as the App itself; `most` deliveries, up to 100."""
    try:
        config = client.send_request("GET", "/app/hook/config").field
        url = read_answer(lambda one: one["url"].read_text(), config)
    except NotFoundError:
        return Hook("")
    if not url:
        return Hook("")
    answer = client.send_request("GET", "/app/hook/deliveries", {"per_page": most})
    listed = read_answer(lambda found: tuple(_read_deliveries(found)), answer.field)
    return Hook(url, listed[:most])


def _read_deliveries(listed: Field) -> Iterator[HookDelivery]:
    for one in listed:
        code = one["status_code"].value
        yield HookDelivery(
            one["event"].read_text(),
            code if isinstance(code, int) else 0,
            one["status"].read_text(),
            one["delivered_at"].read_text(),
            one["guid"].read_text(),
            one["id"].read_int(),
        )


def redeliver(client: Client, number: int) -> None:
    """Have GitHub send once more what that attempt was about."""
    client.send_request("POST", f"/app/hook/deliveries/{number}/attempts")
