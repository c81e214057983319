"""How strictly a surface takes its paths: case, trailing slashes and double slashes are the vendor's choice."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

_SLASHES = re.compile(r"/{2,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PathStyle:
    """What counts as the same path; by default only the path itself.

    Attributes:
        any_case: letters of the fixed parts in any case.
        trailing_slash: one at the end does not matter.
        double_slashes: several together are one.
    """

    any_case: bool = False
    trailing_slash: bool = False
    double_slashes: bool = False

    def canonical(self, templates: Iterable[str]) -> Callable[[str], str]:
        """A function from a path as sent to the path as documented; parameters keep their case."""
        known = set(templates)
        fixed = {template.lower(): template for template in known if "{" not in template}
        patterns = [template.split("/") for template in known if "{" in template]

        def canonical(path: str) -> str:
            if path in known:
                return path
            if self.double_slashes:
                path = _SLASHES.sub("/", path)
            if self.trailing_slash and path != "/":
                path = path.removesuffix("/")
            if not self.any_case:
                return path
            if found := fixed.get(path.lower()):
                return found
            parts = path.split("/")
            for pattern in patterns:
                if _fits(parts, pattern):
                    pairs = zip(parts, pattern, strict=True)
                    return "/".join(given if want.startswith("{") else want for given, want in pairs)
            return path

        return canonical


def _fits(parts: list[str], pattern: list[str]) -> bool:
    return len(parts) == len(pattern) and all(
        want.startswith("{") or given.lower() == want.lower() for given, want in zip(parts, pattern, strict=True)
    )
