"""The services of a check: what is run before it, with which variables, and how a failure reads."""

import re
import secrets
import shlex
import socket
from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.config.repository import CheckCommand, RepoConfig, Service
from runners.checks.service_scripts import DATABASE_URL, KNOWN, POSTGRES, START, KnownService
from runners.sandbox.model import Outcome
from runners.sandbox.service_containers import ServiceImage

MARK_SEARCH_CHARS = 20_000
"""Of an output's end, in which the line that a service failed is looked for."""


@dataclass(frozen=True, slots=True)
class Started:
    """`lines` start the services, ahead of the check's own. `seconds` they may take at most."""

    lines: str = ""
    mark: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class ServiceFailure:
    """`is_known`: it is one that needs nothing of the repository, so code cannot be the reason."""

    name: str
    why: str
    is_known: bool


def choose_services(config: RepoConfig, check: CheckCommand) -> dict[str, Service]:
    """Those that the check names, else all there are."""
    names = config.services if check.services is None else check.services
    return {name: config.services[name] for name in names}


def start_services(services: Mapping[str, Service], *, is_alone: bool) -> Started:
    """`is_alone`: with a network of its own, where the usual ports are free."""
    if not services:
        return Started()
    mark = f"bricklayer-service-{secrets.token_hex(8)}"
    lines = [START] if any(not each.image for each in services.values()) else []
    for name, service in services.items():
        known = _known(name, service)
        usual = known.port if known else 0
        port = usual if service.image else _choose_port(usual, is_alone=is_alone)
        env = _variables(service, known, port)
        lines += [f"export {variable}={shlex.quote(text)}" for variable, text in env.items()]
        if known is POSTGRES and "DATABASE_URL" not in env:
            lines.append(f'export DATABASE_URL="{DATABASE_URL}"')
        if service.image:
            continue
        run, ready = (known.run, known.ready) if known else (service.run, service.ready)
        words = [name, f"{service.timeout:.0f}", run.replace("{port}", str(port)), ready]
        lines.append(f"start_service {shlex.join([*words, mark])}")
    seconds = sum(each.timeout for each in services.values() if not each.image)
    return Started("\n".join((*lines, "")), mark, seconds)


def list_images(services: Mapping[str, Service]) -> dict[str, ServiceImage]:
    """Those that are containers of their own, on their usual ports."""
    found = {}
    for name, service in services.items():
        if service.image:
            known = _known(name, service)
            env = _variables(service, known, known.port if known else 0)
            told = {key: text for key, text in env.items() if not known or key not in known.env}
            told |= {key: env[given] for key, given in known.image_env.items()} if known else {}
            ready = service.ready or (known.image_ready if known else "")
            found[name] = ServiceImage(service.image, ready, service.timeout, service.run, told)
    return found


def _known(name: str, service: Service) -> KnownService | None:
    return KNOWN.get(service.kind or name) if not service.run else None


def _variables(service: Service, known: KnownService | None, port: int) -> dict[str, str]:
    env = {**(known.env if known else {}), **service.env}
    return {variable: text.replace("{port}", str(port)) for variable, text in env.items()}


def find_service_failure(
    output: str, started: Started, services: Mapping[str, Service]
) -> ServiceFailure | None:
    """Which service could not be had, if that is how the check ended."""
    if not started.mark:
        return None
    line = rf"^{re.escape(started.mark)} (\S+) ([^\n]*)$"
    found = re.search(line, output[-MARK_SEARCH_CHARS:], re.MULTILINE)
    if found is None or found[1] not in services:
        return None
    return ServiceFailure(found[1], found[2], is_known=not services[found[1]].run)


def strip_mark(outcome: Outcome, started: Started) -> Outcome:
    """Its output as people and models read it: without the bot's own line."""
    line = rf"^{re.escape(started.mark)} [^\n]*\n?"
    return replace(outcome, output=re.sub(line, "", outcome.output, flags=re.MULTILINE))


def _choose_port(usual: int, *, is_alone: bool) -> int:
    """Where services share this machine's network, one that is free just now."""
    if is_alone and usual:
        return usual
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
