//! The configuration: what the operator of a server may set, read from the example, a file and the environment.
//!
//! [`Config::load`] lays the file over the compiled-in `config.example.toml`, and the environment over both (`layers`), then
//! reads every setting into the structs below (`sections`, `organization`, `connection`) and keeps every mistake, so that a
//! person hears of all of them at once. To add a scalar setting: a line in the example, a field here, a line in `sections`.

mod address;
mod connection;
mod document;
mod error;
mod layers;
mod lead;
mod nearest;
mod organization;
mod place;
mod reader;
mod report;
mod secret;
mod sections;
mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;

pub use self::address::{BaseUrl, Origin};
pub use self::connection::Connection;
pub use self::error::{ConfigError, Invalid, Problem};
pub use self::lead::{Ask, LeadForm};
pub use self::organization::{Operator, Organization, Password, Role};
pub use self::place::Place;
pub use self::report::Setting;
pub use self::secret::Secret;

use self::document::Table;
use self::reader::{Reader, Scope};
use crate::phone;

/// The file that is read when none is named, if it is there.
pub const DEFAULT_FILE: &str = "switchboard.toml";

/// The largest configuration file, in bytes.
const LARGEST_FILE: u64 = 1024 * 1024;

/// Everything that can be set.
#[derive(Clone, Debug)]
pub struct Config {
    /// `[server]`
    pub server: Server,
    /// `[store]`
    pub store: Store,
    /// `[bus]`
    pub bus: Bus,
    /// `[simulator]`
    pub simulator: Simulator,
    /// `[switch]`
    pub switch: Switch,
    /// `[guard]`
    pub guard: Guard,
    /// `[limits]`
    pub limits: Limits,
    /// `[media]`
    pub media: Media,
    /// `[[organization]]`, in the order of the file.
    pub organizations: Vec<Organization>,
    settings: Vec<Setting>,
}

/// Where the server is, seen from inside and from outside.
#[derive(Clone, Debug)]
pub struct Server {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// What browsers and providers call; none only where the listener is a loopback address.
    pub public_url: Option<BaseUrl>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
}

/// Where everything is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Store {
    /// An embedded database in this file.
    Sqlite(PathBuf),
}

/// How sockets hear that something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bus {
    /// Within this process.
    Memory,
}

/// The carrier in the product.
#[derive(Clone, Copy, Debug)]
pub struct Simulator {
    /// Whether it is served.
    pub enabled: bool,
}

/// How a switch goes.
#[derive(Clone, Debug)]
pub struct Switch {
    /// How long a visitor can put a switch back.
    pub revert_window: Duration,
    /// How long a welcome may take.
    pub greeting_timeout: Duration,
    /// What becomes of operator text to a phone that has not answered.
    pub before_reply: BeforeReply,
    /// How long a number that never answered leads to its conversation.
    pub pair_kept_unheard: Duration,
    /// The same for one that did, after the resolve.
    pub pair_kept_resolved: Duration,
    /// The words that ask for the way back to a browser, upper case, each with its answer, in which `{organization}` and `{link}` stand.
    pub way_back: Vec<(String, String)>,
}

/// What becomes of operator text to a phone that has not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BeforeReply {
    /// It goes at once.
    Send,
    /// It waits, visibly, for the answer.
    Hold,
}

/// Who may be sent a welcome message, and how many. 0 switches a limit off.
#[derive(Clone, Debug)]
pub struct Guard {
    /// ISO codes, upper case; empty: see [`countries_of`](Self::countries_of).
    pub countries: Vec<String>,
    /// To one number in 24 hours.
    pub welcomes_per_number_day: u32,
    /// To one number in 24 hours, as long as it has not answered.
    pub welcomes_unanswered_per_number_day: u32,
    /// On one visitor's demand in 24 hours.
    pub welcomes_per_visitor_day: u32,
    /// On one client network's demand (IPv4 /24, IPv6 /56) in an hour.
    pub welcomes_per_network_hour: u32,
    /// To one block of numbers ([`phone::prefix`]) in an hour.
    pub welcomes_per_prefix_hour: u32,
    /// To one block of numbers in an hour, as long as none of them has answered.
    pub welcomes_unanswered_per_prefix_hour: u32,
    /// To one country in an hour.
    pub welcomes_per_country_hour: u32,
    /// For one organization in an hour.
    pub welcomes_per_organization_hour: u32,
    /// What one organization's welcomes may cost in 24 hours, in the unit of [`Connection::price`].
    pub spend_per_organization_day: f64,
    /// When a visitor's browser must do some work before a welcome.
    pub challenge: Challenge,
    /// At most so many hashes.
    pub challenge_difficulty: u32,
    /// Fewer answers of a hundred than this are alarming.
    pub few_answers_percent: u32,
    /// Of the last so many welcomes.
    pub few_answers_of: u32,
    /// What else happens then.
    pub on_few_answers: OnFewAnswers,
    /// Whether welcomes go out at all.
    pub messaging: bool,
}

