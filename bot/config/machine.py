"""Settings of this machine: `bricklayer.toml` and what stands in for it. Importing reads none."""

import os
import re
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from bot.config.dashboard import DashboardSettings
from bot.config.github_access import GitHubSettings
from bot.config.notify import NotifySettings
from bot.config.paths import absolute_only, find_config_home, find_state_home, resolve_path
from bot.config.signals import LogSettings, SignalSettings
from bot.config.tiers import PLANNER_DEFAULTS, Lane, PlannerSettings, StartTier, Tier, TierSettings
from bot.config.toml import EnvName, NotBlank, Table, Text, load_table
from bot.errors import UserError, suggest_name

AbsolutePath = Annotated[str, AfterValidator(absolute_only)]
_CONFIG_HINT = "BRICKLAYER_CONFIG names another settings file, if this one must stay as it is."


class CapsOfOne(Table):
    """What one tier, or one model, may cost. What is not given has no cap of its own."""

    job_tokens: int | None = Field(default=None, ge=0)
    """Tokens for a whole job."""
    job_cost: float | None = Field(default=None, ge=0)
    """Cost of a whole job."""
    day_tokens: int | None = Field(default=None, ge=0)
    """Tokens a day, of all jobs of this database."""
    day_cost: float | None = Field(default=None, ge=0)
    """Cost a day, of all jobs of this database."""


class SpendingCaps(Table):
    """What models may cost, of all tiers together, local ones too. At a cap the job pauses.

    A day is one of UTC. Costs are in the currency of the tiers' prices, and 0 where they have none.
    """

    job_tokens: int = Field(default=20_000_000, ge=0)
    """Tokens for a whole job, with all its rounds."""
    job_cost: float = Field(default=20.0, ge=0)
    """Cost of a whole job, with all its rounds."""
    person_day_tokens: int = Field(default=100_000_000, ge=0)
    """Tokens a day for the jobs that one person labelled."""
    person_day_cost: float = Field(default=50.0, ge=0)
    """Cost a day of the jobs that one person labelled."""
    repository_day_tokens: int = Field(default=100_000_000, ge=0)
    """Tokens a day for the jobs of one repository."""
    repository_day_cost: float = Field(default=50.0, ge=0)
    """Cost a day of the jobs of one repository."""
    day_tokens: int = Field(default=200_000_000, ge=0)
    """Tokens a day for all jobs of this database."""
    day_cost: float = Field(default=100.0, ge=0)
    """Cost a day of all jobs of this database."""
    tiers: dict[Tier, CapsOfOne] = Field(default_factory=dict)
    """Caps of one tier, `[spending.tiers.senior]`. At one the job pauses."""
    models: dict[str, CapsOfOne] = Field(default_factory=dict)
    """Caps of one model, `[spending.models."cli:claude"]`, named as the tier names it. Near one the
    tier's next model is asked; where there is none, the job pauses."""
    open_pulls: int = Field(default=100, ge=1)
    """Pull requests of the bot that may be open at a time. A new job waits until one is closed."""
    repository_open_pulls: int = Field(default=20, ge=1)
    """Pull requests of the bot that may be open at a time in one repository."""


class KeptDays(Table):
    """How long what ended is kept, in days, and how much disk has to be free.

    `bricklayer gc` removes what is older; `bricklayer serve` and `bricklayer worker` do so by
    themselves once a day.
    """

    stories: float = Field(default=14, ge=0)
    """Days after which a job that ended cannot be replayed step by step; it can be built again."""
    evidence: float = Field(default=30, ge=0)
    """Days that prompts, replies and outputs of checks are kept."""
    history: float = Field(default=90, ge=1)
    """Days that jobs, issues' jobs that are over, ledgers and calls to models are kept."""
    free_disk: int = Field(default=2048, ge=0)
    """MiB that have to be free where the state folder, the temporary folder and the database lie.
    Below it nothing new begins, and what is being built stops at its next step. Of a small file
    system a quarter is enough."""


class QueueSettings(Table):
    """What a worker does at once. Of several machines the one that serves says it for all."""

    builds: int = Field(default=1, ge=1, le=64)
    """Jobs that each worker builds at once. Each uses all of its lanes, and they do not share:
    more want servers with as many slots as builds times lanes, or hosted models."""
    plans: int = Field(default=2, ge=1, le=64)
    """Plans and answers to questions that each worker has written at once."""
    poll: float = Field(default=2.0, ge=0.01, le=60)
    """Seconds between two looks of a worker at a queue; at plans it looks twice as often."""
    plans_an_hour: int = Field(default=0, ge=0)
    """Plans and answers begun in an hour by all workers together, as a provider's limit may want
    it; 0 for as many as there are."""


class EnvReference(Table):
    """A value that stands in a variable of the process, so that no file has to hold it."""

    env: EnvName
    """The variable's name."""


