"""A vendor's profile is linked to the default program, once and for good."""

import uuid

import pytest

from conftest import NOW, Shop, open_shop
from engine.merchants import open_merchant
from guerdon.core.callers import Caller
from guerdon.core.programs import ChannelProfile
from guerdon.core.refusals import NoActiveProgram, ProgramNotFound
from guerdon.engine import Engine, linking, reading
from guerdon.storage import programs


async def test_a_profile_is_installed(engine: Engine, shop: Shop) -> None:
    """A second time is harmless."""
    first, again = [await linking.install(engine, shop.caller, "profile", "account") for _ in range(2)]
    assert first == again
    assert (await reading.channel_profile(engine, shop.caller, "profile")).program_id == shop.program.id
    assert (await reading.channel_account(engine, shop.caller, "account")).program_id == shop.program.id


async def test_without_a_program_there_is_nothing_to_install(engine: Engine) -> None:
    with pytest.raises(ProgramNotFound):
        await linking.install(engine, Caller(uuid.uuid4(), "test", uuid.uuid4()), "profile", "account")


async def test_an_account_at_a_vendor_has_one_program_or_none(engine: Engine) -> None:
    """Several profiles of one program are one; of two programs, none can be told."""
    merchant = await open_merchant(engine)
    caller = merchant.caller
    first, second = merchant.programs["A"], merchant.programs["B"]
    installed = [("p1", "one", first), ("p2", "one", first), ("p3", "two", first), ("p4", "two", second)]
    async with engine.database.connection() as connection:
        for id_, account, program_id in installed:
            profile = ChannelProfile(id=id_, account=account, program_id=program_id)
            await programs.keep_profile(connection, caller.tenant_id, profile, NOW)
    assert (await reading.channel_account(engine, caller, "one")).program_id == first
    assert (await reading.channel_profile(engine, caller, "p4")).program_id == second
    stranger = (await open_shop(engine)).caller
    for asked in (
        reading.channel_account(engine, caller, "two"),
        reading.channel_account(engine, caller, "none"),
        reading.channel_account(engine, caller, "\0"),
        reading.channel_account(engine, stranger, "one"),
        reading.channel_profile(engine, stranger, "p1"),
        reading.channel_profile(engine, caller, "\0"),
    ):
        with pytest.raises(NoActiveProgram):
            await asked
