//! The loop that serves one socket, a visitor's or an operator's.
//!
//! Hints say that something happened; the log is the truth. Of each conversation that is followed the loop knows how far it has
//! been sent: what joins on there is sent as it comes, and where it does not, the log is read from there. So nothing is left out
//! and nothing comes twice, whatever hints were lost. A reader that is slow finds later states of fewer things, never a longer
//! queue; one that does not read at all is closed.

use std::time::Duration;

use axum::extract::ws::{Message, Utf8Bytes};
use futures_util::{FutureExt, Sink, Stream};
use serde_json::json;
use serde_json::value::to_raw_value;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use crate::close::Close;
use crate::followed::{Followed, Follows};
use crate::frames::{Id, In, Out, Unreadable};
use crate::host::{Answer, Entry, Host, News, Page};
use crate::line::Line;
use crate::rate::Rate;

const HELLO_WITHIN: Duration = Duration::from_secs(10);
const PING_EVERY: Duration = Duration::from_secs(25);
const SILENT_FOR: Duration = Duration::from_secs(60);
/// A conversation's state is sent at once, and then at most four times a second: who reads it wants the last one.
const SHOW_EVERY: Duration = Duration::from_millis(250);
/// Where nothing but words was added, and those are sent by themselves, once a second does.
const SHOW_WORDS_EVERY: Duration = Duration::from_secs(1);
/// What was shown is written down this much later, all of it at once.
const MARK_AFTER: Duration = Duration::from_secs(1);
/// After a hello, the fate of so many messages is told anew.
const DELIVERIES_TOLD: usize = 100;
/// They are looked for in so many entries of the log.
const LOOK_BACK: u64 = 200;
/// Where the log cannot be read, come back after this, in milliseconds.
const COME_BACK_AFTER: u64 = 1_000;

/// What one socket may do.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// Frames in ten seconds; 0: no limit.
    pub frames_per_10s: u32,
}

/// Serves one socket until either end closes it, or `stop` is cancelled.
pub async fn serve<W, E, H>(wire: W, host: H, terms: Terms, stop: CancellationToken) -> Close
where
    W: Stream<Item = Result<Message, E>> + Sink<Message> + Unpin + Send,
    E: Send,
    W::Error: Send,
    H: Host,
{
    let mut socket = Socket {
        line: Line::new(wire),
        host,
        rate: Rate::new(terms.frames_per_10s),
        follows: Follows::default(),
        rows: Vec::new(),
        rows_at: None,
        shown_at: Instant::now() - SHOW_WORDS_EVERY,
        marks_at: None,
        ping_at: Instant::now() + PING_EVERY,
    };
    let close = match Box::pin(socket.greet(&stop)).await {
        Ok(()) => socket.run(&stop).await,
        Err(close) => close,
    };
    let Socket { line, host, .. } = socket;
    // Whoever it was is no longer here, however long the farewell takes.
    drop(host);
    line.close(close).await;
    close
}

struct Socket<W, H: Host> {
    line: Line<W>,
    host: H,
    rate: Rate,
    follows: Follows<H::Id>,
    /// Conversations to show, the latest state of each; none: as it stands then.
    rows: Vec<(H::Id, Option<H::Change>)>,
    /// When they are to be shown.
    rows_at: Option<Instant>,
    shown_at: Instant,
    marks_at: Option<Instant>,
    ping_at: Instant,
}

enum Turn<News> {
    Stop,
    Heard(Option<Utf8Bytes>),
    News(News),
    Due,
}

