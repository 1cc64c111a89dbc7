"""How this machine reaches package indexes: its certificates, and variables that name an index.

A company's proxy or index is known to the account and not to `[setup]`, which gets nothing of the
environment unless the machine's settings say so. Values are never copied, only names.
"""

import configparser
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.bounded_read import read_head

# https://pip.pypa.io/en/stable/topics/https-certificates/, https://nodejs.org/api/cli.html,
# https://requests.readthedocs.io/en/latest/user/advanced/#ssl-cert-verification
_CA_VARIABLES = (
    "PIP_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "CURL_CA_BUNDLE",
)  # fmt: skip
# https://docs.astral.sh/uv/reference/environment/, https://go.dev/ref/mod#environment-variables
_INDEX_VARIABLES = (
    "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "https_proxy", "http_proxy", "no_proxy",
    "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX",
    "NPM_CONFIG_REGISTRY", "npm_config_registry", "GOPROXY", "GOPRIVATE", "GONOSUMDB",
)  # fmt: skip
_NPM_CA = re.compile(r"^cafile[ \t]*=[ \t]*(\S{1,400})$", re.MULTILINE)
MAX_FILE_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class NetworkAccess:
    """`ca_file` and `variables` are what `setup_ca_file` and `setup_env` would name."""

    ca_file: str = ""
    variables: tuple[str, ...] = ()


def find_network_access(home: Path, env: Mapping[str, str]) -> NetworkAccess:
    named = (path for path in _named_ca_files(home, env) if _is_file(path))
    variables = tuple(name for name in _INDEX_VARIABLES if env.get(name, "").strip())
    return NetworkAccess(next(named, ""), variables)


def _named_ca_files(home: Path, env: Mapping[str, str]) -> Iterator[str]:
    yield from (env[name] for name in _CA_VARIABLES if name in env)
    # https://pip.pypa.io/en/stable/topics/configuration/#location
    own = [
        read_head(home / name, MAX_FILE_BYTES) for name in (".config/pip/pip.conf", ".pip/pip.conf")
    ]
    # https://docs.npmjs.com/cli/v10/configuring-npm/npmrc
    npm = _NPM_CA.search(read_head(home / ".npmrc", MAX_FILE_BYTES))
    yield from (*map(_pip_certificates, own), npm[1] if npm else "")
    yield _pip_certificates(read_head(Path("/etc/pip.conf"), MAX_FILE_BYTES))


def _pip_certificates(text: str) -> str:
    config = configparser.RawConfigParser(strict=False)
    try:
        config.read_string(text)
    except configparser.Error:
        return ""
    return config.get("global", "cert", fallback="")


def _is_file(path: str) -> bool:
    try:
        return path.startswith("/") and Path(path).is_file()
    except (OSError, ValueError):
        return False
