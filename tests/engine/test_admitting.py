"""Callers are let in by what only they know, on the surface it was given for, and for as long as it is good."""

import asyncio
import hashlib
import hmac
import re
import runpy
import time
import uuid
from collections.abc import AsyncIterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from argon2 import Type

from conftest import NOW, Clock, Shop, open_shop
from engine.people import OF_TENANT, enrolled, fetch, stored
from guerdon.core.members import Member
from guerdon.engine import Engine, admitting, changing
from guerdon.engine.changing import Change
from guerdon.storage import credentials
from guerdon.storage.credentials import Credential

HOUR = timedelta(hours=1)


@pytest.fixture
async def own(dsn: str) -> AsyncIterator[tuple[Engine, Clock]]:
    """An engine that remembers nobody yet, with a clock to set."""
    clock = Clock()
    async with Engine.running(dsn, clock=clock, connections=2) as engine:
        yield engine, clock


async def grant(engine: Engine, shop: Shop) -> tuple[str, Credential]:
    """A credential of the shop for the surface `native`; its name."""
    name = uuid.uuid4().hex
    granted = Credential(
        uuid.uuid4(),
        shop.caller.tenant_id,
        shop.caller.chain_id,
        frozenset({"read"}),
        secret_hash=await admitting.hashed(engine, "secret"),
    )
    async with engine.database.connection() as connection:
        await credentials.insert(connection, "native", name, granted, NOW)
    return name, granted


async def test_a_name_and_its_secret(engine: Engine, shop: Shop) -> None:
    """The caller has the tenant, the chain and the scopes of the credential."""
    name, granted = await grant(engine, shop)
    caller = await admitting.by_secret(engine, "native", name, "secret")
    assert caller is not None
    assert (caller.tenant_id, caller.chain_id) == (shop.caller.tenant_id, shop.caller.chain_id)
    assert (caller.surface, caller.credential_id, caller.scopes) == ("native", granted.id, granted.scopes)


@pytest.mark.parametrize("secret", ["", "Secret", "secret ", "secret\0", "\0", "s" * 201, "s" * 100_000])
async def test_a_wrong_secret(engine: Engine, shop: Shop, secret: str) -> None:
    """Whatever it is, and however long."""
    name, _ = await grant(engine, shop)
    assert await admitting.by_secret(engine, "native", name, secret) is None
    assert await admitting.sign_in(engine, "native", name, secret, HOUR) is None


@pytest.mark.parametrize("name", ["", "nobody", "\0", "x" * 10_000])
async def test_a_name_that_nobody_has(engine: Engine, name: str) -> None:
    """Nor does one with which the database cannot be asked."""
    assert await admitting.by_secret(engine, "native", name, "secret") is None


async def test_another_surface_does_not_know_it(engine: Engine, shop: Shop) -> None:
    """A till's password must not open the hotel's door."""
    name, _ = await grant(engine, shop)
    assert await admitting.by_secret(engine, "other", name, "secret") is None
    issued = await admitting.sign_in(engine, "native", name, "secret", HOUR)
    assert issued is not None
    assert await admitting.by_token(engine, "other", issued[0]) is None


async def test_a_token_that_was_traded_for_expires(own: tuple[Engine, Clock], shop: Shop) -> None:
    """The moment was told with it."""
    engine, clock = own
    name, _ = await grant(engine, shop)
    issued = await admitting.sign_in(engine, "native", name, "secret", HOUR)
    assert issued is not None
    token, end = issued
    assert end == NOW + HOUR
    clock.now = end
    assert await admitting.by_token(engine, "native", token) is None
    clock.now = end - timedelta(seconds=1)
    assert await admitting.by_token(engine, "native", token) is not None
    assert min(until for until, _ in engine.admitted.values()) <= time.monotonic() + 1, "remembered no longer"


async def test_a_token_of_one_tenant_only(engine: Engine, shop: Shop) -> None:
    """Where a tenant is given, nobody else's secret is traded."""
    name, _ = await grant(engine, shop)
    assert await admitting.sign_in(engine, "native", name, "secret", HOUR, shop.caller.tenant_id) is not None
    assert await admitting.sign_in(engine, "native", name, "secret", HOUR, uuid.uuid4()) is None


