"""Offers the toolchains under this account's home folder, which checks do not see by themselves."""

from collections.abc import Iterator, Sequence

from bot.config.machine import Settings
from bot.config.paths import find_home
from bot.errors import UserError
from bot.text.listed import join_first
from runners.doctor.finding import Finding
from runners.sandbox.toolchains import Toolchain, find_toolchains

MAX_TOLD = 12


def examine_toolchains(settings: Settings) -> Iterator[Finding]:
    if settings.sandbox != "bwrap":
        return
    try:
        found = find_toolchains(find_home())
    except UserError as exc:
        yield Finding(f"toolchains: {exc.what}", good=None, hint=exc.hint)
        return
    yield from offer_toolchains(found, settings.toolchains)


def _describe(each: Toolchain) -> str:
    return f"{each.name} ({' '.join(filter(None, (each.manager, each.version)))})"


def offer_toolchains(found: Sequence[Toolchain], named: Sequence[str]) -> Iterator[Finding]:
    """Nothing where there is none, or where all are named already."""
    known = {each.partition("@")[0] for each in named}
    left = {each.name: each for each in reversed(found) if each.name not in known}
    if not left:
        return
    offered = [left[name] for name in sorted(left)]
    shown, words = offered[:MAX_TOLD], join_first(offered, MAX_TOLD, _describe)
    all_names = ", ".join(f'"{name}"' for name in [*named, *(each.name for each in shown)])
    what = f"toolchains at home that checks do not see: {words}"
    hint = f"For those that checks need, in this machine's settings: toolchains = [{all_names}]"
    yield Finding(what, good=True, hint=hint)
