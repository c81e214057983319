"""Tenants: one to try things in is none of the operator's, and is suspended with its live one."""

import uuid
from dataclasses import replace

import pytest

from conftest import NOW, Shop
from guerdon.core.refusals import TenantNotFound
from guerdon.engine import Engine, admitting, keying, tenanting
from guerdon.engine.keying import Granting


async def test_a_test_key_ends_with_its_tenant(engine: Engine, shop: Shop) -> None:
    caller = replace(shop.caller, surface="native")
    ask = Granting(caller=caller, at=NOW, label="x", scopes=frozenset({"read"}), is_test=True)
    _, secret = await keying.grant(engine, ask)
    test = await admitting.by_token(engine, "native", secret)
    assert test is not None
    with pytest.raises(TenantNotFound):
        await tenanting.tenant(engine, test.tenant_id)
    live = await tenanting.tenant(engine, shop.caller.tenant_id)
    said = {"slug": live.slug, "name": live.name}
    ended = await tenanting.change(engine, live, NOW, **said, is_active=False)
    assert ended.suspended_at == NOW
    assert await admitting.by_token(engine, "native", secret) is None
    assert await tenanting.change(engine, ended, NOW, **said, is_active=True) == live
    assert await admitting.by_token(engine, "native", secret) == test
    with pytest.raises(TenantNotFound):
        await tenanting.tenant(engine, uuid.uuid4())
