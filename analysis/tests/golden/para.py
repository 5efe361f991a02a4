"""Makes `para.json`: answers of outside authorities to the inputs that `agree_para.rs` draws alike.

    python analysis/tests/golden/para.py      # about two minutes; needs numpy, scipy, mpmath and Rscript

Paired and equivalence tests: mpmath, 40 digits. Power and the paired Hedges' g: numpy, scipy's normal distribution and Brent's method.
Dunnett: Gauss-Legendre in S and Z, not the trapezoidal sum in ln S of the crate: in mpmath for the first 64 cases, in numpy
for the others; scipy's own randomized `dunnett` must agree with all of them. `para.R` adds power.t.test and mvtnorm.
"""

import json
import subprocess
from pathlib import Path

import mpmath as mp
import numpy as np
import scipy
from portable import Portable
from scipy import optimize, special, stats

mp.mp.dps = 40
HERE = Path(__file__).parent
ALTERNATIVES = ["two-sided", "greater", "less"]


def t_sf(t, df):
    t, df = mp.mpf(t), mp.mpf(df)
    tail = mp.betainc(df / 2, mp.mpf(1) / 2, 0, df / (df + t * t), regularized=True) / 2
    return tail if t >= 0 else 1 - tail


def t_quantile(tail, df):
    guess = mp.mpf(stats.t.isf(float(tail), float(df)))
    goal = mp.log(mp.mpf(tail))
    return mp.findroot(lambda t: mp.log(t_sf(t, df)) - goal, (guess, guess * (1 + mp.mpf(10) ** -9)))


def moments(values):
    values = [v if isinstance(v, mp.mpf) else mp.mpf(v) for v in values]
    mean = mp.fsum(values) / len(values)
    return mp.mpf(len(values)), mean, mp.fsum((v - mean) ** 2 for v in values) / (len(values) - 1)


OFF_SCIPY = [0.0]


def nct(t, df, ncp):
    """P(T <= t) and P(T > t) of the noncentral t: Gauss-Legendre over S, finer where the inner step is. scipy's own is NaN
    here and there; where it is not, it must agree."""
    mode, width = ((df - 1) / df) ** 0.5, 1 / df**0.5
    edges = np.linspace(max(0.0, mode - 12 * width), mode + 12 * width, 41)
    if t:
        fine = ncp / t + np.arange(-10, 11) / abs(t)
        edges = np.concatenate([edges, fine[(fine > edges[0]) & (fine < edges[-1])]])
    if edges.min() == 0:
        edges = np.concatenate([edges, edges[1] * 0.5 ** np.arange(1, 60)])
    edges = np.unique(edges)
    nodes, weights = np.polynomial.legendre.leggauss(24)
    half = np.diff(edges) / 2
    s = (((edges[1:] + edges[:-1]) / 2)[:, None] + half[:, None] * nodes).ravel()
    w = (half[:, None] * weights).ravel() * np.exp((df - 1) * np.log(s) - df * (s * s - 1) / 2)
    low, high = w @ special.ndtr(t * s - ncp) / w.sum(), w @ special.ndtr(ncp - t * s) / w.sum()
    theirs = stats.nct.cdf(t, df, ncp)
    if np.isfinite(theirs):
        OFF_SCIPY[0] = max(OFF_SCIPY[0], abs(theirs - low))
    return low, high


def noncentralities(t, df, tail):
    """The noncentralities at which t is exceeded, and missed, with chance `tail`."""
    reach = 8 * (1 + t * t / (2 * df)) ** 0.5
    low = optimize.brentq(lambda c: nct(t, df, c)[1] / tail - 1, t - reach, t, xtol=1e-14, rtol=1e-15)
    high = optimize.brentq(lambda c: 1 - nct(t, df, c)[0] / tail, t, t + reach, xtol=1e-14, rtol=1e-15)
    return low, high


def paired():
    draw, out = Portable(101), []
    for case in range(220):
        n = 2 + case % 6 if case < 30 else 2 + draw.below(199)
        scale, offset = [0.01, 0.05, 1.0, 40.0][draw.below(4)], [0.0, 0.8, 90.0][draw.below(3)]
        shift = [0.0, 0.3, 1.0, 3.0][draw.below(4)] * scale
        ratio = 1.0 / (1 + draw.below(9))
        a, b = draw.normals(n, offset + shift, scale), draw.normals(n, offset, scale)
        n, mean, variance = moments([mp.mpf(x) - mp.mpf(y) for x, y in zip(a, b)])
        df, se = n - 1, mp.sqrt(variance / n)
        t, corrected = mean / se, mean / mp.sqrt((1 / n + mp.mpf(ratio)) * variance)
        row = [t, 2 * t_sf(abs(t), df), t_sf(t, df), mean - t_quantile(mp.mpf("0.025"), df) * se, corrected,
               2 * t_sf(abs(corrected), df)]
        if n > 2:
            j = mp.gamma(df / 2) / (mp.sqrt(df / 2) * mp.gamma((df - 1) / 2))
            unit = j / mp.sqrt(n)
            row += [j * mean / mp.sqrt(variance)] + [c * unit for c in noncentralities(float(t), float(df), 0.025)]
        out.append([float(v) for v in row])
    return out


