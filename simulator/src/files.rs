//! The files that phones and accounts have handed to the network, in memory. The oldest make room.

use std::collections::{BTreeMap, HashMap};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use sha2::{Digest, Sha256};

/// All files together.
const BYTES: usize = 192 * 1024 * 1024;
const FILES: usize = 5_000;

/// A file.
#[derive(Clone, Debug)]
pub(crate) struct File {
    pub(crate) id: String,
    /// The account that may read it.
    pub(crate) account: Option<String>,
    pub(crate) content_type: String,
    pub(crate) name: Option<String>,
    pub(crate) bytes: Bytes,
    /// By the network's clock; after it, it is gone for the account.
    pub(crate) until: i64,
}

impl File {
    /// SHA-256, as Meta's API writes it.
    pub(crate) fn sha256_hex(&self) -> String {
        Sha256::digest(&self.bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// SHA-256, as Meta's webhooks write it.
    pub(crate) fn sha256_base64(&self) -> String {
        STANDARD.encode(Sha256::digest(&self.bytes))
    }
}

/// All files.
#[derive(Default)]
pub(crate) struct Files {
    by_id: HashMap<String, File>,
    order: BTreeMap<u64, String>,
    last: u64,
    size: usize,
}

impl Files {
    /// Keeps a file, under an id of digits as Meta gives them. `run` makes the ids of one run differ from another's.
    pub(crate) fn put(&mut self, run: u64, mut file: File) -> File {
        self.last += 1;
        file.id = format!("1{:010}{:05}", run % 10_000_000_000, self.last);
        self.make_room(file.bytes.len());
        self.size += file.bytes.len();
        self.order.insert(self.last, file.id.clone());
        self.by_id.insert(file.id.clone(), file.clone());
        file
    }

    pub(crate) fn get(&self, id: &str) -> Option<&File> {
        self.by_id.get(id)
    }

    /// Lets an account read a file from now on, until then.
    pub(crate) fn share(&mut self, id: &str, account: &str, until: i64) {
        if let Some(file) = self.by_id.get_mut(id) {
            file.account = Some(account.to_owned());
            file.until = until;
        }
    }

    fn make_room(&mut self, size: usize) {
        while self.order.len() >= FILES || self.size + size > BYTES {
            let Some((_, id)) = self.order.pop_first() else {
                return;
            };
            if let Some(file) = self.by_id.remove(&id) {
                self.size -= file.bytes.len();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(size: usize) -> File {
        File {
            id: String::new(),
            account: None,
            content_type: "image/png".into(),
            name: None,
            bytes: vec![0; size].into(),
            until: 0,
        }
    }

    #[test]
    fn the_oldest_files_make_room_for_new_ones() {
        let mut files = Files::default();
        let first = files.put(7, file(BYTES / 2));
        let second = files.put(7, file(BYTES / 2));
        assert!(files.get(&first.id).is_some());
        let third = files.put(7, file(1));
        assert!(files.get(&first.id).is_none());
        assert!(files.get(&second.id).is_some() && files.get(&third.id).is_some());
    }
}
