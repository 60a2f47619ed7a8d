//! Work that a visitor's browser does before a number is sent a welcome, where something is unusual: the ALTCHA protocol, served by
//! ourselves, so that no third party hears of anybody.
//!
//! We make a random salt and a secret number, and tell the salt and `SHA-256(salt + number)`; the browser tries numbers until it finds it.
//! The challenge is signed, so that nothing of it is stored before it is met. See <https://altcha.org/docs/v2/proof-of-work-v1/>.
//!
//! * It names in its salt the visitor it is for and when it expires; who holds one can neither pass it on nor keep it.
//! * The salt ends with `&`, which no number begins with: its last digits cannot be moved over into the number (CVE-2025-68113).
//! * Once met it is kept until it expires: it counts once.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use crate::config;
use crate::core::{Command, ConversationId, Kind, Timestamp};
use crate::gateway::commit::Working;
use crate::gateway::token::{self, hex};
use crate::gateway::{Fault, Gateway, VisitorCaller};
use crate::phone;
use crate::store::guard::{self, Crowd};
use crate::store::{Store, StoreError};
use crate::telemetry::metrics;

/// Long enough for an old phone and its person, too short to lay in a stock.
const LASTS: i64 = 10 * 60_000;
/// The longest answer that is read.
const LONGEST: usize = 2_048;
const ALGORITHM: &str = "SHA-256";
/// The name that the key is kept under.
const KEY: &str = "challenge";

/// When a challenge comes first, and how hard it is.
#[derive(Clone, Copy, Debug)]
pub struct Challenges {
    /// When.
    pub when: config::Challenge,
    /// At most so many hashes.
    pub difficulty: u32,
}

/// A challenge as the browser gets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Challenge {
    /// Always `SHA-256`.
    algorithm: &'static str,
    /// The hash of the salt and the number that is to be found, in hexadecimal digits.
    challenge: String,
    /// The number is at most this.
    maxnumber: u32,
    /// What stands before the number; when it expires and whom it is for stand in it.
    salt: String,
    /// Ours, over the challenge.
    signature: String,
}

/// What the browser sends back, in Base64.
#[derive(Debug, Deserialize)]
struct Answer {
    algorithm: String,
    challenge: String,
    number: u64,
    salt: String,
    signature: String,
}

/// A challenge that was met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::gateway) struct Met {
    signature: String,
    expires_at: Timestamp,
}

/// Why an answer does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmet {
    /// There is none.
    Missing,
    /// It is none of ours, or of somebody else's challenge.
    Wrong,
    /// It came too late.
    Expired,
    /// It counted before.
    Used,
}

impl Unmet {
    /// What is wrong, for people.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Missing => "first find the number of this challenge, and send it as altcha",
            Self::Wrong => {
                "what was sent as altcha does not meet a challenge of yours: find the number of this one"
            }
            Self::Expired => "that challenge has expired: find the number of this one",
            Self::Used => "that challenge was used before: find the number of this one",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Missing => "asked",
            Self::Wrong => "wrong",
            Self::Expired => "expired",
            Self::Used => "used",
        }
    }
}

/// What challenges are signed with.
pub(in crate::gateway) struct Key([u8; 32]);

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

impl Key {
    /// The key that is kept in storage, made where there is none yet. Where it cannot be written, one that lasts until the next start.
    pub(in crate::gateway) async fn load(store: &Store) -> Result<Self, StoreError> {
        if let Some(kept) = guard::secret(&store.reads, KEY).await? {
            return Self::read_back(&kept);
        }
        let fresh = Self(token::random());
        let kept = guard::keep_secret(&mut store.writer().await?, KEY, &hex(&fresh.0)).await;
        match (kept, guard::secret(&store.reads, KEY).await?) {
            (_, Some(kept)) => Self::read_back(&kept),
            (Err(error), None) => {
                tracing::warn!(%error, "the key of challenges could not be kept: those that are given out now count until the next start");
                Ok(fresh)
            }
            (Ok(()), None) => Ok(fresh),
        }
    }

    fn read_back(kept: &str) -> Result<Self, StoreError> {
        let bytes: Option<Vec<u8>> = (0..kept.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(kept.get(at..at + 2)?, 16).ok())
            .collect();
        bytes
            .and_then(|bytes| bytes.try_into().ok())
            .map(Self)
            .ok_or_else(|| StoreError::Corrupt {
                what: "secret",
                reason: "the key of challenges is not 64 hexadecimal digits".to_owned(),
            })
    }

