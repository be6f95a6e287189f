"""HL7 version 2: notes out as MDM and ORU, admissions in as ADT; a strict parser and serialiser of its own."""
