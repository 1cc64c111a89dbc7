"""What an App's installations reach: each is asked for its own, and its trouble costs only that."""

import logging
from collections.abc import Callable, Iterable

from bot.github.client import Client
from bot.github.errors import GitHubError, RateLimitedError, UnavailableError
from bot.github.repository_api import read_answer
from bot.github.transport import Answer
from bot.github.webhooks import objects
from bot.github.webhooks.fields import Field

log = logging.getLogger("bricklayer")
Reach = list[tuple[str, int, int]]
"""Repositories, each with the installation by which it is reached and its id.

With a token the installation is 0, and so is the id of what only the settings name.
"""
INSTALLATIONS_SECONDS = 3600.0
"""Seconds for which installations are what they were: a webhook tells of new ones sooner."""
# Such an answer does not count against the limit:
# https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#use-conditional-requests-if-appropriate


class InstalledRepos:
    """`installations` are asked for with the App's signature, of which GitHub keeps no ETag."""

    def __init__(
        self,
        installations: Callable[[], Iterable[int]],
        client_of: Callable[[int], Client],
        clock: Callable[[], float],
    ) -> None:
        self._ask, self._client_of, self._clock = installations, client_of, clock
        self._installations: tuple[int, ...] = ()
        self._until = 0.0
        self._known: dict[int, tuple[str, tuple[tuple[str, int], ...]]] = {}

    def list_repos(self) -> Reach:
        """Those that are not archived.

        One installation that is suspended or gone does not hide what the others reach; where none
        answers, what the first of them was refused with is raised.
        """
        if self._clock() >= self._until:
            self._installations = tuple(self._ask())
            self._until = self._clock() + INSTALLATIONS_SECONDS
        reached: Reach = []
        failures: list[GitHubError] = []
        for one in self._installations:
            try:
                names = self._names(one)
            except RateLimitedError:
                raise
            except GitHubError as exc:
                log.warning("installation %s: left out for now: %s", one, exc)
                failures.append(exc)
                # What gave no answer is there still; what was refused may be listed no more.
                names = self._known_names(one) if isinstance(exc, UnavailableError) else ()
                self._until = 0.0
            reached += [(name, one, repo_id) for name, repo_id in names]
        if failures and len(failures) == len(self._installations):
            raise failures[0]
        return reached

    def forget_repos(self) -> None:
        self._until = 0.0

    def _known_names(self, installation: int) -> tuple[tuple[str, int], ...]:
        return self._known.get(installation, ("", ()))[1]

    def _names(self, installation: int) -> tuple[tuple[str, int], ...]:
        etag, names = self._known.get(installation, ("", ()))
        headers = {"If-None-Match": etag} if etag else None
        pages = list(
            self._client_of(installation).iterate_pages("/installation/repositories", None, headers)
        )
        if not pages[0].is_unchanged:
            names = tuple(name for page in pages for name in _open(page))
            self._known[installation] = (pages[0].headers.get("etag", ""), names)
        return names


def _open(page: Answer) -> Iterable[tuple[str, int]]:
    entries = read_answer(lambda one: list(one["repositories"]), page.field)
    return (read_answer(_name, one) for one in entries if not read_answer(_archived, one))


def _name(repo: Field) -> tuple[str, int]:
    return repo["full_name"].match_text(objects.REPO), repo["id"].read_int()


def _archived(repo: Field) -> bool:
    return repo["archived"].read_flag()
