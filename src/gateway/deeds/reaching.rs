//! Where somebody is to be reached: the address that is meant, and a connection on which it is free.

use std::cmp::Reverse;

use contract::Address;

use super::operator;
use crate::core::event::{Lost, Reach};
use crate::core::{Actor, ConversationId, Phase, Proof, Target, Text};
use crate::gateway::commit::Working;
use crate::gateway::connections::{Connection, WEB};
use crate::gateway::{Caller, Fault};
use crate::phone;
use crate::store::contacts;

impl Working<'_> {
    /// Where a switch would lead: the address that was given, or the one where the visitor was reached on that channel before.
    pub(super) async fn target(
        &mut self,
        caller: &Caller,
        id: ConversationId,
        channel: &str,
        address: Option<&str>,
    ) -> Result<Target, Fault> {
        let organization = self.organization(id).clone();
        let offered = organization
            .on(channel)
            .next()
            .ok_or_else(|| Fault::NoSuchChannel(channel.to_owned()))?;
        if offered.capabilities.holds_connections {
            return Ok(window(self.stored(id).visitor.to_string()));
        }
        let address = match address {
            // What operators are shown they may give back; to a visitor an address of theirs reads like any other.
            Some(raw)
                if matches!(caller, Caller::Operator(_))
                    && self.is_theirs(id, channel, raw.trim()).await? =>
            {
                raw.trim().to_owned()
            }
            Some(_) if offered.capabilities.asks.is_none() => {
                return Err(Fault::BadAddress(
                    "nobody can be written to first on this channel: the visitor goes on there by a link".to_owned(),
                ));
            }
            Some(raw) => {
                let address = checked(offered, raw, &organization.countries)?;
                if organization.owns(channel, &address) {
                    return Err(Fault::BadAddress(
                        "this number is the organization's own: give the visitor's".to_owned(),
                    ));
                }
                address
            }
            None => self.known_address(caller, id, channel).await?,
        };
        self.pair_for(id, channel, &address).await
    }

    /// An operator's word that somebody does not want to be written to: it counts as if they had said it.
    pub(super) async fn opt_out(
        &mut self,
        caller: &Caller,
        id: ConversationId,
        channel: &str,
        address: Option<&str>,
    ) -> Result<(), Fault> {
        let operator = operator(caller)?.id;
        let address = match address {
            Some(address) => address.trim().to_owned(),
            None => self.known_address(caller, id, channel).await?,
        };
        let organization = self.organization(id).clone();
        let is_theirs = |leg: &crate::core::Leg| {
            *leg.address == *address
                && organization.channel_of(Some(leg)).as_deref() == Some(channel)
        };
        let state = &self.stored(id).state;
        let leg = state.legs.iter().find(|leg| is_theirs(leg)).cloned();
        let connection = leg
            .and_then(|leg| organization.connection(&leg.connection).cloned())
            .filter(|connection| !connection.capabilities.holds_connections)
            .ok_or(Fault::NotFound("address of this conversation"))?;
        self.opts_out(&connection, &address, id, Actor::Operator(operator))
            .await?;
        self.touch(id);
        Ok(())
    }

    /// Where the visitor is to be reached on a channel that is named without an address: where they are or are being greeted, else where
    /// this conversation reached them before, else where another did or their lead says. A visitor may ask again for what they took back.
    pub(super) async fn known_address(
        &mut self,
        caller: &Caller,
        id: ConversationId,
        channel: &str,
    ) -> Result<String, Fault> {
        let state = &self.stored(id).state;
        let by_visitor = matches!(caller, Caller::Visitor(_));
        let now_at = match state.phase(self.now, &self.shared.rules) {
            Phase::Greeting(greeting) => Some(greeting.to),
            _ => None,
        };
        let mut legs: Vec<_> = state
            .numbered()
            .filter(|(leg, _)| self.channel(id, *leg) == channel)
            .filter(|(leg, of)| {
                let there = now_at == Some(*leg) || state.route.active == Some(*leg);
                let theirs = of.heard || of.arrived_by.is_some();
                by_visitor || there || (theirs && !of.taken_back && of.lost.is_none())
            })
            .collect();
        legs.sort_by_key(|(leg, of)| {
            let there = (now_at == Some(*leg), state.route.active == Some(*leg));
            (there, !of.taken_back && of.lost.is_none(), of.proof, *leg)
        });
        if let Some((_, leg)) = legs.last() {
            return Ok(leg.address.to_string());
        }
        let address = self.known_elsewhere(id, channel, by_visitor).await?;
        let address = address.ok_or(Fault::NoAddress)?;
        let organization = self.organization(id).clone();
        // What the channel alone understands, nobody typed.
        if let Some(offered) = organization.on(channel).next()
            && address.starts_with('+')
        {
            checked(offered, &address, &organization.countries)?;
        }
        Ok(address)
    }

    /// Whether an address, as it is given, is one where the visitor is or was reached on a channel.
    async fn is_theirs(
        &mut self,
        id: ConversationId,
        channel: &str,
        address: &str,
    ) -> Result<bool, Fault> {
        let state = &self.stored(id).state;
        let here = state.numbered().any(|(leg, of)| {
            let arrived = of.heard || of.arrived_by.is_some();
            let stands = !of.taken_back && of.lost.is_none_or(|lost| lost == Lost::OptOut);
            *of.address == *address
                && self.channel(id, leg) == channel
                && (state.route.active == Some(leg) || (arrived && stands))
        });
        Ok(here || self.reached_elsewhere(id, channel, address).await?)
    }

    /// A connection on which the address is free for this conversation: the one it was reached on before, else the one that its person wrote
    /// to last, else the first of the pool that nobody else holds. With none free, one that is held: the guard refuses that, in a refusal's time.
    pub(in crate::gateway) async fn pair_for(
        &mut self,
        id: ConversationId,
        channel: &str,
        address: &str,
    ) -> Result<Target, Fault> {
        let organization = self.organization(id).clone();
        let mut pool = Vec::new();
        for connection in organization.on(channel) {
            let address = self
                .known_as(connection, &Address(address.to_owned()), &[])
                .await?;
            let known = self.stored(id).state.leg_to(&connection.id, &address);
            let contact =
                contacts::get(self.conn, &organization.id, &connection.id, &address).await?;
            pool.push((known.is_some(), contact.heard_at, connection, address));
        }
        pool.sort_by_key(|(known, heard_at, ..)| Reverse((*known, *heard_at)));
        let mut taken = None;
        for (_, _, connection, address) in pool {
            let holder = self.holder(connection, &address).await?;
            let free = holder.is_none_or(|holder| holder.conversation == id || holder.yields());
            let target = Target {
                reach: Reach::Remote,
                connection: connection.id.clone(),
                address: Text::from(address.as_str()),
                free,
                proof: Proof::Claimed,
                welcome: connection.welcome.clone(),
                welcome_template: connection.welcome_template.clone(),
            };
            if free {
                return Ok(target);
            }
            taken.get_or_insert(target);
        }
        taken.ok_or_else(|| Fault::NoSuchChannel(channel.to_owned()))
    }
}

/// The web leg of a visitor: their token is the proof, and every window with it is a view of the log.
pub(in crate::gateway) fn window(visitor: String) -> Target {
    Target {
        reach: Reach::View,
        connection: Text::from(WEB),
        address: Text::from(visitor),
        free: true,
        proof: Proof::Linked,
        welcome: Text::from(""),
        welcome_template: None,
    }
}

/// An address as we store it, where the text alone shows nothing against it.
pub(in crate::gateway) fn checked(
    connection: &Connection,
    raw: &str,
    countries: &[String],
) -> Result<String, Fault> {
    let bad = |error: &dyn std::fmt::Display| Fault::BadAddress(error.to_string());
    match connection.capabilities.asks {
        Some(contract::AddressKind::Phone) => {
            let number = phone::normalize(raw, None).map_err(|error| bad(&error))?;
            phone::check(&number, countries).map_err(|error| bad(&error))?;
            Ok(number.e164.0)
        }
        None => connection
            .channel
            .address(raw)
            .map(|address| address.0)
            .map_err(|error| bad(&error)),
    }
}
