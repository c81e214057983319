"""Pools of codes as the native API takes and shows them; pure."""

from guerdon.core import rewards
from guerdon.surfaces.native.mapping import or_kept
from guerdon.surfaces.native.wire import pools as wire


def to_filter(query: wire.PoolCodesQuery) -> rewards.PoolCodeFilter:
    """Which codes are asked for."""
    return rewards.PoolCodeFilter(code=or_kept(query.code, None), is_free=or_kept(query.is_free, None))


def code_after(key: str) -> str:
    """The code of a cursor.

    Raises:
        ValueError: it cannot be one.
    """
    if "\0" in key:
        raise ValueError("holds a NUL character")
    return key


def from_pool(pool: rewards.Pool) -> wire.Pool:
    """A pool with what is in it."""
    return wire.Pool(pool.id, pool.name, pool.created_at, pool.number, pool.free)


def from_code(code: rewards.PoolCode) -> wire.PoolCode:
    """A code and whom it was given to."""
    return wire.PoolCode(code.code, code.added_at, code.issued_at, code.redemption_id)
