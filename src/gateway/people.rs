//! Operators and visitors: who they are, how they prove it.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};
use serde::Serialize;
use tokio::sync::Semaphore;

use super::commit::PeopleWork;
use super::connections::{Organization, WEB};
use super::knocks::{Tally, Tries};
use super::marks::Tells;
use super::presence::Presence;
use super::token::{self, Token, TokenKind};
use super::{Caller, Fault, Gateway, OperatorCaller, VisitorCaller};
use crate::bus::{Hint, Topic};
use crate::config::Secret;
use crate::core::{Actor, ConversationId, OperatorId, VisitorId};
use crate::store::conversations::{self, Stored};
use crate::store::people::OperatorRow;
use crate::store::tickets::{self, Pass};
use crate::store::{Store, StoreError, people};

const HOUR: i64 = 3_600_000;
/// A session ends after this, used or not.
const SESSION_LASTS: i64 = 30 * 24 * HOUR;
/// Hashing a password takes 19 MiB and a core: no more than this at once.
const HASHING_AT_ONCE: usize = 2;

/// An operator as others see them.
#[derive(Clone, Debug, Serialize)]
pub struct OperatorView {
    /// Who.
    #[serde(serialize_with = "as_text")]
    pub id: OperatorId,
    /// What others call them.
    pub name: String,
    /// What they sign in with.
    pub email: String,
    /// `owner`, `admin` or `operator`.
    pub role: String,
    /// `online`, `busy` or `offline`.
    pub presence: String,
}

fn as_text<S: serde::Serializer>(id: &OperatorId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(id)
}

/// The operators of this server, and how often somebody knocked.
#[derive(Debug)]
pub(super) struct People {
    operators: RwLock<HashMap<OperatorId, OperatorRow>>,
    /// New visitors, by network.
    visitors: Tally,
    /// Leads that visitors left, by visitor and by network.
    pub(super) leads: Tally,
    tries: Tries,
    hashing: Semaphore,
    /// What a password is compared with where no operator has the e-mail address, so that both take as long.
    decoy: String,
}

impl People {
    pub(super) async fn load(store: &Store, presence: &Presence) -> Result<Self, StoreError> {
        let mut operators = HashMap::new();
        for row in people::all_operators(&store.reads).await? {
            let id = row.operator()?;
            presence.set_operator(&Arc::from(row.organization.as_str()), id, &row.presence);
            operators.insert(id, row);
        }
        Ok(Self {
            operators: RwLock::new(operators),
            visitors: Tally::default(),
            leads: Tally::default(),
            tries: Tries::default(),
            hashing: Semaphore::new(HASHING_AT_ONCE),
            decoy: hash_password("nobody has this password"),
        })
    }

    fn get(&self, id: OperatorId) -> Option<OperatorRow> {
        self.operators
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .get(&id)
            .cloned()
    }

    fn put(&self, id: OperatorId, row: OperatorRow) {
        self.operators
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .insert(id, row);
    }

    /// Whether a password may be tried now.
    fn may_try(&self, network: &str, email: &str, now: i64) -> Result<(), Fault> {
        match self.tries.wait(network, email, now) {
            None => Ok(()),
            Some(wait) => Err(Fault::RateLimited {
                retry_after: Duration::from_millis(wait.unsigned_abs()),
            }),
        }
    }
}

/// A password as it is stored: Argon2id in the PHC format.
#[must_use]
pub fn hash_password(password: &str) -> String {
    Argon2::default()
        .hash_password(password.as_bytes())
        .expect("the default parameters are valid")
        .to_string()
}

fn matches(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| {
        Argon2::default()
            .verify_password(password.as_bytes(), &hash)
            .is_ok()
    })
}

impl Gateway {
    /// An anonymous visitor and the secret that is all they are known by.
    ///
    /// # Errors
    /// When the widget key names no organization, or the network asks too often.
    pub async fn new_visitor(
        &self,
        widget_key: &str,
        network: &str,
    ) -> Result<(VisitorId, Token), Fault> {
        let organization = self
            .directory
            .by_widget(widget_key)
            .ok_or(Fault::NotFound("widget"))?;
        let now = self.now();
        let limit = self.visitors_per_network_hour;
        // As with every limit, 0 switches it off.
        if limit > 0 && self.people.visitors.count(network, now.0, HOUR) > limit {
            return Err(Fault::RateLimited {
                retry_after: Duration::from_secs(600),
            });
        }
        let token = Token::new(&organization.id, TokenKind::Visitor);
        let visitor = token::visitor_id(now);
        let work = PeopleWork::Visitor {
            organization: organization.id.clone(),
            visitor,
            token_hash: Some(token.hash()),
        };
        self.committer.people(work).await?;
        Ok((visitor, token))
    }

