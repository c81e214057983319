"""What operations are known to take: requests that are drawn go round it, and each surface has a file that says so."""

import hmac
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from requests import PreparedRequest

Json = dict[str, Any]
SIGNATURE = "X-Server-Authorization-HMAC-SHA256"


@dataclass(frozen=True)
class Request:
    """What a request must have to be answered as a good one."""

    path: Json = field(default_factory=dict)
    query: Json = field(default_factory=dict)
    body: Any = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


def email() -> str:
    """An address that nobody has yet."""
    return f"{uuid.uuid4().hex}@example.com"


def signed(secret: str) -> Callable[[PreparedRequest], PreparedRequest]:
    """Signs a request as it goes out, over the bytes of its body."""

    def sign(request: PreparedRequest) -> PreparedRequest:
        body = request.body or b""
        content = body if isinstance(body, bytes) else str(body).encode()
        request.headers[SIGNATURE] = hmac.new(secret.encode(), content, "sha256").hexdigest()
        return request

    return sign
