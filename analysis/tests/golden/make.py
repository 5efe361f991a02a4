"""Makes the golden files of this folder. Outside authorities: scipy, statsmodels, scikit-learn, mpmath (50 digits).

    python -m venv /tmp/golden && /tmp/golden/bin/pip install numpy scipy statsmodels scikit-learn mpmath
    /tmp/golden/bin/python analysis/tests/golden/make.py

Where scipy itself has few digits left (nearly constant data, p-values near 0), the number written is mpmath's, and the
script says how far scipy is from it. Everything is seeded: the same versions write the same bytes.
"""

import json
from pathlib import Path

import mpmath as mp
import numpy as np
import scipy
import sklearn
import statsmodels
from scipy import optimize, stats
from sklearn.metrics import roc_auc_score
from statsmodels.stats.multitest import multipletests

mp.mp.dps = 50
HERE = Path(__file__).parent
VERSIONS = {"numpy": np.__version__, "scipy": scipy.__version__, "statsmodels": statsmodels.__version__,
            "scikit-learn": sklearn.__version__, "mpmath": mp.__version__}


def write(name, cases):
    lines = ",\n".join("  " + json.dumps(case) for case in cases)
    text = f'{{"made_by": {json.dumps(VERSIONS)}, "cases": [\n{lines}\n]}}\n'
    (HERE / name).write_text(text)
    print(f"{name}: {len(cases)} cases, {len(text)} bytes")


def t_sf(t, df):
    """P(T > t), 50 digits."""
    t, df = mp.mpf(t), mp.mpf(df)
    x = df / (df + t * t)
    tail = mp.betainc(df / 2, mp.mpf(1) / 2, 0, x, regularized=True) / 2
    return tail if t >= 0 else 1 - tail


def t_quantile(tail, df):
    """The t > 0 with P(T > t) = tail."""
    guess = stats.t.isf(float(tail), float(df))
    goal = mp.log(tail)
    return mp.findroot(lambda t: mp.log(t_sf(t, df)) - goal, (mp.mpf(guess), mp.mpf(guess) * (1 + mp.mpf(10) ** -9)))


def moments(values):
    values = [mp.mpf(float(v)) for v in values]
    n = len(values)
    mean = mp.fsum(values) / n
    return mp.mpf(n), mean, mp.fsum((v - mean) ** 2 for v in values) / (n - 1)


def t_test(a, b, kind):
    """All of a t test from (n, mean, variance) of both groups, 50 digits."""
    (n1, m1, v1), (n2, m2, v2) = a, b
    if kind == "welch":
        s1, s2 = v1 / n1, v2 / n2
        se = mp.sqrt(s1 + s2)
        df = (s1 + s2) ** 2 / (s1 ** 2 / (n1 - 1) + s2 ** 2 / (n2 - 1))
    else:
        df = n1 + n2 - 2
        se = mp.sqrt(((n1 - 1) * v1 + (n2 - 1) * v2) / df) * mp.sqrt(1 / n1 + 1 / n2)
    diff = m1 - m2
    t = diff / se
    half, full = t_quantile(mp.mpf("0.025"), df) * se, t_quantile(mp.mpf("0.05"), df) * se
    return {k: float(v) for k, v in {
        "diff": diff, "statistic": t, "df": df, "two_sided": 2 * t_sf(abs(t), df), "greater": t_sf(t, df),
        "less": t_sf(-t, df), "low": diff - half, "high": diff + half, "low_greater": diff - full,
        "high_less": diff + full}.items()}


def far(ours, theirs):
    return abs(ours - theirs) / abs(ours) if ours else abs(theirs)


