"""Private indexes and certificates of a company reach `[setup]`, and nothing and nobody else."""

import http.server
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.setup_source import Source, installed, make_source

from bot.config.machine import Settings, parse_settings
from bot.errors import UserError
from runners.checks.setup_cache import TrustedTree, prepare_setup
from runners.sandbox import open_sandbox
from runners.sandbox.container import access_options
from runners.sandbox.setup_access import CERTIFICATE_VARIABLES, read_setup_access

SECRET = "hunter2-hunter2"  # noqa: S105 - made up
SETTINGS = """
setup_network = "host"
[setup_env]
PIP_INDEX_URL = "https://bot:p%40ssword1@pypi.corp.example/simple"
NPM_TOKEN = { env = "CORP_NPM_TOKEN" }
NODE_ENV = "production"
"""


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return make_source(tmp_path, {"x": "x"})


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("CORP_NPM_TOKEN", SECRET)
    return parse_settings(f'state_dir = "{tmp_path}/state"\n{SETTINGS}')


def set_up(source: Source, settings: Settings, command: str) -> str:
    """What a check prints of the environment, and of what setup wrote down."""
    config = installed(command)
    sandbox = open_sandbox(settings, config)
    prepared = prepare_setup(TrustedTree(source.repo, source.head, config), sandbox, settings)
    argv = ["sh", "-c", "env; cat $BRICKLAYER_SETUP/*"]
    return sandbox.run(argv, checkout=source.checkout, timeout=20, prepared=prepared).output


@pytest.mark.parametrize("kind", ["bwrap", "none"])
def test_setup_has_the_variables_and_no_check_has(
    source: Source, settings: Settings, kind: str
) -> None:
    """Setup's command can use them; what it wrote down of secrets, no output shows."""
    settings = settings.model_copy(update={"sandbox": kind})
    command = f'test "$NPM_TOKEN" = {SECRET} && env | grep -E "NPM|PIP|NODE" > $BRICKLAYER_SETUP/e'
    out = set_up(source, settings, command)
    assert out.count("NODE_ENV") == out.count("NPM_TOKEN") == 1
    assert "NPM_TOKEN=[***]" in out
    assert "NODE_ENV=production" in out
    assert not [word for word in (SECRET, "corp.example", "p%40ssword1") if word in out]


def test_a_failing_setup_tells_no_secret(source: Source, settings: Settings) -> None:
    """Its output is told to people, on a public page perhaps; a password also as it is meant."""
    line = "echo $NPM_TOKEN $PIP_INDEX_URL; printenv PIP_INDEX_URL | sed s/%40/@/; exit 1"
    with pytest.raises(UserError) as told:
        set_up(source, settings, line)
    assert "[***]" in str(told.value)
    assert not [word for word in (SECRET, "p@ssword1", "p%40") if word in str(told.value)]


@pytest.fixture(autouse=True)
def no_local_authorities(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runners.sandbox.setup_access.LOCAL_AUTHORITIES", ())


@pytest.fixture(scope="module")
def corp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A server whose certificate only a company's own authority vouches for, and that file."""
    room = tmp_path_factory.mktemp("corp")
    argv = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    argv += ["-nodes", "-days", "2", "-subj", "/CN=corp", "-addext", "subjectAltName=DNS:localhost"]
    argv += ["-keyout", str(room / "key.pem"), "-out", str(room / "ca.pem")]
    subprocess.run(argv, check=True, capture_output=True, timeout=30)
    (room / "both.pem").write_bytes(
        (room / "key.pem").read_bytes() + (room / "ca.pem").read_bytes()
    )
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(room / "ca.pem", room / "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"https://localhost:{server.server_port}/", room / "both.pem"
    server.shutdown()
    server.server_close()


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["bwrap", "none"])
def test_setup_trusts_the_company_s_authority(
    source: Source, settings: Settings, corp: tuple[str, Path], kind: str
) -> None:
    """By the variable that most programs read, with the system's authorities still beside it."""
    url, bundle = corp
    line = (
        f"python3 -c \"import urllib.request as r; print(r.urlopen('{url}', timeout=9).status)\""
        " > $BRICKLAYER_SETUP/status && grep -c BEGIN $SSL_CERT_FILE > $BRICKLAYER_SETUP/count"
        " && ! grep -q PRIVATE $SSL_CERT_FILE"
    )
    settings = settings.model_copy(update={"sandbox": kind})
    with pytest.raises(UserError, match="CERTIFICATE_VERIFY_FAILED") as refused:
        set_up(source, settings, line)
    assert "name your company's as setup_ca_file" in str(refused.value.hint)
    trusting = settings.model_copy(update={"setup_ca_file": str(bundle)})
    out = set_up(source, trusting, line)
    assert "\n200\n" in out
    assert not [name for name in CERTIFICATE_VARIABLES if f"{name}=" in out]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["bwrap", "none"])
def test_authorities_that_the_machine_was_given_are_trusted_by_programs_with_own_lists(
    source: Source,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    """Where a company installed its own on the machine, nobody has to name them again."""
    settings = settings.model_copy(update={"sandbox": kind})
    line = "echo ${PIP_CERT:-none} > $BRICKLAYER_SETUP/where"
    folder = "runners.sandbox.setup_access.LOCAL_AUTHORITIES"
    monkeypatch.setattr(folder, (str(tmp_path / "none"),))
    assert "\nnone\n" in set_up(source, settings, line)
    (tmp_path / "some").mkdir()
    (tmp_path / "some/corp.crt").touch()
    monkeypatch.setattr(folder, (str(tmp_path / "some"),))
    again = f"{line}; grep -q BEGIN $PIP_CERT"
    assert "ca.pem" in set_up(source, settings, again)


def test_a_container_is_given_them_by_a_file(
    settings: Settings, corp: tuple[str, Path], tmp_path: Path
) -> None:
    """Arguments of a process can be read by everybody on the machine."""
    trusting = settings.model_copy(update={"setup_ca_file": str(corp[1])})
    argv = access_options(read_setup_access(trusting), tmp_path)
    assert SECRET not in " ".join(argv)
    assert f"NPM_TOKEN={SECRET}\n" in (tmp_path / "env").read_text()
    assert "PRIVATE KEY" not in (tmp_path / "ca.pem").read_text()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[setup_env]\nA = { env = "NOT_SET_HERE" }', "NOT_SET_HERE, which is not set"),
        ('setup_ca_file = "/nowhere.pem"', "cannot be read"),
        ('setup_ca_file = "/etc/hostname"', "no certificate"),
    ],
)
def test_what_cannot_be_given_is_said_before_setup_runs(text: str, told: str) -> None:
    with pytest.raises(UserError, match=told):
        open_sandbox(parse_settings(text), installed("true"))
