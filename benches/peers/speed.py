"""Times medtransfer and its Python peers on the same inputs and compares their results; called by benches/speed.

Every section makes its inputs, runs both sides one after the other, asserts that they agree, and gives one row of the
table. Ratios are of CPU seconds (user and system), medians where a side runs several times: the wall clock of a shared
machine says more about its other users. All data are made up, with fixed seeds.
"""
import argparse
import csv
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "speed.md"
CASES, LABELS, RESAMPLES = 25_596, 14, 10_000  # the official test split of ChestX-ray14
MODELS, TASKS, SEEDS = 16, 7, 10
BEGIN, END = "<!-- speed: begin -->", "<!-- speed: end -->"


def cpu(call):
    """CPU seconds of a call in this process, and what it returned."""
    start = time.process_time()
    found = call()
    return time.process_time() - start, found


def process(*command):
    """CPU and wall seconds and peak memory (bytes) of a child process, and its standard output."""
    start = time.perf_counter()
    with subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE) as child:
        output = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - start
    assert child.returncode == 0, command
    return {"cpu": usage.ru_utime + usage.ru_stime, "wall": wall, "rss": usage.ru_maxrss * 1024, "out": output}


def functions(args, what, folder, **sizes):
    (folder / "sizes.json").write_text(json.dumps(sizes))
    return json.loads(process(args.functions, what, folder)["out"])


def close(ours, theirs, tolerance, what):
    ours, theirs = np.asarray(ours, dtype=float), np.asarray(theirs, dtype=float)
    off = float(np.max(np.abs(ours - theirs)))
    assert ours.shape == theirs.shape and off <= tolerance, f"{what}: off by {off}"
    return off


def seconds(value):
    if value < 0.1:
        return f"{value * 1e3:.3g} ms"
    return f"{value:.3g} s" if value < 1000 else f"{value:,.0f} s"


def row(what, ours, theirs, ratio, goal, reached, note):
    return {"what": what, "ours": ours, "theirs": theirs, "ratio": ratio, "goal": goal,
            "reached": {True: "yes", False: "**no**", None: ""}[reached], "note": note}


def made_up_panel(folder):
    """targets[label][case] with 1 to 10 % positives, and two models' probabilities; written for the other side."""
    rng = np.random.default_rng(1)
    prevalence = np.linspace(0.01, 0.10, LABELS)[:, None]
    targets = rng.random((LABELS, CASES)) < prevalence
    shared = rng.normal(size=(LABELS, CASES))
    scores = [1 / (1 + np.exp(3 - shift * targets - 0.8 * shared - 0.6 * rng.normal(size=shared.shape))) for shift in (1.2, 1.15)]
    targets.astype(np.uint8).tofile(folder / "targets.bin")
    for name, model in zip("ab", scores):
        model.astype("<f8").tofile(folder / f"scores-{name}.bin")
    return targets, scores


def auc(args, folder):
    from sklearn.metrics import roc_auc_score
    targets, (scores, _) = made_up_panel(folder)
    repeats = [cpu(lambda: [roc_auc_score(t, s) for t, s in zip(targets, scores)]) for _ in range(9)]
    theirs = statistics.median(took for took, _ in repeats)
    found = functions(args, "auc", folder, labels=LABELS, cases=CASES)
    ours = statistics.median(found["cpu"])
    off = close(found["aucs"], repeats[0][1], 1e-12, "AUC")
    return [row(f"AUC, {CASES:,} cases x {LABELS} labels, one thread", seconds(ours), f"{seconds(theirs)} (scikit-learn `roc_auc_score`)",
                theirs / ours, "40x", theirs / ours >= 40, f"medians of 9 (ours of 9 means of 50); AUCs differ by {off:.0e} at most")]


