//! What an organization's people should look at, and what was stopped by hand.
//!
//! The store has the truth; what is remembered here is what consoles were last told, looked at anew every few seconds and after each change,
//! so that what the command line changes is told too.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use crate::bus::{Hint, Topic, unpoisoned};
use crate::core::Timestamp;
use crate::gateway::commit::Working;
use crate::gateway::connections::{Connection, Organization};
use crate::gateway::{Fault, Gateway, OperatorCaller};
use crate::store::StoreError;
use crate::store::guard::{self, ALL, Alarm, Messaging};
use crate::telemetry::metrics;

/// Too few of the numbers answer.
pub const FEW_ANSWERS: &str = "few_answers";
/// Most of the day's money is spent.
pub const SPEND: &str = "spend_near_limit";
/// The provider says that our account is at fault.
pub const SICK: &str = "connection_sick";
/// A person's message was found in the provider's list that no webhook had brought.
pub const GAP: &str = "webhook_gap";

/// A number has so long to answer before its silence counts.
const TIME_TO_ANSWER: i64 = 10 * 60_000;
/// Of the day's money: that much spent is near the limit.
const NEAR: f64 = 0.8;
/// A gap is shown for so long after the last one.
const GAP_SHOWN: i64 = 3_600_000;

/// Something that the committer writes for the guard.
#[derive(Clone, Debug)]
pub(in crate::gateway) enum GuardWork {
    Messaging(Messaging),
    Raise {
        organization: Arc<str>,
        kind: &'static str,
        connection: Arc<str>,
        detail: String,
    },
    Clear {
        organization: Arc<str>,
        kind: &'static str,
        connection: Arc<str>,
    },
    ReadTo {
        organization: Arc<str>,
        connection: Arc<str>,
        read_to: Timestamp,
    },
}

impl Working<'_> {
    /// Writes for the guard. False: it was so already.
    pub(in crate::gateway) async fn guard(&mut self, work: &GuardWork) -> Result<bool, Fault> {
        Ok(match work {
            GuardWork::Messaging(said) => {
                let said = Messaging {
                    at: self.now.0,
                    ..said.clone()
                };
                guard::set_messaging(self.conn, &said).await?;
                true
            }
            GuardWork::Raise {
                organization,
                kind,
                connection,
                detail,
            } => {
                let alarm = Alarm {
                    kind: (*kind).to_owned(),
                    connection: connection.to_string(),
                    since: self.now.0,
                    detail: detail.clone(),
                };
                guard::raise(self.conn, organization, &alarm).await?
            }
            GuardWork::Clear {
                organization,
                kind,
                connection,
            } => guard::clear(self.conn, organization, kind, connection).await?,
            GuardWork::ReadTo {
                organization,
                connection,
                read_to,
            } => {
                guard::set_watermark(self.conn, organization, connection, *read_to).await?;
                true
            }
        })
    }
}

/// How it stands with an organization's messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// What stops them, if anything.
    pub stop: Option<Stop>,
    /// What its people should look at, the oldest first.
    pub alarms: Vec<Alarm>,
}

impl Standing {
    /// The connections whose provider refuses our account.
    pub fn sick(&self) -> impl Iterator<Item = &str> {
        let sick = self.alarms.iter().filter(|alarm| alarm.kind == SICK);
        sick.map(|alarm| &*alarm.connection)
    }
}

/// What stops messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// Every message to a provider, and not only welcomes.
    pub all: bool,
    /// Everybody's are stopped: the organization cannot let them go again.
    pub everywhere: bool,
    /// Why, for people.
    pub reason: Option<String>,
    /// Who said so.
    pub by: String,
    /// Since when; none where the configuration says so.
    pub at: Option<Timestamp>,
}

/// What consoles were last told.
#[derive(Debug, Default)]
pub(in crate::gateway) struct Watch {
    standings: Mutex<HashMap<Arc<str>, Standing>>,
    sick: Mutex<HashSet<Arc<str>>>,
}

impl Gateway {
    /// How it stands with an organization's messages, as its consoles were last told.
    #[must_use]
    pub fn standing(&self, organization: &str) -> Standing {
        unpoisoned(&self.watch.standings)
            .get(organization)
            .cloned()
            .unwrap_or_default()
    }

    /// Stops an organization's messages, or lets them go again.
    ///
    /// # Errors
    /// When it is not theirs to do, or storage fails.
    pub async fn set_messaging(
        &self,
        operator: &OperatorCaller,
        stopped: Option<&'static str>,
        reason: Option<String>,
    ) -> Result<Standing, Fault> {
        operator.must_lead()?;
        let organization = &operator.organization;
        tracing::warn!(organization = %organization.id, operator = %operator.id, ?stopped, "an operator changed which messages go out");
        let said = Messaging {
            organization: organization.id.to_string(),
            stopped: stopped.map(str::to_owned),
            reason,
            by: operator.name.clone(),
            at: 0,
        };
        self.committer.guard(GuardWork::Messaging(said)).await?;
        self.look_at(organization).await?;
        Ok(self.standing(&organization.id))
    }

