//! Clock, commit and versions: read here once, passed on as values.
//!
//! `SOURCE_DATE_EPOCH` (seconds since 1970, <https://reproducible-builds.org/specs/source-date-epoch/>) freezes the clock:
//! every time stamp is that moment and measured durations are unknown (`None`), so that the same work gives the same bytes.

use std::path::Path;
use std::process::Command;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::{Error, Result};

/// Where times come from.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    frozen: Option<u64>,
}

impl Clock {
    /// The machine's clock, or the moment in `SOURCE_DATE_EPOCH`.
    ///
    /// # Errors
    /// When `SOURCE_DATE_EPOCH` is set and not a number of seconds.
    pub fn from_environment() -> Result<Self> {
        let Ok(text) = std::env::var("SOURCE_DATE_EPOCH") else { return Ok(Self { frozen: None }) };
        let frozen = text.trim().parse().map_err(|_| {
            Error::input(format!("SOURCE_DATE_EPOCH is `{text}`: expected whole seconds since 1970"))
        })?;
        Ok(Self { frozen: Some(frozen) })
    }

    /// Whether the clock is frozen, so that durations are unknown.
    pub fn is_frozen(&self) -> bool {
        self.frozen.is_some()
    }

    /// Now in UTC as RFC 3339 with seconds.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
    pub fn now(&self) -> String {
        let seconds = self.frozen.unwrap_or_else(|| {
            SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
        });
        rfc3339(seconds)
    }

    /// Seconds since `start`, or `None` when the clock is frozen.
    pub fn seconds_since(&self, start: Instant) -> Option<f64> {
        if self.is_frozen() { None } else { Some(start.elapsed().as_secs_f64()) }
    }
}

/// Seconds since 1970 as `YYYY-MM-DDTHH:MM:SSZ`.
///
/// Days to civil date by Howard Hinnant's `civil_from_days` (<https://howardhinnant.github.io/date_algorithms.html>).
fn rfc3339(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_shifted + 2) / 5 + 1;
    let month = if month_shifted < 10 { month_shifted + 3 } else { month_shifted - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", rest / 3_600, rest % 3_600 / 60, rest % 60)
}

/// The tool's name and version.
pub fn tool() -> String {
    format!("medtransfer {}", env!("CARGO_PKG_VERSION"))
}

/// The commit of the repository that holds `path`, with `+` when tracked files differ from it; `None` outside a repository.
pub fn commit(path: &Path) -> Option<String> {
    let folder = if path.is_dir() {
        path
    } else {
        path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
    };
    let git = |args: &[&str]| {
        let output = Command::new("git").arg("-C").arg(folder).args(args).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let hash = git(&["rev-parse", "--short=12", "HEAD"])?;
    let changed = git(&["status", "--porcelain", "--untracked-files=no"])?;
    Some(if changed.is_empty() { hash } else { hash + "+" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_known_seconds() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00Z");
        assert_eq!(rfc3339(951_826_245), "2000-02-29T12:10:45Z");
        assert_eq!(rfc3339(1_628_121_600), "2021-08-05T00:00:00Z");
    }

    #[test]
    fn a_frozen_clock_measures_no_time() {
        let clock = Clock { frozen: Some(0) };
        assert_eq!(clock.seconds_since(Instant::now()), None);
        assert_eq!(clock.now(), "1970-01-01T00:00:00Z");
    }
}
