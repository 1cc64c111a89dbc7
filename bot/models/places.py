"""Where a model runs: on this machine, in a network of its own, or at somebody else's."""

import ipaddress
import os
from typing import Literal
from urllib.parse import urlsplit

from bot.config.tiers import TierSettings
from bot.errors import UserError
from bot.models.spec import FILE_KINDS, Spec, parse_spec

Place = Literal["here", "network", "away"]
# Names that no public name server has, and those that routers and VPNs give:
# https://www.rfc-editor.org/rfc/rfc6762#section-3 (local)
# https://www.rfc-editor.org/rfc/rfc8375 (home.arpa)
# https://tailscale.com/kb/1081/magicdns (ts.net)
_PRIVATE_ENDINGS = ("local", "internal", "home.arpa", "lan", "home", "intranet", "ts.net")
# Addresses shared behind a provider's or a VPN's router: https://www.rfc-editor.org/rfc/rfc6598
_SHARED = ipaddress.ip_network("100.64.0.0/10")
# A local Ollama passes these on to its makers' servers: https://docs.ollama.com/cloud
_CLOUD_TAG = "-cloud"


def find_place(model: str, tier: TierSettings) -> Place:
    """By the address alone: no name server is asked. What is not known counts as away."""
    try:
        spec = parse_spec(model)
    except UserError:
        return "away"
    if spec.kind in {*FILE_KINDS, "script"}:
        return "here"
    if spec.kind == "cli" or spec.name.endswith(_CLOUD_TAG):
        return "away"
    return find_host_place(_find_host(spec, tier))


def _find_host(spec: Spec, tier: TierSettings) -> str:
    # Where no address is given, the library reads this one:
    # https://ai.pydantic.dev/models/ollama/
    url = tier.base_url or (os.environ.get("OLLAMA_BASE_URL", "") if spec.kind == "ollama" else "")
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def find_host_place(host: str) -> Place:
    """The place of a host's name or address."""
    name = host.rstrip(".").lower()
    if not name:
        return "away"
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        if name == "localhost" or name.endswith(".localhost"):
            return "here"
        alone = "." not in name or any(name.endswith(f".{end}") for end in _PRIVATE_ENDINGS)
        return "network" if alone else "away"
    if address.is_loopback or address.is_unspecified:
        return "here"
    shared = address.version == _SHARED.version and address in _SHARED
    return "network" if address.is_private or address.is_link_local or shared else "away"
