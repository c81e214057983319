"""Settings come from the environment, have the defaults that are written beside them, and say what is wrong."""

import dataclasses
import inspect
import re
from ipaddress import ip_network
from pathlib import Path

import pytest

from guerdon.settings import SettingError, Settings


def test_the_defaults() -> None:
    """An empty environment is enough, and so is one with empty values."""
    assert Settings.read({}) == Settings()
    assert Settings.read(dict.fromkeys(variables().values(), "")) == Settings()


def variables() -> dict[str, str]:
    """Each setting's variable, as the docstring has it."""
    return dict(re.findall(r"^ +(\w+): `(GUERDON_\w+)`", inspect.getdoc(Settings) or "", re.MULTILINE))


def test_every_setting_is_described_with_its_default() -> None:
    """The settings page is printed from the docstring."""
    described = (inspect.getdoc(Settings) or "").splitlines()
    assert list(variables()) == [field.name for field in dataclasses.fields(Settings)]
    for field in dataclasses.fields(Settings):
        lines = [line.strip() for line in described]
        first = next(n for n, line in enumerate(lines) if line.startswith(f"{field.name}:"))
        text = " ".join(lines[first : first + 2])
        default = "default none" if field.default is dataclasses.MISSING else str(field.default)
        assert field.default is None or default in text, field.name


def test_every_variable_is_read() -> None:
    """By the name in the docstring."""
    given = {
        "GUERDON_DATABASE_URL": "postgresql://db/guerdon",
        "GUERDON_DATA": "/srv/guerdon",
        "GUERDON_HOST": "0.0.0.0",  # noqa: S104 - only a value
        "GUERDON_PORT": "80",
        "GUERDON_DATABASE_CONNECTIONS": "40",
        "GUERDON_EXPIRY_INTERVAL_SECONDS": "5",
        "GUERDON_JOBS": "off",
        "GUERDON_WEBHOOK_INTERVAL_SECONDS": "1",
        "GUERDON_WEBHOOK_NETWORKS": "10.1.0.0/16, ::1/128",
        "GUERDON_WORKERS": "4",
        "GUERDON_SURFACE_HOSTS": "mews=Mews.example.com, xomni=*.xomni.example.com,",
        "GUERDON_SURFACE_PORTS": "counterpoint = 8081",
        "GUERDON_RATE_LIMITS": "off",
        "GUERDON_OPERATOR_KEY": "k" * 32,
        "GUERDON_SWITCHES": "acme.strict",
        "GUERDON_SURFACE_MINUTES": "acme.tokens=90, acme.holds = 0,",
    }
    assert set(given) == set(variables().values())
    assert Settings.read(given) == Settings(
        database_url="postgresql://db/guerdon",
        data=Path("/srv/guerdon"),
        host="0.0.0.0",  # noqa: S104
        port=80,
        connections=40,
        expiry_interval_seconds=5,
        jobs="off",
        webhook_interval_seconds=1,
        webhook_networks=(ip_network("10.1.0.0/16"), ip_network("::1/128")),
        workers=4,
        surface_hosts={"mews": "mews.example.com", "xomni": "*.xomni.example.com"},
        surface_ports={"counterpoint": 8081},
        rate_limits="off",
        operator_key="k" * 32,
        switches="acme.strict",
        minutes={("acme", "tokens"): 90, ("acme", "holds"): 0},
    )


@pytest.mark.parametrize("key", ["k" * 31, "k" * 31 + " x", "ü" * 32, "k" * 32 + "\n"])
def test_an_operator_s_key_that_is_no_token_is_refused(key: str) -> None:
    with pytest.raises(SettingError, match="GUERDON_OPERATOR_KEY must have 32 characters"):
        Settings.read({"GUERDON_OPERATOR_KEY": key})


def test_an_operator_s_key_is_not_shown() -> None:
    assert "k" * 32 not in repr(Settings(operator_key="k" * 32))


