//! Ctrl-C and SIGTERM: the first asks for a clean stop, the second ends the program at once.

use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::progress::say;

static STOP: AtomicBool = AtomicBool::new(false);
static INSTALLED: Once = Once::new();

/// Exit code of an interrupted program (128 + SIGINT).
const INTERRUPTED: i32 = 130;

/// The flag that long work looks at; the first call installs the handler.
pub fn flag() -> &'static AtomicBool {
    INSTALLED.call_once(|| {
        let handler = || {
            if STOP.swap(true, Ordering::SeqCst) {
                std::process::exit(INTERRUPTED);
            }
            say("stopping after the current batch; again to stop at once");
        };
        if let Err(error) = ctrlc::set_handler(handler) {
            say(&format!("warning: Ctrl-C will not stop cleanly: {error}"));
        }
    });
    &STOP
}
