"""The tables of a repository's own `.bricklayer.toml`."""

import posixpath
import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from bot.config.toml import EnvName, Name, NotBlank, RepoPath, Seconds, Table, Text, load_table
from bot.text.invisible import has_hidden


def _check_label(label: str) -> str:
    if has_hidden(label) or label != label.strip() or not label:
        raise ValueError("a label without blanks at its ends or invisible characters")
    return label


def _normalize_folder(path: str) -> str:
    """`./api/` as `api`, and the repository's root as nothing."""
    folder = posixpath.normpath(path)
    return "" if folder == "." else folder


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
    """A command that must exit 0. `run` is a shell line; a check's paths become its arguments.

    `dir`: the folder that it runs in. Plans name paths from the repository's root all the same; the
    command is given them from `dir`.
    """

    run: NotBlank
    dir: Annotated[RepoPath, AfterValidator(_normalize_folder)] | Literal[""] = ""
    timeout: Seconds = 300

    @field_validator("run")
    @classmethod
    def _check_last_line(cls, run: str) -> str:
        """A check's paths are appended to the last line: a comment there would hide them."""
        # To a shell `#` at the beginning of a word starts a comment:
        # https://pubs.opengroup.org/onlinepubs/9699919799/utilities/V3_chap02.html#tag_18_03
        if re.search(r"(?:^|\s)#[^\n]*$", run.strip()):
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
    """Runs once per content of `lock_files`, with network, into a cache checks do not change.

    `disk`: MiB that it may write there. `writable`: folders of what it left that each check has as
    its own, to write in, beside build folders known by name (target, .tox, build) and all that is
    small. Where bubblewrap has layers (0.11 and later) a check may write in all of them.
    """

    command: NotBlank
    timeout: Seconds = 1800
    disk: int = Field(default=10240, ge=1)
    lock_files: tuple[RepoPath, ...] = ()
    writable: tuple[WritablePath, ...] = Field(default=(), max_length=50)


class SandboxLimits(Table):
    """What one check may use. Sizes in MiB."""

    memory: int = Field(default=4096, ge=64)
    processes: int = Field(default=256, ge=4)
    disk: int = Field(default=2048, ge=1)
    output: int = Field(default=8, ge=1)


class JobLimits(Table):
    """What one job may use. After each `rework_rounds` of a review's rounds it pauses.

    More `files`, or `lines` added and removed, require approval.
    """

    local_attempts: int = Field(default=4, ge=0, le=20)
    senior_attempts: int = Field(default=2, ge=0, le=10)
    tokens: int = Field(default=2_000_000, ge=0)
    wall_clock: Seconds = 8 * 3600
    rework_rounds: int = Field(default=10, ge=1, le=100)
    files: int = Field(default=25, ge=0)
    lines: int = Field(default=1000, ge=0)


class MapConfig(Table):
    """What the map of the repository leaves out beyond what is vendored, generated or binary.

    A pattern is a path with `*` for any run of characters, or a folder: `docs/`. `include` wins.
    """

    exclude: tuple[Text, ...] = ()
    include: tuple[Text, ...] = ()


class Approval(Table):
    """Whether approval is required before a plan is built: never, for what is risky, or always.

    In every mode it is for a plan whose final gate leaves out one of `required_checks`: without
    it, the checks that run tests.
    """

    mode: Literal["never", "risky", "always"] = "risky"
    required_checks: tuple[Name, ...] | None = None


class Protect(Table):
    """Paths that require approval, besides those that always do; patterns as in `[map]`."""

    paths: tuple[NotBlank, ...] = ()


# The bot's own workflow started by the bot would start it again.
WorkflowFile = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9_.-]{1,200}\.ya?ml$"), AfterValidator(_check_not_ours)
]


class CiConfig(Table):
    """How CI is waited for, in seconds, and how often a red one is fixed.

    `grace`: until something must have begun, or there is no CI. `settle`: after all is done, for
    what begins late. `wait`: for all of it. `require` names the checks that count, `*` standing for
    any characters: without it those that the branch's rules require, else all. `ignore` names those
    that do not count whatever they say. `dispatch`: files in `.github/workflows` that the bot
    may start on its branch, where they did not begin by themselves; never any other.
    """

    wait: Seconds = 3600
    settle: Seconds = 30
    # Nothing says in advance whether a commit will get any checks, so they are waited for.
    grace: Seconds = 180
    rounds: int = Field(default=3, ge=0, le=10)
    dispatch: tuple[WorkflowFile, ...] = Field(default=(), max_length=10)
    require: CheckNames = ()
    ignore: CheckNames = ()


class GitHubConfig(Table):
    """`branch_prefix` begins the names of the bot's branches.

    `adopt_pushes_from`: Apps, as `pre-commit-ci[bot]`, from whose pushes the job goes on.

    From those of people with write access it always does.
    """

    adopt_pushes_from: tuple[NotBlank, ...] = Field(default=(), max_length=50)
    branch_prefix: Annotated[str, Field(max_length=40), AfterValidator(_check_prefix)] = (
        "bricklayer/"
    )


class CommitsConfig(Table):
    """Commits and the title of the pull request: `sign_off` adds `Signed-off-by` to each commit.

    `title` is the form of both: `{title}` stands for what was done, `{issue}` for the number.
    """

    sign_off: bool = False
    title: Annotated[str, Field(max_length=60), AfterValidator(_check_title)] = ""


class RepoConfig(Table):
    """`.bricklayer.toml` at the base commit. Nothing else says what a check runs."""

    label: Label = "bricklayer"
    checks: dict[Name, CheckCommand] = Field(default_factory=dict)
    setup: Setup | None = None
    limits: JobLimits = JobLimits()
    approval: Approval = Approval()
    protect: Protect = Protect()
    ci: CiConfig = CiConfig()
    github: GitHubConfig = GitHubConfig()
    commits: CommitsConfig = CommitsConfig()
    sandbox: SandboxLimits = SandboxLimits()
    map: MapConfig = MapConfig()
    image: str = ""
    env: dict[EnvName, Text] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _check_required(self) -> "RepoConfig":
        for name in self.approval.required_checks or ():
            if name not in self.checks:
                raise ValueError(f"[approval] required_checks: there is no [checks.{name}]")
        return self


def parse_repo_config(text: str, *, where: str = ".bricklayer.toml") -> RepoConfig:
    return load_table(RepoConfig, text, where)
