//! The whole server put together: configuration in, a listening server out. `serve`, `demo` and the tests all start here.

mod carrier;

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use contract::Channel;
use contract::provider::{Caller, SettingError};
use simulator::{Pace, Simulator};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::api;
use crate::config::{self, BeforeReply, Config, Password, Role};
use crate::core::Rules;
use crate::gateway::attachments::Terms;
use crate::gateway::connections::{Connection, Directory, Organization, WEB};
use crate::gateway::guard::{Challenges, Few, Guard, Limits};
use crate::gateway::tickets::WayBack;
use crate::gateway::{Fault, Gateway, Settings, token};
use crate::store::clock::{self, Machine};
use crate::store::file::{self, Held};
use crate::store::people::OperatorRow;
use crate::store::{Store, StoreError};
use crate::telemetry;

/// What the visitor's network may take away from the window in which a switch can be put back.
const GRACE_MS: i64 = 1_500;
/// How long an operator's invitation stands.
const INVITATION_MS: i64 = 15 * 60_000;
/// One call to a provider, connecting included; and connecting alone.
const CALL: Duration = Duration::from_secs(10);
const CONNECT: Duration = Duration::from_secs(4);
/// How long a client may take over the head of a request.
const HEAD: Duration = Duration::from_secs(10);
/// What has been begun may take so long to end.
const DRAIN: Duration = Duration::from_secs(9);

