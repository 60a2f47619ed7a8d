//! Whom a message is for: `to` names a number, `recipient` the id that a person has for the business.

use serde_json::{Map, Value};

use crate::books::Books;
use crate::message::Named;
use crate::meta::error::MetaError;
use crate::number::is_e164;
use crate::people::is_user_id;

/// The recipient of a message.
pub(super) struct Recipient {
    /// As the sender wrote it.
    pub(super) input: String,
    /// The number of their phone; of somebody unknown, what was written.
    pub(super) address: String,
    pub(super) named: Named,
}

impl Recipient {
    pub(super) fn read(books: &Books, given: &Map<String, Value>) -> Result<Self, MetaError> {
        match (given.get("to"), given.get("recipient")) {
            (Some(Value::String(to)), _) if !to.is_empty() => Self::by_number(to),
            (_, Some(Value::String(user_id))) if !user_id.is_empty() => {
                Self::by_user_id(books, user_id)
            }
            _ => Err(MetaError::required("to")),
        }
    }

    /// Meta lets people write a number with spaces, dashes and brackets, and without its plus.
    fn by_number(to: &str) -> Result<Self, MetaError> {
        let digits: String = to.chars().filter(|c| !" -().+".contains(*c)).collect();
        let address = format!("+{digits}");
        if !is_e164(&address) {
            return Err(MetaError::invalid("to", "a telephone number"));
        }
        Ok(Self {
            input: to.to_owned(),
            address,
            named: Named::ByNumber,
        })
    }

    fn by_user_id(books: &Books, user_id: &str) -> Result<Self, MetaError> {
        if !is_user_id(user_id) {
            return Err(MetaError::new(
                100,
                "Param recipient must be a business-scoped user ID",
            ));
        }
        Ok(Self {
            input: user_id.to_owned(),
            address: books.by_user_id(user_id).unwrap_or(user_id).to_owned(),
            named: Named::ByUserId,
        })
    }
}
