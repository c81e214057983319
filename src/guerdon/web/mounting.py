"""Puts applications under their prefixes on one port, each out of the others' reach."""

from guerdon.web.application import Application


def mounted(applications: dict[str, Application], otherwise: Application) -> Application:
    """One ASGI application; a path goes to the prefix it is below, with the prefix taken off.

    Args:
        applications: by prefix, such as `/v1`.
        otherwise: for paths below none.
    """

    async def dispatch(scope: dict[str, object], receive: object, send: object) -> None:
        path = str(scope["path"])
        end = path.find("/", 1)
        prefix = path if end < 0 else path[:end]
        application = applications.get(prefix)
        if application is None:
            await otherwise(scope, receive, send)
        else:
            await application({**scope, "path": path[len(prefix) :] or "/"}, receive, send)

    return dispatch