impl<W, E, H> Socket<W, H>
where
    W: Stream<Item = Result<Message, E>> + Sink<Message> + Unpin + Send,
    E: Send,
    W::Error: Send,
    H: Host,
{
    /// Hears the hello, and sends what it asks for.
    async fn greet(&mut self, stop: &CancellationToken) -> Result<(), Close> {
        let first = async {
            loop {
                if let Some(text) = self.line.hear().await? {
                    return Ok(text);
                }
            }
        };
        let text = tokio::select! {
            () = stop.cancelled() => return Err(Close::Restart { after: self.host.away() }),
            text = timeout(HELLO_WITHIN, first) => text.map_err(|_| Close::NoHello)??,
        };
        let (id, token, after) = match In::parse(&text) {
            Ok(In::Hello { id, token, after }) => (id, token, after.unwrap_or_default()),
            Ok(_) | Err(Unreadable::Field { .. }) => {
                return Err(Close::BadFrame("the first frame must be a hello"));
            }
            Err(Unreadable::NoFrame(reason)) => return Err(Close::BadFrame(reason)),
        };
        let welcome = self.host.welcome(token).await?;
        self.line.say(welcome).await?;
        self.line.send_off().await?;
        for (conversation, after) in after {
            match self.host.follow(&conversation, after).await {
                Ok((followed, page)) => self.begin(followed, after, page).await?,
                Err(refusal) => self.say_answer(id.as_ref(), &refusal).await?,
            }
        }
        self.line.send_off().await
    }

    async fn run(&mut self, stop: &CancellationToken) -> Close {
        loop {
            let due = self.due();
            let turn = tokio::select! {
                () = stop.cancelled() => Turn::Stop,
                heard = self.line.hear() => match heard {
                    Ok(text) => Turn::Heard(text),
                    Err(close) => return close,
                },
                news = self.host.news() => Turn::News(news),
                () = sleep_until(due) => Turn::Due,
            };
            // Boxed, so that a socket that is idle holds nothing of what a busy one needs.
            let done = match turn {
                Turn::Stop => {
                    return Close::Restart {
                        after: self.host.away(),
                    };
                }
                Turn::Heard(None) => Ok(()),
                Turn::Heard(Some(text)) => Box::pin(self.take_frame(text)).await,
                Turn::News(news) => Box::pin(self.take_news(news)).await,
                Turn::Due => Box::pin(self.take_time()).await,
            };
            let sent = match done {
                Ok(()) => self.line.send_off().await,
                Err(close) => Err(close),
            };
            if let Err(close) = sent {
                return close;
            }
        }
    }

    /// When something is to be done unasked.
    fn due(&self) -> Instant {
        [self.rows_at, self.marks_at]
            .into_iter()
            .flatten()
            .fold(self.ping_at, Instant::min)
    }

    async fn take_time(&mut self) -> Result<(), Close> {
        let now = Instant::now();
        if self.marks_at.is_some_and(|at| at <= now) {
            self.marks_at = None;
            for (id, seq) in self.follows.mark() {
                self.host.mark(id, seq).await;
            }
        }
        if self.ping_at <= now {
            if now.duration_since(self.line.heard) > SILENT_FOR {
                return Err(Close::TooSlow);
            }
            if !self.host.still_welcome().await {
                return Err(Close::Token);
            }
            self.ping_at = now + PING_EVERY;
            self.line.ping().await?;
        }
        self.show_rows().await
    }

    async fn take_frame(&mut self, text: Utf8Bytes) -> Result<(), Close> {
        if !self.rate.take() {
            return Err(Close::Rate("too many frames"));
        }
        match In::parse(&text) {
            Ok(In::Hello { .. }) => Err(Close::BadFrame("there is one hello, at the beginning")),
            Ok(In::Follow {
                id,
                conversation,
                after,
            }) => match self.host.follow(&conversation, after).await {
                Ok((followed, page)) => {
                    self.say_answer(Some(&id), &answer(&json!({ "last_seq": page.last_seq })))
                        .await?;
                    self.begin(followed, after, page).await
                }
                Err(refusal) => self.say_answer(Some(&id), &refusal).await,
            },
            Ok(frame) => {
                let id = frame.id().cloned();
                let answer = self.host.perform(frame).await;
                self.say_answer(id.as_ref(), &answer).await?;
                // What came of it was told before it was answered, and leaves with the answer.
                match self.host.news().now_or_never() {
                    Some(news) => self.take_news(news).await,
                    None => Ok(()),
                }
            }
            Err(Unreadable::Field { id, error }) => {
                let refusal = self.host.refuse(&error);
                self.say_answer(Some(&id), &refusal).await
            }
            Err(Unreadable::NoFrame(reason)) => Err(Close::BadFrame(reason)),
        }
    }

    async fn say_answer(&mut self, id: Option<&Id>, answer: &Answer) -> Result<(), Close> {
        let Some(id) = id else { return Ok(()) };
        let frame: Out<'_, ()> = Out::Answer {
            id,
            status: answer.status,
            body: &answer.body,
        };
        self.line.say(frame.text()).await
    }

    /// Follows a conversation from a place: what came since, how far its messages have got, and how it stands.
    async fn begin(&mut self, id: H::Id, after: u64, page: Page) -> Result<(), Close> {
        let again = self.follows.has(id);
        // Whoever has the entries up to here was shown them, even if the socket broke before that was written down.
        let followed = Followed {
            id,
            sent: after,
            shown: after.max(page.marked),
            marked: page.marked,
        };
        if let Some(gone) = self.follows.put(followed) {
            self.host.ignore(gone);
        }
        self.send_page(id, page).await?;
        self.mark_soon();
        if !again {
            self.tell_deliveries(id, after).await?;
        }
        if let Some(frame) = self.host.stands(id).await {
            self.line.say(frame).await?;
        }
        Ok(())
    }

    /// Sends a stretch of the log, and what follows it, to the end.
    async fn send_page(&mut self, id: H::Id, mut page: Page) -> Result<(), Close> {
        loop {
            let more = page.more;
            self.send_entries(id, page.entries).await?;
            let Some(followed) = self.follows.get(id).filter(|_| more) else {
                return Ok(());
            };
            let after = followed.sent;
            page = self.read(id, after).await?;
        }
    }

    async fn read(&mut self, id: H::Id, after: u64) -> Result<Page, Close> {
        self.host.page(id, after).await.map_err(|_| Close::Restart {
            after: COME_BACK_AFTER,
        })
    }

    async fn send_entries(&mut self, id: H::Id, entries: Vec<Entry>) -> Result<(), Close> {
        for Entry { seq, frame, words } in entries {
            let Some(followed) = self.follows.get(id) else {
                return Ok(());
            };
            if seq <= followed.sent {
                continue;
            }
            followed.sent = seq;
            if words {
                followed.shown = seq;
            }
            if let Some(frame) = frame {
                self.line.say(frame).await?;
            }
        }
        Ok(())
    }

    async fn tell_deliveries(&mut self, id: H::Id, upto: u64) -> Result<(), Close> {
        if upto == 0 {
            return Ok(());
        }
        let frames = self
            .host
            .deliveries(id, upto.saturating_sub(LOOK_BACK) + 1, upto)
            .await;
        let old = frames.len().saturating_sub(DELIVERIES_TOLD);
        self.say_all(frames.into_iter().skip(old)).await
    }

    async fn say_all(
        &mut self,
        frames: impl IntoIterator<Item = String> + Send,
    ) -> Result<(), Close> {
        let frames: Vec<String> = frames.into_iter().collect();
        for frame in frames {
            self.line.say(frame).await?;
        }
        Ok(())
    }

    async fn take_news(&mut self, news: News<H::Id, H::Change, H::Cursors>) -> Result<(), Close> {
        if news.ended {
            return Err(Close::Token);
        }
        if news.lost {
            self.read_all_anew().await?;
        }
        for (id, change) in news.changes {
            self.take_change(id, change).await?;
        }
        for (id, seq) in news.deliveries {
            if self
                .follows
                .get(id)
                .is_some_and(|followed| seq <= followed.sent)
            {
                let frames = self.host.deliveries(id, seq, seq).await;
                self.say_all(frames).await?;
            }
        }
        for (id, cursors) in news.read_on {
            if self.follows.has(id) {
                let frames = self.host.read_on(id, cursors).await;
                self.say_all(frames).await?;
            }
        }
        self.say_all(news.frames).await?;
        self.mark_soon();
        self.show_rows().await
    }

    async fn take_change(&mut self, id: H::Id, change: H::Change) -> Result<(), Close> {
        if let Some(after) = self.follows.get(id).map(|followed| followed.sent) {
            match self.host.entries(&change, after) {
                Some(entries) => self.send_entries(id, entries).await?,
                None => {
                    let page = self.read(id, after).await?;
                    self.send_page(id, page).await?;
                }
            }
        }
        self.show_soon(id, Some(change));
        Ok(())
    }

    async fn read_all_anew(&mut self) -> Result<(), Close> {
        for id in self.follows.ids() {
            let Some(after) = self.follows.get(id).map(|followed| followed.sent) else {
                continue;
            };
            let page = self.read(id, after).await?;
            self.send_page(id, page).await?;
            self.tell_deliveries(id, after).await?;
            self.show_soon(id, None);
        }
        Ok(())
    }

    fn mark_soon(&mut self) {
        if self.marks_at.is_none() && self.follows.unmarked() {
            self.marks_at = Some(Instant::now() + MARK_AFTER);
        }
    }

    /// Keeps the latest state of a conversation to be shown: a change, or as it will stand then.
    fn show_soon(&mut self, id: H::Id, change: Option<H::Change>) {
        let words = change
            .as_ref()
            .is_some_and(|change| self.host.only_words(change));
        let every = if words { SHOW_WORDS_EVERY } else { SHOW_EVERY };
        let at = self.shown_at + every;
        self.rows_at = Some(self.rows_at.map_or(at, |rows_at| rows_at.min(at)));
        match self.rows.iter_mut().find(|(of, _)| *of == id) {
            Some((_, row)) => *row = row.take().and(change),
            None => self.rows.push((id, change)),
        }
    }

    async fn show_rows(&mut self) -> Result<(), Close> {
        let now = Instant::now();
        if self.rows_at.is_none_or(|at| now < at) {
            return Ok(());
        }
        (self.rows_at, self.shown_at) = (None, now);
        for (id, change) in std::mem::take(&mut self.rows) {
            let frame = match change {
                Some(change) => self.host.shown(change).await,
                None => self.host.stands(id).await,
            };
            if let Some(frame) = frame {
                self.line.say(frame).await?;
            }
        }
        Ok(())
    }
}

fn answer(body: &serde_json::Value) -> Answer {
    Answer {
        status: 200,
        body: to_raw_value(body).expect("a JSON value can be written"),
    }
}

#[cfg(test)]
mod tests;
