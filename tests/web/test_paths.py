"""A path counts as the documented one exactly as far as the vendor's own server is lenient."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guerdon.web.paths import PathStyle

TEMPLATES = ("/Loyalty/Earn", "/Loyalty/{id}/Balance", "/Loyalty", "/")
STRICT = PathStyle()
LENIENT = PathStyle(any_case=True, trailing_slash=True, double_slashes=True)


@pytest.mark.parametrize(
    ("style", "sent", "taken"),
    [
        (STRICT, "/Loyalty/Earn", "/Loyalty/Earn"),
        (STRICT, "/loyalty/earn", "/loyalty/earn"),
        (STRICT, "/Loyalty/Earn/", "/Loyalty/Earn/"),
        (STRICT, "//Loyalty/Earn", "//Loyalty/Earn"),
        (PathStyle(any_case=True), "/lOYALTY/eARN", "/Loyalty/Earn"),
        (PathStyle(any_case=True), "/loyalty/AbC/balance", "/Loyalty/AbC/Balance"),
        (PathStyle(any_case=True), "/loyalty/earn/", "/loyalty/earn/"),
        (PathStyle(trailing_slash=True), "/Loyalty/Earn/", "/Loyalty/Earn"),
        (PathStyle(trailing_slash=True), "/Loyalty/Earn//", "/Loyalty/Earn/"),
        (PathStyle(trailing_slash=True), "/loyalty/earn/", "/loyalty/earn"),
        (PathStyle(double_slashes=True), "//Loyalty///Earn", "/Loyalty/Earn"),
        (LENIENT, "//loyalty//X//BALANCE//", "/Loyalty/X/Balance"),
        (LENIENT, "/unknown/Path/", "/unknown/Path"),
        (LENIENT, "/", "/"),
        (LENIENT, "//", "/"),
    ],
)
def test_what_counts_as_the_same_path(style: PathStyle, sent: str, taken: str) -> None:
    """Parameters keep their case: they are ids."""
    assert style.canonical(TEMPLATES)(sent) == taken


def test_a_fixed_path_comes_before_one_with_a_parameter() -> None:
    """Else `/Loyalty/earn` would be read as the customer `earn`."""
    canonical = LENIENT.canonical(["/Loyalty/{id}", "/Loyalty/Earn"])
    assert canonical("/loyalty/EARN") == "/Loyalty/Earn"
    assert canonical("/loyalty/EARN2") == "/Loyalty/EARN2"


@given(st.text(st.sampled_from("/aL{}%."), max_size=20).map(lambda tail: "/" + tail))
def test_a_path_is_found_once_and_for_all(path: str) -> None:
    """What has been found stays what it is; what the strict style is given, it leaves alone."""
    canonical = LENIENT.canonical(TEMPLATES)
    once = canonical(path)
    assert once.startswith("/")
    if not once.endswith("/"):
        assert canonical(once) == once
    assert STRICT.canonical(TEMPLATES)(path) == path
