//! Anything to anything: every ordered pair of channels, with its way back, its failure and its restart; and chains of them.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use switchboard::config::Config;

use crate::whatsapp::through_twilio;
use crate::world::{PHONE, Person, SHOP, SHOP_BOT, SHOP_WHATSAPP, World, until};

/// Somewhere that a visitor can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    /// The channel's word.
    channel: &'static str,
    /// Our own number there; none for the window.
    shop: Option<&'static str>,
    /// How one gets there.
    way: Way,
}

/// How a visitor goes on somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// It is there.
    Window,
    /// They give their number, and a welcome goes there.
    Number {
        /// The provider's code for a number that cannot be reached.
        unreachable: u32,
    },
    /// They open a link on their phone and write first.
    Link {
        /// What their phone puts before the text of the link.
        before: &'static str,
    },
}

const WEB: Place = Place {
    channel: "web",
    shop: None,
    way: Way::Window,
};
const SMS: Place = Place {
    channel: "sms",
    shop: Some(SHOP),
    way: Way::Number { unreachable: 21614 },
};
const WHATSAPP: Place = Place {
    channel: "whatsapp",
    shop: Some(SHOP_WHATSAPP),
    way: Way::Number {
        unreachable: 131_026,
    },
};
const TELEGRAM: Place = Place {
    channel: "telegram",
    shop: Some(SHOP_BOT),
    way: Way::Link { before: "/start " },
};
/// The same number on WhatsApp by another provider, in a shop of its own.
const WHATSAPP_BY_TWILIO: Place = Place {
    way: Way::Number { unreachable: 63024 },
    ..WHATSAPP
};

/// A shop: where it can be reached, and how the demonstration's configuration becomes its own.
#[derive(Clone, Copy)]
struct Shop {
    places: [Place; 4],
    configure: fn(&mut Config),
}

const BY_META: Shop = Shop {
    places: [WEB, SMS, WHATSAPP, TELEGRAM],
    configure: |_| {},
};
const BY_TWILIO: Shop = Shop {
    places: [WEB, SMS, WHATSAPP_BY_TWILIO, TELEGRAM],
    configure: through_twilio,
};

/// Every way to go, in the shop where it is gone: what has nothing to do with WhatsApp is the same in both.
fn pairs() -> Vec<(Shop, Place, Place)> {
    let all = |shop: Shop| {
        let to = move |from| shop.places.into_iter().map(move |to| (shop, from, to));
        let apart = |(_, from, to): &(Shop, Place, Place)| from != to;
        shop.places.into_iter().flat_map(to).filter(apart)
    };
    let is_new = |(_, from, to): &(Shop, Place, Place)| [*from, *to].contains(&WHATSAPP_BY_TWILIO);
    all(BY_META).chain(all(BY_TWILIO).filter(is_new)).collect()
}

/// A world in whose window of a switch a busy machine finds time for a restart.
async fn unhurried(shop: Shop) -> World {
    World::with(|config| {
        config.switch.revert_window = Duration::from_secs(60);
        (shop.configure)(config);
    })
    .await
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
        let to = |address| self.visitor.switches(&self.id, place.channel, address);
        match place.way {
            Way::Window => drop(to(None).await.is(202)),
            Way::Number { .. } => drop(to(Some(PHONE)).await.is(202)),
            Way::Link { before } => {
                let text = self.code_for(place).await;
                self.writes(place, &format!("{before}{text}")).await;
            }
        }
    }

    /// The text of a new link.
    async fn code_for(&self, place: Place) -> String {
        let link = self.visitor.asks_for_a_link(&self.id, place.channel).await;
        link["text"].as_str().expect("a text").to_owned()
    }

    /// Something is written on the phone.
    async fn writes(&self, place: Place, text: &str) {
        let shop = place.shop.expect("a phone writes to a number");
        self.world.text_to(PHONE, shop, text).await;
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
        for other in [SHOP, SHOP_WHATSAPP, SHOP_BOT] {
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
    for (shop, from, to) in pairs() {
        let world = unhurried(shop).await;
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
    for (shop, from, to) in pairs() {
        let world = unhurried(shop).await;
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
    for (shop, from, to) in pairs() {
        let Way::Number { unreachable } = to.way else {
            continue;
        };
        let world = unhurried(shop).await;
        let chat = Chat::on_web(&world).await;
        chat.settles_at(from).await;
        world.faults(json!({ "refuse": unreachable })).await;
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
async fn a_link_that_is_opened_too_late_moves_nothing() {
    for (shop, from, to) in pairs() {
        let Way::Link { before } = to.way else {
            continue;
        };
        let world = unhurried(shop).await;
        let chat = Chat::on_web(&world).await;
        chat.settles_at(from).await;
        let text = chat.code_for(to).await;
        world.pass(16 * 60_000);
        chat.writes(to, &format!("{before}{text}")).await;
        until("who comes too late begins a chat of their own", || async {
            let path = "/v1/conversations";
            let listed = chat.ada.ask(Method::GET, path, None).await.is(200);
            listed["items"].as_array().is_some_and(|all| all.len() == 2)
        })
        .await;
        assert_eq!(chat.active().await, from.channel);
        chat.reaches(from).await;
    }
}

#[tokio::test]
async fn a_restart_in_the_window_changes_nothing() {
    for (shop, from, to) in pairs() {
        let mut world = unhurried(shop).await;
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
    for shop in [BY_META, BY_TWILIO] {
        let [web, sms, whatsapp, telegram] = shop.places;
        // Together they go every way there is.
        let ways = [
            [
                sms, whatsapp, telegram, web, whatsapp, sms, telegram, sms, web, telegram,
            ],
            [
                telegram, whatsapp, web, sms, telegram, whatsapp, sms, whatsapp, telegram, web,
            ],
        ];
        for way in ways {
            goes(shop, way).await;
        }
    }
}

/// Goes that way, is reached at every stop, and leaves a log without a gap.
async fn goes(shop: Shop, way: [Place; 10]) {
    let world = unhurried(shop).await;
    let chat = Chat::on_web(&world).await;
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
