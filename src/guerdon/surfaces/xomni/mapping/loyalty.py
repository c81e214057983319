"""XOMNI's loyalty users to enrolments and changes, and members to its loyalty users; pure."""

from collections.abc import Sequence
from typing import Any

from msgspec import UNSET, UnsetType, structs

from guerdon.core.members import Member, Profile
from guerdon.core.memberships import Membership
from guerdon.core.points import exact
from guerdon.engine.changing import Change
from guerdon.engine.enrolling import Enrolment
from guerdon.engine.joining import KEEP
from guerdon.engine.reading import Customer
from guerdon.surfaces.xomni import mapping, wire
from guerdon.surfaces.xomni.mapping import LOYALTY, USER_NAME
from guerdon.web.failures import InvalidField
from guerdon.web.operations import Call

DETAILS = {
    "name": "full_name",
    "e_mail_address": "email",
    "phone_number": "phone",
    "date_of_birth": "date_of_birth",
    "gender": "gender",
    "street_address_1": "address_line_1",
    "street_address_2": "address_line_2",
    "city": "city",
    "state": "region",
    "zip": "postal_code",
}
"""What a loyalty user's members are called in a profile."""

HOLE = "{0}"
"""What the .NET client leaves in the path of an update where the id should be."""


def to_enrolment(call: Call[wire.NewLoyaltyUser]) -> Enrolment:
    """An enrolment in the tenant's default program, contact details as free text.

    Raises:
        InvalidField: a text is too long, the user name is blank, or the date of birth is not a date.
        PointsOutOfRange: the points are not a finite number of a size that can be kept.
    """
    body = call.body
    mapping.check_user_name(body.user_name)
    mapping.check_texts(body)
    mapping.check_date("DateOfBirth", body.date_of_birth)
    return Enrolment(
        caller=call.caller,
        at=call.at,
        profile=Profile(**{ours: getattr(body, theirs) for theirs, ours in DETAILS.items()}),
        namespace=USER_NAME,
        name=body.user_name,
        is_shown=True,
        strict=False,
        separate=True,
        password=mapping.password_of(body.password),
        available=None if body.available_points is None else exact(body.available_points),
    )


def serial_of(call: Call[wire.ChangedLoyaltyUser]) -> int:
    """Which user is to be changed: the body says so, and the path where the body does not.

    Raises:
        InvalidField: neither does, or they say different things.
        MemberNotFound: nobody can have the id.
    """
    in_body = None if call.body.id is None else mapping.to_serial(str(call.body.id))
    in_path = call.request.path.get("id", HOLE)
    if in_path != HOLE and in_body not in (None, mapping.to_serial(in_path)):
        raise InvalidField("Id", "is not the one in the path")
    if in_body is None and in_path == HOLE:
        raise InvalidField("Id", "is required", missing=True)
    return mapping.to_serial(in_path) if in_body is None else in_body


def replaced(body: wire.ChangedLoyaltyUser) -> wire.ChangedLoyaltyUser:
    """The body of a full update: what is left out is null.

    Raises:
        InvalidField: the user name is missing.
    """
    mapping.check_user_name(body.user_name)
    left_out = [field.name for field in structs.fields(body) if getattr(body, field.name) is UNSET]
    return structs.replace(body, **dict.fromkeys(left_out))


def to_change(call: Call[Any], body: wire.ChangedLoyaltyUser, known: Customer) -> Change:
    """What is to change of a user: members that are left out are kept, null ones cleared, a password never.

    A user name that the user goes by anyway is none of its own.

    Raises:
        InvalidField: a text is too long, the user name is null or blank, or the date of birth is not a date.
        PointsOutOfRange: the points are not a finite number of a size that can be kept.
    """
    mapping.check_texts(body)
    name = None if body.user_name is UNSET else mapping.check_user_name(body.user_name)
    if not isinstance(body.date_of_birth, UnsetType):
        mapping.check_date("DateOfBirth", body.date_of_birth)
    available = body.available_points
    return Change(
        caller=call.caller,
        at=call.at,
        member_id=known.member.id,
        program=known.program,
        namespace=USER_NAME,
        name=name,
        details=_details(body, known.member.profile),
        password=mapping.password_of(body.password),
        available=KEEP if isinstance(available, UnsetType) else None if available is None else exact(available),
    )


def _details(body: wire.ChangedLoyaltyUser, profile: Profile) -> dict[str, str | None]:
    """What is given, by the names of a profile; a name put together from its parts is left in them."""
    given = {ours: getattr(body, theirs) for theirs, ours in DETAILS.items() if getattr(body, theirs) is not UNSET}
    if given.get("full_name") is not None and given["full_name"] == profile.display_name:
        del given["full_name"]
    elif "full_name" in given and given["full_name"] is None:
        given |= {"first_name": None, "last_name": None}
    return given


def from_customer(known: Customer) -> wire.LoyaltyUser:
    """A member as a loyalty user."""
    return from_member(known.member, known.membership)


def from_member(member: Member, membership: Membership | None, *, password: object = None) -> wire.LoyaltyUser:
    """A member as a loyalty user; points are null until some were posted, the password unless it just came in."""
    profile = member.profile
    untouched = membership is None or membership.balance.version == 0
    type_id, type_name = LOYALTY
    return wire.LoyaltyUser(
        user_name=mapping.user_name(member),
        id=member.serial,
        created_date=mapping.instant(member.created_at),
        pii_user_type_id=type_id,
        available_points=None if membership is None or untouched else membership.balance.available,
        street_address_1=profile.address_line_1,
        street_address_2=profile.address_line_2,
        city=profile.city,
        state=profile.region,
        zip=profile.postal_code,
        phone_number=profile.phone,
        e_mail_address=profile.email,
        gender=profile.gender,
        date_of_birth=profile.date_of_birth,
        password=mapping.password_of(password),
        name=profile.full_name if profile.full_name is not None else profile.display_name,
        pii_user_type=type_name,
        initiated_social_like_count=0,
    )


def from_change(
    call: Call[wire.ChangedLoyaltyUser], body: wire.ChangedLoyaltyUser, changed: tuple[Member, Membership | None]
) -> wire.LoyaltyUser:
    """A member as it was just written; points that were taken away by null are null, although the ledger has 0."""
    user = from_member(*changed, password=mapping.echoed(call))
    return structs.replace(user, available_points=None) if body.available_points is None else user


def from_page(page: Sequence[tuple[Member, Membership | None]], count: int) -> wire.LoyaltyUserPage:
    """A page of members as loyalty users."""
    return wire.LoyaltyUserPage([from_member(member, membership) for member, membership in page], count)