    /// An organization's alarms, the oldest first.
    ///
    /// # Errors
    /// When they are not theirs to see, or storage fails.
    pub async fn alarms(&self, operator: &OperatorCaller) -> Result<Vec<Alarm>, Fault> {
        operator.must_lead()?;
        let mut conn = self.store.reads.acquire().await.map_err(StoreError::from)?;
        Ok(guard::alarms(&mut conn, &operator.organization.id).await?)
    }

    /// Counts what is alarming, and tells consoles how it stands where that has changed.
    pub(in crate::gateway) async fn watch_guard(&self) -> Result<(), Fault> {
        for organization in self.directory.organizations() {
            self.weigh(organization).await?;
            self.look_at(organization).await?;
        }
        Ok(())
    }

    async fn weigh(&self, organization: &Organization) -> Result<(), Fault> {
        let (few, now) = (&self.guard.few, self.now());
        let limit = self.guard.limits.spend_per_organization_day;
        let mut conn = self.store.reads.acquire().await.map_err(StoreError::from)?;
        let old_enough = now.plus(-TIME_TO_ANSWER);
        let (welcomes, answers) =
            guard::answers(&mut conn, &organization.id, few.of, old_enough).await?;
        let spent = guard::spent(&mut conn, &organization.id, now).await?;
        drop(conn);
        let silent = few.answer(welcomes, answers).then(|| {
            format!(
                "{answers} of the last {welcomes} numbers that were sent a welcome message answered; fewer than {} of a hundred look like fraud",
                few.percent
            )
        });
        self.ring(organization, FEW_ANSWERS, silent).await?;
        let near = limit > 0.0 && spent >= NEAR * limit;
        // In tenths, so that the words change ten times on the way and not with every message.
        let tenths = (spent / limit * 10.0).floor().min(10.0) * 10.0;
        let money = near.then(|| {
            format!("{tenths} % of what welcome messages may cost in a day ({limit}) is spent")
        });
        self.ring(organization, SPEND, money).await?;
        self.forget_gaps(organization, now).await
    }

    /// Raises an alarm of an organization's, or ends it. Nothing is written where it stands so.
    async fn ring(
        &self,
        organization: &Organization,
        kind: &'static str,
        detail: Option<String>,
    ) -> Result<(), Fault> {
        let known = self.standing(&organization.id).alarms;
        let known = known.into_iter().find(|alarm| alarm.kind == kind);
        if known.map(|alarm| alarm.detail) == detail {
            return Ok(());
        }
        self.raise_or_clear(&organization.id, kind, &Arc::from(""), detail)
            .await
    }

    async fn raise_or_clear(
        &self,
        organization: &Arc<str>,
        kind: &'static str,
        connection: &Arc<str>,
        detail: Option<String>,
    ) -> Result<(), Fault> {
        let (organization, connection) = (organization.clone(), connection.clone());
        let work = match detail {
            Some(detail) => {
                tracing::warn!(%organization, %connection, kind, %detail, "alarm");
                metrics::alarm(kind);
                GuardWork::Raise {
                    organization,
                    kind,
                    connection,
                    detail,
                }
            }
            None => GuardWork::Clear {
                organization,
                kind,
                connection,
            },
        };
        self.committer.guard(work).await.map(drop)
    }

    async fn forget_gaps(&self, organization: &Organization, now: Timestamp) -> Result<(), Fault> {
        for alarm in self.standing(&organization.id).alarms {
            if alarm.kind == GAP && now.0 >= alarm.since + GAP_SHOWN {
                let connection = Arc::from(alarm.connection);
                self.raise_or_clear(&organization.id, GAP, &connection, None)
                    .await?;
            }
        }
        Ok(())
    }

    /// Reads how it stands, and tells consoles where that has changed.
    pub(in crate::gateway) async fn look_at(
        &self,
        organization: &Organization,
    ) -> Result<(), Fault> {
        let mut conn = self.store.reads.acquire().await.map_err(StoreError::from)?;
        let said = guard::messaging(&mut conn, &organization.id).await?;
        let alarms = guard::alarms(&mut conn, &organization.id).await?;
        drop(conn);
        let standing = Standing {
            stop: stop(&said, self.guard.messaging),
            alarms,
        };
        for connection in &organization.connections {
            let sick = standing.sick().any(|sick| *sick == *connection.id);
            self.watch.remember(&connection.id, sick);
        }
        let id = organization.id.clone();
        let before = unpoisoned(&self.watch.standings).insert(id.clone(), standing.clone());
        if before.unwrap_or_default() != standing {
            self.hub.publish(&Topic::Organization(id), &Hint::Standing);
        }
        Ok(())
    }

