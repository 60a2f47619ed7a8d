//! The server, the flood, the figures, and the rules that they are held to.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use simulator::Pace;
use switchboard::api;
use switchboard::app::{self, App, Mode};
use switchboard::config::Config;

use crate::cast::{Aim, Visitor, everybody, owned};
use crate::people::{Fate, Site};
use crate::{Failed, Plan};

/// The shop's number.
pub const SHOP: &str = "+15005550006";
/// Visitors who come at once.
const AT_ONCE: usize = 96;
/// Nothing more goes out when as much was there for so long.
const QUIET: Duration = Duration::from_secs(3);
/// Of a hundred honest switches, so many come about.
const HONEST_PERCENT: usize = 99;

/// What a run came to.
pub struct Figures {
    took: Duration,
    attacks: usize,
    turned_away: usize,
    to_owned: HashMap<String, u32>,
    to_honest: u32,
    honest: usize,
    honest_stand: usize,
    honest_challenged: usize,
    failures: Vec<String>,
    limits: Limits,
}

struct Limits {
    number: u32,
    prefix: u32,
    organization: u32,
    country: u32,
}

impl Figures {
    fn per_prefix(&self) -> HashMap<&str, u32> {
        let mut prefixes = HashMap::new();
        for (number, count) in &self.to_owned {
            *prefixes.entry(&number[..9]).or_default() += count;
        }
        prefixes
    }

    fn attackers_got(&self) -> u32 {
        self.to_owned.values().sum()
    }

    /// The rules that were broken.
    pub fn wrong(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let number = self.to_owned.values().copied().max().unwrap_or(0);
        let prefix = self.per_prefix().values().copied().max().unwrap_or(0);
        let all = self.attackers_got() + self.to_honest;
        for (what, sent, limit) in [
            ("one number that never answers", number, self.limits.number),
            (
                "one block in which nobody answers",
                prefix,
                self.limits.prefix,
            ),
            // Half of the honest are elsewhere.
            (
                "one country",
                self.attackers_got() + self.to_honest.div_ceil(2),
                self.limits.country,
            ),
            ("one organization's", all, self.limits.organization),
        ] {
            if sent > limit {
                wrong.push(format!("{what}: {sent} messages, and the limit is {limit}"));
            }
        }
        if self.attackers_got() == 0 {
            wrong.push("no attack got through at all: it was none".to_owned());
        }
        if self.honest_stand * 100 < self.honest * HONEST_PERCENT {
            wrong.push(format!(
                "only {} of {} honest switches came about; the first that did not: {}",
                self.honest_stand,
                self.honest,
                self.failures.first().map_or("", String::as_str)
            ));
        }
        wrong
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let busiest = self.per_prefix().values().copied().max().unwrap_or(0);
        writeln!(
            f,
            "{} attacks in {:.1} s",
            self.attacks,
            self.took.as_secs_f64()
        )?;
        writeln!(f, "  turned away by a challenge   {}", self.turned_away)?;
        writeln!(f, "  messages that they caused    {}", self.attackers_got())?;
        writeln!(f, "  of these to the busiest block {busiest}")?;
        writeln!(f, "{} honest visitors", self.honest)?;
        writeln!(
            f,
            "  were asked for a challenge   {}",
            self.honest_challenged
        )?;
        write!(f, "  switched                     {}", self.honest_stand)
    }
}

/// Starts a server, lets everybody come, and counts.
pub async fn run(plan: &Plan) -> Result<Figures, Failed> {
    if !(1..=10).contains(&plan.prefixes) || plan.numbers > plan.prefixes * 1_000 {
        return Err("--prefixes is 1 to 10, and --numbers at most a thousand for each".into());
    }
    let folder = Folder::new()?;
    let limit = Duration::from_secs(plan.minutes * 60);
    tokio::time::timeout(limit, in_folder(plan, &folder.0)).await?
}

async fn in_folder(plan: &Plan, folder: &Path) -> Result<Figures, Failed> {
    let listener = app::bind("127.0.0.1:0".parse()?).await?;
    let address = listener.local_addr()?;
    let config = configuration(&address.to_string(), folder, plan.difficulty)?;
    let mode = Mode {
        demo: Some(api::Demo::of(&config, "")),
        pace: Some(Pace::IMMEDIATE),
        ..Mode::default()
    };
    let app = App::start_on(listener, &config, mode).await?;
    let site = Site {
        http: app::http_client()?,
        url: app.public_url.clone(),
    };
    let figures = flood(plan, &config, &site).await;
    app.stop().await?;
    figures
}

