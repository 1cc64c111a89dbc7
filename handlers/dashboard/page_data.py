"""What each page shows, read for its viewer alone."""

import time
from dataclasses import dataclass
from typing import get_args

from fastapi import Request, Response

from bot.storage.overview import JobFilter, Overview
from bot.ticket.situation import Situation
from handlers.dashboard.pages import render_page
from handlers.dashboard.viewer import Viewer

PAGE_ROWS = 50
SITUATIONS: tuple[Situation, ...] = get_args(Situation)


@dataclass(frozen=True, slots=True)
class PageData:
    overview: Overview

    def show_front(self, _request: Request, viewer: Viewer) -> Response:
        attention = self.overview.list_attention(viewer.visible, time.time())
        return render_page("front.html", page="front", viewer=viewer, attention=attention)

    def show_jobs(self, request: Request, viewer: Viewer) -> Response:
        wanted = read_filter(request)
        jobs = self.overview.list_jobs(viewer.visible, wanted, PAGE_ROWS + 1)
        more = jobs[PAGE_ROWS - 1].began if len(jobs) > PAGE_ROWS else 0.0
        return render_page(
            "jobs.html",
            page="jobs",
            viewer=viewer,
            jobs=jobs[:PAGE_ROWS],
            more=more,
            wanted=wanted,
            repos=self.overview.list_repos(viewer.visible),
            situations=SITUATIONS,
        )


def read_filter(request: Request) -> JobFilter:
    """What is asked for; what has no meaning is left out."""
    query = request.query_params
    asked = frozenset(each for each in SITUATIONS if each in query.getlist("situation"))
    try:
        before = float(query.get("before", "0"))
    except ValueError:
        before = 0.0
    return JobFilter(query.get("text", ""), query.get("repo", ""), asked, before)
