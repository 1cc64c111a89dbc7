"""Strips secrets, and this machine's paths and servers, from what models and checks wrote."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.config.machine import Settings, find_settings_file, state_dir
from bot.config.paths import find_home
from bot.errors import UserError
from bot.models.hosted_errors import strip_credentials
from bot.text.secrets import has_secret, redact
from runners.progress import ProgressEvent
from runners.worker_process.main import RESULT_JSON, WorkResult

_PLAN = "the plan has a secret in it, or what looks like one, so none of it was pushed or posted"


def redact_outcome(outcome: WorkResult, secrets: Sequence[str]) -> WorkResult:
    """A plan with a secret is refused whole: without the secret it would be another plan."""
    if has_secret(outcome.text, secrets):
        outcome = replace(outcome, passed=False, text="", why=_PLAN)
    return RESULT_JSON.validate_python(
        _redact_value(RESULT_JSON.dump_python(outcome, mode="json"), secrets)
    )


def strip_outcome_paths(outcome: WorkResult, settings: Settings) -> WorkResult:
    """For everybody to read: reasons and notes, without paths of this machine."""
    tasks = tuple(replace(t, why=strip_local_paths(t.why, settings)) for t in outcome.tasks)
    notes = tuple(strip_local_paths(note, settings) for note in outcome.notes)
    why = strip_local_paths(outcome.why, settings)
    return replace(outcome, why=why, tasks=tasks, notes=notes)


def strip_local_paths(text: str, settings: Settings) -> str:
    """For everybody to read: without paths of this machine and addresses of its servers."""
    for tier in settings.tiers.values():
        for url in filter(None, (tier.base_url, strip_credentials(tier.base_url))):
            text = text.replace(url, "its server")
    for path, name in _local_paths(settings):
        # An account may have `/` as its home: then every slash would be replaced.
        if path.is_absolute() and path != Path(path.anchor):
            text = text.replace(str(path), name)
    return text


def _local_paths(settings: Settings) -> Iterator[tuple[Path, str]]:
    with suppress(UserError):  # the file may be gone by now
        yield find_settings_file(), "this machine's settings"
    with suppress(UserError):  # an account without a home folder has none to hide
        yield state_dir(settings), "the state folder"
    with suppress(UserError):
        yield find_home(), "~"


def redact_event(event: ProgressEvent, secrets: Sequence[str]) -> ProgressEvent:
    return replace(event, text=redact(event.text, secrets))


def _redact_value(value: Any, secrets: Sequence[str]) -> Any:  # noqa: ANN401  # any part of a JSON value
    if isinstance(value, str):
        return redact(value, secrets)
    if isinstance(value, list):
        return [_redact_value(item, secrets) for item in value]
    if isinstance(value, dict):
        return {key: _redact_value(item, secrets) for key, item in value.items()}
    return value
