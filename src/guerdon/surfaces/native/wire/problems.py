"""Refusals and failures as they cross the wire: problem details (RFC 9457)."""

from decimal import Decimal
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType


class FieldError(Struct, omit_defaults=True):
    """What is wrong with one member of the body, one parameter or one header."""

    detail: Annotated[str, Meta(examples=["Expected a number"])]
    pointer: Annotated[str, Meta(description="Into the body (RFC 6901).", examples=["/points"])] | UnsetType = UNSET
    parameter: Annotated[str, Meta(description="In the query.", examples=["limit"])] | UnsetType = UNSET
    header: Annotated[str, Meta(examples=["If-Match"])] | UnsetType = UNSET


class Problem(Struct, omit_defaults=True):
    """A refusal or a failure (RFC 9457)."""

    type: Annotated[str, Meta(description="A URI made of the code.", examples=["urn:guerdon:problem:key_reused"])]
    title: Annotated[str, Meta(description="The problem's name, for people.", examples=["Key reused"])]
    status: Annotated[int, Meta(ge=400, le=599)]
    detail: Annotated[str, Meta(description="What is wrong this time.", examples=["The key was used before."])]
    code: Annotated[str, Meta(description="The problem's name, for good.", examples=["key_reused"])]
    request_id: Annotated[
        str,
        Meta(
            description="Of this request, as in `X-Request-Id` and the server's log.",
            examples=["7e3f1d52-9c40-4b6e-8f0a-5d2c1b7a9e64"],
        ),
    ]
    errors: list[FieldError] | UnsetType = UNSET
    available: Annotated[Decimal, Meta(description="With `insufficient_points`.")] | UnsetType = UNSET
    state: (
        Annotated[
            str,
            Meta(
                description="With `hold_not_open`, `pending_not_open`, `redemption_not_open` and `rule_set_not_draft`: "
                "what it is instead."
            ),
        ]
        | UnsetType
    ) = UNSET
    objections: (
        Annotated[
            list[str], Meta(description="With `reward_unavailable`: all that speaks against it.", examples=[["ended"]])
        ]
        | UnsetType
    ) = UNSET
