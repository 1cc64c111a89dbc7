"""The tables of a repository's own `.bricklayer.toml`."""

import posixpath
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from bot.config.tiers import DoingTier, WorkKind
from bot.config.toml import (
    EnvName,
    Name,
    NotBlank,
    RepoPath,
    Seconds,
    Table,
    Text,
    check_inside,
    load_table,
)
from bot.text.invisible import has_hidden


def _check_label(label: str) -> str:
    if has_hidden(label) or label != label.strip() or not label:
        raise ValueError("a label without blanks at its ends or invisible characters")
    return label


def _normalize_folder(path: str) -> str:
    """`./api/` as `api`, and the repository's root as nothing."""
    if path.startswith("/") or "\0" in path:
        raise ValueError("a folder of the repository, src/api say")
    folder = posixpath.normpath(path)
    return "" if folder in {".", ""} else folder


def _check_image(image: str) -> str:
    # It becomes a word of the engine's command line, where a dash in front would make it an option:
    # https://docs.docker.com/reference/cli/docker/container/run/
    if image and not re.fullmatch(r"[A-Za-z0-9][^\s\x00]*", image):
        raise ValueError("the name of an image, python:3.12 say")
    return image


ImageName = Annotated[str, AfterValidator(_check_image)]
FolderPath = Annotated[str, AfterValidator(check_inside), AfterValidator(_normalize_folder)]


def _check_not_ours(name: str) -> str:
    if name == "bricklayer.yml":
        raise ValueError("a workflow of the repository's own, not the bot's")
    return name


def _check_title(form: str) -> str:
    """Empty, or a form with each placeholder written as it is known."""
    if form and ("{title}" not in form or has_hidden(form) or not form.isprintable()):
        raise ValueError("one line with {title} in it, where the title goes")
    unknown = set(re.findall(r"[{][^{}]*[}]|[{}]", form)) - {"{title}", "{issue}"}
    if unknown:
        raise ValueError(f"{', '.join(sorted(unknown))}: only {{title}} and {{issue}} are known")
    return form


def _check_prefix(prefix: str) -> str:
    # What a name of a branch may be: https://git-scm.com/docs/git-check-ref-format
    part = r"[A-Za-z0-9_][A-Za-z0-9_-]*"
    if not re.fullmatch(rf"{part}(?:[./]{part})*[/-]", prefix) or ".lock/" in prefix:
        raise ValueError("letters, digits, dashes and slashes, with / or - at its end, as bot/")
    return prefix


# GitHub refuses a longer one: "name is too long (maximum is 50 characters)".
Label = Annotated[str, Field(max_length=50), AfterValidator(_check_label)]


# A check run's name has no more: https://docs.github.com/en/rest/checks/runs#create-a-check-run
CheckNames = Annotated[
    tuple[Annotated[NotBlank, Field(max_length=256)], ...], Field(max_length=100)
]


class CheckCommand(Table):
    """A command that must exit 0, named by plans as `check: NAME [PATH…]`."""

    run: NotBlank
    """A shell line. The paths that a plan names become its arguments."""
    dir: FolderPath = ""
    """The folder that it runs in. Plans name paths from the repository's root all the same; the
    command is given them from there."""
    timeout: Seconds = 300
    """Seconds after which it is ended, and counts as failed."""
    git: bool = False
    """Whether it has a git repository: the history up to the commit that is checked, with its tags,
    without remotes, hooks, configuration or other branches. Else there is no `.git`."""
    services: tuple[Name, ...] | None = None
    """Which of `[services]` it needs. Without it all there are, and none where it is `[]`."""

    @field_validator("run")
    @classmethod
    def _check_last_line(cls, run: str) -> str:
        """A check's paths are appended to the last line: a comment there would hide them."""
        # To a shell `#` at the beginning of a word starts a comment:
        # https://pubs.opengroup.org/onlinepubs/9699919799/utilities/V3_chap02.html#tag_18_03
        if re.search(r"(?:^|\s)#", run.strip().rpartition("\n")[2]):
            raise ValueError("a comment at its end would hide the paths that a plan adds")
        return run


def _check_writable(path: str) -> str:
    """A folder of the repository, or one of the home folder that setup has."""
    inside = path.removeprefix("~/")
    if not inside.strip("/") or inside.startswith(("/", "~")) or ".." in inside.split("/"):
        raise ValueError("a folder of the repository, target say, or one like ~/.gradle")
    return f"{'~/' if path.startswith('~/') else ''}{posixpath.normpath(inside)}"


WritablePath = Annotated[NotBlank, AfterValidator(_check_writable)]


class Setup(Table):
    """What checks need, installed once for each content of its lock files, with the network.

    It runs on the default branch only, never on what a model wrote.
    """

    command: NotBlank
    """Shell lines, ended by the first that fails. Checks find what it puts into `$BRICKLAYER_SETUP`
    and into new folders."""
    timeout: Seconds = 1800
    """Seconds after which it is ended."""
    disk: int = Field(default=10240, ge=1)
    """MiB that it may write."""
    lock_files: tuple[RepoPath, ...] = ()
    """More files after whose change it runs again, beside known lock files and what it names."""
    git: bool = False
    """Whether the command has a git repository, as `git = true` gives it to a check."""
    submodules: bool | None = None
    """Whether submodules are fetched before the command, by https: else their folders are empty,
    which is told of unless it is `false`."""
    writable: tuple[WritablePath, ...] = Field(default=(), max_length=50)
    """Folders of what it left that each check has as its own, to write in, beside build folders
    known by name (`target`, `.tox`, `build`) and all that is small. With bubblewrap 0.11 and later
    a check may write in all of them."""


