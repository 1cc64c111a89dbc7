"""An App's signature: made seldom, and never used for longer than GitHub takes it."""

import jwt
from fake_github.apps import key_pair

from bot.github.auth import SIGNATURE_SECONDS, AppSignature


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_a_signature_is_kept_and_then_made_anew() -> None:
    clock = Clock()
    signature = AppSignature(7, key_pair()[0], clock)
    first = signature.token
    clock.now += SIGNATURE_SECONDS - 1
    assert signature.token is first
    clock.now += 1
    assert signature.token is not first


def test_a_kept_signature_is_still_good_at_its_last_use() -> None:
    claims = jwt.decode(AppSignature(7, key_pair()[0]).token, key_pair()[1], ["RS256"], issuer="7")
    assert claims["exp"] - claims["iat"] - 60 >= SIGNATURE_SECONDS + 60, "a minute to spare"
