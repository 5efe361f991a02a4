"""Makes `boot.json`: bootstrap ends, aggregates over tasks, Bayesian comparisons.

    python -m venv /tmp/boot && /tmp/boot/bin/pip install 'pandas<3' rliable baycomp scipy mpmath
    /tmp/boot/bin/python analysis/tests/golden/boot.py

Authorities: scipy's own BCa code, rliable's metrics (balanced grids), baycomp, mpmath. Inputs come from `portable.py` and are
made alike by `tests/agree_boot.rs`: only answers are stored. "long" holds Monte-Carlo results of long runs.
"""

import json
from pathlib import Path

import baycomp
import mpmath as mp
import numpy as np
import scipy
from rliable import library, metrics
from scipy import stats
from scipy.stats import _resampling

from portable import Portable

mp.mp.dps = 40
ALPHAS = [0.05, 0.1, 0.01]
TAUS = [0.5, 0.625, 0.7, 0.75, 0.9]


def seq_mean(x, axis=-1):
    """A mean summed in order, as the Rust side sums: ties with the estimate are then ties on both sides."""
    assert axis in (-1, x.ndim - 1)
    return np.cumsum(x, axis=-1)[..., -1] / x.shape[-1]


def ends_case(k):
    """One or two samples, replicates of the (difference of) means; some replicates equal the estimate."""
    draw = Portable(1000 + k)
    samples = [np.array(draw.normals(3 + draw.below(20), 0.5, 1.0)) ** 2 for _ in range(1 + k % 2)]
    n = 40 + draw.below(200)
    noise = draw.normals(n, 0.02, 0.3)
    ties = draw.below(4)
    statistic = (lambda a, axis=-1: seq_mean(a, axis)) if k % 2 == 0 else \
        (lambda a, b, axis=-1: seq_mean(a, axis) - seq_mean(b, axis))
    estimate = statistic(*samples)
    replicates = np.array([estimate if i < ties else estimate + e for i, e in enumerate(noise)])
    alpha = ALPHAS[k % 3]
    low, high, a = _resampling._bca_interval(samples, statistic, -1, alpha / 2, replicates, None, np)
    low, high = float(np.ravel(low)[0]), float(np.ravel(high)[0])
    share = _resampling._percentile_of_score(replicates, np.array([estimate]), -1, np)
    plain = stats.quantile(replicates, [alpha / 2, 1 - alpha / 2])
    bca = stats.quantile(replicates, [low, high])
    return [float(scipy.special.ndtri(np.ravel(share)[0])), float(np.ravel(a)[0]), *map(float, plain),
            *(float(2 * estimate - q) for q in plain[::-1]), *map(float, bca)]


def grid_case(k):
    """`runs[model][task]`: balanced for even k, with ties for every third."""
    draw = Portable(5000 + k)
    n_models, n_tasks = 2 + draw.below(3), 1 + draw.below(7)
    n_runs = 2 + draw.below(7)
    grid = []
    for _ in range(n_models):
        model = []
        for _ in range(n_tasks):
            n = n_runs if k % 2 == 0 else 1 + draw.below(8)
            model.append(draw.grid(n, 8) if k % 3 == 0 else draw.normals(n, 0.7, 0.1))
        grid.append(model)
    return grid


def normalize(grid, kind):
    if kind == 0:
        return grid
    out = [[None] * len(grid[0]) for _ in grid]
    for t in range(len(grid[0])):
        if kind == 1:
            zero = np.mean(grid[0][t])
            unit = 1.25 - zero
        else:
            zero = np.mean([np.mean(m[t]) for m in grid])
            df = sum(len(m[t]) - 1 for m in grid)
            squares = sum(((np.array(m[t]) - np.mean(m[t])) ** 2).sum() for m in grid)
            if squares == 0:
                return None
            unit = np.sqrt(squares / df)
        for m in range(len(grid)):
            out[m][t] = [(v - zero) / unit for v in grid[m][t]]
    return out


def aggregates_case(k):
    raw = grid_case(k)
    grid = normalize(raw, k % 5 % 3)
    if grid is None:
        return None
    rows = []
    for model in grid:
        if k % 2 == 0:
            scores = np.array(model).T
            rows.append([metrics.aggregate_mean(scores), metrics.aggregate_median(scores), metrics.aggregate_iqm(scores),
                         metrics.aggregate_optimality_gap(scores, 0.8)])
        else:
            means = [np.mean(t) for t in model]
            rows.append([np.mean(means), np.median(means), stats.trim_mean(np.concatenate(model), 0.25),
                         np.mean([np.mean(0.8 - np.minimum(t, 0.8)) for t in model])])
    won = np.mean([0.5 if np.array_equal(x, y) else
                   stats.mannwhitneyu(x, y, alternative="greater").statistic / (len(x) * len(y))
                   for x, y in zip(raw[0], raw[1])])
    if k % 2 == 0:
        assert abs(won - metrics.probability_of_improvement(np.array(raw[0]).T, np.array(raw[1]).T)) < 1e-14
    shares = [np.mean([np.mean(np.array(t) > tau) for t in grid[1]]) for tau in TAUS]
    if k % 2 == 0:
        assert np.allclose(shares, [library.run_score_deviation(np.array(grid[1]).T, tau) for tau in TAUS], atol=1e-14)
    return {"models": [[float(v) for v in row] for row in rows], "won": float(won), "shares": [float(s) for s in shares],
            "first": [float(v) for v in grid[-1][0]]}


