use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Log, Pictures, check};
use crate::picture;
use crate::record::{Code, Consent, Inner, START, STOP, Said, Texted};

const PHONE: &str = "+14155550100";
const OTHER: &str = "+14155550101";
const SHOWN: &str = "v number 2 with a picture";

/// What people were told, and what stands in the logs.
struct Run {
    record: Inner,
    logs: BTreeMap<String, Log>,
    pictures: Pictures,
    now: Instant,
}

fn message(seq: u64, channel: &str, text: &str) -> Value {
    json!({"seq": seq, "kind": "message", "channel": channel, "text": text, "delivery": {"state": "delivered"}})
}

/// What somebody wrote on a phone.
fn written(seq: u64, channel: &str, text: &str) -> Value {
    json!({"seq": seq, "kind": "message", "channel": channel, "text": text, "author": {"kind": "visitor"}})
}

fn log(followed: bool, events: Vec<Value>) -> Log {
    let legs = json!([{"active": true, "channel": "web"}]);
    let conversation = json!({"last_seq": events.len(), "legs": legs, "active_leg": {}});
    Log {
        followed,
        conversation,
        events,
    }
}

fn said(seq: u64, text: &str) -> Said {
    Said {
        conversation: "c".into(),
        author: "visitor".into(),
        text: text.into(),
        seq,
    }
}

impl Run {
    /// One in which all is well.
    fn well() -> Self {
        let mut shown = message(4, "web", SHOWN);
        shown["attachments"] = json!([{"id": "a", "state": "here"}]);
        let events = vec![
            message(1, "web", "v number 1"),
            message(2, "sms", "o number 1"),
            message(3, "sms", "o number 2"),
            shown,
            written(5, "sms", "code number 1"),
        ];
        let now = Instant::now();
        let read = BTreeMap::from([("c".to_owned(), events.clone())]);
        let strange = vec![written(1, "sms", "again number 1")];
        let logs = BTreeMap::from([
            ("c".to_owned(), log(true, events)),
            ("d".to_owned(), log(false, strange)),
        ]);
        let mut run = Self {
            record: Inner {
                read,
                said: vec![said(1, "v number 1")],
                homes: BTreeMap::from([(PHONE.to_owned(), "c".to_owned())]),
                heard: BTreeMap::from([(("sms", PHONE.to_owned()), vec!["code number 1".into()])]),
                receipts: BTreeMap::from([("c-2".to_owned(), 6)]),
                codes: vec![Code {
                    conversation: "c".into(),
                    text: "code number 1".into(),
                    again: Some("again number 1".into()),
                }],
                ..Inner::default()
            },
            logs,
            pictures: BTreeMap::from([("a".to_owned(), Ok(picture::of(SHOWN)))]),
            now,
        };
        run.brings(1, "c-2", "o number 1");
        run.brings(4, "c-3", "o number 2");
        run
    }

    fn at(&self, second: u64) -> Instant {
        self.now + Duration::from_secs(second)
    }

    /// The carrier is asked to bring a text.
    fn brings(&mut self, second: u64, delivery: &str, text: &str) {
        let texted = Texted {
            channel: "sms",
            connection: "acme-sms",
            phone: PHONE.into(),
            delivery: delivery.into(),
            text: text.into(),
            at: self.at(second),
        };
        self.record.texted.push(texted);
    }

    /// Somebody says STOP or START, and is answered a second later.
    fn asks(&mut self, second: u64, word: &str) {
        let mut consent = Consent::of(word, "sms", PHONE).expect("a word of consent");
        consent.begun = self.at(second);
        consent.taken = Some(self.at(second + 1));
        self.record.consents.push(consent);
    }

    fn log(&mut self, id: &str) -> &mut Log {
        self.logs.get_mut(id).expect("it is there")
    }

    fn checked(&self) -> Vec<String> {
        check(&self.record, &self.logs, &self.pictures)
    }
}

fn broken(change: impl FnOnce(&mut Run)) -> String {
    let mut run = Run::well();
    assert_eq!(run.checked(), [""; 0]);
    change(&mut run);
    run.checked().join("; ")
}

#[track_caller]
fn finds(what: &str, change: impl FnOnce(&mut Run)) {
    let wrong = broken(change);
    assert!(wrong.contains(what), "{wrong:?}");
}

#[test]
fn a_lost_message_is_found() {
    finds("is lost", |run| run.record.said.push(said(4, "v number 9")));
}

#[test]
fn a_doubled_message_is_found() {
    finds("2 times", |run| {
        run.log("d").events.push(message(2, "sms", "o number 1"));
    });
}