def equivalence():
    draw, out = Portable(202), []
    for case in range(220):
        n_a, n_b = 2 + draw.below(199), 2 + draw.below(199)
        if case % 4 == 0:
            n_b = n_a
        sd = [0.01, 0.02, 0.1][draw.below(3)]
        a, b = draw.normals(n_a, 0.8, sd), draw.normals(n_b, 0.8 + 0.01 * draw.below(3), 0.02)
        margin = [0.001, 0.005, 0.02, 0.1][draw.below(4)]
        (n1, m1, v1), (n2, m2, v2) = moments(a), moments(b)
        if case % 2:
            se, df = mp.sqrt(v1 / n1 + v2 / n2), (v1 / n1 + v2 / n2) ** 2 / ((v1 / n1) ** 2 / (n1 - 1) + (v2 / n2) ** 2 / (n2 - 1))
        else:
            df = n1 + n2 - 2
            se = mp.sqrt(((n1 - 1) * v1 + (n2 - 1) * v2) / df * (1 / n1 + 1 / n2))
        diff = m1 - m2
        out.append([float(t_sf((diff + mp.mpf(margin)) / se, df)), float(t_sf((mp.mpf(margin) - diff) / se, df))])
    return out


def power_of(groups, n, effect, alpha, alternative):
    df, ncp = groups * (n - 1), effect * (n / groups) ** 0.5
    critical = stats.t.isf(alpha / 2 if alternative == "two-sided" else alpha, df)
    upper, lower = nct(critical, df, ncp)[1], nct(-critical, df, ncp)[0]
    return {"two-sided": upper + lower, "greater": upper, "less": lower}[alternative]


def power():
    draw, out = Portable(303), []
    for _ in range(220):
        groups, n = [2, 1, 1][draw.below(3)], 2 + draw.below(199)
        alpha = [0.05, 0.01, 0.05 / 14, 0.001, 0.1][draw.below(5)]
        alternative = ALTERNATIVES[draw.below(3)]
        sign = -1.0 if alternative == "less" else 1.0
        effect = sign * (0.2 + 1.5 * draw.unit())
        goal = [0.5, 0.8, 0.9, 0.95][draw.below(4)]
        at = power_of(groups, n, effect, alpha, alternative)
        found = optimize.brentq(lambda e: power_of(groups, n, sign * e, alpha, alternative) - goal, 1e-9, 3000.0,
                                xtol=1e-15, rtol=1e-15)
        at_two = power_of(groups, 2, effect, alpha, alternative)
        size = 2.0 if at_two >= goal else optimize.brentq(
            lambda m: power_of(groups, m, effect, alpha, alternative) - goal, 2.0, 5000.0, xtol=1e-13, rtol=1e-15)
        out.append([float(at), sign * float(found), float(size)])
    return out


def panels(low, high, n_panels, n_nodes):
    nodes, weights = np.polynomial.legendre.leggauss(n_nodes)
    edges = np.linspace(low, high, n_panels + 1)
    half = (edges[1:] - edges[:-1]) / 2
    middle = (edges[1:] + edges[:-1]) / 2
    return (middle[:, None] + half[:, None] * nodes).ravel(), (half[:, None] * weights).ravel()


def spread_nodes(df, n_panels, n_nodes):
    mode = ((df - 1) / df) ** 0.5
    return panels(max(0.0, mode - 11 / df**0.5), mode + 11 / df**0.5, n_panels, n_nodes)


def exceeds(t, lambdas, df, two_sided):
    """P(largest |T| > t), or of the largest T."""
    s, w = spread_nodes(df, 24, 12)
    w = w * np.exp((df - 1) * np.log(s) - df * (s * s - 1) / 2)
    z, v = panels(-11, 11, 30, 10)
    v = v * np.exp(-z * z / 2)
    log_none = np.zeros((len(s), len(z)))
    for l in lambdas:
        r = (1 - l * l) ** 0.5
        tail = special.ndtr((l * z[None, :] - t * s[:, None]) / r)
        if two_sided:
            tail = np.minimum(tail + special.ndtr((-l * z[None, :] - t * s[:, None]) / r), 1.0)
        with np.errstate(divide="ignore"):
            log_none += np.log1p(-tail)
    return float(w @ -np.expm1(log_none) @ v / (w.sum() * v.sum()))


