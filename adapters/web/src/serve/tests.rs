//! The loop's rules, on a wire in memory and with time moved by hand.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use serde_json::Value;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio::time::advance;

use super::*;

/// The server's end of a socket.
struct Wire {
    from_client: mpsc::UnboundedReceiver<Message>,
    to_client: mpsc::UnboundedSender<Message>,
    stuck: Arc<AtomicBool>,
}

impl Stream for Wire {
    type Item = Result<Message, ()>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.from_client
            .poll_recv(cx)
            .map(|message| message.map(Ok))
    }
}

impl Sink<Message> for Wire {
    type Error = ();

    fn poll_ready(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), ()>> {
        if self.stuck.load(Ordering::SeqCst) {
            Poll::Pending
        } else {
            Poll::Ready(Ok(()))
        }
    }

    fn start_send(self: Pin<&mut Self>, message: Message) -> Result<(), ()> {
        self.to_client.send(message).map_err(drop)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), ()>> {
        self.poll_ready(cx)
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Result<(), ()>> {
        Poll::Ready(Ok(()))
    }
}

/// A change of the one conversation: it added these entries.
type Change = Vec<u64>;

/// A server with one conversation, whose log the tests write; every fourth entry is not the reader's to see.
#[derive(Default)]
struct World {
    log: Mutex<u64>,
    news: Mutex<VecDeque<News<u8, Change, ()>>>,
    arrived: Notify,
    marks: Mutex<Vec<u64>>,
    shown: Mutex<u32>,
    only_words: Mutex<bool>,
}

impl World {
    /// Adds entries and tells of them.
    fn commit(&self, count: u64) {
        let change = self.write(count);
        self.tell(News {
            changes: vec![(1, change)],
            ..News::default()
        });
    }

    /// Adds entries whose hint is lost.
    fn write(&self, count: u64) -> Change {
        let mut last = self.log.lock().unwrap();
        *last += count;
        (*last - count + 1..=*last).collect()
    }