def bootstrap(args, folder):
    from sklearn.metrics import roc_auc_score
    targets, models = made_up_panel(folder)
    macro = lambda idx: [np.mean([roc_auc_score(t[idx], s[idx]) for t, s in zip(targets, m)]) for m in models]
    fewer, rng = 60, np.random.default_rng(2)
    took, draws = cpu(lambda: np.array([macro(rng.integers(0, CASES, CASES)) for _ in range(fewer)]))
    theirs = took * RESAMPLES / fewer
    runs = [functions(args, "bootstrap", folder, labels=LABELS, cases=CASES, resamples=RESAMPLES) for _ in range(3)]
    found = runs[0]
    close(found["estimates"], macro(np.arange(CASES)), 1e-12, "macro AUC")
    # The standard error of 60 resamples is itself known to 1/sqrt(2 * 60) = 9 %: four of these.
    of_peer = np.std(draws[:, 0] - draws[:, 1], ddof=1)
    assert abs(found["se"] / of_peer - 1) < 4 / np.sqrt(2 * fewer), (found["se"], of_peer)
    ours, wall = (statistics.median(run[name] for run in runs) for name in ("cpu", "wall"))
    return [row(f"paired bootstrap of the macro AUC, two models, {RESAMPLES:,} resamples of {CASES:,} x {LABELS}",
                f"{seconds(wall)} wall, {seconds(ours)} CPU", f"{seconds(theirs)} CPU (scikit-learn in a loop, {fewer} resamples scaled up)",
                theirs / ours, "10 s wall on 2 cores", wall <= 10,
                f"median of 3; estimates agree to 1e-12; standard error {found['se']:.2e}, of the peer {of_peer:.2e}")]


def improvement(args, folder):
    from rliable import library, metrics
    reps, rng = 2_000, np.random.default_rng(3)
    level = rng.uniform(0.6, 0.95, size=(1, TASKS, 1)) + rng.normal(0, 0.01, size=(MODELS, TASKS, 1))
    grid = np.clip(level + rng.normal(0, 0.005, size=(MODELS, TASKS, SEEDS)), 0, 1)
    grid.astype("<f8").tofile(folder / "grid.bin")
    of = {f"m{model:02}": grid[model].T for model in range(MODELS)}  # rliable: [run, task]
    iqm = lambda scores: np.array([metrics.aggregate_iqm(scores)])
    took_iqm, (points, ends) = cpu(lambda: library.get_interval_estimates(of, iqm, reps=reps))
    pair = {"pair": (of["m00"], of["m01"])}
    took_pair, (chance, between) = cpu(lambda: library.get_interval_estimates(pair, metrics.probability_of_improvement, reps=reps))
    n_pairs = MODELS * (MODELS - 1) // 2
    theirs = took_iqm + n_pairs * took_pair
    found = functions(args, "improvement", folder, models=MODELS, tasks=TASKS, runs=SEEDS, resamples=reps)
    iqms = np.array(found["iqm"])
    close(iqms[:, 0], [points[name][0] for name in sorted(of)], 1e-12, "IQM")
    close(found["improvement"][0][0], np.ravel(chance["pair"])[0], 1e-12, "probability of improvement")
    # Ends of intervals are known to a few hundredths of their width from 2,000 resamples.
    widths = iqms[:, 2] - iqms[:, 1]
    close(iqms[:, 1:] / widths[:, None], np.array([np.ravel(ends[name]) for name in sorted(of)]) / widths[:, None], 0.2, "IQM interval")
    close(found["improvement"][0][1:], np.ravel(between["pair"]), 0.03, "interval of the probability")
    ours, wall = statistics.median(found["cpu"]), statistics.median(found["wall"])
    return [row(f"IQM of {MODELS} models and all {n_pairs} probabilities of improvement, {TASKS} tasks x {SEEDS} seeds, {reps:,} stratified resamples",
                f"{seconds(ours)} CPU, {seconds(wall)} wall",
                f"{seconds(theirs)} CPU (rliable: {seconds(took_iqm)} for the IQMs, {seconds(took_pair)} a pair, one pair run, times {n_pairs})",
                theirs / ours, "200x", theirs / ours >= 200,
                "median of 9 means of 10; estimates agree to 1e-12, ends of intervals to Monte-Carlo error")]


