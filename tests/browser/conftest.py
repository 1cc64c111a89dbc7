"""One browser for all tests of a process, and for each test visits that must do nothing wrong."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from browser.playwright_or_skip import Browser
    from browser.visits import Visit
    from browser.worlds import Worlds


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Browser]":
    from browser.chromium import start_chromium  # noqa: PLC0415 - without Playwright it is skipped

    with start_chromium(tmp_path_factory.mktemp("chromium")) as started:
        yield started


@pytest.fixture
def visit(browser: "Browser", request: pytest.FixtureRequest) -> "Iterator[Callable[..., Visit]]":
    """Begins a visit to an origin; at the end a page that did what none may do fails the test."""
    from browser.visits import begin_visit  # noqa: PLC0415 - without Playwright it is skipped

    visits: list[Visit] = []

    def begin(*origins: str, **options: object) -> "Visit":
        visits.append(begin_visit(browser, *origins, **options))
        return visits[-1]

    yield begin
    name = request.node.nodeid.rpartition("/")[2]
    for number, each in enumerate(visits):
        each.end(f"{name}-visit-{number}" if number else name)
    assert [fault for each in visits for fault in each.faults] == []


@pytest.fixture(scope="session")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Worlds]":
    from browser.worlds import Worlds  # noqa: PLC0415 - the other tests start sooner

    with ExitStack() as stack:
        yield Worlds(tmp_path_factory.mktemp("worlds"), stack)