def make_ttest():
    rng = np.random.default_rng(20210805)
    pairs = []
    for n1, n2 in [(2, 2), (2, 3), (3, 3), (5, 5), (10, 10), (10, 5), (30, 4), (60, 40)]:
        for scale, offset in [(0.01, 0.8), (0.2, 0.5), (1e-12, 0.0), (1e8, 0.0)]:
            a = offset + scale * rng.standard_normal(n1)
            b = offset + scale * (rng.standard_normal(n2) * rng.choice([0.1, 1.0, 5.0]) - rng.choice([0.0, 1.0, 8.0]))
            pairs.append((a.tolist(), b.tolist()))
    base = [0.9819, 0.9821, 0.98195, 0.9822, 0.98201]
    pairs += [
        (base, base), (base, [v + 1e-3 for v in base]), (base, [0.97] * 5), ([0.97] * 4, base),
        ([0.5, 0.5 + 1e-9, 0.5], [0.5, 0.5, 0.5 - 1e-9]), ([0.5, 0.5 + 1e-12, 0.5], [0.6, 0.6, 0.6]),
        ([1e9 + 1, 1e9 + 2, 1e9 + 3.5], [1e9 + 1.5, 1e9 + 2.25, 1e9 + 3]), ([0.0, 1.0], [0.0, 1.0]),
    ]
    cases, worst = [], 0.0
    for a, b in pairs:
        case = {"a": a, "b": b}
        for kind in ["welch", "student"]:
            case[kind] = t_test(moments(a), moments(b), kind)
            theirs = stats.ttest_ind(a, b, equal_var=kind == "student")
            ci = theirs.confidence_interval(0.95)
            for ours, their in [(case[kind]["statistic"], theirs.statistic), (case[kind]["two_sided"], theirs.pvalue),
                                (case[kind]["low"], ci.low), (case[kind]["df"], theirs.df)]:
                worst = max(worst, far(ours, float(their)))
        cases.append(case)
    print(f"t tests from values: scipy is off by at most {worst:.1e}")
    write("ttest.json", cases)


def make_ttest_summary():
    rng = np.random.default_rng(7)
    rows = [(0.9831, 0.0005, 5, 1, 0.9819, 0.0013, 5, 1), (0.9831, 0.0005, 10, 0, 0.9819, 0.0013, 10, 0),
            (0.5, 0.0, 5, 1, 0.6, 0.01, 5, 1), (0.8, 0.02, 2, 0, 0.7, 0.03, 2, 1), (0.8, 1e-9, 5, 1, 0.7, 1e-9, 5, 1),
            (0.8, 0.1, 1000000, 1, 0.7995, 0.1, 2000000, 1)]
    for _ in range(20):
        m1, m2 = rng.uniform(0.5, 0.99, 2)
        s1, s2 = rng.uniform(0.001, 0.05, 2)
        n1, n2 = (int(n) for n in rng.integers(2, 30, 2))
        d1, d2 = (int(d) for d in rng.integers(0, 2, 2))
        rows.append(tuple(float(x) if isinstance(x, np.floating) else x for x in (m1, s1, n1, d1, m2, s2, n2, d2)))
    cases = []
    for m1, s1, n1, d1, m2, s2, n2, d2 in rows:
        group = lambda m, s, n, d: (mp.mpf(n), mp.mpf(m), mp.mpf(s) ** 2 * (1 if d else mp.mpf(n) / (n - 1)))
        a, b = group(m1, s1, n1, d1), group(m2, s2, n2, d2)
        case = {"a": [m1, s1, n1, d1], "b": [m2, s2, n2, d2]}
        for kind in ["welch", "student"]:
            case[kind] = t_test(a, b, kind)
            theirs = stats.ttest_ind_from_stats(m1, float(mp.sqrt(a[2])), n1, m2, float(mp.sqrt(b[2])), n2,
                                                equal_var=kind == "student")
            assert far(case[kind]["statistic"], theirs.statistic) < 1e-8
        cases.append(case)
    write("ttest_summary.json", cases)


