"""How well the alarm system of a site works, after EEMUA 191 and ISA-18.2: read only.

Every figure is one query over the journal (``alarms_journalentry``), or over the alarms for what is
so now. What counts as load is a raise that operators were told of: ``announced``, and not found in
readings that came late (``historical``). Times are the server's (``at``), because that is when the
operators heard; only how long a condition lasted is taken from source times.

The texts of both standards are paid for; the figures are those of published summaries, and every
threshold is site policy: see `alarms.metrics.policy`.
"""

from alarms.metrics.offdelay import OffDelay, off_delay_for
from alarms.metrics.policy import Threshold, Verdict
from alarms.metrics.report import Report, report_of
from alarms.metrics.span import Range, Span, span_of

__all__ = [
    "OffDelay",
    "Range",
    "Report",
    "Span",
    "Threshold",
    "Verdict",
    "off_delay_for",
    "report_of",
    "span_of",
]
