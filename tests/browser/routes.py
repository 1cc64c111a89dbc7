"""Which of the dashboard's addresses a path is of, as the server itself tells them apart."""

import re
from functools import cache
from tempfile import TemporaryDirectory

from fastapi.routing import APIRoute
from support.site import open_site

from bot.config.machine import Settings

_NO_PAGES = re.compile(r"/(?:sign-in|events|static)\b.*|.*/parts/\{part:\w+\}")
"""Answered to GET, and not with a page that a person reads who has signed in."""


@cache
def _list_routes() -> tuple[APIRoute, ...]:
    with TemporaryDirectory(prefix="routes-") as folder:
        with open_site(Settings(state_dir=folder)) as site:
            app = site.browser.app
        # What was included stays a router of its own.
        routers = [getattr(route, "original_router", None) for route in app.routes]  # type: ignore[attr-defined]
        routes = [route for router in routers if router for route in router.routes]
        return tuple(route for route in routes if isinstance(route, APIRoute))


def list_pages() -> set[str]:
    """What can be read, as templates of paths."""
    read = [route.path for route in _list_routes() if "GET" in route.methods]
    return {path for path in read if not _NO_PAGES.fullmatch(path)}


def find_kind(path: str) -> str:
    """Its route, and the names of its query without their values."""
    bare, _, query = path.partition("?")
    names = sorted({pair.partition("=")[0] for pair in query.split("&") if pair})
    found = [route.path for route in _list_routes() if route.path_regex.match(bare)]
    return (found[0] if found else bare) + (f"?{'&'.join(names)}" if names else "")