/// When a challenge is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Challenge {
    /// Before every welcome that a visitor asks for.
    Always,
    /// Where something is unusual.
    OnRisk,
    /// Before none.
    Never,
}

/// What happens while few of the numbers answer, besides the alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnFewAnswers {
    /// Nothing.
    Alarm,
    /// A challenge comes before every welcome.
    Challenge,
    /// No welcome goes out.
    Stop,
}

/// How much one server, client network or visitor may use. 0 switches a limit off.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Open sockets of this server.
    pub sockets: u32,
    /// Open sockets of one client network (IPv4 /24, IPv6 /56).
    pub sockets_per_network: u32,
    /// New visitors of one client network in an hour.
    pub visitors_per_network_hour: u32,
    /// Messages of one visitor in ten seconds.
    pub posts_per_visitor_10s: u32,
}

/// Files that go with messages. Of the last four, 0 switches a limit off.
#[derive(Clone, Debug)]
pub struct Media {
    /// Where their bytes lie; none: see [`Config::media_folder`].
    pub dir: Option<PathBuf>,
    /// The largest upload, in bytes.
    pub max_bytes: u32,
    /// The largest file that is fetched from a provider, in bytes.
    pub max_inbound_bytes: u32,
    /// How long the bytes of a message's files are kept; none: for ever.
    pub keep: Duration,
    /// Uploads of one visitor in an hour.
    pub uploads_per_visitor_hour: u32,
    /// Uploads of one client network in an hour.
    pub uploads_per_network_hour: u32,
    /// What one visitor may upload in an hour, in MiB.
    pub megabytes_per_visitor_hour: u32,
    /// What one client network may upload in an hour, in MiB.
    pub megabytes_per_network_hour: u32,
}

impl Config {
    /// Where the bytes of files lie: beside the database, where nothing else is said.
    #[must_use]
    pub fn media_folder(&self) -> PathBuf {
        let Store::Sqlite(database) = &self.store;
        let beside = || database.with_file_name("media");
        self.media.dir.clone().unwrap_or_else(beside)
    }

    /// Reads the configuration: `file` if one is named, else [`DEFAULT_FILE`] if it is there, and `environment` over it.
    ///
    /// # Errors
    /// Everything that is wrong, in the order in which it was met; never an empty list.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Vec<ConfigError>> {
        let (path, text) = match (file, Path::new(DEFAULT_FILE)) {
            (Some(named), _) => (
                named,
                read_file(named).map_err(|error| vec![unreadable(named, &error)])?,
            ),
            (None, usual) => match read_file(usual) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => (usual, String::new()),
                other => (
                    usual,
                    other.map_err(|error| vec![unreadable(usual, &error)])?,
                ),
            },
        };
        Self::parse(path, &text, environment)
    }

    /// Reads a text as if it stood in the file `path`, and `environment` over it.
    ///
    /// # Errors
    /// Everything that is wrong, in the order in which it was met; never an empty list.
    pub fn parse(
        path: &Path,
        text: &str,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Vec<ConfigError>> {
        let path = Arc::new(path.to_owned());
        let place = |line| Place::File {
            path: Arc::clone(&path),
            line: Some(line),
        };
        let file = document::parse(text, &place).map_err(|error| vec![error])?;
        Self::read(file, &environment.into_iter().collect())
    }

    fn read(file: Table, environment: &BTreeMap<String, String>) -> Result<Self, Vec<ConfigError>> {
        let mut errors = Vec::new();
        let layers = layers::merge(file, environment, &mut errors);
        let mut reader = Reader::new(environment, errors);
        let sections = sections::read(&mut reader, &layers.sections);
        let organizations = organization::read(&mut reader, &layers.organizations);
        if let (Some(sections), Some(organizations)) = (&sections, &organizations) {
            countries_are_known(
                &mut reader,
                &layers.sections,
                &sections.guard,
                organizations,
            );
        }
        match (sections, organizations) {
            (Some(sections), Some(organizations)) if reader.errors.is_empty() => Ok(Self {
                server: sections.server,
                store: sections.store,
                bus: sections.bus,
                simulator: sections.simulator,
                switch: sections.switch,
                guard: sections.guard,
                limits: sections.limits,
                media: sections.media,
                organizations,
                settings: reader.settings,
            }),
            _ => Err(reader.errors),
        }
    }

    /// Every setting as it was read, where it came from, and no secret: what `switchboard check` lists.
    #[must_use]
    pub fn report(&self) -> &[Setting] {
        &self.settings
    }
}