def t_sf(t, df):
    x = df / (df + t * t)
    tail = mp.betainc(df / 2, mp.mpf(1) / 2, 0, x, regularized=True) / 2
    return tail if t >= 0 else 1 - tail


def correlated_case(k):
    draw = Portable(9000 + k)
    n = 2 + draw.below(15)
    values = draw.normals(n, 0.01 * draw.normal(), 0.01)
    rope = [0.0, 0.005, 0.01, 0.05][k % 4]
    rho = [0.0, 0.1, 0.5][k % 3]
    d = [mp.mpf(v) for v in values]
    mean = mp.fsum(d) / n
    variance = mp.fsum((v - mean) ** 2 for v in d) / (n - 1)
    scale = mp.sqrt(variance * (mp.mpf(1) / n + mp.mpf(rho) / (1 - mp.mpf(rho))))
    df = mp.mpf(n - 1)
    left, right = t_sf((mp.mpf(rope) + mean) / scale, df), t_sf((mp.mpf(rope) - mean) / scale, df)
    return [float(left), float(1 - left - right) if rope else 0.0, float(right)]


def long_runs():
    found = {}
    np.random.seed(1)  # rliable's stratified bootstrap draws from numpy's global state, whatever it is given.
    # Squares of normals, as skewed as it gets: scipy, 200,000 resamples.
    draw = Portable(77)
    values = np.array(draw.normals(30)) ** 2
    for kind in ["percentile", "basic", "BCa"]:
        result = stats.bootstrap((values,), np.mean, n_resamples=200_000, method=kind, rng=np.random.default_rng(1), batch=20_000)
        found[kind.lower()] = [*map(float, result.confidence_interval), float(result.standard_error)]
    # Twelve patients with one to four cases: 200,000 draws of whole patients.
    draw = Portable(78)
    patients = [np.array(draw.normals(1 + draw.below(4), draw.normal(), 0.5)) for _ in range(12)]
    rng = np.random.default_rng(2)
    totals, sizes = np.array([p.sum() for p in patients]), np.array([len(p) for p in patients])
    picks = rng.integers(0, 12, (200_000, 12))
    means = totals[picks].sum(1) / sizes[picks].sum(1)
    found["clustered"] = [*map(float, np.quantile(means, [0.025, 0.975])), float(means.std(ddof=1))]
    # rliable: IQM of 5 tasks x 6 runs, P(improvement) over 3 tasks.
    draw = Portable(79)
    x, y = [np.array([draw.normals(6, 0.7, 0.05) for _ in range(5)]).T for _ in range(2)]
    _, interval = library.get_interval_estimates({"x": x}, metrics.aggregate_iqm, reps=20_000, random_state=np.random.RandomState(1))
    found["iqm"] = [float(v) for v in np.ravel(interval["x"])]
    _, interval = library.get_interval_estimates({"p": (x[:, :3], y[:, :3])}, metrics.probability_of_improvement, reps=4_000,
                                                 random_state=np.random.RandomState(1))
    found["won"] = [float(v) for v in np.ravel(interval["p"])]
    # baycomp, 100,000 draws each.
    found["signed_rank"] = []
    for k, (n, rope) in enumerate([(4, 0.01), (7, 0.005), (12, 0.02), (9, 0.0)]):
        draw = Portable(80 + k)
        d = np.array(draw.normals(n, 0.01, 0.02))
        p = baycomp.SignedRankTest(np.zeros(n), d, rope=rope, nsamples=100_000, random_state=3).probs()
        found["signed_rank"].append([float(v) for v in p])
    return found


if __name__ == "__main__":
    cases = {"made_by": {"numpy": np.__version__, "scipy": scipy.__version__, "rliable": "1.2.0", "baycomp": "1.0.3"},
             "ends": [ends_case(k) for k in range(210)], "aggregates": [aggregates_case(k) for k in range(210)],
             "correlated": [correlated_case(k) for k in range(210)], "long": long_runs()}
    lists = lambda rows: "[\n" + ",\n".join("  " + json.dumps(row) for row in rows) + "\n]"
    parts = [f'"made_by": {json.dumps(cases["made_by"])}']
    parts += [f'"{name}": {lists(cases[name])}' for name in ["ends", "aggregates", "correlated"]]
    text = "{" + ",\n".join(parts + [f'"long": {json.dumps(cases["long"])}']) + "}\n"
    Path(__file__).with_name("boot.json").write_text(text)
    print(len(text), "bytes")
