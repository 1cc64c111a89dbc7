"""What a llama-server tells that routes to several models, each in a process of its own.

It lists them with what each does. Of one model it is asked by the query, and loads it then unless
it is told not to: whoever only looks must not have a model loaded, or another one thrown out.
https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md (Using multiple models)
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote

from bot.models.server_answers import list_objects, read_object
from bot.text.invisible import make_printable
from bot.text.listed import join_first

Get = Callable[[str], tuple[int, bytes]]
"""The status and the body of a path. Raises OSError where nothing answers in time."""
MAX_NAME_CHARACTERS = 80
MAX_NAMED = 3
_RUNNING = frozenset({"loaded", "sleeping"})
# Its own words for what a model does: server_model_status_to_string in
# https://github.com/ggml-org/llama.cpp/blob/master/tools/server/server-models.h
_DOES = {
    "loading": "loads its model",
    "downloading": "downloads its model",
    "downloaded": "downloads its model",
    "sleeping": "sleeps until it is asked",
}


@dataclass(frozen=True, slots=True)
class RoutedModel:
    """`state` is the router's word; `exit_code` is how its process ended where that failed."""

    id: str
    names: frozenset[str]
    state: str
    failed: bool = False
    exit_code: int = 0

    @property
    def is_running(self) -> bool:
        return self.state in _RUNNING

    @property
    def shown(self) -> str:
        return make_printable(self.id, MAX_NAME_CHARACTERS)


def is_router(props: Mapping[str, object]) -> bool:
    """By what it answers to /props without a model."""
    return props.get("role") == "router"


def list_routed(get: Get) -> tuple[RoutedModel, ...]:
    """In its order. Raises OSError where it does not answer; what has another form is left out."""
    status, body = get("/models")
    found = list_objects(read_object(body), "data") if status == HTTPStatus.OK else []
    return tuple(_read_model(each) for each in found if isinstance(each.get("id"), str))


def _read_model(entry: Mapping[str, object]) -> RoutedModel:
    name, told, others = str(entry["id"]), entry.get("status"), entry.get("aliases")
    state = told if isinstance(told, dict) else {}
    code = state.get("exit_code")
    aliases = [each for each in others if isinstance(each, str)] if isinstance(others, list) else []
    return RoutedModel(
        name,
        frozenset({name, *aliases}),
        str(state.get("value") or ""),
        failed=state.get("failed") is True,
        exit_code=code if isinstance(code, int) else 0,
    )


def find_routed(models: Sequence[RoutedModel], name: str) -> RoutedModel | None:
    return next((each for each in models if name in each.names), None)


def query_of(model: str) -> str:
    """Behind a path, to ask one model that is loaded: it is not loaded for it."""
    return f"?model={quote(model, safe='')}&autoload=false"


def asking_of(get: Get, model: RoutedModel) -> Get:
    return lambda path: get(path + query_of(model.id))


def describe_routed(models: Sequence[RoutedModel], name: str) -> str:
    """What its model does in place of answering, and which models are loaded."""
    own = find_routed(models, name)
    loaded = [each.shown for each in models if each.is_running]
    count = f"{len(models)} model" + ("s" if len(models) != 1 else "")
    which = f"loaded: {join_first(loaded, MAX_NAMED)}" if loaded else "none loaded"
    return "; ".join(filter(None, (_describe_own(own), f"routes to {count}, {which}")))


def _describe_own(own: RoutedModel | None) -> str:
    if own is None:
        return "has no model of that name"
    if own.failed:
        return f"its model did not load: its process ended with {own.exit_code}"
    if own.state == "unloaded":
        return "loads its model once it is asked"
    return _DOES.get(own.state, "")
