//! The file that an embedded database is, and the place where it lies.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use switchboard::store::{Store, StoreError, clock, file};

use super::backend::{Backend, Folder};

fn names(folder: &Folder) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder.path())
        .expect("a folder")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("text")
        })
        .collect();
    names.sort();
    names
}

async fn refused(path: &Path) -> String {
    let opened = Store::open(path, clock::machine()).await;
    opened.expect_err("it cannot be opened").to_string()
}

#[tokio::test]
async fn a_database_and_all_beside_it_is_its_owners_alone() {
    let backend = Backend::sqlite().await;
    let _held = file::hold(&backend.database()).expect("nobody has it");
    let _writer = backend.writer().await;
    let folder = backend.database();
    let files = fs::read_dir(folder.parent().expect("a folder")).expect("a folder");
    let modes: Vec<u32> = files
        .map(|file| file.and_then(|file| file.metadata()).expect("a file"))
        .map(|about| about.permissions().mode() & 0o777)
        .collect();
    assert_eq!(modes, [0o600; 4], "database, log, index and lock");
}

#[tokio::test]
async fn a_database_has_one_server_at_a_time() {
    let folder = Folder::new();
    let path = folder.database();
    let first = file::hold(&path).expect("nobody has it");
    let second = file::hold(&path).expect_err("the first has it");
    assert!(matches!(second, StoreError::InUse { .. }), "{second}");
    Store::open(&path, clock::machine())
        .await
        .expect("who serves nobody need not hold it");
    drop(first);
    file::hold(&path).expect("the first is gone");
}

#[tokio::test]
async fn a_trial_and_a_look_leave_nothing_behind() {
    let folder = Folder::new();
    let path = folder.database();
    file::try_out(&path).expect("it could be made");
    assert_eq!(names(&folder), Vec::<String>::new());
    let store = Store::open(&path, clock::machine()).await.expect("made");
    store.reads.close().await;
    let before = names(&folder);

    file::try_out(&path).expect("it can be written");
    Store::look(&path).await.expect("it can be read");

    assert_eq!(names(&folder), before);
}

#[tokio::test]
async fn what_is_wrong_with_a_place_is_said_with_what_to_do() {
    let folder = Folder::new();
    let missing = folder.path().join("no/such.db");
    for said in [
        refused(&missing).await,
        file::try_out(&missing).expect_err("no folder").to_string(),
    ] {
        assert!(said.contains("make the folder"), "{said}");
    }
    let said = refused(folder.path()).await;
    assert!(said.contains("is a folder"), "{said}");
    // Where not even root makes a file.
    let said = file::try_out(Path::new("/sys/switchboard.db")).expect_err("no room there");
    let said = said.to_string();
    assert!(said.starts_with("/sys/switchboard.db "), "{said}");
}

#[tokio::test]
async fn a_file_that_is_no_database_or_a_damaged_one_is_told_apart() {
    let folder = Folder::new();
    let path = folder.database();
    fs::write(&path, "no database but a text that somebody keeps here").expect("written");
    let said = refused(&path).await;
    assert!(said.contains("is no database"), "{said}");

    fs::remove_file(&path).expect("removed");
    let store = Store::open(&path, clock::machine()).await.expect("made");
    store.reads.close().await;
    let mut bytes = fs::read(&path).expect("read");
    bytes[4096..].fill(0x5a);
    fs::write(&path, bytes).expect("written");
    let said = refused(&path).await;
    assert!(
        said.contains("is damaged") && said.contains("restore it from a backup"),
        "{said}"
    );
}
