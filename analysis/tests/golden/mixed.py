"""Makes mixed.json, mixed_balanced.json (mixed models) and readers.json (Obuchowski-Rockette).

    /work/venv/bin/python analysis/tests/golden/mixed.py [mixed|balanced|readers]

Authorities: lme4 and lmerTest (mixed.R, which needs Rscript) for REML; statsmodels' AnovaRM for complete balanced data;
for readers the formulas of the papers, written out from their definitions with the O(mn) kernel of DeLong (1988).
"""

import csv
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from scipy import stats

from portable import Portable

HERE = Path(__file__).parent


def write(name, made_by, cases):
    lines = ",\n".join("  " + (case if isinstance(case, str) else json.dumps(case)) for case in cases)
    text = f'{{"made_by": {json.dumps(made_by)}, "cases": [\n{lines}\n]}}\n'
    (HERE / name).write_text(text)
    print(f"{name}: {len(cases)} cases, {len(text)} bytes")


def mixed_case(seed):
    """Rows (task, model, value): cells missing, seeds unbalanced, components that may be 0."""
    draw = Portable(seed)
    k, n_tasks = 2 + draw.below(3), 3 + draw.below(5)
    sd_task = [0.0, 0.5, 1.0, 3.0][draw.below(4)]
    sd_cell = [0.0, 0.2, 0.5, 1.0][draw.below(4)]
    missing, most = draw.below(3), 1 + draw.below(4)
    effects = [0.5 * draw.normal() for _ in range(k)]
    rows = []
    for task in range(n_tasks):
        of_task = sd_task * draw.normal()
        for model in range(k):
            of_cell = sd_cell * draw.normal()
            absent = draw.unit() < 0.15 * missing
            for _ in range(1 + draw.below(most)):
                value = 1.0 + effects[model] + of_task + of_cell + 0.3 * draw.normal()
                if not absent:
                    rows.append((task, model, value))
    return k, rows


def usable(k, rows):
    """Every model there, the cells connected, and at least one degree of freedom for task:model."""
    cells = {(t, m) for t, m, _ in rows}
    tasks = {t for t, _ in cells}
    if {m for _, m in cells} != set(range(k)) or len(cells) < k + len(tasks):
        return False
    seen, grown = {0}, True
    while grown:
        reach = {t for t, m in cells if m in seen}
        more = {m for t, m in cells if t in reach}
        grown, seen = more != seen, more
    return seen == set(range(k))


def make_mixed(n=230):
    seeds, seed = [], 1
    while len(seeds) < n:
        if usable(*mixed_case(seed)):
            seeds.append(seed)
        seed += 1
    with tempfile.TemporaryDirectory() as folder:
        data, out = Path(folder) / "rows.csv", Path(folder) / "answers"
        with open(data, "w") as file:
            writer = csv.writer(file)
            writer.writerow(["case", "task", "model", "value"])
            for seed in seeds:
                writer.writerows((seed, t, m, repr(v)) for t, m, v in mixed_case(seed)[1])
        run = subprocess.run(["Rscript", HERE / "mixed.R", data, out], check=True, stdout=subprocess.PIPE, text=True)
        write("mixed.json", run.stdout.strip(), out.read_text().splitlines())


def balanced_case(seed):
    """values[task][model][seed]; task:model is large enough for a positive estimate most of the time."""
    draw = Portable(seed)
    k, n_tasks, n_seeds = 2 + draw.below(5), 2 + draw.below(7), 1 + draw.below(5)
    offset = [0.0, 0.85, 1000.0][draw.below(3)]
    effects = [0.3 * draw.normal() for _ in range(k)]
    values = []
    for _ in range(n_tasks):
        of_task = 3.0 * draw.normal()
        of_cells = [0.5 * draw.normal() for _ in range(k)]
        values.append([[offset + effects[m] + of_task + of_cells[m] + 0.2 * draw.normal() for _ in range(n_seeds)]
                       for m in range(k)])
    return values


