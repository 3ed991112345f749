"""Benders cuts for the form of `planner.kernels.location`: what demands pay at least, given shares of sites."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

FULL = 1e-9
"""Shares of sites that come this close to one serve a demand whole."""


@njit(cache=True, nogil=True)
def cuts(
    start: IntArray,
    site: IntArray,
    cost: FloatArray,
    served: FloatArray,
    share: FloatArray,
    cluster: IntArray,
    weight: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """Return for each cluster of demands what it pays with these shares of sites, and the constant of its cut.

    A demand takes the cheapest shares until they make one. With the cost of the last of them as its ``level`` (what it
    pays now where they don't make one) it pays, whatever the shares, at least

        level - sum_j max(0, level - cost_ij) share_j

    (Cornuejols, Nemhauser and Wolsey 1980; for covering Cordeau, Furini and Ljubic 2019). ``weight`` takes the sums of
    max(0, level - cost) by cluster and site (in place, zeros before).
    """
    pays, constant = np.zeros(weight.shape[0]), np.zeros(weight.shape[0])
    for i in range(served.size):
        together, level, c = 0.0, served[i], cluster[i]
        for a in range(start[i], start[i + 1]):
            if cost[a] >= served[i]:
                break
            together += share[site[a]]
            if together >= 1.0 - FULL:
                level = cost[a]
                break
        paying = level
        for a in range(start[i], start[i + 1]):
            less = level - cost[a]
            if less <= 0.0:
                break
            paying -= less * share[site[a]]
            weight[c, site[a]] += less
        pays[c] += paying
        constant[c] += level
    return pays, constant
