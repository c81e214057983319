"""Random histories of a few accounts of one program, written by the ledger itself in a transaction that is undone."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
from hypothesis import strategies as st

from conftest import NOW
from guerdon.core.callers import Caller
from guerdon.core.commands import (
    Activate,
    Adjust,
    Basis,
    Cancel,
    Capture,
    Command,
    Earn,
    Hold,
    Reverse,
    Set,
    Transfer,
    Void,
)
from guerdon.core.members import Profile
from guerdon.core.programs import Expiry, ExpiryKind, Program, ReturnPolicy
from guerdon.storage import ledger, members, memberships, tenants
from guerdon.storage.books import Owner
from guerdon.storage.memberships import NewMembership

Result = TypeVar("Result")

ACCOUNTS = 2
EXPIRIES = (
    Expiry(),
    Expiry(kind=ExpiryKind.ROLLING, count=5, unit="day"),
    Expiry(kind=ExpiryKind.ROLLING, count=1, unit="month", round_to="month", time_zone="America/New_York"),
    Expiry(kind=ExpiryKind.FIXED, dates=("07-09", "12-31"), time_zone="Asia/Tokyo"),
    Expiry(kind=ExpiryKind.INACTIVITY, count=6, unit="day", time_zone="Europe/Berlin"),
)

VERBS: tuple[Any, ...] = (
    *(Earn, Earn, Earn, "pending", "pending", Activate, Cancel, Adjust, Set),
    *(Hold, Hold, Capture, Void, Reverse, Reverse, Transfer),
)

amounts = st.integers(1, 60).map(Decimal) | st.decimals(min_value="0.01", max_value=60, places=2)
some_days = st.integers(1, 60).map(lambda quarters: timedelta(days=quarters / 4))


def programs() -> st.SearchStrategy[Program]:
    """Programs with policies of all sorts."""
    return st.builds(
        lambda **facts: Program(
            id=uuid.uuid4(),
            chain_id=uuid.uuid4(),
            code="P",
            name="Program",
            earning_descriptions=(),
            redemption_descriptions=(),
            points_per_unit=None,
            **facts,
        ),
        allow_negative=st.booleans(),
        expiry=st.sampled_from(EXPIRIES),
        return_policy=st.sampled_from(ReturnPolicy),
        return_grace_days=st.sampled_from([0, 0, 3]),
    )


@st.composite
def plans(draw: st.DrawFn, most: int = 14) -> list[dict[str, Any]]:
    """Commands as plain facts, each some time after the one before it."""
    plan: list[dict[str, Any]] = []
    for _ in range(draw(st.integers(1, most))):
        verb = draw(st.sampled_from(VERBS))
        facts: dict[str, Any] = {
            "verb": verb,
            "account": draw(st.integers(0, ACCOUNTS - 1)),
            "after": draw(st.sampled_from([timedelta(), timedelta(hours=6), timedelta(days=2), timedelta(days=4)])),
            "points": draw(amounts),
            "which": draw(st.integers(0, 5)),
            "ends": draw(st.none() | some_days),
            "flag": draw(st.booleans()),
        }
        if verb is Adjust and draw(st.booleans()):
            facts["points"] = -facts["points"]
        plan.append(facts)
    return plan


class Histories:
    """A connection and a loop of its own, for tests that Hypothesis drives."""

    def __init__(self, dsn: str) -> None:
        self.runner = asyncio.Runner()
        self.connection: Any = self.runner.run(self._connected(dsn))

    @staticmethod
    async def _connected(dsn: str) -> Any:
        connection = await asyncpg.connect(dsn, server_settings={"timezone": "UTC"})
        await connection.set_type_codec("jsonb", schema="pg_catalog", encoder=lambda _: "{}", decoder=lambda _: {})
        return connection

    def close(self) -> None:
        """Ends both."""
        self.runner.run(self.connection.close())
        self.runner.close()

    def undone(self, work: Callable[[], Awaitable[Result]]) -> Result:
        """Does something in a transaction that is undone."""

        async def run() -> Result:
            transaction = self.connection.transaction()
            await transaction.start()
            try:
                return await work()
            finally:
                await transaction.rollback()

        return self.runner.run(run())

    async def live(self, program: Program, plan: list[dict[str, Any]]) -> tuple[list[Owner], datetime]:
        """Accounts of members of a new tenant on which a plan was carried out, and when it was over."""
        caller = Caller(uuid.uuid4(), "test", uuid.uuid4())
        connection = self.connection
        await tenants.insert(connection, caller.tenant_id, caller.tenant_id.hex, "T", NOW)
        await tenants.insert_chain(connection, caller.tenant_id, program.chain_id, "C")
        await tenants.insert_program(connection, caller.tenant_id, program, is_default=True, now=NOW)
        owners = [await self._owner(caller, program) for _ in range(ACCOUNTS)]
        run = _Run(caller, [owner.account_id for owner in owners])
        for facts in plan:
            run.now += facts["after"]
            await ledger.post(connection, [run.command(facts)], run.now)
        await ledger.settle(connection, [owner.account_id for owner in owners], run.now)
        return owners, run.now

    async def _owner(self, caller: Caller, program: Program) -> Owner:
        member_id, membership_id, account_id = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
        await members.insert(self.connection, caller.tenant_id, member_id, Profile(), None, NOW)
        new = NewMembership(id=membership_id, account_id=account_id, member_id=member_id, program_id=program.id)
        await memberships.insert(self.connection, caller.tenant_id, [new], NOW)
        return Owner(membership_id, member_id, caller.tenant_id, account_id, caller.tenant_id.hex, "P", "Program")


class _Run:
    """Turns the facts of a plan into commands, which name holds and pending earns of before by their number."""

    def __init__(self, caller: Caller, accounts: list[UUID]) -> None:
        self.caller = caller
        self.accounts = accounts
        self.now = NOW
        self.holds: list[tuple[int, UUID]] = []
        self.promises: list[tuple[int, UUID]] = []

    def command(self, facts: dict[str, Any]) -> Command:
        """One command, of whose refusal nothing is said."""
        verb, account = facts["verb"], facts["account"]
        ends = None if facts["ends"] is None else self.now + facts["ends"]
        more: dict[str, Any] = {"points": facts["points"]}
        if verb in (Capture, Void, Activate, Cancel):
            account, more = self._named(verb, facts)
        elif verb is Hold:
            self.holds.append((account, uuid.uuid4()))
            more |= {"hold_id": self.holds[-1][1], "expires_at": ends}
        elif verb == "pending":
            self.promises.append((account, uuid.uuid4()))
            lasts = None if ends is None or facts["flag"] else ends + timedelta(days=3)
            more |= {"pending_id": self.promises[-1][1], "activates_at": ends, "expires_at": lasts}
            verb = Earn
        elif verb is Earn:
            more["expires_at"] = ends
        elif verb is Set:
            more["basis"] = Basis.POSTED
        elif verb is Reverse:
            more = {"version": facts["which"] + 1, "points": None if facts["flag"] else facts["points"]}
        elif verb is Transfer:
            more["to_account_id"] = self.accounts[1 - account]
        made: Command = verb(caller=self.caller, at=self.now, account_id=self.accounts[account], **more)
        return made

    def _named(self, verb: type[Command], facts: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """The account and the facts of a command that names a hold or pending earn of before, if there was any."""
        pool = self.holds if verb in (Capture, Void) else self.promises
        account, subject = pool[facts["which"] % len(pool)] if pool else (facts["account"], uuid.uuid4())
        if verb is Capture:
            points = facts["points"] if facts["flag"] else None
            return account, {"hold_id": subject, "points": points, "release_rest": facts["which"] > 3}
        return account, {"hold_id" if verb is Void else "pending_id": subject}
