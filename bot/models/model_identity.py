"""Which weights stand behind a model's name: the same name may be another model tomorrow."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from bot.config.machine import Settings
from bot.config.paths import resolve_path
from bot.config.tiers import TierSettings
from bot.models.measured_models import find_measured
from bot.models.spec import FILE_KINDS, parse_spec

HEAD_BYTES = 1 << 20
"""Of a model's file: what describes it stands first."""
_TOLD = ("id", "name", "root", "owned_by", "digest", "size")
"""What a server's list says of a model and does not change from one answer to the next.

`created` is left out: llama-server and vLLM give the time of the answer.
https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md (GET /v1/models)
https://docs.ollama.com/api/tags
"""


def find_identity(settings: Settings, tier: TierSettings) -> str:
    """Of the tier's first model: its file's, or what was last noted of a server's; else empty."""
    spec = parse_spec(tier.models[0])
    if spec.kind in FILE_KINDS:
        return identify_file(resolve_path(spec.name, where=tier.models[0]))
    return find_measured(settings, tier.models[0], tier.base_url).identity


def identify_file(path: Path) -> str:
    """By its length, its time and its beginning; empty where it cannot be read."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
        stat = path.stat()
    except OSError:
        return ""
    said = f"{stat.st_size} {stat.st_mtime_ns} {hashlib.sha256(head).hexdigest()}"
    return _digest(said)


def identify_listed(entries: Sequence[Mapping[str, object]]) -> str:
    """Of what a server's lists say of one model; empty where they say nothing of it."""
    told = [{key: each[key] for key in _TOLD if key in each} for each in entries]
    metas = [each.get("meta") for each in entries]
    said = [each for each in (*told, *metas) if each]
    return _digest(json.dumps(said, sort_keys=True, default=str)) if said else ""


def _digest(said: str) -> str:
    return hashlib.sha256(said.encode(errors="surrogatepass")).hexdigest()[:12]