def compare(args, folder):
    import pandas
    from scipy.stats import ttest_ind
    from statsmodels.stats.multitest import multipletests
    rng = np.random.default_rng(4)
    table = folder / "scores.csv"
    values = {}
    with table.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["task", "model", "seed", "metric", "value"])
        for task in range(TASKS):
            for model in range(MODELS):
                sample = rng.normal(0.7 + 0.03 * task + 0.002 * model, 0.004, SEEDS)
                values[f"t{task}", f"m{model:02}"] = sample
                out.writerows([f"t{task}", f"m{model:02}", seed, "AUC", float(value)] for seed, value in enumerate(sample))
    names = [f"m{model:02}" for model in range(MODELS)]

    def peer(pairs):
        frame = pandas.read_csv(table)
        found = {}
        for task, rows in frame.groupby("task"):
            of = {model: part["value"].to_numpy() for model, part in rows.groupby("model")}
            p_values = [ttest_ind(of[a], of[b], equal_var=False).pvalue for a, b in pairs]
            adjusted = multipletests(p_values, method="holm")[1]
            found.update(((task, a, b), p) for (a, b), p in zip(pairs, adjusted))
        return found

    rows = []
    for option, pairs in (
        (["--baseline", "m00"], [(name, "m00") for name in names[1:]]),
        (["--all-pairs"], [(a, b) for idx, a in enumerate(names) for b in names[idx + 1:]]),
    ):
        runs = [process(args.program, "analyze", "compare", table, *option, "--format", "csv") for _ in range(31)]
        ours, wall = (statistics.median(run[name] for run in runs) for name in ("cpu", "wall"))
        theirs, expected = cpu(lambda: peer(pairs))
        got = {(r["task"], r["model_a"], r["model_b"]): float(r["p_adjusted"])
               for r in csv.DictReader(runs[0]["out"].decode().splitlines())}
        assert got.keys() == expected.keys()
        close([got[key] for key in expected], list(expected.values()), 1e-10, "adjusted p")
        rows.append(row(f"`analyze compare {' '.join(option)}` as a process, {MODELS} models x {TASKS} tasks x {SEEDS} seeds: {len(got)} rows",
                        f"{seconds(wall)} wall, {seconds(ours)} CPU",
                        f"{seconds(theirs)} CPU (pandas, scipy and statsmodels, imported before; p-values only, no intervals of Hedges' g)",
                        theirs / ours, "50 ms wall", wall <= 0.05, "median of 31; adjusted p-values agree to 1e-10"))
    return rows


PEER_OF_RUNS = """
import sys
import polars as pl
from sklearn.metrics import roc_auc_score
frame = (pl.scan_parquet(sys.argv[1]).select("model", "seed", "label", "target", "score")
         .with_columns(pl.col("model", "label").cast(pl.Categorical)).collect(engine="streaming"))
rows = []
for (model, seed), run in frame.group_by(["model", "seed"]):
    for (label,), cases in run.group_by(["label"]):
        rows.append((model, seed, label, roc_auc_score(cases["target"].to_numpy(), cases["score"].to_numpy())))
pl.DataFrame(rows, schema=["model", "seed", "label", "auc"], orient="row").write_csv(sys.argv[2])
"""


