//! The real server as a process: started, killed without warning, started again on what it left behind.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::process::{Child, Command};

use crate::Failed;
use crate::channels::{self, Channel, Organization};

/// How long a start may take until the server is ready.
const START: Duration = Duration::from_secs(20);
/// Ports that the system gives to nobody on its own, so that the server finds its own free after each restart.
const PORTS: std::ops::Range<u16> = 20_000..30_000;

/// Who answers.
const OPERATORS: [&str; 2] = ["ada", "ben"];
pub const PASSWORD: &str = "crash-password";

/// Who answers for an organization.
pub fn operators(organization: &Organization) -> impl Iterator<Item = String> {
    let id = organization.id;
    OPERATORS
        .iter()
        .map(move |name| format!("{name}@{id}.example"))
}

/// Of that password, with the least work that Argon2 allows: it is checked once, and protects nothing.
const PASSWORD_HASH: &str =
    "$argon2id$v=19$m=8,t=1,p=1$PU4z8ZLb2jwcJ5sh8T4rLA$wVt+XW0DJS9dtDo1SE7mG+ey1FCrCDKZIJlaKICXXvU";

/// The server under test.
pub struct Server {
    pub address: SocketAddr,
    binary: PathBuf,
    folder: PathBuf,
    process: Option<Child>,
}

impl Server {
    /// Writes the configuration into the folder; starts nothing.
    pub fn new(
        binary: &Path,
        folder: &Path,
        carrier: SocketAddr,
        windows: &Windows,
    ) -> Result<Self, Failed> {
        let address = free_address()?;
        std::fs::write(
            folder.join("switchboard.toml"),
            configuration(address, folder, carrier, windows),
        )?;
        Ok(Self {
            address,
            binary: std::path::absolute(binary)?,
            folder: folder.to_owned(),
            process: None,
        })
    }

    /// Starts it and waits until it is ready. How long that took.
    pub async fn start(&mut self) -> Result<Duration, Failed> {
        let begun = Instant::now();
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.folder.join("log"))?;
        let process = Command::new(&self.binary)
            .arg("serve")
            .arg("--config")
            .arg(self.folder.join("switchboard.toml"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("{} does not start: {error}", self.binary.display()))?;
        let process = self.process.insert(process);
        let ready = format!("http://{}/readyz", self.address);
        let http = reqwest::Client::builder().no_proxy().build()?;
        while begun.elapsed() < START {
            if let Ok(answer) = http.get(&ready).send().await
                && answer.status().is_success()
            {
                return Ok(begun.elapsed());
            }
            if let Some(status) = process.try_wait()? {
                return Err(format!("the server ended by itself: {status}; see its log").into());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Err("the server was not ready in time; see its log".into())
    }

    /// SIGKILL: whatever it was doing, it does not finish.
    pub async fn kill(&mut self) -> Result<(), Failed> {
        if let Some(mut process) = self.process.take() {
            if let Some(status) = process.try_wait()? {
                return Err(format!("the server ended by itself: {status}; see its log").into());
            }
            process.kill().await?;
        }
        Ok(())
    }
}

/// How long a switch can be put back, and how long a welcome may take.
pub struct Windows {
    pub revert: Duration,
    pub greeting: Duration,
}

fn free_address() -> Result<SocketAddr, Failed> {
    let offset = std::process::id() % u32::from(PORTS.end - PORTS.start);
    let first = PORTS.start + u16::try_from(offset)?;
    (first..PORTS.end)
        .chain(PORTS.start..first)
        .map(|port| SocketAddr::from(([127, 0, 0, 1], port)))
        .find(|address| std::net::TcpListener::bind(address).is_ok())
        .ok_or_else(|| "no port is free".into())
}

fn configuration(
    address: SocketAddr,
    folder: &Path,
    carrier: SocketAddr,
    windows: &Windows,
) -> String {
    format!(
        r#"
        [server]
        listen = "{address}"
        [store]
        url = "sqlite:{store}"
        [switch]
        revert_window = "{revert}ms"
        greeting_timeout = "{greeting}ms"
        [guard]
        welcomes_per_number_day = 0
        welcomes_unanswered_per_number_day = 0
        welcomes_per_visitor_day = 0
        welcomes_per_network_hour = 0
        welcomes_per_prefix_hour = 0
        welcomes_unanswered_per_prefix_hour = 0
        welcomes_per_country_hour = 0
        welcomes_per_organization_hour = 0
        challenge = "never"
        few_answers_percent = 0
        [media]
        uploads_per_visitor_hour = 0
        uploads_per_network_hour = 0
        megabytes_per_visitor_hour = 0
        megabytes_per_network_hour = 0
        [limits]
        sockets_per_network = 0
        visitors_per_network_hour = 0
        posts_per_visitor_10s = 1000000
        {organizations}
        "#,
        store = folder.join("switchboard.db").display(),
        revert = windows.revert.as_millis(),
        greeting = windows.greeting.as_millis(),
        organizations = channels::ALL
            .iter()
            .map(|organization| organization_lines(organization, carrier))
            .collect::<String>(),
    )
}

fn organization_lines(organization: &Organization, carrier: SocketAddr) -> String {
    let operator = |email: String| {
        format!(
            r#"
        [[organization.operator]]
        email = "{email}"
        role = "owner"
        password_hash = "{PASSWORD_HASH}"
        "#
        )
    };
    let connection = |channel: &Channel| {
        let (id, word) = (channel.connection, channel.word);
        let settings = (channel.settings)(channel, carrier);
        format!(
            r#"
        [[organization.connection]]
        id = "{id}"
        channel = "{word}"
        {settings}
        "#
        )
    };
    format!(
        r#"
        [[organization]]
        id = "{id}"
        name = "{id}"
        widget_key = "{key}"
        {operators}
        {connections}
        "#,
        id = organization.id,
        key = organization.widget_key(),
        operators = operators(organization).map(operator).collect::<String>(),
        connections = organization
            .channels
            .iter()
            .map(connection)
            .collect::<String>(),
    )
}
