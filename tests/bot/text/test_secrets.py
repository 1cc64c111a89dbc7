"""No secret survives `redact`, however it stands in the text."""

import base64
import json
import re
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.text.secrets import REDACTED, redact

secrets = st.text(st.characters(codec="utf-8"), min_size=6, max_size=80)
tokens = st.text("abcdefABCDEF0123456789_-+/=.~ %", min_size=6, max_size=80)
around = st.text(max_size=40)
raw_around = st.binary(max_size=40)
BLOCKS = re.compile(rb"[A-Za-z0-9+/_-]{4,}")


@given(before=around, secret=secrets, after=around)
@example(before="ab", secret="ab[***]", after="")  # noqa: S106
@example(before="aaaaa", secret="aaaaaa", after="aaaaa")  # noqa: S106
def test_a_secret_is_nowhere_in_what_is_left(before: str, secret: str, after: str) -> None:
    assert secret not in redact(before + secret + after, [secret])


@given(before=around, secret=secrets, after=around, quoting=st.sampled_from([quote, quote_plus]))
def test_a_secret_in_url_encoding_is_struck(before: str, secret: str, after: str, quoting) -> None:  # noqa: ANN001
    quoted = quoting(secret, safe="")
    for form in (quoted, re.sub(r"%..", lambda hit: hit[0].lower(), quoted), _all_quoted(secret)):
        assert form not in redact(f"{before} {form} {after}", [secret])


def _all_quoted(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


@given(before=raw_around, secret=secrets, after=raw_around, safe=st.booleans())
def test_a_secret_in_base64_is_struck_at_any_alignment(
    before: bytes, secret: str, after: bytes, safe: bool
) -> None:
    raw = secret.encode()
    encode = base64.urlsafe_b64encode if safe else base64.b64encode
    text = encode(before + raw + after).decode()
    assert raw not in _decoded(redact(f"Here: {text}.", [secret]))


@settings(max_examples=25)
@given(before=raw_around, secret=st.text("abcDEF019_", min_size=60, max_size=120))
def test_a_secret_in_wrapped_base64_is_struck(before: bytes, secret: str) -> None:
    text = base64.encodebytes(before + secret.encode()).decode()
    for form in (text, text.replace("\n", "\r\n"), json.dumps(text)):
        left = redact(form, [secret])
        assert REDACTED in left
        assert secret.encode() not in _decoded(re.sub(r"\s|\\n|\\r", "", left))


def _decoded(text: str) -> bytes:
    """Whatever anybody could make of runs of base64, beginning at any character."""
    found = []
    for run in BLOCKS.findall(text.replace("-", "+").replace("_", "/").encode()):
        for start in range(4):
            cut = run[start:]
            found.append(base64.b64decode(cut[: len(cut) // 4 * 4]))
            found.append(
                base64.b64decode(cut + b"=" * (-len(cut) % 4)) if len(cut) % 4 != 1 else b""
            )
    return b"\n".join(found)


@given(before=around, secret=tokens, after=around)
def test_a_secret_in_hex_is_struck(before: str, secret: str, after: str) -> None:
    for form in (secret.encode().hex(), secret.encode().hex().upper()):
        assert form not in redact(f"{before}:{form}:{after}", [secret])


@given(text=st.text(max_size=200), known=st.lists(secrets, max_size=4))
def test_striking_twice_is_striking_once(text: str, known: list[str]) -> None:
    once = redact(text, known)
    assert redact(once, known) == once


@given(text=st.text('abcdefgh \n<>!-{}"', max_size=200))
def test_a_text_without_secrets_stays_as_it_is(text: str) -> None:
    assert redact(text, ["ghp_0123456789", ""]) == text


@pytest.mark.slow
@given(known=st.lists(secrets, min_size=2, max_size=5), text=st.text(max_size=50))
def test_the_order_of_the_secrets_changes_nothing(known: list[str], text: str) -> None:
    whole = text.join(known)
    assert redact(whole, known) == redact(whole, reversed(known))


def test_a_basic_authorization_header_is_struck() -> None:
    secret = "ghs_" + "x1Y2" * 9
    header = base64.b64encode(f"x-access-token:{secret}".encode()).decode()
    left = redact(f"Authorization: Basic {header}", [secret])
    assert REDACTED in left
    assert secret[4:].encode() not in _decoded(left)


@pytest.mark.parametrize(
    "token",
    [
        "ghp_" + "A1b2" * 9,
        "gho_" + "A1b2" * 9,
        "ghs_12345_eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxMjM0NTYifQ.c2lnbmF0dXJl",
        "github_pat_" + "11ABCDEFG0" * 8,
        "glpat-" + "a1B2c3D4e5" * 2,
        "sk-ant-api03-" + "a1B2_" * 8,
        "sk-proj-" + "a1B2" * 10,
        "AKIAIOSFODNN7EXAMPLE",
        "xoxb-" + "1234567890-" * 2 + "abc",
        "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxMjM0NTYifQ.c2lnbmF0dXJl",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\nabc=\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\nMIIEpAIBAAKCAQEA",
    ],
)
def test_what_looks_like_a_token_is_struck_though_nobody_knows_it(token: str) -> None:
    assert redact(f"See ({token})", []).removesuffix(")") in {f"See ({REDACTED}", f"See {REDACTED}"}


def test_a_keys_first_line_alone_takes_nothing_along() -> None:
    header = "-----BEGIN PRIVATE KEY-----"
    assert (
        redact(f"Put `{header}` first. The rest stays.", [])
        == f"Put `{REDACTED}` first. The rest stays."
    )


def test_a_hash_a_link_and_a_short_secret_are_left() -> None:
    text = "Commit 3f786850e387550fdab836ed7e6dc881de23001b, see https://example.com/a-b_c?x=1 yes"
    assert redact(text, ["yes", "", "a-b_c"]) == text


def test_a_long_hostile_text_is_done_in_linear_time() -> None:
    secret = "aB3" * 20
    for text in (
        "a" * 300_000,
        "ghp_" * 80_000,
        "-----BEGIN PRIVATE KEY-----a" * 10_000,
        "eyJ." * 80_000,
        "YUIz\n" * 60_000,
    ):
        redact(text, [secret])
