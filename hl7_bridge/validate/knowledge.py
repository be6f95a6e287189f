"""What a validator knows: profiles and value sets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from hl7_bridge.validate.elements import Profile
from hl7_bridge.validate.terminology import Terminology


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Profiles by canonical URL, and the terminology their bindings are checked with."""

    profiles: Mapping[str, Profile]
    terminology: Terminology

    def find(self, name: str) -> Profile | None:
        """The profile of that URL or id."""
        url = name.split("|", maxsplit=1)[0]
        return self.profiles.get(url) or next((item for item in self.profiles.values() if item.id == url), None)

    def over(self, other: "Knowledge") -> Self:
        """This knowledge with ``other``'s over it: a profile or value set of both is the other's."""
        return type(self)(
            {**self.profiles, **other.profiles},
            Terminology({**self.terminology.value_sets, **other.terminology.value_sets}),
        )
