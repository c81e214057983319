"""Campaigns and moves on the ladder over a socket: what cannot be is told, and what is another's is not there."""

import base64

import pytest

from surfaces.native.conftest import Api, Guest, refused


def test_a_code_that_can_be_none_is_the_code_of_nothing(api: Api, guest: Guest) -> None:
    path = f"/programs/{api.get(f'/memberships/{guest.membership_id}')['program_id']}/campaigns"
    for code in ("nothing", "A", "%D9%A3", "a" * 5_000, "%27"):
        refused(api.call("GET", f"{path}/{code}"), 404, "campaign_not_found")


@pytest.mark.parametrize("path", ["/programs/{program}/campaigns", "/memberships/{membership}/tier-moves"])
def test_lists_take_their_own_cursors_and_parameters_only(api: Api, neighbour: Api, guest: Guest, path: str) -> None:
    program = api.get(f"/memberships/{guest.membership_id}")["program_id"]
    path = path.format(program=program, membership=guest.membership_id)
    assert set(api.get(path)) == {"data", "next_cursor"}
    nul = base64.urlsafe_b64encode(b'["campaigns","\\u0000"]').decode().rstrip("=")
    for cursor in ("x", nul, "eyJ9"):
        refused(api.call("GET", f"{path}?cursor={cursor}"), 400, "cursor_not_found")
    for query in ("limit=0", "limit=201", "limti=5"):
        refused(api.call("GET", f"{path}?{query}"), 400, "invalid_field")
    kind = "program" if "campaigns" in path else "membership"
    refused(neighbour.call("GET", path), 404, f"{kind}_not_found")
    refused(api.call("GET", path.replace(program, "x").replace(guest.membership_id, "x")), 404, f"{kind}_not_found")
