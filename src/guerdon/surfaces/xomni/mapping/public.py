"""XOMNI's loyalty users and anonymous ones as the public API shows them; pure."""

from collections.abc import Mapping

from msgspec import structs

from guerdon.core.members import Member
from guerdon.core.refusals import MetadataNotFound
from guerdon.engine.reading import Customer
from guerdon.surfaces.xomni import wire
from guerdon.surfaces.xomni.mapping import ANONYMOUS, loyalty


def from_customer(known: Customer) -> wire.PublicLoyaltyUserData:
    """A loyalty user, without what is the back office's."""
    user = loyalty.from_customer(known)
    shown = {field.name: getattr(user, field.name) for field in structs.fields(wire.PublicLoyaltyUser)}
    return wire.PublicLoyaltyUserData(wire.PublicLoyaltyUser(**shown))


def from_pairs(pairs: Mapping[str, str]) -> wire.PublicMetadataData:
    """A user's metadata.

    Raises:
        MetadataNotFound: there is none: the vendor has no empty lists.
    """
    if not pairs:
        raise MetadataNotFound("any")
    return wire.PublicMetadataData([wire.PublicMetadata(key, value) for key, value in pairs.items()])


def name_of(body: wire.NewAnonymousUser) -> str | None:
    """The name of somebody anonymous, in whichever member it came."""
    return body.first_last_name if body.name is None else body.name


def from_anonymous(member: Member, user_name: str, password: str) -> wire.AnonymousUserData:
    """Somebody anonymous, with the password that was made for it."""
    return wire.AnonymousUserData(wire.AnonymousUser(user_name, password, member.profile.full_name, ANONYMOUS[1]))