/// Why the server does not start, or stopped.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The address is taken or not ours.
    #[error(
        "cannot listen on {address}: {error}; choose another address in [server] listen or end what uses it"
    )]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the system said.
        error: io::Error,
    },
    /// Storage.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A connection's settings.
    #[error("connection {id}: {error}")]
    Connection {
        /// Its name.
        id: String,
        /// What is wrong.
        error: SettingError,
    },
    /// The HTTP client.
    #[error("the HTTP client could not be made: {0}")]
    Http(#[from] reqwest::Error),
    /// What configuration brings could not be stored.
    #[error("the configured organizations could not be stored: {0}")]
    Apply(#[from] Fault),
    /// The simulator.
    #[error(transparent)]
    Simulator(#[from] simulator::NoRandomness),
    /// Serving ended.
    #[error("serving ended: {0}")]
    Serve(io::Error),
}

/// How a server is to be run, besides its configuration.
#[derive(Clone, Debug, Default)]
pub struct Mode {
    /// The demonstration: simulator open to all, its clock is ours, pages for people.
    pub demo: Option<api::Demo>,
    /// How soon the simulated carrier reports; none: as a person would like to watch it.
    pub pace: Option<Pace>,
    /// How long one call to a provider may take; none: as long as is wise.
    pub call: Option<Duration>,
    /// How long a client may take over the head of a request; none: as long as is wise.
    pub head: Option<Duration>,
    /// The simulated carrier's clock; none: the machine's.
    pub clock: Option<simulator::Clock>,
}

/// A server that listens.
pub struct App {
    /// Where it really listens.
    pub address: SocketAddr,
    /// Where it is reached.
    pub public_url: String,
    /// The carrier in the box, where it is switched on.
    pub simulator: Option<Simulator>,
    stop: CancellationToken,
    server: tokio::task::JoinHandle<()>,
    sockets: TaskTracker,
    held: Held,
}

impl App {
    /// Binds, migrates, applies the configuration and serves.
    ///
    /// # Errors
    /// With what stands in the way; nothing is left running.
    pub async fn start(config: &Config, mode: Mode) -> Result<Self, AppError> {
        let listener = bind(config.server.listen).await?;
        Self::start_on(listener, config, mode).await
    }

    /// The same on a listener that is bound already.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn start_on(
        listener: TcpListener,
        config: &Config,
        mode: Mode,
    ) -> Result<Self, AppError> {
        // A second start in one process finds it installed, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let address = listener.local_addr().map_err(AppError::Serve)?;
        let public_url = config.server.public_url(address);
        let http = http_client()?;
        let carrier = carrier::play(config, public_url.as_str(), &mode, http.clone())?;
        let machine: Machine = match (&carrier, &mode.demo) {
            (Some(carrier), Some(_)) => {
                let clock = carrier.clock().clone();
                Arc::new(move || clock.now())
            }
            _ => clock::machine(),
        };
        let held = hold_store(config)?;
        let store = match open_store(config, machine.clone()).await {
            Err(StoreError::Full) => {
                tracing::warn!(
                    "the disk is full: make room; what is stored can be read, and nothing is taken"
                );
                held.make_room();
                open_store(config, machine).await?
            }
            other => other?,
        };
        let stop = CancellationToken::new();
        let settings = settings(config, public_url.as_str());
        let gateway = Gateway::start(
            store,
            directory(
                config,
                &Caller {
                    http,
                    timeout: mode.call.unwrap_or(CALL),
                },
            )?,
            settings,
            &stop,
        )
        .await?;
        apply(&gateway, config).await?;
        crate::phone::warm_up();
        if let (Some(carrier), Some(_)) = (&carrier, &mode.demo) {
            carrier::follow_clock(carrier, &gateway, &stop);
        }
        let sockets = TaskTracker::new();
        let router = api::router(api::ApiState {
            gateway,
            public_url: public_url.clone(),
            own_origins: config.server.own_origins(address),
            trusted_proxies: config.server.trusted_proxies.clone(),
            limits: config.limits,
            metrics: telemetry::metrics::metrics(),
            demo: mode.demo,
            simulator: carrier.clone(),
            stop: stop.clone(),
            sockets: sockets.clone(),
        });
        let head = mode.head.unwrap_or(HEAD);
        let server = tokio::spawn(api::serve(listener, router, head, stop.clone()));
        Ok(Self {
            address,
            public_url: public_url.as_str().to_owned(),
            simulator: carrier,
            stop,
            server,
            sockets,
            held,
        })
    }

    /// Takes on nothing more, lets what has begun end, and ends.
    ///
    /// # Errors
    /// When serving failed.
    pub async fn stop(self) -> Result<(), AppError> {
        self.stop.cancel();
        self.sockets.close();
        if let Some(simulator) = &self.simulator {
            simulator.close();
        }
        let ended = tokio::time::timeout(DRAIN, async {
            self.sockets.wait().await;
            self.server.await
        });
        let ended = match ended.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(panicked)) => Err(AppError::Serve(io::Error::other(panicked))),
            Err(_) => {
                tracing::warn!("some requests did not end in time and were dropped");
                Ok(())
            }
        };
        drop(self.held);
        ended
    }
}

/// Takes an address to listen on.
///
/// # Errors
/// When it is taken or not ours.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, AppError> {
    TcpListener::bind(address)
        .await
        .map_err(|error| AppError::Listen { address, error })
}

/// Holds the configured storage against every other server.
fn hold_store(config: &Config) -> Result<Held, StoreError> {
    match &config.store {
        config::Store::Sqlite(path) => file::hold(path),
    }
}

/// Opens the configured storage.
///
/// # Errors
/// When it cannot be opened or would not be safe.
pub async fn open_store(config: &Config, machine: Machine) -> Result<Store, StoreError> {
    match &config.store {
        config::Store::Sqlite(path) => Store::open(path, machine).await,
    }
}

/// The HTTP client that adapters share: it follows nothing, and connecting has a limit of its own, so that what was never sent is known not to
/// have been.
///
/// # Errors
/// When the system's TLS roots cannot be read.
pub fn http_client() -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT)
        .tcp_nodelay(true)
        .user_agent(concat!("switchboard/", env!("CARGO_PKG_VERSION")))
        .build()
}

