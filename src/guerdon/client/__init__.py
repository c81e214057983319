"""A typed client of the native API, for programs that wait and for those that do not."""

from guerdon.client import operations
from guerdon.client.client import AsyncClient, Client
from guerdon.client.exchange import ApiError, Reply

__all__ = ["ApiError", "AsyncClient", "Client", "Reply", "operations"]