async def test_a_tenant_by_its_slug(engine: Engine, shop: Shop) -> None:
    """As it stands in the name of a host."""
    assert await admitting.tenant(engine, shop.caller.tenant_id.hex) == shop.caller.tenant_id
    for nobody in ("", "nobody", "\0", "x" * 10_000):
        assert await admitting.tenant(engine, nobody) is None


def test_a_server_hashes_slowly() -> None:
    """By the second recommendation of RFC 9106, section 4; tests do it in a hundredth of the time."""
    hasher = runpy.run_path(admitting.__file__)["_HASHER"]
    assert hasher.type is Type.ID
    assert (hasher.time_cost, hasher.memory_cost, hasher.parallelism) == (3, 65_536, 4)


async def test_every_token_is_another(engine: Engine, shop: Shop) -> None:
    """Long, and stored only as its hash."""
    name, granted = await grant(engine, shop)
    tokens = [await admitting.sign_in(engine, "native", name, "secret", HOUR) for _ in range(2)]
    assert tokens[0] != tokens[1]
    async with engine.database.connection() as connection:
        kept = await connection.fetch("SELECT hash FROM tokens WHERE credential_id = $1", granted.id)
    assert {row["hash"] for row in kept} == {admitting.token_hash(issued[0]) for issued in tokens if issued}


async def test_strangers_are_not_remembered(own: tuple[Engine, Clock]) -> None:
    """Else guessing would fill the memory, and a credential just made would be refused."""
    engine, _ = own
    for _ in range(20):
        assert await admitting.by_token(engine, "native", uuid.uuid4().hex) is None
    assert engine.admitted == {}


async def test_who_was_let_in_is_remembered_by_a_hash(own: tuple[Engine, Clock], shop: Shop) -> None:
    """For a moment: a token in each request must not be a query in each request. The secret itself is not kept."""
    engine, _ = own
    name, granted = await grant(engine, shop)
    first = await admitting.by_secret(engine, "native", name, "secret")
    async with engine.database.connection() as connection:
        await connection.execute("DELETE FROM credentials WHERE id = $1", granted.id)
    assert await admitting.by_secret(engine, "native", name, "secret") == first
    assert len(engine.admitted) == 1
    assert b"secret" not in b"".join(engine.admitted)


async def test_a_token_is_looked_up_once_for_all_who_wait(own: tuple[Engine, Clock], shop: Shop) -> None:
    """A till with a hundred requests under way is not a hundred queries; who leaves meanwhile takes nobody along."""
    engine, _ = own
    name, _ = await grant(engine, shop)
    issued = await admitting.sign_in(engine, "native", name, "secret", HOUR)
    assert issued is not None
    waiting = [asyncio.create_task(admitting.by_token(engine, "native", issued[0])) for _ in range(100)]
    await asyncio.sleep(0)
    assert len(engine.asking) == 1
    waiting[0].cancel()
    found = await asyncio.gather(*waiting[1:])
    assert len(set(map(id, found))) == 1
    assert found[0] is not None
    assert engine.asking == {}
    strangers = await asyncio.gather(*(admitting.by_token(engine, "native", f"{n % 3}") for n in range(9)))
    assert strangers == [None] * 9


class Counting(ThreadPoolExecutor):
    """Counts what it is given to do."""

    count = 0

    def submit(self, *arguments: Any, **named: Any) -> Future[Any]:
        """One more."""
        self.count += 1
        return super().submit(*arguments, **named)


