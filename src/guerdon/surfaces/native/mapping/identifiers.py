"""The names that members answer to, as the native API takes and shows them; pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import UnsetType

from guerdon.core import members
from guerdon.engine.recognising import CODE_LIFETIME
from guerdon.surfaces.native.mapping.members import own
from guerdon.surfaces.native.wire import identifiers as wire
from guerdon.web.operations import Call


def to_identifier(body: wire.NewIdentifier) -> members.Identifier:
    """A name to add.

    Raises:
        InvalidField: it is in a namespace that follows the profile.
    """
    return members.Identifier(own(body.namespace, body.namespace), body.value)


def to_drop(call: Call[Any], query: wire.IdentifierQuery) -> members.Identifier:
    """A name to take, without a value where it is all in the namespace.

    Raises:
        InvalidField: as above.
    """
    namespace = call.request.path["namespace"]
    value = "" if isinstance(query.value, UnsetType) else query.value
    return members.Identifier(own(namespace, namespace), value)


def from_code(code: str, at: datetime) -> wire.SignOnCode:
    """A code that was made at a moment."""
    return wire.SignOnCode(code, at + CODE_LIFETIME)


def from_identifiers(found: Sequence[members.Identifier]) -> wire.Identifiers:
    """All names of a member."""
    return wire.Identifiers([wire.Identifier(name.namespace, name.value) for name in found])
