"""Puts applications under their prefixes on one port, each out of the others' reach."""

from collections.abc import Mapping

from guerdon.web.exchange import Application, Incoming
from guerdon.web.operations import Answer


def mounted(applications: Mapping[str, Application], otherwise: Application) -> Application:
    """One application; a path goes to the prefix it is below, with the prefix taken off.

    Args:
        applications: by prefix, such as `/v1`.
        otherwise: for paths below none.
    """
    return _Mounted(applications, otherwise)


class _Mounted(Application):
    """Hands each request on to the application that it is for."""

    def __init__(self, applications: Mapping[str, Application], otherwise: Application) -> None:
        self.body_limit_bytes = max(each.body_limit_bytes for each in (*applications.values(), otherwise))
        self._applications = applications
        self._otherwise = otherwise

    async def respond(self, incoming: Incoming) -> Answer:
        path = incoming.path
        end = path.find("/", 1)
        application = self._applications.get(path if end < 0 else path[:end])
        if application is None:
            return await self._otherwise.respond(incoming)
        body = incoming.body
        if body is not None and len(body) > application.body_limit_bytes:
            body = None
        below = "/" if end < 0 else path[end:]
        return await application.respond(
            Incoming(incoming.method, below, incoming.query, incoming.headers, body, path if end < 0 else path[:end])
        )
