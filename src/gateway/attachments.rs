//! Files that people bring, and who may have them.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use contract::{MediaLink, OutboundMedia};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use super::commit::{MediaWork, Work, Working, author_of};
use super::connections::Connection;
use super::knocks::Tally;
use super::outbox::Called;
use super::{Caller, Fault, Gateway, token};
use crate::bus::Hint;
use crate::core::event;
use crate::core::{ConversationId, Event, Reason, Seq, Text, Timestamp};
use crate::media::folder::{Folder, Part, PutError};
use crate::media::link::Links;
use crate::media::name;
use crate::media::parcel::{Parcel, pack};
use crate::store::attachments::{self, Attachment, State};
use crate::store::conversations::Stored;
use crate::store::outbox::Outgoing;
use crate::store::{Store, StoreError, conversations};

/// Files of one message.
pub const AT_ONCE: usize = 10;
/// Uploads of the whole server at one time.
const UPLOADS: usize = 64;
/// An upload that no message has used after this is taken away.
const UNUSED: i64 = 24 * HOUR;
const HOUR: i64 = 3_600_000;
/// Rows taken up in one round of tidying.
const ROUND: u32 = 64;

/// What is configured about files.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Where the bytes lie.
    pub folder: PathBuf,
    /// The largest upload, in bytes.
    pub max_bytes: u64,
    /// The largest file that is fetched from a provider, in bytes.
    pub max_inbound_bytes: u64,
    /// How long the bytes of a message's files are kept, in milliseconds; 0: for ever.
    pub keep: i64,
    /// Uploads of one visitor in an hour; 0: any number.
    pub per_visitor_hour: u32,
    /// Uploads from one network in an hour; 0: any number.
    pub per_network_hour: u32,
    /// What one visitor may upload in an hour, in MiB; 0: any number.
    pub mebibytes_per_visitor_hour: u32,
    /// What one network may upload in an hour, in MiB; 0: any number.
    pub mebibytes_per_network_hour: u32,
}

/// What the gateway has for files.
#[derive(Debug)]
pub struct Media {
    /// Where the bytes lie.
    pub folder: Arc<Folder>,
    /// Links to files.
    pub links: Arc<Links>,
    /// What is configured.
    pub terms: Terms,
    /// There may be something to fetch.
    pub(super) bell: Notify,
    counts: Arc<Counts>,
    turns: Arc<Semaphore>,
}

/// How much was uploaded lately, by visitor and by network.
#[derive(Debug, Default)]
struct Counts {
    files: Tally,
    kibibytes: Tally,
}

/// An upload in progress. Dropped before its end, it was never there.
#[derive(Debug)]
pub struct Upload {
    part: Option<Part>,
    /// Whom it counts for, and since when.
    counted: Option<(Arc<Counts>, [String; 2], Timestamp)>,
    _turn: OwnedSemaphorePermit,
}

impl Media {
    /// Opens the folder, and finds the key that links are signed with.
    ///
    /// # Errors
    /// When the folder cannot be used or the key not be read.
    pub(super) async fn open(
        store: &Store,
        terms: Terms,
        public_url: &str,
    ) -> Result<Self, StoreError> {
        let folder = Folder::open(&terms.folder).map_err(|error| StoreError::File {
            path: terms.folder.display().to_string(),
            fault: format!("cannot be used for files: {error}"),
            advice: "set [media] dir to a folder that the server may write to".to_owned(),
        })?;
        let fresh = token::link_key();
        let mut conn = store.writer().await?;
        let key = match attachments::link_key(&mut conn, fresh).await {
            Err(StoreError::Full) => {
                tracing::warn!("the disk is full: links to files end with this process");
                fresh
            }
            other => other?,
        };
        Ok(Self {
            folder: Arc::new(folder),
            links: Arc::new(Links::new(public_url, &key)),
            terms,
            bell: Notify::new(),
            counts: Arc::default(),
            turns: Arc::new(Semaphore::new(UPLOADS)),
        })
    }
}

impl From<PutError> for Fault {
    fn from(error: PutError) -> Self {
        match error {
            PutError::TooLarge { limit } => Self::TooLarge { limit },
            PutError::Full => Self::Store(StoreError::Full),
            PutError::Io(error) => Self::Store(StoreError::File {
                path: "the folder of [media] dir".to_owned(),
                fault: format!("failed: {error}"),
                advice: "see that the server may write there".to_owned(),
            }),
        }
    }
}

impl Upload {
    /// Adds bytes.
    ///
    /// # Errors
    /// When there are too many of them, or there is no room.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        match &mut self.part {
            Some(part) => Ok(part.write(bytes).await?),
            None => Ok(()),
        }
    }
}

