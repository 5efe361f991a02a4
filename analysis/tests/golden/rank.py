"""Makes rank.json: rank and permutation tests by brute force in whole numbers, by scipy, and by R (rank.R: coin, effectsize).

    /tmp/golden/bin/python analysis/tests/golden/rank.py

Inputs come from the portable generator; agree_rank.rs draws the same, section by section, so only answers are stored. A
brute-force p-value is stored as counts: [all arrangements, two-sided, greater, less].
"""

import json
import subprocess
import tempfile
from fractions import Fraction
from itertools import combinations, product
from math import ceil, comb
from pathlib import Path

import numpy as np
import scipy
from scipy import stats

from portable import Portable

HERE = Path(__file__).parent
SIDES = ["two.sided", "greater", "less"]
SEEDS = ["ranksum_small", "ranksum_scipy", "ranksum_coin", "ranksum_normal", "signed_small", "signed_coin",
         "signed_normal", "brunner", "brunner_small", "swap", "flip", "swap_drawn", "flip_drawn", "shift", "effect",
         "shift_normal"]


def section(name):
    return Portable(100 + SEEDS.index(name))


def groups(draw, case, least, most):
    """Two groups: normal in even cases, else grids of 4 and of 10 steps in turn. With the steps, 0 for normal."""
    n_a = least + draw.below(most - least + 1)
    n_b = least + draw.below(most - least + 1)
    steps = [0, 4, 0, 10][case % 4]
    if steps:
        return draw.grid(n_a, steps), draw.grid(n_b, steps), steps
    return draw.normals(n_a, 0.4, 1.0), draw.normals(n_b), 0


def pairs(draw, case, least, most):
    """Differences of pairs, as whole numbers or fractions; zeros and ties in odd cases."""
    n = least + draw.below(most - least + 1)
    steps = [0, 4, 0, 10][case % 4]
    if steps:
        a, b = draw.grid(n, steps), draw.grid(n, steps)
        return [Fraction(round(x * steps) - round(y * steps), steps) for x, y in zip(a, b)]
    return [Fraction(x) for x in draw.normals(n, 0.4, 1.0)]


def exact(values, steps):
    """The decimals that were meant."""
    return [Fraction(round(v * steps), steps) if steps else Fraction(v) for v in values]


def doubled_ranks(values):
    return [2 * sum(w < v for w in values) + sum(w == v for w in values) + 1 for v in values]


def counts(all_of_them, observed):
    """[total, |T| >= |t|, T >= t, T <= t]"""
    return [len(all_of_them), sum(abs(t) >= abs(observed) for t in all_of_them),
            sum(t >= observed for t in all_of_them), sum(t <= observed for t in all_of_them)]


def subset_counts(numbers, n_a):
    """Counts for the sum of n_a of the numbers, in units free of fractions and about its mean."""
    n, total = len(numbers), sum(numbers)
    center = lambda subset: n * sum(subset) - n_a * total
    return counts([center(s) for s in combinations(numbers, n_a)], center(numbers[:n_a]))


def ranksum_small():
    draw, rows = section("ranksum_small"), []
    for case in range(220):
        a, b, steps = groups(draw, case, 2, 6)
        values = exact(a, steps) + exact(b, steps)
        rows.append(None if len(set(values)) == 1 else subset_counts(doubled_ranks(values), len(a)))
    return rows


def ranksum_scipy():
    draw, rows = section("ranksum_scipy"), []
    for _ in range(60):
        a, b, _ = groups(draw, 0, 7, 40)
        test = lambda side: stats.mannwhitneyu(a, b, method="exact", alternative=side.replace(".", "-"))
        rows.append([float(test("two.sided").statistic)] + [float(test(side).pvalue) for side in SIDES])
    return rows


def signed_counts(differences, drop):
    if drop:
        differences = [d for d in differences if d != 0]
    if all(d == 0 for d in differences):
        return None
    ranks = doubled_ranks([abs(d) for d in differences])
    kept = [r for r, d in zip(ranks, differences) if d != 0]
    signed = [sum(s * r for s, r in zip(signs, kept)) for signs in product([-1, 1], repeat=len(kept))]
    return counts(signed, sum(r if d > 0 else -r for r, d in zip(ranks, differences) if d != 0))


def signed_small():
    draw, rows = section("signed_small"), []
    for case in range(220):
        d = pairs(draw, case, 2, 9)
        rows.append([signed_counts(d, False), signed_counts(d, True)])
    return rows


