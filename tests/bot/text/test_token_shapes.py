"""Tokens of known services and values made by chance are struck out; ordinary code is not."""

import base64
import codecs

import pytest

from bot.text.secret_files import is_secret_file
from bot.text.secrets import REDACTED, redact

A, H = "Ab3dE6gH9jK2mN5pQ8sT1vW4yZ7", "0a1b2c3d4e5f60718293a4b5c6d7e8f9"
LONG = (A * 9)[:220]


@pytest.mark.parametrize(
    "token",
    [
        *(f"gh{kind}_{A}{A}"[:40] for kind in "oprsu"),
        f"github_pat_{LONG[:82]}",
        f"glpat-{A}",
        f"sk-proj-{LONG[:60]}",
        f"sk-ant-api03-{LONG[:90]}",
        f"sk_live_{A}",
        f"rk_live_{A}",
        f"whsec_{A}{A}",
        f"SG.{A[:22]}.{LONG[:43]}",
        f"gsk_{LONG[:52]}",
        f"xai-{LONG[:80]}",
        f"dop_v1_{H}{H}",
        f"dckr_pat_{A}",
        f"xoxb-123456789012-{A}",
        f"xapp-1-{A}",
        f"npm_{LONG[:36]}",
        f"pypi-AgEIcHlwaS5vcmc{LONG}",
        f"hf_{LONG[:34]}",
        f"AIza{LONG[:35]}",
        f"ya29.{LONG[:60]}",
        f"AKIA{'ABCDEFGH' * 2}",
        f"shpat_{H}",
        f"glsa_{LONG[:32]}_{H[:8]}",
        f"hvs.{LONG[:90]}",
        f"dapi{H}",
        f"lin_api_{LONG[:40]}",
        f"PMAK-{H[:24]}-{H}{H[:2]}",
        f"tskey-auth-{A}",
        f"figd_{LONG[:40]}",
        f"dp.st.{LONG[:43]}",
        f"AGE-SECRET-KEY-1{'QPZRY9X8' * 7}QP",
        f"rubygems_{H}{H[:16]}",
        f"sntrys_{LONG[:64]}",
        f"{H}-us12",
        f"12345678:AA{LONG[:33]}",
        f"abc1Q~{LONG[:31]}",
        f"eyJ{A}.eyJ{A}.{A}",
        "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQ"
        + LONG
        + "\n-----END PGP PRIVATE KEY BLOCK-----",
        "-----BEGIN OPENSSH PRIVATE KEY-----\n" + LONG,
    ],
)
def test_a_services_token_is_struck_out_whole(token: str) -> None:
    assert redact(f'x = "{token}"\n', ()) == f'x = "{REDACTED}"\n'


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("postgresql://admin:hunter2hunter2@db/prod", "hunter2hunter2"),
        (f"https://hooks.slack.com/services/T00000000/B00000000/{A}", A),
        (f"https://discord.com/api/webhooks/12345678901234567890/{LONG[:68]}", LONG[:68]),
        (f"DefaultEndpointsProtocol=https;AccountName=x;AccountKey={LONG[:86]}==", LONG[:86]),
        (f"aws_secret_access_key = {LONG[:40]}", LONG[:40]),
        (f"curl -H 'Authorization: Bearer {A}{A}'", A),
        (f"//registry.npmjs.org/:_authToken={A}", A),
        (f'API_KEY = "{A}"', A),
        (f'{{"client_secret": "{A}"}}', A),
        (f"DB_PASSWORD={A}\n", A),
    ],
)
def test_what_is_given_as_a_secret_is_struck_out(text: str, secret: str) -> None:
    assert secret not in redact(text, ())


