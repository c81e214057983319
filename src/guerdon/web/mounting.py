"""Puts applications under their prefixes on one port, or on hosts of their own, each out of the others' reach."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType

from guerdon.web.exchange import Application, Incoming
from guerdon.web.operations import Answer

NOBODYS = "."
"""The label of a domain itself, whose hosts an application has to itself: nobody's name has a dot."""

_NOWHERE: Mapping[str, Application] = MappingProxyType({})


def mounted(
    applications: Mapping[str, Application], otherwise: Application, hosts: Mapping[str, Application] = _NOWHERE
) -> Application:
    """One application; a path goes to the prefix it is below, with the prefix taken off.

    Args:
        applications: by prefix, such as `/v1`.
        otherwise: for paths below none.
        hosts: applications that have every path of a host to themselves, by its name in lower case; `*` in the place
            of the first label stands for any one, which the application is told. What nobody knows on the domain
            itself is theirs to answer, too.
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
        if self._hosts and (found := self._on_host(_name_of(incoming))):
            return await _asked(found[0], incoming, path, "", found[1])
        end = path.find("/", 1)
        application = self._applications.get(path if end < 0 else path[:end])
        if application is None:
            answer = await self._otherwise.respond(incoming)
            alone = self._hosts.get(f"*.{_name_of(incoming)}") if answer.status == HTTPStatus.NOT_FOUND else None
            return await _asked(alone, incoming, path, "", NOBODYS) if alone else answer
        base, below = (path, "/") if end < 0 else (path[:end], path[end:])
        return await _asked(application, incoming, below, base)

    def _on_host(self, name: str) -> tuple[Application, str] | None:
        """The application that has a host to itself, and the label that the `*` stands for."""
        if application := self._hosts.get(name):
            return application, ""
        label, _, domain = name.partition(".")
        application = self._hosts.get(f"*.{domain}")
        return (application, label) if application and label else None


def _name_of(incoming: Incoming) -> str:
    """The host that was asked, in lower case and without its port."""
    return incoming.headers.get("host", "").partition(":")[0].rstrip(".").lower()


async def _asked(application: Application, incoming: Incoming, path: str, base: str, label: str = "") -> Answer:
    """What one of the applications answers, which has a limit of its own, to a path below a base."""
    body = incoming.body
    if body is not None and len(body) > application.body_limit_bytes:
        body = None
    return await application.respond(
        Incoming(incoming.method, path, incoming.query, incoming.headers, body, base, label, incoming.peer)
    )
