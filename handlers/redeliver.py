"""Asks GitHub to deliver again what this server could not take: by itself it never does.

https://docs.github.com/en/webhooks/using-webhooks/automatically-redelivering-failed-deliveries-for-a-github-app-webhook
The sweep finds most of it, too; that a thread was resolved, or a check ended, is on no list.
"""

import logging
from collections.abc import Sequence
from itertools import groupby

from bot.github.app_hook import MOST_LISTED, HookDelivery
from bot.github.auth import parse_time
from bot.github.errors import GitHubError, RateLimitedError
from runners.tickets.services import Services

log = logging.getLogger("bricklayer")
REDELIVER_SECONDS = 600.0
"""Between two looks; each is two calls, of a budget that the App itself has."""
MAX_AGE_SECONDS = 86_400.0
"""GitHub delivers again for three days; after one, what was said is likely dealt with."""
MAX_AT_ONCE = 20
MAX_ATTEMPTS = 3
"""At one delivery, the first one among them."""
# What this server said to a delivery that is wrong stays wrong.
_REFUSED = frozenset({400, 401, 403, 404, 413})


def redeliver_failed(services: Services) -> int:
    """How many were asked for. A failure of GitHub's is logged and no more."""
    try:
        hook = services.account.read_hook(MOST_LISTED)
        found = list_failed(hook.deliveries if hook else (), services.github_now())
        for delivery in found:
            services.account.redeliver(delivery.number)
    except RateLimitedError:
        raise
    except GitHubError as exc:
        log.warning("deliveries that failed are left to the sweep: %s", exc)
        return 0
    if found:
        log.info("deliveries that failed are asked for again: %d", len(found))
    return len(found)


def list_failed(deliveries: Sequence[HookDelivery], now: float) -> list[HookDelivery]:
    """The last attempt at each that no attempt got through with; oldest first.

    None where not a single one came through: then GitHub does not reach this server at all.
    """
    if not any(one.is_taken for one in deliveries):
        return []
    by_guid = sorted(deliveries, key=lambda one: (one.guid, parse_time(one.at)))
    last = []
    for _, group in groupby(by_guid, key=lambda one: one.guid):
        attempts = list(group)
        newest = attempts[-1]
        if any(one.is_taken or one.code in _REFUSED for one in attempts):
            continue
        if len(attempts) < MAX_ATTEMPTS and now - parse_time(attempts[0].at) < MAX_AGE_SECONDS:
            last.append(newest)
    return sorted(last, key=lambda one: parse_time(one.at))[:MAX_AT_ONCE]
