"""Which repositories an App reaches, asked for so that an idle hour costs next to nothing."""

from collections.abc import Callable, Iterable

from bot.github.repository import made
from bot.github.requester import Client
from bot.github.response import Answer
from bot.github.webhooks import objects
from bot.github.webhooks.fields import Field

Reach = list[tuple[str, int]]
"""Repositories, each with the installation by which it is reached; 0 with a token."""
SETTLED = 3600.0
"""Seconds for which installations are what they were: a webhook tells of new ones sooner."""
_UNCHANGED = 304


class Listed:
    """`installations` are asked for with the App's signature, of which GitHub keeps no ETag."""

    def __init__(
        self,
        installations: Callable[[], Iterable[int]],
        wire: Callable[[int], Client],
        clock: Callable[[], float],
    ) -> None:
        self._ask, self._wire, self._clock = installations, wire, clock
        self._installations: tuple[int, ...] = ()
        self._until = 0.0
        self._known: dict[int, tuple[str, tuple[str, ...]]] = {}

    def repos(self) -> Reach:
        """Those that are not archived."""
        if self._clock() >= self._until:
            self._installations = tuple(self._ask())
            self._until = self._clock() + SETTLED
        return [(name, one) for one in self._installations for name in self._names(one)]

    def forget(self) -> None:
        self._until = 0.0

    def _names(self, installation: int) -> tuple[str, ...]:
        etag, names = self._known.get(installation, ("", ()))
        asked = {"If-None-Match": etag} if etag else None
        pages = list(self._wire(installation).pages("/installation/repositories", None, asked))
        if pages[0].status != _UNCHANGED:
            names = tuple(name for page in pages for name in _open(page))
            self._known[installation] = (pages[0].headers.get("etag", ""), names)
        return names


def _open(page: Answer) -> Iterable[str]:
    told = made(lambda one: list(one["repositories"]), page.field)
    return (made(_name, one) for one in told if not made(_archived, one))


def _name(repo: Field) -> str:
    return repo["full_name"].shaped(objects.REPO)


def _archived(repo: Field) -> bool:
    return repo["archived"].flag()
