"""What this machine gives `[setup]` and nothing else: variables, and a company's certificates.

Private indexes and proxies that read TLS are a matter of the machine, not of the repository. Checks
and models get none of it; and what a setup command prints of it is struck out.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bot.config.machine import Settings
from bot.config.paths import resolve_path
from bot.errors import UserError
from bot.text.secrets import collect_credentials, redact_known
from runners.sandbox.model import GitCopy, Outcome, Prepared, Sandbox

# Where a bundle of authorities is named, by the program that reads the variable: OpenSSL, uv and
# Go; pip; requests; curl; Node; cargo; git; Deno. Each reads this bundle in place of the system's.
# https://pip.pypa.io/en/stable/topics/https-certificates/
# https://nodejs.org/api/cli.html#node_extra_ca_certsfile
# https://doc.rust-lang.org/cargo/reference/config.html#httpcainfo
# https://git-scm.com/docs/git-config#Documentation/git-config.txt-httpsslCAInfo
CERTIFICATE_VARIABLES = (
    "SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS",
    "CARGO_HTTP_CAINFO", "GIT_SSL_CAINFO", "DENO_CERT",
)  # fmt: skip
CERTIFICATES_INSIDE = "/etc/bricklayer-ca.pem"
SYSTEM_BUNDLES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt")
# Where update-ca-certificates(8) and update-ca-trust(8) look for them: Debian, Fedora, Arch, SUSE.
LOCAL_AUTHORITIES = (
    "/usr/local/share/ca-certificates",
    "/etc/pki/ca-trust/source/anchors",
    "/etc/ca-certificates/trust-source/anchors",
    "/etc/pki/trust/anchors",
)
MAX_FILE_BYTES = 4 << 20
# https://www.rfc-editor.org/rfc/rfc7468#section-5
_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----[\sA-Za-z0-9+/=]+-----END CERTIFICATE-----")


@dataclass(frozen=True, slots=True)
class SetupAccess:
    """`certificates`: a bundle as PEM, the system's and this machine's own; empty without one.

    `secrets` are struck out of what commands print.
    """

    env: Mapping[str, str] = field(default_factory=dict)
    certificates: bytes = b""
    secrets: tuple[str, ...] = ()

    def variables(self, certificates: str) -> dict[str, str]:
        """For the command of setup, where its bundle lies at this path."""
        named = dict.fromkeys(CERTIFICATE_VARIABLES, certificates) if self.certificates else {}
        return {**named, **self.env}


@dataclass(frozen=True, slots=True)
class Redacting:
    """A sandbox whose outputs hold none of the secrets that setup is given."""

    inner: Sandbox
    secrets: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.inner.name

    def run(  # noqa: PLR0913 - what is run, on what, for how long and with what
        self,
        command: Sequence[str],
        *,
        checkout: Path,
        timeout: float,
        network: bool = False,
        prepared: Prepared | None = None,
        git: GitCopy | None = None,
    ) -> Outcome:
        outcome = self.inner.run(
            command,
            checkout=checkout,
            timeout=timeout,
            network=network,
            prepared=prepared,
            git=git,
        )
        return replace(outcome, output=redact_known(outcome.output, self.secrets))


def read_setup_access(settings: Settings) -> SetupAccess:
    """Raises `UserError` for a variable that is not set, and for a file without certificates."""
    env: dict[str, str] = {}
    given: list[str] = []
    for name, value in settings.setup_env.items():
        if isinstance(value, str):
            env[name] = value
            continue
        if value.env not in os.environ:
            what = f"setup_env.{name} takes the variable {value.env}, which is not set"
            hint = "Set it where bricklayer is started, or take the line out."
            raise UserError(what, where="bricklayer.toml", hint=hint)
        env[name] = os.environ[value.env]
        given.append(env[name])
    found = (*given, *collect_credentials(env), *_find_in_addresses(env.values()))
    own = _read_certificates(settings.setup_ca_file) if settings.setup_ca_file else []
    bundle = _make_bundle(own) if own or _has_local_authorities() else b""
    return SetupAccess(env, bundle, tuple(dict.fromkeys(filter(None, found))))


def _find_in_addresses(values: Iterable[str]) -> Iterator[str]:
    """An address of an index is nobody's business either, and may hold a password."""
    for value in values:
        if "://" in value:
            yield value
            try:
                parts = urlsplit(value)
            except ValueError:  # no address after all
                continue
            yield from filter(None, (parts.password, unquote(parts.password or "")))


def _read_certificates(name: str) -> list[bytes]:
    """Only certificates: a key that lies in the same file is not given on."""
    path = resolve_path(name, where="setup_ca_file")
    try:
        with path.open("rb") as file:
            own = _CERTIFICATE.findall(file.read(MAX_FILE_BYTES))
    except OSError as exc:
        hint = "Name the file with your company's certificates, as PEM."
        what = f"{name} cannot be read: {exc.strerror}"
        raise UserError(what, where="setup_ca_file", hint=hint) from exc
    if not own:
        hint = "It must be PEM: `openssl x509 -inform DER -in FILE` makes that of another form."
        raise UserError(f"{name} holds no certificate", where="setup_ca_file", hint=hint)
    return own


def _make_bundle(own: Iterable[bytes]) -> bytes:
    system = next((Path(each) for each in SYSTEM_BUNDLES if Path(each).is_file()), None)
    return b"\n".join((system.read_bytes() if system else b"", *own, b""))


def _has_local_authorities() -> bool:
    """Whether somebody gave this machine authorities of its own, as companies do.

    Programs that bring a list of authorities along, as Node and older releases of pip do, do not
    know of these: then they get the system's bundle.
    """
    with suppress(OSError):
        return any(any(Path(each).iterdir()) for each in LOCAL_AUTHORITIES if Path(each).is_dir())
    return False
