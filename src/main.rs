//! The command line: serve, demo, check, openapi, operator, messaging.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use serde_json::json;
use switchboard::app::{self, App, AppError, Mode};
use switchboard::config::{Config, Organization, environment};
use switchboard::gateway::people::hash_password;
use switchboard::gateway::token;
use switchboard::store::guard::{self, ALL, Messaging};
use switchboard::store::people::{self, OperatorRow};
use switchboard::store::{Store, StoreError, clock, file};
use switchboard::{api, telemetry};

/// Messages are many small pieces of memory that one thread takes and another gives back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// An open omnichannel chat gateway: one conversation, any channel, and back.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve, as configured.
    Serve {
        /// The configuration; without it `switchboard.toml` where it stands, else the defaults.
        #[arg(long)]
        config: Option<PathBuf>,
    },
    /// Show everything on one page: a shop with the chat window, the operator's console, a phone.
    Demo {
        /// Where to listen; port 0 takes a free one.
        #[arg(long, default_value = "127.0.0.1:8080")]
        listen: SocketAddr,
        /// Where to keep its data; without it a fresh temporary folder, removed at the end.
        #[arg(long)]
        data: Option<PathBuf>,
    },
    /// Say whether the configuration is right, key by key; changes nothing.
    Check {
        /// The configuration.
        #[arg(long)]
        config: Option<PathBuf>,
        /// For programs.
        #[arg(long)]
        json: bool,
    },
    /// Print the OpenAPI document.
    Openapi,
    /// Stop the messages that go to providers, or let them go again. A running server follows at once.
    Messaging {
        /// What is to be so.
        #[arg(value_enum)]
        to: OnOff,
        /// Whose: an organization of the configuration; without it everybody's.
        #[arg(long)]
        organization: Option<String>,
        /// Stop every message to a provider, and not only welcome messages.
        #[arg(long)]
        all: bool,
        /// Why, for the people at the consoles.
        #[arg(long)]
        reason: Option<String>,
        /// The configuration, for where the data is.
        #[arg(long)]
        config: Option<PathBuf>,
        /// For programs.
        #[arg(long)]
        json: bool,
    },
    /// People who answer.
    Operator {
        #[command(subcommand)]
        command: OperatorCommand,
    },
}

#[derive(Subcommand)]
enum OperatorCommand {
    /// Add an operator, or bring the one with that e-mail address up to date. The password is read from standard input.
    Add {
        /// The configuration, for where the data is.
        #[arg(long)]
        config: Option<PathBuf>,
        /// Whose operator: an organization of the configuration.
        #[arg(long)]
        organization: String,
        /// What they sign in with.
        #[arg(long)]
        email: String,
        /// What others see; without it the e-mail address up to the @.
        #[arg(long)]
        name: Option<String>,
        /// What they may do.
        #[arg(long, value_enum, default_value = "operator")]
        role: RoleArgument,
        /// For programs.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum OnOff {
    On,
    Off,
}

#[derive(Clone, Copy, ValueEnum)]
enum RoleArgument {
    Owner,
    Admin,
    Operator,
}

type Failed = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> ExitCode {
    let command = Arguments::parse().command;
    let outcome = match command {
        Command::Serve { config } => serve(config.as_deref()).await,
        Command::Demo { listen, data } => demo(listen, data).await,
        Command::Check { config, json } => check(config.as_deref(), json).await,
        Command::Openapi => openapi(),
        Command::Operator { command } => add_operator(command).await,
        Command::Messaging {
            to,
            organization,
            all,
            reason,
            config,
            json,
        } => {
            let stopped = match (to, all) {
                (OnOff::On, _) => None,
                (OnOff::Off, false) => Some("welcomes"),
                (OnOff::Off, true) => Some("all"),
            };
            set_messaging(config.as_deref(), organization, stopped, reason, json).await
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("switchboard: {error}");
            ExitCode::FAILURE
        }
    }
}

fn configured(file: Option<&Path>) -> Result<Config, Failed> {
    Config::load(file, environment()).map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        lines.join("\nswitchboard: ").into()
    })
}

async fn serve(file: Option<&Path>) -> Result<(), Failed> {
    let config = configured(file)?;
    telemetry::start(telemetry::Format::for_stderr(false))?;
    let app = App::start(&config, Mode::default()).await?;
    tracing::info!(address = %app.address, public_url = %app.public_url, "listening");
    asked_to_end().await?;
    tracing::info!("ending: no new work is taken on");
    app.stop().await?;
    Ok(())
}

