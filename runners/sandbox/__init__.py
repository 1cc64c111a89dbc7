"""Runs a check apart from this machine: by bubblewrap, in a container, or without either."""

from bot.config.machine import Settings
from bot.config.repository import RepoConfig
from bot.errors import UserError
from runners.sandbox.bubblewrap import Bubblewrap
from runners.sandbox.container import Container, require_engine
from runners.sandbox.model import Ended, Outcome, Prepared, Sandbox
from runners.sandbox.probe import find_bubblewrap
from runners.sandbox.setup_access import Redacting, SetupAccess, read_setup_access
from runners.sandbox.setup_network import INSTALL_NETWORK, find_network_program
from runners.sandbox.shown_tools import choose_shown_tools
from runners.sandbox.unconfined import Unconfined

__all__ = ["Ended", "Outcome", "Prepared", "Sandbox", "open_sandbox"]


def open_sandbox(settings: Settings, repo: RepoConfig) -> Sandbox:
    """The sandbox this machine and this repository ask for, known to work here.

    Raises `UserError` with the fix where it cannot be had; never a weaker one instead. A
    repository that names an `image` gets it or nothing: on another system its checks would
    prove something else.
    """
    access = read_setup_access(settings) if repo.setup else SetupAccess()
    sandbox = _open_sandbox(settings, repo, access)
    return Redacting(sandbox, access.secrets) if access.secrets else sandbox


def _open_sandbox(settings: Settings, repo: RepoConfig, access: SetupAccess) -> Sandbox:
    if settings.sandbox in {"docker", "podman"} or repo.image:
        return _container(settings, repo, access)
    shown = choose_shown_tools(settings.toolchains)
    if settings.sandbox == "none":
        return Unconfined(repo.sandbox, repo.env, shown, access)
    network, program = _network(settings, repo), find_bubblewrap()
    return Bubblewrap(program, repo.sandbox, repo.env, shown, network, access)


def _network(settings: Settings, repo: RepoConfig) -> str:
    """The program that gives setup a network of its own; empty for this machine's."""
    program, why = ("", "") if settings.setup_network == "host" else find_network_program()
    if settings.setup_network == "own" and repo.setup and not program:
        raise UserError(
            f'this machine says setup_network = "own", but {why}',
            where="bricklayer.toml",
            hint=f'{INSTALL_NETWORK} Or set setup_network = "host".',
        )
    return program


def _container(settings: Settings, repo: RepoConfig, access: SetupAccess) -> Container:
    if not repo.image:
        raise UserError(
            f'sandbox = "{settings.sandbox}" needs an image to run checks in',
            where=".bricklayer.toml",
            hint='Set `image = "python:3.12-slim"`, say, or use the sandbox "bwrap".',
        )
    if settings.sandbox == "none":
        raise UserError(
            f'this machine says sandbox = "none", the repository wants the image {repo.image}',
            where="bricklayer.toml",
            hint='Set sandbox = "docker" or "podman" there, or remove `image` from the repository.',
        )
    engine = settings.sandbox if settings.sandbox != "bwrap" else "docker"
    require_engine(engine)
    return Container(engine, repo.image, repo.sandbox, repo.env, access)