def exceeds_mp(t, lambdas, df, two_sided):
    s, w = spread_nodes(df, 16, 10)
    z, v = panels(-9.5, 9.5, 13, 10)
    s, w, z, v = ([mp.mpf(float(x)) for x in xs] for xs in (s, w, z, v))
    with mp.workdps(20):
        t = mp.mpf(t)
        rests = [(mp.mpf(l), mp.sqrt(1 - mp.mpf(l) ** 2)) for l in lambdas]
        v = [weight * mp.exp(-x * x / 2) for weight, x in zip(v, z)]
        w = [weight * x ** (df - 1) * mp.exp(-df * (x * x - 1) / 2) for weight, x in zip(w, s)]
        total = mp.mpf(0)
        biggest = max(w)
        for spread, weight in zip(s, w):
            if weight < biggest * mp.mpf(10) ** -17:
                continue
            inner = mp.mpf(0)
            for x, part in zip(z, v):
                none = mp.mpf(1)
                for l, r in rests:
                    tail = mp.ncdf((l * x - t * spread) / r)
                    none *= 1 - tail - (mp.ncdf((-l * x - t * spread) / r) if two_sided else 0)
                inner += part * (1 - none)
            total += weight * inner
        return float(total / (mp.fsum(w) * mp.fsum(v)))


def dunnett():
    draw, out, worst, worst_scipy = Portable(404), [], 0.0, 0.0
    for case in range(208):
        k = 2 + case % 2 if case < 64 else 1 + draw.below(7)
        sizes = [2 + draw.below(25) for _ in range(k + 1)]
        if case % 3 == 0:
            sizes = [sizes[0]] * (k + 1)
        shift = [0.0, 0.5, 1.5][draw.below(3)]
        control = draw.normals(sizes[0], 0.8, 0.02)
        groups = [draw.normals(n, 0.8 + 0.02 * shift * draw.unit(), 0.02) for n in sizes[1:]]
        df = sum(sizes) - k - 1
        every = [moments(g) for g in [control, *groups]]
        s = mp.sqrt(mp.fsum((n - 1) * v for n, _, v in every) / df)
        ts = [float((m - every[0][1]) / (s * mp.sqrt(1 / n + 1 / every[0][0]))) for n, m, _ in every[1:]]
        lambdas = [(n / (n + sizes[0])) ** 0.5 for n in sizes[1:]]
        p = [exceeds(abs(t), lambdas, df, True) for t in ts]
        greater, less = exceeds(ts[0], lambdas, df, False), exceeds(-ts[0], lambdas, df, False)
        low, high = stats.t.isf(0.025, df), stats.t.isf(0.025 / k, df)
        critical = low if k == 1 else optimize.brentq(lambda t: np.log(exceeds(t, lambdas, df, True) / 0.05), low, high,
                                                      xtol=1e-12, rtol=1e-13)
        if case < 64:
            for t, two_sided, theirs, store in [(abs(ts[0]), True, p[0], "p"), (ts[0], False, greater, "g")]:
                exact = exceeds_mp(t, lambdas, df, two_sided)
                worst = max(worst, abs(exact / theirs - 1) if exact > 1e-9 else 0.0)
                if store == "p":
                    p[0] = exact
                else:
                    greater = exact
        # scipy integrates by randomized quasi Monte Carlo: right to 1e-3 or so.
        theirs = stats.dunnett(*groups, control=control, rng=np.random.default_rng(case)).pvalue
        worst_scipy = max(worst_scipy, np.abs(theirs - p).max())
        out.append([*p, greater, less, critical])
    print(f"dunnett: numpy is off mpmath by {worst:.1e} (relative), scipy by {worst_scipy:.1e} (absolute)")
    assert worst < 1e-7 and worst_scipy < 5e-3
    return out


def main():
    r = json.loads(subprocess.run(["Rscript", str(HERE / "para.R")], capture_output=True, text=True, check=True).stdout)
    made_by = {"numpy": np.__version__, "scipy": scipy.__version__, "mpmath": mp.__version__, "R": r.pop("version")}
    parts = {"made_by": made_by, "r": r}
    for make in [paired, equivalence, power, dunnett]:
        parts[make.__name__] = make()
        print(make.__name__, len(parts[make.__name__]), flush=True)
    print(f"noncentral t: scipy's is off ours by {OFF_SCIPY[0]:.1e} where it is a number")
    lines = []
    for name, part in parts.items():
        if isinstance(part, list):
            rows = ",\n".join(json.dumps(row, separators=(",", ":")) for row in part)
            lines.append(f'"{name}": [\n{rows}\n]')
        else:
            lines.append(f'"{name}": {json.dumps(part)}')
    text = "{" + ",\n".join(lines) + "}\n"
    (HERE / "para.json").write_text(text)
    print(f"para.json: {len(text)} bytes")


if __name__ == "__main__":
    main()
