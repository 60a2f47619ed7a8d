//! People on channels: by what address they are known, whatever their provider calls them just now, and when they last wrote.

use contract::{Address, AddressKind, Inbound};

use super::Fault;
use super::commit::Working;
use super::connections::Connection;
use crate::core::Timestamp;
use crate::phone;
use crate::store::contacts;

impl Working<'_> {
    /// The address by which pairs, legs and messages know somebody: of all that they are called, the one that leads to a conversation,
    /// else the one that was seen beside it before, else what they are called first.
    pub(super) async fn known_as(
        &mut self,
        connection: &Connection,
        called: &Address,
        also: &[Address],
    ) -> Result<String, Fault> {
        let forms = forms(connection, called, also);
        if forms.len() == 1 && !connection.capabilities.bounds_free_text() {
            return Ok(called.0.clone());
        }
        for form in &forms {
            let holder = self.holder(connection, form).await?;
            if holder.is_some_and(|holder| holder.leads(self.now)) {
                return Ok(form.clone());
            }
        }
        for form in &forms {
            let (organization, name) = (&connection.organization, &connection.id);
            if let Some(known) = contacts::address_of(self.conn, organization, name, form).await? {
                return Ok(known);
            }
        }
        Ok(called.0.clone())
    }

    /// Somebody is known by an address, and called these things too.
    pub(super) async fn also_called(
        &mut self,
        connection: &Connection,
        address: &str,
        also: impl IntoIterator<Item = &Address>,
    ) -> Result<(), Fault> {
        for form in also.into_iter().filter(|form| form.as_str() != address) {
            let (organization, name) = (&connection.organization, &connection.id);
            contacts::stands_for(self.conn, organization, name, form.as_str(), address).await?;
        }
        Ok(())
    }

    /// They wrote: that opens the window, and messages go to the form they wrote from.
    pub(super) async fn wrote(
        &mut self,
        connection: &Connection,
        address: &str,
        message: &Inbound,
    ) -> Result<(), Fault> {
        let form = &message.from;
        if !connection.capabilities.bounds_free_text() && form.as_str() == address {
            return Ok(());
        }
        let at = message
            .at
            .map_or(self.now, |at| Timestamp(at).min(self.now));
        let (organization, name) = (&connection.organization, &connection.id);
        let said = (message.provider_id.as_str(), form.as_str());
        contacts::heard(self.conn, organization, (name, address), said, at).await?;
        Ok(())
    }

    /// Somebody has another number or id now: what led to them by the old one leads to them still.
    pub(super) async fn moved(
        &mut self,
        connection: &Connection,
        from: &Address,
        to: &Address,
    ) -> Result<bool, Fault> {
        let address = self.known_as(connection, from, &[]).await?;
        self.also_called(connection, &address, [to]).await?;
        let (organization, name) = (&connection.organization, &connection.id);
        contacts::moved(self.conn, organization, name, &address, to.as_str()).await?;
        Ok(true)
    }
}

/// All that somebody may be known by, what they are called now first: a number is written in more ways than one in some countries.
pub(super) fn forms(connection: &Connection, called: &Address, also: &[Address]) -> Vec<String> {
    let mut forms: Vec<String> = Vec::new();
    for form in std::iter::once(called).chain(also) {
        let variant = match connection.capabilities.asks {
            Some(AddressKind::Phone) => phone::variant(form.as_str()),
            None => None,
        };
        for form in std::iter::once(form.0.clone()).chain(variant) {
            if !forms.contains(&form) {
                forms.push(form);
            }
        }
    }
    forms
}
