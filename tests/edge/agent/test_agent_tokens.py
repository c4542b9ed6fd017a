"""The tokens of a gateway: kept before they are promised, and never a last one given up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telling_cloud import TellingCloud, new_token

from edge.config import Config, config_from
from edge.supervisor import run
from edge.tokens import MOST_KEPT, TokenError, Tokens, lookup_of
from edge.wire import Token

OLD, NEW, NEWEST = new_token(), new_token(), new_token()


def test_a_new_token_is_shown_first_and_the_older_ones_stay(tmp_path: Path) -> None:
    tokens = Tokens(tmp_path, OLD)
    assert tokens.keep(NEW) == lookup_of(NEW)
    assert tokens.candidates == [NEW, OLD]
    assert Tokens(tmp_path, OLD).current == NEW


def test_only_a_few_are_kept_but_the_configured_one_is_always_tried(tmp_path: Path) -> None:
    tokens = Tokens(tmp_path, OLD)
    later = [new_token() for _ in range(MOST_KEPT)]
    for token in later:
        tokens.keep(token)
    assert tokens.candidates == [*reversed(later), OLD]


def test_a_refused_token_makes_room_for_the_next_until_all_were_tried(tmp_path: Path) -> None:
    tokens = Tokens(tmp_path, OLD)
    tokens.keep(NEW)
    assert tokens.refused()
    assert tokens.current == OLD
    assert not tokens.refused()
    assert tokens.current == NEW  # and round again


def test_the_token_that_was_let_in_is_the_first_one_after_a_restart(tmp_path: Path) -> None:
    tokens = Tokens(tmp_path, OLD)
    tokens.keep(NEW)
    tokens.refused()
    tokens.accepted()
    assert Tokens(tmp_path).candidates == [OLD, NEW]


def test_tokens_that_are_handed_over_again_and_again_never_push_out_the_one_that_works(
    tmp_path: Path,
) -> None:
    Tokens(tmp_path).keep(OLD)
    tokens = Tokens(tmp_path)
    tokens.accepted()
    for _ in range(MOST_KEPT + 1):
        tokens.keep(new_token())
    assert OLD in Tokens(tmp_path).candidates


STEPS = ["keep", "keep", "keep", "accepted", "refused", "restart"]


@given(st.lists(st.sampled_from(STEPS), min_size=4, max_size=16))
def test_whatever_happens_the_token_that_was_let_in_last_is_still_tried(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("tokens")
    Tokens(folder).keep(OLD)
    tokens, let_in, is_connected = Tokens(folder), OLD, False
    for step in steps:
        if step == "keep" and is_connected:  # only whom it let in does the cloud give tokens
            tokens.keep(fresh := new_token())
            assert tokens.current == fresh
        elif step == "refused":
            tokens.refused()
            is_connected = False
        elif step == "accepted":
            let_in, is_connected = tokens.current, True
            tokens.accepted()
        elif step == "restart":
            tokens, is_connected = Tokens(folder), False
        assert let_in in tokens.candidates
        assert let_in in Tokens(folder).candidates


@pytest.mark.parametrize(
    "text",
    ["", "snt_", OLD[:-1], OLD[:-1] + "!", OLD.upper(), OLD + "\n"],
    ids=["nothing", "prefix", "short", "mark", "capitals", "line break"],
)
def test_what_is_no_whole_token_is_not_kept_and_not_shown(tmp_path: Path, text: str) -> None:
    tokens = Tokens(tmp_path, OLD)
    with pytest.raises(TokenError) as caught:
        tokens.keep(text)
    assert tokens.candidates == [OLD]
    assert OLD not in str(caught.value)


@pytest.mark.parametrize("damage", [b"", b"[]", b'{"tokens":7}', b"\xff"])
def test_a_damaged_file_is_set_aside_and_the_configured_token_is_shown(
    tmp_path: Path, damage: bytes
) -> None:
    (tmp_path / "tokens.json").write_bytes(damage)
    assert Tokens(tmp_path, OLD).candidates == [OLD]
    assert [path.read_bytes() for path in tmp_path.glob("tokens.json.damaged-*")] == [damage]


def test_tokens_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    Tokens(tmp_path / "state").keep(NEW)
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "state" / "tokens.json").stat().st_mode & 0o777 == 0o600


# ---------------------------------------------------------------- with a cloud


@pytest.fixture
async def cloud() -> AsyncIterator[TellingCloud]:
    cloud = TellingCloud(tokens={OLD})
    await cloud.start()
    yield cloud
    await cloud.stop()


@pytest.fixture
async def config(cloud: TellingCloud, tmp_path: Path) -> AsyncIterator[Config]:
    """The settings of a gateway that runs while the test does."""
    gateway = {"url": cloud.url, "uid": "GW-1", "spool": "gateway.spool", "state": "."}
    config = config_from({"gateway": gateway}, "test", tmp_path, {})
    stop = asyncio.Event()
    task = asyncio.create_task(run(config, OLD, stop))
    await cloud.until(lambda: bool(cloud.hellos) or task.done())
    yield config
    stop.set()
    await task


async def test_a_rotation_is_kept_promised_and_used(cloud: TellingCloud, config: Config) -> None:
    fresh = await cloud.rotate()
    await cloud.until(lambda: len(cloud.hellos) == 2)
    assert cloud.kept() == [lookup_of(fresh)]
    assert cloud.shown() == [OLD, fresh]
    assert Tokens(config.state).current == fresh


async def test_a_new_token_that_the_cloud_forgot_costs_one_refusal(
    cloud: TellingCloud, config: Config
) -> None:
    await cloud.send(Token(NEW))  # it was never stored there
    await cloud.until(lambda: len(cloud.hellos) == 2)
    assert cloud.shown() == [OLD, NEW, OLD]
    seen = len(cloud.beats)  # the next one shows that the welcome was heard
    await cloud.until(lambda: len(cloud.beats) > seen)
    assert Tokens(config.state).candidates == [OLD, NEW]


async def test_a_damaged_token_is_not_promised_and_the_old_one_goes_on(
    cloud: TellingCloud, config: Config
) -> None:
    await cloud.send(Token(NEW[:-3]))
    fresh = await cloud.rotate()
    await cloud.until(lambda: len(cloud.hellos) == 2)
    assert cloud.kept() == [lookup_of(fresh)]
    assert config.is_managed