async def test_a_name_that_nobody_has_costs_as_much_as_one_that_somebody_has(engine: Engine, shop: Shop) -> None:
    """One slow hash each, so that the time tells nothing; none for a secret that is too long to be one."""
    name, _ = await grant(engine, shop)
    with Counting(max_workers=1) as hashing:
        counting = replace(engine, hashing=hashing, admitted={})

        async def hashes(who: str, secret: str) -> tuple[int, int]:
            before = hashing.count
            assert await admitting.by_secret(counting, "native", who, secret) is None
            between = hashing.count
            assert await admitting.sign_in(counting, "native", who, secret, HOUR) is None
            return between - before, hashing.count - between

        assert await hashes(name, "wrong") == (1, 1)
        assert await hashes("nobody", "wrong") == (1, 1)
        assert await hashes(name, "") == await hashes("nobody", "") == (1, 1)
        longest = "s" * admitting.LONGEST_SECRET
        assert await hashes(name, longest) == await hashes("nobody", longest) == (1, 1)
        assert await hashes(name, longest + "s") == await hashes("nobody", longest + "s") == (0, 0)
        assert await admitting.by_secret(counting, "native", name, "secret") is not None
        before = hashing.count
        assert await admitting.by_secret(counting, "native", name, "secret") is not None
        assert hashing.count == before, "who was let in a moment ago"


async def test_the_tables_hold_neither_secrets_nor_tokens(engine: Engine, shop: Shop) -> None:
    """Secrets as salted slow hashes, no two alike; tokens as SHA-256; whoever reads the tables can use neither."""
    tokens = []
    for _ in range(2):
        name, _ = await grant(engine, shop)
        issued = await admitting.sign_in(engine, "native", name, "secret", HOUR)
        assert issued is not None
        tokens.append(issued[0])
    tenant_id = shop.caller.tenant_id
    hashes = [row["secret_hash"] for row in await fetch(engine, OF_TENANT["credentials"], tenant_id)]
    assert len(set(hashes)) == 2
    assert all(re.match(r"\$argon2id\$v=19\$m=\d+,t=\d+,p=\d+\$", kept) for kept in hashes)
    kept_tokens = {row["hash"] for row in await fetch(engine, OF_TENANT["tokens"], tenant_id)}
    assert kept_tokens == {hashlib.sha256(token.encode()).digest() for token in tokens}
    rows = {table: row for table, row in (await stored(engine, tenant_id)).items() if table != "credentials"}
    assert not any(token in repr(rows) for token in (*tokens, "'secret'"))


def later(engine: Engine) -> None:
    """The seconds for which callers are remembered have passed."""
    for key, (until, caller) in engine.admitted.items():
        engine.admitted[key] = (until - admitting.REMEMBERED_SECONDS, caller)


@pytest.mark.parametrize("table", ["tokens", "credentials"])
async def test_what_is_taken_back_lets_nobody_in(own: tuple[Engine, Clock], shop: Shop, table: str) -> None:
    """The token, or the credential with its name and all its tokens; after the few seconds of memory."""
    engine, _ = own
    name, granted = await grant(engine, shop)
    issued = await admitting.sign_in(engine, "native", name, "secret", HOUR)
    assert issued is not None
    assert await admitting.by_token(engine, "native", issued[0]) is not None
    assert await admitting.by_secret(engine, "native", name, "secret") is not None
    column = "credential_id" if table == "tokens" else "id"
    await fetch(engine, f"UPDATE {table} SET revoked_at = $2 WHERE {column} = $1", granted.id, NOW)  # noqa: S608
    assert await admitting.by_token(engine, "native", issued[0]) is not None, "let in a moment ago"
    now = time.monotonic()
    assert all(until <= now + admitting.REMEMBERED_SECONDS for until, _ in engine.admitted.values())
    later(engine)
    assert await admitting.by_token(engine, "native", issued[0]) is None
    by_name = await admitting.by_secret(engine, "native", name, "secret")
    again = await admitting.sign_in(engine, "native", name, "secret", HOUR)
    assert (by_name is not None, again is not None) == ((True, True) if table == "tokens" else (False, False))


async def test_memory_has_its_limit(own: tuple[Engine, Clock], shop: Shop) -> None:
    """Beyond it the others are forgotten, which costs them one look-up."""
    engine, _ = own
    name, _ = await grant(engine, shop)
    engine.admitted.update({n.to_bytes(4): (0.0, shop.caller) for n in range(admitting.MOST_REMEMBERED)})
    assert await admitting.by_secret(engine, "native", name, "secret") is not None
    assert len(engine.admitted) == 1