async fn flood(plan: &Plan, config: &Config, site: &Site) -> Result<Figures, Failed> {
    let began = Instant::now();
    let came: Vec<(Visitor, Fate, bool)> = stream::iter(everybody(plan))
        .map(|visitor| async move {
            let (fate, challenged) = site.visit(&visitor).await?;
            if fate == Fate::Stands && visitor.aim == (Aim::Honest { answers: true }) {
                site.answer(&visitor.number).await?;
            }
            Ok::<_, Failed>((visitor, fate, challenged))
        })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    let took = began.elapsed();
    let numbers: Vec<String> = (0..plan.numbers).map(|n| owned(plan, n)).collect();
    let to_owned = settled(site, &numbers).await?;
    let is_honest = |aim: Aim| matches!(aim, Aim::Honest { .. });
    let honest: Vec<_> = came.iter().filter(|(who, ..)| is_honest(who.aim)).collect();
    let mut to_honest = 0;
    for (visitor, ..) in &honest {
        to_honest += site.received(&visitor.number).await?;
    }
    let failures = honest.iter().filter_map(|(who, fate, _)| match fate {
        Fate::Stands => None,
        fate => Some(format!("{}: {fate:?}", who.number)),
    });
    let guard = &config.guard;
    Ok(Figures {
        took,
        attacks: came.len() - honest.len(),
        turned_away: came
            .iter()
            .filter(|(_, fate, _)| *fate == Fate::TurnedAway)
            .count(),
        to_owned,
        to_honest,
        honest: honest.len(),
        honest_stand: honest
            .iter()
            .filter(|(_, fate, _)| *fate == Fate::Stands)
            .count(),
        honest_challenged: honest.iter().filter(|(.., challenged)| *challenged).count(),
        failures: failures.collect(),
        limits: Limits {
            number: guard.welcomes_unanswered_per_number_day,
            prefix: guard
                .welcomes_unanswered_per_prefix_hour
                .min(guard.welcomes_per_prefix_hour),
            organization: guard.welcomes_per_organization_hour,
            country: guard.welcomes_per_country_hour,
        },
    })
}

/// What the numbers have received once nothing more comes.
async fn settled(site: &Site, numbers: &[String]) -> Result<HashMap<String, u32>, Failed> {
    let mut before = None;
    loop {
        let now: HashMap<String, u32> =
            stream::iter(numbers)
                .map(|number| async move {
                    Ok::<_, Failed>((number.clone(), site.received(number).await?))
                })
                .buffer_unordered(AT_ONCE)
                .try_collect()
                .await?;
        if before.as_ref() == Some(&now) {
            return Ok(now);
        }
        before = Some(now);
        tokio::time::sleep(QUIET).await;
    }
}

/// The guard's limits are the defaults: that is what is tried.
fn configuration(address: &str, folder: &Path, difficulty: Option<u32>) -> Result<Config, Failed> {
    let difficulty = difficulty.unwrap_or(Config::default().guard.challenge_difficulty);
    let text = format!(
        r#"
        [server]
        listen = "{address}"
        trusted_proxies = ["127.0.0.0/8"]
        [store]
        url = "sqlite:{store}"
        [simulator]
        enabled = true
        [guard]
        countries = ["US", "CA"]
        challenge_difficulty = {difficulty}
        [[organization]]
        id = "acme"
        name = "Acme Pumps"
        widget_key = "wk_acme"
          [[organization.operator]]
          email = "ada@acme.example"
          role = "owner"
          password_hash = "{PASSWORD_HASH}"
          [[organization.connection]]
          id = "acme-sms"
          channel = "sms"
          provider = "twilio"
          account_sid = "AC00000000000000000000000000000001"
          auth_token = "token"
          from = "{SHOP}"
          api_base = "http://{address}/simulator/twilio"
        "#,
        store = folder.join("switchboard.db").display(),
    );
    Config::parse(Path::new("the attack"), &text, []).map_err(|errors| {
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        errors.join("; ").into()
    })
}

/// Of a password that nobody uses, with the least work that Argon2 allows.
const PASSWORD_HASH: &str =
    "$argon2id$v=19$m=8,t=1,p=1$PU4z8ZLb2jwcJ5sh8T4rLA$wVt+XW0DJS9dtDo1SE7mG+ey1FCrCDKZIJlaKICXXvU";

/// A folder that goes with the run.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self, Failed> {
        let name = format!("switchboard-attack-{}", uuid::Uuid::now_v7().simple());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left in a temporary folder harms nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
