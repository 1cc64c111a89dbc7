"""What each page shows, read for its viewer alone."""

import math
import time
from dataclasses import dataclass
from typing import get_args

from fastapi import Request, Response
from fastapi.responses import PlainTextResponse

from bot.spending import DAY_SECONDS
from bot.storage.overview import JobFilter, JobLine, Overview
from bot.storage.statistics import Statistics
from bot.ticket.situation import Situation
from handlers.dashboard.commands import Choice, Outcomes, list_buttons, list_choices
from handlers.dashboard.pages import render_page
from handlers.dashboard.viewer import Viewer
from runners.dashboard.attempt_page import (
    AttemptKey,
    find_among,
    list_neighbours,
    read_attempt_page,
)
from runners.dashboard.attention import explain_attention
from runners.dashboard.coaching import read_coaching_page
from runners.dashboard.find_job import find_local_job, find_ticket_job, repo_of
from runners.dashboard.job_page import read_job_page
from runners.dashboard.morning import find_last_evening, read_morning
from runners.dashboard.now import read_now
from runners.dashboard.weeks import SPANS, draw_weeks, read_weeks
from runners.history.attempts import KeptAttempt, list_kept
from runners.history.find_job import name_of
from runners.history.job_model import AnyJob, LocalJob
from runners.history.open_history import OpenHistory

PAGE_ROWS = 50
MAX_PLACE_CHARACTERS = 500
NIGHTS = (1, 2, 3, 7)
DEFAULT_SPAN = 12
"""Weeks."""
SITUATIONS: tuple[Situation, ...] = get_args(Situation)


@dataclass(frozen=True, slots=True)
class PageData:
    overview: Overview
    history: OpenHistory
    outcomes: Outcomes

    def show_front(self, _request: Request, viewer: Viewer) -> Response:
        waiting = self.overview.list_attention(viewer.visible, time.time(), PAGE_ROWS + 1)
        attention = [
            (line, list_buttons(line.job.situation, line.code, is_local=line.job.kind == "job"))
            for line in explain_attention(self.history, waiting[:PAGE_ROWS])
        ]
        view = read_now(self.history, self.overview, viewer.visible)
        return render_page(
            "front.html",
            page="front",
            viewer=viewer,
            attention=attention,
            has_more=len(waiting) > PAGE_ROWS,
            view=view,
        )

    def show_jobs(self, request: Request, viewer: Viewer) -> Response:
        wanted = read_filter(request)
        jobs = self.overview.list_jobs(viewer.visible, wanted, PAGE_ROWS + 1)
        more = format_place(jobs[PAGE_ROWS - 1]) if len(jobs) > PAGE_ROWS else ""
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

    def show_job(self, request: Request, viewer: Viewer) -> Response:
        if (job := self.find_job(request, viewer)) is None:
            return self.show_absent(viewer)
        view = read_job_page(self.history, job, with_files=viewer.is_owner)
        is_local, situation = isinstance(job, LocalJob), view.summary.situation
        buttons = list_buttons(situation, view.waits_for, is_local=is_local)
        return render_page(
            "job.html",
            page="job",
            viewer=viewer,
            view=view,
            buttons=buttons if viewer.may_act(repo_of(job)) else [],
            choices=self._list_choices(job) if viewer.may_act(repo_of(job)) else [],
            told=self.outcomes.find(request.query_params.get("told", "")),
        )

    def _list_choices(self, job: AnyJob) -> list[Choice]:
        settings = self.history.settings
        return [] if isinstance(job, LocalJob) else list_choices(settings, job.ticket)

    def show_attempt(self, request: Request, viewer: Viewer) -> Response:
        job = self.find_job(request, viewer)
        all_kept = self._list_kept(job, viewer)
        kept = find_among(all_kept, _attempt_key(request))
        if job is None or kept is None:
            return self.show_absent(viewer)
        view = read_attempt_page(kept)
        neighbours = list_neighbours(all_kept, kept)
        path = f"{request.url.path}/parts"
        return render_page(
            "attempt.html",
            page="job",
            viewer=viewer,
            view=view,
            job=name_of(job),
            path=path,
            neighbours=neighbours,
        )

    def show_part(self, request: Request, viewer: Viewer) -> Response:
        """One part of what was kept, whole, as text."""
        all_kept = self._list_kept(self.find_job(request, viewer), viewer)
        kept = find_among(all_kept, _attempt_key(request))
        parts = kept.read_parts() if kept else []
        number = int(request.path_params["part"])
        if number >= len(parts):
            return PlainTextResponse("no such part\n", 404)
        return PlainTextResponse(parts[number][1])

    def show_morning(self, request: Request, viewer: Viewer) -> Response:
        now = time.time()
        nights = read_nights(request)
        since = find_last_evening(now) - (nights - 1) * DAY_SECONDS
        report = read_morning(self.history, since, now, viewer.visible)
        return render_page(
            "morning.html",
            page="morning",
            viewer=viewer,
            report=report,
            nights=NIGHTS,
            chosen=nights,
        )

    def show_weeks(self, request: Request, viewer: Viewer) -> Response:
        asked = request.query_params.get("weeks", "")
        span = next((each for each in SPANS if str(each) == asked), DEFAULT_SPAN)
        view = read_weeks(Statistics(self.overview.engine), viewer.visible, span)
        return render_page(
            "weeks.html",
            page="weeks",
            viewer=viewer,
            view=view,
            charts=draw_weeks(view),
            spans=SPANS,
        )

    def show_coaching(self, request: Request, viewer: Viewer) -> Response:
        asked = request.query_params.get("repo", "")
        view = read_coaching_page(self.history, self.overview, viewer.visible, asked)
        return render_page("coaching.html", page="coaching", viewer=viewer, view=view)

    def show_absent(self, viewer: Viewer) -> Response:
        """Also of what may not be seen: who may not see it is not told that it is there."""
        return render_page("absent.html", 404, page="", viewer=viewer)

    def find_job(self, request: Request, viewer: Viewer) -> AnyJob | None:
        asked = request.path_params
        if "issue" not in asked:
            return find_local_job(self.history, viewer.visible, asked["name"])
        repo = f"{asked['owner']}/{asked['repo']}"
        return find_ticket_job(self.history, viewer.visible, repo, int(asked["issue"]))

    def _list_kept(self, job: AnyJob | None, viewer: Viewer) -> list[KeptAttempt]:
        """What stands in files of this machine is its owner's alone."""
        return list_kept(self.history, job, with_files=viewer.is_owner) if job else []


def _attempt_key(request: Request) -> AttemptKey:
    asked = request.path_params
    return asked["build"], int(asked["run"]), asked["task"], int(asked["number"])


def read_nights(request: Request) -> int:
    """How many nights are looked back, the last one by default."""
    asked = request.query_params.get("nights", "1")
    return next((each for each in NIGHTS if str(each) == asked), 1)


def read_filter(request: Request) -> JobFilter:
    """What is asked for; what has no meaning is left out."""
    query = request.query_params
    asked = frozenset(each for each in SITUATIONS if each in query.getlist("situation"))
    place = read_place(query.get("before", ""))
    return JobFilter(query.get("text", ""), query.get("repo", ""), asked, place)


def format_place(job: JobLine) -> str:
    """Where a list that ends with this job goes on, as an address has it."""
    return f"{job.began!r} {job.key}"


def read_place(text: str) -> tuple[float, str] | None:
    began, _, key = text[:MAX_PLACE_CHARACTERS].partition(" ")
    try:
        at = float(began)
    except ValueError:
        return None
    return (at, key) if math.isfinite(at) else None