fn settings(config: &Config, public_url: &str) -> Settings {
    let millis = |duration: Duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
    let (switch, guard) = (&config.switch, &config.guard);
    Settings {
        rules: Rules {
            revert_window: millis(switch.revert_window),
            grace: GRACE_MS,
            greeting_timeout: millis(switch.greeting_timeout),
            hold_before_reply: switch.before_reply == BeforeReply::Hold,
            pair_kept_unheard: millis(switch.pair_kept_unheard),
            pair_kept_resolved: millis(switch.pair_kept_resolved),
            invitation_expires: INVITATION_MS,
        },
        guard: Guard {
            limits: Limits {
                per_number_day: guard.welcomes_per_number_day,
                unanswered_per_number_day: guard.welcomes_unanswered_per_number_day,
                per_visitor_day: guard.welcomes_per_visitor_day,
                per_network_hour: guard.welcomes_per_network_hour,
                per_prefix_hour: guard.welcomes_per_prefix_hour,
                unanswered_per_prefix_hour: guard.welcomes_unanswered_per_prefix_hour,
                per_country_hour: guard.welcomes_per_country_hour,
                per_organization_hour: guard.welcomes_per_organization_hour,
                spend_per_organization_day: guard.spend_per_organization_day,
            },
            challenges: Challenges {
                when: guard.challenge,
                difficulty: guard.challenge_difficulty,
            },
            few: Few {
                percent: guard.few_answers_percent,
                of: guard.few_answers_of,
                then: guard.on_few_answers,
            },
            messaging: guard.messaging,
        },
        posts_per_visitor_10s: config.limits.posts_per_visitor_10s,
        visitors_per_network_hour: config.limits.visitors_per_network_hour,
        public_url: public_url.to_owned(),
        media: Terms {
            folder: config.media_folder(),
            max_bytes: config.media.max_bytes.into(),
            max_inbound_bytes: config.media.max_inbound_bytes.into(),
            keep: millis(config.media.keep),
            per_visitor_hour: config.media.uploads_per_visitor_hour,
            per_network_hour: config.media.uploads_per_network_hour,
            mebibytes_per_visitor_hour: config.media.megabytes_per_visitor_hour,
            mebibytes_per_network_hour: config.media.megabytes_per_network_hour,
        },
    }
}

/// The settings of a gateway where nothing is configured.
#[must_use]
pub fn default_settings() -> Settings {
    settings(&Config::default(), "http://127.0.0.1:8080")
}

/// The wiring, in the open: every organization with its web window and the connections that configuration names.
fn directory(config: &Config, caller: &Caller) -> Result<Directory, AppError> {
    let mut directory = Directory::default();
    for organization in &config.organizations {
        let id: Arc<str> = Arc::from(organization.id.as_str());
        let mut connections = vec![connection(&id, WEB, Arc::new(adapter_web::Web))];
        for configured in &organization.connections {
            let channel = (configured.provider.connect)(&configured.settings, caller.clone())
                .map_err(|error| AppError::Connection {
                    id: configured.id.clone(),
                    error,
                })?;
            let made = connection(&id, &configured.id, channel);
            connections.push(Connection {
                own: configured.account.own.clone(),
                number: configured.account.number.clone(),
                enabled: configured.enabled,
                welcome: Arc::from(configured.welcome.as_str()),
                welcome_template: configured.account.welcome_template.clone().map(Into::into),
                own_origin: configured.api_origin(),
                price: configured.price,
                ..made
            });
        }
        directory.add(Organization {
            id,
            name: organization.name.clone(),
            widget_key: organization.widget_key.clone(),
            allowed_origins: organization
                .allowed_origins
                .iter()
                .map(|origin| origin.as_str().to_owned())
                .collect(),
            countries: config.guard.countries_of(organization),
            way_back: WayBack(config.switch.way_back.clone()),
            lead: organization.lead.clone(),
            connections: connections.into_iter().map(Arc::new).collect(),
        });
    }
    Ok(directory)
}

