"""Pools of codes as the native API takes and shows them; pure."""

from guerdon.core import rewards
from guerdon.surfaces.native.wire import pools as wire
from guerdon.web.failures import InvalidField


def to_codes(body: wire.NewCodes) -> list[str]:
    """Codes to put in.

    Raises:
        InvalidField: one has a character that cannot be stored.
    """
    if any("\0" in code for code in body.codes):
        raise InvalidField("codes", "holds a NUL character")
    return body.codes


def from_pool(pool: rewards.Pool) -> wire.Pool:
    """A pool with what is in it."""
    return wire.Pool(pool.id, pool.name, pool.created_at, pool.number, pool.free)
