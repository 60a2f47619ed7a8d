//! What the loop asks of the server that it runs in. One host serves one socket.

use std::fmt;
use std::future::Future;

use serde_json::value::RawValue;

use crate::close::Close;
use crate::frames::In;

/// The server, as one socket sees it. What it answers is ready to be sent.
pub trait Host: Send {
    /// What names a conversation.
    type Id: Copy + Eq + fmt::Debug + Send;
    /// A conversation that was committed, with what was added to its log.
    type Change: Send;
    /// How far the sides of a conversation have seen and read.
    type Cursors: Send;

    /// Takes the secret of the hello, or what came with the upgrade. The frame that welcomes them.
    fn welcome(
        &mut self,
        token: Option<String>,
    ) -> impl Future<Output = Result<String, Close>> + Send;

    /// Whether they would be welcome still.
    fn still_welcome(&mut self) -> impl Future<Output = bool> + Send;

    /// Hears of a conversation from now on, and answers what its log has after a place.
    fn follow(
        &mut self,
        conversation: &str,
        after: u64,
    ) -> impl Future<Output = Result<(Self::Id, Page), Answer>> + Send;

    /// Hears of it no more.
    fn ignore(&mut self, id: Self::Id);

    /// What its log has after a place.
    fn page(
        &mut self,
        id: Self::Id,
        after: u64,
    ) -> impl Future<Output = Result<Page, Answer>> + Send;

    /// Does what a frame asks.
    fn perform(&mut self, frame: In) -> impl Future<Output = Answer> + Send;

    /// The answer to a frame with a field that is wrong.
    fn refuse(&self, error: &serde_json::Error) -> Answer;

    /// Waits for news. Dropping the future loses none.
    fn news(&mut self) -> impl Future<Output = News<Self::Id, Self::Change, Self::Cursors>> + Send;

    /// What a change added after a place; none where it does not join on there.
    fn entries(&mut self, change: &Self::Change, after: u64) -> Option<Vec<Entry>>;

    /// Whether a change added words and nothing else.
    fn only_words(&self, change: &Self::Change) -> bool;

    /// The frame of a conversation as a change left it; none where it cannot be made now.
    fn shown(&mut self, change: Self::Change) -> impl Future<Output = Option<String>> + Send;

    /// The frame of a conversation as it stands.
    fn stands(&mut self, id: Self::Id) -> impl Future<Output = Option<String>> + Send;

    /// The frames of how far the messages of a stretch of the log have got, in log order.
    fn deliveries(
        &mut self,
        id: Self::Id,
        from: u64,
        to: u64,
    ) -> impl Future<Output = Vec<String>> + Send;

    /// The frames of messages that are further where a side has seen or read on.
    fn read_on(
        &mut self,
        id: Self::Id,
        cursors: Self::Cursors,
    ) -> impl Future<Output = Vec<String>> + Send;

    /// Writes down that the log was shown up to here.
    fn mark(&mut self, id: Self::Id, seq: u64) -> impl Future<Output = ()> + Send;

    /// How long to stay away while the server restarts, in milliseconds; another number for each, so that not all come at once.
    fn away(&self) -> u64;
}

/// A stretch of a conversation's log.
#[derive(Debug, Default)]
pub struct Page {
    /// In order, without gaps.
    pub entries: Vec<Entry>,
    /// More follows.
    pub more: bool,
    /// Where the log ends.
    pub last_seq: u64,
    /// Up to where it was shown to this side before.
    pub marked: u64,
}

/// An entry of a log, for one reader.
#[derive(Debug)]
pub struct Entry {
    /// Its place.
    pub seq: u64,
    /// The frame that brings it; none where it is not theirs to see.
    pub frame: Option<String>,
    /// The other side's words: whoever wrote them is told that they were shown.
    pub words: bool,
}

/// What an HTTP request would have been answered.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Box<RawValue>,
}

/// What has gathered for one socket.
#[derive(Debug)]
pub struct News<Id, Change, Cursors> {
    /// Conversations that changed, each in the order of its commits.
    pub changes: Vec<(Id, Change)>,
    /// Messages whose fate moved on.
    pub deliveries: Vec<(Id, u64)>,
    /// Conversations in which a side has seen or read on, and how far all have.
    pub read_on: Vec<(Id, Cursors)>,
    /// Frames about the present moment, such as who is writing.
    pub frames: Vec<String>,
    /// More happened than could be kept: everything that is followed must be read anew.
    pub lost: bool,
    /// The session is over.
    pub ended: bool,
}

impl<Id, Change, Cursors> Default for News<Id, Change, Cursors> {
    fn default() -> Self {
        Self {
            changes: Vec::new(),
            deliveries: Vec::new(),
            read_on: Vec::new(),
            frames: Vec::new(),
            lost: false,
            ended: false,
        }
    }
}