impl Drop for Upload {
    /// What was sent counts, whatever became of it.
    fn drop(&mut self) {
        let size = self.part.as_ref().map_or(0, Part::size);
        self.count(size);
    }
}

impl Upload {
    fn count(&mut self, size: u64) {
        let Some((counts, keys, since)) = self.counted.take() else {
            return;
        };
        let kibibytes = u32::try_from(size.div_ceil(1024)).unwrap_or(u32::MAX);
        for key in keys {
            counts.kibibytes.add(&key, since.0, HOUR, kibibytes);
        }
    }
}

impl Gateway {
    /// Begins an upload, where one more is allowed.
    ///
    /// # Errors
    /// When there are too many, or there is no room.
    pub async fn begin_upload(&self, caller: &Caller) -> Result<Upload, Fault> {
        let counted = match caller {
            Caller::Visitor(visitor) => {
                let keys = [visitor.id.to_string(), visitor.network.clone()];
                self.may_upload(&keys)?;
                Some((self.media.counts.clone(), keys, self.now()))
            }
            Caller::Operator(_) => None,
        };
        let turn = self.media.turns.clone().try_acquire_owned();
        let turn = turn.map_err(|_| Fault::Overloaded)?;
        let (key, limit) = (token::file_key(), self.media.terms.max_bytes);
        Ok(Upload {
            part: Some(self.media.folder.put(key, limit).await?),
            counted,
            _turn: turn,
        })
    }

    fn may_upload(&self, keys: &[String; 2]) -> Result<(), Fault> {
        let (terms, counts, now) = (&self.media.terms, &self.media.counts, self.now().0);
        let limits = [
            (terms.per_visitor_hour, terms.mebibytes_per_visitor_hour),
            (terms.per_network_hour, terms.mebibytes_per_network_hour),
        ];
        let waits = keys
            .iter()
            .zip(limits)
            .flat_map(|(key, (files, mebibytes))| {
                [
                    counts.files.over(key, now, files),
                    counts
                        .kibibytes
                        .over(key, now, mebibytes.saturating_mul(1024)),
                ]
            });
        if let Some(wait) = waits.flatten().max() {
            return Err(Fault::RateLimited {
                retry_after: Duration::from_millis(wait.unsigned_abs()),
            });
        }
        for key in keys {
            counts.files.count(key, now, HOUR);
        }
        Ok(())
    }

    /// An upload is whole. Answers once it is kept.
    ///
    /// # Errors
    /// When it is empty, or could not be kept.
    pub async fn finish_upload(
        &self,
        caller: &Caller,
        mut upload: Upload,
        called: &str,
        said: &str,
    ) -> Result<Attachment, Fault> {
        let Some(part) = upload.part.take() else {
            return Err(Fault::NotFound("upload"));
        };
        upload.count(part.size());
        if part.size() == 0 {
            return Err(Fault::EmptyFile);
        }
        // Held until its row is committed: till then it is no stray.
        let kept = part.keep().await?;
        let attachment = Attachment {
            organization: caller.organization().id.to_string(),
            id: token::attachment_id(),
            place: None,
            nth: 0,
            uploader: author_of(caller),
            name: name::clean(called),
            content_type: kept.content_type(said).to_owned(),
            size: Some(kept.size),
            sha256: Some(kept.sha256.clone()),
            key: Some(kept.key().to_owned()),
            state: State::Here,
            source: None,
            attempts: 0,
            due_at: None,
            created_at: self.now(),
        };
        let put = self.work_on_media(MediaWork::Put(attachment.clone())).await;
        if put.is_err() {
            // Whatever stays is a stray.
            let _ = self.media.folder.delete(kept.key()).await;
        }
        put.map(|_| attachment)
    }

    pub(super) async fn work_on_media(&self, work: MediaWork) -> Result<bool, Fault> {
        match self.committer.submit(Work::Media(work)).await? {
            super::commit::Outcome::Written(written) => Ok(written),
            other => {
                unreachable!("a write about a file answers whether it was written, not {other:?}")
            }
        }
    }

    /// A file that the caller may have: one that they brought, or that goes with a message of a conversation that they may see; with the
    /// place where it is shown.
    ///
    /// # Errors
    /// `NotFound` also for what is somebody else's.
    pub async fn attachment(
        &self,
        caller: &Caller,
        id: &str,
    ) -> Result<(Attachment, Option<(Stored, Seq)>), Fault> {
        let organization = &caller.organization().id;
        let found = attachments::get(&self.store.reads, organization, id).await?;
        let found = found.ok_or(Fault::NotFound("attachment"))?;
        match found.place {
            None if found.uploader == author_of(caller) => Ok((found, None)),
            None => Err(Fault::NotFound("attachment")),
            Some((conversation, seq)) => {
                let stored = self.conversation(caller, conversation).await;
                let stored = stored.map_err(|fault| match fault {
                    Fault::NotFound(_) => Fault::NotFound("attachment"),
                    other => other,
                })?;
                Ok((found, Some((stored, seq))))
            }
        }
    }

