"""Settings of this machine, and the repository's own `.bricklayer.toml`. Importing reads none."""

import os
import re
import tomllib
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
)

from bot.errors import UserError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


def _inside(path: str) -> str:
    if ".." in path.split("/"):
        raise ValueError("a path of the repository, without ..")
    return path


Seconds = Annotated[float, Field(gt=0, le=86_400)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
EnvName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
RepoName = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$"), AfterValidator(_inside)
]
Text = Annotated[str, Field(pattern=r"^[^\x00]*$")]
Shell = Annotated[str, Field(pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")]
RepoPath = Annotated[str, Field(pattern=r"^[^/\x00][^\x00]*$"), AfterValidator(_inside)]


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


T = TypeVar("T", bound=Table)


class CheckCommand(Table):
    """A command that must exit 0. `run` is a shell line; a check's paths become its arguments."""

    run: Shell
    timeout: Seconds = 300

    @field_validator("run")
    @classmethod
    def _takes_paths(cls, run: str) -> str:
        """The paths of a task's check come after its last line: a comment there would eat them."""
        if re.search(r"(?:^|\s)#[^\n]*$", run.strip()):
            raise ValueError("a comment at its end would hide the paths that a plan adds")
        return run


class Setup(Table):
    """Runs once per content of `lock_files`, with network, into a cache checks see read-only."""

    command: Shell
    timeout: Seconds = 1800
    lock_files: tuple[RepoPath, ...] = ()


class SandboxLimits(Table):
    """What one check may use. Sizes in MiB."""

    memory: int = Field(default=4096, ge=64)
    processes: int = Field(default=256, ge=4)
    disk: int = Field(default=2048, ge=1)
    output: int = Field(default=8, ge=1)


class JobLimits(Table):
    local_attempts: int = Field(default=4, ge=0, le=20)
    senior_attempts: int = Field(default=2, ge=0, le=10)
    tokens: int = Field(default=2_000_000, ge=0)
    wall_clock: Seconds = 8 * 3600


class MapConfig(Table):
    """What the map of the repository leaves out beyond what is vendored, generated or binary.

    A pattern is a path with `*` for any run of characters, or a folder: `docs/`. `include` wins.
    """

    exclude: tuple[Text, ...] = ()
    include: tuple[Text, ...] = ()


class RepoConfig(Table):
    """`.bricklayer.toml` at the base commit. Nothing else says what a check runs."""

    label: str = "bricklayer"
    checks: dict[Name, CheckCommand] = {}
    setup: Setup | None = None
    limits: JobLimits = JobLimits()
    sandbox: SandboxLimits = SandboxLimits()
    map: MapConfig = MapConfig()
    image: str = ""
    env: dict[EnvName, Text] = {}


class TierSettings(Table):
    """One tier: its models in order of preference, and what all of them share.

    `threads` 0 shares the cores out among the lanes. Prices are for a million tokens;
    `price_cached`, for those of them the server had, is `price_in` where it is not given.
    """

    models: tuple[str, ...] = Field(min_length=1)
    context: int = Field(default=8192, ge=1024)
    reply: int = Field(default=2048, ge=64)
    base_url: str = ""
    api_key_env: str = ""
    timeout: Seconds = 600
    retries: int = Field(default=2, ge=0, le=10)
    gpu_layers: int = -1
    threads: int = Field(default=0, ge=0)
    price_in: float = Field(default=0.0, ge=0)
    price_out: float = Field(default=0.0, ge=0)
    price_cached: float | None = Field(default=None, ge=0)


PLANNER = {"context": 65_536, "reply": 16_384}
"""What the planner tier has where its table does not say: a frontier model, and a whole plan."""


class PlannerSettings(Table):
    """What the planner sees. `map` is in tokens; `files` it may ask for, once, before it writes."""

    map: int = Field(default=2000, ge=500, le=4000)
    files: int = Field(default=5, ge=0, le=20)


class Lane(Table):
    """One place where a local model runs. `env` may set CUDA_VISIBLE_DEVICES."""

    name: Name
    env: dict[EnvName, Text] = {}


def _api_url(url: str) -> str:
    """A token goes there: in the clear only to this machine itself."""
    if not re.fullmatch(r"https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9/._-]*)?", url):
        raise ValueError("an address like https://github.example.com/api/v3")
    if url.startswith("http:") and not re.match(
        r"http://(127\.0\.0\.1|localhost|\[::1\])[:/]", url
    ):
        raise ValueError("a token may go by plain http to this machine only: use https")
    return url.rstrip("/")


class GitHubSettings(Table):
    """An App (`app_id`, `private_key_file`), or else a token from `token_env` or `token_file`.

    `repos` are what the sweep watches with a token; an App watches where it is installed.
    `allow_bots` are the ids of foreign bots that may ask. `halted` is the kill switch.
    """

    api_url: Annotated[str, AfterValidator(_api_url)] = "https://api.github.com"
    app_id: int = Field(default=0, ge=0)
    private_key_file: str = ""
    webhook_secret_env: EnvName = "BRICKLAYER_WEBHOOK_SECRET"  # noqa: S105  # likewise
    token_env: EnvName = "BRICKLAYER_TOKEN"  # noqa: S105  # the variable's name
    token_file: str = ""
    repos: tuple[RepoName, ...] = ()
    allow_bots: tuple[int, ...] = ()
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    sweep_seconds: Seconds = 60
    halted: bool = False
    per_person_an_hour: int = Field(default=20, ge=1)
    per_repo_an_hour: int = Field(default=60, ge=1)


class Settings(Table):
    """This machine: `bricklayer.toml` in the config folder, or the file BRICKLAYER_CONFIG names.

    `toolchains`: folders outside the system's that checks may read, their `bin` on PATH.
    """

    tiers: dict[Literal["planner", "local", "senior", "reviewer"], TierSettings] = {}
    planner: PlannerSettings = PlannerSettings()
    lanes: tuple[Lane, ...] = (Lane(name="lane-0"),)
    sandbox: Literal["bwrap", "docker", "podman", "none"] = "bwrap"
    toolchains: tuple[str, ...] = ()
    github: GitHubSettings = GitHubSettings()
    database_url: str = ""
    state_dir: str = ""

    @field_validator("tiers")
    @classmethod
    def _planner_has_room(cls, tiers: dict[str, TierSettings]) -> dict[str, TierSettings]:
        if not (tier := tiers.get("planner")):
            return tiers
        more = {key: size for key, size in PLANNER.items() if key not in tier.model_fields_set}
        return {**tiers, "planner": tier.model_copy(update=more)}

    @field_validator("lanes")
    @classmethod
    def _distinct(cls, lanes: tuple[Lane, ...]) -> tuple[Lane, ...]:
        """Two lanes of one name would work in one folder."""
        if not lanes or len({lane.name for lane in lanes}) < len(lanes):
            raise ValueError("at least one lane, and each with a name of its own")
        return lanes


def repo_config(text: str, *, where: str = ".bricklayer.toml") -> RepoConfig:
    return _load(RepoConfig, text, where)


def settings(text: str, *, where: str = "bricklayer.toml") -> Settings:
    return _load(Settings, text, where)


def machine_settings() -> Settings:
    """Read this machine's file; BRICKLAYER_LOCAL, _SENIOR and _PLANNER name one model instead."""
    path = settings_path()
    found = settings(path.read_text(), where=str(path)) if path.is_file() else Settings()
    tiers = dict(found.tiers)
    for tier in ("local", "senior", "planner"):
        if model := os.environ.get(f"BRICKLAYER_{tier.upper()}"):
            sizes = PLANNER if tier == "planner" else {}
            before = tiers.get(tier, TierSettings(models=(model,)).model_copy(update=sizes))
            tiers[tier] = before.model_copy(update={"models": (model,)})
    return found.model_copy(update={"tiers": tiers})


def settings_path() -> Path:
    if named := os.environ.get("BRICKLAYER_CONFIG"):
        if not Path(named).is_file():
            raise UserError(
                "BRICKLAYER_CONFIG names no file", where=named, mend="Unset or mend it."
            )
        return Path(named)
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(home) / "bricklayer" / "bricklayer.toml"


def _load(kind: type[T], text: str, where: str) -> T:
    try:
        return kind.model_validate(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, RecursionError) as wrong:
        raise UserError(f"not TOML: {wrong}", where=where, mend="Mend that line.") from wrong
    except ValidationError as wrong:
        told = [_told(kind, error) for error in wrong.errors()]
        what, mends = "; ".join(what for what, _ in told), dict.fromkeys(mend for _, mend in told)
        raise UserError(what, where=where, mend=" ".join(filter(None, mends))) from wrong


def _told(kind: type[Table], error: "ErrorDetails") -> tuple[str, str]:
    """What is wrong with one key, and the mend: the nearest known key, or all of that table."""
    key = ".".join(map(str, error["loc"]))
    if error["type"] != "extra_forbidden":
        return f"{key}: {error['msg'].replace('tuple', 'list')}", ""
    table = _table_at(kind, error["loc"][:-1])
    known = list(table.model_fields) if table else []
    close = get_close_matches(str(error["loc"][-1]), known, n=1)
    mend = f"Did you mean {close[0]}?" if close else f"Known keys here: {', '.join(known)}."
    return f"{key}: no such key", mend


def _table_at(kind: type[Table], path: tuple[int | str, ...]) -> type[Table] | None:
    """The table that `path` leads to; names and numbers of its entries are passed over."""
    here: type[Table] | None = kind
    for key in path:
        field = here.model_fields.get(str(key)) if here else None
        if field is not None:
            here = next((t for t in _tables(field.annotation)), None)
    return here


def _tables(annotation: object) -> Iterator[type[Table]]:
    if isinstance(annotation, type) and issubclass(annotation, Table):
        yield annotation
    for part in get_args(annotation):
        yield from _tables(part)
