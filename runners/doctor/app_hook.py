"""Examines whether GitHub reaches this bot's webhook, by what it says of its own deliveries."""

from urllib.parse import urlsplit

from bot.github.app_hook import Hook, HookDelivery
from bot.models.places import find_host_place
from runners.doctor.finding import Finding

PATH = "/webhook"
_REFUSED = frozenset({400, 401, 403})
_NOT_FOUND = 404
_SERVER_ERROR = 500
_WHERE = "the App's settings on GitHub, Webhook"


def judge_hook(hook: Hook, sweep_seconds: float, secret_env: str) -> Finding:
    """`secret_env` names the variable of the secret that both sides must have."""
    if not hook.url:
        what = f"webhook: the App has none, so GitHub is asked every {sweep_seconds:g} s"
        hint = f"To hear at once: {_WHERE}: tick Active, URL https://YOUR-HOST{PATH}"
        return Finding(what, good=None, hint=hint)
    if fault := _judge_url(hook.url):
        return fault
    if not hook.deliveries:
        what = f"webhook: {hook.url}, nothing was delivered yet"
        return Finding(what, good=None, hint=f"Have one sent: {_WHERE}, or label an issue.")
    failed = [one for one in hook.deliveries if not one.is_taken]
    count = f"{len(hook.deliveries) - len(failed)} of the last {len(hook.deliveries)}"
    what = f"webhook: {hook.url} took {count} deliveries"
    last = hook.deliveries[0]
    if last.is_taken:
        hint = "GitHub does not send the others again: what they tell, the sweep finds."
        return Finding(what, good=True, hint=hint if failed else "")
    said = f"HTTP {last.code}" if last.code else last.said or "no answer"
    hint = _explain(last, hook.url, secret_env)
    return Finding(f"{what}; the last, {last.event}: {said}", good=False, hint=hint)


def _judge_url(url: str) -> Finding | None:
    try:
        address = urlsplit(url)
        host = address.hostname or ""
    except ValueError:
        host = ""
    if not host or find_host_place(host) != "away":
        what = f"webhook: GitHub cannot reach {url}"
        hint = (
            "Give it an address of the internet (a reverse proxy, a tunnel), or untick Active:"
            " the sweep alone does everything, a little later."
        )
        return Finding(what, good=False, hint=hint)
    if address.scheme != "https":
        what = f"webhook: {url} is not encrypted"
        return Finding(what, good=None, hint=f"Use https: {_WHERE}, after a proxy has it.")
    return None


def _explain(last: HookDelivery, url: str, secret_env: str) -> str:
    if last.code in _REFUSED:
        return f"Its secret differs: {_WHERE}, Secret must be what ${secret_env} has here."
    if last.code == _NOT_FOUND:
        root = url.partition("?")[0].rstrip("/").removesuffix(PATH)
        return f"Its path is {PATH}: {_WHERE}, URL {root}{PATH}; or correct the proxy's."
    if last.code >= _SERVER_ERROR:
        return "A proxy answers, and `bricklayer serve` behind it does not: start it, see its log."
    return "See that `bricklayer serve` runs, and that firewall and certificate let GitHub in."