def make_balanced(n=220):
    import pandas
    import statsmodels
    from statsmodels.stats.anova import AnovaRM
    cases, seed = [], 0
    while len(cases) < n:
        seed += 1
        y = np.array(balanced_case(seed), dtype=np.longdouble)
        n_tasks, k, n_seeds = y.shape
        cell = y.mean(axis=2)
        grand, by_task, by_model = cell.mean(), cell.mean(axis=1), cell.mean(axis=0)
        rest = cell - by_task[:, None] - by_model[None, :] + grand
        df_int, df_task, df_in = (n_tasks - 1) * (k - 1), n_tasks - 1, n_tasks * k * (n_seeds - 1)
        ms_int = n_seeds * (rest ** 2).sum() / df_int
        ms_task = n_seeds * k * ((by_task - grand) ** 2).sum() / df_task
        ms_in = ((y - cell[:, :, None]) ** 2).sum() / df_in if df_in else None
        ms_model = n_seeds * n_tasks * ((by_model - grand) ** 2).sum() / (k - 1)
        if ms_task < ms_int or (df_in and ms_int < ms_in):
            continue  # A component at 0: lme4's business (mixed.json).
        # Task means shifted to 0 change neither F nor p, and spare AnovaRM's least squares digits.
        shifted = np.asarray(cell - by_task[:, None], dtype=float)
        frame = pandas.DataFrame([(t, m, shifted[t, m]) for t in range(n_tasks) for m in range(k)], columns=["t", "m", "y"])
        row = AnovaRM(frame, "y", "t", within=["m"]).fit().anova_table.iloc[0]
        f = float(ms_model / ms_int)
        assert abs(f / row["F Value"] - 1) < 1e-7, (f, row["F Value"])
        assert (row["Num DF"], row["Den DF"]) == (k - 1, df_int)
        # One mean's variance is a combination of two mean squares: Satterthwaite (1946).
        parts = [(ms_task / k, df_task), (ms_int * (k - 1) / k, df_int)]
        total = sum(part for part, _ in parts)
        cases.append({
            "seed": seed, "f": f, "p": float(stats.f.sf(f, k - 1, df_int)),
            "estimate": [float(m - by_model[0]) for m in by_model[1:]],
            "se": float(np.sqrt(2 * ms_int / (n_seeds * n_tasks))), "df": df_int,
            "mean_se": float(np.sqrt(total / (n_seeds * n_tasks))),
            "mean_df": float(total ** 2 / sum(part ** 2 / df for part, df in parts)),
            "variances": [float((ms_task - ms_int) / (n_seeds * k)),
                          float((ms_int - ms_in) / n_seeds) if df_in else None, float(ms_in if df_in else ms_int)]})
    write("mixed_balanced.json", f"statsmodels {statsmodels.__version__} AnovaRM, numpy {np.__version__}", cases)