async def signer(engine: Engine, shop: Shop, *secrets: str) -> str:
    """The name of a credential whose requests are signed with these."""
    name = uuid.uuid4().hex
    granted = Credential(
        uuid.uuid4(), shop.caller.tenant_id, None, frozenset(), secret_hash="none", signing_secrets=secrets
    )
    async with engine.database.connection() as connection:
        await credentials.insert(connection, "native", name, granted, NOW)
    return name


@pytest.mark.parametrize("secret", ["old", "new"])
@pytest.mark.parametrize("content", [b"", b'{"a": 1}', bytes(range(256))])
async def test_a_signature_lets_its_signer_in(engine: Engine, shop: Shop, secret: str, content: bytes) -> None:
    """With any of the secrets, so that one can follow another without a gap."""
    name = await signer(engine, shop, "old", "new")
    signature = hmac.new(secret.encode(), content, "sha256").hexdigest()
    caller = await admitting.by_signature(engine, "native", name, content, signature)
    assert caller is not None
    assert (caller.tenant_id, caller.surface) == (shop.caller.tenant_id, "native")


async def test_a_signature_is_of_this_content_by_this_name_on_this_surface(engine: Engine, shop: Shop) -> None:
    name, nobody = await signer(engine, shop, "secret"), await signer(engine, shop)
    good = hmac.new(b"secret", b"body", "sha256").hexdigest()
    asks = [
        ("native", name, b"body ", good),
        ("native", name, b"body", good.upper()),
        ("native", name, b"body", good[:-1]),
        ("native", name, b"body", ""),
        ("native", name, b"body", "\udcff\u00e9"),
        ("native", name, b"body", hmac.new(b"", b"body", "sha256").hexdigest()),
        ("native", nobody, b"body", good),
        ("native", uuid.uuid4().hex, b"body", good),
        ("native", "\0", b"body", good),
        ("other", name, b"body", good),
    ]
    for surface, named, content, signature in asks:
        assert await admitting.by_signature(engine, surface, named, content, signature) is None
    assert await admitting.by_signature(engine, "native", name, b"body", f" {good} ") is not None


# --- people


async def person(engine: Engine, shop: Shop, password: str | None) -> Member:
    """Somebody with a user name and maybe a password."""
    return (await enrolled(engine, shop, namespace="shop.username", name="Mira", password=password)).member


async def test_a_person_and_its_password(engine: Engine, shop: Shop) -> None:
    """Remembered or not; not another's, and nobody's."""
    member = await person(engine, shop, "plum")
    for _ in range(2):
        assert await admitting.person(engine, shop.caller, member.id, "plum") == member
    for wrong in ("", "Plum", "plum ", "plum\0", "p" * 201, "p" * 100_000):
        assert await admitting.person(engine, shop.caller, member.id, wrong) is None
    for nobody in (None, uuid.uuid4()):
        assert await admitting.person(engine, shop.caller, nobody, "plum") is None
    stranger = (await open_shop(engine)).caller
    assert await admitting.person(engine, stranger, member.id, "plum") is None


async def test_a_person_without_a_password_is_not_let_in(engine: Engine, shop: Shop) -> None:
    """With none, with an empty one, or with the word for it."""
    member = await person(engine, shop, None)
    for secret in ("", "None", "null"):
        assert await admitting.person(engine, shop.caller, member.id, secret) is None


async def test_another_password_counts_at_once(engine: Engine, shop: Shop) -> None:
    """The old one was remembered a moment ago."""
    member = await person(engine, shop, "plum")
    assert await admitting.person(engine, shop.caller, member.id, "plum") == member
    change = Change(
        caller=shop.caller,
        at=NOW,
        member_id=member.id,
        program=shop.program,
        namespace="shop.username",
        password="pear",
    )
    await changing.change(engine, change)
    assert await admitting.person(engine, shop.caller, member.id, "plum") is None
    assert await admitting.person(engine, shop.caller, member.id, "pear") == member


async def test_the_name_of_a_credential(engine: Engine, shop: Shop) -> None:
    """Empty where there is none."""
    name, _ = await grant(engine, shop)
    caller = await admitting.by_secret(engine, "native", name, "secret")
    assert caller is not None
    assert await admitting.name_of(engine, caller) == name
    assert await admitting.name_of(engine, shop.caller) == ""
