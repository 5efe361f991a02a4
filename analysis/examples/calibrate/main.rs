//! Does every test keep its level, and does every interval cover what it says? Simulated, as Markdown.
//!
//! Comes in: how many data sets to simulate for cheap and for costly methods, and a seed. Goes out: the tables of
//! `docs/calibration.md` on stdout, the same bytes for the same arguments whatever the number of threads. Judges nothing:
//! the prose around the tables does.
//!
//! `cargo run -p analysis --example calibrate -- [CHEAP [COSTLY [SEED]]]`; `benches/calibration` writes the document.

mod auc;
mod models;
mod pairs;
mod tally;
mod two_groups;

use std::process::ExitCode;

use tally::{Coverage, Effort, Errors};

fn main() -> ExitCode {
    let Some(effort) = effort() else {
        eprintln!("usage: calibrate [CHEAP [COSTLY [SEED]]], three whole numbers");
        return ExitCode::FAILURE;
    };
    println!(
        "Simulated data sets: {} (cheap), {} (costly); seed {}.\n",
        effort.cheap, effort.costly, effort.seed
    );
    print_errors("Two independent groups: type-I error", &two_groups::errors(&effort));
    print_coverage("Two independent groups: coverage", &two_groups::coverage(&effort));
    print_errors("Pairs: type-I error", &pairs::errors(&effort));
    print_coverage("Pairs and single means: coverage", &pairs::coverage(&effort));
    let (errors, coverage) = models::all(&effort);
    print_errors("Several models: type-I error", &errors);
    print_coverage("Several models: coverage", &coverage);
    let (errors, coverage) = auc::all(&effort);
    print_errors("AUCs: type-I error", &errors);
    print_coverage("AUCs: coverage", &coverage);
    ExitCode::SUCCESS
}

/// The arguments, or the numbers of the published tables.
fn effort() -> Option<Effort> {
    let mut numbers = [20_000, 4_000, 1];
    let args: Vec<String> = std::env::args().skip(1).collect();
    if args.len() > numbers.len() {
        return None;
    }
    for (number, arg) in numbers.iter_mut().zip(&args) {
        *number = arg.parse().ok()?;
    }
    let [cheap, costly, seed] = numbers;
    Some(Effort { cheap, costly, seed })
}

fn print_errors(title: &str, rows: &[Errors]) {
    println!("### {title}\n");
    println!("| test | null | data | a ≠ b | a > b | a < b | SE | data sets |");
    println!("|---|---|---|--:|--:|--:|--:|--:|");
    for row in rows {
        let [two, greater, less] = row.shares.map(tally::level);
        println!(
            "| {} | {} | {} | {two} | {greater} | {less} | {} | {} |",
            row.test,
            row.null,
            row.data,
            tally::nominal_error(row.n),
            row.n
        );
    }
    println!();
}

fn print_coverage(title: &str, rows: &[Coverage]) {
    println!("### {title}\n");
    println!("| interval | of | data | no effect | effect | no interval | SE | data sets |");
    println!("|---|---|---|--:|--:|--:|--:|--:|");
    for row in rows {
        let [none, one] = row.shares.map(tally::covered);
        println!(
            "| {} | {} | {} | {none} | {one} | {} | {} | {} |",
            row.interval,
            row.of,
            row.data,
            tally::missing(&row.shares),
            tally::nominal_error(row.n),
            row.n
        );
    }
    println!();
}
