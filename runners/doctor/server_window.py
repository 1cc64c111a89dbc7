"""What kind of server of models answers, and its window against the tier's `context`."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.config.tiers import TierSettings
from bot.models.providers import ModelList
from bot.models.server_answers import (
    OLLAMA_WINDOW,
    list_objects,
    read_listed_window,
    read_lm_studio_window,
    read_loaded_window,
    read_own_window,
)
from bot.models.server_router import is_router
from runners.doctor.ask_server import ask_server
from runners.doctor.finding import Finding


@dataclass(frozen=True, slots=True)
class Listed:
    """A tier's server that gave a list: `entries` are its models, `model` the one of the tier."""

    tier_name: str
    tier: TierSettings
    model: str
    asked: ModelList
    entries: list[dict[str, object]]

    @property
    def root(self) -> str:
        return self.asked.address.rstrip("/").removesuffix("/v1")

    @property
    def entry(self) -> Mapping[str, object]:
        names = {self.model, f"{self.model}:latest"}
        return next((one for one in self.entries if one.get("id") in names), {})


@dataclass(frozen=True, slots=True)
class Examined:
    """`kind` is empty where the server is of none that is known."""

    kind: str = ""
    findings: tuple[Finding, ...] = ()
    takes_any_name: bool = False


def examine_window(listed: Listed) -> Examined:
    """Of llama-server the window is told by `examine_server`, since its answer has much more."""
    if not listed.asked.address:
        return Examined()
    props = ask_server(f"{listed.root}/props", listed.asked.headers).data
    if props.get("total_slots") or is_router(props):
        # Of one model it answers to any name; a router of several has a list.
        one = len(listed.entries) == 1 and not is_router(props)
        return Examined("llama-server", takes_any_name=one)
    if window := read_listed_window(listed.entry):
        hint = "start the server with --max-model-len {context}"
        return Examined("the server", compare_window(listed, window, hint))
    if "models" in ask_server(f"{listed.root}/api/tags", listed.asked.headers).data:
        return Examined("Ollama", _examine_ollama(listed))
    shown = list_objects(ask_server(f"{listed.root}/api/v0/models", {}).data, "data")
    if own := next((one for one in shown if one.get("id") == listed.model), None):
        window = read_lm_studio_window(own)
        hint = f"load it with a longer one: lms load {listed.model} --context-length {{context}}"
        return Examined("LM Studio", compare_window(listed, window, hint) if window else ())
    return Examined()


def compare_window(listed: Listed, window: int, hint: str) -> tuple[Finding, ...]:
    """`hint` says how to start the server with `{context}` tokens."""
    about, context = f"tier {listed.tier_name}", listed.tier.context
    if window >= context:
        larger = f"; up to {window} could be written" if window >= 2 * context else ""
        what = f"{about}: context = {context} fits the server's window of {window}{larger}"
        return (Finding(what, good=True),)
    what = f"{about}: context = {context} is more than the server's {window}"
    mend = hint.replace("{context}", str(context))
    fix = f"Set context = {window} in [tiers.{listed.tier_name}], or {mend}."
    return (Finding(what, good=False, hint=fix),)


def _examine_ollama(listed: Listed) -> tuple[Finding, ...]:
    """It cuts a longer prompt without a word, so that the model does not see the task."""
    hint = "start it with a larger window: OLLAMA_CONTEXT_LENGTH={context} ollama serve"
    loaded = ask_server(f"{listed.root}/api/ps", {}).data
    window = read_loaded_window(loaded, (listed.model, f"{listed.model}:latest"))
    if not window:
        shown = ask_server(f"{listed.root}/api/show", {}, {"model": listed.model}).data
        window = read_own_window(shown)
    if window:
        return compare_window(listed, window, hint)
    if listed.tier.context <= OLLAMA_WINDOW:
        return ()
    what = (
        f"tier {listed.tier_name}: Ollama says the window only of a loaded model; it is"
        f" {OLLAMA_WINDOW} unless told otherwise, and longer prompts are cut without a word"
    )
    mend = hint.replace("{context}", str(listed.tier.context))
    return (Finding(what, good=None, hint=f"{mend[0].upper()}{mend[1:]}."),)
