"""What a technician types at the cabinet, and what the gateway says."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from modbus_plant import Plant
from speaking_cloud import TOKEN
from telling_cloud import TellingCloud, document, new_token

from edge.__main__ import main
from edge.config import Config, config_from
from edge.gather import Happening
from edge.options import Known, recall, remember
from edge.report import Reading
from edge.spool import Spool
from edge.supervisor import run
from edge.tokens import Tokens

Verb = Callable[..., Awaitable[tuple[int, str]]]

TOML = """
[gateway]
url = "{url}"
uid = "GW-1"
spool = "gateway.spool"
state = "."
[[connection]]
name = "plc"
host = "127.0.0.1"
port = {port}
timeout_s = 0.2
[[device]]
uid = "D1"
connection = "plc"
tag = [{{name = "level", address = 4, type = "uint16"}}]
"""


@pytest.fixture
async def cloud() -> AsyncIterator[TellingCloud]:
    cloud = TellingCloud(tokens={TOKEN})
    await cloud.start()
    yield cloud
    await cloud.stop()


@pytest.fixture
def state(cloud: TellingCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The state folder of a gateway that ran before."""
    monkeypatch.setenv("SENTINEL_TOKEN", TOKEN)
    remember(tmp_path, Known(cloud.url, "GW-1"))
    return tmp_path


@pytest.fixture
def verb(state: Path, capsys: pytest.CaptureFixture[str]) -> Verb:
    """Run a verb on the folder, beside the cloud; return exit code and output."""

    async def do(*words: str, where: str = "--state", path: Path = state) -> tuple[int, str]:
        code = await asyncio.to_thread(main, [*words, where, str(path)])
        written = capsys.readouterr()
        return code, written.out + written.err

    return do


@pytest.fixture
def toml(cloud: TellingCloud, plant: Plant, state: Path) -> Path:
    path = state / "gw.toml"
    path.write_text(TOML.format(url=cloud.url, port=plant.port))
    return path


@pytest.fixture
async def running(cloud: TellingCloud, plant: Plant, state: Path) -> AsyncIterator[Config]:
    """A gateway that runs on the folder."""
    gateway = {"url": cloud.url, "uid": "GW-1", "spool": "gateway.spool", "state": "."}
    config = config_from({"gateway": gateway}, "test", state, {})
    cloud.want(3, document(plant.port, "level"))
    stop = asyncio.Event()
    task = asyncio.create_task(run(config, TOKEN, stop))
    await cloud.until(lambda: cloud.answers() == [(3, [])] or task.done())
    yield config
    stop.set()
    await task


async def test_a_check_of_everything_that_works_ends_with_0(verb: Verb, toml: Path) -> None:
    code, said = await verb("check", where="--config", path=toml)
    assert code == 0, said
    lines = [line.split(maxsplit=2)[:2] for line in said.splitlines()]
    assert lines == [
        ["OK", "configuration"],
        ["OK", "gateway"],
        ["OK", "cloud"],
        ["OK", "tls"],
        ["OK", "token"],
        ["OK", "clock"],
        ["OK", "device"],
        ["everything", "works"],
    ]


async def test_a_check_names_the_device_that_does_not_answer(
    verb: Verb, toml: Path, plant: Plant
) -> None:
    await plant.stop()
    code, said = await verb("check", where="--config", path=toml)
    assert code == 1
    (line,) = [line for line in said.splitlines() if line.startswith("BAD")]
    assert line.split()[1:3] == ["device", "D1:"]


async def test_a_check_says_when_the_token_is_not_let_in(verb: Verb, cloud: TellingCloud) -> None:
    cloud.tokens = set()
    code, said = await verb("check")
    assert code == 1
    (line,) = [line for line in said.splitlines() if line.startswith("BAD")]
    assert "token" in line
    assert "unknown token" in line
    assert TOKEN not in said


async def test_a_check_says_when_nobody_answers_at_the_address(
    verb: Verb, cloud: TellingCloud
) -> None:
    await cloud.stop()
    code, said = await verb("check")
    assert code == 1
    assert "BAD  cloud" in said


async def test_a_check_beside_the_running_gateway_asks_it_and_does_not_throw_it_out(
    verb: Verb, cloud: TellingCloud, running: Config
) -> None:
    code, said = await verb("check")
    assert code == 0, said
    assert "version 3 of the cloud: 1 connections, 1 devices, 1 tags" in said
    assert len(cloud.hellos) == 1


