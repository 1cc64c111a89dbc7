"""Tells by which channels people are told, and which environment variables they lack."""

import os
from collections.abc import Iterator

from bot.config.machine import Settings
from runners.doctor.finding import Finding


def examine_notify(settings: Settings) -> Iterator[Finding]:
    """Nothing is sent: `bricklayer notify --test` does that."""
    channels = settings.notify.channels
    if not channels:
        if settings.github.app_id or settings.github.repos:
            hint = "Name a channel under [notify] to be told when somebody is needed."
            yield Finding("notify: no channel is set, so nobody is told", good=True, hint=hint)
        return
    for name, channel in channels.items():
        unset = [each for each in channel.variables if not os.environ.get(each, "").strip()]
        if unset:
            what = f"notify: {name}: {', '.join(unset)} is not set here"
            hint = "Set it in the environment of `bricklayer serve`."
            yield Finding(what, good=None, hint=hint)
        else:
            yield Finding(f"notify: {name} is set (`bricklayer notify --test` tries it)", good=True)
