"""What a person is told of a model's server: its name, since when it is down, what to mend."""

import re
import time

from bot.config.tiers import TierSettings
from bot.errors import ModelOutageError, ModelSettingsError
from bot.models.hosted_errors import strip_credentials
from bot.models.llama_server.explain_end import OWN_SERVER
from bot.models.server_refusals import NO_CREDIT
from bot.text.invisible import make_printable
from runners.model_call import ModelCall

MAX_WHY_CHARACTERS = 300
_HINTS = {
    "401": "The key is refused: `api_key_env` of that table names the variable it is in.",
    "403": "The key is refused: `api_key_env` of that table names the variable it is in.",
    "402": "The account has no credit left.",
    "429": "The account has no credit left.",
    "404": "Name a model that this server has in `models` (its /v1/models lists them), or fix"
    " `base_url`, which ends in /v1 for most servers.",
}
_OWN_SERVER_HINT = (
    "Fix `models`, or the table `llama` below that one. All that it printed is in server.log under"
    " servers/ in the state folder."
)
_HINT = "Fix `models`, `base_url` or `api_key_env` of that table"


def name_server(name: str, tier: TierSettings) -> str:
    """Its address, without credentials, or else the tier and its models."""
    if tier.base_url:
        return make_printable(
            re.sub(r"^\w+://", "", strip_credentials(tier.base_url)).split("/")[0]
        )
    return f"the {name} tier ({', '.join(map(make_printable, tier.models))})"


def format_clock(seconds: float) -> str:
    """Hours and minutes, as a clock on this machine's wall shows them."""
    return time.strftime("%H:%M", time.localtime(seconds))


def describe_seconds(seconds: float) -> str:
    if seconds >= 2 * 3600:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 60:.0f} min" if seconds >= 90 else f"{seconds:.0f} s"  # noqa: PLR2004


def outage_error(  # noqa: PLR0913, PLR0917  # what was asked, since when, and until when
    name: str, tier: TierSettings, call: ModelCall, since: float, lasted: float, now: float
) -> ModelOutageError:
    what = (
        f"{name_server(name, tier)} did not answer for {describe_seconds(lasted)},"
        f" since {format_clock(since)}"
    )
    if call.wait:
        until = format_clock(now + call.wait)
        what = f"{what}, and asks to wait {describe_seconds(call.wait)} more, until {until}"
    hint = (
        f"No attempt was counted. `wait` in {tier.table} says how long to wait for it, and"
        " `fallback = true` lets the next tier take over then; `quota_wait` is for quotas that are"
        " free again later."
    )
    error = ModelOutageError(f"{what}: {shorten_why(call.why)}", where=tier.table, hint=hint)
    error.retry_at = now + call.wait if call.wait else 0.0
    return error


def settings_error(tier: TierSettings, why: str) -> ModelSettingsError:
    status = re.search(r"\bHTTP (\d{3})\b", why)
    hint = _HINTS.get(status[1] if status else "", f"{_HINT}.")
    if NO_CREDIT.search(why):
        hint = _HINTS["402"]
    if OWN_SERVER in why:
        hint = _OWN_SERVER_HINT
    return ModelSettingsError(
        shorten_why(why), where=tier.table, hint=f"{hint} No attempt was counted."
    )


def shorten_why(text: str, most: int = MAX_WHY_CHARACTERS) -> str:
    return make_printable(" ".join(text.split()), most)