def make_adjust():
    rng = np.random.default_rng(3)
    names = {"bonferroni": "bonferroni", "holm": "holm", "hochberg": "simes-hochberg", "hommel": "hommel",
             "bh": "fdr_bh", "by": "fdr_by"}
    families = [[0.03], [0.01, 0.04], [0.5, 0.5, 0.5], [0.0, 1.0, 0.02], [1e-300, 0.2, 1e-8, 0.2],
                [0.01, 0.02, 0.03, 0.04, 0.05]]
    for m in [3, 5, 8, 14, 49]:
        families += [rng.uniform(0, 1, m).tolist(), (rng.uniform(0, 1, m) ** 4).tolist(),
                     np.round(rng.uniform(0, 0.1, m), 2).tolist()]
    cases = []
    for p in families:
        case = {"p": p, "none": p}
        for ours, theirs in names.items():
            case[ours] = multipletests(p, method=theirs)[1].tolist()
        cases.append(case)
    write("adjust.json", cases)


def make_auc():
    rng = np.random.default_rng(5)
    cases = []
    for n, levels in [(2, 10), (5, 3), (20, 5), (50, 1000), (50, 4), (120, 10), (120, 2), (300, 10**6)]:
        for prevalence in [0.1, 0.5]:
            targets = rng.uniform(0, 1, n) < prevalence
            targets[0], targets[1] = True, False
            scores = np.round((rng.standard_normal(n) + targets) * levels) / levels
            cases.append({"scores": scores.tolist(), "targets": targets.astype(int).tolist(),
                          "auc": float(roc_auc_score(targets, scores))})
    write("auc.json", cases)


def make_distributions():
    cases = []
    for df in [0.5, 1, 1.7, 2, 3, 4.55, 8, 18, 38.3, 200, 5000.5, 1e6]:
        for tail in ["0.25", "0.05", "0.025", "0.005", "0.0005", "1e-6", "1e-12"]:
            t = t_quantile(mp.mpf(float(tail)), mp.mpf(df))
            cases.append({"kind": "t_quantile", "tail": float(tail), "df": df, "value": float(t)})
        for t in [1e-9, 0.3, 1.0, 1.5, 2.0, 6.0, 40.0, 1e4]:
            value = t_sf(mp.mpf(t), mp.mpf(df))
            if value > mp.mpf(10) ** -300:
                cases.append({"kind": "t_sf", "t": t, "df": df, "value": float(value)})
    for z in [-37, -20, -8.3, -5.66, -5.65, -3, -1, -0.675, -0.674, -0.1, 0.3, 1.96, 5.0]:
        cases.append({"kind": "normal_cdf", "z": z, "value": float(mp.ncdf(z))})
    for p in [1e-300, 1e-50, 1e-10, 0.001, 0.025, 0.2, 0.49, 0.6, 0.975]:
        z = -mp.sqrt(2) * mp.erfinv(1 - 2 * mp.mpf(p))
        z = z if p > 1e-40 else mp.findroot(lambda z: mp.log(mp.ncdf(z)) - mp.log(mp.mpf(p)), stats.norm.ppf(p))
        cases.append({"kind": "normal_quantile", "p": p, "value": float(z)})
    for m in [2, 3, 4, 8, 18, 127, 128, 130, 1000, 10**6]:
        j = mp.gamma(mp.mpf(m) / 2) / (mp.sqrt(mp.mpf(m) / 2) * mp.gamma(mp.mpf(m - 1) / 2)) if m < 10**5 else \
            mp.exp(mp.loggamma(mp.mpf(m) / 2) - mp.loggamma(mp.mpf(m - 1) / 2)) / mp.sqrt(mp.mpf(m) / 2)
        cases.append({"kind": "hedges_j", "df": m, "value": float(j)})
    for t, df, ncp in NONCENTRAL:
        low, high = noncentral(t, df, ncp)
        theirs = stats.nct.cdf(t, df, ncp)
        print(f"nct({t}, {df}, {ncp}): scipy is off by {far(float(low), theirs):.1e}")
        cases.append({"kind": "noncentral_t", "t": t, "df": df, "ncp": ncp, "cdf": float(low), "sf": float(high)})
    write("distribution.json", cases)