def brunner():
    draw, rows = section("brunner"), []
    for case in range(212):
        a, b, steps = groups(draw, case, 3, 25)
        if not (max(a) < min(b) or max(b) < min(a) or min(a + b) == max(a + b)):
            # scipy's statistic is positive where the second group is larger.
            test = lambda side: stats.brunnermunzel(b, a, alternative=side)
            rows.append([float(test("two-sided").statistic), brunner_df(a, b)] +
                        [float(test(side).pvalue) for side in ["two-sided", "less", "greater"]])
        else:
            rows.append(None)
    return rows


def brunner_df(a, b):
    (_, va), (_, vb) = placements(a, b), placements(b, a)
    va, vb = float(va), float(vb)
    return (va + vb) ** 2 / (va * va / (len(a) - 1) + vb * vb / (len(b) - 1))


def placements(x, y):
    """Mean of the placements of x among y, and n times their variance."""
    p = [sum(2 if v > w else v == w for w in y) for v in x]
    n = len(x)
    mean = Fraction(sum(p), 2 * n)
    return mean, n * sum((Fraction(q, 2) - mean) ** 2 for q in p) / (n - 1)


def brunner_small():
    """W squared, with its sign: a fraction, so that ties are ties. A W without variance exceeds all others."""
    draw, rows = section("brunner_small"), []
    for case in range(200):
        a, b, steps = groups(draw, case, 2, 5)
        values = doubled_ranks(exact(a, steps) + exact(b, steps))
        if len(set(values)) == 1:
            rows.append(None)
            continue

        def squared(chosen):
            x = [values[i] for i in chosen]
            y = [values[i] for i in range(len(values)) if i not in chosen]
            (mean, vx), (_, vy) = placements(x, y), placements(y, x)
            excess = mean - Fraction(len(y), 2)
            variance = vx + vy if vx + vy else Fraction(1, 10**9)
            return excess * abs(excess) / variance

        every = [squared(s) for s in combinations(range(len(values)), len(a))]
        rows.append(counts(every, squared(tuple(range(len(a))))))
    return rows


ALPHAS = [0.05, 0.1, 0.2, 0.4]


def ends(shifts, total, alpha):
    """Order statistics of the finite shifts; the other arrangements, total - len(shifts), are kept whatever the shift."""
    needed = ceil(Fraction(str(alpha)) / 2 * total)
    rank = needed - (total - len(shifts))
    if rank < 1:
        return None
    return [float(sorted(shifts)[rank - 1]), float(sorted(shifts)[-rank])]


