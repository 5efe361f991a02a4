"""Makes omni.json: Friedman, Iman-Davenport, Kendall's W, Quade, Nemenyi, Conover, z against a control, on tables that
`portable.py` and `tests/agree_omni.rs` make alike. Also the numbers of Garcia & Herrera's table (2010).

Statistics are fractions, p-values mpmath's (Nemenyi's: `range.py`). R's friedman.test and quade.test are run on the same
tables where there is an Rscript, and the script fails where they differ by 1e-8. scipy and scikit-posthocs are run too and
their distance is printed, not judged: Nemenyi's p of scikit-posthocs is up to 1.8e-4 off, relative.

    /work/venv/bin/python analysis/tests/golden/omni.py
"""

import csv
import json
import os
import shutil
import subprocess
import tempfile
import warnings
from collections import Counter
from fractions import Fraction
from itertools import permutations
from math import factorial
from pathlib import Path

import mpmath as mp
import numpy as np
import scikit_posthocs
import scipy
from portable import Portable
from range import tails
from scipy import optimize, stats

warnings.simplefilter("ignore")
HERE = Path(__file__).parent
SHARED = Path(os.environ.get("MEDTRANSFER_SHARED", HERE / "../../../../shared"))
SIZES = [(2, 2), (2, 3), (3, 2), (3, 3), (4, 3), (5, 4), (7, 5), (6, 4), (10, 10), (24, 4), (7, 16), (60, 30), (12, 3),
         (5, 2), (20, 6), (15, 12)]
mp.mp.dps = 40


def table(draw, case):
    n, k = SIZES[case % len(SIZES)]
    kind = draw.below(4)
    if kind == 0:
        return [draw.grid(k, 4) for _ in range(n)]
    if kind == 1:
        return [draw.grid(k, 16) for _ in range(n)]
    effect = 0.0 if kind == 2 else 0.03
    return [[0.8 + 0.05 * draw.normal() + effect * j for j in range(k)] for _ in range(n)]


def midranks(values):
    """Of the best first, as fractions."""
    return [Fraction(2 * sum(w > v for w in values) + sum(w == v for w in values) + 1, 2) for v in values]


def num(x):
    return mp.mpf(x.numerator) / x.denominator


def f_sf(f, d1, d2):
    f = num(f)
    return mp.betainc(mp.mpf(d2) / 2, mp.mpf(d1) / 2, 0, d2 / (d2 + d1 * f), regularized=True)


def exact(ranks, observed):
    """Over all orders of the ranks in every block; None where they are too many for this script."""
    n, k = len(ranks), len(ranks[0])
    if not (k == 2 or (k == 3 and n <= 12) or (k == 4 and n <= 6) or (k == 5 and n <= 2)):
        return None
    sums = Counter({(0,) * k: 1})
    for row in ranks:
        after = Counter()
        for order in permutations([int(2 * r) for r in row]):
            for so_far, count in sums.items():
                after[tuple(a + b for a, b in zip(so_far, order))] += count
        sums = after
    reached = sum(count for s, count in sums.items() if sum((Fraction(x, 2) - Fraction(n * (k + 1), 2)) ** 2 for x in s) >= observed)
    return float(Fraction(reached, factorial(k) ** n))


def friedman(ranks):
    n, k = len(ranks), len(ranks[0])
    sums = [sum(row[j] for row in ranks) for j in range(k)]
    spread = sum((s - Fraction(n * (k + 1), 2)) ** 2 for s in sums)
    ties = sum(c**3 - c for row in ranks for c in Counter(row).values())
    if n * (k**3 - k) == ties:
        return None
    chi2 = 12 * spread / (n * k * (k + 1) - Fraction(ties, k - 1))
    w = chi2 / (n * (k - 1))
    p = mp.gammainc(mp.mpf(k - 1) / 2, num(chi2) / 2, mp.inf, regularized=True)
    out = {"chi2": float(chi2), "p": float(p), "w": float(w), "exact": exact(ranks, spread)}
    if w != 1:
        f = (n - 1) * chi2 / (n * (k - 1) - chi2)
        out["f"], out["pf"] = float(f), float(f_sf(f, k - 1, (k - 1) * (n - 1)))
    return out


def quade(scores, ranks, decimals=False):
    """`decimals`: ranges of the numbers as they are printed, not of their doubles."""
    n, k = len(ranks), len(ranks[0])
    exactly = (lambda v: Fraction(repr(v))) if decimals else Fraction
    spans = [max(map(exactly, row)) - min(map(exactly, row)) for row in scores]
    q = midranks([-s for s in spans])
    s = [[q[i] * (r - Fraction(k + 1, 2)) for r in row] for i, row in enumerate(ranks)]
    a = sum(x * x for row in s for x in row)
    if a == 0:
        return None
    b = sum(sum(row[j] for row in s) ** 2 for j in range(k)) / n
    if a == b:
        orders = factorial(k)
        for c in Counter(ranks[0]).values():
            orders //= factorial(c)
        return {"p": float(Fraction(1, orders ** (n - 1)))}
    f = (n - 1) * b / (a - b)
    return {"f": float(f), "p": float(f_sf(f, k - 1, (k - 1) * (n - 1)))}


def pair_tests(ranks):
    n, k = len(ranks), len(ranks[0])
    sums = [sum(row[j] for row in ranks) for j in range(k)]
    within = n * sum(r * r for row in ranks for r in row) - sum(s * s for s in sums)
    df = (n - 1) * (k - 1)
    out = []
    for a, b in sorted({(0, 1), (0, k - 1), (k - 2, k - 1)}):
        diff = (sums[a] - sums[b]) / n
        z = abs(num(diff)) / mp.sqrt(mp.mpf(k * (k + 1)) / (6 * n))
        row = [a, b, float(diff), float(z), tails(float(z * mp.sqrt(2)), k, np.inf)[1] if z else 1.0,
               float(mp.erfc(z / mp.sqrt(2)))]
        if within:
            t2 = num((sums[a] - sums[b]) ** 2 / (2 * within / df))
            row += [float(mp.sqrt(t2)), float(mp.betainc(mp.mpf(df) / 2, 0.5, 0, df / (df + t2), regularized=True))]
        out.append(row)
    return out