@pytest.mark.parametrize("name", ["GUERDON_PORT", "GUERDON_DATABASE_CONNECTIONS", "GUERDON_WORKERS"])
@pytest.mark.parametrize(
    "text", ["0", "-1", "65536", "8080.0", "eighty", " 80", "+80", "٨٠٨٠".encode().decode(), "1e3"]
)
def test_a_number_that_is_none_is_refused(name: str, text: str) -> None:
    """With the name of the setting and what was found, before anything has been started."""
    with pytest.raises(SettingError, match=f"{name} must be a whole number") as refused:
        Settings.read({name: text})
    assert repr(text) in str(refused.value)


def test_a_job_can_be_turned_off() -> None:
    """By an interval of nothing; it is refused where it is no number of seconds in a day."""
    name = "GUERDON_EXPIRY_INTERVAL_SECONDS"
    assert Settings.read({name: "0"}).expiry_interval_seconds == 0
    for text in ("-1", "86401", "0.5", "never"):
        with pytest.raises(SettingError, match=f"{name} must be a whole number from 0 to 86400"):
            Settings.read({name: text})
    with pytest.raises(SettingError, match="GUERDON_JOBS must be on or off, not 'never'"):
        Settings.read({"GUERDON_JOBS": "never"})


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("GUERDON_SURFACE_HOSTS", "mews.example.com", "is a list such as"),
        ("GUERDON_SURFACE_HOSTS", "mews=", "is a list such as"),
        ("GUERDON_SURFACE_HOSTS", "mews=http://mews.example.com/", "is no host name"),
        ("GUERDON_SURFACE_HOSTS", "mews=a.*.example.com", "is no host name"),
        ("GUERDON_SURFACE_HOSTS", "mews=a.example.com,xomni=a.example.com", "besides another of the same"),
        ("GUERDON_SURFACE_PORTS", "mews=1,mews=2", "besides another of the same"),
        ("GUERDON_SURFACE_PORTS", "mews=0", "must be a whole number from 1 to 65535"),
        ("GUERDON_SURFACE_PORTS", "mews=eighty", "must be a whole number from 1 to 65535"),
        ("GUERDON_SURFACE_MINUTES", "mews.tokens", "is a list such as"),
        ("GUERDON_SURFACE_MINUTES", "tokens=1", "is a list such as"),
        ("GUERDON_SURFACE_MINUTES", "a.b=1,a.b=1", "is a list such as"),
        ("GUERDON_SURFACE_MINUTES", "a.b=525601", "must be a whole number from 0 to 525600"),
        ("GUERDON_WEBHOOK_NETWORKS", "10.0.0.1/8", "must be a list of networks such as"),
    ],
)
def test_a_place_that_is_none_is_refused(name: str, text: str, why: str) -> None:
    """As a number is."""
    with pytest.raises(SettingError, match=f"{name}.*{why}"):
        Settings.read({name: text})


def test_rates_and_switches_are_lists() -> None:
    """Of surfaces, each with what it is told."""
    assert Settings().rates == {}
    assert Settings(rate_limits="off").rates is None
    assert Settings(rate_limits="one=200/30, two=5/1").rates == {"one": (200, 30), "two": (5, 1)}
    assert Settings().switched == frozenset()
    assert Settings(switches="one.strict, two.loud,").switched == {("one", "strict"), ("two", "loud")}


@pytest.mark.parametrize("text", ["sometimes", "one=0/30", "one=5", "one=5/30/2", "one=5/30,", "=5/30", "one=-5/30"])
def test_a_rate_that_is_none_is_refused(text: str) -> None:
    """With the name of the setting."""
    with pytest.raises(SettingError, match="GUERDON_RATE_LIMITS must be"):
        _ = Settings(rate_limits=text).rates


def test_a_switch_belongs_to_a_surface() -> None:
    """And is named after it."""
    with pytest.raises(SettingError, match=r"GUERDON_SWITCHES must be like surface\.switch, not 'strict'"):
        _ = Settings(switches="one.loud,strict").switched