    /// The provider took a message: whatever was wrong with the account is right again.
    pub(in crate::gateway) async fn is_well(&self, connection: &Connection) {
        if unpoisoned(&self.watch.sick).contains(&connection.id) {
            self.health(connection, None).await;
        }
    }

    /// The provider says that our account, number or credentials are at fault.
    pub(in crate::gateway) async fn is_sick(&self, connection: &Connection, code: Option<&str>) {
        let detail = format!(
            "the provider refuses our account, number or credentials (its code: {}); messages on {} fail until that is mended, and the web goes on",
            code.unwrap_or("none"),
            connection.id
        );
        self.health(connection, Some(detail)).await;
    }

    async fn health(&self, connection: &Connection, wrong: Option<String>) {
        metrics::sick(&connection.id, wrong.is_some());
        let said = self
            .raise_or_clear(&connection.organization, SICK, &connection.id, wrong)
            .await;
        let looked = match (said, self.directory.organization(&connection.organization)) {
            (Ok(()), Some(organization)) => self.look_at(organization).await,
            (other, _) => other,
        };
        if let Err(error) = looked {
            tracing::warn!(%error, connection = %connection.id, "how a connection fares could not be written down");
        }
    }

    /// A message was found that no webhook had brought.
    pub(in crate::gateway) async fn has_gap(
        &self,
        connection: &Connection,
        found: usize,
    ) -> Result<(), Fault> {
        let detail = format!(
            "{found} messages were found in the provider's list that no webhook had brought: is the webhook of {} set, and public_url what the provider calls?",
            connection.id
        );
        self.raise_or_clear(&connection.organization, GAP, &connection.id, Some(detail))
            .await
    }
}

impl Watch {
    fn remember(&self, connection: &Arc<str>, sick: bool) {
        let mut known = unpoisoned(&self.sick);
        if sick {
            known.insert(connection.clone());
        } else {
            known.remove(connection);
        }
    }
}

impl OperatorCaller {
    /// Owners and admins alone.
    fn must_lead(&self) -> Result<(), Fault> {
        if self.leads() {
            Ok(())
        } else {
            Err(Fault::Forbidden("only owners and admins can do this"))
        }
    }

    /// Whether they are an owner or an admin.
    #[must_use]
    pub fn leads(&self) -> bool {
        matches!(self.role.as_str(), "owner" | "admin")
    }
}

/// What stops messages: the configuration before everybody's word, that before the organization's own; but whatever stops all comes first.
fn stop(said: &[Messaging], configured: bool) -> Option<Stop> {
    let mut stops: Vec<Stop> = said
        .iter()
        .filter_map(|said| {
            Some(Stop {
                all: said.stopped.as_deref()? == "all",
                everywhere: said.organization == ALL,
                reason: said.reason.clone(),
                by: said.by.clone(),
                at: Some(Timestamp(said.at)),
            })
        })
        .collect();
    if !configured {
        stops.push(Stop {
            all: false,
            everywhere: true,
            reason: None,
            by: "the configuration".to_owned(),
            at: None,
        });
    }
    stops.sort_by_key(|stop| (stop.all, stop.everywhere, stop.at.is_none()));
    stops.pop()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(organization: &str, stopped: Option<&str>) -> Messaging {
        Messaging {
            organization: organization.to_owned(),
            stopped: stopped.map(str::to_owned),
            reason: None,
            by: "Ada".to_owned(),
            at: 1,
        }
    }

    #[test]
    fn what_stops_the_most_is_told() {
        let ours = said("acme", Some("welcomes"));
        let all = said(ALL, Some("all"));
        let seen = |said: &[Messaging], configured| {
            stop(said, configured).map(|stop| (stop.all, stop.everywhere))
        };
        assert_eq!(seen(&[], true), None);
        assert_eq!(seen(&[said("acme", None)], true), None);
        assert_eq!(
            seen(std::slice::from_ref(&ours), true),
            Some((false, false))
        );
        assert_eq!(seen(&[ours.clone(), all.clone()], true), Some((true, true)));
        assert_eq!(
            seen(std::slice::from_ref(&ours), false),
            Some((false, true))
        );
        let all_ours = said("acme", Some("all"));
        assert_eq!(seen(&[all_ours], false), Some((true, false)));
    }
}