def peers(scores, case, worst):
    """scipy and scikit-posthocs on the same table."""
    columns = list(zip(*scores))
    def far(name, ours, theirs):
        worst[name] = max(worst.get(name, 0.0), abs(ours - theirs) / max(abs(ours), 1e-12))
    if case["friedman"] and len(columns) >= 3:
        test = stats.friedmanchisquare(*columns)
        far("scipy chi2", case["friedman"]["chi2"], test.statistic)
        far("scipy p", case["friedman"]["p"], test.pvalue)
    nemenyi = np.asarray(scikit_posthocs.posthoc_nemenyi_friedman(np.array(scores)))
    conover = np.asarray(scikit_posthocs.posthoc_conover_friedman(np.array(scores)))
    for row in case["pairs"]:
        far("posthocs nemenyi", row[4], nemenyi[row[0], row[1]])
        if len(row) == 8:
            far("posthocs conover", row[7], conover[row[0], row[1]])


def run_r(tables):
    """[chi2, p, quade F, quade p] of every table by R, or None."""
    if shutil.which("Rscript") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        for i, scores in enumerate(tables):
            np.savetxt(f"{folder}/{i}.csv", np.array(scores), delimiter=",", fmt="%.17g")
        script = """
        for (i in 0:(%d - 1)) { m <- as.matrix(read.csv(sprintf("%s/%%d.csv", i), header = FALSE, colClasses = "numeric"))
          f <- friedman.test(m); q <- quade.test(m)
          cat(sprintf("%%.17g %%.17g %%.17g %%.17g\\n", f$statistic, f$p.value, q$statistic, q$p.value)) }
        """ % (len(tables), folder)
        out = subprocess.run(["Rscript", "-e", script], capture_output=True, text=True)
        assert out.returncode == 0, out.stderr
        return [[float(x) if x not in ("NA",) else float("nan") for x in line.split()] for line in out.stdout.splitlines()]


def against_r(tables, cases):
    rows = run_r(tables)
    if rows is None:
        print("no Rscript")
        return
    worst = [0.0] * 4
    for row, case in zip(rows, cases):
        ours = [(case["friedman"] or {}).get("chi2"), (case["friedman"] or {}).get("p"),
                (case["quade"] or {}).get("f"), (case["quade"] or {}).get("p") if (case["quade"] or {}).get("f") else None]
        for i, (mine, theirs) in enumerate(zip(ours, row)):
            if mine is not None:
                worst[i] = max(worst[i], abs(mine - theirs) / max(abs(mine), 1e-9))
    print("R is off by at most (chi2, p, quade F, quade p):", worst)
    assert max(worst) < 1e-8


def answers(scores, decimals=False):
    ranks = [midranks(row) for row in scores]
    return {"friedman": friedman(ranks), "quade": quade(scores, ranks, decimals), "pairs": pair_tests(ranks)}


def garcia_herrera():
    path = SHARED / "data/results/garcia-herrera-2010.csv"
    with open(path) as file:
        rows = list(csv.reader(file))[1:]
    scores = [[float(x) for x in row[1:]] for row in rows]
    case = answers(scores, decimals=True)
    ranks = [midranks(row) for row in scores]
    case["mean_ranks"] = [float(sum(r[j] for r in ranks) / len(ranks)) for j in range(4)]
    case["all_pairs"] = pair_tests(ranks)
    print("Garcia & Herrera:", json.dumps(case))
    print("  R:", run_r([scores]), " Quade on doubles:", quade(scores, ranks))
    return case


def critical():
    """[k, q.10, q.05, q.01] of the studentized range, df infinite, divided by the root of 2; and how far qtukey is off."""
    rows, worst = [], 0.0
    with open(SHARED / "golden/crit_nemenyi.csv") as file:
        of_r = {int(row["k"]): row for row in csv.DictReader(file)}
    for k in range(2, 23):
        row = [k]
        for alpha, name in [(0.1, "q10"), (0.05, "q05"), (0.01, "q01")]:
            q = optimize.brentq(lambda q: np.log(tails(q, k, np.inf)[1] / alpha), 1, 9, xtol=1e-14, rtol=1e-15)
            row.append(q / 2**0.5)
            worst = max(worst, abs(float(of_r[k][name]) / row[-1] - 1))
        rows.append(row)
    print("R's qtukey is off by at most", worst)
    return rows


if __name__ == "__main__":
    draw, cases, tables, worst = Portable(4711), [], [], {}
    for number in range(240):
        scores = table(draw, number)
        case = answers(scores)
        tables.append(scores)
        cases.append(case)
        peers(scores, case, worst)
    print("peers are off by at most:", worst)
    against_r(tables, cases)
    made = {"numpy": np.__version__, "scipy": scipy.__version__, "mpmath": mp.__version__,
            "scikit-posthocs": scikit_posthocs.__version__}
    text = f'{{"made_by": {json.dumps(made)}, "garcia_herrera": {json.dumps(garcia_herrera())},\n"critical": {json.dumps(critical())}, "cases": [\n'
    text += ",\n".join(json.dumps(case) for case in cases) + "\n]}\n"
    (HERE / "omni.json").write_text(text)
    print(len(cases), "cases,", len(text), "bytes")
