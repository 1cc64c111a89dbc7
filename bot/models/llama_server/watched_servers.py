"""Which llama-servers this machine's settings name, and the way to each."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from bot.config.machine import Settings
from bot.config.paths import resolve_path
from bot.config.tiers import Lane, TierSettings
from bot.errors import UserError
from bot.models.bounded_request import Limits, request_bounded
from bot.models.llama_server.command import build_command
from bot.models.llama_server.keeper_link import look_at_server
from bot.models.llama_server.model import ADDRESS
from bot.models.llama_server.place import find_server_place
from bot.models.llama_server.server_process import SOCKET_NAME
from bot.models.places import find_host_place
from bot.models.short_socket_path import short_path
from bot.models.spec import SERVER_CLIENT, parse_spec

LIMITS = Limits(2.0, 2.0, 1 << 20)
"""Older builds tell the whole prompt of each slot."""
MAX_SERVERS = 16
_OWN = "llama-server"


@dataclass(frozen=True, slots=True)
class WatchedServer:
    """`url` of one that was found, or `folder` of one of our own, with its socket.

    `lanes` are those that it works for, `tier` the first that asks it, for `model`. `more` are the
    other tiers that do, with their models: one server may route to several.
    """

    tier: str
    model: str
    lanes: tuple[str, ...]
    url: str = ""
    folder: Path | None = None
    key_env: str = ""
    more: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> str:
        """Where it is: what tells it from others."""
        return self.url or str(self.folder)

    @property
    def tiers(self) -> dict[str, str]:
        """The models that it is asked for, in order, each with the first tier that asks for it."""
        found = {self.model: self.tier}
        for tier, model in self.more:
            found.setdefault(model, tier)
        return found

    @property
    def address(self) -> str:
        """Its host and port, without credentials; empty for one of our own."""
        parts = urlsplit(self.url)
        return parts.netloc.rpartition("@")[2]

    @property
    def is_started(self) -> bool:
        """Whether there is one to be asked: ours starts with the first call, and ends when idle."""
        return self.folder is None or bool(look_at_server(self.folder).get("pid"))

    def get(self, path: str) -> tuple[int, bytes]:
        """The status and the body. Raises OSError, also for what is no HTTP."""
        try:
            return self._get(path)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, ValueError) as exc:
            raise OSError(type(exc).__name__) from exc

    def _get(self, path: str) -> tuple[int, bytes]:
        if self.folder is None:
            key = os.environ.get(self.key_env, "").strip() if self.key_env else ""
            headers = {"Authorization": f"Bearer {key}"} if key else {}
            answer = request_bounded(self.url + path, LIMITS, headers=headers, trust_env=False)
        else:
            with short_path(self.folder, SOCKET_NAME) as socket:
                way = httpx.AsyncHTTPTransport(uds=socket)
                url = ADDRESS.removesuffix("/v1") + path
                answer = request_bounded(url, LIMITS, transport=way)
        return answer.status, answer.body


def list_watched(settings: Settings) -> list[WatchedServer]:
    """Each once, with all its lanes; nothing that is somebody else's, who need not be asked."""
    found: dict[str, WatchedServer] = {}
    for name, tier in settings.tiers.items():
        for lane in settings.lanes if name == "local" else settings.lanes[:1]:
            for server in _list_servers(settings, name, tier, lane):
                known = found.get(server.key)
                found[server.key] = _join(known, server) if known else server
    return list(found.values())[:MAX_SERVERS]


def _join(known: WatchedServer, other: WatchedServer) -> WatchedServer:
    lanes = tuple(dict.fromkeys((*known.lanes, *other.lanes)))
    pairs = dict.fromkeys((*known.more, (other.tier, other.model)))
    more = tuple(pair for pair in pairs if pair != (known.tier, known.model))
    return replace(known, lanes=lanes, more=more)


def _list_servers(
    settings: Settings, name: str, tier: TierSettings, lane: Lane
) -> Iterator[WatchedServer]:
    for model in tier.models:
        try:
            spec = parse_spec(model)
            if spec.kind == _OWN:
                path = resolve_path(spec.name, where=model)
                key = build_command(path, tier, lane).key
                folder = find_server_place(settings, lane).folder / key
                yield WatchedServer(name, path.name, (lane.name,), folder=folder)
            elif spec.kind == SERVER_CLIENT and (url := _find_url(name, tier, lane)):
                env = tier.api_key_env
                yield WatchedServer(name, spec.name, (lane.name,), url, key_env=env)
        except UserError:
            continue  # whoever asks that model hears of it


def _find_url(name: str, tier: TierSettings, lane: Lane) -> str:
    """Of this machine or its network; else empty."""
    url = (lane.base_url if name == "local" else "") or tier.base_url
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return "" if find_host_place(host) == "away" else url.rstrip("/").removesuffix("/v1")
