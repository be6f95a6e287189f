"""Values with their units in UCUM, as they are said and written in Korea."""

import re
import unicodedata
from typing import Final

_UCUM: Final = {
    "mg": "mg", "g": "g", "ug": "ug", "μg": "ug", "mcg": "ug", "kg": "kg", "ng": "ng",
    "ml": "mL", "cc": "mL", "l": "L", "dl": "dL", "fl": "fL",
    "iu": "[IU]", "[iu]": "[IU]", "u": "[IU]", "단위": "[IU]",
    "[iu]/ml": "[IU]/mL", "iu/ml": "[IU]/mL", "meq": "meq", "mmol": "mmol",
    "%": "%", "cel": "Cel", "s": "s", "mm": "mm", "cm": "cm",
    "mg/dl": "mg/dL", "g/dl": "g/dL", "ug/dl": "ug/dL", "ng/dl": "ng/dL", "ng/ml": "ng/mL", "pg/ml": "pg/mL",
    "ug/ml": "ug/mL", "mg/l": "mg/L", "mg/g": "mg/g", "mmol/l": "mmol/L", "umol/l": "umol/L", "meq/l": "meq/L",
    "u/l": "U/L", "iu/l": "[IU]/L", "u/ml": "U/mL", "m[iu]/ml": "m[IU]/mL", "m[iu]/l": "m[IU]/L",
    "u[iu]/ml": "u[IU]/mL", "10*3/ul": "10*3/uL", "10*6/ul": "10*6/uL", "/ul": "/uL",
    "ml/min": "mL/min", "ml/min/{1.73_m2}": "mL/min/{1.73_m2}", "mm/h": "mm/h", "mm[hg]": "mm[Hg]", "mmhg": "mm[Hg]",
    "mosm/kg": "mosm/kg", "{inr}": "{INR}", "{score}": "{score}", "1": "1",
    "mg/ml": "mg/mL", "mg/kg": "mg/kg", "mg/m2": "mg/m2", "ug/kg": "ug/kg",
    "정": "{tbl}", "알": "{tbl}", "tablet": "{tbl}", "tab": "{tbl}", "캡슐": "{capsule}", "capsule": "{capsule}",
    "포": "{packet}", "packet": "{packet}", "방울": "[drp]", "drop": "[drp]", "drops": "[drp]",
    "puff": "{puff}", "앰플": "{ampule}", "바이알": "{vial}",
}  # fmt: skip
_SPACES = re.compile(r"\s+")


def ucum(unit: str) -> str | None:
    """The UCUM code of a unit as said or written, or None where it has none here ("바퀴")."""
    return _UCUM.get(_SPACES.sub("", unicodedata.normalize("NFKC", unit)).replace("µ", "μ").lower())