#[test]
fn a_gap_is_found() {
    finds("has seq", |run| drop(run.log("c").events.remove(1)));
}

#[test]
fn messages_out_of_order_are_found() {
    finds("said earlier", |run| {
        run.record.said = vec![said(3, "o number 2"), said(2, "o number 1")];
    });
}

#[test]
fn what_a_phone_wrote_and_is_lost_is_found() {
    finds("is lost", |run| {
        let heard = run.record.heard.values_mut().next();
        heard.expect("a phone").push("from number 9".into());
    });
}

#[test]
fn a_text_that_came_twice_is_found() {
    finds("twice", |run| run.brings(5, "c-3", "o number 2"));
}

#[test]
fn texts_out_of_order_are_found() {
    finds("after a later one", |run| run.record.texted.reverse());
}

#[test]
fn what_was_said_on_the_web_and_came_to_a_phone_is_found() {
    finds("not said to it", |run| run.brings(5, "c-1", "v number 1"));
}

#[test]
fn what_came_to_anybody_elses_phone_is_found() {
    finds("not said to it", |run| {
        run.record.homes.insert(PHONE.into(), "d".into());
    });
}

#[test]
fn a_second_active_leg_is_found_and_a_window_without_one() {
    finds("2 legs", |run| {
        run.log("c").conversation["legs"] = json!([{"active": true}, {"active": true}]);
    });
    finds("0 legs", |run| {
        run.log("c").conversation["legs"] = json!([{"active": false, "channel": "web"}]);
        run.log("c").conversation["active_leg"] = Value::Null;
    });
}

#[test]
fn an_operator_who_missed_something_is_found() {
    finds("read 4 events", |run| {
        drop(run.record.read.get_mut("c").map(Vec::pop));
    });
}

#[test]
fn what_is_brought_after_a_stop_was_answered_is_found() {
    finds("had stopped sms", |run| run.asks(2, STOP));
    // In time: still to be answered, another channel, or taken back.
    assert_eq!(broken(|run| run.asks(3, STOP)), "");
    assert_eq!(
        broken(|run| {
            run.asks(1, STOP);
            run.asks(3, START);
        }),
        ""
    );
    finds("had stopped sms", |run| {
        run.asks(1, START);
        run.asks(2, STOP);
    });
}

#[test]
fn a_report_that_was_answered_and_forgotten_is_found() {
    finds("reads delivered", |run| {
        run.record.receipts.insert("c-2".into(), 7);
    });
    finds("is in no log", |run| {
        run.record.receipts.insert("c-9".into(), 6);
    });
}

#[test]
fn what_reads_as_sent_and_never_went_is_found() {
    finds("never got what c says", |run| {
        drop(run.record.texted.remove(0))
    });
    finds("never got what d says", |run| {
        let text = "o number 3";
        run.log("d").events.push(message(2, "telegram", text));
        run.log("d").conversation["last_seq"] = json!(2);
    });
    let by_its_words = broken(|run| {
        let text = "o number 3";
        run.record.homes.insert(OTHER.into(), "d".into());
        run.log("d").events.push(message(2, "telegram", text));
        run.log("d").conversation["last_seq"] = json!(2);
        run.brings(5, "", text);
        let texted = run.record.texted.last_mut().expect("it was brought");
        (texted.channel, texted.phone) = ("telegram", OTHER.into());
    });
    assert_eq!(by_its_words, "");
}

#[test]
fn a_bot_that_was_let_write_again_may() {
    let start = Consent::of("/start Chat-1", "telegram", PHONE).expect("a word of consent");
    assert!(!start.stops);
    assert!(Consent::of("o number 1", "telegram", PHONE).is_none());
}

#[test]
fn a_code_that_led_elsewhere_or_worked_twice_is_found() {
    finds("not in d", |run| {
        run.record.codes[0].conversation = "d".into();
        run.record.codes[0].again = None;
    });
    finds("a second time", |run| {
        run.record.codes[0].again = Some("o number 1".into());
    });
}

#[test]
fn a_picture_that_is_not_there_is_found() {
    finds("other bytes", |run| {
        run.pictures.insert("a".into(), Ok(vec![1]));
    });
    finds("answered Some(Err(404))", |run| {
        run.pictures.insert("a".into(), Err(404));
    });
    finds("0 pictures", |run| {
        run.log("c").events[3]["attachments"] = Value::Null;
    });
    finds("gone, kept", |run| {
        run.log("c").events[3]["attachments"][0]["state"] = json!("gone");
    });
    finds("here, lost", |run| {
        run.record.lost.insert(SHOWN.to_owned());
    });
}
