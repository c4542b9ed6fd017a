from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from edge.config import ConfigError, NoToken, load_config, load_token
from edge.profile.library import shipped_profile

GOOD = """
[gateway]
url = "wss://cloud.example/ws/v1/gateway"
uid = "GW-1"
token_file = "gw.token"
spool = "gw.spool"

[[connection]]
name = "press-line"
host = "10.0.0.5"

[[device]]
uid = "D1"
connection = "press-line"

[[device.tag]]
name = "level"
address = 10
type = "float32"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "gw.toml"
    path.write_text(GOOD)
    return path


def test_defaults_are_those_of_modbus_and_of_the_plan(file: Path) -> None:
    config = load_config(file, {})
    assert (config.connections[0].port, config.connections[0].timeout_s) == (502, 1.0)
    assert (config.devices[0].unit, config.devices[0].max_registers) == (1, 125)
    tag = config.devices[0].tags[0]
    assert (tag.table, tag.order, tag.scan_ms, tag.silence_ms) == ("holding", "ABCD", 1000, 30_000)


def test_paths_are_relative_to_the_file(file: Path) -> None:
    config = load_config(file, {})
    assert config.path(config.gateway.spool) == file.parent / "gw.spool"
    assert config.path("/var/spool/x") == Path("/var/spool/x")


def test_the_environment_wins_over_the_file(file: Path) -> None:
    config = load_config(
        file,
        {
            "SENTINEL_URL": "ws://localhost:9/x",
            "SENTINEL_UID": "GW-2",
            "SENTINEL_SPOOL": "other.spool",
            "SENTINEL_TRUTH_LOG": "truth.log",
            "SENTINEL_CONNECTION_PRESS_LINE": "[::1]:1502",
        },
    )
    gateway = config.gateway
    assert (gateway.url, gateway.uid) == ("ws://localhost:9/x", "GW-2")
    assert (gateway.spool, gateway.truth_log) == ("other.spool", "truth.log")
    assert (config.connections[0].host, config.connections[0].port) == ("::1", 1502)


@pytest.mark.parametrize(
    ("old", "new", "setting"),
    [
        ("uid = \"D1\"", "uid = \"D 1\"", "device[0].uid"),
        ("address = 10", "adress = 10", "device[0].tag[0]: Object contains unknown field `adress`"),
        ("address = 10", "address = 65535", "tag level: address"),
        ("address = 10", "address = -1", "device[0].tag[0].address"),
        ("address = 10", "address = 10\nscale = 0", "tag level: scale"),
        ("address = 10", "address = 10\nlow = nan", "tag level: low: must be finite"),
        ("address = 10", "address = 10\nlow = 2\nhigh = 1", "tag level: low"),
        ("address = 10", "address = 10\nscan_ms = 60000", "tag level: silence_ms"),
        ("address = 10", "address = 10\ntable = \"coil\"", "tag level: type"),
        ("\"float32\"", "\"float31\"", "device[0].tag[0].type"),
        ("\"float32\"", "\"bool\"\nscale = 2", "tag level: scale"),
        ("uid = \"D1\"", "uid = \"D1\"\nmax_registers = 1", "max_registers"),
        ("uid = \"D1\"", "uid = \"GW-1\"", "is the uid of the gateway"),
        ("connection = \"press-line\"", "connection = \"x\"", "there is no 'x'"),
        ("wss://cloud.example", "ws://cloud.example", "gateway.url"),
        ("wss://cloud.example", "https://cloud.example", "gateway.url"),
        ("wss://cloud.example", "wss://user:secret@cloud.example", "gateway.url"),
        ("wss://cloud.example", "wss://cloud.example:99999", "gateway.url"),
        ("spool = \"gw.spool\"", "", "gateway: Object missing required field `spool`"),
        ("[gateway]", "folder = \"x\"\n[gateway]", "unknown field `folder`"),
        ("[gateway]", "[gateway", "is not TOML"),
        (GOOD, GOOD + GOOD[GOOD.index("[[device]]") :], "device.uid: D1 is used twice"),
        (GOOD, GOOD + GOOD[GOOD.index("[[device.tag]]") :], "tag.name: level is used twice"),
        (GOOD, GOOD + "[[connection]]\nname='press_line'\nhost='h'", "PRESS_LINE is used twice"),
    ],
)  # fmt: skip
def test_a_mistake_stops_the_start_and_is_named_with_its_file(
    file: Path, old: str, new: str, setting: str
) -> None:
    assert old in GOOD
    file.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(ConfigError) as caught:
        load_config(file, {})
    assert str(file) in str(caught.value)
    assert setting in str(caught.value)


@pytest.mark.parametrize("url", ["ws://localhost:1/x", "ws://127.0.0.1/x", "ws://[::1]:8/x"])
def test_plain_websockets_are_allowed_on_the_machine_itself(file: Path, url: str) -> None:
    assert load_config(file, {"SENTINEL_URL": url}).gateway.url == url


def test_plain_websockets_elsewhere_need_a_setting(file: Path) -> None:
    file.write_text(GOOD.replace("[gateway]", "[gateway]\nallow_insecure = true"))
    assert load_config(file, {"SENTINEL_URL": "ws://cloud.example/x"}).gateway.allow_insecure


def test_a_file_that_is_not_there_is_a_mistake_of_the_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="nothing"):
        load_config(tmp_path / "nothing.toml", {})


def test_a_bad_address_in_the_environment_names_the_variable(file: Path) -> None:
    with pytest.raises(ConfigError, match="SENTINEL_CONNECTION_PRESS_LINE"):
        load_config(file, {"SENTINEL_CONNECTION_PRESS_LINE": "10.0.0.9"})


def test_the_token_comes_from_the_environment_then_a_named_file_then_the_configured_one(
    file: Path,
) -> None:
    config = load_config(file, {})
    (file.parent / "gw.token").write_text("from-config\n")
    (file.parent / "other.token").write_text("from-file\n")
    assert load_token(config, {}) == "from-config"
    assert load_token(config, {"SENTINEL_TOKEN_FILE": "other.token"}) == "from-file"
    both = {"SENTINEL_TOKEN": "from-env", "SENTINEL_TOKEN_FILE": "other.token"}
    assert load_token(config, both) == "from-env"


@pytest.mark.parametrize("content", ["", "two words", "line\nline", "ümlaut"])
def test_what_is_no_token_is_refused_without_being_shown(file: Path, content: str) -> None:
    (file.parent / "gw.token").write_text(content)
    with pytest.raises(ConfigError) as caught:
        load_token(load_config(file, {}), {})
    assert "gw.token" in str(caught.value)
    assert not content or content not in str(caught.value)


PROFILED = GOOD[: GOOD.index("[[device.tag]]")] + 'profile = "eastron-sdm630"\n'


def test_a_profile_gives_a_device_its_points_and_limits(file: Path) -> None:
    file.write_text(PROFILED)
    device = load_config(file, {}).devices[0]
    profile = shipped_profile("eastron-sdm630")
    assert device.tags == profile.points
    assert device.max_registers == profile.limits.max_registers
    assert device.profile == f"eastron-sdm630@{profile.version}"


def test_what_a_device_says_itself_wins_over_its_profile(file: Path) -> None:
    first, *others = shipped_profile("eastron-sdm630").points
    own = f'[[device.tag]]\nname = "{first.name}"\nscan_ms = 5000\nlabel = "Feeder"\n'
    more = '[[device.tag]]\nname = "mine"\naddress = 10\ntype = "uint16"\n'
    file.write_text(PROFILED + "max_registers = 33\n" + own + more)
    device = load_config(file, {}).devices[0]
    changed = msgspec.structs.replace(first, scan_ms=5000, label="Feeder")
    assert device.tags[: len(others) + 1] == [changed, *others]
    assert [tag.name for tag in device.tags[len(others) + 1 :]] == ["mine"]
    assert device.max_registers == 33


@pytest.mark.parametrize(
    ("profile", "said"),
    [
        ("no-such-meter", "there is no profile 'no-such-meter'"),
        ("eastron-sdm630@99.0.0", "not 99.0.0"),
    ],
)
def test_a_profile_that_is_not_shipped_is_a_mistake(file: Path, profile: str, said: str) -> None:
    file.write_text(PROFILED.replace("eastron-sdm630", profile))
    with pytest.raises(ConfigError) as caught:
        load_config(file, {})
    assert said in str(caught.value)


def test_without_devices_the_cloud_says_what_to_read(file: Path) -> None:
    file.write_text(GOOD[: GOOD.index("[[connection]]")])
    config = load_config(file, {})
    assert config.is_managed
    assert config.state == file.parent / "gw.spool.state"


def test_a_gateway_that_nobody_gave_a_token_is_told_how_to_get_one(file: Path) -> None:
    file.write_text(GOOD.replace('token_file = "gw.token"', ""))
    with pytest.raises(NoToken, match="enrol"):
        load_token(load_config(file, {}), {})