async fn demo(listen: SocketAddr, data: Option<PathBuf>) -> Result<(), Failed> {
    telemetry::start(telemetry::Format::for_stderr(true))?;
    let (folder, fresh) = match data {
        Some(folder) => (folder, false),
        None => (
            std::env::temp_dir().join(format!("switchboard-demo-{}", token::operator_id(now()))),
            true,
        ),
    };
    std::fs::create_dir_all(&folder).map_err(|error| {
        format!(
            "{} cannot be made: {error}; name a folder that can be written to with --data",
            folder.display()
        )
    })?;
    let outcome = run_demo(listen, &folder).await;
    if fresh {
        // What is left in a temporary folder harms nobody.
        let _ = std::fs::remove_dir_all(&folder);
    }
    outcome
}

async fn run_demo(listen: SocketAddr, folder: &Path) -> Result<(), Failed> {
    let listener = app::bind(listen).await?;
    let address = listener.local_addr()?;
    let password = secret_in(folder, "operator-password")?;
    let auth_token = secret_in(folder, "carrier-token")?;
    let config = app::demo_config(address, folder, &password, &auth_token);
    let demo = api::Demo::of(&config, &password);
    let app = App::start_on(
        listener,
        &config,
        Mode {
            demo: Some(demo.clone()),
            ..Mode::default()
        },
    )
    .await?;
    let url = &app.public_url;
    let ready = json!({
        "ready": true,
        "url": url,
        "demo": format!("{url}/demo"),
        "shop": format!("{url}/shop"),
        "console": format!("{url}/console"),
        "phone": format!("{url}/phone"),
        "docs": format!("{url}/docs"),
        "widget_key": demo.widget_key,
        "operator": { "email": demo.email, "password": password },
    });
    let mut out = io::stdout().lock();
    writeln!(out, "{ready}")?;
    out.flush()?;
    drop(out);
    eprintln!(
        "\n  everything on one page   {url}/demo\n  operator console         {url}/console   {} / {password}\n  \
         phones                   {url}/phone\n  API                      {url}/docs\n\n  Ctrl-C ends it.\n",
        demo.email
    );
    asked_to_end().await?;
    app.stop().await?;
    Ok(())
}

/// A secret of the demonstration, kept beside its data so that a restart is the same demonstration.
fn secret_in(folder: &Path, name: &str) -> Result<String, Failed> {
    let path = folder.join(name);
    if let Ok(kept) = std::fs::read_to_string(&path) {
        return Ok(kept);
    }
    let fresh = token::Token::new("demo", token::TokenKind::Session).hash()[..20].to_owned();
    owners_file(&path)
        .and_then(|mut file| file.write_all(fresh.as_bytes()))
        .map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
    Ok(fresh)
}

