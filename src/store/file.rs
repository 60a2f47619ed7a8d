//! The database's file and the place where it lies: made for its owner alone, held by one server at a time, and what is wrong with
//! either said in words that lead on.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::StoreError;

/// Reading and writing for the owner, nothing for others: conversations and numbers are personal.
const OWNERS: u32 = 0o600;
/// What is kept for a full disk: the index of the engine's log, and a few pages.
const RESERVE: usize = 256 * 1024;
/// As long as the first thing that a database writes.
const PAGE: usize = 4096;

/// Holds a database for one server, until it is dropped or the process ends, however it ends.
#[derive(Debug)]
pub struct Held {
    file: Option<File>,
}

impl Held {
    /// Gives back the room that is kept for a full disk: a database cannot even be read without a little.
    pub fn make_room(&self) {
        if let Some(file) = &self.file {
            // Where this fails nothing is worse than before.
            let _ = file.set_len(0);
        }
    }
}

/// Fills the file up to what is kept, as far as there is room.
fn keep_room(mut file: &File) {
    let kept = file.metadata().map_or(0, |about| about.len());
    if kept < RESERVE as u64 {
        // Less is kept then.
        let _ = file.write_all(&vec![0; RESERVE]);
    }
}

/// Holds the database at a path, which need not be there yet, against every other server.
///
/// # Errors
/// When another server holds it, or nothing can be written there.
pub fn hold(path: &Path) -> Result<Held, StoreError> {
    make(path)?;
    let lock = beside(&path.canonicalize().unwrap_or_else(|_| path.to_owned()));
    let opened = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(OWNERS)
        .open(&lock);
    let file = match opened {
        Ok(file) => file,
        Err(error) if is_full(&error) => return Ok(unheld(&lock, &error)),
        Err(error) => return Err(fault(&lock, &error)),
    };
    match file.try_lock() {
        Ok(()) => {
            keep_room(&file);
            Ok(Held { file: Some(file) })
        }
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse {
            path: path.display().to_string(),
        }),
        Err(TryLockError::Error(error)) => Ok(unheld(&lock, &error)),
    }
}

/// Goes on without: a server that does not start is worse than one that nobody keeps a second one from.
fn unheld(lock: &Path, error: &io::Error) -> Held {
    tracing::warn!(lock = %lock.display(), %error, "the database cannot be held against a second server: see to it that there is none");
    Held { file: None }
}

/// The engine's log, which is there while somebody has the database open.
pub(super) fn log_of(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push("-wal");
    PathBuf::from(name)
}

/// Another file of the database's: locks on its own would disturb the engine's.
fn beside(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".lock");
    PathBuf::from(name)
}

/// Makes the file, where there is none: the engine would make it readable by all. Files that it puts beside it take after this one.
pub(super) fn make(path: &Path) -> Result<(), StoreError> {
    if path == Path::new(":memory:") {
        return Ok(());
    }
    if path.is_dir() {
        return Err(fault(path, &ErrorKind::IsADirectory.into()));
    }
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(OWNERS)
        .open(path);
    match made {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        other => other.map(drop).map_err(|error| fault(path, &error)),
    }
}

/// Tries whether a database at this path, there or not, can be written and have files beside it. Nothing of the trial stays.
///
/// # Errors
/// With what stands in the way.
pub fn try_out(path: &Path) -> Result<(), StoreError> {
    if path.is_dir() {
        return Err(fault(path, &ErrorKind::IsADirectory.into()));
    }
    if path.exists() {
        let opened = OpenOptions::new().write(true).open(path);
        opened.map_err(|error| fault(path, &error))?;
    }
    let mut name = OsString::from(path);
    name.push(format!(".trial-{}", std::process::id()));
    let trial = PathBuf::from(name);
    let written = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(OWNERS)
        .open(&trial)
        .and_then(|mut file| file.write_all(&[0; PAGE]));
    // Where it was not made there is nothing to take away.
    let _ = fs::remove_file(&trial);
    written.map_err(|error| fault(path, &error))
}

fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge
    )
}

/// What the system says of a path, and what to do about it.
fn fault(path: &Path, error: &io::Error) -> StoreError {
    if is_full(error) {
        return StoreError::Full;
    }
    let folder = folder_of(path);
    let (fault, advice) = match error.kind() {
        ErrorKind::NotFound if !folder.exists() => (
            "cannot be made, as its folder does not exist".to_owned(),
            format!("make the folder {}, or {ELSEWHERE}", folder.display()),
        ),
        ErrorKind::NotADirectory => (
            "cannot be made, as what should be its folder is a file".to_owned(),
            format!("make {} a folder, or {ELSEWHERE}", folder.display()),
        ),
        ErrorKind::IsADirectory => (
            "is a folder and no file".to_owned(),
            format!(
                "set [store] url to a file in it, such as \"sqlite:{}\"",
                path.join("switchboard.db").display()
            ),
        ),
        ErrorKind::ReadOnlyFilesystem => (
            "lies on a file system that is mounted read-only".to_owned(),
            format!("mount it so that it can be written, or {ELSEWHERE}"),
        ),
        _ => (
            format!("cannot be written to: {error}"),
            format!(
                "give the user that runs the server the right to write to it and to its folder, or {ELSEWHERE}"
            ),
        ),
    };
    file_error(path, fault, advice)
}

const ELSEWHERE: &str = "set [store] url to a file elsewhere";

fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

fn file_error(path: &Path, fault: String, advice: String) -> StoreError {
    StoreError::File {
        path: path.display().to_string(),
        fault,
        advice,
    }
}

/// What the engine said when it opened the database at a path, with what to do about it.
pub(super) fn explained(path: &Path, error: StoreError) -> StoreError {
    let error = match error {
        StoreError::ReadOnly { reason, .. } => {
            let here = StoreError::ReadOnly {
                path: path.display().to_string(),
                reason,
            };
            return try_out(path).err().unwrap_or(here);
        }
        StoreError::Engine(error) => error,
        other => return other,
    };
    let code = error
        .as_database_error()
        .and_then(|error| error.code())
        .and_then(|code| code.parse::<u32>().ok());
    let (fault, advice) = match code.map(|code| code & 0xff) {
        Some(26) => (
            "is no database".to_owned(),
            format!("restore it from a backup if it was one, or {ELSEWHERE}"),
        ),
        Some(11) => (
            format!("is damaged: {error}"),
            "restore it from a backup".to_owned(),
        ),
        Some(5 | 6) => (
            "is locked by another program".to_owned(),
            "end that program".to_owned(),
        ),
        _ => match try_out(path) {
            Err(fault) => return fault,
            Ok(()) => (
                format!("cannot be opened: {error}"),
                format!("restore it from a backup, or {ELSEWHERE}"),
            ),
        },
    };
    file_error(path, fault, advice)
}
