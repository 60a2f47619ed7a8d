//! Every number that `/metrics` shows: one function each, so that a name and its labels stand in one place.
//!
//! Labels are words of ours (channels, connections, outcomes, routes), never an id, an address or a path: their number is
//! bounded by the configuration and the code.

use std::sync::OnceLock;
use std::time::Duration;

use ::metrics::{
    Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

const MESSAGES: &str = "switchboard_messages_total";
const SWITCHES: &str = "switchboard_switches_total";
const COMMIT: &str = "switchboard_commit_seconds";
const HTTP: &str = "switchboard_http_seconds";
const OUTBOX_AGE: &str = "switchboard_outbox_age_seconds";
const OUTBOX_DEPTH: &str = "switchboard_outbox_depth";
const WEBHOOKS: &str = "switchboard_webhooks_total";
const DELIVERIES: &str = "switchboard_deliveries_total";
const SOCKETS: &str = "switchboard_sockets";
const SICK: &str = "switchboard_connection_sick";
const ALARMS: &str = "switchboard_alarms_total";
const CHALLENGES: &str = "switchboard_challenges_total";
const RECONCILED: &str = "switchboard_reconciled_total";
const PROVIDER: &str = "switchboard_provider_seconds";

/// Upper bounds in seconds: from one commit in memory to the longest call that a provider is given.
const BUCKETS: [f64; 16] = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
    10.0, 30.0,
];

/// The numbers of this process.
pub struct Metrics {
    handle: PrometheusHandle,
}

impl Metrics {
    /// All of them in Prometheus' text format, version 0.0.4.
    #[must_use]
    pub fn render(&self) -> String {
        self.handle.render()
    }

    /// Folds what was measured since the last call into the histograms. To be called every few seconds: between calls each
    /// measurement is kept by itself, whether somebody scrapes or not.
    pub fn upkeep(&self) {
        self.handle.run_upkeep();
    }
}

/// The numbers of this process; the first call starts them, and what was counted before is not in them.
pub fn metrics() -> &'static Metrics {
    static METRICS: OnceLock<Metrics> = OnceLock::new();
    METRICS.get_or_init(|| {
        let recorder = builder().build_recorder();
        let handle = recorder.handle();
        // Only a program that embeds this crate and has a recorder of its own comes second: its own goes on.
        let _ = ::metrics::set_global_recorder(recorder);
        describe();
        Metrics { handle }
    })
}

/// Which way a message went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// A visitor wrote.
    In,
    /// An operator or the product wrote.
    Out,
}

/// Whose socket it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SocketKind {
    /// A chat window.
    Visitor,
    /// A console.
    Operator,
}

/// A message stands in a log.
pub fn message(direction: Direction, channel: &str) {
    let direction = match direction {
        Direction::In => "in",
        Direction::Out => "out",
    };
    counter!(MESSAGES, "direction" => direction, "channel" => channel.to_owned()).increment(1);
}

/// A switch to `channel` came to an end or to a turn: `asked`, `accepted`, `reverted`, `cancelled`, or the reason of its failure.
pub fn switch(channel: &str, outcome: &'static str) {
    counter!(SWITCHES, "channel" => channel.to_owned(), "outcome" => outcome).increment(1);
}

/// A group of commands was committed.
pub fn commit(took: Duration) {
    histogram!(COMMIT).record(took);
}

/// A request was answered. `route` is the pattern of the route table, never the path.
pub fn http(method: &'static str, route: &str, status: u16, took: Duration) {
    histogram!(HTTP, "method" => method, "route" => route.to_owned(), "status" => status.to_string()).record(took);
}

/// How much waits to be handed to providers, and for how long the oldest of it has waited.
pub fn outbox(depth: u64, age: Duration) {
    gauge!(OUTBOX_DEPTH).set(depth as f64);
    gauge!(OUTBOX_AGE).set(age);
}

/// A provider called: `accepted`, `duplicate`, `unsigned`, `forged`, `malformed`, `unavailable`, …
pub fn webhook(connection: &str, outcome: &'static str) {
    counter!(WEBHOOKS, "connection" => connection.to_owned(), "outcome" => outcome).increment(1);
}

/// A delivery reached a state.
pub fn delivery(channel: &str, state: &'static str) {
    counter!(DELIVERIES, "channel" => channel.to_owned(), "state" => state).increment(1);
}

/// A provider answered a call of ours: `accepted`, `rejected`, `throttled`, `unavailable`, `unknown`.
pub fn provider(connection: &str, outcome: &'static str, took: Duration) {
    histogram!(PROVIDER, "connection" => connection.to_owned(), "outcome" => outcome).record(took);
}

/// Whether the provider says that a connection's account, number or credentials are at fault.
pub fn sick(connection: &str, sick: bool) {
    gauge!(SICK, "connection" => connection.to_owned()).set(if sick { 1.0 } else { 0.0 });
}

/// An alarm was raised: `few_answers`, `spend_near_limit`, `connection_sick`, `webhook_gap`.
pub fn alarm(kind: &'static str) {
    counter!(ALARMS, "kind" => kind).increment(1);
}

/// A switch came where a challenge is asked for: `asked`, `met`, `wrong`, `expired`, `used`.
pub fn challenge(outcome: &'static str) {
    counter!(CHALLENGES, "outcome" => outcome).increment(1);
}

