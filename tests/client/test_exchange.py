"""What crosses the wire is exact: every digit of points both ways."""

from decimal import Decimal

import httpx

from guerdon.client import operations
from guerdon.client.exchange import reply_of

EXACT = "12345678901234567890.1234567890123456789012345678901234567"


def test_points_keep_every_digit() -> None:
    text = f'{{"entry":null,"pending_earn":null,"balance":{{"posted":{EXACT},"held":0,"available":1e-7}}}}'
    response = httpx.Response(200, text=text, headers={"Idempotent-Replayed": "true", "X-Request-Id": "r"})
    reply = reply_of(operations.earn, response)
    assert (reply.body.balance.posted, reply.body.balance.available) == (Decimal(EXACT), Decimal("1e-7"))
    assert (reply.replayed, reply.request_id, reply.etag) == (True, "r", None)