class Settings(Table):
    """This machine: `bricklayer.toml` in the config folder, or the file BRICKLAYER_CONFIG names."""

    # Table names are checked against `Tier`: a misspelt tier is an error and not an unused table.
    tiers: dict[Tier, TierSettings] = Field(default_factory=dict)
    """The models: `[tiers.planner]`, `[tiers.local]`, `[tiers.senior]`, `[tiers.reviewer]`."""
    tier: StartTier = "local"
    """Which tier begins a task: `"local"`, and senior after it; `"senior"`, and local after it; or
    `"auto"`, the one that by what `bricklayer eval` measured does such tasks at the least cost."""
    planner: PlannerSettings = PlannerSettings()
    """What the planner sees."""
    reflection: bool = True
    """Whether the model that did a task is asked afterwards, in one request of about 800 tokens,
    what surprised it. Nothing waits for the answer; what surprises three tasks alike is proposed as
    a coaching note."""
    lanes: tuple[Lane, ...] = (Lane(name="lane-0"),)
    """Places where local models run, `[[lanes]]` for each; they work at the same time."""
    sandbox: Literal["bwrap", "docker", "podman", "none"] = "bwrap"
    """What checks and `[setup]` run in. `"none"` protects nothing: only for code you trust."""
    toolchains: tuple[NotBlank, ...] = ()
    """What checks may use of this account's, read-only: names as `"rust"`, `"node"` or `"node@18"`
    for what rustup, nvm, pyenv and others installed, folders with a `bin`, or single commands."""
    setup_network: Literal["auto", "own", "host"] = "auto"
    """Whether `[setup]` has a network of its own, which leads to the internet and not back into
    this machine: where this machine can make one (`auto`), always (`own`), or never (`host`)."""
    setup_cache: int = Field(default=20480, ge=0)
    """MiB kept of what `[setup]` left; the least recently used goes first."""
    setup_env: dict[EnvName, Text | EnvReference] = Field(default_factory=dict)
    """Variables that `[setup]` alone gets, each a text or `{ env = "NAME" }`, for private indexes
    and proxies. What is secret of them is struck out of every output."""
    setup_ca_file: AbsolutePath = ""
    """Certificates, as PEM, that `[setup]` trusts besides the system's authorities."""
    github: GitHubSettings = GitHubSettings()
    """The way to GitHub, for `serve` and `action`."""
    dashboard: DashboardSettings = DashboardSettings()
    """The pages of `bricklayer serve`."""
    queues: QueueSettings = QueueSettings()
    """How much is planned and built at once."""
    spending: SpendingCaps = SpendingCaps()
    """What models may cost."""
    keep: KeptDays = KeptDays()
    """How long what ended is kept."""
    log: LogSettings = LogSettings()
    """How the log is written."""
    signals: SignalSettings = SignalSettings()
    """Metrics and traces for programs that watch this machine."""
    notify: NotifySettings = NotifySettings()
    """Who is told when a person is needed, or a night is over."""
    database_url: str = ""
    """`postgresql://…` or an absolute `sqlite:////…`. Default: an SQLite file in `state_dir`."""
    state_dir: AbsolutePath = ""
    """The folder of jobs, mirrors and caches. Default: `~/.local/state/bricklayer`."""

    @field_validator("tiers")
    @classmethod
    def _set_planner_sizes(cls, tiers: dict[Tier, TierSettings]) -> dict[Tier, TierSettings]:
        if not (tier := tiers.get("planner")):
            return tiers
        # pydantic keeps which fields were given, so a default differs from the same value written:
        # https://docs.pydantic.dev/latest/api/base_model/#pydantic.BaseModel.model_fields_set
        more = {
            key: size for key, size in PLANNER_DEFAULTS.items() if key not in tier.model_fields_set
        }
        return {**tiers, "planner": tier.model_copy(update=more)}

    @field_validator("tiers")
    @classmethod
    def _check_prompt_room(cls, tiers: dict[Tier, TierSettings]) -> dict[Tier, TierSettings]:
        # Runs after `_set_planner_sizes`: validators of one field run in the order they stand in.
        # https://docs.pydantic.dev/latest/concepts/validators/#ordering-of-validators
        for name, tier in tiers.items():
            tier._table = f"[tiers.{name}]"  # noqa: SLF001 the table does not know its own name
            thinking = tier.thinking if isinstance(tier.thinking, int) else 0
            if tier.answer + thinking >= tier.context:
                also = f", thinking = {thinking}" if thinking else ""
                sizes = f"answer = {tier.answer}{also} and context = {tier.context}"
                raise ValueError(f"[tiers.{name}] {sizes}: they must leave room for a prompt")
        return tiers

    @field_validator("tiers")
    @classmethod
    def _check_modes(cls, tiers: dict[Tier, TierSettings]) -> dict[Tier, TierSettings]:
        for name, tier in tiers.items():
            own = [model for model in tier.models if model.startswith(("cli:", "agent:"))]
            if tier.mode == "agent" and own:
                what = f'[tiers.{name}] mode = "agent" is for models, and {own[0]} is none'
                raise ValueError(f"{what}: leave `mode` out, it works by tools of its own")
            if tier.mode == "agent" and name not in {"local", "senior"}:
                raise ValueError(f"[tiers.{name}] mode is for tiers that do tasks: local, senior")
        return tiers

    @field_validator("database_url")
    @classmethod
    def _check_database_path(cls, url: str) -> str:
        """Three slashes make a path relative, four absolute.

        https://docs.sqlalchemy.org/en/20/core/engines.html#sqlite
        """
        if re.match(r"sqlite[^:]*:///(?![/:])", url):
            raise ValueError("an absolute path: sqlite:////var/lib/bricklayer.sqlite")
        return url

    @field_validator("lanes")
    @classmethod
    def _check_lane_names(cls, lanes: tuple[Lane, ...]) -> tuple[Lane, ...]:
        """Two lanes of one name would work in one folder."""
        if not lanes or len({lane.name for lane in lanes}) < len(lanes):
            raise ValueError("at least one lane, and each with a name of its own")
        return lanes

    @model_validator(mode="after")
    def _check_lane_servers(self) -> Self:
        """The tier's own address is what everything outside a job asks."""
        own = [lane for lane in self.lanes if lane.base_url]
        if own and not (self.tiers.get("local") and self.tiers["local"].base_url):
            raise ValueError(
                f"[[lanes]] {own[0].name} has a base_url of its own, and [tiers.local] has none: "
                "name the first server there"
            )
        return self

    def for_lane(self, lane: Lane) -> Self:
        """These settings with the lane's own server, if it has one, in the `local` tier."""
        if not lane.base_url:
            return self
        local = self.tiers["local"].model_copy(update={"base_url": lane.base_url})
        return self.model_copy(update={"tiers": {**self.tiers, "local": local}})


