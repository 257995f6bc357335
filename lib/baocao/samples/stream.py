"""Dossiers by the million: drawn column by column, in the order they arrive, a table at a time."""

import zlib
from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from baocao.intake.dossiers import CHANNELS
from baocao.samples.days import ARRIVALS_BY_WEEKDAY
from baocao.samples.procedures import ALL, popularity

ROWS_PER_TABLE = 1_000_000

_CHANNEL_SHARES = (0.60, 0.34, 0.06)  # of CHANNELS
_PAID_SHARE = 0.4  # of dossiers that came in online
_LATE_SHARE = 0.06
_UNDATED_SHARE = 0.004
#: Of all dossiers, those that wait for a supplement, are withdrawn, are returned, or lie about for no known reason.
_FATES = ("supplement", "withdrawn", "stopped", "stuck")
_FATE_SHARES = (0.01, 0.01, 0.01, 0.015)
_STATUSES = ("supplement", "received", "processing", "withdrawn", "stopped", "delivered", "finished")
#: How much offices and days differ in size: standard deviations of the logarithm.
_UNIT_SPREAD, _DAY_SPREAD = 0.8, 0.1
_NEW_DAYS = 2

_Days = npt.NDArray[np.datetime64]
_Whole = npt.NDArray[np.int64]
_Flags = npt.NDArray[np.bool_]


class DossierStream:
    """Dossiers of `units` (codes) received from `first` to `last`, both included, as an export of `last` lists them.

    The columns are those of the column map `plain`. Nothing but the traits all dossiers share is kept between tables,
    so a stream of any length takes the memory of one table.
    """

    def __init__(self, units: Sequence[str], dossiers: int, first: date, last: date, seed: int) -> None:
        random = np.random.default_rng(seed)
        self._seed = seed
        self._dossiers = dossiers
        self._last = np.datetime64(last, "D")
        self._days = np.arange(np.datetime64(first, "D"), self._last + 1)
        self._stamps = np.array([int(f"{day:%Y%m%d}") for day in self._days.tolist()])
        busy = np.array(ARRIVALS_BY_WEEKDAY)[_weekday(self._days)] * random.lognormal(0, _DAY_SPREAD, len(self._days))
        self._received_by = random.multinomial(dossiers, busy / busy.sum()).cumsum()
        self._units = pa.array(units, pa.string())
        # Two streams share no id, so that neither looks like news of the other's dossiers.
        self._prefix = f"H00.{zlib.crc32(repr((units, dossiers, first, last, seed)).encode()):08x}"
        sizes = random.lognormal(0, _UNIT_SPREAD, len(units))
        self._unit_shares = sizes / sizes.sum()

    def tables(self) -> Iterator[pa.Table]:
        """The dossiers in tables of at most `ROWS_PER_TABLE` rows."""
        for number, start in enumerate(range(0, self._dossiers, ROWS_PER_TABLE)):
            random = np.random.default_rng(np.random.SeedSequence(self._seed, spawn_key=(number,)))
            yield self._table(random, np.arange(start, min(start + ROWS_PER_TABLE, self._dossiers)))

    def _table(self, random: np.random.Generator, serial: _Whole) -> pa.Table:
        rows = len(serial)
        day = np.searchsorted(self._received_by, serial, side="right")
        received = self._days[day]
        procedure = random.choice(len(ALL), rows, p=popularity(len(ALL)))
        unit = random.choice(len(self._units), rows, p=self._unit_shares)
        channel = random.choice(len(CHANNELS), rows, p=_CHANNEL_SHARES)
        due, finished = lives(random, received, _TERMS[procedure])
        fate = np.searchsorted(np.cumsum(_FATE_SHARES), random.random(rows), side="right")
        is_open = (finished > self._last) | np.isin(fate, (_FATES.index("supplement"), _FATES.index("stuck")))
        delivered = workday(finished + random.integers(0, 4, rows))
        status = self._status(received, delivered, fate, is_open)
        numbers = pa.array(self._stamps[day] * 10**9 + serial).cast(pa.string())
        return pa.table(
            {
                "dossier": pc.binary_join_element_wise(self._prefix, numbers, "-"),
                "procedure_code": _texts(procedure, _CODES),
                "procedure": _texts(procedure, _NAMES),
                "field": _texts(_FIELD_OF[procedure], _FIELDS),
                "unit": _texts(unit, self._units),
                "received_date": pa.array(received),
                "due_date": pa.array(due, mask=random.random(rows) < _UNDATED_SHARE),
                "finished_date": pa.array(finished, mask=is_open),
                "result_date": pa.array(delivered, mask=status != _STATUSES.index("delivered")),
                "channel": _texts(channel, pa.array(CHANNELS)),
                "status": _texts(status, pa.array(_STATUSES)),
                "paid_online": (channel == CHANNELS.index("online")) & (random.random(rows) < _PAID_SHARE),
            }
        )

    def _status(self, received: _Days, delivered: _Days, fate: _Whole, is_open: _Flags) -> _Whole:
        """Place of each dossier's state in `_STATUSES`, as of the last day."""
        states = {
            "supplement": fate == _FATES.index("supplement"),
            "received": is_open & (received > self._last - _NEW_DAYS),
            "processing": is_open,
            "withdrawn": fate == _FATES.index("withdrawn"),
            "stopped": fate == _FATES.index("stopped"),
            "delivered": delivered <= self._last,
        }
        return np.select(list(states.values()), [_STATUSES.index(name) for name in states], _STATUSES.index("finished"))


def lives(
    random: np.random.Generator,
    received: _Days,
    term_days: _Whole,
    late_share: float | npt.NDArray[np.float64] = _LATE_SHARE,
) -> tuple[_Days, _Days]:
    """When each dossier falls due and would be finished: most in time, the late ones trailing off."""
    rows = len(received)
    due = workday(received + term_days)
    in_time = received + (random.random(rows) * (term_days + 1)).astype(np.int64)
    late = due + 1 + random.lognormal(1.5, 1.2, rows).astype(np.int64)
    return due, workday(np.where(random.random(rows) < late_share, late, in_time))


def workday(days: _Days) -> _Days:
    """The first working day from each day on."""
    return np.busday_offset(days, 0, roll="forward")


def _weekday(days: _Days) -> _Whole:
    """0 for Monday to 6 for Sunday."""
    return (days.astype(np.int64) + 3) % 7  # day 0, 1 January 1970, was a Thursday


def _texts(places: _Whole, texts: pa.Array) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(places.astype(np.int32), texts)


_TERMS = np.array([procedure.term_days for procedure in ALL])
_CODES = pa.array([procedure.code for procedure in ALL])
_NAMES = pa.array([procedure.name for procedure in ALL])
_FIELDS = pa.array(dict.fromkeys(procedure.field for procedure in ALL))
_FIELD_OF = np.array([_FIELDS.index(procedure.field).as_py() for procedure in ALL])
