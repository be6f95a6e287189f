"""What a validator knows: profiles and value sets."""

from collections.abc import Mapping
from dataclasses import dataclass

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
