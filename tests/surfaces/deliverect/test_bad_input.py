"""What Deliverect's operations do not take: each gets a clear answer in the envelope, and changes nothing."""

import json

import httpx
import pytest

from surfaces.deliverect.channels import Channel, an_email, census, refused


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"firstName": "Ana", "lastName": "Peeters", "dateOfBirth": "1984-03-09"},
        {"email": None, "phoneNumber": None},
        dict.fromkeys(("email", "phoneNumber", "firstName", "lastName", "dateOfBirth"), "string"),
        {"email": ""},
        {"email": "nobody"},
        {"email": "ana@"},
        {"email": "ana@example.com, bea@example.com"},
        {"email": f"{'a' * 250}@example.com"},
        {"email": "a\0b@example.com"},
        {"email": 7},
        {"email": ["ana@example.com"]},
        {"email": {"address": "ana@example.com"}},
        {"email": True},
        {"phoneNumber": ""},
        {"phoneNumber": "0470111222"},
        {"phoneNumber": "32470111222"},
        {"phoneNumber": "+32 470 11 12 22"},
        {"phoneNumber": "+0470111222"},
        {"phoneNumber": "+3247011122233344"},
        {"phoneNumber": "+32470\u0661\u0661\u0661222"},
        {"phoneNumber": 32470111222},
        {"phoneNumber": 2**63},
        {"dateOfBirth": "", "email": "bad-date@example.com"},
        {"dateOfBirth": "09/03/1984", "email": "bad-date@example.com"},
        {"dateOfBirth": "1984-02-30", "email": "bad-date@example.com"},
        {"dateOfBirth": "1984-03-09T25:00:00", "email": "bad-date@example.com"},
        {"dateOfBirth": "1984-03-09T00:00:00." + "0" * 100, "email": "bad-date@example.com"},
        {"dateOfBirth": 448156800, "email": "bad-date@example.com"},
        {"firstName": "x" * 256, "email": "bad-name@example.com"},
        {"firstName": 7, "email": "bad-name@example.com"},
        {"lastName": "Pee\0ters", "email": "bad-name@example.com"},
        {"email": "good@example.com", "phoneNumber": "bad"},
        {"email": "bad", "phoneNumber": "+32470111222"},
    ],
    ids=lambda body: json.dumps(body)[:60],
)
def test_bad_details_are_refused_and_change_nothing(channel: Channel, dsn: str, body: dict[str, object]) -> None:
    before = census(dsn)
    assert refused(channel.create(**body), 400)
    assert census(dsn) == before


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"   ",
        b"{",
        b"null",
        b"7",
        b'"ana@example.com"',
        b'[{"email":"ana@example.com"}]',
        b"email=ana@example.com",
        b'{"email":"ana@example.com",}',
        b'{"email":"\xff@example.com"}',
        b'{"email":"\\ud800@example.com"}',
        b'{"email":NaN}',
        b'{"email":1e400}',
        b'{"email":' + b"9" * 5_000 + b"}",
        b"[" * 10_000,
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        b'{"email":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    ],
    ids=lambda raw: ascii(raw[:40]),
)
def test_a_bad_body_is_refused_and_changes_nothing(channel: Channel, dsn: str, raw: bytes) -> None:
    before = census(dsn)
    assert refused(channel.send(raw), 400)
    assert census(dsn) == before


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_of_ten_megabytes_is_refused(channel: Channel, dsn: str, chunked: bool) -> None:  # noqa: FBT001
    before = census(dsn)
    body = b'{"email":"' + b"a" * 10_000_000 + b'@example.com"}'
    assert refused(channel.send(iter([body[:2_000_000]]) if chunked else body), 413, "body too large")
    assert census(dsn) == before


def test_what_is_wrong_is_said_in_the_channels_words(channel: Channel) -> None:
    assert refused(channel.create(firstName="Ana"), 400, "email or phoneNumber is required")
    assert refused(channel.create(firstName=7), 400, "firstName: is not a text")
    assert refused(channel.send(b"[]"), 400, "the body is not an object")
    assert refused(channel.create(phoneNumber="0470"), 400, "phoneNumber: not a phone number in E.164 form")
    assert refused(channel.create(email=an_email(), dateOfBirth="soon"), 400, "dateOfBirth: not an ISO 8601 date")
    assert refused(channel.create(email=an_email(), dateOfBirth="2999-01-01"), 400, "dateOfBirth: lies ahead")


@pytest.mark.parametrize(
    "link", ["65f0c0ffee0000000000d003", "65f0c0ffee0000000000e001", "nothing", "65F0C0FFEE0000000000D001", "x" * 5_000]
)
def test_a_link_that_is_not_active_here_has_no_profile(channel: Channel, dsn: str, link: str) -> None:
    wrong = Channel(channel.http, channel.base_url, channel.token, link)
    before = census(dsn)
    assert refused(wrong.create(email=an_email()), 400, "no active loyalty profile found")
    assert refused(wrong.get(email="john.doe@email.com"), 400, "no active loyalty profile found")
    assert census(dsn) == before


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("?", 400),
        ("?email=&phoneNumber=&providerId=", 400),
        ("?customer=7", 400),
        ("?email=nobody", 400),
        ("?phoneNumber=0470111222", 400),
        ("?email=%FF%FE", 400),
        ("?email=a%00b@example.com", 400),
        ("?email=nobody@example.com", 404),
        ("?phoneNumber=%2B32470000000", 404),
        ("?providerId=%00", 404),
        ("?providerId=%FF", 404),
        ("?providerId=' OR 1=1 --", 404),
        ("?providerId=" + "9" * 20_000, 404),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_lookup_that_finds_nobody(channel: Channel, query: str, status: int) -> None:
    answer = channel.http.get(channel.path + query, headers=channel.credentials)
    assert refused(answer, status, "loyalty customer not found" if status == 404 else None)


def test_several_slashes_are_one_and_case_matters(channel: Channel) -> None:
    created = channel.create(email=an_email()).json()
    base, link, query = channel.base_url, channel.link, f"providerId={created['providerId']}"

    def get(path: str) -> httpx.Response:
        return channel.http.get(f"{base}{path}?{query}", headers=channel.credentials)

    for path in (f"//loyalty/{link}/customer", f"/loyalty//{link}///customer"):
        assert get(path).json() == created
    for path in (f"/Loyalty/{link}/customer", f"/loyalty/{link}/Customer", f"/loyalty/{link}/customer/", "/", ""):
        assert refused(get(path), 404, "not found")


def test_another_method_is_not_allowed(channel: Channel) -> None:
    for method in ("PUT", "PATCH", "DELETE"):
        answer = channel.http.request(method, channel.path, headers=channel.credentials)
        assert refused(answer, 405, "method not allowed")
        assert {"GET", "POST"} <= set(answer.headers["allow"].split(", "))
    assert refused(channel.http.get(f"{channel.base_url}/oauth/token"), 405, "method not allowed")
