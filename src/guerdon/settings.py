"""Every setting with its default and unit, read from the environment once."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self


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
    """

    database_url: str | None = None
    data: Path = Path("var/data")
    host: str = "127.0.0.1"
    port: int = 8080
    connections: int = 10
    workers: int = 1
    expiry_interval_seconds: int = 60

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """The settings of an environment.

        Raises:
            SettingError: a number is not one, or is out of range.
        """
        return cls(
            database_url=environment.get("GUERDON_DATABASE_URL") or None,
            data=Path(environment.get("GUERDON_DATA") or "var/data"),
            host=environment.get("GUERDON_HOST") or "127.0.0.1",
            port=_number(environment, "GUERDON_PORT", 8080, most=65_535),
            connections=_number(environment, "GUERDON_DATABASE_CONNECTIONS", 10, most=1_000),
            workers=_number(environment, "GUERDON_WORKERS", 1, most=64),
            expiry_interval_seconds=_number(environment, "GUERDON_EXPIRY_INTERVAL_SECONDS", 60, least=0, most=86_400),
        )


def _number(environment: Mapping[str, str], name: str, default: int, *, least: int = 1, most: int) -> int:
    text = environment.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise SettingError(f"{name} must be a whole number from {least} to {most}, not {text!r}")
    return int(text)
