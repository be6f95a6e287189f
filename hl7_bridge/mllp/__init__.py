"""MLLP, the framing under HL7 version 2 (HL7 transport specification, Minimal Lower Layer Protocol): both ends."""
