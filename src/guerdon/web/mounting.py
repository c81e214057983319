"""Puts applications under their prefixes on one port, or on hosts of their own, each out of the others' reach."""

from collections.abc import Mapping
from types import MappingProxyType

from guerdon.web.exchange import Application, Incoming
from guerdon.web.operations import Answer

_NOWHERE: Mapping[str, Application] = MappingProxyType({})


def mounted(
    applications: Mapping[str, Application], otherwise: Application, hosts: Mapping[str, Application] = _NOWHERE
) -> Application:
    """One application; a path goes to the prefix it is below, with the prefix taken off.

    Args:
        applications: by prefix, such as `/v1`.
        otherwise: for paths below none.
        hosts: applications that have every path of a host to themselves, by its name in lower case; `*` in the place
            of the first label stands for any one, which the application is told.
    """
    return _Mounted(applications, otherwise, hosts)


class _Mounted(Application):
    """Hands each request on to the application that it is for."""

    def __init__(
        self, applications: Mapping[str, Application], otherwise: Application, hosts: Mapping[str, Application]
    ) -> None:
        everybody = (*applications.values(), *hosts.values(), otherwise)
        self.body_limit_bytes = max(each.body_limit_bytes for each in everybody)
        self._applications = applications
        self._otherwise = otherwise
        self._hosts = hosts

    async def respond(self, incoming: Incoming) -> Answer:
        path = incoming.path
        if self._hosts and (alone := self._on_host(incoming.headers.get("host", ""))):
            return await _asked(alone[0], incoming, path, "", alone[1])
        end = path.find("/", 1)
        application = self._applications.get(path if end < 0 else path[:end])
        if application is None:
            return await self._otherwise.respond(incoming)
        base, below = (path, "/") if end < 0 else (path[:end], path[end:])
        return await _asked(application, incoming, below, base)

    def _on_host(self, host: str) -> tuple[Application, str] | None:
        """The application that has the host of a `Host` header to itself, and the label that the `*` stands for."""
        name = host.partition(":")[0].rstrip(".").lower()
        if application := self._hosts.get(name):
            return application, ""
        label, _, domain = name.partition(".")
        application = self._hosts.get(f"*.{domain}")
        return (application, label) if application and label else None


async def _asked(application: Application, incoming: Incoming, path: str, base: str, label: str = "") -> Answer:
    """What one of the applications answers, which has a limit of its own, to a path below a base."""
    body = incoming.body
    if body is not None and len(body) > application.body_limit_bytes:
        body = None
    return await application.respond(
        Incoming(incoming.method, path, incoming.query, incoming.headers, body, base, label)
    )