NONCENTRAL = [(0.5, 2, 0.0), (0.5, 2, 1.0), (-0.5, 2, 1.0), (2.0, 2, 5.0), (3.0, 4, 1.0), (5.55, 18, 2.7),
              (5.55, 18, 8.3), (-5.55, 18, -8.3), (-2.0, 8, 3.0), (12.0, 8, 6.0), (12.0, 8, 20.0), (1.5, 3, 0.2),
              (1.5, 60, 3.4), (30.0, 8, 14.0), (30.0, 8, 45.0), (100.0, 2, 30.0), (100.0, 18, 140.0),
              (1000.0, 8, 1450.0), (1000.0, 8, 500.0), (1e5, 38, 1.2e5), (2.0, 1, 1.0), (3.0, 1000, 5.1)]


def noncentral(t, df, ncp):
    """P(T <= t) and P(T > t) as a mean over the chi distribution, 50 digits, split where the inner step is."""
    t, df, ncp = mp.mpf(t), mp.mpf(df), mp.mpf(ncp)
    constant = 2 * (df / 2) ** (df / 2) / mp.gamma(df / 2)
    density = lambda s: constant * s ** (df - 1) * mp.exp(-df * s * s / 2)
    mode, width = mp.sqrt((df - 1) / df), 1 / mp.sqrt(df)
    edges = {mp.mpf(0)} | {mode + k * width for k in range(-16, 17, 2) if mode + k * width > 0}
    step = ncp / t
    edges |= {step + k / abs(t) for k in range(-16, 17, 2) if 0 < step + k / abs(t) < max(edges)}
    edges = sorted(edges)
    low = mp.quad(lambda s: density(s) * mp.ncdf(t * s - ncp), edges)
    high = mp.quad(lambda s: density(s) * mp.ncdf(ncp - t * s), edges)
    assert abs(low + high - 1) < mp.mpf(10) ** -18, (t, df, ncp, low + high - 1)
    return low, high


def make_hedges():
    """g and its interval by Brent's method on scipy's noncentral t, an inversion of its own."""
    rng = np.random.default_rng(11)
    groups = [([0.8406587418, 0.8426831859, 0.8404542625, 0.8426887781, 0.8434119714, 0.8312067192, 0.8520416277,
                0.8348806669, 0.8394847041, 0.839195885],
               [0.8447422943, 0.8499615411, 0.8515986133, 0.8606068445, 0.8630145823, 0.854870117, 0.8507446109,
                0.8551753113, 0.8546338799, 0.8622791469])]
    for n1, n2, shift in [(2, 2, 0), (3, 3, 1), (5, 5, 0.2), (5, 5, 3), (10, 10, 1), (10, 4, -2), (5, 5, 8), (40, 30, 0.5)]:
        groups.append((rng.standard_normal(n1).tolist(), (rng.standard_normal(n2) - shift).tolist()))
    cases = []
    for a, b in groups:
        (n1, m1, v1), (n2, m2, v2) = moments(a), moments(b)
        df = n1 + n2 - 2
        d = (m1 - m2) / mp.sqrt(((n1 - 1) * v1 + (n2 - 1) * v2) / df)
        j = mp.gamma(df / 2) / (mp.sqrt(df / 2) * mp.gamma((df - 1) / 2))
        unit = mp.sqrt(1 / n1 + 1 / n2)
        t = float(d / unit)
        reach = 5 * (1 + t * t / (2 * float(df))) ** 0.5
        ends = []
        for goal in [0.975, 0.025]:
            root = optimize.brentq(lambda ncp: stats.nct.cdf(t, float(df), ncp) - goal, t - reach, t + reach, xtol=1e-13,
                                   rtol=1e-14)
            # One Newton step on 50 digits takes out what scipy's cdf has of rounding.
            low, _ = noncentral(t, df, root)
            shifted, _ = noncentral(t, df, root + 1e-6)
            refined = root - (low - goal) / ((shifted - low) / mp.mpf("1e-6"))
            assert abs(refined - root) < 1e-8, (t, df, root, refined)
            ends.append(float(refined * unit * j))
        cases.append({"a": a, "b": b, "g": float(d * j), "low": ends[0], "high": ends[1]})
    write("hedges.json", cases)


if __name__ == "__main__":
    make_ttest()
    make_ttest_summary()
    make_adjust()
    make_auc()
    make_hedges()
    make_distributions()
