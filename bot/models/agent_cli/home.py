"""A temporary home for one run of a CLI, with its login and nothing else of the person's.

The person's own settings, instructions, plugins and past runs do not reach the prompt. The login is
a link, because a CLI may have to renew it.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.config.paths import find_home
from bot.models.agent_cli.protocol import Cli, CliCommand

_PASSED_VARIABLES = (
    "PATH",
    "LANG",
    "LC_ALL",
    "TZ",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "NODE_EXTRA_CA_CERTS",
)


@dataclass(frozen=True, slots=True)
class Home:
    """`root` is the CLI's HOME; `work` the empty folder it is started in."""

    root: Path
    work: Path


@contextmanager
def temporary_home(cli: Cli, env: Mapping[str, str]) -> Iterator[Home]:
    with tempfile.TemporaryDirectory(
        prefix="bricklayer-cli-", ignore_cleanup_errors=True
    ) as folder:
        home = Home(Path(folder, "home"), Path(folder, "work"))
        home.root.mkdir()
        home.work.mkdir()
        links = _link_login(cli, env, home.root)
        try:
            yield home
        finally:
            _save_renewed_login(links)


def write_files(home: Home, command: CliCommand) -> None:
    for name, text in command.files.items():
        path = home.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def build_env(
    cli: Cli, command: CliCommand, home: Home, env: Mapping[str, str], key: str
) -> dict[str, str]:
    """An allowlist, the login's own variables, and those the CLI's module sets."""
    passed = {name: env[name] for name in (*_PASSED_VARIABLES, *cli.login_env) if env.get(name)}
    # A CLI looks for the person's files at these too, not only below HOME.
    # https://specifications.freedesktop.org/basedir-spec/latest/
    folders = {
        "HOME": str(home.root),
        "XDG_CONFIG_HOME": str(home.root / ".config"),
        "XDG_DATA_HOME": str(home.root / ".local/share"),
        "XDG_CACHE_HOME": str(home.root / ".cache"),
        "XDG_STATE_HOME": str(home.root / ".local/state"),
        "TMPDIR": str(home.root),
        "NO_COLOR": "1",
        "CI": "1",
    }
    key_variable = {cli.key_env: key} if key else {}
    return {**passed, **folders, **key_variable, **command.env}


def _link_login(cli: Cli, env: Mapping[str, str], root: Path) -> dict[Path, Path]:
    """The link in the temporary home -> the file it stands for."""
    variable, default = cli.folder_env
    user_home = find_home(env)
    configured = env.get(variable)
    links: dict[Path, Path] = {}
    for name, inside in cli.login.items():
        real = Path(configured, name).absolute() if configured else user_home / default / name
        if not real.is_file():
            continue
        link = root / inside
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(real)
        links[link] = real
    return links


def _save_renewed_login(links: Mapping[Path, Path]) -> None:
    """Copy back a renewed login that replaced the link, because the person's own is stale then."""
    for link, real in links.items():
        if link.is_symlink() or not link.is_file():
            continue
        # A rename replaces the file at once: no reader finds half a login.
        # https://man7.org/linux/man-pages/man2/rename.2.html
        renewed = real.with_name(f"{real.name}.renewed-{os.getpid()}")
        shutil.copyfile(link, renewed)
        renewed.chmod(0o600)
        renewed.replace(real)
