"""Runs one check on a checkout: a command of the configuration, or a path that is there or not."""

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from bot.config.repository import CheckCommand, RepoConfig
from bot.errors import UserError
from bot.plan import Check
from runners.checks.check_command import is_there, shell_command
from runners.checks.git_source import GitSource, open_git_copy
from runners.checks.judge_outcome import judge_outcome
from runners.checks.sandbox_hints import Surroundings, find_hint
from runners.checks.services import (
    ServiceFailure,
    choose_services,
    find_service_failure,
    list_images,
    start_services,
    strip_mark,
)
from runners.checks.verdict import Verdict
from runners.sandbox import Outcome, Prepared, Sandbox
from runners.sandbox.service_containers import ServiceUnavailableError, join_services


def run_check(  # noqa: PLR0913 - what is checked, where, in what, and after what
    check: Check,
    config: RepoConfig,
    checkout: Path,
    sandbox: Sandbox,
    *,
    prepared: Prepared | None = None,
    makes: Collection[str] = (),
    source: GitSource | None = None,
) -> Verdict:
    """`prepared` is what `run_setup` gave; `makes` are the paths the task may write.

    `source` is for a check that asks for `git`.

    Raises `UserError` for a check the configuration does not name, or a sandbox that fails.
    """
    if check.kind != "run":
        return _path_check(check, checkout)
    if check.name not in config.checks:
        known = ", ".join(config.checks) or "none"
        raise UserError(
            f"no check is called {check.name!r}",
            where=".bricklayer.toml",
            hint=f"Add [checks.{check.name}], or use one of: {known}.",
        )
    command_config = config.checks[check.name]
    if (folder := command_config.dir) and not (
        is_there(checkout, folder) and (checkout / folder).is_dir()
    ):
        return _no_folder(check, command_config, makes)
    services = choose_services(config, command_config)
    started = start_services(services, is_alone=sandbox.name != "none")
    command = shell_command(command_config, check.paths, checkout, prepared, started.lines)
    timeout = command_config.timeout + started.seconds
    try:
        with (
            open_git_copy(source if command_config.git else None) as git,
            join_services(sandbox, list_images(services)) as joined,
        ):
            outcome = joined.run(
                command, checkout=checkout, timeout=timeout, prepared=prepared, git=git
            )
    except ServiceUnavailableError as exc:
        return _no_container(check, exc)
    if failure := find_service_failure(outcome.output, started, services):
        return _no_service(check, strip_mark(outcome, started), failure)
    verdict = judge_outcome(check, command_config, outcome, checkout, makes)
    has_git = source is not None and command_config.git
    where = Surroundings(check.name, sandbox.name, config.image, prepared, has_git=has_git)
    return _add_hint(verdict, find_hint(outcome.output, outcome.exit_code, where))


def _add_hint(verdict: Verdict, hint: str) -> Verdict:
    """Where it could not run, the hint is the reason that counts."""
    if verdict.ran or not hint:
        return replace(verdict, hint=hint)
    return replace(verdict, hint=hint, why=f"{verdict.why}: {hint}")


def _no_container(check: Check, failure: ServiceUnavailableError) -> Verdict:
    """An image is nothing that code under change could have broken."""
    hint = f"see [services.{failure.name}]"
    return Verdict(check, passed=False, ran=False, why=str(failure), output=failure.log, hint=hint)


def _no_service(check: Check, outcome: Outcome, failure: ServiceFailure) -> Verdict:
    """Red where the repository has a command for it, which code under change may have broken."""
    return Verdict(
        check,
        passed=False,
        ran=not failure.is_known,
        why=f"the service {failure.name} {failure.why}",
        exit_code=outcome.exit_code,
        output=outcome.output,
        seconds=outcome.seconds,
        hint=f"see [services.{failure.name}]",
    )


def _no_folder(check: Check, command_config: CheckCommand, makes: Collection[str]) -> Verdict:
    """Red where the plan is about to make that folder; else it cannot run."""
    folder = command_config.dir
    ran = any(path.startswith(f"{folder}/") for path in makes)
    why = f"there is no folder {folder}, which [checks.{check.name}] names as `dir`"
    return Verdict(check, passed=False, ran=ran, why=why)


def _path_check(check: Check, checkout: Path) -> Verdict:
    path = check.paths[0]
    exists = is_there(checkout, path)
    passed = exists == (check.kind == "exists")
    return Verdict(
        check, passed, ran=True, why=f"{path} {'exists' if exists else 'does not exist'}"
    )
