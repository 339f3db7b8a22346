"""History of one asset and field, as an algorithm is given it."""

from __future__ import annotations

import math
from array import array
from typing import Any

NAN = math.nan


class Series(array):  # type: ignore[type-arg] # an array of floats, and no type may stand there at run time
    """An array of floats, oldest first, with the few figures that are asked of it; NumPy takes it as it is."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - it returns nothing
        """Tell who comes from pandas what there is."""
        raise AttributeError(
            f"no {name!r}: this is an array of floats, oldest first; [-1] is the last, mean() the mean"
        )

    def __getitem__(self, place: Any) -> Any:  # noqa: ANN401 - a float, or of a slice a Series
        """Return a value, or a part."""
        found = super().__getitem__(place)
        return Series("d", found) if isinstance(place, slice) else found

    def sum(self) -> float:
        """Return the sum, exact before it is rounded."""
        return math.fsum(self)

    def mean(self) -> float:
        """Return the mean; NaN of nothing."""
        return math.fsum(self) / len(self) if self else NAN

    def std(self) -> float:
        """Return the standard deviation of a sample (with n - 1); NaN of fewer than two values."""
        if len(self) < 2:
            return NAN
        mean = self.mean()
        return math.sqrt(math.fsum((value - mean) ** 2 for value in self) / (len(self) - 1))

    def min(self) -> float:
        """Return the least value; NaN of nothing."""
        return min(self, default=NAN)

    def max(self) -> float:
        """Return the greatest value; NaN of nothing."""
        return max(self, default=NAN)
