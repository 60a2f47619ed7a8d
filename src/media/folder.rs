//! Where the bytes lie: one file each, under a key that nobody can guess, readable by its owner alone.
//!
//! A file is written under a temporary name, synced, renamed and its folder synced before anybody is told of it: what is said to be here
//! is here, also after a power cut. What a crash leaves behind is a file that no row names: [`strays`](Folder::strays) finds those.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures_util::Stream;
use sha2::{Digest as _, Sha256};
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _, SeekFrom};

use super::sniff::{self, HEAD};

const OWNERS_FILE: u32 = 0o600;
const OWNERS_FOLDER: u32 = 0o700;
/// A file that is being written.
const PART: &str = "part";
/// Read at once.
const CHUNK: usize = 64 * 1024;

/// The folder that holds the bytes of attachments. Another kind of storage needs the same four verbs.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// Keys whose rows are not committed yet: no strays.
    busy: Mutex<HashSet<String>>,
}

/// Why bytes were not kept.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    /// More than was allowed.
    #[error("the file has more than {limit} bytes")]
    TooLarge {
        /// What was allowed.
        limit: u64,
    },
    /// There is no room.
    #[error("the disk is full")]
    Full,
    /// Anything else that the system says.
    #[error(transparent)]
    Io(io::Error),
}

impl From<io::Error> for PutError {
    fn from(error: io::Error) -> Self {
        if is_full(&error) {
            Self::Full
        } else {
            Self::Io(error)
        }
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge
    )
}

/// A file that is being written. Dropped before its end, it was never there.
#[derive(Debug)]
pub struct Part {
    busy: Busy,
    file: Option<File>,
    limit: u64,
    size: u64,
    head: Vec<u8>,
    hash: Sha256,
}

/// A file that is here. As long as this is held it is no stray, whatever the rows say.
#[derive(Debug)]
pub struct Kept {
    busy: Busy,
    /// Its size in bytes.
    pub size: u64,
    /// The SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    head: Vec<u8>,
}

#[derive(Debug)]
struct Busy {
    folder: Arc<Folder>,
    key: String,
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.folder.busy().remove(&self.key);
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if self.file.is_some() {
            // What cannot be taken away now is a stray at the next start.
            let _ = fs::remove_file(self.busy.folder.part(&self.busy.key));
        }
    }
}

impl Folder {
    /// The folder at a path, made where it is not there. Where it cannot be made as the disk is full, it is made later.
    ///
    /// # Errors
    /// When it cannot be made for another reason, or is no folder.
    pub fn open(path: &Path) -> io::Result<Self> {
        match make(path) {
            Err(error) if !is_full(&error) => return Err(error),
            _ => {}
        }
        Ok(Self {
            path: path.to_owned(),
            busy: Mutex::default(),
        })
    }

    /// Begins a file of at most so many bytes. The key must be a fresh one, of lower-case hexadecimal digits.
    ///
    /// # Errors
    /// When nothing can be written there.
    pub async fn put(self: &Arc<Self>, key: String, limit: u64) -> Result<Part, PutError> {
        self.busy().insert(key.clone());
        let busy = Busy {
            folder: self.clone(),
            key,
        };
        let path = self.part(&busy.key);
        let opened = tokio::task::spawn_blocking(move || {
            path.parent().map_or(Ok(()), make)?;
            fs::OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(OWNERS_FILE)
                .open(path)
        });
        let file = opened.await.map_err(io::Error::other)??;
        Ok(Part {
            busy,
            file: Some(File::from_std(file)),
            limit,
            size: 0,
            head: Vec::new(),
            hash: Sha256::new(),
        })
    }

    /// The bytes from a place on, at most so many, as they are read.
    ///
    /// # Errors
    /// When there is no such file.
    pub async fn get(
        &self,
        key: &str,
        from: u64,
        length: u64,
    ) -> io::Result<impl Stream<Item = io::Result<Bytes>> + Send + 'static> {
        let mut file = File::open(self.file(key)).await?;
        file.seek(SeekFrom::Start(from)).await?;
        let rest = file.take(length);
        Ok(futures_util::stream::try_unfold(rest, async |mut rest| {
            let mut chunk = Vec::with_capacity(CHUNK);
            let read = (&mut rest)
                .take(CHUNK as u64)
                .read_to_end(&mut chunk)
                .await?;
            Ok((read > 0).then(|| (Bytes::from(chunk), rest)))
        }))
    }

    /// All bytes of a file.
    ///
    /// # Errors
    /// When there is no such file.
    pub async fn whole(&self, key: &str) -> io::Result<Bytes> {
        tokio::fs::read(self.file(key)).await.map(Bytes::from)
    }

    /// Takes a file away. One that is not there is as good.
    ///
    /// # Errors
    /// When it stays.
    pub async fn delete(&self, key: &str) -> io::Result<()> {
        match tokio::fs::remove_file(self.file(key)).await {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }

    /// The keys of files that lie here in one of its 256 drawers and are not being written; files that a crash left half written are
    /// taken away on the way.
    ///
    /// # Errors
    /// When the drawer cannot be read.
    pub async fn strays(&self, drawer: u8) -> io::Result<Vec<String>> {
        let mut found = Vec::new();
        let mut entries = match tokio::fs::read_dir(self.path.join(format!("{drawer:02x}"))).await {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
            other => other?,
        };
        while let Some(entry) = entries.next_entry().await? {
            let path = entry.path();
            let Some(key) = path.file_stem().and_then(|stem| stem.to_str()) else {
                continue;
            };
            // Asked after the file was seen: whoever is no longer busy has committed its row.
            if self.busy().contains(key) {
                continue;
            }
            match path.extension() {
                None => found.push(key.to_owned()),
                Some(extension) if extension == PART => tokio::fs::remove_file(&path).await?,
                Some(_) => {}
            }
        }
        Ok(found)
    }

    /// A holder that panicked leaves it whole.
    fn busy(&self) -> MutexGuard<'_, HashSet<String>> {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn file(&self, key: &str) -> PathBuf {
        let drawer = key.get(..2).unwrap_or("00");
        self.path.join(drawer).join(key)
    }

    fn part(&self, key: &str) -> PathBuf {
        self.file(key).with_extension(PART)
    }
}

