//! Files that appear whole or not at all.
//!
//! Comes in: a path and all of its bytes. Goes out: the file. Does not create folders and does not append.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// Writes `bytes` to `path`: into a temporary file beside it, synced to the disk, then renamed over `path`.
///
/// A reader, or a run after a crash, sees the old file or the new one, never a part. The temporary file's name starts
/// with a dot and is removed on error; one left by a killed process is harmless.
///
/// # Errors
/// The operating system's error of creating, writing, syncing or renaming; `NotFound` when the folder does not exist.
///
/// # Example
/// ```
/// let dir = tempfile::tempdir()?;
/// let path = dir.path().join("a.csv");
/// analysis::atomic::write(&path, b"task,value\n")?;
/// assert_eq!(std::fs::read(&path)?, b"task,value\n");
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".partial-");
    // tempfile makes private files (0600); an output is for everyone whom the umask lets read it.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|failed| failed.error)?;
    // The rename itself is only safe once the folder's entry is on the disk; not every file system can do it.
    if let Ok(entry) = File::open(folder) {
        let _ = entry.sync_all();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_a_file_and_leaves_no_other() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        write(&path, b"one").unwrap();
        write(&path, b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_missing_folder_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let error = write(&dir.path().join("no/x"), b"").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn a_folder_in_the_way_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("x/y")).unwrap();
        assert!(write(&dir.path().join("x"), b"data").is_err());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
