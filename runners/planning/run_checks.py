"""Running checks while a plan is made: in the sandbox, each once, within so many seconds in all."""

import hashlib
import json
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from bot.config.machine import Settings
from bot.config.private_dir import open_state_dir
from bot.config.repository import RepoConfig
from bot.errors import UserError
from bot.git.checkout import checkout_tree
from bot.machine_faults import find_machine_fault
from bot.plan import Check, format_check
from runners.activities import Activities
from runners.checks.check import run_check
from runners.checks.git_source import GitSource
from runners.checks.setup_activity import begin_setup
from runners.checks.setup_cache import TrustedTree, prepare_setup
from runners.checks.verdict import Verdict
from runners.evidence import keep_evidence
from runners.planning.check_results import CheckResult, read_result
from runners.sandbox import Prepared, Sandbox, open_sandbox
from runners.sandbox.thread_commands import hear_output
from runners.spending import Meter

BASE_SHARE = 0.5
"""Of the time, what the checks on the base may take; the rest is for those of drafts."""
MIN_SECONDS = 1.0
EVIDENCE = "checks"
_RESULT = TypeAdapter(CheckResult)


@dataclass(frozen=True, slots=True)
class CheckRoom:
    """What checks of one plan run with. `folder` is a new one, which goes with the plan.

    `trusted` is the tree whose `[setup]` and config count. `evidence` gets what they printed.
    """

    trusted: TrustedTree
    base: str
    settings: Settings
    told: Activities
    meter: Meter
    evidence: Path
    folder: Path

    @property
    def config(self) -> RepoConfig:
        return self.trusted.config


@dataclass(slots=True)
class PlanChecks:
    """Remembers how each check ended; after a kill what was found is taken from the meter's store.

    `seconds` are left for further ones; what was taken from the store has used its own, so that
    the rest of the work is the same. `on_base` are those that ran there.
    """

    room: CheckRoom
    seconds: float
    on_base: tuple[CheckResult, ...] = ()
    _known: dict[tuple[str, str, frozenset[str]], CheckResult] = field(default_factory=dict)
    _printed: list[tuple[str, str]] = field(default_factory=list)
    _opened: "tuple[Sandbox, Prepared | None] | str" = ""
    _tree: str = ""
    _times: int = 0

    def run_on_base(self, tree: str) -> list[CheckResult]:
        """Every check of the repository, with no more than its part of the time."""
        if not self.seconds:
            return []
        kept, self.seconds = self.seconds * (1 - BASE_SHARE), self.seconds * BASE_SHARE
        checks = [Check("run", name) for name in self.room.config.checks]
        results = [self.run(tree, check) for check in checks]
        self.seconds, self._times = self.seconds + kept, self._times + 1
        self.on_base = tuple(results)
        return results

    def run(self, tree: str, check: Check, makes: Collection[str] = ()) -> CheckResult:
        """Raises what is a fault of the machine."""
        for own in (frozenset[str](), frozenset(makes)):
            if known := self._known.get((tree, format_check(check), own)):
                return known
        about = self._name(tree, check, makes)
        known = _read_kept(self.room.meter.find_note(about))
        if known is None:
            known = self._run_new(tree, check, makes)
            # Whoever mends what one lacks sees at once whether it can run now.
            if known.state != "unable":
                self.room.meter.keep_note(about, _RESULT.dump_json(known))
        self.seconds = max(0.0, self.seconds - known.seconds)
        if known.state != "unknown":
            own = frozenset(makes) if known.own else frozenset()
            self._known[tree, format_check(check), own] = known
        return known

    def _run_new(self, tree: str, check: Check, makes: Collection[str]) -> CheckResult:
        if self.seconds < MIN_SECONDS:
            why = "the time for checks is used up ([planner] checks)"
            return CheckResult(check.label, "unknown", why)
        if not self._opened:
            self._opened = self._open()
        if isinstance(self._opened, str):
            return CheckResult(check.label, "unable", self._opened)
        sandbox, prepared = self._opened
        limit = self.room.config.checks[check.name].timeout if check.kind == "run" else 0.0
        try:
            verdict = self._run_check(tree, check, makes, sandbox, prepared)
        except UserError as exc:
            if find_machine_fault(exc):
                raise
            return CheckResult(check.label, "unable", f"{exc.what}: {exc.hint}")
        self._printed.append((f"check {check.label}: {verdict.why}", verdict.output))
        keep_evidence(self.room.evidence, EVIDENCE, self._printed)
        if verdict.ended == "timeout" and limit > self.seconds:
            why = f"it had not ended after {verdict.seconds:.0f} s; a build gives it {limit:g} s"
            return CheckResult(check.label, "unknown", why, seconds=verdict.seconds)
        return read_result(verdict, makes)

    def _run_check(
        self,
        tree: str,
        check: Check,
        makes: Collection[str],
        sandbox: Sandbox,
        prepared: Prepared | None,
    ) -> Verdict:
        room, repo = self.room, self.room.trusted.repo
        folder, index = room.folder / "tree", room.folder / "index"
        if tree != self._tree:
            checkout_tree(repo, tree, folder, index)
            self._tree = tree
        source = GitSource(repo, room.base, index, room.folder)
        with room.told.begin("check", check.label) as running, hear_output(running.hear_output):
            verdict = run_check(
                check,
                _shorten(room.config, check, self.seconds),
                folder,
                sandbox,
                prepared=prepared,
                makes=makes,
                source=source,
            )
            running.end(verdict.why)
        return verdict

    def _open(self) -> tuple[Sandbox, Prepared | None] | str:
        """The sandbox and what `[setup]` left, within limits of its own; or why there is none."""
        room = self.room
        try:
            sandbox = open_sandbox(room.settings, room.config)
            with begin_setup(room.told, room.config):
                return sandbox, prepare_setup(room.trusted, sandbox, room.settings)
        except UserError as exc:
            if find_machine_fault(exc):
                raise
            what = exc.what.partition("\n")[0]
            return f"{exc.where}: {what}"

    def _name(self, tree: str, check: Check, makes: Collection[str]) -> str:
        """All that its end depends on, as far as that stands in the repository."""
        config = self.room.config.model_dump(mode="json")
        # What had no time among those on the base may have it later.
        about = (tree, format_check(check), sorted(makes), self._times, config)
        return hashlib.sha256(json.dumps(("check", about)).encode()).hexdigest()


@contextmanager
def open_plan_checks(  # noqa: PLR0913  # what is run where, for whom, and who is told
    trusted: TrustedTree,
    base: str,
    settings: Settings,
    *,
    told: Activities,
    meter: Meter,
    evidence: Path,
) -> Iterator[PlanChecks]:
    root = open_state_dir(settings) / "jobs"
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="try-", dir=root) as name:
        room = CheckRoom(trusted, base, settings, told, meter, evidence, Path(name))
        yield PlanChecks(room, settings.planner.checks)


def _shorten(config: RepoConfig, check: Check, seconds: float) -> RepoConfig:
    """The same with no more than `seconds` for this check."""
    if check.kind != "run" or check.name not in config.checks:
        return config
    command = config.checks[check.name]
    shorter = command.model_copy(update={"timeout": min(command.timeout, seconds)})
    return config.model_copy(update={"checks": {**config.checks, check.name: shorter}})


def _read_kept(body: bytes) -> CheckResult | None:
    try:
        return _RESULT.validate_json(body) if body else None
    except ValidationError:
        return None  # another version's
