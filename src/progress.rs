//! Progress of long work: a bar on a terminal, plain lines otherwise, nothing with `--quiet`.
//!
//! All of it goes to standard error; standard output belongs to results.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// Plain lines are printed at most this often (but first and last always), so that a log stays readable.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Progress through `total` steps.
#[derive(Debug)]
pub struct Progress {
    title: String,
    total: u64,
    shape: Shape,
}

#[derive(Debug)]
enum Shape {
    Bar(ProgressBar),
    Lines { last: Mutex<Option<Instant>> },
    Silent,
}

impl Progress {
    /// Starts `total` steps under a title such as `decoding chest`.
    pub fn new(title: &str, total: usize, quiet: bool) -> Self {
        let total = total as u64;
        let shape = if quiet {
            Shape::Silent
        } else if std::io::stderr().is_terminal() {
            let bar = ProgressBar::new(total);
            let style =
                ProgressStyle::with_template("{prefix} {wide_bar} {pos}/{len} {elapsed} eta {eta} {msg}")
                    .expect("the template is well-formed");
            bar.set_style(style);
            bar.set_prefix(title.to_owned());
            Shape::Bar(bar)
        } else {
            Shape::Lines { last: Mutex::new(None) }
        };
        Self { title: title.to_owned(), total, shape }
    }

    /// `done` of the steps are behind us; `note` says what just happened.
    pub fn at(&self, done: usize, note: &str) {
        let done = done as u64;
        match &self.shape {
            Shape::Silent => {}
            Shape::Bar(bar) => {
                bar.set_position(done);
                bar.set_message(note.to_owned());
            }
            Shape::Lines { last } => {
                let mut last = last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                let due = last.is_none_or(|at| at.elapsed() >= LINE_EVERY);
                if due || done == self.total {
                    *last = Some(Instant::now());
                    say(&format!("{}: {done}/{} {note}", self.title, self.total));
                }
            }
        }
    }

    /// Says what happens inside the current step.
    pub fn note(&self, note: &str) {
        match &self.shape {
            Shape::Silent => {}
            Shape::Bar(bar) => bar.set_message(note.to_owned()),
            Shape::Lines { last } => {
                let mut last = last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                if last.is_none_or(|at| at.elapsed() >= LINE_EVERY) {
                    *last = Some(Instant::now());
                    say(&format!("{}: {note}", self.title));
                }
            }
        }
    }

    /// Removes the bar.
    pub fn finish(&self) {
        if let Shape::Bar(bar) = &self.shape {
            bar.finish_and_clear();
        }
    }
}

/// One line to standard error.
pub fn say(line: &str) {
    use std::io::Write;
    // A closed standard error is no reason to stop the work.
    let _ = writeln!(std::io::stderr(), "{}", line.trim_end());
}