KNOWN_SERVICES = ("postgres", "postgresql", "redis", "valkey")
"""Those that are started without a command of the repository's own."""


class Service(Table):
    """A program that is started in a check's sandbox before it, and ends with it.

    One that is called postgres or redis needs nothing more: it is started from what `[setup]` or
    the machine installed, on its usual port, and the check gets PGHOST, DATABASE_URL, REDIS_URL.
    """

    kind: Literal["", "postgres", "postgresql", "redis", "valkey"] = ""
    """What it is, where its name does not say so."""
    image: ImageName = ""
    """Where checks run in an image: the image of a container of its own for it, in the same network
    as the check. Its port is the usual one."""
    run: Text = ""
    """A shell line that stays in the foreground; `{port}` stands for a free port."""
    ready: Text = ""
    """A shell line that exits 0 once it can be used. Its log is `$SERVICE_LOG`."""
    timeout: Annotated[float, Field(ge=1, le=600)] = 60
    """Seconds within which it must be ready."""
    env: dict[EnvName, Text] = Field(default_factory=dict)
    """Variables for it and for the check; `{port}` stands for its port. Of a PostgreSQL PGUSER and
    PGDATABASE name the user and the database that are made."""

    @model_validator(mode="after")
    def _check_ready(self) -> "Service":
        if self.run.strip() and not self.ready.strip():
            raise ValueError("`ready` is missing: a command that exits 0 once it can be used")
        if self.kind and self.run.strip():
            raise ValueError(f"`kind = {self.kind}` has a command of its own: take out one of both")
        return self


class SandboxLimits(Table):
    """What one check may use."""

    memory: int = Field(default=4096, ge=64)
    """MiB of memory."""
    processes: int = Field(default=256, ge=4)
    """Processes and threads at once."""
    disk: int = Field(default=2048, ge=1)
    """MiB that it may write."""
    output: int = Field(default=8, ge=1)
    """MiB that it may print."""


class JobLimits(Table):
    """What one job may use."""

    local_attempts: int = Field(default=4, ge=0, le=20)
    """How often the local tier tries a task. Candidates that are asked for side by side count as
    one try, as they take the time of one."""
    senior_attempts: int = Field(default=2, ge=0, le=10)
    """How often the senior tier tries it after that."""
    strikes: int | None = Field(default=None, ge=1, le=500)
    """Attempts that may fail at one file, or at one check that names paths, since it last passed,
    whatever tasks they are for. There the planner is asked anew; once it may not be asked any more,
    a person is. Default: twice what one task has."""
    tokens: int = Field(default=2_000_000, ge=0)
    """Tokens of one build or round. There it pauses until a writer's `/resume`."""
    wall_clock: Seconds = 8 * 3600
    """Seconds that one build or round may take, over all restarts. There it pauses, too."""
    rework_rounds: int = Field(default=10, ge=1, le=100)
    """After so many rounds that reviews asked for, the job pauses until a writer's `/resume`."""
    files: int = Field(default=25, ge=0)
    """A plan or diff of more files waits for approval."""
    lines: int = Field(default=1000, ge=0)
    """A diff of more lines, added and removed, waits for approval."""

    @property
    def most_strikes(self) -> int:
        return self.strikes or max(1, 2 * (self.local_attempts + self.senior_attempts))


class MapConfig(Table):
    """What the repository's map leaves out, besides what is vendored, generated or binary.

    A pattern is a path with `*` for any run of characters, or a folder: `docs/`.
    """

    exclude: tuple[Text, ...] = ()
    """Patterns of what is left out."""
    include: tuple[Text, ...] = ()
    """Patterns of what stays in whatever else says no."""


class Approval(Table):
    """Whether a person must approve a plan before it is built."""

    mode: Literal["never", "risky", "always"] = "risky"
    """`risky`: one that deletes files, touches protected paths, or is large."""
    required_checks: tuple[Name, ...] | None = None
    """A plan whose final gate lacks one waits in every mode. Default: those that run tests."""


class Gate(Table):
    """What the end of a job looks at beyond its checks."""

    mutation: int = Field(default=0, ge=0, le=200)
    """After all has passed, so many small changes (mutants) to the lines that the job changed are
    tried one by one: a check should be red for each. Those that none notices are told. 0: none."""
    mutation_min: int = Field(default=0, ge=0, le=100)
    """Percent of the mutants that must be noticed; with fewer the job waits for approval."""
    mutation_time: Seconds = 900
    """Seconds that all of them may take together."""


class Protect(Table):
    """Paths of which every change waits for approval, besides those that always do."""

    paths: tuple[NotBlank, ...] = ()
    """Patterns as in `[map]`."""


