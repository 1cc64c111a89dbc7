"""Examines hosted models by what their server lists for nothing: is it there, by that name."""

import os
from collections.abc import Iterator, Mapping

from bot.config.tiers import TierSettings
from bot.errors import find_nearest, list_names
from bot.models.providers import ModelList, find_model_list
from bot.models.server_answers import list_objects
from bot.models.spec import parse_spec
from runners.doctor.ask_server import Answer, ask_server
from runners.doctor.clock import judge_clock
from runners.doctor.finding import Finding
from runners.doctor.server_window import Listed, examine_window

_REFUSED = frozenset({401, 403})
_NOT_FOUND = 404


def examine_hosted(name: str, tier: TierSettings, model: str) -> Iterator[Finding]:
    """The server's answer to GET /v1/models, which costs nothing: findings about this model."""
    spec = parse_spec(model)
    about = f"tier {name}: {model}"
    wanted = find_model_list(spec, tier, os.environ)
    if wanted is None:
        hint = "`bricklayer doctor --models` asks it a word, which may cost."
        yield Finding(f"{about}: its provider lists no models for nothing", good=True, hint=hint)
        return
    if wanted.key_env:
        hint = f"export {wanted.key_env}=..., or name another variable as api_key_env."
        yield Finding(f"{about}: the variable {wanted.key_env} is not set", good=False, hint=hint)
        return
    answer = ask_server(wanted.url, wanted.headers)
    if fault := explain_refusal(about, tier, wanted, answer):
        yield fault
        return
    clock = judge_clock(answer.ahead, "its server")
    if clock.good is not True:
        yield clock
    names = _list_names(answer.data)
    server = Listed(name, tier, spec.name, wanted, list_objects(answer.data, "data"))
    examined = examine_window(server)
    if not examined.takes_any_name and not knows_name(spec.name, names):
        yield _unknown_name(name, about, spec.name, names, examined.kind)
        return
    said = f"{examined.kind or 'its server'} has it"
    if examined.takes_any_name and names and not knows_name(spec.name, names):
        said = f"{examined.kind} answers to any name, with {list_names(names)}"
    yield Finding(f"{about}: {said}", good=True)
    yield from examined.findings


def explain_refusal(
    about: str, tier: TierSettings, wanted: ModelList, answer: Answer
) -> Finding | None:
    """What is wrong where there is no list; None where there is one."""
    if answer.is_good and answer.data:
        return None
    where = f"[tiers.{about.split()[1].rstrip(':')}]"
    if not answer.status:
        what = f"{about}: no connection to {wanted.address or wanted.url}: {answer.why}"
        hint = f"Start the model's server, or correct base_url in {where}."
        return Finding(what, good=False, hint=hint)
    if answer.status in _REFUSED:
        what = f"{about}: the server refuses the key (HTTP {answer.status})"
        hint = f"Name the variable that has a good one as api_key_env in {where}."
        return Finding(what, good=False, hint=hint)
    if answer.status == _NOT_FOUND and tier.base_url and "/v1" not in tier.base_url:
        longer = ask_server(f"{tier.base_url.rstrip('/')}/v1/models", wanted.headers)
        if longer.is_good and longer.data:
            what = f"{about}: base_url lacks its /v1"
            hint = f'Write base_url = "{tier.base_url.rstrip("/")}/v1" in {where}.'
            return Finding(what, good=False, hint=hint)
    what = f"{about}: {wanted.url} gives no list of models (HTTP {answer.status})"
    hint = "Whether it is there only a question tells: bricklayer doctor --models."
    return Finding(what, good=None, hint=hint)


def _list_names(data: Mapping[str, object]) -> list[str]:
    """Of OpenAI's form, and of Google's: `models/NAME`."""
    entries = [*list_objects(data, "data"), *list_objects(data, "models")]
    found = (entry.get("id") or entry.get("name") or entry.get("model") for entry in entries)
    return [name.removeprefix("models/") for name in found if isinstance(name, str)]


def knows_name(name: str, names: list[str]) -> bool:
    """An Ollama's name has `:latest` where none is given; a proxy may have a pattern."""
    if not names or {name, f"{name}:latest"} & set(names):
        return True
    patterns = (each[:-1] for each in names if each.endswith("*"))
    return any(name.startswith(start) for start in patterns)


def _unknown_name(tier: str, about: str, model: str, names: list[str], kind: str) -> Finding:
    near = find_nearest(model, names)
    hint = f"Did you mean {near}? " if near else ""
    if kind == "Ollama":
        hint += f"Fetch it: ollama pull {model}. "
    hint += f"There are: {list_names(names)}. Correct models in [tiers.{tier}]."
    return Finding(f"{about}: its server knows no model of that name", good=False, hint=hint)
