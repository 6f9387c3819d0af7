"""The programs that make a running clinic, and how each is started and stopped."""

import signal
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from launch.places import Data, Project
from launch.postgres import EmbeddedPostgres
from launch.processes import Command, spawn
from launch.redis_server import OwnRedis
from launch.supervisor import Service

# Adds up to less than 10 s over the tiers, the time within which everything has to be gone.
APPLICATION_STOP = ((signal.SIGTERM, 4.0), (signal.SIGQUIT, 0.5))
BEAT_STOP = ((signal.SIGTERM, 1.5),)
REDIS_STOP = ((signal.SIGTERM, 1.0),)
POSTGRES_STOP = ((signal.SIGINT, 2.5), (signal.SIGQUIT, 0.5))


def web(project: Project, data: Data, env: Mapping[str, str], port: int) -> Service:
    gunicorn = [str(project.python), "-m", "gunicorn", "-c", "python:clinic.gunicorn_conf"]
    return _application("web", [*gunicorn, "-b", f"127.0.0.1:{port}", "clinic.wsgi"], project, data, env)


def worker(project: Project, data: Data, env: Mapping[str, str]) -> Service:
    options = ["--loglevel", "INFO", "--without-gossip", "--without-mingle"]
    return _application("worker", [*_celery(project), "worker", *options], project, data, env)


def beat(project: Project, data: Data, env: Mapping[str, str]) -> Service:
    """Beat ends after web and worker: nothing is added to the record trail then, and it writes a last checkpoint."""
    options = ["--loglevel", "INFO", "--pidfile="]
    service = _application("beat", [*_celery(project), "beat", *options], project, data, env)
    return replace(service, stop=BEAT_STOP, tier=1)


def redis(server: OwnRedis) -> Service:
    return Service("redis", server.start, server.log, REDIS_STOP, tier=1)


def postgres(server: EmbeddedPostgres) -> Service:
    return Service("database", partial(server.start, end_with_us=True), server.log, POSTGRES_STOP, tier=2)


def _celery(project: Project) -> list[str]:
    return [str(project.python), "-m", "celery", "-A", "clinic"]


def _application(name: str, command: Command, project: Project, data: Data, env: Mapping[str, str]) -> Service:
    log = data.logs / f"{name}.log"
    return Service(name, partial(spawn, command, output=log, env=env, cwd=project.root), log, APPLICATION_STOP, tier=0)