/// Messages were found in a provider's list that no webhook had brought.
pub fn reconciled(connection: &str, found: u64) {
    counter!(RECONCILED, "connection" => connection.to_owned()).increment(found);
}

/// Counts a socket as open for as long as it is kept.
#[must_use = "the socket counts as closed when this is dropped"]
pub struct OpenSocket {
    gauge: ::metrics::Gauge,
}

impl OpenSocket {
    /// A socket has opened.
    pub fn new(kind: SocketKind) -> Self {
        let kind = match kind {
            SocketKind::Visitor => "visitor",
            SocketKind::Operator => "operator",
        };
        let gauge = gauge!(SOCKETS, "kind" => kind);
        gauge.increment(1.0);
        Self { gauge }
    }
}

impl Drop for OpenSocket {
    fn drop(&mut self) {
        self.gauge.decrement(1.0);
    }
}

fn builder() -> PrometheusBuilder {
    [COMMIT, HTTP, PROVIDER]
        .into_iter()
        .fold(PrometheusBuilder::new(), |builder, name| {
            builder
                .set_buckets_for_metric(Matcher::Full(name.to_owned()), &BUCKETS)
                .expect("the list of buckets is not empty")
        })
}

fn describe() {
    describe_counter!(MESSAGES, "Messages that stand in a log.");
    describe_counter!(SWITCHES, "Switches by channel and how they went.");
    describe_histogram!(
        COMMIT,
        Unit::Seconds,
        "Time that a group of commands took to be stored."
    );
    describe_histogram!(HTTP, Unit::Seconds, "Time that requests took, by route.");
    describe_gauge!(
        OUTBOX_AGE,
        Unit::Seconds,
        "How long the oldest message has waited to be handed to its provider."
    );
    describe_gauge!(
        OUTBOX_DEPTH,
        "Messages that wait to be handed to their provider."
    );
    describe_counter!(WEBHOOKS, "Calls of providers and what we made of them.");
    describe_counter!(DELIVERIES, "Deliveries by the state that they reached.");
    describe_gauge!(SOCKETS, "Open sockets.");
    describe_gauge!(
        SICK,
        "1 while a provider says that a connection's account is at fault."
    );
    describe_counter!(ALARMS, "Alarms that were raised, by kind.");
    describe_counter!(CHALLENGES, "Challenges of visitors and how they went.");
    describe_counter!(
        RECONCILED,
        "Messages that no webhook brought and the provider's list had."
    );
    describe_histogram!(
        PROVIDER,
        Unit::Seconds,
        "Time that providers took to answer us."
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(measure: impl FnOnce()) -> String {
        let recorder = builder().build_recorder();
        ::metrics::with_local_recorder(&recorder, || {
            describe();
            measure();
        });
        recorder.handle().render()
    }

    #[test]
    fn every_number_is_shown_by_its_name_and_labels() {
        let took = Duration::from_millis(3);
        let mut socket = None;
        let text = rendered(|| {
            message(Direction::In, "sms");
            message(Direction::Out, "web");
            switch("sms", "reverted");
            commit(took);
            http("POST", "/v1/conversations/{id}/switch", 202, took);
            outbox(7, Duration::from_secs(90));
            webhook("acme-sms", "forged");
            delivery("sms", "delivered");
            provider("acme-sms", "accepted", took);
            sick("acme-sms", true);
            alarm("few_answers");
            challenge("met");
            reconciled("acme-sms", 2);
            socket = Some(OpenSocket::new(SocketKind::Visitor));
            drop(OpenSocket::new(SocketKind::Operator));
        });
        for line in [
            r#"switchboard_messages_total{direction="in",channel="sms"} 1"#,
            r#"switchboard_messages_total{direction="out",channel="web"} 1"#,
            r#"switchboard_switches_total{channel="sms",outcome="reverted"} 1"#,
            r#"switchboard_commit_seconds_bucket{le="0.005"} 1"#,
            r#"switchboard_http_seconds_count{method="POST",route="/v1/conversations/{id}/switch",status="202"} 1"#,
            "switchboard_outbox_depth 7",
            "switchboard_outbox_age_seconds 90",
            r#"switchboard_webhooks_total{connection="acme-sms",outcome="forged"} 1"#,
            r#"switchboard_deliveries_total{channel="sms",state="delivered"} 1"#,
            r#"switchboard_provider_seconds_bucket{connection="acme-sms",outcome="accepted",le="0.0025"} 0"#,
            r#"switchboard_sockets{kind="visitor"} 1"#,
            r#"switchboard_connection_sick{connection="acme-sms"} 1"#,
            r#"switchboard_alarms_total{kind="few_answers"} 1"#,
            r#"switchboard_challenges_total{outcome="met"} 1"#,
            r#"switchboard_reconciled_total{connection="acme-sms"} 2"#,
            r#"switchboard_sockets{kind="operator"} 0"#,
        ] {
            assert!(
                text.lines().any(|shown| shown == line),
                "{line} is not in:\n{text}"
            );
        }
        let described = text
            .lines()
            .filter(|line| line.starts_with("# HELP"))
            .count();
        assert_eq!(described, 14, "{text}");
    }

    #[test]
    fn the_numbers_of_a_process_are_one() {
        assert!(std::ptr::eq(metrics(), metrics()));
        commit(Duration::from_millis(1));
        metrics().upkeep();
        assert!(
            metrics()
                .render()
                .contains("switchboard_commit_seconds_count")
        );
    }
}
