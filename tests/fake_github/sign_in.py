"""The pages by which a person's browser signs in through an App, and the token that comes of it.

https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode

from fake_github.calls import Answer, Call
from fake_github.people import Token, User

if TYPE_CHECKING:
    from fake_github.apps import App
    from fake_github.world import GitHub

AUTHORIZE, EXCHANGE = "/login/oauth/authorize", "/login/oauth/access_token"
TOKEN_SECONDS = 8 * 3600
CODE_SECONDS = 600


@dataclass(frozen=True)
class SignInCode:
    app: "App"
    user: User
    back: str
    challenge: str
    expires: int


def authorize(github: "GitHub", call: Call) -> Answer:
    """Whoever's browser it is has allowed the App before, so nobody is asked anything."""
    app = next(
        (a for a in github.apps.values() if a.client_id == call.query.get("client_id")), None
    )
    if app is None:
        return Answer(404, None, {"Content-Type": "text/html"}, b"Not Found")
    back = call.query.get("redirect_uri", "")
    if app.callback_urls and back not in app.callback_urls:
        told = {"error": "redirect_uri_mismatch", "state": call.query.get("state", "")}
        return _redirect(app.callback_urls[0], told)
    challenge = call.query.get("code_challenge", "")
    if challenge and call.query.get("code_challenge_method") != "S256":
        return _redirect(back, {"error": "invalid_request"})
    code = f"{github.new_id():020d}"
    expires = github.clock.seconds() + CODE_SECONDS
    github.sign_in_codes[code] = SignInCode(app, github.somebody, back, challenge, expires)
    return _redirect(back, {"code": code, "state": call.query.get("state", "")})


def exchange(github: "GitHub", data: bytes) -> Answer:
    """A code works once. What is wrong with it is told with a 200.

    https://docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors
    """
    sent = {name: values[0] for name, values in parse_qs(data.decode()).items()}
    app = next((a for a in github.apps.values() if a.client_id == sent.get("client_id")), None)
    if app is None or not hmac.compare_digest(app.client_secret, sent.get("client_secret", "")):
        return _error("incorrect_client_credentials")
    made = github.sign_in_codes.pop(sent.get("code", ""), None)
    if made is None or made.app is not app or made.expires < github.clock.seconds():
        return _error("bad_verification_code")
    if made.back != sent.get("redirect_uri", made.back):
        return _error("redirect_uri_mismatch")
    if made.challenge and made.challenge != _digest(sent.get("code_verifier", "")):
        return _error("bad_verification_code")
    token = sign_in_token(github, app, made.user)
    told = {
        "access_token": token.value,
        "expires_in": TOKEN_SECONDS,
        "token_type": "bearer",
        "scope": "",
    }
    return Answer(200, told)


def sign_in_token(github: "GitHub", app: "App", user: User) -> Token:
    value = f"ghu_{github.new_id():036d}"
    until = github.clock.seconds() + TOKEN_SECONDS
    made = Token(value, user, "user", None, app.permissions, until, app=app)
    github.tokens[value] = made
    return made


def _digest(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _error(name: str) -> Answer:
    return Answer(
        200, {"error": name, "error_description": "See the documentation.", "error_uri": ""}
    )


def _redirect(back: str, query: dict[str, str]) -> Answer:
    joint = "&" if "?" in back else "?"
    return Answer(302, None, {"Location": f"{back}{joint}{urlencode(query)}"}, b"")
