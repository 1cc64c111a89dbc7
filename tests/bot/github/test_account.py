"""Who the bot is: an App, a fine-grained token, a workflow's own; and that no secret leaves."""

import base64
import gc
import logging
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from fake_github.people import User
from fake_github.world import GitHub
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from bot.config.github_access import GitHubSettings
from bot.config.machine import parse_settings as machine
from bot.errors import UserError
from bot.github.account import Account
from bot.github.errors import ForbiddenError, RateLimitedError
from bot.github.repository import Repository

REPO = "octocat/bank"
MARK = "<!-- m -->"
TOKEN = "github_pat_" + "A" * 30


def test_a_fine_grained_token_is_its_owner(github: GitHub, mona: User) -> None:
    github.repo(REPO)
    github.issue(REPO, "Mend it", "Please.", by=mona)
    settings = GitHubSettings(api_url=github.api_url, repos=(REPO,))
    account = Account(settings, {"BRICKLAYER_TOKEN": f" {github.token(mona)}\n"}, backoff=0)
    assert (account.own_account().login, account.own_account().bot) == ("mona", False)
    assert account.list_repos().repos == (REPO,)
    hub = account.open_repository(REPO)
    assert hub.post_comment(1, MARK, MARK) == hub.post_comment(1, MARK, MARK)
    assert hub.read_location().installation == 0


