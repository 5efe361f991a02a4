//! Folders that appear whole or not at all, by one maker at a time.
//!
//! Comes in: a target folder and a closure that fills a folder beside it. Goes out: the filled folder under the target's
//! name. A folder with files that the maker does not know is never replaced.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::dataset::Result;
use crate::error::{At, Error};

/// Holds the lock of a folder to be made; released when dropped.
#[derive(Debug)]
pub(crate) struct Maker {
    dir: PathBuf,
    _lock: File,
}

/// Waits until no other process makes `dir`, then returns the right to.
pub(crate) fn lock(dir: &Path) -> Result<Maker> {
    let name =
        dir.file_name().ok_or_else(|| Error::input(format!("{} is no name of a folder", dir.display())))?;
    let parent = match dir.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    fs::create_dir_all(parent).at("create the folder", parent)?;
    let dir = parent.join(name);
    let path = beside(&dir, "lock");
    let lock = File::options().create(true).append(true).open(&path).at("open the lock", &path)?;
    lock.lock().at("lock", &path)?;
    Ok(Maker { dir, _lock: lock })
}

impl Maker {
    /// Fills a folder beside the target and gives it the target's name, replacing an older one.
    ///
    /// `is_ours` tells by name which entries an older folder may hold; any other entry is an error, so that a mistyped
    /// path never costs files. When `fill` fails nothing is left behind and an older folder stays.
    pub(crate) fn make<T>(
        &self,
        is_ours: impl Fn(&str) -> bool,
        fill: impl FnOnce(&Path) -> Result<T>,
    ) -> Result<T> {
        self.check_replaceable(is_ours)?;
        let (part, old) = (beside(&self.dir, "part"), beside(&self.dir, "old"));
        for leftover in [&part, &old] {
            remove(leftover)?;
        }
        fs::create_dir(&part).at("create the folder", &part)?;
        let filled = fill(&part);
        let value = match filled {
            Ok(value) => value,
            Err(error) => {
                // The first error is the one to tell; a leftover is removed by the next maker.
                let _ = remove(&part);
                return Err(error);
            }
        };
        sync(&part)?;
        if self.dir.exists() {
            fs::rename(&self.dir, &old).at("replace the folder", &self.dir)?;
        }
        fs::rename(&part, &self.dir).at("name the folder", &self.dir)?;
        self.dir.parent().map_or(Ok(()), sync)?;
        remove(&old)?;
        Ok(value)
    }

    fn check_replaceable(&self, is_ours: impl Fn(&str) -> bool) -> Result<()> {
        if !self.dir.exists() {
            return Ok(());
        }
        for entry in fs::read_dir(&self.dir).at("read the folder", &self.dir)? {
            let name = entry.at("read the folder", &self.dir)?.file_name();
            if !name.to_str().is_some_and(&is_ours) {
                return Err(Error::input(format!(
                    "{} holds `{}`, which was not made here: choose another folder",
                    self.dir.display(),
                    name.display()
                )));
            }
        }
        Ok(())
    }
}

fn beside(dir: &Path, what: &str) -> PathBuf {
    let mut name = dir.as_os_str().to_owned();
    name.push(".");
    name.push(what);
    PathBuf::from(name)
}

fn remove(dir: &Path) -> Result<()> {
    if dir.exists() { fs::remove_dir_all(dir).at("remove", dir) } else { Ok(()) }
}

/// Makes the names in a folder survive a power cut.
fn sync(dir: &Path) -> Result<()> {
    File::open(dir).and_then(|folder| folder.sync_all()).at("sync the folder", dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(dir: &Path, name: &str) -> Result<()> {
        analysis::atomic::write(&dir.join(name), b"x").at("write", dir)
    }

    #[test]
    fn a_folder_appears_whole_or_not_at_all() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("made");
        let failed =
            lock(&dir).unwrap().make(|_| true, |part| put(part, "a").and(Err::<(), _>(Error::failed("no"))));
        assert!(failed.is_err());
        assert!(!dir.exists() && !beside(&dir, "part").exists());
        lock(&dir).unwrap().make(|_| true, |part| put(part, "a")).unwrap();
        lock(&dir).unwrap().make(|name| name == "a", |part| put(part, "b")).unwrap();
        assert!(dir.join("b").exists() && !dir.join("a").exists());
        let failed = lock(&dir).unwrap().make(|name| name == "b", |_| Err::<(), _>(Error::failed("no")));
        assert!(failed.is_err() && dir.join("b").exists());
    }

    #[test]
    fn a_foreign_folder_is_never_replaced() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("home");
        fs::create_dir(&dir).unwrap();
        put(&dir, "thesis.tex").unwrap();
        let error = lock(&dir).unwrap().make(|name| name == "a", |_| Ok(())).unwrap_err();
        let error = error.to_string().replace(&root.path().display().to_string(), "[dir]");
        assert_eq!(error, "[dir]/home holds `thesis.tex`, which was not made here: choose another folder");
        assert!(dir.join("thesis.tex").exists());
    }
}
