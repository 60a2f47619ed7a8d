//! Group commit: one thread writes what waits, at most 256 rows a transaction, and answers after the commit.

use rusqlite::Connection;
use tokio::sync::mpsc;

/// Rows of one transaction.
const GROUP: usize = 256;
/// Rows that may wait.
const WAITING: usize = 8_192;

/// Starts the writer. `write` stores one row, `committed` tells whoever waits for it what came of it.
pub fn start<T, R>(
    mut database: Connection,
    mut write: impl FnMut(&Connection, &T) -> rusqlite::Result<R> + Send + 'static,
    committed: impl Fn(T, R) + Send + 'static,
) -> mpsc::Sender<T>
where
    T: Send + 'static,
{
    let (sender, mut waiting) = mpsc::channel::<T>(WAITING);
    std::thread::spawn(move || {
        let mut group = Vec::with_capacity(GROUP);
        while let Some(first) = waiting.blocking_recv() {
            group.push(first);
            while group.len() < GROUP
                && let Ok(next) = waiting.try_recv()
            {
                group.push(next);
            }
            let written = one_transaction(&mut database, &group, &mut write)
                .expect("a floor whose disk fails has nothing to say");
            group
                .drain(..)
                .zip(written)
                .for_each(|(row, result)| committed(row, result));
        }
    });
    sender
}

fn one_transaction<T, R>(
    database: &mut Connection,
    group: &[T],
    write: &mut impl FnMut(&Connection, &T) -> rusqlite::Result<R>,
) -> rusqlite::Result<Vec<R>> {
    let transaction = database.transaction()?;
    let written = group
        .iter()
        .map(|row| write(&transaction, row))
        .collect::<rusqlite::Result<_>>()?;
    transaction.commit()?;
    Ok(written)
}
