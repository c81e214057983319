"""How long tokens and authorizations last where a server is told."""

import uuid
from dataclasses import replace
from datetime import timedelta

from conftest import served
from guerdon.serve import configured
from guerdon.settings import Settings
from surfaces.counterpoint.conftest import Past
from surfaces.counterpoint.tills import refused


async def test_times_are_settings(past: Past, past_server: tuple[str, str, object]) -> None:
    """A repeat with a key is the same authorization although it comes later; what has ended frees its points."""
    told = configured(Settings(minutes={("counterpoint", "tokens"): 2, ("counterpoint", "holds"): 3}))
    clock, key = past.clock, uuid.uuid4().hex
    with served(past_server[0], clock, told) as address:
        till = replace(past.till, base_url=f"{address}/counterpoint")
        customer = replace(await past.customer(), till=till)
        customer.earned(100)
        begun = clock.now
        login = {"UserName": "demo-counterpoint", "Password": "demo-counterpoint-secret"}
        tokens = [till.post("/SSO/Login", **login).json()["APItoken"] for _ in range(2)]
        code = customer.authorized("W-1", 60, key)
        clock.now = begun + timedelta(seconds=119)
        assert replace(till, token=tokens[0]).check(customer.number).status_code == 200
        assert customer.authorized("W-1", 60, key) == customer.authorized("W-1", 60) == code
        clock.now = begun + timedelta(seconds=120)
        refused(replace(till, token=tokens[1]).check(customer.number), 401, "Not Authorized")
        assert customer.figures() == (100, 60, 40)
        clock.now = begun + timedelta(minutes=3)
        assert customer.figures() == (100, 0, 100)
        refused(till.finish("Confirm", customer.number, code), 400, "Bad Request")
        assert till.finish("Cancel", customer.number, code).status_code == 204
        assert customer.authorized("W-1", 60) != code
