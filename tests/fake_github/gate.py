"""What every call to the stand-in passes: faults on demand, who calls, and rate limits."""

import base64
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import jwt

from fake_github.calls import Answer, Call, find, run
from fake_github.pages import conditional, paged
from fake_github.people import Refusal, Token

if TYPE_CHECKING:
    from fake_github.world import GitHub

CUT = 0
"""In place of a status: the answer breaks off in the middle."""


@dataclass(frozen=True)
class Seen:
    """One request as the stand-in answered it. `template` is "" where it has no such operation."""

    method: str
    path: str
    template: str
    status: int
    kind: str
    """Of token: "pat", "installation", "actions", "app", or "" for none."""
    query: dict[str, str]
    body: Any
    token: str = ""
    """Whose call it is: each process of the bot has tokens of its own."""


@dataclass
class Fault:
    method: str
    path: re.Pattern[str]
    status: int
    times: int
    after: bool
    headers: dict[str, str]
    body: Any

    def meets(self, method: str, path: str, *, after: bool) -> bool:
        same = self.method in {"*", method} and self.path.search(path) is not None
        return same and self.times > 0 and self.after == after

    def answer(self) -> Answer:
        self.times -= 1
        raw = self.body if isinstance(self.body, bytes) else None
        return Answer(self.status, self.body, dict(self.headers), raw)


@dataclass
class Gate:
    github: "GitHub"
    faults: list[Fault] = field(default_factory=list)
    limit: int = 5000
    left: dict[str, int] = field(default_factory=dict)
    resets: int = 0
    """When everybody has a full purse again, in seconds since 1970."""
    empty: bool = False

    def fail(self, fault: Fault) -> None:
        self.faults.append(fault)

    def exhaust(self, seconds: int) -> None:
        self.resets = self.github.clock.seconds() + seconds
        self.left = dict.fromkeys(self.left, 0)
        self.empty = True

    def fault(self, method: str, path: str, *, after: bool) -> Answer | None:
        met = (one for one in self.faults if one.meets(method, path, after=after))
        one = next(met, None)
        return one.answer() if one else None

    def pass_through(self, call: Call) -> Answer:
        """The answer to a call, whatever stands in its way."""
        early = self.fault(call.method, call.path, after=False)
        answer = early or self._answer(call)
        late = None if early else self.fault(call.method, call.path, after=True)
        return late or answer

    def _answer(self, call: Call) -> Answer:
        try:
            call.token = self.caller(call.headers)
            self.spend(call)
            answer = conditional(call, paged(call, self._run(call)))
        except Refusal as exc:
            answer = refused(exc)
        answer.headers |= self.limits(call)
        return answer

    def _run(self, call: Call) -> Answer:
        found = find(call.method, call.path)
        if found is None:
            self.github.problem(f"the stand-in has no {call.method} {call.path}")
            raise Refusal(501, "The stand-in does not have this operation")
        call.operation, call.params = found
        self.github.schema.asked(call)
        with self.github.lock:
            answer = run(call)
        self.github.schema.answer(call.operation, answer)
        return answer

    def caller(self, headers: Any) -> Token | None:
        """Whose call it is; None for nobody's. 401 for a token that is none, or no longer."""
        shown = headers.get("authorization", "")
        if not shown:
            return None
        scheme, _, value = shown.partition(" ")
        if scheme.lower() == "basic":
            value = base64.b64decode(value).decode(errors="replace").partition(":")[2]
        if value.count(".") == 2:
            return self._app(value)
        token = self.github.tokens.get(value)
        expired = (
            token is not None
            and token.expires is not None
            and token.expires <= self.github.clock.seconds()
        )
        if token is None or token.revoked or expired:
            raise Refusal(401, "Bad credentials")
        if token.installation is not None and token.installation.suspended:
            raise Refusal(403, "This installation has been suspended")
        return token

    def _app(self, assertion: str) -> Token:
        try:
            claims = jwt.decode(assertion, options={"verify_signature": False})
        except jwt.InvalidTokenError as exc:
            raise Refusal(401, "A JSON web token could not be decoded") from exc
        for app in self.github.apps.values():
            if str(claims.get("iss")) in {str(app.id), app.client_id}:
                app.verify(assertion)
                return Token(assertion, app.bot, "app", set(), {}, app=app)
        raise Refusal(404, "Integration not found")

    def spend(self, call: Call) -> None:
        if "user-agent" not in call.headers:
            raise Refusal(403, "Request forbidden by administrative rules.")
        if call.path == "/rate_limit":
            return
        self._refill()
        who = self._purse(call)
        left = self.left.setdefault(who, 0 if self.empty else self._limit(call))
        if left <= 0:
            raise Refusal(403, f"API rate limit exceeded for {who}.")
        self.left[who] = left - 1

    def _limit(self, call: Call) -> int:
        return self.limit if call.token else 60

    def _refill(self) -> None:
        now = self.github.clock.seconds()
        if now >= self.resets:
            self.left, self.empty, self.resets = {}, False, now + 3600

    def give_back(self, call: Call) -> None:
        """What was not modified costs nothing, for a caller with a token."""
        if call.token is not None:
            self.left[self._purse(call)] += 1

    def limits(self, call: Call) -> dict[str, str]:
        if call.token is None and "authorization" in call.headers:
            return {}
        limit = self._limit(call)
        left = self.left.get(self._purse(call), limit)
        told = {"Limit": limit, "Remaining": left, "Used": limit - left, "Reset": self.resets}
        return {f"X-RateLimit-{name}": str(value) for name, value in told.items()} | {
            "X-RateLimit-Resource": "core"
        }

    def _purse(self, call: Call) -> str:
        """Who pays: an installation or a person, whatever token they show."""
        token = call.token
        if token is None:
            return "127.0.0.1"
        whose = token.installation.id if token.installation else token.user.id
        return f"{'installation' if token.installation else 'user'} ID {whose}"


def refused(refusal: Refusal) -> Answer:
    told: dict[str, Any] = {
        "message": refusal.message,
        "documentation_url": "https://docs.github.com/rest",
    }
    told |= {"errors": refusal.errors} if refusal.errors else {}
    return Answer(refusal.status, {**told, "status": str(refusal.status)}, dict(refusal.headers))