    fn tell(&self, news: News<u8, Change, ()>) {
        self.news.lock().unwrap().push_back(news);
        self.arrived.notify_one();
    }
}

struct Visit(Arc<World>);

fn entry(seq: u64) -> Entry {
    Entry {
        seq,
        frame: (!seq.is_multiple_of(4)).then(|| format!(r#"{{"type":"event","seq":{seq}}}"#)),
        words: true,
    }
}

impl Visit {
    fn read(&self, after: u64) -> Page {
        let last_seq = *self.0.log.lock().unwrap();
        let entries: Vec<Entry> = (after + 1..=last_seq).take(3).map(entry).collect();
        let more = entries.last().is_some_and(|entry| entry.seq < last_seq);
        Page {
            entries,
            more,
            last_seq,
            marked: 0,
        }
    }

    fn frame(&self) -> Option<String> {
        let mut shown = self.0.shown.lock().unwrap();
        *shown += 1;
        Some(format!(
            r#"{{"type":"conversation","last_seq":{}}}"#,
            self.0.log.lock().unwrap()
        ))
    }
}

impl Host for Visit {
    type Id = u8;
    type Change = Change;
    type Cursors = ();

    async fn welcome(&mut self, token: Option<String>) -> Result<String, Close> {
        if token.as_deref() == Some("good") {
            Ok(r#"{"type":"welcome"}"#.to_owned())
        } else {
            Err(Close::Token)
        }
    }

    async fn still_welcome(&mut self) -> bool {
        true
    }

    async fn follow(&mut self, conversation: &str, after: u64) -> Result<(u8, Page), Answer> {
        if conversation == "mine" {
            Ok((1, self.read(after)))
        } else {
            Err(Answer {
                status: 404,
                body: raw("null"),
            })
        }
    }

    fn ignore(&mut self, _: u8) {}

    async fn page(&mut self, _: u8, after: u64) -> Result<Page, Answer> {
        Ok(self.read(after))
    }

    async fn perform(&mut self, _: In) -> Answer {
        Answer {
            status: 200,
            body: raw("{}"),
        }
    }

    fn refuse(&self, _: &serde_json::Error) -> Answer {
        Answer {
            status: 422,
            body: raw("{}"),
        }
    }

    async fn news(&mut self) -> News<u8, Change, ()> {
        loop {
            if let Some(news) = self.0.news.lock().unwrap().pop_front() {
                return news;
            }
            self.0.arrived.notified().await;
        }
    }

    fn entries(&mut self, change: &Change, after: u64) -> Option<Vec<Entry>> {
        let joins = change.first().is_some_and(|first| *first <= after + 1);
        joins.then(|| {
            change
                .iter()
                .filter(|seq| **seq > after)
                .copied()
                .map(entry)
                .collect()
        })
    }

    fn only_words(&self, _: &Change) -> bool {
        *self.0.only_words.lock().unwrap()
    }

    async fn shown(&mut self, _: Change) -> Option<String> {
        self.frame()
    }

    async fn stands(&mut self, _: u8) -> Option<String> {
        self.frame()
    }

    async fn deliveries(&mut self, _: u8, from: u64, to: u64) -> Vec<String> {
        (from..=to)
            .map(|seq| format!(r#"{{"type":"delivery","seq":{seq}}}"#))
            .collect()
    }

    async fn read_on(&mut self, _: u8, (): ()) -> Vec<String> {
        Vec::new()
    }

    async fn mark(&mut self, _: u8, seq: u64) {
        self.0.marks.lock().unwrap().push(seq);
    }

    fn away(&self) -> u64 {
        700
    }
}

fn raw(text: &str) -> Box<serde_json::value::RawValue> {
    serde_json::from_str(text).unwrap()
}

/// The client's end.
struct Client {
    world: Arc<World>,
    says: mpsc::UnboundedSender<Message>,
    hears: mpsc::UnboundedReceiver<Message>,
    stuck: Arc<AtomicBool>,
    stop: CancellationToken,
    served: JoinHandle<Close>,
}

fn connect() -> Client {
    let (says, from_client) = mpsc::unbounded_channel();
    let (to_client, hears) = mpsc::unbounded_channel();
    let (world, stuck, stop) = (
        Arc::<World>::default(),
        Arc::<AtomicBool>::default(),
        CancellationToken::new(),
    );
    let wire = Wire {
        from_client,
        to_client,
        stuck: stuck.clone(),
    };
    let served = tokio::spawn(serve(
        wire,
        Visit(world.clone()),
        Terms { frames_per_10s: 20 },
        stop.clone(),
    ));
    Client {
        world,
        says,
        hears,
        stuck,
        stop,
        served,
    }
}

impl Client {
    fn say(&self, text: &str) {
        self.says.send(Message::Text(text.into())).unwrap();
    }

    /// The next frame, pings aside.
    async fn hear(&mut self) -> Message {
        loop {
            match self.hears.recv().await.expect("the socket is open") {
                Message::Ping(_) => {}
                message => return message,
            }
        }
    }

    async fn frame(&mut self) -> Value {
        match self.hear().await {
            Message::Text(text) => serde_json::from_str(&text).unwrap(),
            other => panic!("{other:?} is no text"),
        }
    }

    /// The places of the next events, up to one.
    async fn events_to(&mut self, last: u64) -> Vec<u64> {
        let mut events = Vec::new();
        while events.last() != Some(&last) {
            let frame = self.frame().await;
            if frame["type"] == "event" {
                events.push(frame["seq"].as_u64().unwrap());
            }
        }
        events
    }

    async fn closed(mut self) -> (Close, Option<u16>, String) {
        let (mut code, mut reason) = (None, String::new());
        while let Some(message) = self.hears.recv().await {
            if let Message::Close(Some(frame)) = message {
                (code, reason) = (Some(frame.code), frame.reason.to_string());
            }
        }
        (self.served.await.unwrap(), code, reason)
    }
}

const HELLO: &str = r#"{"type":"hello","token":"good"}"#;
const HELLO_AFTER_2: &str = r#"{"type":"hello","token":"good","after":{"mine":2}}"#;

#[tokio::test(start_paused = true)]
async fn who_says_nothing_is_closed() {
    let (close, code, _) = connect().closed().await;
    assert_eq!((close, code), (Close::NoHello, Some(4408)));
}

#[tokio::test(start_paused = true)]
async fn a_wrong_token_and_a_first_frame_that_is_no_hello_close_the_socket() {
    for (frame, code) in [
        (r#"{"type":"hello","token":"bad"}"#, 4401),
        (r#"{"type":"hello"}"#, 4401),
        (
            r#"{"type":"follow","id":"1","conversation":"mine","after":0}"#,
            4400,
        ),
        ("nonsense", 4400),
    ] {
        let client = connect();
        client.say(frame);
        assert_eq!(client.closed().await.1, Some(code), "{frame}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_resumes_sees_every_later_event_once_and_in_order() {
    let mut client = connect();
    client.world.write(9);
    client.say(HELLO_AFTER_2);
    assert_eq!(client.events_to(9).await, [3, 5, 6, 7, 9]);
}

#[tokio::test(start_paused = true)]
async fn a_gap_in_the_hints_is_filled_from_the_log() {
    let mut client = connect();
    client.world.write(2);
    client.say(HELLO_AFTER_2);
    while client.frame().await["type"] != "conversation" {}
    client.world.write(4);
    client.world.commit(1);
    assert_eq!(client.events_to(7).await, [3, 5, 6, 7]);
}

#[tokio::test(start_paused = true)]
async fn what_was_read_from_the_log_does_not_come_again_as_a_hint() {
    let mut client = connect();
    client.world.commit(2);
    client.world.commit(1);
    client.say(r#"{"type":"hello","token":"good","after":{"mine":0}}"#);
    assert_eq!(client.events_to(3).await, [1, 2, 3]);
    client.world.commit(2);
    assert_eq!(client.events_to(5).await, [5]);
}

#[tokio::test(start_paused = true)]
async fn when_hints_were_lost_everything_that_is_followed_is_read_anew() {
    let mut client = connect();
    client.world.write(2);
    client.say(HELLO_AFTER_2);
    while client.frame().await["type"] != "conversation" {}
    client.world.write(5);
    client.world.tell(News {
        lost: true,
        ..News::default()
    });
    assert_eq!(client.events_to(7).await, [3, 5, 6, 7]);
}

#[tokio::test(start_paused = true)]
async fn after_a_hello_the_fate_of_the_last_hundred_messages_is_told() {
    let mut client = connect();
    client.world.write(500);
    client.say(r#"{"type":"hello","token":"good","after":{"mine":500}}"#);
    let mut told = Vec::new();
    loop {
        let frame = client.frame().await;
        match frame["type"].as_str().unwrap() {
            "delivery" => told.push(frame["seq"].as_u64().unwrap()),
            "conversation" => break,
            _ => {}
        }
    }
    assert_eq!(told, (401..=500).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_command_is_answered_under_its_id_and_a_wrong_field_too() {
    let mut client = connect();
    client.say(HELLO);
    client.say(r#"{"type":"cancel","id":"a","conversation":"mine"}"#);
    client.say(r#"{"type":"cancel","id":7,"conversation":"mine","x":1}"#);
    client.say(r#"{"type":"follow","id":"c","conversation":"theirs","after":0}"#);
    client.say(r#"{"type":"typing","conversation":"mine","typing":true}"#);
    client.say(r#"{"type":"read","id":"d","conversation":"mine","seq":1}"#);
    assert_eq!(client.frame().await["type"], "welcome");
    for (id, status) in [
        (Value::from("a"), 200),
        (7.into(), 422),
        ("c".into(), 404),
        ("d".into(), 200),
    ] {
        let answer = client.frame().await;
        assert_eq!((&answer["id"], &answer["status"]), (&id, &status.into()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_reader_that_never_reads_is_closed_and_not_waited_for() {
    let mut client = connect();
    client.say(HELLO_AFTER_2.replace('2', "0").as_str());
    while client.frame().await["type"] != "conversation" {}
    client.stuck.store(true, Ordering::SeqCst);
    client.world.commit(1);
    let began = Instant::now();
    let (close, _, _) = client.closed().await;
    assert_eq!(close, Close::TooSlow);
    assert!(
        began.elapsed() < Duration::from_secs(15),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn who_is_silent_for_long_is_closed_and_who_answers_pings_is_not() {
    let silent = connect();
    silent.say(HELLO);
    assert_eq!(silent.closed().await.1, Some(4413));
    let mut answers = connect();
    answers.say(HELLO);
    for _ in 0..10 {
        while !matches!(answers.hears.recv().await.unwrap(), Message::Ping(_)) {}
        answers.says.send(Message::Pong(Vec::new().into())).unwrap();
    }
    answers.stop.cancel();
    assert_eq!(answers.closed().await.1, Some(1012));
}

#[tokio::test(start_paused = true)]
async fn too_many_frames_close_the_socket() {
    let client = connect();
    client.say(HELLO);
    for _ in 0..21 {
        client.say(r#"{"type":"typing","conversation":"mine","typing":true}"#);
    }
    assert_eq!(client.closed().await.1, Some(4429));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_stops_says_when_to_come_back() {
    let mut client = connect();
    client.say(HELLO);
    client.frame().await;
    client.stop.cancel();
    let (_, code, reason) = client.closed().await;
    assert_eq!(
        (code, reason.as_str()),
        (Some(1012), r#"{"reconnect_after_ms": 700}"#)
    );
}

#[tokio::test(start_paused = true)]
async fn a_session_that_ended_closes_its_socket() {
    let mut client = connect();
    client.say(HELLO);
    client.frame().await;
    client.world.tell(News {
        ended: true,
        ..News::default()
    });
    assert_eq!(client.closed().await.1, Some(4401));
}

/// How often a conversation is shown that changes a hundred times in a second.
async fn shown_in_a_second(only_words: bool) -> u32 {
    let mut client = connect();
    *client.world.only_words.lock().unwrap() = only_words;
    client.say(HELLO);
    client.frame().await;
    for _ in 0..100 {
        client.world.commit(1);
        advance(Duration::from_millis(10)).await;
        tokio::task::yield_now().await;
    }
    while client.frame().await["last_seq"] != 100 {}
    *client.world.shown.lock().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_conversation_is_shown_at_most_four_times_a_second_and_its_last_state_always() {
    let shown = shown_in_a_second(false).await;
    assert!((4..=6).contains(&shown), "{shown}");
}

#[tokio::test(start_paused = true)]
async fn words_that_are_sent_by_themselves_show_their_conversation_once_a_second() {
    let shown = shown_in_a_second(true).await;
    assert!((1..=3).contains(&shown), "{shown}");
}

#[tokio::test(start_paused = true)]
async fn what_was_shown_is_written_down_once_for_many() {
    let mut client = connect();
    client.say(HELLO_AFTER_2.replace('2', "0").as_str());
    while client.frame().await["type"] != "conversation" {}
    for seq in 1..=3 {
        client.world.commit(1);
        client.events_to(seq).await;
    }
    assert!(client.world.marks.lock().unwrap().is_empty());
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(*client.world.marks.lock().unwrap(), [3]);
}
