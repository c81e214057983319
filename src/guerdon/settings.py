"""Every setting with its default and unit, read from the environment once."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Self

_RATE = re.compile(r"(\w+)=([1-9][0-9]{0,8})/([1-9][0-9]{0,5})", re.ASCII)
_LASTING = re.compile(r"(\w+)\.(\w+) *= *(\w+)", re.ASCII)

SHORTEST_SECRET = 32
MOST_MINUTES = 525_600
"""A year."""


class SettingError(ValueError):
    """A setting has a value that cannot be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a server runs.

    Attributes:
        database_url: `GUERDON_DATABASE_URL`, a `postgresql://` address; unset, the server runs a PostgreSQL of its own.
        data: `GUERDON_DATA`, the folder for that PostgreSQL; default `var/data`.
        host: `GUERDON_HOST`, the address to listen on; default 127.0.0.1.
        port: `GUERDON_PORT`, default 8080.
        connections: `GUERDON_DATABASE_CONNECTIONS`, the most that one server process opens; default 10.
        workers: `GUERDON_WORKERS`, how many server processes share the address; default 1.
        expiry_interval_seconds: `GUERDON_EXPIRY_INTERVAL_SECONDS`, between looks for what is due; default 60, 0: never.
            From a minute on, whole minutes, and from an hour on, whole hours.
        jobs: `GUERDON_JOBS`, `on` (the default): server processes do jobs; `off`: only `guerdon work` does.
        webhook_interval_seconds: `GUERDON_WEBHOOK_INTERVAL_SECONDS`, between looks for what is to be sent; default 2,
            0: never.
        webhook_networks: `GUERDON_WEBHOOK_NETWORKS`, where webhooks may be besides public addresses, as in
            `10.1.0.0/16, 127.0.0.1/32`; default none.
        surface_hosts: `GUERDON_SURFACE_HOSTS`, host names under which surfaces are at their vendors' own paths,
            as in `native=api.example.com, acme=*.acme.example.com`, where `*` stands for one label; default none.
        surface_ports: `GUERDON_SURFACE_PORTS`, ports where a surface is reached so, as in `native=8081`; default none.
        rate_limits: `GUERDON_RATE_LIMITS`, `on` (as each vendor says; the default), `off`, or `surface=200/30,...`.
        operator_key: `GUERDON_OPERATOR_KEY`, the token of whoever runs the server, with which tenants are made and
            suspended over the native API; 32 characters at least; default none, and then nobody can.
        switches: `GUERDON_SWITCHES`, habits of surfaces to turn on, as `surface.switch,...`; default none.
        minutes: `GUERDON_SURFACE_MINUTES`, how long things of surfaces last, as `surface.thing=90,...`; default none:
            as each surface says.
    """

    database_url: str | None = None
    data: Path = Path("var/data")
    host: str = "127.0.0.1"
    port: int = 8080
    connections: int = 10
    workers: int = 1
    expiry_interval_seconds: int = 60
    jobs: str = "on"
    webhook_interval_seconds: int = 2
    webhook_networks: tuple[IPv4Network | IPv6Network, ...] = field(default_factory=tuple)
    surface_hosts: Mapping[str, str] = field(default_factory=dict)
    surface_ports: Mapping[str, int] = field(default_factory=dict)
    rate_limits: str = "on"
    operator_key: str | None = field(default=None, repr=False)
    switches: str = ""
    minutes: Mapping[tuple[str, str], int] = field(default_factory=dict)

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """The settings of an environment.

        Raises:
            SettingError: a number is not one, or is out of range; a host is none, or one is given twice;
                a word is none of those to choose from.
        """
        return cls(
            database_url=environment.get("GUERDON_DATABASE_URL") or None,
            data=Path(environment.get("GUERDON_DATA") or "var/data"),
            host=environment.get("GUERDON_HOST") or "127.0.0.1",
            port=_number(environment, "GUERDON_PORT", 8080, most=65_535),
            connections=_number(environment, "GUERDON_DATABASE_CONNECTIONS", 10, most=1_000),
            workers=_number(environment, "GUERDON_WORKERS", 1, most=64),
            expiry_interval_seconds=_number(environment, "GUERDON_EXPIRY_INTERVAL_SECONDS", 60, least=0, most=86_400),
            jobs=_choice(environment, "GUERDON_JOBS", "on", "off"),
            webhook_interval_seconds=_number(environment, "GUERDON_WEBHOOK_INTERVAL_SECONDS", 2, least=0, most=3_600),
            webhook_networks=_networks(environment, "GUERDON_WEBHOOK_NETWORKS"),
            surface_hosts=_hosts(environment, "GUERDON_SURFACE_HOSTS"),
            surface_ports=_ports(environment, "GUERDON_SURFACE_PORTS"),
            rate_limits=environment.get("GUERDON_RATE_LIMITS") or "on",
            operator_key=_secret(environment, "GUERDON_OPERATOR_KEY"),
            switches=environment.get("GUERDON_SWITCHES") or "",
            minutes=_minutes(environment, "GUERDON_SURFACE_MINUTES"),
        )

    @property
    def rates(self) -> dict[str, tuple[int, int]] | None:
        """By surface, requests and seconds, where they are not the vendor's own; None is no limits at all.

        Raises:
            SettingError: it is neither on nor off nor such a list.
        """
        if self.rate_limits in ("on", "off"):
            return {} if self.rate_limits == "on" else None
        rates: dict[str, tuple[int, int]] = {}
        for part in self.rate_limits.split(","):
            match = _RATE.fullmatch(part.strip())
            if match is None:
                raise SettingError(f"GUERDON_RATE_LIMITS must be on, off, or like surface=200/30, not {part!r}")
            rates[match[1]] = (int(match[2]), int(match[3]))
        return rates

    @property
    def switched(self) -> frozenset[tuple[str, str]]:
        """Pairs of surface and switch.

        Raises:
            SettingError: it is no such list.
        """
        parts = [part.strip() for part in self.switches.split(",") if part.strip()]
        if wrong := next((part for part in parts if "." not in part), None):
            raise SettingError(f"GUERDON_SWITCHES must be like surface.switch, not {wrong!r}")
        return frozenset((surface, switch) for surface, _, switch in (part.partition(".") for part in parts))


_HOST = re.compile(r"(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*")


def _number(environment: Mapping[str, str], name: str, default: int, *, least: int = 1, most: int) -> int:
    return _within(name, environment.get(name) or str(default), least, most)


def _secret(environment: Mapping[str, str], name: str) -> str | None:
    text = environment.get(name) or None
    if text is not None and (
        len(text) < SHORTEST_SECRET or not text.isascii() or not text.isprintable() or " " in text
    ):
        raise SettingError(f"{name} must have {SHORTEST_SECRET} characters at least, and no spaces")
    return text


def _choice(environment: Mapping[str, str], name: str, *choices: str) -> str:
    """One of some words; the first is the default."""
    text = environment.get(name) or choices[0]
    if text not in choices:
        raise SettingError(f"{name} must be {' or '.join(choices)}, not {text!r}")
    return text


def _within(name: str, text: str, least: int, most: int) -> int:
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise SettingError(f"{name} must be a whole number from {least} to {most}, not {text!r}")
    return int(text)


def _networks(environment: Mapping[str, str], name: str) -> tuple[IPv4Network | IPv6Network, ...]:
    try:
        return tuple(ip_network(text.strip()) for text in environment.get(name, "").split(",") if text.strip())
    except ValueError as error:
        raise SettingError(f"{name} must be a list of networks such as 10.1.0.0/16: {error}") from None


def _hosts(environment: Mapping[str, str], name: str) -> dict[str, str]:
    hosts = {surface: host.lower() for surface, host in _by_surface(environment, name).items()}
    for host in hosts.values():
        if not _HOST.fullmatch(host):
            raise SettingError(f"{name} has {host!r}, which is no host name")
    return hosts


def _ports(environment: Mapping[str, str], name: str) -> dict[str, int]:
    return {surface: _within(name, text, 1, 65_535) for surface, text in _by_surface(environment, name).items()}


def _minutes(environment: Mapping[str, str], name: str) -> dict[tuple[str, str], int]:
    found = {}
    for item in filter(None, map(str.strip, environment.get(name, "").split(","))):
        match = _LASTING.fullmatch(item)
        if match is None or (match[1], match[2]) in found:
            raise SettingError(f"{name} is a list such as acme.tokens=90, each once; {item!r} is none of that")
        found[match[1], match[2]] = _within(name, match[3], 0, MOST_MINUTES)
    return found


def _by_surface(environment: Mapping[str, str], name: str) -> dict[str, str]:
    """What stands behind each surface's name in a list such as `native=..., acme=...`; no two have the same."""
    found: dict[str, str] = {}
    for item in filter(None, map(str.strip, environment.get(name, "").split(","))):
        surface, _, value = (part.strip() for part in item.partition("="))
        if not surface or not value:
            raise SettingError(f"{name} is a list such as native=..., acme=...; {item!r} is none of that")
        if surface in found or value in found.values():
            raise SettingError(f"{name} has {item!r} besides another of the same")
        found[surface] = value
    return found
