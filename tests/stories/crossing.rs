//! Anything to anything: every ordered pair of channels, with its way back, its failure and its restart; and chains of them.

use std::time::Duration;

use serde_json::{Value, json};

use crate::world::{PHONE, Person, SHOP, SHOP_WHATSAPP, World, until};

/// Somewhere that a visitor can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    /// The channel's word.
    channel: &'static str,
    /// Our own number there; none for the window.
    shop: Option<&'static str>,
}

/// Every channel there is.
const PLACES: [Place; 3] = [
    Place {
        channel: "web",
        shop: None,
    },
    Place {
        channel: "sms",
        shop: Some(SHOP),
    },
    Place {
        channel: "whatsapp",
        shop: Some(SHOP_WHATSAPP),
    },
];

/// A world in whose window of a switch a busy machine finds time for a restart.
async fn unhurried() -> World {
    World::with(|config| config.switch.revert_window = Duration::from_secs(60)).await
}

fn pairs() -> impl Iterator<Item = (Place, Place)> {
    let to = |from| PLACES.into_iter().map(move |to| (from, to));
    PLACES
        .into_iter()
        .flat_map(to)
        .filter(|(from, to)| from != to)
}

/// A chat between a visitor and an operator, who both may be anywhere.
struct Chat<'w> {
    world: &'w World,
    visitor: Person<'w>,
    ada: Person<'w>,
    id: String,
}

impl<'w> Chat<'w> {
    async fn on_web(world: &'w World) -> Self {
        let visitor = world.visitor().await;
        let ada = world.ada().await;
        let id = visitor.begins("hello").await;
        ada.says(&id, "good day").await.is(201);
        Self {
            world,
            visitor,
            ada,
            id,
        }
    }

    /// The visitor asks to go on somewhere.
    async fn asks_for(&self, place: Place) {
        let address = place.shop.map(|_| PHONE);
        self.visitor
            .switches(&self.id, place.channel, address)
            .await
            .is(202);
    }

    /// The visitor goes on somewhere, and the window in which that can be put back is over.
    async fn settles_at(&self, place: Place) {
        if self.active().await == place.channel {
            return;
        }
        self.asks_for(place).await;
        self.arrives_at(place).await;
        self.is_answered_from(place).await;
        self.world.pass(62_000);
        self.visitor
            .waits(&self.id, |now| now["switch"]["phase"] == "settled")
            .await;
    }

    async fn arrives_at(&self, place: Place) {
        self.visitor
            .waits(&self.id, |now| {
                now["switch"]["phase"] == "reversible"
                    && now["active_leg"]["channel"] == place.channel
            })
            .await;
    }

    async fn active(&self) -> String {
        let now = self.visitor.sees(&self.id).await;
        let channel = now["active_leg"]["channel"].as_str();
        channel.unwrap_or_default().to_owned()
    }

    /// The visitor says something where they are.
    async fn is_answered_from(&self, place: Place) {
        let text = format!("here by {}", crate::world::fresh());
        match place.shop {
            Some(shop) => self.world.text_to(PHONE, shop, &text).await,
            None => drop(self.visitor.says(&self.id, &text).await.is(201)),
        }
        let line = format!("visitor {} {text}", place.channel);
        self.ada.hears(&self.id, &line).await;
    }

    /// What the operator says reaches the visitor there, and no phone besides.
    async fn reaches(&self, place: Place) {
        let text = format!("to {} {}", place.channel, crate::world::fresh());
        self.ada.says(&self.id, &text).await.is(201);
        self.visitor
            .hears(&self.id, &format!("operator {} {text}", place.channel))
            .await;
        for other in PLACES.into_iter().filter_map(|place| place.shop) {
            let there = async || {
                let received = self.world.received_from(PHONE, other).await;
                received.contains(&text)
            };
            if place.shop == Some(other) {
                until("the operator's words are on the phone", there).await;
            } else {
                assert!(!there().await, "{text} went to {other} too");
            }
        }
    }
}

#[tokio::test]
async fn every_channel_leads_to_every_other_and_the_operator_need_not_notice() {
    for (from, to) in pairs() {
        let world = unhurried().await;
        let chat = Chat::on_web(&world).await;
        chat.settles_at(from).await;
        chat.asks_for(to).await;
        chat.arrives_at(to).await;
        chat.is_answered_from(to).await;
        chat.reaches(to).await;
    }
}

#[tokio::test]
async fn every_switch_can_be_put_back_and_loses_nothing_that_was_said() {
    for (from, to) in pairs() {
        let world = unhurried().await;
        let chat = Chat::on_web(&world).await;
        chat.settles_at(from).await;
        chat.asks_for(to).await;
        chat.arrives_at(to).await;
        chat.is_answered_from(to).await;
        let said = chat.ada.said(&chat.id).await;
        chat.visitor.reverts(&chat.id).await.is(200);
        assert_eq!(chat.active().await, from.channel, "{from:?} {to:?}");
        chat.reaches(from).await;
        assert!(chat.ada.said(&chat.id).await.starts_with(&said));
    }
}

#[tokio::test]
async fn a_switch_that_is_refused_moves_nothing_and_says_why() {
    for (from, to) in pairs().filter(|(_, to)| to.shop.is_some()) {
        let world = unhurried().await;
        let chat = Chat::on_web(&world).await;
        chat.settles_at(from).await;
        // Both providers' codes for a number that cannot be reached.
        let code = if to.channel == "sms" { 21614 } else { 131_026 };
        world.faults(json!({ "refuse": code })).await;
        chat.asks_for(to).await;
        let seen = chat
            .ada
            .waits(&chat.id, |now| {
                now["switch"]["outcome"] == "failed" || now["switch"]["outcome"] == "lost"
            })
            .await;
        assert_eq!(seen["switch"]["reason"], "bad_recipient", "{from:?} {to:?}");
        assert_eq!(chat.active().await, from.channel);
        world.faults(json!({})).await;
        chat.reaches(from).await;
    }
}

#[tokio::test]
async fn a_restart_in_the_window_changes_nothing() {
    for (from, to) in pairs() {
        let mut world = unhurried().await;
        let id = {
            let chat = Chat::on_web(&world).await;
            chat.settles_at(from).await;
            chat.asks_for(to).await;
            chat.arrives_at(to).await;
            (chat.id, chat.visitor.token, chat.ada.token)
        };
        world.restart().await;
        let (id, visitor, ada) = id;
        let chat = Chat {
            visitor: world.who_has(visitor),
            ada: world.who_has(ada),
            world: &world,
            id,
        };
        chat.arrives_at(to).await;
        chat.visitor.reverts(&chat.id).await.is(200);
        assert_eq!(chat.active().await, from.channel);
        // The phones are new: who has written to them the network does not know any more.
        chat.is_answered_from(from).await;
        chat.reaches(from).await;
    }
}

#[tokio::test]
async fn ten_switches_in_a_row_end_where_the_last_one_led() {
    let world = unhurried().await;
    let chat = Chat::on_web(&world).await;
    let [web, sms, whatsapp] = PLACES;
    let way = [
        sms, whatsapp, web, whatsapp, sms, web, sms, web, whatsapp, web,
    ];
    for place in way {
        chat.settles_at(place).await;
        chat.reaches(place).await;
    }
    let log: Vec<Value> = chat.ada.log(&chat.id).await;
    let switched = log.iter().filter(|event| event["kind"] == "switched");
    assert_eq!(switched.count(), way.len());
    for (place, event) in (1..).zip(&log) {
        assert_eq!(event["seq"], place, "no gap and no repeat");
    }
}