fn connection(organization: &Arc<str>, id: &str, channel: Arc<dyn Channel>) -> Connection {
    Connection {
        id: Arc::from(id),
        organization: organization.clone(),
        own: None,
        number: None,
        capabilities: channel.capabilities().clone(),
        channel,
        enabled: true,
        welcome: Arc::from(""),
        welcome_template: None,
        own_origin: None,
        price: 0.0,
    }
}

/// Organizations and operators of the configuration are created or brought up to date, never deleted. What is stored as it should be
/// is not written again: a server whose disk is full starts, and shows what it has.
async fn apply(gateway: &Gateway, config: &Config) -> Result<(), AppError> {
    for organization in &config.organizations {
        let id: Arc<str> = Arc::from(organization.id.as_str());
        gateway
            .put_organization(&id, &organization.name, &organization.widget_key)
            .await?;
        for operator in &organization.operators {
            let password_hash = match &operator.password {
                Password::Hash(hash) => hash.expose().to_owned(),
                Password::Plain(password) => {
                    gateway
                        .hash_of(&organization.id, &operator.email, password)
                        .await?
                }
            };
            gateway
                .put_operator(OperatorRow {
                    organization: organization.id.clone(),
                    id: token::operator_id(gateway.now()).to_string(),
                    email: operator.email.clone(),
                    name: operator.name.clone(),
                    role: role_word(operator.role).to_owned(),
                    password_hash,
                    presence: "offline".to_owned(),
                })
                .await?;
        }
    }
    Ok(())
}

fn role_word(role: Role) -> &'static str {
    match role {
        Role::Owner => "owner",
        Role::Admin => "admin",
        Role::Operator => "operator",
    }
}

/// The configuration of a demonstration that keeps its data in that folder.
#[must_use]
pub fn demo_config(address: SocketAddr, data: &Path, password: &str, auth_token: &str) -> Config {
    let text = format!(
        r#"
        [store]
        url = {url}
        [simulator]
        enabled = true
        [guard]
        welcomes_per_visitor_day = 0
        welcomes_per_network_hour = 0
        [limits]
        sockets_per_network = 0
        visitors_per_network_hour = 0
        [media]
        uploads_per_visitor_hour = 0
        uploads_per_network_hour = 0
        megabytes_per_visitor_hour = 0
        megabytes_per_network_hour = 0
        [[organization]]
        id = "acme"
        name = "Acme Pumps"
        widget_key = "wk_acme"
          [[organization.operator]]
          email = "ada@acme.example"
          name = "Ada"
          role = "owner"
          password = "{password}"
          [[organization.operator]]
          email = "ben@acme.example"
          name = "Ben"
          password = "{password}"
          [[organization.connection]]
          id = "acme-sms"
          channel = "sms"
          provider = "twilio"
          account_sid = "AC00000000000000000000000000000001"
          auth_token = "{auth_token}"
          from = "+15005550006"
          api_base = "http://{address}/simulator/twilio"
          [[organization.connection]]
          id = "acme-wa"
          channel = "whatsapp"
          provider = "meta"
          from = "+15005550007"
          phone_number_id = "106540352242922"
          business_account_id = "102290129340398"
          access_token = "{auth_token}"
          app_secret = "{auth_token}"
          verify_token = "{auth_token}"
          welcome_template = "continue_chat"
          welcome_language = "en"
          api_base = "http://{address}/simulator/meta"
          [[organization.connection]]
          id = "acme-tg"
          channel = "telegram"
          provider = "telegram"
          bot_username = "acme_pumps_bot"
          bot_token = "7000000001:{auth_token}"
          webhook_secret = "{auth_token}"
          api_base = "http://{address}/simulator/telegram"
        "#,
        url = toml::Value::String(format!("sqlite:{}", data.join("switchboard.db").display())),
    );
    Config::parse(Path::new("the demonstration"), &text, [])
        .expect("the demonstration's own configuration is right")
}