    fn mac(&self, challenge: &str) -> Hmac<Sha256> {
        let mut mac = Hmac::new_from_slice(&self.0).expect("any length is a key");
        mac.update(challenge.as_bytes());
        mac
    }

    /// A fresh challenge for somebody.
    pub(in crate::gateway) fn issue(
        &self,
        whom: &str,
        difficulty: u32,
        now: Timestamp,
    ) -> Challenge {
        let number = token::below(i64::from(difficulty) + 1).unsigned_abs();
        let expires = now.plus(LASTS).0.div_euclid(1_000);
        let salt = format!(
            "{}?expires={expires}&for={whom}&",
            hex(&token::random::<12>())
        );
        let challenge = hashed(&salt, number);
        let signature = hex(&self.mac(&challenge).finalize().into_bytes());
        Challenge {
            algorithm: ALGORITHM,
            challenge,
            maxnumber: difficulty,
            salt,
            signature,
        }
    }

    /// Whether an answer meets a challenge that was given to somebody.
    fn judge(&self, answer: Option<&str>, whom: &str, now: Timestamp) -> Result<Met, Unmet> {
        let answer = answer.ok_or(Unmet::Missing)?;
        let answer = read(answer).ok_or(Unmet::Wrong)?;
        let expires_at = self.proven(&answer, whom).ok_or(Unmet::Wrong)?;
        if now >= expires_at {
            return Err(Unmet::Expired);
        }
        Ok(Met {
            signature: answer.signature,
            expires_at,
        })
    }

    fn proven(&self, answer: &Answer, whom: &str) -> Option<Timestamp> {
        let signature: Option<Vec<u8>> = (0..answer.signature.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(answer.signature.get(at..at + 2)?, 16).ok())
            .collect();
        let ours = self
            .mac(&answer.challenge)
            .verify_slice(&signature?)
            .is_ok();
        // The same signature in other letters would count again.
        let plain = !answer
            .signature
            .contains(|c: char| c.is_ascii_uppercase() || c == '+');
        let found = hashed(&answer.salt, answer.number) == answer.challenge;
        let (_, about) = answer.salt.split_once('?')?;
        let about = about.strip_suffix('&')?;
        let is_for = about
            .split('&')
            .any(|part| part.strip_prefix("for=") == Some(whom));
        let expires = about
            .split('&')
            .find_map(|part| part.strip_prefix("expires=")?.parse::<i64>().ok())?;
        (ours && plain && found && is_for && answer.algorithm == ALGORITHM)
            .then(|| Timestamp(expires.saturating_mul(1_000)))
    }
}

fn hashed(salt: &str, number: u64) -> String {
    hex(&Sha256::digest(format!("{salt}{number}")))
}

fn read(text: &str) -> Option<Answer> {
    if text.len() > LONGEST {
        return None;
    }
    serde_json::from_slice(&STANDARD.decode(text).ok()?).ok()
}

impl Gateway {
    /// A challenge for a visitor.
    #[must_use]
    pub fn challenge(&self, visitor: &VisitorCaller) -> Challenge {
        let difficulty = self.guard.challenges.difficulty;
        self.challenge_key
            .issue(&visitor.id.to_string(), difficulty, self.now())
    }
}

