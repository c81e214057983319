"""A create with an `Idempotency-Key` is carried out once, and nothing of its password is kept but the slow hash."""

import json
import uuid
from decimal import Decimal
from typing import Any

import httpx
import msgspec
import pytest

from guerdon.engine import Engine, erasing
from surfaces.xomni.conftest import PII_USER, USERS, Merchant, exactly, new_name, pii_token, refused

REUSED = "The idempotency key was used for another request."


def sent(merchant: Merchant, path: str, key: str, **members: Any) -> httpx.Response:
    """A create with a key."""
    body = msgspec.json.Encoder(decimal_format="number").encode(members)
    return merchant.api.call("POST", path, body, Idempotency_Key=key)


@pytest.mark.parametrize("path", [USERS, PII_USER])
async def test_a_repeat_is_answered_again(merchant: Merchant, engine: Engine, path: str) -> None:
    """With the password that it brought; what is kept has none, and no more can be learnt from it."""
    user: dict[str, Any] = {"UserName": new_name(), "Password": "plum-7-orchard", "Name": "Mira"}
    if path == USERS:
        user["AvailablePoints"] = Decimal("20.37076232692728")
    key = uuid.uuid4().hex
    first = sent(merchant, path, key, **user)
    assert (first.status_code, first.json()["Password"]) == (200, user["Password"])
    assert exactly(sent(merchant, path, key, **user, Id=0, CreatedDate="0001-01-01T00:00:00")) == exactly(first)
    for other in ({"Name": "Eva"}, {"Password": "plum-8-orchard"}, {"Password": ""}, {"UserName": new_name()}):
        assert refused(sent(merchant, path, key, **{**user, **other}), 409) == REUSED
    refused(sent(merchant, path, uuid.uuid4().hex, **user), 409)
    refused(sent(merchant, path, "x" * 256, **{**user, "UserName": new_name()}), 400)
    async with engine.database.connection() as connection:
        (kept,) = await connection.fetch("SELECT * FROM answers WHERE key = $1", f"xomni:{key}")
    assert json.loads(kept["body"])["Password"] is None
    assert b"plum" not in repr(tuple(kept)).encode()
    same = [await _fingerprint(merchant, engine, path, password) for password in ("plum", "peach")]
    assert same[0] == same[1]


async def _fingerprint(merchant: Merchant, engine: Engine, path: str, password: str) -> bytes:
    """What is kept of a request that is refused once it was made, so that only the password differs from the next."""
    key, name = uuid.uuid4().hex, "same-name"
    made = sent(merchant, path, key, UserName=name, Password=password)
    assert merchant.api.delete(f"{PII_USER}/{made.json()['Id']}") == 202
    async with engine.database.connection() as connection:
        found: bytes = await connection.fetchval("SELECT fingerprint FROM answers WHERE key = $1", f"xomni:{key}")
    return found


async def test_what_is_kept_goes_with_the_person(merchant: Merchant, engine: Engine) -> None:
    """Deleted by the back office or erased: the answer is gone, and the key makes nobody anew."""
    for gone in ("deleted", "erased"):
        user, key = {"UserName": new_name(), "Password": "plum", "City": "Izmir"}, uuid.uuid4().hex
        made = sent(merchant, USERS, key, **user).json()
        async with engine.database.connection() as connection:
            about = await connection.fetchval("SELECT about FROM answers WHERE key = $1", f"xomni:{key}")
        if gone == "deleted":
            assert merchant.api.delete(f"{USERS}/{made['Id']}") == 202
        else:
            await erasing.erase(engine, merchant.caller.tenant_id, about)
        async with engine.database.connection() as connection:
            (row,) = await connection.fetch("SELECT status, body FROM answers WHERE key = $1", f"xomni:{key}")
        assert tuple(row) == (None, None)
        refused(sent(merchant, USERS, key, **user), 404)
        refused(merchant.api.fetch(made["Id"]), 404)


async def test_repeats_are_no_way_to_guess(merchant: Merchant) -> None:
    user, key = {"UserName": new_name(), "Password": "plum"}, uuid.uuid4().hex
    assert sent(merchant, USERS, key, **user).status_code == 200
    statuses = [sent(merchant, USERS, key, **{**user, "Password": f"{n}"}).status_code for n in range(11)]
    assert statuses == [409] * 10 + [429]
    token = pii_token(user["UserName"], "plum")
    assert merchant.api.call("GET", "/pii/loyalty", PIIToken=token).status_code == 200