@pytest.mark.parametrize(
    "text",
    [
        'API_KEY = os.environ["API_KEY"]',
        'token = "your-token-goes-here-please"',
        "postgresql://user:password@localhost/db",
        "redis://:${REDIS_PASSWORD}@host",
        'secret_name: "projects/one/secrets/database"',
        "token = parser.next_token(stream, offset)",
        'sha = "da39a3ee5e6b4b0d3255bfef95601890afd80709"',
        "integrity sha512-" + LONG[:80] + "==",
        "class sk-some-very-long-css-class-name-of-us {}",
        'key = "AuthenticationFailedBecauseOfTimeout2"',
        "https://example.com:8080/@scope/package",
    ],
)
def test_ordinary_code_is_left(text: str) -> None:
    assert redact(text, ()) == text


SECRET = "s3cr3tPartQ9zX7wV5uT"  # noqa: S105  # nobody has it


@pytest.mark.parametrize(
    "told",
    [
        base64.b32encode(SECRET.encode()).decode(),
        base64.b32encode(b"abc" + SECRET.encode() + b"de").decode(),
        base64.b85encode(SECRET.encode()).decode(),
        base64.a85encode(b"ab" + SECRET.encode()).decode(),
        base64.b64encode(base64.b64encode(SECRET.encode())).decode(),
        base64.b64encode(SECRET.encode("utf-16-le")).decode(),
        " ".join(f"{ord(c):02x}" for c in SECRET),
        ":".join(f"{ord(c):02X}" for c in SECRET),
        ", ".join(f"0x{ord(c):02x}" for c in SECRET),
        "".join(f"\\x{ord(c):02x}" for c in SECRET),
        "".join(f"\\u{ord(c):04x}" for c in SECRET),
        "".join(f"&#{ord(c)};" for c in SECRET),
        "".join(f"&#x{ord(c):x};" for c in SECRET),
        SECRET[::-1],
        "\x00".join(SECRET),
        *(sign.join(SECRET) for sign in "/#~@!\u200b\u00ad\u2800\U0001f600"),
        SECRET.swapcase(),
        codecs.encode(SECRET, "rot13"),
        base64.b32encode(SECRET.encode()).decode().lower(),
        "".join(f"\\{ord(c):03o}" for c in SECRET),
        " ".join(f"U+{ord(c):04X}" for c in SECRET),
        str([*SECRET.encode()]),
        " ".join(f"{ord(c):08b}" for c in SECRET),
        "-".join(SECRET),
        '" +\n  "'.join([SECRET[:7], SECRET[7:13], SECRET[13:]]),
        "\n".join(SECRET),
        SECRET[1:],
        SECRET[:-1],
        SECRET[:-7],
        SECRET[:12] + "?" + SECRET[13:],
    ],
)
def test_an_own_secret_is_found_however_it_is_written(told: str) -> None:
    """None of it is left that would do to make the secret again."""
    said = redact(f"it is: {told} .", [SECRET])
    assert REDACTED in said
    assert len(said) < len("it is: [***] .") + 12


def test_letters_that_grow_in_lower_case_move_nothing() -> None:
    assert redact(f"{chr(0x130) * 40} {SECRET.encode().hex().upper()}!", [SECRET]).endswith(
        f"{chr(0x130)} {REDACTED}!"
    )


@pytest.mark.parametrize(
    "path",
    [
        *(".env", "a/.env.production", "prod.env", "id_rsa", ".ssh/config", "a/server.pem"),
        *("x.key", "y.p12", ".netrc", ".npmrc", ".pypirc", ".aws/credentials", "a/id_ed25519"),
        *("secrets.yml", "terraform.tfvars", "k.jks", ".ENV", "service-account.json", ".envrc"),
    ],
)
def test_a_file_of_keys_is_known_by_its_name(path: str) -> None:
    assert is_secret_file(path)


@pytest.mark.parametrize(
    "path",
    [
        ".env.example",
        "env.py",
        "src/environment.ts",
        "id_rsa.pub",
        "keys.py",
        "monkey.md",
        "a.pem.sample",
    ],
)
def test_what_only_looks_like_one_is_read(path: str) -> None:
    assert not is_secret_file(path)
