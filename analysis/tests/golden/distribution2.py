"""Makes distribution2.json: beta, gamma, F, chi2 (mpmath) and the studentized range (mpmath), as `omni.py` says.

One tail of the incomplete beta and gamma is summed by a series of positive terms (beta: x^a y^b/(a B) 2F1(a+b, 1; a+1;
x), gamma: Kummer's), on enough digits for its complement; mpmath's betainc and gammainc confirm it where they are fast.
"""

import json
from pathlib import Path

import mpmath as mp
import numpy as np
import scipy
from portable import Portable
from scipy import stats

HERE = Path(__file__).parent


def positive_series(front, factor):
    """front (1 + factor(0) + factor(0) factor(1) + ...) with positive factors that fall below 1."""
    term, total, n = mp.mpf(1), mp.mpf(1), 0
    enough = mp.mpf(10) ** (8 - mp.mp.dps)
    while True:
        ratio = factor(n)
        term *= ratio
        total += term
        n += 1
        if ratio < 1 and term < enough * (1 - ratio) * total:
            return front * total


def beta_tails(a, b, x, y):
    """(lower, upper): one by its series, the other as the complement, on so many digits that it keeps 40."""
    rough = float(min(stats.beta.cdf(float(x), float(a), float(b)), stats.beta.sf(float(x), float(a), float(b))))
    mp.mp.dps = int(50 - mp.log10(rough)) if rough > 0 else 400
    a, b, x = mp.mpf(a), mp.mpf(b), mp.mpf(x)
    y = 1 - x if y is None else mp.mpf(y)
    lower = x < a / (a + b) if min(x, y) > 0.1 else x < y
    if not lower:
        a, b, x, y = b, a, y, x
    front = mp.exp(a * mp.log(x) + b * mp.log(y) - mp.loggamma(a) - mp.loggamma(b) + mp.loggamma(a + b)) / a
    one = positive_series(front, lambda n: (a + b + n) / (a + 1 + n) * x)
    return (one, 1 - one) if lower else (1 - one, one)


def gamma_tails(a, x):
    """(lower, upper): the series for the lower one, on so many digits that 1 - lower keeps 40."""
    rough = float(min(stats.gamma.cdf(float(x), float(a)), stats.gamma.sf(float(x), float(a))))
    mp.mp.dps = int(50 - mp.log10(rough)) if rough > 0 else 400
    a, x = mp.mpf(a), mp.mpf(x)
    front = mp.exp(a * mp.log(x) - x - mp.loggamma(a)) / a
    lower = positive_series(front, lambda n: x / (a + 1 + n))
    return lower, 1 - lower


def f_tails(f, d1, d2):
    mp.mp.dps = 400
    f, d1, d2 = mp.mpf(f), mp.mpf(d1), mp.mpf(d2)
    return beta_tails(d1 / 2, d2 / 2, d1 * f / (d1 * f + d2), d2 / (d1 * f + d2))


def df(draw):
    """Degrees of freedom: every scale, whole or not."""
    scale = [0.1, 1.0, 1.0, 10.0, 10.0, 100.0, 1000.0, 1e4, 1e5][draw.below(9)]
    value = scale * (1 + 9 * draw.unit())
    return max(1.0, float(round(value))) if draw.below(2) else value


def keep(lower, upper):
    return min(lower, upper) > mp.mpf("1e-300")


def make_f(draw, n):
    out = []
    while len(out) < n:
        d1, d2 = df(draw), df(draw)
        goal = 10.0 ** -[0.3, 0.5, 1, 2, 4, 8, 16, 40, 100, 200][draw.below(10)]
        f = float(stats.f.isf(goal, d1, d2) if draw.below(2) else stats.f.ppf(goal, d1, d2))
        if not (0 < f < 1e300):
            f = 0.2 + 3 * draw.unit()
        lower, upper = f_tails(f, d1, d2)
        if keep(lower, upper):
            out.append(["f", f, d1, d2, float(lower), float(upper)])
    for f in [0.5, 1.0, 1.001, 1.01, 1.05]:
        lower, upper = f_tails(f, 1e6, 1e6)
        out.append(["f", f, 1e6, 1e6, float(lower), float(upper)])
    return out


def make_beta(draw, n):
    # As text: a JSON reader may err by one unit in the last place, which matters to 1 - x.
    out = []
    while len(out) < n:
        a, b = df(draw) / 2, df(draw) / 2
        goal = 10.0 ** -[0.3, 0.5, 1, 2, 4, 8, 16, 40, 100, 200][draw.below(10)]
        x = float(stats.beta.isf(goal, a, b) if draw.below(2) else stats.beta.ppf(goal, a, b))
        if not (1e-300 < x < 1 - 1e-9):
            x = 0.01 + 0.98 * draw.unit()
        lower, upper = beta_tails(a, b, x, None)
        if keep(lower, upper):
            out.append(["beta", repr(x), a, b, float(lower), float(upper)])
    return out


def make_chi2(draw, n):
    out = []
    while len(out) < n:
        d = df(draw)
        goal = 10.0 ** -[0.3, 0.5, 1, 2, 4, 8, 16, 40, 100, 200][draw.below(10)]
        x = float(stats.chi2.isf(goal, d) if draw.below(2) else stats.chi2.ppf(goal, d))
        if not (1e-300 < x < 1e8):
            x = d * (0.5 + draw.unit())
        lower, upper = gamma_tails(mp.mpf(d) / 2, mp.mpf(x) / 2)
        if keep(lower, upper):
            out.append(["chi2", x, d, float(lower), float(upper)])
    for x in [9.9e5, 1e6, 1.001e6, 1.02e6, 1.05e6]:
        lower, upper = gamma_tails(mp.mpf(5e5), mp.mpf(x) / 2)
        out.append(["chi2", x, 1e6, float(lower), float(upper)])
    return out


def confirm():
    """The series agree with mpmath's own functions."""
    mp.mp.dps = 40
    for a, b, x in [(0.3, 4.0, 0.01), (7.5, 45, 0.3), (45, 7.5, 0.9), (300, 200, 0.5)]:
        lower, upper = beta_tails(a, b, x, None)
        assert abs(mp.betainc(a, b, 0, x, regularized=True) / lower - 1) < 1e-25
        assert abs(mp.betainc(a, b, x, 1, regularized=True) / upper - 1) < 1e-25
    for a, x in [(0.3, 0.01), (7.5, 45), (300, 200), (300, 390)]:
        lower, upper = gamma_tails(a, x)
        mp.mp.dps = 40
        assert abs(mp.gammainc(a, 0, x, regularized=True) / lower - 1) < 1e-25
        assert abs(mp.gammainc(a, x, mp.inf, regularized=True) / upper - 1) < 1e-25


if __name__ == "__main__":
    confirm()
    draw = Portable(2026)
    cases = make_f(draw, 250) + make_beta(draw, 250) + make_chi2(draw, 250)
    made = {"numpy": np.__version__, "scipy": scipy.__version__, "mpmath": mp.__version__}
    lines = ",\n".join(json.dumps(case) for case in cases)
    text = f'{{"made_by": {json.dumps(made)}, "cases": [\n{lines}\n]}}\n'
    (HERE / "distribution2.json").write_text(text)
    print(len(cases), "cases,", len(text), "bytes")