fn make(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(OWNERS_FOLDER)
        .create(path)
}

impl Part {
    /// Adds bytes.
    ///
    /// # Errors
    /// When there would be too many, or no room.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), PutError> {
        self.size += bytes.len() as u64;
        if self.size > self.limit {
            return Err(PutError::TooLarge { limit: self.limit });
        }
        let missing = HEAD.saturating_sub(self.head.len()).min(bytes.len());
        self.head.extend_from_slice(&bytes[..missing]);
        self.hash.update(bytes);
        if let Some(file) = &mut self.file {
            file.write_all(bytes).await?;
        }
        Ok(())
    }

    /// How many bytes there are.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The file is whole: after this it is on the disk.
    ///
    /// # Errors
    /// When it is not; then it was never there.
    pub async fn keep(mut self) -> Result<Kept, PutError> {
        if let Some(file) = &mut self.file {
            file.flush().await?;
            file.sync_all().await?;
        }
        let (from, to) = (
            self.busy.folder.part(&self.busy.key),
            self.busy.folder.file(&self.busy.key),
        );
        let root = self.busy.folder.path.clone();
        let renamed = tokio::task::spawn_blocking(move || {
            fs::rename(&from, &to)?;
            // The new name, and the drawer that may be new itself.
            for folder in to.parent().into_iter().chain([root.as_path()]) {
                fs::File::open(folder)?.sync_all()?;
            }
            Ok::<(), io::Error>(())
        });
        renamed
            .await
            .map_err(io::Error::other)?
            .map_err(PutError::from)?;
        self.file = None;
        let busy = Busy {
            folder: self.busy.folder.clone(),
            key: std::mem::take(&mut self.busy.key),
        };
        Ok(Kept {
            busy,
            size: self.size,
            sha256: hex(&self.hash.clone().finalize()),
            head: std::mem::take(&mut self.head),
        })
    }
}

impl Kept {
    /// Its key.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.busy.key
    }

    /// What it is, where it is said to be that.
    #[must_use]
    pub fn content_type(&self, said: &str) -> &'static str {
        sniff::settle(&self.head, said)
    }
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use futures_util::TryStreamExt as _;

    use super::*;

    struct Place(Arc<Folder>);

    impl Place {
        fn new(name: &str) -> Self {
            let unique = format!("switchboard-folder-{name}-{}", std::process::id());
            let path = std::env::temp_dir().join(unique);
            let _ = fs::remove_dir_all(&path);
            Self(Arc::new(Folder::open(&path).unwrap()))
        }

        async fn keep(&self, key: &str, bytes: &[u8]) -> Kept {
            let mut part = self.0.put(key.to_owned(), 1_000).await.unwrap();
            part.write(bytes).await.unwrap();
            part.keep().await.unwrap()
        }
    }

    impl Drop for Place {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0.path);
        }
    }

    #[tokio::test]
    async fn what_was_put_is_read_back_whole_and_in_part_by_its_owner_alone() {
        let place = Place::new("put");
        let kept = place.keep("ab12", b"hello, file").await;
        assert_eq!((kept.size, kept.content_type("")), (11, "text/plain"));
        assert_eq!(&kept.sha256[..8], "4444d075");
        let mode = fs::metadata(place.0.file("ab12"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, OWNERS_FILE);
        assert_eq!(&place.0.whole("ab12").await.unwrap()[..], b"hello, file");
        let part = place.0.get("ab12", 7, 2).await.unwrap();
        let chunks: Vec<Bytes> = part.try_collect().await.unwrap();
        assert_eq!(chunks.concat(), b"fi");
        place.0.delete("ab12").await.unwrap();
        place.0.delete("ab12").await.unwrap();
        assert!(place.0.whole("ab12").await.is_err());
    }

    #[tokio::test]
    async fn a_file_that_is_too_large_or_broken_off_was_never_there() {
        let place = Place::new("large");
        let mut part = place.0.put("ab34".to_owned(), 4).await.unwrap();
        part.write(b"1234").await.unwrap();
        assert!(matches!(
            part.write(b"5").await,
            Err(PutError::TooLarge { limit: 4 })
        ));
        drop(part);
        let left = fs::read_dir(place.0.path.join("ab")).unwrap().count();
        assert_eq!(left, 0);
    }

    #[tokio::test]
    async fn what_nobody_is_busy_with_is_found_and_what_was_half_written_is_gone() {
        let place = Place::new("strays");
        let held = place.keep("cd01", b"held").await;
        drop(place.keep("cd02", b"done").await);
        fs::write(place.0.part("cd03"), b"half").unwrap();
        assert_eq!(place.0.strays(0xcd).await.unwrap(), ["cd02"]);
        assert!(!place.0.part("cd03").exists());
        drop(held);
        assert_eq!(place.0.strays(0xcd).await.unwrap().len(), 2);
        assert!(place.0.strays(0x00).await.unwrap().is_empty());
    }
}