def parse_settings(text: str, *, where: str = "bricklayer.toml") -> Settings:
    settings = load_table(Settings, text, where)
    _require_known_models(settings, where)
    return settings


def _require_known_models(settings: Settings, where: str) -> None:
    """A cap of a name that no tier has would cap nothing.

    Asked of the file alone: for one job a person may choose fewer models than it names.
    """
    known = sorted({model for tier in settings.tiers.values() for model in tier.models})
    for model in settings.spending.models:
        if model not in known:
            what = f"spending.models.{model!r}: no tier has a model of that name"
            raise UserError(what, where=where, hint=suggest_name(model, known))


def read_settings() -> Settings:
    """Read this machine's file; BRICKLAYER_LOCAL, _SENIOR and _PLANNER name one model instead."""
    path = find_settings_file()
    text = _read_text(path)
    found = parse_settings(text, where=str(path))
    tiers = dict(found.tiers)
    for tier in ("local", "senior", "planner"):
        if model := os.environ.get(f"BRICKLAYER_{tier.upper()}"):
            sizes = PLANNER_DEFAULTS if tier == "planner" else {}
            before = tiers.get(tier, TierSettings(models=(model,)).model_copy(update=sizes))
            tiers[tier] = before.model_copy(update={"models": (model,)})
    return found.model_copy(update={"tiers": tiers})


def _read_text(path: Path) -> str:
    """Empty where there is no file: then every setting has its default."""
    try:
        return path.read_bytes().decode()
    # The second where a part of the path is a file: https://man7.org/linux/man-pages/man2/open.2.html
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as exc:
        what = f"cannot be read: {exc.strerror}"
        raise UserError(what, where=str(path), hint=_CONFIG_HINT) from exc
    except UnicodeDecodeError as exc:
        what = f"not UTF-8 at byte {exc.start}"
        raise UserError(what, where=str(path), hint="Save the file as UTF-8.") from exc


def find_settings_file() -> Path:
    """The file BRICKLAYER_CONFIG names, or the one in the config folder, which need not exist."""
    if named := os.environ.get("BRICKLAYER_CONFIG"):
        path = resolve_path(named, where="BRICKLAYER_CONFIG")
        if not _is_file(path):
            what = "BRICKLAYER_CONFIG names no file"
            raise UserError(what, where=named, hint="Unset it, or name the settings file.")
        return path
    return find_config_home() / "bricklayer" / "bricklayer.toml"


def _is_file(path: Path) -> bool:
    """False, too, where the folder may not be read or the name is too long."""
    try:
        # "Other errors (such as permission errors) are propagated":
        # https://docs.python.org/3.11/library/pathlib.html#pathlib.Path.is_file
        return path.is_file()
    except OSError:
        return False


def state_dir(settings: Settings) -> Path:
    """The folder that this machine's database, jobs, mirrors and caches are in."""
    if settings.state_dir:
        return resolve_path(settings.state_dir, where="state_dir")
    return find_state_home() / "bricklayer"