impl Default for Config {
    /// The example alone.
    fn default() -> Self {
        Self::read(Table::new(), &BTreeMap::new()).expect("the compiled-in example is right")
    }
}

impl Server {
    /// What browsers and providers call, where the listener really is `listener`.
    #[must_use]
    pub fn public_url(&self, listener: SocketAddr) -> BaseUrl {
        self.public_url
            .clone()
            .unwrap_or_else(|| BaseUrl::of(listener))
    }

    /// The origins that are allowed for every organization: that of the public URL, and on a loopback listener its three names.
    #[must_use]
    pub fn own_origins(&self, listener: SocketAddr) -> Vec<Origin> {
        let mut origins = vec![self.public_url(listener).origin()];
        if listener.ip().is_loopback() {
            origins.extend(address::loopback_origins(listener.port()));
        }
        origins
    }
}

impl Guard {
    /// The countries that this organization's welcomes may go to: those of the list, else those of its own numbers. Empty only
    /// for one without a number, which sends nothing.
    #[must_use]
    pub fn countries_of(&self, organization: &Organization) -> Vec<String> {
        if !self.countries.is_empty() {
            return self.countries.clone();
        }
        let own = organization
            .connections
            .iter()
            .filter_map(|connection| connection.account.number.as_deref())
            .filter_map(phone::country_of);
        own.collect::<BTreeSet<_>>().into_iter().collect()
    }
}

/// The variables of this process whose names and values are text.
pub fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// A messaging service tells no country, and a guard without countries would let welcomes go to all the world.
fn countries_are_known(
    reader: &mut Reader<'_>,
    sections: &BTreeMap<String, Table>,
    guard: &Guard,
    organizations: &[Organization],
) {
    let unknown = |organization: &&Organization| {
        let mut connections = organization.connections.iter();
        connections.any(|connection| connection.account.reaches_numbers)
            && guard.countries_of(organization).is_empty()
    };
    if let (Some(organization), Some(table)) =
        (organizations.iter().find(unknown), sections.get("guard"))
    {
        let expected = format!(
            "a list such as [\"US\"], as no connection of the organization {:?} has a number whose country is known",
            organization.id
        );
        let scope = Scope {
            name: "guard".to_owned(),
            table,
            place: &Place::Default,
        };
        reader.wrong(
            &scope,
            "countries",
            Problem::Invalid(Invalid {
                expected,
                found: "empty".to_owned(),
            }),
        );
    }
}

fn read_file(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?
        .take(LARGEST_FILE + 1)
        .read_to_string(&mut text)?;
    if text.len() as u64 > LARGEST_FILE {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("it is larger than {LARGEST_FILE} bytes"),
        ));
    }
    Ok(text)
}

fn unreadable(path: &Path, error: &io::Error) -> ConfigError {
    ConfigError {
        key: "the configuration".to_owned(),
        place: Place::File {
            path: Arc::new(path.to_owned()),
            line: None,
        },
        problem: Problem::Unreadable(error.to_string()),
    }
}

#[cfg(test)]
mod tests;