def readers_case(seed):
    """scores[model][seed][case], targets, patients (None or one a case); nested designs may have unequal seeds."""
    draw = Portable(seed)
    t, r, n = 2 + draw.below(3), 2 + draw.below(4), 12 + draw.below(30)
    unequal, grouped, steps = draw.below(3) == 0, draw.below(2) == 1, [0, 8][draw.below(2)]
    n_seeds = [2 + draw.below(4) if unequal else r for _ in range(t)]
    targets = [draw.below(2) == 1 for _ in range(n)]
    targets[:4] = [True, True, False, False]
    patients = [draw.below(n // 2) for _ in range(n)] if grouped else None
    if grouped:
        patients[:4] = [0, 1, 2, 3]
    easy = [draw.normal() for _ in range(n)]
    scores = []
    for count in n_seeds:
        skill = 0.5 + 0.4 * draw.normal()
        of_model = [0.5 * draw.normal() for _ in range(n)]
        runs = []
        for _ in range(count):
            shift = skill + 0.3 * draw.normal()
            run = [easy[i] + of_model[i] + (shift if targets[i] else 0.0) + 0.7 * draw.normal() for i in range(n)]
            runs.append([float(np.floor(v * steps)) / steps for v in run] if steps else run)
        scores.append(runs)
    return scores, targets, patients


def delong(curves, targets, patients):
    """AUCs and their covariance by the O(mn) kernel; Obuchowski (1997) where a patient has several cases."""
    pos = np.flatnonzero(targets)
    neg = np.flatnonzero(~np.asarray(targets))
    x = np.asarray(curves)
    diff = x[:, pos][:, :, None] - x[:, neg][:, None, :]
    kernel = (diff > 0) + 0.5 * (diff == 0)
    auc = kernel.mean(axis=(1, 2))
    v10, v01 = kernel.mean(axis=2) - auc[:, None], kernel.mean(axis=1) - auc[:, None]
    m, n = len(pos), len(neg)
    if patients is None:
        return auc, np.atleast_2d(np.cov(v10)) / m + np.atleast_2d(np.cov(v01)) / n
    patients = np.asarray(patients)
    names = np.unique(patients)
    a = np.array([v10[:, patients[pos] == g].sum(axis=1) for g in names])
    b = np.array([v01[:, patients[neg] == g].sum(axis=1) for g in names])
    i10, i01, i = len(np.unique(patients[pos])), len(np.unique(patients[neg])), len(names)
    s10 = i10 / ((i10 - 1) * m) * a.T @ a
    s01 = i01 / ((i01 - 1) * n) * b.T @ b
    s11 = i / (i - 1) * a.T @ b
    return auc, s10 / m + s01 / n + (s11 + s11.T) / (m * n)


def by_influence(values, patients):
    """Means over cases and their covariance, by patients' sums of deviations."""
    x = np.asarray(values)
    off = (x - x.mean(axis=1, keepdims=True)) / x.shape[1]
    names = np.unique(patients) if patients is not None else np.arange(x.shape[1])
    if patients is not None:
        off = np.array([off[:, np.asarray(patients) == g].sum(axis=1) for g in names]).T
    return x.mean(axis=1), len(names) / (len(names) - 1) * off @ off.T


def t_line(estimate, variance, df):
    se = float(np.sqrt(variance))
    p = 2 * stats.t.sf(abs(estimate) / se, df) if np.isfinite(df) else 2 * stats.norm.sf(abs(estimate) / se)
    return [float(estimate), se, float(df) if np.isfinite(df) else None, float(p)]


def hillis_df(total, part, df):
    return total ** 2 / (part ** 2 / df) if part > 0 else np.inf


def obuchowski_rockette(theta, cov, crossed, inference):
    """theta: one array a model; cov: of all curves in order. Hillis (2007, 2014), from the definitions."""
    t, n = len(theta), [len(of) for of in theta]
    at = [(i, j) for i in range(t) for j in range(n[i])]
    pick = lambda test: [cov[a, b] for a in range(len(at)) for b in range(len(at)) if a != b and test(*at[a], *at[b])]
    mean_or_0 = lambda values: float(np.mean(values)) if values else 0.0
    var = float(np.mean(np.diag(cov)))
    cov1 = mean_or_0(pick(lambda i, j, k, l: i != k and j == l)) if crossed else None
    cov2 = mean_or_0(pick(lambda i, j, k, l: i == k))
    cov3 = mean_or_0(pick(lambda i, j, k, l: i != k and (j != l or not crossed)))
    means = np.array([of.mean() for of in theta])
    r = n[0]
    equal = len(set(n)) == 1
    if crossed:
        table = np.array(theta)
        rest = table - table.mean(axis=0) - means[:, None] + table.mean()
        ms, df_ms = (rest ** 2).sum() / ((t - 1) * (r - 1)), (t - 1) * (r - 1)
    else:
        df_ms = sum(n) - t
        ms = sum(((of - of.mean()) ** 2).sum() for of in theta) / df_ms
    ms = ms if ms > 1e-24 else 0  # Rounding of a table that is exactly additive.
    extra = max(cov2 - cov3, 0)
    lines = {"means": [], "pairs": []}
    for i in range(t):
        ms_i = theta[i].var(ddof=1)
        cov2_i = max(mean_or_0(pick(lambda a, j, b, l: a == i == b)), 0)
        var_i = np.mean([cov[x, x] for x in range(len(at)) if at[x][0] == i])
        if inference == "cases":
            lines["means"].append(t_line(means[i], (var_i + (n[i] - 1) * cov2_i) / n[i], np.inf)[:3])
        else:
            c = cov2_i if inference == "both" else 0
            total = ms_i + n[i] * c
            lines["means"].append(t_line(means[i], total / n[i], hillis_df(total, ms_i, n[i] - 1))[:3])
    for i in range(t):
        for k in range(i + 1, t):
            inv = 1 / n[i] + 1 / n[k]
            if inference == "cases":
                # Var of one curve beside what the curves of a model (nested) or of a seed (crossed) share.
                v = inv * (var - cov1 - extra) + 2 * extra if crossed else inv * (var - cov2) + 2 * extra
                df = np.inf
            else:
                v = inv * ms + (2 * extra if inference == "both" else 0)
                df = hillis_df(v, inv * ms, df_ms)
            lines["pairs"].append(t_line(means[i] - means[k], v, df))
    ms_t = r * means.var(ddof=1) if equal else None
    f = None
    if equal:
        if inference == "both":
            den = ms + r * extra
            df2 = hillis_df(den, ms, df_ms)
        elif inference == "seeds":
            den, df2 = ms, df_ms
        else:
            den, df2 = (var - cov1 + (r - 1) * extra if crossed else var - cov2 + r * extra), np.inf
        ratio = float(ms_t / den)
        p = stats.f.sf(ratio, t - 1, df2) if np.isfinite(df2) else stats.chi2.sf(ratio * (t - 1), t - 1)
        f = [ratio, float(df2) if np.isfinite(df2) else None, float(p)]
    return {"f": f, "components": [var, cov1, cov2, cov3], **lines}


def make_readers(n=210):
    cases, seed = [], 0
    while len(cases) < n:
        seed += 1
        scores, targets, patients = readers_case(seed)
        sizes = np.cumsum([0] + [len(runs) for runs in scores])
        flat = [run for runs in scores for run in runs]
        theta, cov = (delong(flat, targets, patients) if seed % 3 else by_influence(flat, patients))
        split = [theta[a:b] for a, b in zip(sizes, sizes[1:])]
        if any(of.var() < 1e-12 for of in split):
            continue  # Ties made all seeds of a model equal.
        crossed = len({len(runs) for runs in scores}) == 1 and seed % 2 == 0
        # All three inferences on each case would fill 400 kB.
        inference = ["both", "seeds", "cases", "both"][seed % 4]
        answer = obuchowski_rockette(split, cov, crossed, inference)
        cases.append({"seed": seed, "kind": "auc" if seed % 3 else "mean", "crossed": crossed, "inference": inference, **answer})
    write("readers.json", f"numpy {np.__version__}, the formulas of Hillis 2007 and 2014", cases)


if __name__ == "__main__":
    wanted = sys.argv[1:] or ["mixed", "balanced", "readers"]
    for name, make in [("mixed", make_mixed), ("balanced", make_balanced), ("readers", make_readers)]:
        if name in wanted:
            make()
