"""Makes cases.json: AUC, average precision, DeLong, its clustered form and the macro AUC, by definition.

    python analysis/tests/golden/cases.py [SHARED]

Inputs come from portable.py, as in tests/agree_cases.rs, so the file holds answers only. AUC and average precision are
scikit-learn's. The rest is the definition in O(mn), every pair looked at, sums in 80 bits; `cases.R` runs pROC on some of
the same inputs and on the shared SIIM predictions.
"""

import csv
import json
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import scipy
import sklearn
from portable import Portable
from scipy import stats
from sklearn.metrics import average_precision_score, roc_auc_score

HERE = Path(__file__).parent
LONG = np.longdouble
N_CASES, N_MACRO = 240, 226


def scores(draw, targets, steps, shift):
    return [(draw.below(steps) + (shift if target else 0)) / steps for target in targets]


def mixed(draw, first, other):
    return [x if draw.unit() < 0.5 else y for x, y in zip(first, other)]


def case(seed):
    """Targets, scores of two models on a grid, patients."""
    draw = Portable(10_000 + seed)
    n = 4 if seed % 5 == 0 else 5 + draw.below(60) if seed % 5 < 3 else 50 + draw.below(250)
    n = 5000 if seed % 70 == 69 else n
    steps = [3, 10, 50, 100_000][draw.below(4)]
    shift = draw.below(steps)
    prevalence = 0.05 + 0.6 * draw.unit()
    targets = [i < 2 or (i >= 4 and draw.unit() < prevalence) for i in range(n)]
    a = scores(draw, targets, steps, shift)
    b = mixed(draw, a, scores(draw, targets, steps, shift))
    groups = [draw.below(1 + 2 * n // 3) for _ in range(n)]
    return targets, a, b, groups


def macro_case(seed):
    """Targets by label (None: unknown), scores of two models by label, patients."""
    draw = Portable(50_000 + seed)
    n = 5000 if seed % 100 == 99 else 8 + draw.below(60)
    n_labels = 1 + draw.below(4)
    groups = [draw.below(1 + 2 * n // 3) for _ in range(n)]
    labels = []
    for _ in range(n_labels):
        prevalence = 0.1 + 0.5 * draw.unit()
        targets = [None if draw.unit() < 0.1 else draw.unit() < prevalence for _ in range(n)]
        steps = [4, 30, 100_000][draw.below(3)]
        shift = draw.below(steps)
        a = scores(draw, targets, steps, shift)
        labels.append((targets, a, mixed(draw, a, scores(draw, targets, steps, shift))))
    return groups, labels


def components(targets, score):
    """V10, V01 and the AUC, by all pairs."""
    targets, score = np.array(targets), np.array(score)
    pos, neg = score[targets], score[~targets]
    psi = (pos[:, None] > neg[None, :]) + 0.5 * (pos[:, None] == neg[None, :])
    v10 = psi.sum(axis=1).astype(LONG) / len(neg)
    v01 = psi.sum(axis=0).astype(LONG) / len(pos)
    return v10, v01, v10.mean()


def by_group(targets, groups, v10, v01, auc):
    """Sums of deviations of positives and negatives by patient, and how many patients have one: Obuchowski 1997."""
    targets, groups = np.array(targets), np.array(groups)
    names = np.unique(groups)
    x, y = np.zeros(len(names), LONG), np.zeros(len(names), LONG)
    i10 = i01 = 0
    for k, name in enumerate(names):
        mine_pos, mine_neg = groups[targets] == name, groups[~targets] == name
        x[k] = v10[mine_pos].sum() - mine_pos.sum() * auc
        y[k] = v01[mine_neg].sum() - mine_neg.sum() * auc
        i10 += mine_pos.any()
        i01 += mine_neg.any()
    return x, y, i10, i01


def clustered(targets, groups, a, b):
    """Covariance of two AUCs: S10/m + S01/n + (S11 + S11')/(mn)."""
    m, n = sum(targets), len(targets) - sum(targets)
    xa, ya, i10, i01 = by_group(targets, groups, *a)
    xb, yb, _, _ = by_group(targets, groups, *b)
    i = len(xa)
    if i10 < 2 or i01 < 2:
        return None
    s10 = LONG(i10) / ((i10 - 1) * m) * (xa * xb).sum()
    s01 = LONG(i01) / ((i01 - 1) * n) * (ya * yb).sum()
    s11 = LONG(i) / (i - 1) * ((xa * yb).sum() + (xb * ya).sum())
    return s10 / m + s01 / n + s11 / (LONG(m) * n)


def plain(a, b):
    """DeLong's covariance of two AUCs."""
    def s(u, v):
        return ((u - u.mean()) * (v - v.mean())).sum() / (len(u) - 1) / len(u)
    return s(a[0], b[0]) + s(a[1], b[1])


def z_test(auc_a, auc_b, var_a, var_b, cov):
    variance = var_a + var_b - 2 * cov
    out = {"var_a": float(var_a), "var_b": float(var_b), "cov": float(cov), "z": None}
    if variance > 1e-30:
        z = (auc_a - auc_b) / np.sqrt(variance)
        out |= {"z": float(z), "p": float(2 * stats.norm.sf(abs(float(z))))}
    return out


def answers(seed):
    targets, a, b, groups = case(seed)
    va, vb = components(targets, a), components(targets, b)
    out = {"auc": float(roc_auc_score(targets, a)), "ap": float(average_precision_score(targets, a))}
    assert abs(out["auc"] - float(va[2])) < 1e-13
    out["paired"] = z_test(va[2], vb[2], plain(va, va), plain(vb, vb), plain(va, vb))
    few = max(4, len(targets) - len(targets) // 4)
    vf = components(targets[:few], b[:few])
    s1, s2 = plain(va, va), plain(vf, vf)
    if s1 + s2 > 1e-30:
        df = (s1 + s2) ** 2 / (s1**2 / (len(targets) - 1) + s2**2 / (few - 1))
        t = (va[2] - vf[2]) / np.sqrt(s1 + s2)
        out["unpaired"] = {"t": float(t), "df": float(df), "p": float(2 * stats.t.sf(abs(float(t)), float(df)))}
    cov = clustered(targets, groups, va, vb)
    if cov is not None:
        out["clustered"] = z_test(va[2], vb[2], clustered(targets, groups, va, va), clustered(targets, groups, vb, vb), cov)
    return out


def macro_answers(seed):
    groups, labels = macro_case(seed)
    kept = []
    for targets, a, b in labels:
        known = [i for i, t in enumerate(targets) if t is not None]
        truth = [targets[i] for i in known]
        if len(set(truth)) < 2:
            continue
        who = [groups[i] for i in known]
        rows = []
        for score in (a, b):
            v10, v01, auc = components(truth, [score[i] for i in known])
            x, y, i10, i01 = by_group(truth, who, v10, v01, auc)
            if i10 < 2 or i01 < 2:
                return None
            m, n = sum(truth), len(truth) - sum(truth)
            u = np.sqrt(LONG(i10) / (i10 - 1)) * x / m + np.sqrt(LONG(i01) / (i01 - 1)) * y / n
            rows.append((auc, dict(zip(np.unique(who).tolist(), u))))
        kept.append(rows)
    if not kept:
        return None
    # Every pair of labels, patient by patient.
    def cov(r, s):
        total = LONG(0)
        for one in kept:
            for other in kept:
                total += sum((u * other[s][1].get(g, LONG(0)) for g, u in one[r][1].items()), LONG(0))
        return total / len(kept) ** 2
    aucs = [sum((rows[r][0] for rows in kept), LONG(0)) / len(kept) for r in (0, 1)]
    out = z_test(*aucs, cov(0, 0), cov(1, 1), cov(0, 1))
    return {"auc_a": float(aucs[0]), "auc_b": float(aucs[1])} | out


def from_proc(shared):
    """pROC on every seventh case and on the SIIM predictions."""
    with tempfile.TemporaryDirectory() as folder:
        seeds = [s for s in range(N_CASES) if s % 7 == 6 and s % 5 != 0]
        for seed in seeds:
            targets, a, b, _ = case(seed)
            with open(f"{folder}/{seed}.csv", "w", newline="") as file:
                csv.writer(file).writerows([["y", "a", "b"], *([int(t), repr(x), repr(y)] for t, x, y in zip(targets, a, b))])
        siim = Path(shared) / "data/results/siim-predictions.csv"
        subprocess.run(["Rscript", HERE / "cases.R", folder, siim], check=True)
        return json.loads((Path(folder) / "answers.json").read_text())


def siim_reference(shared):
    """The definition on the SIIM predictions, by numpy."""
    rows = list(csv.DictReader(open(Path(shared) / "data/results/siim-predictions.csv")))
    targets = [row["label"] == "1" for row in rows]
    a, b = (components(targets, [float(row[k]) for row in rows]) for k in ("densenet121", "resnet50"))
    out = z_test(a[2], b[2], plain(a, a), plain(b, b), plain(a, b))
    return {"auc_a": float(a[2]), "auc_b": float(b[2])} | out


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    shared = sys.argv[1] if len(sys.argv) > 1 else HERE / "../../../../shared"
    versions = {"numpy": np.__version__, "scipy": scipy.__version__, "scikit-learn": sklearn.__version__}
    text = f'{{"made_by": {json.dumps(versions)},\n'
    for name, made in [("cases", map(answers, range(N_CASES))), ("macro", map(macro_answers, range(N_MACRO)))]:
        text += f'"{name}": [\n' + ",\n".join(json.dumps(a, separators=(",", ":")) for a in made) + "],\n"
    text += f'"siim": {json.dumps(siim_reference(shared))},\n"proc": {json.dumps(from_proc(shared), separators=(",", ":"))}}}\n'
    (HERE / "cases.json").write_text(text)
    print(f"cases.json: {len(text)} bytes")