impl Working<'_> {
    /// Lets a visitor's switch go on, unless it would send a welcome and the visitor has yet to meet a challenge.
    pub(in crate::gateway) async fn challenged(
        &mut self,
        id: ConversationId,
        command: &Command,
        visitor: &VisitorCaller,
        answer: Option<&str>,
    ) -> Result<(), Fault> {
        let Command::Switch { target, .. } = command else {
            return Ok(());
        };
        let foreseen = self.foresee(id, command.clone()).await?;
        let greets = foreseen
            .iter()
            .any(|event| matches!(event.kind, Kind::SwitchAsked { .. }));
        if !greets || !self.is_risky(visitor, &target.address).await? {
            return Ok(());
        }
        let whom = visitor.id.to_string();
        let judged = self.shared.challenge_key.judge(answer, &whom, self.now);
        let unmet = match judged {
            Ok(met) => {
                let organization = &visitor.organization.id;
                let (signature, expires_at) = (&met.signature, met.expires_at);
                let first =
                    guard::use_challenge(self.conn, organization, signature, expires_at, self.now)
                        .await?;
                if first {
                    metrics::challenge("met");
                    return Ok(());
                }
                Unmet::Used
            }
            Err(unmet) => unmet,
        };
        metrics::challenge(unmet.word());
        let difficulty = self.shared.guard.challenges.difficulty;
        let challenge = self.shared.challenge_key.issue(&whom, difficulty, self.now);
        Err(Fault::ChallengeRequired {
            unmet,
            challenge: Box::new(challenge),
        })
    }

    /// Whether something is unusual about whoever asks or about the crowd that the number belongs to; never about the number.
    async fn is_risky(&mut self, visitor: &VisitorCaller, address: &str) -> Result<bool, Fault> {
        match self.shared.guard.challenges.when {
            config::Challenge::Always => return Ok(true),
            config::Challenge::Never => return Ok(false),
            config::Challenge::OnRisk => {}
        }
        let organization = &visitor.organization.id;
        let crowd = Crowd {
            visitor: visitor.id.to_string(),
            network: &visitor.network,
            prefix: phone::prefix(address),
            country: phone::country_of(address).unwrap_or_default(),
        };
        let counts = guard::crowd(self.conn, organization, &crowd, self.now).await?;
        if self.shared.guard.limits.strained_by(&counts) {
            return Ok(true);
        }
        let few = self.shared.guard.few.then != config::OnFewAnswers::Alarm;
        Ok(few && guard::stands(self.conn, organization, super::watch::FEW_ANSWERS, "").await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp(1_800_000_000_000);

    fn answered(challenge: &Challenge, change: impl FnOnce(&mut serde_json::Value)) -> String {
        let number = (0..=u64::from(challenge.maxnumber))
            .find(|number| hashed(&challenge.salt, *number) == challenge.challenge)
            .expect("it can be found");
        let mut answer = serde_json::json!({
            "algorithm": challenge.algorithm,
            "challenge": challenge.challenge,
            "number": number,
            "salt": challenge.salt,
            "signature": challenge.signature,
            "took": 12,
        });
        change(&mut answer);
        STANDARD.encode(answer.to_string())
    }

    fn given() -> (Key, Challenge) {
        let key = Key([7; 32]);
        let challenge = key.issue("vera", 1_000, NOON);
        (key, challenge)
    }

    #[test]
    fn a_challenge_that_is_met_counts_for_whom_it_was_given_until_it_expires() {
        let (key, challenge) = given();
        let answer = answered(&challenge, |_| {});
        let met = key.judge(Some(&answer), "vera", NOON).expect("it is met");
        assert_eq!(met.expires_at, NOON.plus(LASTS));
        assert_eq!(key.judge(Some(&answer), "walt", NOON), Err(Unmet::Wrong));
        let late = key.judge(Some(&answer), "vera", NOON.plus(LASTS));
        assert_eq!(late, Err(Unmet::Expired));
        assert_eq!(
            Key([8; 32]).judge(Some(&answer), "vera", NOON),
            Err(Unmet::Wrong)
        );
        assert_eq!(key.judge(None, "vera", NOON), Err(Unmet::Missing));
    }

    #[test]
    fn digits_of_the_salt_cannot_be_moved_into_the_number_nor_back() {
        let (key, challenge) = given();
        let spliced = answered(&challenge, |answer| {
            let number = answer["number"].as_u64().expect("a number").to_string();
            let salt = answer["salt"].as_str().expect("a salt").to_owned();
            let (first, rest) = number.split_at(1);
            answer["salt"] = format!("{salt}{first}").into();
            answer["number"] = rest.parse::<u64>().unwrap_or_default().into();
        });
        assert_eq!(key.judge(Some(&spliced), "vera", NOON), Err(Unmet::Wrong));
    }

    #[test]
    fn whatever_is_changed_of_it_it_counts_no_more() {
        let (key, challenge) = given();
        let upper = challenge.signature.to_uppercase();
        let changes: [(&str, serde_json::Value); 6] = [
            ("number", 1_000_001.into()),
            ("algorithm", "SHA-1".into()),
            ("salt", challenge.salt.replace("vera", "walt").into()),
            ("challenge", "00".into()),
            ("signature", "zz".into()),
            ("signature", upper.into()),
        ];
        for (field, value) in changes {
            let changed = answered(&challenge, |answer| answer[field] = value);
            let judged = key.judge(Some(&changed), "vera", NOON);
            assert_eq!(judged, Err(Unmet::Wrong), "{field}");
        }
        for nonsense in ["", "{}", "☎", &"A".repeat(5_000)] {
            assert_eq!(key.judge(Some(nonsense), "vera", NOON), Err(Unmet::Wrong));
        }
    }

    #[test]
    fn a_key_is_read_back_as_it_was_kept() {
        let read = Key::read_back(&hex(&[7; 32])).expect("a key");
        assert_eq!(read.0, [7; 32]);
        assert!(Key::read_back("07").is_err() && Key::read_back("é").is_err());
    }
}
