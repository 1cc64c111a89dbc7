"""GitHub Apps of the stand-in: their key, where they are installed, and the tokens they are given."""

import functools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import AllowedRSAKeys, RSAAlgorithm

from fake_github.people import Refusal, Token, User, stamp

if TYPE_CHECKING:
    from fake_github.repo import Repo
    from fake_github.world import GitHub

PERMISSIONS = {
    "actions": "write",
    "administration": "read",
    "checks": "write",
    "contents": "write",
    "issues": "write",
    "metadata": "read",
    "pull_requests": "write",
    "statuses": "write",
}
EVENTS = (
    "check_run", "check_suite", "issue_comment", "issues", "pull_request", "pull_request_review",
    "pull_request_review_comment", "push", "repository", "status", "workflow_run",
)  # fmt: skip


@functools.cache
def key_pair() -> tuple[str, str]:
    """A private and a public key as PEM. Made once a process: making one takes a while."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()


_prepare_key = RSAAlgorithm.prepare_key


@functools.cache
def prepare_key_once(algorithm: RSAAlgorithm, key: str | bytes) -> AllowedRSAKeys:
    """In the place of PyJWT's own: to read a private key is to test its primes, 30 ms each time."""
    return _prepare_key(algorithm, key)


@dataclass(eq=False)
class App:
    github: "GitHub"
    id: int
    slug: str
    owner: User
    bot: User
    created: str
    permissions: dict[str, str] = field(default_factory=lambda: dict(PERMISSIONS))
    events: tuple[str, ...] = EVENTS
    installations: list["Installation"] = field(default_factory=list)
    webhook_secret: str = "app-webhook"  # noqa: S105 - the stand-in's
    client_secret: str = "app-client"  # noqa: S105 - the stand-in's
    callback_urls: list[str] = field(default_factory=list)
    """Where people may be sent back to after they signed in; anywhere, where none is named."""

    @property
    def client_id(self) -> str:
        return f"Iv23li{self.id:014d}"

    @property
    def name(self) -> str:
        return self.slug.replace("-", " ").title()

    @property
    def private_key(self) -> str:
        return key_pair()[0]

    def installed_on(self, repo: "Repo") -> bool:
        return any(one.covers(repo) for one in self.installations)

    def install(self, account: str, repos: tuple[str, ...] | None = None) -> "Installation":
        """On an account: all its repositories, or the named ones ("owner/name")."""
        with self.github.change():
            owner = self.github.user(account)
            at = self.github.clock.tick()
            chosen = None if repos is None else {name.lower() for name in repos}
            made = Installation(self, self.github.new_account_id(), owner, chosen, at, at)
            self.installations.append(made)
            made.tell("installation", "created", repositories=made.briefs(made.repos()))
            return made

    def uninstall(self, installation: "Installation") -> None:
        with self.github.change():
            briefs = installation.briefs(installation.repos())
            self.installations.remove(installation)
            installation.expire_tokens()
            installation.tell("installation", "deleted", repositories=briefs)

    def verify(self, assertion: str) -> None:
        """The App's JWT, as strictly as GitHub reads it."""
        try:
            claims = jwt.decode(
                assertion,
                key_pair()[1],
                algorithms=["RS256"],
                options={
                    "verify_iss": False,
                    "require": ["exp", "iat", "iss"],
                    "verify_sub": False,
                    "verify_exp": False,
                    "verify_iat": False,
                },
            )
        except jwt.InvalidTokenError as exc:
            raise Refusal(401, "A JSON web token could not be decoded") from exc
        # By GitHub's clock, whatever the caller's shows:
        # https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
        now = self.github.clock.seconds()
        if claims["exp"] <= now:
            raise Refusal(401, "'Expiration time' claim ('exp') is too far in the past")
        if claims["iat"] > now:
            raise Refusal(
                401,
                "'Issued at' claim ('iat') must be an Integer representing the time that the"
                " assertion was issued",
            )
        if claims["exp"] > now + 660:
            raise Refusal(401, "'Expiration time' claim ('exp') is too far in the future")
        if str(claims["iss"]) not in {str(self.id), self.client_id}:
            raise Refusal(401, "'Issuer' claim ('iss') must be an Integer")


@dataclass(eq=False)
class Installation:
    app: App
    id: int
    account: User
    chosen: set[str] | None
    created: str
    updated: str
    suspended: str | None = None
    tokens: list[Token] = field(default_factory=list)

    def covers(self, repo: "Repo") -> bool:
        named = self.chosen is None or repo.full_name.lower() in self.chosen
        return repo.owner is self.account and named

    def repos(self) -> list["Repo"]:
        return [repo for repo in self.app.github.repos.values() if self.covers(repo)]

    def token(
        self, repos: set[str] | None = None, permissions: dict[str, str] | None = None
    ) -> Token:
        """A token for an hour, as a call to `access_tokens` gives it."""
        github = self.app.github
        if self.suspended:
            raise Refusal(403, "This installation has been suspended")
        value = f"ghs_{github.new_id():036d}"
        made = Token(
            value, self.app.bot, "installation", repos, permissions or self.app.permissions,
            github.clock.seconds() + 3600, installation=self, app=self.app,
        )  # fmt: skip
        self.tokens.append(made)
        github.tokens[value] = made
        return made

    def expire_tokens(self) -> None:
        for token in self.tokens:
            token.revoked = True

    def expires(self, token: Token) -> str:
        return stamp(token.expires or 0)

    def tell(self, event: str, action: str, **more: object) -> None:
        from fake_github import show  # noqa: PLC0415 - shows are of states, and this is one

        github = self.app.github
        shown = {"installation": show.installation(self), "sender": show.user(github, self.account)}
        github.hooks.emit(event, {"action": action, **shown, **more})

    def briefs(self, repos: list["Repo"]) -> list[dict[str, object]]:
        return [
            {
                "id": one.id,
                "node_id": f"R_{one.id}",
                "name": one.name,
                "full_name": one.full_name,
                "private": one.private,
            }
            for one in repos
        ]

    def choose(self, *, add: tuple[str, ...] = (), remove: tuple[str, ...] = ()) -> None:
        with self.app.github.change():
            gone = [one for one in self.repos() if one.full_name in remove]
            old = {one.full_name.lower() for one in self.repos()}
            self.chosen = (old | {one.lower() for one in add}) - {one.lower() for one in remove}
            new = [one for one in self.repos() if one.full_name.lower() not in old]
            self.tell(
                "installation_repositories",
                "added" if add else "removed",
                repository_selection="selected",
                repositories_added=self.briefs(new),
                repositories_removed=self.briefs(gone),
                requester=None,
            )
