"""A hospital's own terms over ours: its diagnoses, medicines and orders, found in dialogue and coded as it does.

``scribe terminology import`` compiles the hospital's masters into one file, ``terms.sqlite``, and what stands here
reads it.  Nothing of a master is loaded beforehand: names are looked up as they are heard, so that fifty thousand rows
cost a start of drafting nothing.
"""

from scribe.drafting.terminology.records import Item, Kind, Source, Use
from scribe.drafting.terminology.store import FILE_NAME, HospitalTerms, OverlayError, default_folder, in_use, use

__all__ = [
    "FILE_NAME",
    "HospitalTerms",
    "Item",
    "Kind",
    "OverlayError",
    "Source",
    "Use",
    "default_folder",
    "in_use",
    "use",
]