# The bot's own workflow started by the bot would start it again.
WorkflowFile = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9_.-]{1,200}\.ya?ml$"), AfterValidator(_check_not_ours)
]


class CiConfig(Table):
    """How CI is waited for, and how often it is fixed. `*` in a name is any run of characters."""

    wait: Seconds = 3600
    """Seconds until all checks must have ended."""
    settle: Seconds = 30
    """Seconds that are waited after all have ended, for what begins late."""
    # Nothing says in advance whether a commit will get any checks, so they are waited for.
    grace: Seconds = 180
    """Seconds until one must have begun; else there is no CI."""
    rounds: int = Field(default=3, ge=0, le=10)
    """How often red CI is fixed before the job is blocked."""
    dispatch: tuple[WorkflowFile, ...] = Field(default=(), max_length=10)
    """Files in `.github/workflows` that the bot may start on its branch where they did not begin by
    themselves; never any other."""
    require: CheckNames = ()
    """The checks that count. Default: those that the branch's rules require, else all."""
    ignore: CheckNames = ()
    """Checks that do not count whatever they say."""


class GitHubConfig(Table):
    """The bot's branches on GitHub."""

    adopt_pushes_from: tuple[NotBlank, ...] = Field(default=(), max_length=50)
    """Apps, as `pre-commit-ci[bot]`, from whose pushes the job goes on, as from writers'."""
    branch_prefix: Annotated[str, Field(max_length=40), AfterValidator(_check_prefix)] = (
        "bricklayer/"
    )
    """How the names of the bot's branches begin."""


class CommitsConfig(Table):
    """The form of commits and of the pull request's title."""

    sign_off: bool = False
    """Adds `Signed-off-by` with the bot's account to each commit, as DCO checks want it."""
    title: Annotated[str, Field(max_length=60), AfterValidator(_check_title)] = ""
    """Form of both, as `fix: {title}`; `{issue}` stands for the issue's number."""


class KindStart(Table):
    """Which tier begins tasks of one kind, by what was measured of these two models.

    `bricklayer promote` writes it, with the table in its pull request. It counts on machines with
    `tier = "auto"` whose tiers have these models first; on any other it says nothing.
    """

    tier: DoingTier
    """The tier that begins; the other one follows."""
    local: NotBlank
    """The first model of `[tiers.local]`; of a file its name alone, `llama-server:qwen.gguf`."""
    senior: NotBlank
    """The first model of `[tiers.senior]`."""


class RepoConfig(Table):
    """A repository's `.bricklayer.toml`. Nothing else says what a check runs."""

    label: Label = "bricklayer"
    """The label by which an issue is given to the bot."""
    checks: dict[Name, CheckCommand] = Field(default_factory=dict)
    """The checks, `[checks.NAME]` for each."""
    setup: Setup | None = None
    """What checks need. Without it nothing is installed."""
    services: dict[Name, Service] = Field(default_factory=dict)
    """What is started before a check, `[services.NAME]` for each: postgres, redis or your own."""
    limits: JobLimits = JobLimits()
    """What one job may use."""
    approval: Approval = Approval()
    """Which plans wait for a person."""
    gate: Gate = Gate()
    """What the end of a job looks at."""
    protect: Protect = Protect()
    """Paths that wait for a person."""
    ci: CiConfig = CiConfig()
    """CI."""
    github: GitHubConfig = GitHubConfig()
    """Branches."""
    commits: CommitsConfig = CommitsConfig()
    """Commits and titles."""
    sandbox: SandboxLimits = SandboxLimits()
    """What one check may use."""
    map: MapConfig = MapConfig()
    """The repository's map."""
    auto: dict[WorkKind, KindStart] = Field(default_factory=dict)
    """Which tier begins which kind of task, `[auto.fix]`, where a person has merged that."""
    image: ImageName = ""
    """The container image that checks run in, by docker, or by podman where the machine says so."""
    env: dict[EnvName, Text] = Field(default_factory=dict)
    """Environment of checks and `[setup]`. Nothing of the machine's environment reaches them."""

    @model_validator(mode="after")
    def _check_services(self) -> "RepoConfig":
        for name, service in self.services.items():
            if service.run.strip() or service.kind or name in KNOWN_SERVICES:
                continue
            if not service.image:
                known = ", ".join(KNOWN_SERVICES)
                raise ValueError(f"[services.{name}]: `run` is missing, or `kind`: {known}")
            if not service.ready.strip():
                what = "`ready` is missing: a command that exits 0 in its container"
                raise ValueError(f"[services.{name}]: {what}")
        for name, check in self.checks.items():
            if absent := set(check.services or ()) - set(self.services):
                raise ValueError(f"[checks.{name}] services: there is no [services.{min(absent)}]")
        return self

    @model_validator(mode="after")
    def _check_required(self) -> "RepoConfig":
        for name in self.approval.required_checks or ():
            if name not in self.checks:
                raise ValueError(f"[approval] required_checks: there is no [checks.{name}]")
        return self


def parse_repo_config(text: str, *, where: str = ".bricklayer.toml") -> RepoConfig:
    return load_table(RepoConfig, text, where)