/// A new file that only its owner can read.
fn owners_file(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

async fn check(file: Option<&Path>, as_json: bool) -> Result<(), Failed> {
    let config = configured(file)?;
    let listener = listens(&config).await;
    let store = reached(&config).await;
    if as_json {
        let report = json!({
            "settings": config.report(),
            "listen": outcome(&listener),
            "store": outcome(&store),
            "bus": "ok",
        });
        say(&format!("{report:#}"))?;
    } else {
        for setting in config.report() {
            say(&setting.to_string())?;
        }
        say(&format!(
            "\nlisten: {}\nstore: {}\nbus: ok",
            outcome(&listener),
            outcome(&store)
        ))?;
    }
    listener?;
    store?;
    Ok(())
}

/// Whether the server could listen. An address that is taken is a note and no fault: the server itself may have it.
async fn listens(config: &Config) -> Result<String, AppError> {
    match app::bind(config.server.listen).await {
        Ok(_) => Ok("ok".to_owned()),
        Err(AppError::Listen { address, error }) if error.kind() == io::ErrorKind::AddrInUse => {
            Ok(format!(
                "{address} is in use: if not by this server, end what uses it or choose another address in [server] listen"
            ))
        }
        Err(error) => Err(error),
    }
}

/// Reaches the store and tries whether it could be written, without changing it.
async fn reached(config: &Config) -> Result<String, StoreError> {
    let switchboard::config::Store::Sqlite(path) = &config.store;
    file::try_out(path)?;
    // An empty file is one that a server begins in.
    if std::fs::metadata(path).is_ok_and(|about| about.len() > 0) {
        Store::look(path).await?;
    }
    Ok("ok".to_owned())
}

/// Prints a line; whoever reads may have had enough of it.
fn say(text: &str) -> Result<(), Failed> {
    match writeln!(io::stdout(), "{text}") {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

fn outcome<E: std::fmt::Display>(result: &Result<String, E>) -> String {
    match result {
        Ok(word) => word.clone(),
        Err(error) => error.to_string(),
    }
}

fn openapi() -> Result<(), Failed> {
    say(&api::openapi_json())
}

async fn set_messaging(
    file: Option<&Path>,
    organization: Option<String>,
    stopped: Option<&str>,
    reason: Option<String>,
    as_json: bool,
) -> Result<(), Failed> {
    let config = configured(file)?;
    if let Some(id) = &organization {
        organization_of(&config, id)?;
    }
    let store = app::open_store(&config, clock::machine()).await?;
    let said = Messaging {
        organization: organization.clone().unwrap_or_else(|| ALL.to_owned()),
        stopped: stopped.map(str::to_owned),
        reason,
        by: "the command line".to_owned(),
        at: store.clock.now().0,
    };
    guard::set_messaging(&mut store.writer().await?, &said).await?;
    let whose = organization.as_deref().unwrap_or("every organization");
    let what = match stopped {
        None => "messages go out again, as far as nothing else stops them",
        Some("all") => "no message goes to a provider",
        Some(_) => "no welcome message goes out",
    };
    if as_json {
        say(&json!({ "organization": organization, "enabled": stopped.is_none(), "scope": stopped }).to_string())
    } else {
        say(&format!("{whose}: {what}"))
    }
}

/// An organization of the configuration.
fn organization_of<'c>(config: &'c Config, id: &str) -> Result<&'c Organization, Failed> {
    let found = config.organizations.iter().find(|known| known.id == id);
    found.ok_or_else(|| {
        let known: Vec<&str> = config
            .organizations
            .iter()
            .map(|known| known.id.as_str())
            .collect();
        format!(
            "--organization {id} is not in the configuration; known: {}",
            known.join(", ")
        )
        .into()
    })
}

async fn add_operator(command: OperatorCommand) -> Result<(), Failed> {
    let OperatorCommand::Add {
        config,
        organization,
        email,
        name,
        role,
        json: as_json,
    } = command;
    let config = configured(config.as_deref())?;
    let configured = organization_of(&config, &organization)?;
    let email = email.trim().to_lowercase();
    if !email.contains('@') {
        return Err(format!("--email {email} is not an e-mail address").into());
    }
    let mut password = String::new();
    io::stdin().take(1024).read_to_string(&mut password)?;
    let password = password.trim_end_matches(['\r', '\n']);
    if password.chars().count() < 8 {
        return Err(
            "the password on standard input has fewer than 8 characters: give a longer one".into(),
        );
    }
    let store = app::open_store(&config, clock::machine()).await?;
    let taken = people::operators_by_email(&store.reads, &email).await?;
    if let Some(other) = taken.iter().find(|row| row.organization != organization) {
        return Err(format!("--email {email} is an operator of {} already: one address signs in to one organization", other.organization).into());
    }
    let name = name.unwrap_or_else(|| email.split('@').next().unwrap_or_default().to_owned());
    let role = match role {
        RoleArgument::Owner => "owner",
        RoleArgument::Admin => "admin",
        RoleArgument::Operator => "operator",
    };
    let row = OperatorRow {
        organization: organization.clone(),
        id: token::operator_id(store.clock.now()).to_string(),
        email: email.clone(),
        name: name.clone(),
        role: role.to_owned(),
        password_hash: hash_password(password),
        presence: "offline".to_owned(),
    };
    let mut conn = store.writer().await?;
    people::organization(
        &mut conn,
        &configured.id,
        &configured.name,
        &configured.widget_key,
    )
    .await?;
    people::put_operator(&mut conn, &row).await?;
    if as_json {
        println!(
            "{}",
            json!({ "organization": organization, "email": email, "name": name, "role": role })
        );
    } else {
        println!(
            "{email} can sign in to {organization} as {role} (a running server knows it from their first sign-in)"
        );
    }
    Ok(())
}

fn now() -> switchboard::core::Timestamp {
    switchboard::core::Timestamp(clock::machine()())
}

/// Waits for the system to ask us to end.
async fn asked_to_end() -> io::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        interrupted = tokio::signal::ctrl_c() => interrupted,
    }
}