    /// The file that a link opens; none where it opens nothing.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn linked(&self, token: &str) -> Result<Option<(Attachment, Duration)>, Fault> {
        let Some(opens) = self.media.links.read(token, self.now()) else {
            return Ok(None);
        };
        let found = attachments::get(&self.store.reads, &opens.organization, &opens.id).await?;
        let left = Duration::from_millis(opens.left.unsigned_abs());
        Ok(found.map(|found| (found, left)))
    }

    /// The files of the messages in a stretch of a log, as they are now.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn files(
        &self,
        stored: &Stored,
        from: Seq,
        to: Seq,
    ) -> Result<Vec<Attachment>, Fault> {
        let (reads, organization) = (&self.store.reads, &stored.organization);
        Ok(attachments::in_stretch(reads, organization, stored.id, from, to).await?)
    }

    /// One entry of a conversation's log.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn entry(&self, stored: &Stored, seq: Seq) -> Result<Option<(Seq, Event)>, Fault> {
        let mut conn = self.store.reads.acquire().await.map_err(StoreError::from)?;
        Ok(conversations::event(&mut conn, &stored.organization, stored.id, seq).await?)
    }

    /// What is handed over beside the words of a message: the files that are no links in them.
    pub(super) async fn enclosed(
        &self,
        message: &Outgoing,
        connection: &Connection,
    ) -> Result<Vec<OutboundMedia>, Called> {
        let (organization, seq) = (&message.organization, message.delivery.seq);
        let found = attachments::in_stretch(
            &self.store.reads,
            organization,
            message.conversation,
            seq,
            seq,
        );
        let found = found.await.map_err(|error| {
            tracing::error!(%error, "the files of a message could not be looked up; it is tried again");
            Called::NotTaken { after: None }
        })?;
        let (links, now) = (&self.media.links, self.now());
        let mut media = Vec::new();
        for file in found {
            if links.stand_in(&message.text, organization, &file.id) {
                continue;
            }
            let Some(key) = &file.key else {
                return Err(Called::Refused {
                    reason: Reason::BadContent,
                    code: None,
                });
            };
            let bytes = if connection.capabilities.uploads {
                let read = self.media.folder.whole(key).await;
                Some(read.map_err(|error| {
                    tracing::error!(%error, attachment = %file.id, "a file could not be read; its message is tried again");
                    Called::NotTaken { after: None }
                })?)
            } else {
                None
            };
            media.push(OutboundMedia {
                link: links.for_provider(organization, &file.id, now),
                content_type: file.content_type,
                name: file.name,
                bytes,
            });
        }
        Ok(media)
    }

    /// Takes away what nobody used, and what was kept long enough.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn tidy(&self) -> Result<(), Fault> {
        let (reads, now) = (&self.store.reads, self.now());
        for old in attachments::forgotten(reads, now.plus(-UNUSED), ROUND).await? {
            let (organization, id) = (old.organization, old.id);
            if self
                .work_on_media(MediaWork::Forget { organization, id })
                .await?
            {
                self.take_away(old.key.as_deref()).await;
            }
        }
        if self.media.terms.keep > 0 {
            let before = now.plus(-self.media.terms.keep);
            for old in attachments::kept_since(reads, before, ROUND).await? {
                let key = old.key.clone();
                if self.work_on_media(MediaWork::LetGo(old)).await? {
                    self.take_away(key.as_deref()).await;
                }
            }
        }
        Ok(())
    }

    /// Takes away files of one drawer that no row names: what a crash left.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn tidy_drawer(&self, drawer: u8) -> Result<(), Fault> {
        let strays = self
            .media
            .folder
            .strays(drawer)
            .await
            .map_err(PutError::Io)?;
        for key in strays {
            if !attachments::names(&self.store.reads, &key).await? {
                self.take_away(Some(&key)).await;
            }
        }
        Ok(())
    }

    /// The row says already that it is gone: what stays now is a stray at the next start.
    async fn take_away(&self, key: Option<&str>) {
        let Some(key) = key else { return };
        if let Err(error) = self.media.folder.delete(key).await {
            tracing::warn!(%error, "a file that nobody needs could not be taken away; it is tried again after the next start");
        }
    }
}

