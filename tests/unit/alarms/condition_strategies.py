"""Rules of every kind, and samples that come near their limits."""

from __future__ import annotations

from hypothesis import strategies as st

from alarms.conditions.limits import Deviation, Limit, Threshold
from alarms.conditions.model import Condition, Delays, Memory, Sample, Spec
from alarms.conditions.rates import Rate
from alarms.conditions.states import BadQuality, Discrete, Signal

VALUE, SETPOINT = "tag:1", "tag:2"
WINDOW_MS = 4000

deadbands = st.sampled_from([0.0, 0.1, 1.0, 2.5])
thresholds = st.builds(Threshold, st.sampled_from([-1.0, 0.0, 0.3, 2.0]), deadbands, st.booleans())
bounded: st.SearchStrategy[Condition] = st.one_of(
    st.builds(Limit, st.just(VALUE), thresholds),
    st.sampled_from([Discrete(VALUE, (-1.0, 2.0, 3.0)), Discrete(VALUE, (0.0,))]),
    st.just(BadQuality(VALUE)),
    st.just(Signal(VALUE)),
)
conditions: st.SearchStrategy[Condition] = st.one_of(
    bounded,
    st.builds(
        Deviation, st.just(VALUE), st.just(SETPOINT), st.builds(Threshold, st.just(1.0), deadbands)
    ),
    st.builds(Rate, st.just(VALUE), thresholds, st.just(WINDOW_MS)),
)
delays = st.builds(Delays, st.sampled_from([0, 1, 1000, 2500]), st.sampled_from([0, 1, 1000, 2500]))


def specs_of(kinds: st.SearchStrategy[Condition]) -> st.SearchStrategy[Spec]:
    return st.builds(Spec, kinds, delays)


specs = specs_of(conditions)

# Near the limits and their deadbands, to the last bit, and anywhere else.
values = st.one_of(
    st.sampled_from(
        [-3.5, -1.0, 0.0, 5e-324, 0.2, 0.3, 0.30000000000000004, 0.4, 1.0, 2.0, 3.0, 4.5]
    ),
    st.floats(-5, 5),
    st.floats(allow_nan=False, allow_infinity=False),
)
steps = st.sampled_from([0, 0, 1, 499, 500, 1000, 2500, 9000])


@st.composite
def sample_lists(draw: st.DrawFn, max_size: int = 30) -> list[Sample]:
    """Samples in order of time; times stand still now and then."""
    at, samples = 1_000_000, []
    for _ in range(draw(st.integers(0, max_size))):
        at += draw(steps)
        samples.append(draw(samples_at(at)))
    return samples


def samples_at(at: int) -> st.SearchStrategy[Sample]:
    good = st.builds(Sample, st.just(at), st.sampled_from([VALUE, VALUE, SETPOINT]), values)
    odd = st.sampled_from([Sample(at, VALUE, None, good=False), Sample(at, VALUE, None)])
    return st.one_of(good, good, good, good, odd)


def moved(memory: Memory) -> tuple[bool, int | None]:
    """What of a memory others see."""
    return memory.active, memory.pending
