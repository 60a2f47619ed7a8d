//! `make bench`: the product beside the bare floor of the same path, as ratios.
//!
//! | module | its one job |
//! | --- | --- |
//! | `rounds` | floor and product in turn, over and over; noisy rounds do not count |
//! | `figures` | the three paths: a visitor's message, a webhook, an idle socket |
//! | `table` | what is printed |
//! | `floor` | the bare servers |
//! | `product` | the real binary, and the people that take part |
//! | `load` | the same load for both |
//! | `server` | a process under measurement, and what it uses |
//! | `twilio` | signed webhooks |

mod figures;
mod floor;
mod load;
mod product;
mod rounds;
mod server;
mod table;
mod twilio;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};

type Failed = Box<dyn std::error::Error + Send + Sync>;

/// The product beside the bare floor of the same path, as ratios.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measure and print the table.
    Run(Plan),
    /// Be one of the floors; used by `run`.
    Floor {
        kind: Floor,
        #[arg(long)]
        store: PathBuf,
        /// What webhooks are signed with.
        #[arg(long, default_value = "")]
        token: String,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum Floor {
    Chat,
    Webhook,
    Idle,
}

/// What is measured, and how long.
#[derive(Clone, Debug, clap::Args)]
struct Plan {
    /// The product.
    #[arg(long, default_value = "target/release/switchboard")]
    product: PathBuf,
    /// Where stores are made for the ratios: a folder in memory, since disks differ more than programs.
    #[arg(long, default_value = "/dev/shm")]
    memory: PathBuf,
    /// Where stores are made for what is reported beside: a folder on a disk.
    #[arg(long, default_value = "target")]
    disk: PathBuf,
    /// Rounds that count.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Rounds on the disk.
    #[arg(long, default_value_t = 3)]
    disk_rounds: usize,
    /// How long each measurement lasts, in seconds.
    #[arg(long, default_value_t = 3.0)]
    seconds: f64,
    #[arg(long, default_value_t = 1_000)]
    visitors: usize,
    /// Each has an organization of its own, and follows its share of the visitors.
    #[arg(long, default_value_t = 50)]
    operators: usize,
    /// The fewer and the more idle sockets that memory is compared at.
    #[arg(long, default_value_t = 2_000)]
    few_sockets: usize,
    #[arg(long, default_value_t = 12_000)]
    many_sockets: usize,
    /// Only figures whose name contains this.
    #[arg(long, default_value = "")]
    only: String,
}

impl Plan {
    fn lasts(&self) -> Duration {
        Duration::from_secs_f64(self.seconds)
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Run(plan) => tokio::select! {
            outcome = figures::run(&plan) => outcome,
            () = asked_to_end() => Err("ended before everything was measured".into()),
        },
        Command::Floor { kind, store, token } => match kind {
            Floor::Chat => floor::chat::run(&store).await,
            Floor::Webhook => floor::webhook::run(&store, token).await,
            Floor::Idle => floor::idle::run().await,
        },
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("switchboard-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Ctrl-C, or a limit of time: servers and stores are not left behind.
async fn asked_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).expect("signals can be listened to");
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
