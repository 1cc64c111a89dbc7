"""Settings of this machine: `bricklayer.toml` and what stands in for it. Importing reads none."""

import os
import re
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue, PrivateAttr, field_validator

from bot.config.paths import absolute_only, find_config_home, find_state_home, resolve_path
from bot.config.toml import EnvName, Name, NotBlank, Seconds, Table, Text, load_table
from bot.errors import UserError

AbsolutePath = Annotated[str, AfterValidator(absolute_only)]
_CONFIG_HINT = "BRICKLAYER_CONFIG names another settings file, if this one must stay as it is."
Tier = Literal["planner", "local", "senior", "reviewer"]


MIN_THINKING_TOKENS = 64
"""Less room than that holds no thought."""


class Sampling(Table):
    """How the next token is chosen. What is not given is the model's profile's, or the attempt's.

    The names are those of llama-server; each goes to a server under the name it has there.
    https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md
    """

    temperature: float | None = Field(default=None, ge=0, le=5)
    top_p: float | None = Field(default=None, gt=0, le=1)
    top_k: int | None = Field(default=None, ge=0)
    min_p: float | None = Field(default=None, ge=0, le=1)
    presence_penalty: float | None = Field(default=None, ge=-2, le=2)
    frequency_penalty: float | None = Field(default=None, ge=-2, le=2)
    repeat_penalty: float | None = Field(default=None, gt=0, le=2)


def _check_thinking(value: object) -> object:
    tokens = isinstance(value, int) and not isinstance(value, bool)
    # A tuple, since a list of TOML has no hash that a set would need.
    if value in ("off", "auto") or (tokens and value >= MIN_THINKING_TOKENS):  # type: ignore[operator]
        return value
    least = f"a number of tokens without quotes, at least {MIN_THINKING_TOKENS}"
    raise ValueError(f'must be "off", "auto" or {least}; not {value!r}')


Thinking = Annotated[int | Literal["off", "auto"], BeforeValidator(_check_thinking)]

_OWN_BODY_KEYS = {
    **dict.fromkeys(("max_tokens", "max_completion_tokens", "n_predict"), "`answer`"),
    **dict.fromkeys((*Sampling.model_fields, "repetition_penalty"), "`sampling`"),
    "model": "`models`",
}
"""Keys of a request that a tier has settings of its own for."""
_FIXED_BODY_KEYS = frozenset({"messages", "stream", "stream_options", "n", "seed", "stop"})


def _check_extra(extra: dict[str, JsonValue]) -> dict[str, JsonValue]:
    for key in extra:
        if setting := _OWN_BODY_KEYS.get(key):
            raise ValueError(f"{key} has a setting of its own: {setting}")
        if key in _FIXED_BODY_KEYS:
            raise ValueError(f"{key} is set by the program itself: take it out")
    return extra


class TierSettings(Table):
    """One tier: its models in order of preference, and what all of them share.

    `context`, `answer`, `thinking` and `whole_file` are in tokens. `answer` is the room of an
    answer, `thinking` that of the thought before it, on top. A file of up to `whole_file` is asked
    for whole, of a larger one only its changes; without a value that border is `answer`.
    `extra` goes into the body of each request as it is.
    `threads` 0 shares the cores out among the lanes. Prices are for a million tokens;
    `price_cached`, for those of them the server had, is `price_in` where it is not given.
    """

    RENAMED: ClassVar[dict[str, str]] = {"reply": "answer"}

    models: tuple[str, ...] = Field(min_length=1)
    context: int = Field(default=8192, ge=1024)
    answer: int = Field(default=2048, ge=64)
    thinking: Thinking = "auto"
    whole_file: int | None = Field(default=None, ge=1)
    sampling: Sampling = Sampling()
    extra: Annotated[dict[str, JsonValue], AfterValidator(_check_extra)] = Field(
        default_factory=dict
    )
    base_url: str = ""
    api_key_env: str = ""
    timeout: Seconds = 600
    retries: int = Field(default=2, ge=0, le=10)
    gpu_layers: int = -1
    threads: int = Field(default=0, ge=0)
    price_in: float = Field(default=0.0, ge=0)
    price_out: float = Field(default=0.0, ge=0)
    price_cached: float | None = Field(default=None, ge=0)
    _table: str = PrivateAttr("this tier's")

    @property
    def table(self) -> str:
        """How the file calls this table, for what a person is told about it."""
        return self._table


PLANNER_DEFAULTS = {"context": 65_536, "answer": 16_384}
"""What the planner tier has where its table does not say: a frontier model, and a whole plan."""


class PlannerSettings(Table):
    """What the planner sees. `map` is in tokens; `files` it may ask for, once, before it writes."""

    map: int = Field(default=4000, ge=500, le=16000)
    files: int = Field(default=5, ge=0, le=20)


class Lane(Table):
    """One place where a local model runs. `env` may set CUDA_VISIBLE_DEVICES."""

    name: Name
    # https://docs.nvidia.com/cuda/cuda-c-programming-guide/index.html#cuda-environment-variables
    env: dict[EnvName, Text] = Field(default_factory=dict)


