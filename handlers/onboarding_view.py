"""What `bricklayer init` shows: what it found, and the files it would write."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import typer

from bot.text.invisible import make_printable, replace_unprintable
from bot.text.listed import join_first
from runners.onboarding.found import Part
from runners.onboarding.model_servers import ModelServer
from runners.onboarding.propose import Machine, Proposal
from runners.onboarding.write_config import describe_check, quote_toml

MAX_SHOWN_LINES = 80


def show_found(proposal: Proposal, machine: Machine) -> None:
    for line in (*_describe_repository(proposal), *_describe_machine(machine)):
        _say(f"found  {line}")


def _describe_repository(proposal: Proposal) -> Iterator[str]:
    if not proposal.parts:
        yield "no project of a language that is known here"
    for part in proposal.parts:
        yield _describe_part(part)
    if proposal.lock_files:
        yield f"lock files: {', '.join(proposal.lock_files)}"
    if proposal.workflows:
        count = f"{proposal.workflows} workflow{'s' if proposal.workflows > 1 else ''}"
        yield f"{count} of GitHub Actions"
    if proposal.services:
        names = ", ".join(map(make_printable, proposal.services))
        yield f"CI starts {names}: a check that needs one gets it by [services]"


def _describe_part(part: Part) -> str:
    where = f" in {make_printable(part.folder)}" if part.folder else ""
    by = f" with {part.manager}" if part.manager != part.language else ""
    tested = f"tested by {describe_check(part.check)}" if part.check else "no tests"
    return f"{part.language}{by}{where}, {tested}"


def _describe_machine(machine: Machine) -> Iterator[str]:
    for server in machine.servers:
        yield _describe_server(server)
    if not machine.servers:
        yield "no server of models on ports 8080, 8000, 1234 and 11434 of this machine"
    for gpu in machine.gpus:
        name = make_printable(gpu.name)
        yield f"GPU {name}, {gpu.total / 1024:.1f} GiB, {gpu.free / 1024:.1f} free"
    if machine.memory:
        yield f"{machine.memory / 1024:.0f} GiB of memory free"
    for name in machine.needed.toolchains:
        yield f"{name} under your home folder, which checks see by `toolchains`"
    if machine.access.ca_file:
        yield f"certificates of this account in {machine.access.ca_file}: [setup] will trust them"
    if machine.access.variables:
        names = ", ".join(machine.access.variables)
        yield f"{names} in the environment: [setup] will have the same"
    for sentence in machine.needed.old:
        yield f"{sentence}: install a newer one, as docs/recipes/toolchains.md says"
    for command in machine.needed.absent:
        yield f"no {command} on this machine: install it, or have [setup] do it"


def _describe_server(server: ModelServer) -> str:
    window = f", a window of {server.window} tokens" if server.window else ""
    models = join_first(server.models, 5, make_printable)
    return f"{server.kind} at {server.base_url} with {models}{window}"


def show_files(files: Mapping[Path, str]) -> None:
    """Each as a diff from nothing; the schema is long and the same for everybody."""
    for path, text in files.items():
        _say(f"\n--- /dev/null\n+++ {path}")
        lines = text.splitlines()
        shown = lines if len(lines) <= MAX_SHOWN_LINES else []
        for line in shown:
            _say(f"+{line}")
        if not shown:
            _say(f"+ ({len(lines)} lines: the JSON schema of the settings, for editors)")


def show_tier(path: Path, tier: str) -> None:
    """As a diff that has the table at the end of the file."""
    if tier:
        _say(f"\n--- {path}\n+++ {path}, at its end")
        for line in tier.splitlines():
            _say(f"+{line}")


def show_additions(path: Path, additions: str) -> None:
    if additions:
        _say(f"\n{path} is there and stays as it is. You may want to add:\n")
        for line in additions.splitlines():
            _say(f"    {line}")


def show_narrower(name: str, run: str) -> None:
    """A command that passes the failing tests over, for a person to take or not."""
    if run:
        _say(f"       What fails of {name} failed before anything was changed. If that is the")
        _say("       sandbox's doing, leave it to CI, with this in its place:")
        _say(f"           run = {quote_toml(run)}")


def _say(text: str) -> None:
    typer.echo(replace_unprintable(text))