async def test_a_check_beside_the_running_gateway_needs_neither_its_token_nor_its_address(
    verb: Verb, state: Path, running: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SENTINEL_TOKEN")
    remember(state, Known("ws://127.0.0.1:9/ws/v1/gateway", "GW-1"))
    code, said = await verb("check")
    assert code == 0, said


async def test_the_status_of_a_running_gateway_is_shown(verb: Verb, running: Config) -> None:
    code, said = await verb("status")
    assert code == 0, said
    assert "GW-1" in said
    assert f"{running.gateway.url}: up" in said
    assert "version 3 of the cloud: 1 connections, 1 devices, 1 tags" in said
    assert TOKEN not in said


async def test_a_gateway_that_does_not_run_cannot_look_as_if_it_did(
    verb: Verb, state: Path
) -> None:
    (state / "status.sock").touch()
    assert await verb("status") == (1, f"no gateway runs on {state}\n")


def fill(spool: Spool) -> None:
    spool.append([Reading("D1", "level", 1_000, 192, 1.0)], stream="history")
    spool.append([Reading("D1", "level", 2_000, 192, 2.0)], stream="history")
    spool.append([], [Happening("device.down", "D1", 4_000)])
    spool.refuse("history", 1)


@pytest.mark.parametrize("runs", [True, False])
async def test_what_waits_is_shown_while_the_gateway_runs_and_when_it_does_not(
    verb: Verb, state: Path, runs: bool
) -> None:
    spool = Spool(state / "gateway.spool", 1 << 20)
    fill(spool)
    if not runs:
        spool.close()
    code, said = await verb("spool")
    if runs:
        spool.close()
    assert code == 0, said
    assert "events    1 frames with 0 readings wait" in said
    assert "live      0 frames" in said
    assert "history   1 frames with 1 readings wait, oldest of 1970-01-01 00:00:02 UTC" in said
    assert "gap 1..1: 1 readings dropped (refused)" in said


async def test_a_folder_without_a_spool_is_said_to_have_none(verb: Verb, state: Path) -> None:
    code, said = await verb("spool")
    assert code == 1
    assert "there is no spool" in said
    assert not (state / "gateway.spool").exists()


async def test_a_verb_that_knows_no_gateway_says_what_is_missing(
    verb: Verb, tmp_path: Path
) -> None:
    code, said = await verb("check", path=tmp_path / "other")
    assert code == 2
    assert "--url is missing" in said


# ---------------------------------------------------------------- enrolment


class Desk(BaseHTTPRequestHandler):
    """Answers an enrolment as the real cloud does."""

    asked: list[dict[str, str]]
    answer: tuple[int, dict[str, object]]

    def do_POST(self) -> None:
        self.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        status, body = self.answer
        self.send_response(status)
        self.send_header("Location", "http://127.0.0.1:1/elsewhere")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def desk() -> Iterator[tuple[str, type[Desk]]]:
    """Where codes are sent, and what it heard."""

    class Mine(Desk):
        asked = []  # noqa: RUF012 - one for each test

    with HTTPServer(("127.0.0.1", 0), Mine) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", Mine
        server.shutdown()
        thread.join()


def enrol(url: str, folder: Path) -> int:
    return main(["enrol", "--url", url, "--code", "sne_code", "--state", str(folder)])


def test_a_code_becomes_a_token_and_run_needs_nothing_but_the_folder(
    desk: tuple[str, type[Desk]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url, heard = desk
    token = new_token()
    heard.answer = 201, {"uid": "GW-7", "token": token, "approved": False}
    assert enrol(url, tmp_path / "state") == 0
    assert heard.asked == [{"code": "sne_code", "uid": "", "agent": "sentinel-edge/0.1.0"}]
    assert Tokens(tmp_path / "state").current == token
    known = recall(tmp_path / "state")
    assert (known.uid, known.url) == ("GW-7", url.replace("http", "ws", 1) + "/ws/v1/gateway")
    said = capsys.readouterr().out
    assert "waits for approval" in said
    assert f"python -m edge run --state {tmp_path / 'state'}" in said
    assert token not in said


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((403, {"code": "expired", "message": "The code has expired."}), "The code has expired."),
        ((302, {}), "the cloud is elsewhere"),
        ((200, {"hello": "world"}), "is no Sentinel"),
        ((201, {"uid": "GW-7", "token": "cut off"}), "the token could not be kept"),
    ],
)
def test_a_code_that_gives_no_token_says_why_and_keeps_none(
    desk: tuple[str, type[Desk]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    answer: tuple[int, dict[str, object]],
    said: str,
) -> None:
    url, heard = desk
    heard.answer = answer
    assert enrol(url, tmp_path) == 1
    assert said in capsys.readouterr().err
    assert Tokens(tmp_path).candidates == []
    assert len(heard.asked) == 1


def test_a_code_is_not_sent_in_the_clear_over_a_network(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert enrol("http://cloud.example", tmp_path) == 2
    assert "in the clear" in capsys.readouterr().err
