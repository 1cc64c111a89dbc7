"""Lanes, the places where local models run; each is used by one task at a time.

Several lanes of one server are as many of its slots. Which slot answers is the server's choice:
llama-server takes the one whose cache begins like the prompt. Asked for one by its id, it waits for
that one alone, and leaves its cache of prompts unread where the slot is empty.
https://github.com/ggml-org/llama.cpp/pull/7728 https://github.com/ggml-org/llama.cpp/issues/28139
"""

import functools
import os
import queue
import tempfile
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.config.machine import Settings
from bot.config.tiers import Lane, TierSettings
from bot.errors import UserError
from bot.models.chain import Chain, open_tier
from bot.models.llama_server.place import find_server_place
from bot.models.measured_models import with_measured
from bot.models.model import Loading
from bot.text.invisible import make_printable
from runners.activities import Activities
from runners.checks.setup_sweep import remove_tree

SLOT_PREFIX = ".slot-"
"""Begins no lane's name."""


@dataclass(slots=True)
class OpenLane:
    """One lane's models, loaded when first asked for, and its own folder for checkouts."""

    lane: Lane
    settings: Settings
    folder: Path
    loading: Loading = nullcontext
    _open: dict[str, Chain] = field(default_factory=dict)
    _opening: threading.Lock = field(default_factory=threading.Lock)

    def open_chain(self, name: str) -> Chain:
        """The models of the tier `name`. Raises UserError where none is configured."""
        with self._opening:
            if name not in self._open:
                self._open[name] = self._open_tier(name)
            return self._open[name]

    def _open_tier(self, name: str) -> Chain:
        tier = self.settings.tiers.get(name)  # type: ignore[call-overload]  # any word may ask
        if tier is None:
            hint = f"Name models under [tiers.{name}] in bricklayer.toml, or BRICKLAYER_LOCAL."
            raise UserError(f"no model is configured for the {name} tier", hint=hint)
        # Only when it is asked for: a model may take gigabytes of memory.
        tier = _with_threads(tier, len(self.settings.lanes))
        servers = find_server_place(self.settings, self.lane)
        return open_tier(tier, self.lane, loading=self.loading, servers=servers)

    def open_slot(self, number: int) -> "OpenLane":
        """The lane for one of several candidates, from 1: with its models, and an own folder.

        The models are the lane's, not loaded again: one in this process answers in turn, a server
        all at once.
        """
        if number == 1:
            return self
        # Called like the lane's own: by that name it is told where a check runs.
        slot = self.folder.parent / f"{SLOT_PREFIX}{number}" / self.folder.name
        return replace(self, folder=slot)

    def close_chains(self) -> None:
        with ExitStack() as stack:
            for chain in self._open.values():
                stack.callback(chain.close)


class Lanes:
    """Hands out lanes, the longest idle first."""

    def __init__(
        self, settings: Settings, folder: Path, activities: Activities | None = None
    ) -> None:
        """What they load is one of the `activities`."""
        self._folder = folder / "lanes"
        own = _new_folder(self._folder)
        told = activities or Activities()
        self.all = [
            OpenLane(
                lane,
                with_measured(settings, lane),
                own / lane.name,
                functools.partial(_load, told, lane.name),
            )
            for lane in settings.lanes
        ]
        # First in, first out, and safe from any thread.
        # https://docs.python.org/3.11/library/queue.html#queue.SimpleQueue
        self._idle: queue.SimpleQueue[OpenLane] = queue.SimpleQueue()
        for lane in self.all:
            self._idle.put(lane)

    @contextmanager
    def take_lane(self) -> Iterator[OpenLane]:
        """Wait until a lane is idle; it is given back when the block ends or raises."""
        lane = self._idle.get()
        try:
            yield lane
        finally:
            self._idle.put(lane)

    def close_all(self) -> None:
        with ExitStack() as stack:
            for lane in self.all:
                stack.callback(lane.close_chains)

    def remove_checkouts(self) -> None:
        """Once the run has its result: the next one makes its own, so nobody needs these."""
        remove_tree(self._folder)


def _load(activities: Activities, lane: str, model: str) -> AbstractContextManager[object]:
    return activities.begin("load", make_printable(model), lane=lane)


def _new_folder(folder: Path) -> Path:
    """A new folder for this process: a git or a check of a killed one may still write in its own.

    The caller holds the job's lock, so no live process uses what is there.
    """
    if folder.exists():  # an agent may have made folders there that Python is lost in
        remove_tree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix="of-", dir=folder))


def _with_threads(tier: TierSettings, lanes: int) -> TierSettings:
    """A lane's fair share of the cores, unless the settings say how many.

    Of the cores this process may use, which in a container are fewer than the machine has:
    https://docs.python.org/3.11/library/os.html#os.sched_getaffinity
    """
    # More threads than cores make llama.cpp slower:
    # https://github.com/ggml-org/llama.cpp/blob/master/docs/development/token_generation_performance_tips.md
    share = max(1, len(os.sched_getaffinity(0)) // lanes)
    return tier if tier.threads else tier.model_copy(update={"threads": share})
