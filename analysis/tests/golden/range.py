"""Makes range.json: the studentized range by composite Gauss-Legendre in s and z (not the trapezoids of the crate), in
double precision on integrands without cancellation; mpmath (30 digits) confirms a sample, scipy the rest to its 1e-8.
"""

import json
from pathlib import Path

import mpmath as mp
import numpy as np
import scipy
from portable import Portable
from scipy import stats
from scipy.special import gammaln, ndtr

HERE = Path(__file__).parent
NODES, WEIGHTS = np.polynomial.legendre.leggauss(24)


def panels(low, high, n):
    edges = np.linspace(low, high, n + 1)
    half = np.diff(edges) / 2
    mid = (edges[1:] + edges[:-1]) / 2
    return (mid[:, None] + half[:, None] * NODES).ravel(), (half[:, None] * WEIGHTS).ravel()


def known(q, k):
    """(lower, upper) at known scale for a vector of q."""
    z, w = panels(-11, 51, 124)
    phi = np.exp(-z * z / 2) / np.sqrt(2 * np.pi) * w * k
    q = np.asarray(q)[:, None]
    low, shifted = ndtr(z)[None, :], ndtr(z[None, :] - q)
    within = np.where(z > 0, ndtr(-(z - q)) - ndtr(-z), low - shifted)
    upper = low ** (k - 1) * -np.expm1((k - 1) * np.log1p(-shifted / low))
    return (np.maximum(within, 0) ** (k - 1)) @ phi, upper @ phi


def tails(q, k, df):
    if np.isinf(df):
        lower, upper = known([q], k)
        return float(lower[0]), float(upper[0])
    # In r = s^(min(df, 1)...) the density is smooth enough at 0: s = r^4.
    top = 1 + 12 / np.sqrt(df)
    peak = np.sqrt(df / (df + q * q / 2))
    cuts = sorted({0.0, *(min(top, peak * c) for c in (0.05, 0.2, 0.5, 0.8, 1.0, 1.2, 1.5, 2, 3, 5, 9, 20)), top,
                   *(max(0.0, c) for c in np.linspace(1 - 12 / np.sqrt(df), top, 9))})
    s, w = (np.concatenate(x) for x in zip(*(panels(a ** 0.25, b ** 0.25, 6) for a, b in zip(cuts, cuts[1:]))))
    s, w = s ** 4, w * 4 * s ** 3
    keep = s > 0
    s, w = s[keep], w[keep]
    a = df / 2
    log_density = np.log(2) + a * np.log(a) - gammaln(a) + (df - 1) * np.log(s) - a * s * s
    density = np.exp(log_density) * w
    useful = density > 0
    lower = upper = 0.0
    for chunk in np.array_split(np.flatnonzero(useful), max(1, useful.sum() // 300)):
        l, u = known(q * s[chunk], k)
        lower += float(density[chunk] @ l)
        upper += float(density[chunk] @ u)
    norm = float(density.sum())
    assert abs(norm - 1) < 1e-11, (q, k, df, norm)
    return lower / norm, upper / norm


def mp_known(q, k):
    mp.mp.dps = 30
    q = mp.mpf(q)
    f = lambda z: mp.npdf(z) * (mp.ncdf(z) ** (k - 1) - (mp.ncdf(z) - mp.ncdf(z - q)) ** (k - 1))
    mp.mp.dps = 60
    return k * mp.quad(f, list(range(-12, int(q) + 13, 2)))


def make(draw, n):
    out, worst = [], 0.0
    while len(out) < n:
        k = [2, 3, 4, 5, 7, 10, 16, 22, 30, 50, 100][draw.below(11)]
        df = [np.inf, np.inf, 1.0, 1.5, 2.0, 3.0, 5.0, 8.5, 18.0, 60.0, 90.0, 500.0, 1e4][draw.below(13)]
        q = [0.5, 1, 2, 3, 4, 5, 6, 8, 10, 12][draw.below(10)] * (0.75 + 0.5 * draw.unit())
        lower, upper = tails(q, k, df)
        if lower < 1e-12 or upper < 1e-12:
            continue
        theirs = float(stats.studentized_range.sf(q, k, df))
        worst = max(worst, abs(theirs - upper))
        out.append(["range", q, k, None if np.isinf(df) else df, lower, upper])
    print("scipy's sf is off by at most", worst, "absolute")
    return out


if __name__ == "__main__":
    far = 0.0
    for q, k in [(0.3, 2), (3.0, 3), (3.6, 16), (8.0, 16), (5.0, 100), (9.0, 100), (10.0, 5)]:
        far = max(far, abs(float(mp_known(q, k)) / tails(q, k, np.inf)[1] - 1))
    print("known scale: off mpmath by at most", far)
    assert far < 1e-12
    for q, k, df in [(3.5, 3, 5.0), (4.5, 10, 1.5), (6.0, 30, 60.0)]:
        far = abs(2 * float(stats.t.sf(q / 2**0.5, df)) / tails(q, 2, df)[1] - 1)
        print("two groups against t:", far)
        assert far < 1e-11
    cases = make(Portable(77), 260)
    made = {"numpy": np.__version__, "scipy": scipy.__version__, "mpmath": mp.__version__}
    text = f'{{"made_by": {json.dumps(made)}, "cases": [\n' + ",\n".join(json.dumps(c) for c in cases) + "\n]}\n"
    (HERE / "range.json").write_text(text)
    print(len(cases), "cases,", len(text), "bytes")
