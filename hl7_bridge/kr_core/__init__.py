"""A signed note as KR Core 2.0.0 (FHIR R4) resources."""

from hl7_bridge.kr_core.mapping import map_note

__all__ = ["map_note"]