_ADDRESS = re.compile(r"(https?)://([A-Za-z0-9.-]+|\[[0-9a-f:]+\])(:\d+)?(/[A-Za-z0-9/._-]*)?")
# A token without TLS may only be sent to this machine itself:
# https://www.rfc-editor.org/rfc/rfc6750#section-5.3
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "[::1]"})


def _check_api_url(url: str) -> str:
    match = _ADDRESS.fullmatch(url)
    if match is None:
        raise ValueError("must be an address like https://github.example.com/api/v3")
    if match[1] == "http" and match[2] not in _THIS_MACHINE:
        raise ValueError("a token goes there: use https")
    return url.rstrip("/")


def _check_repo_name(repo: str) -> str:
    # The name becomes a folder's and a part of addresses, where these mean another place.
    if {".", ".."} & set(repo.split("/")):
        raise ValueError("must be a repository as owner/name")
    return repo


ApiUrl = Annotated[str, AfterValidator(_check_api_url)]
RepoName = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9_.-]{1,100}/[A-Za-z0-9_.-]{1,100}$"),
    AfterValidator(_check_repo_name),
]


def _check_allowed_bots(value: object) -> object:
    if isinstance(value, list | tuple):
        raise ValueError('name the repositories: allow_bots = {"owner/name" = [49699333]}')  # noqa: TRY004  # pydantic tells of ValueErrors only
    return value


AllowedBots = Annotated[dict[RepoName, tuple[int, ...]], BeforeValidator(_check_allowed_bots)]


class GitHubSettings(Table):
    """An App (`app_id`, `private_key_file`), or else a token from `token_env` or `token_file`.

    `repos` are the only ones worked for; without any, all those where the App is installed.
    `git_url` is where repositories are cloned from, where that is not the API's own host.
    `allow_bots` are the ids of foreign bots that may ask, by repository: a bot is known to GitHub,
    not to a repository, and anybody may install one. `halted` is the kill switch.
    `signing_key` signs the commits: the file of an SSH key, or a GPG key's id.
    """

    api_url: ApiUrl = "https://api.github.com"
    git_url: ApiUrl | Literal[""] = ""
    app_id: int = Field(default=0, ge=0)
    private_key_file: Text = ""
    token_env: EnvName = "BRICKLAYER_TOKEN"  # noqa: S105  # the variable's name
    token_file: Text = ""
    webhook_secret_env: EnvName = "BRICKLAYER_WEBHOOK_SECRET"  # noqa: S105  # likewise
    repos: tuple[RepoName, ...] = ()
    allow_bots: AllowedBots = Field(default_factory=dict)
    host: str = "127.0.0.1"
    port: int = Field(default=8471, ge=0, le=65_535)
    # "GitHub does not automatically redeliver failed webhook deliveries", so state is read as well:
    # https://docs.github.com/en/webhooks/using-webhooks/handling-failed-webhook-deliveries
    sweep_seconds: Seconds = 60
    signing_key: Text = ""
    halted: bool = False
    per_person_an_hour: int = Field(default=20, ge=1)
    per_repo_an_hour: int = Field(default=60, ge=1)


class SpendingCaps(Table):
    """What models may cost, of all tiers together, local ones too. At a cap the job pauses.

    By job; by day (UTC) for the jobs of one person, of one repository, and of this database. Costs
    are in the currency of the tiers' prices, and 0 where they have none.
    """

    job_tokens: int = Field(default=20_000_000, ge=0)
    job_cost: float = Field(default=20.0, ge=0)
    person_day_tokens: int = Field(default=100_000_000, ge=0)
    person_day_cost: float = Field(default=50.0, ge=0)
    repository_day_tokens: int = Field(default=100_000_000, ge=0)
    repository_day_cost: float = Field(default=50.0, ge=0)
    day_tokens: int = Field(default=200_000_000, ge=0)
    day_cost: float = Field(default=100.0, ge=0)


class Settings(Table):
    """This machine: `bricklayer.toml` in the config folder, or the file BRICKLAYER_CONFIG names.

    `toolchains`: what checks may use of this account's: names as "rust", "node" or "node@18" for
    what rustup, nvm, pyenv and others installed, folders with a `bin`, or files of single commands.
    `setup_network`: whether `[setup]` has a network of its own, where this machine can make one
    (auto), always (own), or this machine's (host); `setup_cache`: MiB kept of what it left.
    """

    # Table names are checked against `Tier`: a misspelt tier is an error and not an unused table.
    tiers: dict[Tier, TierSettings] = Field(default_factory=dict)
    planner: PlannerSettings = PlannerSettings()
    lanes: tuple[Lane, ...] = (Lane(name="lane-0"),)
    sandbox: Literal["bwrap", "docker", "podman", "none"] = "bwrap"
    toolchains: tuple[NotBlank, ...] = ()
    setup_network: Literal["auto", "own", "host"] = "auto"
    setup_cache: int = Field(default=20480, ge=0)
    github: GitHubSettings = GitHubSettings()
    spending: SpendingCaps = SpendingCaps()
    database_url: str = ""
    state_dir: AbsolutePath = ""

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


def parse_settings(text: str, *, where: str = "bricklayer.toml") -> Settings:
    return load_table(Settings, text, where)


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
