#!/usr/bin/env python3
"""Brings the published results into the project's own form.

In:  published_results.csv (source, model, family, pretrained_on, task, metric, mean, std, provenance; percent).
Out: benchmark-2021.csv beside this script, with the columns of `published/` (fractions) and `provenance`.

    python3 data/published/make.py ../shared/reference/published_results.csv

Numbers are moved as decimal strings, so that 80.31 becomes 0.8031 and nothing else. `n` stays empty: the count of runs is
not printed. `ddof` is 0, which is what the released code computes (`numpy.std`); a report may assume otherwise.
"""

import csv
import pathlib
import sys
from decimal import Decimal

COLUMNS = ["source", "model", "family", "pretrained_on", "task", "metric", "mean", "sd", "n", "ddof", "decimals",
           "provenance"]


def fraction(percent: str) -> str:
    return str(Decimal(percent) / 100)


def main() -> None:
    source = pathlib.Path(sys.argv[1])
    out = pathlib.Path(__file__).with_name("benchmark-2021.csv")
    with source.open(newline="") as file:
        rows = list(csv.DictReader(file))
    with out.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({
                **{key: row[key] for key in ("source", "model", "family", "pretrained_on", "task", "metric")},
                "mean": fraction(row["mean"]),
                "sd": fraction(row["std"]),
                "n": "",
                "ddof": 0,
                "decimals": len(row["mean"].partition(".")[2]),
                "provenance": row["provenance"],
            })
    print(f"{len(rows)} rows -> {out}")


if __name__ == "__main__":
    main()
