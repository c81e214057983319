"""The names that members answer to, as they cross the wire."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from guerdon.surfaces.native.wire import Moment, Namespace
from guerdon.surfaces.native.wire.members import Name


class Identifier(Struct):
    """A name that the member answers to."""

    namespace: Annotated[str, Meta(description="Whose names they are.", examples=["card"])]
    value: Annotated[str, Meta(description="Unique in its namespace.", examples=["99-1"])]


class NewIdentifier(Struct):
    """A name to add."""

    namespace: Namespace
    value: Name


class Identifiers(Struct):
    """Everything that the member answers to, by namespace."""

    data: list[Identifier]


class SignOnCode(Struct):
    """What a browser takes along to a shop, so that the shop knows who comes."""

    code: Annotated[str, Meta(description="Good once.", examples=["Zk3vQ8w1TqB6yN5r"])]
    expires_at: Moment


class IdentifierQuery(Struct):
    """Which of the names in the namespace."""

    value: Annotated[Name, Meta(description="That one; all of the namespace where it is left out.")] | UnsetType = UNSET