def runs(args, folder):
    import polars as pl
    models, seeds, rng = 14, 9, np.random.default_rng(5)
    prevalence = np.linspace(0.01, 0.10, LABELS)
    truth = (rng.random((CASES, LABELS)) < prevalence).astype(np.uint8)
    names = pl.Series("label", [f"Finding {label:02}" for label in range(LABELS)])
    case = pl.Series("case_id", [f"{case:08}_000.png" for case in range(CASES)])
    keys = pl.DataFrame({"case_id": case}).join(pl.DataFrame({"label": names}), how="cross")
    parts = []
    for model in range(models):
        for seed in range(seeds):
            logit = -3 + (1 + 0.02 * model) * truth + rng.normal(size=truth.shape)
            score = (1 / (1 + np.exp(-logit))).astype(np.float32)  # as networks give them
            parts.append(folder / f"part-{len(parts):03}.parquet")
            keys.with_columns(
                pl.lit(f"model-{model:02}").alias("model"), pl.lit(seed, dtype=pl.Int64).alias("seed"),
                pl.Series("target", truth.ravel()), pl.Series("score", score.ravel()),
            ).select("model", "seed", "case_id", "label", "target", "score").write_parquet(parts[-1])
    whole = folder / "predictions.parquet"
    pl.scan_parquet(parts).sink_parquet(whole)
    for part in parts:
        part.unlink()
    n_rows = models * seeds * CASES * LABELS
    table, of_peer, script = folder / "ours.csv", folder / "peer.csv", folder / "peer.py"
    script.write_text(PEER_OF_RUNS)
    command = [args.program, "analyze", "auc", whole, "--what", "runs", "--format", "csv", "--out", table]
    repeats = [process(*command) for _ in range(3)]
    peer = process(sys.executable, script, whole, of_peer)
    ours, wall = (statistics.median(run[name] for run in repeats) for name in ("cpu", "wall"))
    rss = max(run["rss"] for run in repeats)
    got = pl.read_csv(table).filter(pl.col("label") != "macro").sort("model", "seed", "label")
    expected = pl.read_csv(of_peer).sort("model", "seed", "label")
    assert got.select("model", "seed", "label").equals(expected.select("model", "seed", "label"))
    off = close(got["auc"], expected["auc"], 1e-12, "AUC of runs")
    return [row(f"`analyze auc --what runs`: AUCs of {models * seeds} runs x {CASES:,} cases x {LABELS} labels, one Parquet file of {n_rows:,} rows ({whole.stat().st_size / 1e6:.0f} MB)",
                f"{seconds(ours)} CPU, {seconds(wall)} wall, {rss / 1e9:.2f} GB peak",
                f"{seconds(peer['cpu'])} CPU, {seconds(peer['wall'])} wall, {peer['rss'] / 1e9:.2f} GB peak (polars streaming with categories, then scikit-learn)",
                peer["cpu"] / ours, "2 GB peak", rss < 2e9, f"median of 3 against one run; {len(got):,} AUCs differ by {off:.0e} at most")]


SECTIONS = {"auc": auc, "bootstrap": bootstrap, "improvement": improvement, "compare": compare, "runs": runs}


def cpu_name():
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def text_of(rows, before, after):
    names = ["scikit-learn", "numpy", "scipy", "polars", "pandas", "rliable", "statsmodels"]
    commit = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    lines = [
        f"Measured {datetime.date.today().isoformat()} at {commit} on {cpu_name()}, {len(os.sched_getaffinity(0))} cores, shared with other jobs: "
        f"load {before:.1f} when it began, {after:.1f} when it ended. Wall times are those of a busy machine; ratios are of CPU time.", "",
        f"Peers: Python {platform.python_version()}, " + ", ".join(f"{name} {version(name)}" for name in names) + ".", "",
        "| what | medtransfer | peer | ratio of CPU | goal | reached | how |", "|---|---|---|---|---|---|---|"]
    for r in rows:
        lines.append(f"| {r['what']} | {r['ours']} | {r['theirs']} | {r['ratio']:,.0f}x | {r['goal']} | {r['reached']} | {r['note']} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=Path, required=True)
    parser.add_argument("--functions", type=Path, required=True)
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=", ".join(SECTIONS))
    args = parser.parse_args()
    unknown = [name for name in args.sections if name not in SECTIONS]
    if unknown:
        parser.error(f"no section {unknown[0]}; there are {', '.join(SECTIONS)}")
    before, rows = os.getloadavg()[0], []
    for name in args.sections or SECTIONS:
        print(f"{name} ...", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="medtransfer-speed-") as folder:
            rows += SECTIONS[name](args, Path(folder))
        last = rows[-1]
        print(f"  {last['ours']} | {last['theirs']} | {last['ratio']:.1f}x", file=sys.stderr, flush=True)
    text = text_of(rows, before, os.getloadavg()[0])
    if args.sections:
        print(text)
        return
    page = PAGE.read_text()
    head, rest = page.split(BEGIN)
    PAGE.write_text(f"{head}{BEGIN}\n{text}\n{END}{rest.split(END)[1]}")
    print(PAGE)


if __name__ == "__main__":
    main()
