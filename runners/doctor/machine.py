"""Examines this machine: settings, git, sandbox, state folder, database and models."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from bot.config.machine import Settings, find_settings_file, state_dir
from bot.config.repository import RepoConfig
from bot.config.tiers import Tier, TierSettings
from bot.models.chain import open_tier
from bot.models.find_faults import find_model_fault
from bot.models.llama_server.place import find_server_place
from bot.models.model import Prompt
from bot.models.spec import FILE_KINDS, HOSTED_KINDS, parse_spec
from bot.spending import Payer
from bot.storage.calls import read_spent_today
from bot.storage.database import sqlite_url
from runners.doctor.agents import examine_agent
from runners.doctor.database import examine_database
from runners.doctor.deliveries import examine_set_aside
from runners.doctor.disk import examine_disk
from runners.doctor.finding import Finding, try_step
from runners.doctor.git import examine_git
from runners.doctor.gpus import examine_gpus
from runners.doctor.measure_model import measure_model
from runners.doctor.model_list import examine_hosted
from runners.doctor.model_profile import describe_models
from runners.doctor.model_server import examine_server
from runners.doctor.notify import examine_notify
from runners.doctor.own_servers import examine_own_servers
from runners.doctor.sandbox import examine_protections
from runners.doctor.toolchains import examine_toolchains
from runners.metered_models import pay_each_try
from runners.sandbox import open_sandbox
from runners.sandbox.container import require_engine
from runners.spending import open_meter

_UNCONFINED_HINT = (
    'Checks run with your rights here: set sandbox = "bwrap" unless all plans are your own.'
)
_TEST_PROMPT = Prompt(system="", user="Say the word ready, and nothing else.", reply=16)
TIERS: tuple[Tier, ...] = ("planner", "local", "senior", "reviewer")
_WITHOUT_TIER = {
    "planner": "no issue becomes a plan",
    "local": "only exact blocks are applied without it",
    "reviewer": "no model reads a pull request before people do",
}


def examine_machine(settings: Settings, folder: Path) -> Iterator[Finding]:
    yield _settings(find_settings_file())
    yield from examine_git(folder)
    yield _sandbox(settings)
    yield from examine_protections(settings)
    yield from examine_toolchains(settings)
    yield from examine_disk(settings)
    database = list(examine_database(settings))
    yield from database
    if all(found.good is not False for found in database):
        yield _spending(settings)
    yield from examine_set_aside(settings)
    yield from examine_gpus(settings)
    yield from examine_notify(settings)


def _settings(path: Path) -> Finding:
    hint = "`bricklayer init`, in a repository, writes it. The environment can do for one model."
    there = path.is_file()
    return Finding(f"settings: {path}", there or None, "" if there else hint)


def _sandbox(settings: Settings) -> Finding:
    if settings.sandbox == "none":
        return Finding('sandbox: "none"', good=None, hint=_UNCONFINED_HINT)
    # Only a repository names an image to run, so of a container the engine alone is asked.
    if settings.sandbox != "bwrap":
        return try_step(
            f"sandbox: {settings.sandbox} answers", lambda: require_engine(settings.sandbox)
        )
    found = try_step("sandbox", lambda: open_sandbox(settings, RepoConfig()))
    return replace(found, what="sandbox: checks run in it") if found.good else found


def _spending(settings: Settings) -> Finding:
    url = settings.database_url or sqlite_url(state_dir(settings))
    spent, caps = read_spent_today(url), settings.spending
    left = spent.tokens < caps.day_tokens and spent.cost < caps.day_cost
    what = (
        f"spent on models today (UTC): {spent.tokens:,} of {caps.day_tokens:,} tokens,"
        f" {spent.cost:.2f} of {caps.day_cost:.2f}"
    )
    hint = "Raise `day_tokens` or `day_cost` under [spending], or wait until midnight UTC."
    return Finding(what, left or None, "" if left else hint)


def examine_models(settings: Settings, *, ask: bool) -> Iterator[Finding]:
    for name in TIERS:
        tier = settings.tiers.get(name)
        if tier is None:
            if why := _WITHOUT_TIER.get(name):
                hint = f"Name models in [tiers.{name}] of this machine's settings."
                yield Finding(f"tier {name}: none; {why}", good=None, hint=hint)
            continue
        usable = []
        for model in tier.models:
            if fault := find_model_fault(name, tier, model):
                yield Finding(f"tier {name}: {fault.what}", good=False, hint=fault.hint)
                continue
            usable.append(model)
            for address in _list_addresses(settings, name, tier, model):
                served = tier.model_copy(update={"base_url": address})
                yield from _examine_model(settings, name, served, model, ask=ask)
        if usable:
            known = tier.model_copy(update={"models": tuple(usable)})
            yield from describe_models(name, known)
            for address, lanes in _list_servers(settings, name, known).items():
                served = known.model_copy(update={"base_url": address})
                yield from examine_server(name, served, lanes)
                if name == "local":
                    yield from measure_model(settings, served, lanes)


def _list_addresses(settings: Settings, name: str, tier: TierSettings, model: str) -> Iterable[str]:
    """A model's file is asked at none."""
    if parse_spec(model).kind in FILE_KINDS:
        return [tier.base_url]
    return _list_servers(settings, name, tier)


def _list_servers(settings: Settings, name: str, tier: TierSettings) -> dict[str, int]:
    """Each address that the tier is asked at, with the number of lanes that ask there."""
    if name != "local":
        return {tier.base_url: 1}
    return dict(Counter(lane.base_url or tier.base_url for lane in settings.lanes))


def _examine_model(
    settings: Settings, name: Tier, tier: TierSettings, model: str, *, ask: bool
) -> Iterator[Finding]:
    """What its server lists for nothing, then its answer where it is asked."""
    alone = tier.model_copy(update={"models": (model,), "retries": 0})
    kind = parse_spec(model).kind
    if kind == "agent":
        yield examine_agent(settings, name, tier, model)
        return
    if kind in HOSTED_KINDS:
        yield from examine_hosted(name, tier, model)
    elif kind == "llama-server":
        yield from examine_own_servers(settings, name, model)
    elif not ask:
        yield _model(settings, name, alone, ask=False)
    if ask:
        yield _model(settings, name, alone, ask=True)


def _model(settings: Settings, name: str, tier: TierSettings, *, ask: bool) -> Finding:
    """Opening loads no model. A script is not asked: it has replies for its own tasks only.

    What is asked is paid for as any call is, within the day's caps.
    """
    model = tier.models[0]
    asked = ask and parse_spec(model).kind != "script"

    def look() -> None:
        with open_tier(tier, servers=find_server_place(settings)) as chain:
            if asked:
                # The day is a job of its own, for a job's cap is on all that it ever took.
                payer = Payer(f"doctor {dt.datetime.now(dt.UTC).date()}")
                # Whoever asks for this wants to know; what was noted of its quota may be old.
                meter = open_meter(settings, payer, heed_quotas=False)
                pay_each_try(chain, meter, name, tier).ask(
                    _TEST_PROMPT, lambda _said, _events=(), _thought="": ""
                )

    return try_step(f"tier {name}: {model}{' answers' if asked else ''}", look)