def swap():
    draw, rows = section("swap"), []
    for case in range(220):
        a, b, steps = groups(draw, case, 2, 6)
        a, b = exact(a, steps), exact(b, steps)
        if len(set(a + b)) == 1:
            rows.append(None)
            continue
        shifts = [sum(x) / k - sum(y) / k for k in range(1, min(len(a), len(b)) + 1)
                  for x in combinations(a, k) for y in combinations(b, k)]
        total = comb(len(a) + len(b), len(a))
        rows.append(subset_counts(a + b, len(a)) + [ends(shifts, total, ALPHAS[case // 4 % 4])])
    return rows


def flip():
    draw, rows = section("flip"), []
    for case in range(220):
        d = pairs(draw, case, 2, 9)
        if not any(d):
            rows.append(None)
            continue
        sums = [sum(s * x for s, x in zip(signs, d)) for signs in product([-1, 1], repeat=len(d))]
        means = [sum(x) / k for k in range(1, len(d) + 1) for x in combinations(d, k)]
        rows.append(counts(sums, sum(d)) + [ends(means, 2 ** len(d), ALPHAS[case // 4 % 4])])
    return rows


def short(p):
    """Enough digits for random draws to be compared with."""
    return float(f"{p:.6g}")


def swap_drawn():
    """Exact p-values by dynamic programming over whole numbers, for more values than are enumerated."""
    draw, rows = section("swap_drawn"), []
    for _ in range(200):
        n_a, n_b = 21 + draw.below(8), 21 + draw.below(8)
        numbers = [round(v * 50) for v in draw.grid(n_a, 50) + draw.grid(n_b, 50)]
        ways = np.zeros((n_a + 1, sum(numbers) + 1))
        ways[0, 0] = 1
        for v in numbers:
            ways[1:, v:] += ways[:-1, :ways.shape[1] - v].copy()
        centered = (n_a + n_b) * np.arange(ways.shape[1]) - n_a * sum(numbers)
        t, w = (n_a + n_b) * sum(numbers[:n_a]) - n_a * sum(numbers), ways[n_a] / ways[n_a].sum()
        rows.append([short(w[keep].sum()) for keep in [abs(centered) >= abs(t), centered >= t, centered <= t]])
    return rows


def flip_drawn():
    draw, rows = section("flip_drawn"), []
    for _ in range(200):
        n = 33 + draw.below(20)
        numbers = [round(v * 50) - 20 for v in draw.grid(n, 50)]
        total = sum(abs(v) for v in numbers)
        ways = np.zeros(2 * total + 1)
        ways[total] = 1
        for v in numbers:
            ways = (np.roll(ways, v) + np.roll(ways, -v)) / 2
        t, sums = sum(numbers), np.arange(-total, total + 1)
        rows.append([short(ways[keep].sum()) for keep in [abs(sums) >= abs(t), sums >= t, sums <= t]])
    return rows


def shift_normal():
    """All differences and all Walsh means listed and sorted; ranks of the ends by the normal approximation."""
    draw, rows = section("shift_normal"), []
    z = stats.norm.ppf(0.025)
    for _ in range(20):
        n_a, n_b = 70 + draw.below(200), 70 + draw.below(200)
        a, b, d = draw.grid(n_a, 50), draw.normals(n_b), draw.normals(400 + n_a)
        row = []
        n = len(d)
        walsh = np.add.outer(0.5 * np.array(d), 0.5 * np.array(d))[np.triu_indices(n)]
        for numbers, variance in [(np.subtract.outer(a, b).ravel(), n_a * n_b * (n_a + n_b + 1) / 12),
                                  (walsh, n * (n + 1) * (2 * n + 1) / 24)]:
            numbers = np.sort(numbers)
            rank = ceil(len(numbers) / 2 + z * variance**0.5 - 0.5)
            row += [float(np.median(numbers)), float(numbers[rank - 1]), float(numbers[-rank])]
        rows.append(row)
    return rows


def by_r():
    inputs = {name: [] for name in ["ranksum_coin", "ranksum_normal", "signed_coin", "signed_normal", "shift", "effect"]}
    for name, n, least, most in [("ranksum_coin", 60, 6, 24), ("ranksum_normal", 200, 3, 40)]:
        draw = section(name)
        for case in range(n):
            a, b, _ = groups(draw, case, least, most)
            inputs[name].append({"a": a, "b": b})
    for name, n, least, most in [("signed_coin", 60, 10, 40), ("signed_normal", 200, 5, 60)]:
        draw = section(name)
        inputs[name] = [{"d": [float(d) for d in pairs(draw, case, least, most)]} for case in range(n)]
    draw = section("shift")
    for case in range(200):
        a, b, _ = groups(draw, 0, 6, 12)
        inputs["shift"].append({"a": a, "b": b, "alpha": [0.05, 0.1, 0.2][case % 3], "side": SIDES[case // 3 % 3]})
    draw = section("effect")
    for case in range(200):
        a, b, _ = groups(draw, case, 3, 15)
        d = [float(d) for d in pairs(draw, case, 4, 15)]
        inputs["effect"].append({"a": a, "b": b, "d": d, "alpha": [0.05, 0.1, 0.2][case % 3],
                                 "side": SIDES[case // 3 % 3]})
    with tempfile.TemporaryDirectory() as folder:
        sent, answer = Path(folder) / "in.json", Path(folder) / "out.json"
        sent.write_text(json.dumps(inputs))
        subprocess.run(["Rscript", str(HERE / "rank.R"), str(sent), str(answer)], check=True)
        # Infinite ends and NaN come as text: None here.
        clean = lambda row: [v if isinstance(v, (int, float)) else None for v in row] if isinstance(row, list) else row
        found = json.loads(answer.read_text())
        return {name: [clean(row) for row in found[name]] for name in inputs}, found["versions"]


def signed_normal_pratt():
    """scipy's normal approximation with Pratt's zeros, on the inputs of signed_normal."""
    draw, rows = section("signed_normal"), []
    for case in range(200):
        d = [float(d) for d in pairs(draw, case, 5, 60)]
        test = lambda side: stats.wilcoxon(d, zero_method="pratt", correction=True, method="asymptotic",
                                           alternative=side.replace(".", "-")).pvalue
        rows.append([float(test(side)) for side in SIDES] if any(d) else None)
    return rows


if __name__ == "__main__":
    sections, r_versions = by_r()
    for make in [ranksum_small, ranksum_scipy, signed_small, brunner, brunner_small, swap, flip, swap_drawn, flip_drawn,
                 shift_normal, signed_normal_pratt]:
        sections[make.__name__] = make()
    versions = {"numpy": np.__version__, "scipy": scipy.__version__} | r_versions
    body = ",\n".join(f'"{name}": {json.dumps(rows, separators=(",", ":"))}' for name, rows in sections.items())
    text = f'{{"made_by": {json.dumps(versions)},\n{body}}}\n'
    (HERE / "rank.json").write_text(text)
    print(len(text), {name: len(rows) for name, rows in sections.items()})
