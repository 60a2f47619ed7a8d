//! Holds the logs, as they stand at the end, against what everybody was told.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;

use crate::record::Inner;

/// A conversation at the end.
pub struct Log {
    /// The phone that its visitor has, where it is one of those that the run began with.
    pub phone: Option<String>,
    /// As the operator sees it.
    pub conversation: Value,
    pub events: Vec<Value>,
}

/// Every rule that is broken, in words.
pub fn check(record: &Inner, logs: &BTreeMap<String, Log>) -> Vec<String> {
    let mut wrong = record.wrong.clone();
    for (id, log) in logs {
        wrong.extend(gapless(id, log));
        wrong.extend(one_active_leg(id, log));
        if log.phone.is_some() {
            wrong.extend(read_as_it_is(id, log, record));
        }
    }
    let places = Places::of(logs);
    wrong.extend(places.doubled());
    wrong.extend(acknowledged(record, &places));
    wrong.extend(heard(record, &places));
    wrong.extend(refused(record, &places));
    wrong.extend(phones(record, logs, &places));
    wrong
}

/// The log's `seq` has no gap and no repeat.
fn gapless(id: &str, log: &Log) -> Vec<String> {
    let seqs = log.events.iter().map(|event| event["seq"].as_u64());
    let mut wrong: Vec<String> = seqs
        .zip(1..)
        .filter(|(seq, place)| *seq != Some(*place))
        .take(1)
        .map(|(seq, place)| format!("{id}: event {place} of the log has seq {seq:?}"))
        .collect();
    if log.conversation["last_seq"].as_u64() != Some(log.events.len() as u64) {
        wrong.push(format!("{id}: last_seq is not the last event's"));
    }
    wrong
}

/// A conversation with a web leg always has exactly one active leg.
fn one_active_leg(id: &str, log: &Log) -> Option<String> {
    let active = log.conversation["legs"].as_array().map_or(0, |legs| {
        legs.iter().filter(|leg| leg["active"] == true).count()
    });
    let named = !log.conversation["active_leg"].is_null();
    (active != 1 || !named).then(|| format!("{id}: {active} legs are active"))
}

/// What an operator read on the socket, through all restarts, is the log.
fn read_as_it_is(id: &str, log: &Log, record: &Inner) -> Option<String> {
    let read = record.read.get(id).map_or(&[][..], Vec::as_slice);
    let same = |a: &Value, b: &Value| {
        ["seq", "kind", "text"]
            .iter()
            .all(|field| a[field] == b[field])
    };
    let first_wrong = read
        .iter()
        .zip(&log.events)
        .find(|(read, logged)| !same(read, logged));
    if let Some((read, logged)) = first_wrong {
        return Some(format!(
            "{id}: an operator read {read}, the log has {logged}"
        ));
    }
    (read.len() != log.events.len()).then(|| {
        format!(
            "{id}: an operator read {} events, the log has {}",
            read.len(),
            log.events.len()
        )
    })
}

/// Where each text stands: nobody writes the same twice.
struct Places<'l> {
    by_text: HashMap<&'l str, Vec<(&'l str, &'l Value)>>,
}

impl<'l> Places<'l> {
    fn of(logs: &'l BTreeMap<String, Log>) -> Self {
        let mut by_text: HashMap<&str, Vec<_>> = HashMap::new();
        for (id, log) in logs {
            for event in &log.events {
                if let Some(text) = event["text"]
                    .as_str()
                    .filter(|text| text.contains(" number "))
                {
                    by_text.entry(text).or_default().push((id.as_str(), event));
                }
            }
        }
        Self { by_text }
    }

    fn doubled(&self) -> Vec<String> {
        let doubled = self.by_text.iter().filter(|(_, places)| places.len() > 1);
        doubled
            .map(|(text, places)| format!("“{text}” is in the logs {} times", places.len()))
            .collect()
    }

    fn only(&self, text: &str) -> Option<(&'l str, &'l Value)> {
        self.by_text.get(text)?.first().copied()
    }

    fn seq(&self, text: &str) -> Option<u64> {
        self.only(text)?.1["seq"].as_u64()
    }
}

/// Every message we acknowledged is in the log, where the acknowledgement said, in the order in which its author said it.
fn acknowledged(record: &Inner, places: &Places<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut last: HashMap<(&str, &str), u64> = HashMap::new();
    for said in &record.said {
        match places.only(&said.text) {
            Some((id, event)) if id == said.conversation && event["seq"] == said.seq => {}
            Some((id, event)) => wrong.push(format!(
                "“{}” was acknowledged as {} {}, and is {id} {}",
                said.text, said.conversation, said.seq, event["seq"]
            )),
            None => wrong.push(format!("“{}” was acknowledged and is lost", said.text)),
        }
        let before = last.insert((&said.conversation, &said.author), said.seq);
        if before.is_some_and(|before| before >= said.seq) {
            wrong.push(format!(
                "“{}” stands before what its author said earlier",
                said.text
            ));
        }
    }
    wrong
}

/// Every text whose webhook was answered 200 is in the log, in the order in which it was written.
fn heard(record: &Inner, places: &Places<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (phone, texts) in &record.heard {
        let mut last = None;
        for text in texts.iter().filter(|text| text.contains(" number ")) {
            let seq = places.seq(text);
            if seq.is_none() {
                wrong.push(format!("“{text}” was taken from {phone} and is lost"));
            } else if seq <= last {
                wrong.push(format!("“{text}” stands before what {phone} wrote earlier"));
            }
            last = seq.or(last);
        }
    }
    wrong
}

