"""The address of this machine's dashboard, with a code that signs its owner in."""

from urllib.parse import urlencode

from bot.config.machine import Settings, find_settings_file, state_dir
from bot.errors import UserError
from bot.locks import find_live_holder
from handlers.dashboard.sessions import OwnerLinks, read_key

ADDRESS_FILE = "serve.address"
"""In the state folder: where the server listens, as the port may be a free one."""
_HINT = "Start it in this machine's other terminal, or as a service: docs/start/server.md."


def make_owner_link(settings: Settings) -> str:
    """Raises UserError where no server runs here, or it has no pages."""
    folder = state_dir(settings)
    if not settings.dashboard.enabled:
        hint = f"Set [dashboard] enabled = true in {find_settings_file()}, and start it again."
        raise UserError("`bricklayer serve` has no pages", where="[dashboard]", hint=hint)
    if not find_live_holder(folder / "serve.lock"):
        raise UserError("no `bricklayer serve` runs here", where=str(folder), hint=_HINT)
    try:
        address = (folder / ADDRESS_FILE).read_text(encoding="ascii").strip()
    except FileNotFoundError:
        hint = "Ask again in some seconds."
        raise UserError("the server is still starting", where=str(folder), hint=hint) from None
    code = urlencode({"code": OwnerLinks(read_key(settings)).make_code()})
    return f"{address}/sign-in?{code}"
