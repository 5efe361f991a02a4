//! Many runs on this machine: slots that take the next job until none is left.
//!
//! In: jobs, each a run's name and the work that gives its rows. Out: the store, one file a run; a run that is already there is
//! skipped. Holds no training code and no formula. Values do not depend on the number of slots: each run draws from streams of
//! its own.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use analysis::record::RunRecord;
use analysis::store::Store;

use crate::progress::Progress;
use crate::{Error, Result};

/// The work of one run; told to stop through the flag.
pub type Work<'a> = Box<dyn FnOnce(&AtomicBool) -> Result<RunRecord> + Send + 'a>;

/// One run to do.
pub struct Job<'a> {
    /// Name of the run in the store.
    pub run_id: String,
    /// What it gives.
    pub work: Work<'a>,
    /// What is left to clean up once the run is in the store (its checkpoint).
    pub afterwards: Box<dyn FnOnce() + Send + 'a>,
}

impl std::fmt::Debug for Job<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Job").field("run_id", &self.run_id).finish_non_exhaustive()
    }
}

/// What became of the jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Runs done now.
    pub n_done: usize,
    /// Runs that were in the store already.
    pub n_skipped: usize,
}

/// Runs `jobs` on `n_slots` threads into `store`.
///
/// A failed run does not stop the others: their rows are kept, and the error at the end names the first failure and the count.
///
/// # Errors
/// When a run fails, the store cannot be written, or `stop` was set (then everything finished is in the store).
pub fn run_all(
    jobs: Vec<Job<'_>>,
    store: &Store,
    n_slots: usize,
    stop: &AtomicBool,
    progress: &Progress,
) -> Result<Summary> {
    let n_jobs = jobs.len();
    let queue = Mutex::new(VecDeque::from(jobs));
    let failures: Mutex<Vec<(String, Error)>> = Mutex::default();
    let (n_done, n_skipped) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..n_slots.clamp(1, n_jobs.max(1)) {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let Some(job) = lock(&queue).pop_front() else { break };
                    let run_id = job.run_id.clone();
                    let outcome = if store.contains(&run_id) {
                        n_skipped.fetch_add(1, Ordering::Relaxed);
                        Ok(())
                    } else {
                        one(job, store, stop).inspect(|()| {
                            n_done.fetch_add(1, Ordering::Relaxed);
                        })
                    };
                    if let Err(error) = outcome {
                        lock(&failures).push((run_id.clone(), error));
                    }
                    progress.at(n_done.load(Ordering::Relaxed) + n_skipped.load(Ordering::Relaxed), &run_id);
                }
            });
        }
    });
    progress.finish();
    let mut failures = failures.into_inner().unwrap_or_else(PoisonError::into_inner);
    if stop.load(Ordering::Relaxed) {
        return Err(Error::interrupted());
    }
    failures.sort_by(|a, b| a.0.cmp(&b.0));
    let n_failed = failures.len();
    match failures.into_iter().next() {
        None => Ok(Summary { n_done: n_done.into_inner(), n_skipped: n_skipped.into_inner() }),
        Some((_, error)) if n_failed == 1 => Err(error),
        Some((run_id, error)) => Err(more(error, &run_id, n_failed)),
    }
}

/// The first failure, of the same kind, saying how many there were.
fn more(error: Error, run_id: &str, n_failed: usize) -> Error {
    let text = format!("{n_failed} runs failed; the first, {run_id}: {error}");
    match error {
        Error::Input(_) => Error::Input(text),
        Error::Temporary(_) => Error::Temporary(text),
        _ => Error::Failed(text),
    }
}

fn one(job: Job<'_>, store: &Store, stop: &AtomicBool) -> Result<()> {
    let Job { run_id, work, afterwards } = job;
    // Torch panics where it has no fallible form; a panic of one run must not take the others along.
    let record = catch_unwind(AssertUnwindSafe(|| work(stop))).unwrap_or_else(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied());
        let line = text.unwrap_or("unknown panic").lines().next().unwrap_or_default();
        Err(Error::failed(format!("run {run_id} broke off: {line}")))
    })?;
    store.write_run(&record)?;
    afterwards();
    Ok(())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
