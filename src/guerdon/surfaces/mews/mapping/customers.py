"""Mews' customers to what is said of a person, and members to customers; pure."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from guerdon.core.callers import Caller
from guerdon.core.dates import iso_date
from guerdon.core.members import Member, MemberFilter, Profile
from guerdon.engine.people import Person
from guerdon.surfaces.mews.mapping import in_scope, interval, spelled_instant, states
from guerdon.surfaces.mews.wire import VALUE
from guerdon.surfaces.mews.wire import customers as wire
from guerdon.web.failures import InvalidField
from guerdon.web.operations import Request

NOBODY = UUID(int=0)
"""Who made and changed a record: profiles of a property's staff are not known here."""

KEPT = (
    "Title", "SecondLastName", "NationalityCode", "PreferredLanguageCode", "BirthPlace", "BirthCountryCode",
    "BirthCountrySubdivisionCode", "Occupation", "TaxIdentificationNumber", "LoyaltyCode", "AccountingCode",
    "BillingCode", "Notes", "CarRegistrationNumber", "DietaryRequirements", "Classifications", "Options",
)  # fmt: skip
"""What no other surface has a word for, and is kept as it was written."""

ITALIAN = ("ItalianDestinationCode", "ItalianFiscalCode", "ItalianLotteryCode")
"""Kept as well; an update has them wrapped, and null clears them."""

COUNTRY = "CountryCode"
_SEXES = {"male": wire.Sex.MALE, "m": wire.Sex.MALE, "female": wire.Sex.FEMALE, "f": wire.Sex.FEMALE}
_FILTERS = (
    "created_utc", "updated_utc", "deleted_utc", "customer_ids", "company_ids", "emails", "first_names", "last_names",
    "loyalty_codes",
)  # fmt: skip


def to_chain(caller: Caller, named: Sequence[UUID] | None, chains: frozenset[UUID]) -> UUID | None:
    """The chain that customers are shown in: they belong to all of them. None where none in scope is named.

    Raises:
        InvalidField: a portfolio token names none at all.
    """
    if caller.chain_id is None and named is None:
        raise InvalidField("ChainIds", "a portfolio token must name chains", missing=True)
    return next(iter(in_scope(named, chains)), None)


def to_filter(body: wire.CustomersGetAllRequest, surface: str, request: Request) -> MemberFilter:
    """Which customers are wanted; active ones unless asked otherwise.

    Raises:
        InvalidField: there is no filter, or an interval is none.
    """
    if all(getattr(body, name) is None for name in _FILTERS):
        raise InvalidField("CustomerIds", "required where there is no other filter", missing=True)
    active, deleted = states(body.activity_states, request)
    codes = body.loyalty_codes
    return MemberFilter(
        ids=[] if body.company_ids else body.customer_ids,
        emails=body.emails,
        first_names=body.first_names,
        last_names=body.last_names,
        details=None if codes is None else [{surface: {"LoyaltyCode": code}} for code in codes],
        active=active,
        merged=deleted,
        created=interval("CreatedUtc", body.created_utc),
        updated=interval("UpdatedUtc", body.updated_utc),
        merged_at=interval("DeletedUtc", body.deleted_utc),
    )


def to_person(body: wire.CustomersAddRequest | wire.CustomersUpdateRequest) -> Person:
    """What is said of a customer.

    Raises:
        InvalidField: the birth date is none, or a company is named, of which there are none.
    """
    if body.company_id is not None:
        raise InvalidField("CompanyId", "there are no companies")
    born = None if body.birth_date is None else iso_date(body.birth_date)
    if body.birth_date is not None and born is None:
        raise InvalidField("BirthDate", "not an ISO 8601 date")
    address = body.address or wire.Address()
    profile = Profile(
        first_name=body.first_name,
        last_name=body.last_name,
        email=body.email,
        phone=body.phone,
        date_of_birth=None if born is None else born.isoformat(),
        gender=None if body.sex is None else body.sex.value,
        address_line_1=address.line1,
        address_line_2=address.line2,
        city=address.city,
        region=address.country_subdivision_code,
        postal_code=address.postal_code,
    )
    sent: dict[str, Any] = msgspec.to_builtins(body)
    details = {name: sent[name] for name in KEPT if sent[name] is not None}
    for name in ITALIAN:
        if sent[name] is not None:
            details[name] = sent[name][VALUE] if isinstance(sent[name], dict) else sent[name]
    if address.country_code is not None:
        details[COUNTRY] = address.country_code
    return Person(profile=profile, details=details)


def from_members(
    members: Sequence[Member], chain_id: UUID, surface: str, extent: wire.CustomerExtent | None
) -> wire.CustomersResult:
    """A page of customers, with the id of the last one whether they are asked for or not."""
    wanted = extent or wire.CustomerExtent(customers=True)
    cursor = members[-1].id if members else None
    if wanted.customers is False:
        return wire.CustomersResult(None, cursor)
    with_address = bool(wanted.addresses)
    return wire.CustomersResult([from_member(m, chain_id, surface, with_address=with_address) for m in members], cursor)


def from_found(members: Sequence[Member], chain_id: UUID, surface: str) -> wire.CustomersSearchResult:
    """Customers that were searched for; stays are not known here."""
    found = [wire.CustomerSearchResult(customer=from_member(m, chain_id, surface)) for m in members]
    return wire.CustomersSearchResult(found)


def from_member(member: Member, chain_id: UUID, surface: str, *, with_address: bool = True) -> wire.Customer:
    """A member as a customer; one without a last name goes by its full name, or its number."""
    profile = member.profile
    kept = {name: value for name, value in member.details.get(surface, {}).items() if name in KEPT + ITALIAN}
    born = None if profile.date_of_birth is None else iso_date(profile.date_of_birth)
    sex = _SEXES.get((profile.gender or "").casefold())
    country: Any = member.details.get(surface, {}).get(COUNTRY)
    known: dict[str, Any] = {
        **kept,
        "Id": member.id,
        "ChainId": chain_id,
        "Number": str(member.serial),
        "Sex": None if sex is None else sex.value,
        "FirstName": profile.first_name,
        "LastName": profile.last_name or profile.display_name or member.number or str(member.serial),
        "BirthDate": None if born is None else born.isoformat(),
        "Email": profile.email,
        "Phone": profile.phone,
        "CreatedUtc": spelled_instant(member.created_at),
        "UpdatedUtc": spelled_instant(member.changed_at or member.created_at),
        "Address": _address(profile, country) if with_address else None,
        "MergeTargetId": member.merged_into,
        "IsActive": member.merged_into is None,
        "CreatorProfileId": NOBODY,
        "UpdaterProfileId": NOBODY,
    }
    return msgspec.convert(known, wire.Customer, from_attributes=True)


def _address(profile: Profile, country: str | None) -> wire.Address | None:
    address = wire.Address(
        line1=profile.address_line_1,
        line2=profile.address_line_2,
        city=profile.city,
        postal_code=profile.postal_code,
        country_code=country,
        country_subdivision_code=profile.region,
    )
    return None if address == wire.Address() else address