/// What was refused for good is nowhere.
fn refused(record: &Inner, places: &Places<'_>) -> Vec<String> {
    let there = record
        .refused
        .iter()
        .filter(|text| places.only(text).is_some());
    there
        .map(|text| format!("“{text}” was refused and is in the log"))
        .collect()
}

/// No phone got one message twice, or out of order, or one that was not said to it.
fn phones(record: &Inner, logs: &BTreeMap<String, Log>, places: &Places<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut deliveries = HashSet::new();
    let mut last: HashMap<&str, u64> = HashMap::new();
    let home: HashMap<&str, &str> = logs
        .iter()
        .filter_map(|(id, log)| Some((log.phone.as_deref()?, id.as_str())))
        .collect();
    for texted in &record.texted {
        let (phone, text) = (texted.phone.as_str(), texted.text.as_str());
        if !deliveries.insert(&texted.delivery) {
            wrong.push(format!(
                "{phone} got “{text}” twice, as {}",
                texted.delivery
            ));
        }
        // A welcome is the same text each time, and overtakes.
        if !text.contains(" number ") {
            continue;
        }
        match places.only(text) {
            Some((id, event)) if home.get(phone) == Some(&id) && event["channel"] == "sms" => {
                let seq = event["seq"].as_u64().unwrap_or_default();
                if last.insert(phone, seq).is_some_and(|before| before >= seq) {
                    wrong.push(format!("{phone} got “{text}” after a later one"));
                }
            }
            place => wrong.push(format!(
                "{phone} got “{text}”, which was not said to it: {place:?}"
            )),
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::record::{Said, Texted};

    const PHONE: &str = "+14155550100";

    fn message(seq: u64, channel: &str, text: &str) -> Value {
        json!({"seq": seq, "kind": "message", "channel": channel, "text": text})
    }

    fn logs(events: Vec<Value>) -> BTreeMap<String, Log> {
        let conversation =
            json!({"last_seq": events.len(), "legs": [{"active": true}], "active_leg": {}});
        let log = Log {
            phone: Some(PHONE.into()),
            conversation,
            events,
        };
        BTreeMap::from([("c".to_owned(), log)])
    }

    fn told(logs: &BTreeMap<String, Log>) -> Inner {
        Inner {
            read: BTreeMap::from([("c".to_owned(), logs["c"].events.clone())]),
            ..Inner::default()
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

    fn texted(delivery: &str, text: &str) -> Texted {
        Texted {
            phone: PHONE.into(),
            delivery: delivery.into(),
            text: text.into(),
        }
    }

    fn broken(change: impl FnOnce(&mut Inner, &mut BTreeMap<String, Log>)) -> String {
        let mut logs = logs(vec![
            message(1, "web", "v number 1"),
            message(2, "sms", "o number 1"),
            message(3, "sms", "o number 2"),
        ]);
        let mut record = told(&logs);
        record.said = vec![said(1, "v number 1")];
        record.texted = vec![texted("c.2", "o number 1"), texted("c.3", "o number 2")];
        assert_eq!(check(&record, &logs), [""; 0]);
        change(&mut record, &mut logs);
        check(&record, &logs).join("; ")
    }

    #[test]
    fn a_lost_message_is_found() {
        let wrong = broken(|record, _| record.said.push(said(4, "v number 2")));
        assert!(wrong.contains("is lost"), "{wrong}");
    }

    #[test]
    fn a_doubled_message_is_found() {
        let wrong = broken(|record, logs| {
            *logs = self::logs(vec![
                message(1, "web", "v number 1"),
                message(2, "web", "v number 1"),
            ]);
            record.read = told(logs).read;
        });
        assert!(wrong.contains("2 times"), "{wrong}");
    }

    #[test]
    fn a_gap_is_found() {
        let wrong = broken(|_, logs| drop(logs.get_mut("c").map(|log| log.events.remove(1))));
        assert!(wrong.contains("has seq"), "{wrong}");
    }

    #[test]
    fn messages_out_of_order_are_found() {
        let wrong = broken(|record, _| {
            record.said = vec![said(3, "o number 2"), said(2, "o number 1")];
        });
        assert!(wrong.contains("said earlier"), "{wrong}");
    }

    #[test]
    fn a_text_that_came_twice_is_found() {
        let wrong = broken(|record, _| record.texted.push(texted("c.3", "o number 2")));
        assert!(wrong.contains("twice"), "{wrong}");
    }

    #[test]
    fn texts_out_of_order_are_found() {
        let wrong = broken(|record, _| record.texted.reverse());
        assert!(wrong.contains("after a later one"), "{wrong}");
    }

    #[test]
    fn what_was_said_on_the_web_and_came_to_a_phone_is_found() {
        let wrong = broken(|record, _| record.texted.push(texted("c.1", "v number 1")));
        assert!(wrong.contains("not said to it"), "{wrong}");
    }

    #[test]
    fn a_second_active_leg_is_found() {
        let wrong = broken(|_, logs| {
            if let Some(log) = logs.get_mut("c") {
                log.conversation["legs"] = json!([{"active": true}, {"active": true}]);
            }
        });
        assert!(wrong.contains("2 legs"), "{wrong}");
    }

    #[test]
    fn an_operator_who_missed_something_is_found() {
        let wrong = broken(|record, _| drop(record.read.get_mut("c").map(Vec::pop)));
        assert!(wrong.contains("read 2 events"), "{wrong}");
    }
}
