"""The commands of docs/operations.md, started as they stand there against standard servers."""

from __future__ import annotations

import json
import os
import platform
import re
import secrets
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import psycopg2
import pytest
import redis
from psycopg2 import sql
from running import ROOT, answers, documented, run, running, wait_for

from project.demo.plan import connection_places
from project.embedded.process import free_port

SERVER = "postgresql://postgres@127.0.0.1:5432"
REDIS = "redis://127.0.0.1:6379"
CLAIM = "sentinel-test-claim"


@pytest.fixture
def database() -> Iterator[str]:
    """URL of a database of our own at the standard port."""
    name = f"sentinel_hand_{secrets.token_hex(4)}"
    with closing(psycopg2.connect(f"{SERVER}/postgres")) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
        try:
            yield f"{SERVER}/{name}"
        finally:
            cursor.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture
def store() -> Iterator[str]:
    """URL of a Redis database at the standard port that nobody else uses."""
    for number in range(15, 1, -1):
        url = f"{REDIS}/{number}"
        with closing(redis.Redis.from_url(url)) as client:
            if client.dbsize() == 0 and client.set(CLAIM, "1", nx=True, ex=3600):
                try:
                    yield url
                finally:
                    client.flushdb()  # ours alone: it was empty when we claimed it
                return
    pytest.fail("every database of the Redis at the standard port is in use")


@pytest.fixture
def environment(database: str, store: str, tmp_path: Path) -> dict[str, str]:
    """The environment of every process, as a person would export it."""
    port = free_port()
    shell = {name: os.environ[name] for name in ("HOME", "LANG", "LC_ALL") if name in os.environ}
    programs = Path(sys.executable).parent
    return (
        shell
        | {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "SECRET_KEY": secrets.token_urlsafe(50),
            "DATABASE_URL": database,
            "REDIS_URL": store,
            "CHANNEL_PREFIX": f"hand-{secrets.token_hex(4)}",
            "STATIC_ROOT": str(tmp_path / "static"),
            "SENTINEL_STATE": str(tmp_path / "state"),
            "BEAT_SCHEDULE": str(tmp_path / "beat"),
            "PORT": str(port),
            "ALLOWED_ORIGINS": f"http://127.0.0.1:{port}",
            "SENTINEL_URL": f"ws://127.0.0.1:{port}/ws/v1/gateway",
            "SENTINEL_SPOOL": str(tmp_path / "gateway.spool"),
            "SENTINEL_TOKEN_FILE": str(tmp_path / "state" / "gw-utilities.token"),
        }
        | connection_places()
    )


def stored(database: str, uid: str, tag: str) -> int:
    """Count the readings of one tag."""
    with closing(psycopg2.connect(database)) as connection, connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from devices_reading r join devices_tag t on t.id = r.tag_id"
            " join devices_device d on d.id = t.device_id where d.uid = %s and t.name = %s",
            [uid, tag],
        )
        return int(cursor.fetchone()[0])


@pytest.mark.services
@pytest.mark.parametrize("server", ["web", "web-daphne"])
def test_the_documented_commands_bring_a_register_into_the_database(
    server: str, environment: dict[str, str], tmp_path: Path
) -> None:
    run(documented("setup"), environment)
    run(documented("seed"), environment)
    logs = {name: tmp_path / f"{name}.log" for name in (server, "worker", "plant", "gateway")}
    # the simulated plant takes its orders at a port that another one may have
    plant = f"{documented('plant')} --control 0"
    commands = {name: documented(name) for name in (server, "worker", "gateway")} | {"plant": plant}
    with ExitStack() as stack:
        for name, log in logs.items():
            stack.enter_context(running(commands[name], environment, log))
        page = f"http://127.0.0.1:{environment['PORT']}"
        wait_for(lambda: answers(f"{page}/readyz"), "the start of the web server", logs[server])
        assert answers(f"{page}/login/")
        database = environment["DATABASE_URL"]
        for enough in (1, 3):
            wait_for(
                lambda: stored(database, "SIM001", "temperature") >= enough,  # noqa: B023
                f"reading {enough} of SIM001",
                *logs.values(),
            )
        ready = f"celery@{platform.node()} ready."
        wait_for(lambda: ready in logs["worker"].read_text(), "the worker", logs["worker"])
        ping = f"celery -A project inspect ping --json --timeout 60 -d celery@{platform.node()}"
        replies = run(ping, environment)
        assert [reply["ok"] for reply in json.loads(replies).values()] == ["pong"]


def words(command: str) -> list[str]:
    """Split a documented command, with the values that the containers use."""
    values = {"BIND": "0.0.0.0", "PORT": "8000", "BEAT_SCHEDULE": "/tmp/beat"}
    return re.sub(r'"\$\{(\w+):-[^}]*\}"', lambda found: values[found[1]], command).split()


def test_the_containers_start_the_documented_commands() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text().replace("\\\n", "")
    started = [
        json.loads(found) for found in re.findall(r"^CMD (\[.+\])$", dockerfile, re.MULTILINE)
    ]
    assert words(documented("web")) in started
    compose = (ROOT / "docker-compose.yml").read_text()
    listed = [
        [word.strip().strip('"') for word in found.split(",")]
        for found in re.findall(r"command: \[(.+)\]", compose)
    ]
    assert words(documented("worker")) in listed
    assert documented("plant") in compose
    assert documented("gateway").startswith("python -m edge run --config ")
    assert ["run", "--config", "edge/sim/plant/gw-utilities.toml"] in listed
