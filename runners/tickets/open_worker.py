"""Makes this process a worker: what it can do, by its settings, and where it takes work from."""

import os
from collections.abc import Callable
from functools import partial

from bot.config.machine import Settings
from bot.config.private_dir import open_state_dir
from bot.github.account import Account
from bot.storage.database import sqlite_url
from bot.storage.tickets import TicketStore
from bot.storage.workers import WorkerStore
from runners.queues.claim import Claim
from runners.queues.disk_gate import DiskGate
from runners.queues.server_watch import ServerWatch
from runners.queues.states import QueueLimits
from runners.queues.work_item import QueueName, WorkItem
from runners.queues.worker import QueueWorker, describe_worker
from runners.tickets.run_item import run_item
from runners.tickets.services import Services, open_services
from runners.worker_process.main import WorkResult
from runners.worker_process.standby import StandbyWorker


def open_worker(
    settings: Settings,
    tickets: TicketStore,
    *,
    is_leading: bool,
    run_ended: Callable[[str, dict[str, int]], None] | None = None,
) -> QueueWorker:
    """Not started yet. `is_leading`: its limits count for every worker of the database.

    `run_ended` is told of each run of a job that was built here, once it has ended or was stopped.

    It has an account and a store of its own, which belong to no term of a loop: whoever leads, a
    worker goes on with what it has taken.
    """
    services = open_services(settings, Account(settings.github, os.environ), tickets)
    services.standby = StandbyWorker(settings)
    services.run_ended = run_ended or services.run_ended
    folder = open_state_dir(settings)
    limits = settings.queues
    gate = DiskGate(settings)
    worker = QueueWorker(
        settings.database_url or sqlite_url(folder),
        describe_worker(folder, len(settings.lanes), list_queues(settings)),
        WorkerStore(tickets.engine),
        folder,
        QueueLimits(limits.builds, limits.plans, limits.plans_an_hour, limits.poll, is_leading),
        partial(_run_item, services, gate),
        is_halted=lambda: services.halted,
        find_refusal=gate.find_refusal,
        standby=services.standby,
    )
    worker.servers = ServerWatch(settings, lambda: worker.is_at_work)
    return worker


def _run_item(services: Services, gate: DiskGate, item: WorkItem, claim: Claim) -> WorkResult:
    result = run_item(services, item, claim)
    if result.disk_low:
        gate.note_stop()
    return result


def list_queues(settings: Settings) -> tuple[QueueName, ...]:
    """A machine without a planner takes no plans, but where no tier is named at all."""
    tiers = settings.tiers
    can_plan = "planner" in tiers or not tiers
    can_build = bool(tiers.keys() & {"local", "senior"}) or not tiers
    return (*(("plans",) if can_plan else ()), *(("builds",) if can_build else ()))