    /// Whose token it is, if it is anybody's.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn authenticate(
        &self,
        token: &Token,
        network: &str,
    ) -> Result<Option<Caller>, Fault> {
        let Some(organization) = self.directory.organization(token.organization()).cloned() else {
            return Ok(None);
        };
        let hash = token.hash();
        match token.kind() {
            TokenKind::Visitor => {
                let found = self.visitor_by(&organization.id, &hash).await?;
                Ok(found.map(|(id, pass)| {
                    self.presence.saw(&organization.id, id, self.now());
                    Caller::Visitor(VisitorCaller {
                        organization,
                        id,
                        network: network.to_owned(),
                        pass,
                    })
                }))
            }
            TokenKind::Return => Ok(None),
            TokenKind::Session => {
                let found =
                    people::session(&self.store.reads, &organization.id, &hash, self.now()).await?;
                Ok(found.and_then(|id| {
                    let row = self.people.get(id)?;
                    Some(Caller::Operator(OperatorCaller {
                        organization,
                        id,
                        name: row.name,
                        email: row.email,
                        role: row.role,
                        session: Arc::from(hash),
                        network: network.to_owned(),
                    }))
                }))
            }
        }
    }

    /// The visitor whose browser that is, and what it may see where it came by a link.
    async fn visitor_by(
        &self,
        organization: &str,
        hash: &str,
    ) -> Result<Option<(VisitorId, Option<Pass>)>, Fault> {
        let reads = &self.store.reads;
        if let Some(id) = people::visitor_by_token(reads, organization, hash).await? {
            return Ok(Some((id, None)));
        }
        let pass = tickets::pass(reads, organization, hash).await?;
        // Who may read all is as good as the browser that began.
        Ok(pass.map(|pass| (pass.visitor, Some(pass).filter(|pass| pass.since > 0))))
    }

    /// Begins a session, and shows the operator as online.
    ///
    /// # Errors
    /// `WrongPassword`, in the same time whether the e-mail address is known or not.
    pub async fn sign_in(
        &self,
        email: &str,
        password: &str,
        network: &str,
    ) -> Result<(Token, OperatorCaller), Fault> {
        let email = email.trim().to_lowercase();
        self.people.may_try(network, &email, self.now().0)?;
        let rows = people::operators_by_email(&self.store.reads, &email).await?;
        let (row, organization) = self.proven(rows, password, network, &email).await?;
        let operator = row.operator()?;
        let token = Token::new(&organization.id, TokenKind::Session);
        let work = PeopleWork::BeginSession {
            organization: organization.id.clone(),
            token_hash: token.hash(),
            operator,
            lasts: SESSION_LASTS,
        };
        self.committer.people(work).await?;
        let caller = OperatorCaller {
            organization,
            id: operator,
            name: row.name.clone(),
            email: row.email.clone(),
            role: row.role.clone(),
            session: Arc::from(token.hash()),
            network: network.to_owned(),
        };
        self.people.put(operator, row);
        self.set_presence(&caller, "online").await?;
        Ok((token, caller))
    }

    /// The operator whose password it is. Only a wrong one counts as a try.
    async fn proven(
        &self,
        rows: Vec<OperatorRow>,
        password: &str,
        network: &str,
        email: &str,
    ) -> Result<(OperatorRow, Arc<Organization>), Fault> {
        let _turn = self
            .people
            .hashing
            .acquire()
            .await
            .map_err(|_| Fault::Stopping)?;
        // Those that waited for their turn beside this one may have been wrong meanwhile.
        self.people.may_try(network, email, self.now().0)?;
        let row = self.verified(rows, password.to_owned()).await?;
        let proven = row.and_then(|row| {
            let organization = self.directory.organization(&row.organization)?;
            Some((row, organization.clone()))
        });
        match &proven {
            Some(_) => self.people.tries.succeeded(network, email),
            None => self.people.tries.failed(network, email, self.now().0),
        }
        proven.ok_or(Fault::WrongPassword)
    }

    async fn verified(
        &self,
        rows: Vec<OperatorRow>,
        password: String,
    ) -> Result<Option<OperatorRow>, Fault> {
        let decoy = self.people.decoy.clone();
        let checked = tokio::task::spawn_blocking(move || {
            if rows.is_empty() {
                matches(&password, &decoy);
            }
            rows.into_iter()
                .find(|row| matches(&password, &row.password_hash))
        });
        checked.await.map_err(|_| Fault::Stopping)
    }

    /// Ends a session; sockets that use it close.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn sign_out(&self, operator: &OperatorCaller) -> Result<(), Fault> {
        let organization = operator.organization.id.clone();
        let work = PeopleWork::EndSession {
            organization: organization.clone(),
            token_hash: operator.session.to_string(),
        };
        self.committer.people(work).await?;
        self.set_presence(operator, "offline").await?;
        self.hub.publish(
            &Topic::Organization(organization),
            &Hint::SignedOut {
                token_hash: operator.session.clone(),
            },
        );
        Ok(())
    }

    /// Shows an operator as `online`, `busy` or `offline`.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn set_presence(&self, operator: &OperatorCaller, word: &str) -> Result<(), Fault> {
        self.put_presence(&operator.organization.id, operator.id, word)
            .await
    }

    pub(super) async fn put_presence(
        &self,
        organization: &Arc<str>,
        operator: OperatorId,
        word: &str,
    ) -> Result<(), Fault> {
        let work = PeopleWork::Presence {
            organization: organization.clone(),
            operator,
            word: word.to_owned(),
        };
        self.committer.people(work).await?;
        self.presence.set_operator(organization, operator, word);
        self.hub
            .publish(&Topic::Organization(organization.clone()), &Hint::Presence);
        Ok(())
    }

    /// What others call an operator.
    #[must_use]
    pub fn operator_name(&self, organization: &str, id: OperatorId) -> Option<String> {
        self.people
            .get(id)
            .filter(|row| row.organization == organization)
            .map(|row| row.name)
    }

    /// An organization's operators, by name.
    #[must_use]
    pub fn operators(&self, organization: &str) -> Vec<OperatorView> {
        let operators = self
            .people
            .operators
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut views: Vec<OperatorView> = operators
            .iter()
            .filter(|(_, row)| row.organization == organization)
            .map(|(id, row)| OperatorView {
                id: *id,
                name: row.name.clone(),
                email: row.email.clone(),
                role: row.role.clone(),
                presence: self.presence.word(*id),
            })
            .collect();
        views.sort_by(|one, other| (&one.name, one.id).cmp(&(&other.name, other.id)));
        views
    }

    /// Creates an operator, or brings the one with that e-mail address up to date.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn put_operator(&self, row: OperatorRow) -> Result<(), Fault> {
        if let Some(stored) = self.stored_operator(&row.organization, &row.email).await?
            && stored.says_the_same(&row)
        {
            return Ok(());
        }
        self.committer
            .people(PeopleWork::Operator(row.clone()))
            .await?;
        // The row that was there keeps its id.
        let stored = people::operators_by_email(&self.store.reads, &row.email).await?;
        for row in stored
            .into_iter()
            .filter(|stored| stored.organization == row.organization)
        {
            let id = row.operator()?;
            self.presence
                .set_operator(&Arc::from(row.organization.as_str()), id, &row.presence);
            self.people.put(id, row);
        }
        Ok(())
    }

    /// What a configured password is stored as: as it is stored already, where it is the same password.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn hash_of(
        &self,
        organization: &str,
        email: &str,
        password: &Secret,
    ) -> Result<String, Fault> {
        let stored = self.stored_operator(organization, email).await?;
        let password = password.clone();
        let hashed = tokio::task::spawn_blocking(move || {
            let same = stored.filter(|row| matches(password.expose(), &row.password_hash));
            same.map_or_else(|| hash_password(password.expose()), |row| row.password_hash)
        });
        hashed.await.map_err(|_| Fault::Stopping)
    }

    async fn stored_operator(
        &self,
        organization: &str,
        email: &str,
    ) -> Result<Option<OperatorRow>, Fault> {
        let rows = people::operators_by_email(&self.store.reads, email).await?;
        Ok(rows
            .into_iter()
            .find(|row| row.organization == organization))
    }

    /// Creates an organization, or brings it up to date.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn put_organization(
        &self,
        id: &Arc<str>,
        name: &str,
        widget_key: &str,
    ) -> Result<(), Fault> {
        let stored = people::organization_by_id(&self.store.reads, id).await?;
        if stored.is_some_and(|stored| stored == (name.to_owned(), widget_key.to_owned())) {
            return Ok(());
        }
        let work = PeopleWork::Organization {
            id: id.clone(),
            name: name.to_owned(),
            widget_key: widget_key.to_owned(),
        };
        self.committer.people(work).await.map(drop)
    }

    /// Names a visitor.
    ///
    /// # Errors
    /// When there is no such visitor.
    pub async fn name_visitor(
        &self,
        operator: &OperatorCaller,
        visitor: VisitorId,
        name: Option<String>,
    ) -> Result<(), Fault> {
        let work = PeopleWork::Name {
            organization: operator.organization.id.clone(),
            visitor,
            name,
        };
        if self.committer.people(work).await? {
            Ok(())
        } else {
            Err(Fault::NotFound("visitor"))
        }
    }

    /// The visitor's open conversation, if they have one.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn open_conversation_of(
        &self,
        visitor: &VisitorCaller,
    ) -> Result<Option<ConversationId>, Fault> {
        if let Some(pass) = visitor.pass {
            return Ok(Some(pass.conversation));
        }
        let mut conn = self.store.reads.acquire().await.map_err(StoreError::from)?;
        Ok(conversations::open_of(&mut conn, &visitor.organization.id, visitor.id, WEB).await?)
    }

    /// Whether the visitor is at a window of theirs.
    #[must_use]
    pub fn here(&self, stored: &Stored) -> bool {
        self.presence
            .here(stored.visitor, stored.seen_at, self.now())
    }

    /// Somebody is writing, or has stopped.
    pub fn typing(self: &Arc<Self>, caller: &Caller, stored: &Stored, typing: bool) {
        let by = match caller {
            Caller::Visitor(_) => Actor::Visitor,
            Caller::Operator(operator) => {
                if typing {
                    self.tell_them(stored, Tells::Typing);
                }
                Actor::Operator(operator.id)
            }
        };
        let hint = Hint::Typing {
            conversation: stored.id,
            by,
            typing,
        };
        self.hub.publish(&Topic::Conversation(stored.id), &hint);
    }
}
