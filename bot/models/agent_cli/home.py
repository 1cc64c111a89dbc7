"""A home for one run of a CLI: empty but for its login, so that nothing else is in its reach.

The person's own settings, instructions, plugins and past runs stay out of the prompt and of the
tools; the login is a link, because a CLI may have to renew it.
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

_PASSED = (
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
    with tempfile.TemporaryDirectory(prefix="bricklayer-cli-", ignore_cleanup_errors=True) as made:
        there = Home(Path(made, "home"), Path(made, "work"))
        there.root.mkdir()
        there.work.mkdir()
        links = _link_login(cli, env, there.root)
        try:
            yield there
        finally:
            _keep_renewed_login(links)


def write_files(there: Home, start: CliCommand) -> None:
    for name, text in start.files.items():
        path = there.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def build_env(
    cli: Cli, start: CliCommand, there: Home, env: Mapping[str, str], key: str
) -> dict[str, str]:
    """An allowlist, the login's own variables, and what the CLI's module wants set."""
    kept = {name: env[name] for name in (*_PASSED, *cli.login_env) if env.get(name)}
    own = {
        "HOME": str(there.root),
        "XDG_CONFIG_HOME": str(there.root / ".config"),
        "XDG_DATA_HOME": str(there.root / ".local/share"),
        "XDG_CACHE_HOME": str(there.root / ".cache"),
        "XDG_STATE_HOME": str(there.root / ".local/state"),
        "TMPDIR": str(there.root),
        "NO_COLOR": "1",
        "CI": "1",
    }
    given = {cli.key_env: key} if key else {}
    return {**kept, **own, **given, **start.env}


def _link_login(cli: Cli, env: Mapping[str, str], root: Path) -> dict[Path, Path]:
    """The link in the temporary home -> the file it stands for."""
    variable, default = cli.folder_env
    person = find_home(env)
    moved = env.get(variable)
    links: dict[Path, Path] = {}
    for name, inside in cli.login.items():
        real = Path(moved, name).absolute() if moved else person / default / name
        if not real.is_file():
            continue
        link = root / inside
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(real)
        links[link] = real
    return links


def _keep_renewed_login(links: Mapping[Path, Path]) -> None:
    """A CLI that replaced the link by a renewed login would else have lost it for the person."""
    for link, real in links.items():
        if link.is_symlink() or not link.is_file():
            continue
        renewed = real.with_name(f"{real.name}.renewed-{os.getpid()}")
        shutil.copyfile(link, renewed)
        renewed.chmod(0o600)
        renewed.replace(real)
