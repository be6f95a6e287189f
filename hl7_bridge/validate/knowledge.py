"""What a validator knows: profiles and value sets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from hl7_bridge.validate.elements import HL7_STRUCTURE, Profile
from hl7_bridge.validate.terminology import Terminology


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Profiles by canonical URL, and the terminology their bindings are checked with."""

    profiles: Mapping[str, Profile]
    terminology: Terminology
    _by_id: Mapping[str, Profile] = field(init=False, repr=False, compare=False)
    _guides: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_id", {profile.id: profile for profile in self.profiles.values()})
        guides = {url.rpartition("/")[0] + "/" for url in self.profiles}
        object.__setattr__(self, "_guides", frozenset(guides - {HL7_STRUCTURE}))

    def find(self, name: str) -> Profile | None:
        """The profile of that URL or id."""
        url = name.split("|", maxsplit=1)[0]
        return self.profiles.get(url) or self._by_id.get(url)

    def is_of_a_guide(self, url: str) -> bool:
        """Whether an address lies where a guide that is known here has its profiles and extensions."""
        return url.rpartition("/")[0] + "/" in self._guides

    def over(self, other: "Knowledge") -> Self:
        """This knowledge with ``other``'s over it: a profile or value set of both is the other's."""
        return type(self)({**self.profiles, **other.profiles}, self.terminology.over(other.terminology))
