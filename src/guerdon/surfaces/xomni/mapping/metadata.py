"""XOMNI's metadata: which user and which key are meant, and pairs as it shows them; pure."""

from collections.abc import Mapping

from guerdon.core.refusals import MetadataNotFound
from guerdon.surfaces.xomni import mapping, wire
from guerdon.web.failures import InvalidField

USER_ID, KEY = "loyaltyUserId", "metadataKey"


def checked(body: wire.LoyaltyUserMetadata) -> wire.LoyaltyUserMetadata:
    """A pair that can be kept.

    Raises:
        InvalidField: the key or the value is empty or too long.
    """
    for name, text in (("Key", body.key), ("Value", body.value)):
        if not text:
            raise InvalidField(name, "must not be empty")
    mapping.check_texts(body, wire.METADATA_LIMITS)
    return body


def to_serial(query: Mapping[str, str]) -> int:
    """Whose metadata is meant.

    Raises:
        InvalidField: that is left out, or no number.
        MemberNotFound: nobody can have the number.
    """
    text = mapping.folded(query).get(USER_ID.casefold())
    if text is None:
        raise InvalidField(USER_ID, "is required", missing=True)
    if not (text.isascii() and text.isdigit()):
        raise InvalidField(USER_ID, "must be a whole number")
    return mapping.to_serial(text)


def to_key(query: Mapping[str, str]) -> str | None:
    """Which pair is meant; None is all of them.

    Raises:
        InvalidField: the key is given and empty, which must not be taken for all of them.
        MetadataNotFound: nothing can be under the key.
    """
    key = mapping.folded(query).get(KEY.casefold())
    if key == "":
        raise InvalidField(KEY, "must not be empty")
    if key is not None and "\0" in key:
        raise MetadataNotFound(key)
    return key


def from_pairs(serial: int, pairs: Mapping[str, str]) -> list[wire.LoyaltyUserMetadata]:
    """A user's pairs.

    Raises:
        MetadataNotFound: there are none: the vendor has no empty lists.
    """
    if not pairs:
        raise MetadataNotFound("any")
    return [wire.LoyaltyUserMetadata(serial, key, value) for key, value in pairs.items()]