def test_a_token_may_stand_in_a_file(github: GitHub, mona: User, tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text(f"{github.token(mona)}\n")
    assert (
        Account(GitHubSettings(api_url=github.api_url, token_file=str(path)), {})
        .own_account()
        .login
        == "mona"
    )


def test_a_workflows_own_token_is_githubs_bot(github: GitHub) -> None:
    github.repo(REPO)
    settings = GitHubSettings(api_url=github.api_url)
    account = Account(settings, {"BRICKLAYER_TOKEN": github.actions_token(REPO)}, backoff=0)
    assert (account.own_account().login, account.own_account().bot) == ("github-actions[bot]", True)
    assert account.own_account().id == github.actions.bot.id


def test_on_enterprise_all_is_below_api_v3(
    github: GitHub, settings: GitHubSettings, mona: User
) -> None:
    github.prefix = "/api/v3"
    github.issue(REPO, "Mend it", "Please.", by=mona)
    hub = Account(settings.model_copy(update={"api_url": github.api_url}), {}).open_repository(REPO)
    for _ in range(101):
        github.repo(REPO).issue(1).comment("x", by=mona)
    assert len(hub.list_comments(1)) == 101
    assert hub.edited_since(1, "2020-01-01T00:00:00Z") is False
    assert hub.read_location().api_url.endswith("/api/v3")


@pytest.mark.parametrize(
    ("settings", "env", "says"),
    [
        ({}, {}, "neither an App nor a token"),
        ({}, {"BRICKLAYER_TOKEN": "  "}, "neither an App nor a token"),
        ({}, {"BRICKLAYER_TOKEN": "two words"}, "neither an App nor a token"),
        ({}, {"BRICKLAYER_TOKEN": "a\nb"}, "neither an App nor a token"),
        ({"token_file": "/nowhere/token"}, {}, "no token"),
        ({"app_id": 5}, {}, "private_key_file is missing under"),
        ({"app_id": 5, "private_key_file": "/nowhere/key.pem"}, {}, "no private key"),
        ({"app_id": 5, "private_key_file": "/dev/null"}, {}, "not a private key"),
    ],
)
def test_a_missing_way_to_github_is_the_persons_to_mend(
    settings: dict[str, object], env: dict[str, str], says: str
) -> None:
    with pytest.raises(UserError, match=says) as told:
        Account(GitHubSettings.model_validate(settings), env)
    assert told.value.hint
    assert told.value.where.startswith("/")


def test_a_broken_key_is_not_quoted(tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    key.write_text(
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEAsecret\n-----END RSA PRIVATE KEY-----\n"
    )
    with pytest.raises(UserError) as told:
        Account(GitHubSettings(app_id=5, private_key_file=str(key)), {})
    assert "secret" not in f"{told.value!s}{told.value!r}"
    assert told.value.__suppress_context__


@pytest.mark.parametrize(
    "url",
    [
        "http://github.example/api/v3",
        "ftp://api.github.com",
        "https://api.github.com@evil.example",
        "https://",
        "https://api.github.com/?x=1",
        "http://localhost.evil.example",
        "api.github.com",
        "https://a b",
        "",
    ],
)
def test_a_token_is_not_sent_to_an_odd_address(url: str) -> None:
    with pytest.raises(UserError, match=r"github\.api_url"):
        machine(f"[github]\napi_url = '{url}'\n")


@pytest.mark.parametrize("repo", ["bank", "a/b/c", "../bank", "octocat/..", "a b/c", "-/", "a/b?x"])
def test_a_repository_is_an_owner_and_a_name(repo: str) -> None:
    with pytest.raises(UserError, match=r"github\.repos"):
        machine(f"[github]\nrepos = ['{repo}']\n")


def test_addresses_of_enterprise_and_of_this_machine_are_taken() -> None:
    for url in (
        "https://ghe.example:8443/api/v3",
        "http://127.0.0.1:8080",
        "http://[::1]:8080/api/v3",
    ):
        assert GitHubSettings(api_url=f"{url}/").api_url == url


@hypothesis_settings(max_examples=8)
@given(encoding=st.sampled_from(["plain", "base64", "url", "hex"]))
@pytest.mark.slow
def test_no_secret_is_in_anything_that_leaves(encoding: str) -> None:
    from fake_github.server import serving  # noqa: PLC0415  # one for each example

    with serving() as github:
        mona = github.person("mona", permission="write")
        github.repo(REPO).push("work", {"bank.py": "a = 1\nb = 2\n"}, by=mona)
        issue = github.issue(REPO, "Mend it", "Please.", by=mona)
        token, webhook = github.token(mona), "a webhook's secret"
        env = {
            "BRICKLAYER_TOKEN": token,
            "BRICKLAYER_WEBHOOK_SECRET": webhook,
            "OPENAI_API_KEY": "k" * 20,
        }
        hub = Account(GitHubSettings(api_url=github.api_url), env, backoff=0).open_repository(REPO)
        said = " ".join(_encoded(secret, encoding) for secret in (token, webhook, "k" * 20))
        comment = hub.post_comment(1, f"{said} {MARK}", MARK)
        hub.edit_comment(comment, f"again {said}")
        pull = hub.open_pull("work", "main", said, said)
        hub.edit_pull(pull, title=f"T {said}", body=f"B {said}")
        hub.mirror_check(hub.read_pull(pull).head_sha, "bricklayer", said, said, "success")
        for act in (
            lambda: hub.open_pull(f"bricklayer/{token}", "main", "x", "y"),
            lambda: hub.dispatch_workflow("ci.yml", f"bricklayer/{token}"),
        ):
            with pytest.raises(ForbiddenError, match="a secret in it"):
                act()
        sent = "\n".join(str(call.body) for call in github.calls)
        assert issue.comments
        for secret in (token, webhook, "k" * 20):
            assert _encoded(secret, encoding) not in sent
            assert secret not in sent


def _encoded(secret: str, encoding: str) -> str:
    raw = secret.encode()
    ways: dict[str, Callable[[], str]] = {
        "plain": lambda: secret,
        "base64": lambda: base64.b64encode(b"x:" + raw + b".").decode(),
        "url": lambda: "".join(f"%{byte:02X}" for byte in raw),
        "hex": raw.hex,
    }
    return ways[encoding]()


def test_an_apps_key_and_tokens_are_struck_too(github: GitHub, hub: Repository, mona: User) -> None:
    issue = github.issue(REPO, "Mend it", "Please.", by=mona)
    key = github.app().private_key
    inner = key.splitlines()[3]
    old = hub.git_token()
    github.app().installations[0].expire_tokens()
    hub.read_issue(1)
    hub.post_comment(1, f"{inner} {old} {hub.git_token()} {key} {MARK}", MARK)
    body = issue.comments[0].body
    assert not any(secret in body for secret in (inner, old[4:], hub.git_token()[4:], key))


def test_no_log_line_has_a_secret_in_it(
    github: GitHub, hub: Repository, mona: User, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    github.issue(REPO, "Mend it", "Please.", by=mona)
    github.fail("GET", "/issues/1", 502, times=2)
    github.ci_on(REPO)
    sha = github.repo(REPO).push("work", {"bank.py": "y = 1\n"}, by=mona)
    hub.read_issue(1)
    hub.read_job_log(github.ci(sha, "red", log="no\n").check.id)
    assert caplog.records
    assert hub.git_token() not in caplog.text
    assert "sig=" not in "\n".join(
        r.getMessage() for r in caplog.records if r.levelno > logging.DEBUG
    )


def test_no_repr_shows_a_secret(hub: Repository, account: Account, github: GitHub) -> None:
    secrets = [hub.git_token(), github.app().private_key.splitlines()[2]]
    ours = [one for one in gc.get_objects() if str(type(one).__module__).startswith("bot.github")]
    shown = "".join(map(repr, [account, hub, *ours]))
    assert ours
    assert not any(secret in shown for secret in secrets)


def test_many_threads_share_one_account(github: GitHub, account: Account, mona: User) -> None:
    """Each gets the answer to its own question, and one token is enough for all."""
    for number in range(5):
        github.issue(REPO, f"Issue {number + 1}", "Text.", by=mona)
    wrong: list[object] = []

    def work(number: int) -> None:
        try:
            hub = account.open_repository(REPO, github.app().installations[0].id)
            for _ in range(3):
                mark = f"<!-- {number} -->"
                if hub.read_issue(number).title != f"Issue {number}":
                    wrong.append(number)
                comment = hub.post_comment(number, f"Hello {number} {mark}", mark)
                if hub.read_comment(comment).body != f"Hello {number} {mark}":
                    wrong.append(comment)
        except Exception as exc:  # noqa: BLE001  # told below, in the test's own thread
            wrong.append(exc)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(1, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert wrong == []
    assert len(github.app().installations[0].tokens) == 1
    assert all(len(github.repo(REPO).issue(number).comments) == 1 for number in range(1, 6))


def test_a_spent_budget_is_left_alone(github: GitHub, hub: Repository, mona: User) -> None:
    github.issue(REPO, "Mend it", "Please.", by=mona)
    hub.read_issue(1)
    github.gate.left = dict.fromkeys(github.gate.left, 0)
    with pytest.raises(RateLimitedError):
        hub.read_issue(1)
    before = github.count()
    with pytest.raises(RateLimitedError) as told:
        hub.read_issue(1)
    assert github.count() == before
    assert told.value.until > github.clock.seconds()