impl Working<'_> {
    pub(super) async fn media(&mut self, work: &MediaWork) -> Result<bool, Fault> {
        match work {
            MediaWork::Put(new) => {
                attachments::put(self.conn, std::slice::from_ref(new)).await?;
                Ok(true)
            }
            MediaWork::Settle(now) => {
                let written = attachments::settle(self.conn, now).await?;
                if written && now.state != State::Waiting {
                    self.tell_of_file(now.clone());
                }
                Ok(written)
            }
            MediaWork::LetGo(old) => {
                let gone = attachments::let_go(self.conn, &old.organization, &old.id).await?;
                if gone {
                    self.tell_of_file(Attachment {
                        state: State::Gone,
                        key: None,
                        ..old.clone()
                    });
                }
                Ok(gone)
            }
            MediaWork::Forget { organization, id } => {
                Ok(attachments::forget(self.conn, organization, id).await?)
            }
        }
    }

    fn tell_of_file(&mut self, file: Attachment) {
        if let Some((conversation, _)) = file.place {
            let organization = Arc::from(file.organization.as_str());
            let hint = Hint::Attachment(Arc::new(file));
            self.hints.push((organization, conversation, hint));
        }
    }

    /// The uploads of somebody's that are to go with a message.
    pub(super) async fn unused_of(
        &mut self,
        caller: &Caller,
        ids: &[String],
    ) -> Result<Vec<Attachment>, Fault> {
        if ids.len() > AT_ONCE {
            return Err(Fault::TooManyAttachments { limit: AT_ONCE });
        }
        let (organization, author) = (caller.organization().id.clone(), author_of(caller));
        let mut found: Vec<Attachment> = Vec::with_capacity(ids.len());
        for id in ids {
            let twice = found.iter().any(|other| other.id == *id);
            let unused = attachments::unused(self.conn, &organization, &author, id).await?;
            match unused.filter(|_| !twice) {
                Some(attachment) => found.push(attachment),
                None => return Err(Fault::NoSuchAttachment(id.clone())),
            }
        }
        Ok(found)
    }

    /// They go with that message from now on.
    pub(super) async fn use_up(
        &mut self,
        used: &[Attachment],
        place: (ConversationId, Seq),
    ) -> Result<(), StoreError> {
        for (nth, attachment) in (0..).zip(used) {
            let (organization, id) = (&attachment.organization, &attachment.id);
            attachments::use_in(self.conn, organization, id, place, nth).await?;
        }
        Ok(())
    }

    /// A message as that connection is handed it.
    pub(super) fn packed(
        &self,
        connection: &Connection,
        text: &str,
        files: &[event::Attachment],
    ) -> Parcel {
        let (links, now) = (&self.shared.links, self.now);
        pack(&connection.capabilities, text, files, |file| {
            let id = file.id.as_deref().unwrap_or_default();
            links.for_person(&connection.organization, id, now)
        })
    }

    /// Files that a message brought by a provider has: to be fetched once it is committed.
    pub(super) async fn await_files(
        &mut self,
        connection: &Connection,
        media: &[MediaLink],
        files: &[event::Attachment],
        place: (ConversationId, Seq),
    ) -> Result<(), StoreError> {
        let mut new = Vec::with_capacity(media.len());
        for ((nth, file), source) in (0..).zip(files).zip(media) {
            new.push(Attachment {
                organization: connection.organization.to_string(),
                id: file.id.as_deref().unwrap_or_default().to_owned(),
                place: Some(place),
                nth,
                uploader: attachments::brought_by(&connection.id),
                name: file.name.as_deref().unwrap_or_default().to_owned(),
                content_type: source.content_type.clone(),
                size: None,
                sha256: None,
                key: None,
                state: State::Waiting,
                source: Some(source.clone()),
                attempts: 0,
                due_at: Some(self.now),
                created_at: self.now,
            });
        }
        attachments::put(self.conn, &new).await
    }
}

/// An upload as the log has it.
pub(super) fn in_the_log(upload: &Attachment) -> event::Attachment {
    event::Attachment {
        id: Some(Text::from(upload.id.as_str())),
        name: Some(Text::from(upload.name.as_str())),
        content_type: Text::from(upload.content_type.as_str()),
        size: upload.size,
        url: None,
    }
}

/// What a provider keeps for us, as the log has it.
pub(super) fn at_the_provider(media: &MediaLink) -> event::Attachment {
    event::Attachment {
        id: Some(Text::from(token::attachment_id())),
        name: Some(Text::from(name::clean(
            media.name.as_deref().unwrap_or_default(),
        ))),
        content_type: Text::from(media.content_type.as_str()),
        size: None,
        url: Some(Text::from(media.url.as_str())),
    }
}
