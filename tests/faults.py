"""The proxy of the fault tests; see :mod:`evaluation.faults`."""

from evaluation.faults import (
    HARMFUL,
    Exchange,
    HttpFault,
    HttpWire,
    MllpFault,
    MllpWire,
    Moment,
    control_id,
)

__all__ = ["HARMFUL", "Exchange", "HttpFault", "HttpWire", "MllpFault", "MllpWire", "Moment", "control_id"]
