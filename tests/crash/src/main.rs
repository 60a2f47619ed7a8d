//! Kills the server at random under mixed load, and checks that nothing acknowledged was lost, doubled or reordered.
//!
//! | module | its one job |
//! | --- | --- |
//! | `run` | one run: the cast, the kills, the quiet end |
//! | `server` | the real binary, started and killed |
//! | `channels` | the phone channels of the load, a row each |
//! | `carrier` | a carrier that survives it |
//! | `api` | requests that are repeated until they are answered |
//! | `people`, `readers` | the load: who writes, switches, stops and reaches whom, who reads along |
//! | `picture` | files, each known by its words |
//! | `record` | what everybody was told |
//! | `rest` | the end, when nothing is on its way any more |
//! | `check` | the logs, and the carrier's books, held against it |
//! | `dice` | chance from a seed |

mod api;
mod carrier;
mod channels;
mod check;
mod dice;
mod people;
mod picture;
mod readers;
mod record;
mod rest;
mod run;
mod server;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

type Failed = Box<dyn std::error::Error + Send + Sync>;

/// Kills the server at random under mixed load, and checks that nothing acknowledged was lost, doubled or reordered.
#[derive(Clone, Debug, Parser)]
#[command(version)]
pub struct Plan {
    /// The server's binary.
    #[arg(long, default_value = "target/release/switchboard")]
    server: PathBuf,
    /// Where its store is made; a disk is as good, and slower.
    #[arg(long, default_value_os_t = std::env::temp_dir())]
    folder: PathBuf,
    /// How often it is killed.
    #[arg(long, default_value_t = 1_000)]
    restarts: u32,
    /// Conversations whose windows are watched.
    #[arg(long, default_value_t = 8)]
    quiet: u64,
    /// Conversations in which everybody does everything at once.
    #[arg(long, default_value_t = 4)]
    crowded: u64,
    /// Leads whom several operators reach at once, again and again, and as many visitors who left their chat.
    #[arg(long, default_value_t = 2)]
    leads: u64,
    /// Visitors who write first, one after the other.
    #[arg(long, default_value_t = 2)]
    first: u64,
    /// Seconds that the end waits for what the carrier never got: its list proves that only after a minute. What it got is waited for.
    #[arg(long, default_value_t = 120)]
    rest: u64,
    /// What a run is made of, as far as processes can be repeated; without it, any.
    #[arg(long)]
    seed: Option<u64>,
    /// Minutes after which the run ends, however often it has killed.
    #[arg(long, default_value_t = 60)]
    minutes: u64,
}

impl Plan {
    fn patience(&self) -> Duration {
        Duration::from_secs(self.rest)
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    // A second provider would be a programming error; there is one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let plan = Plan::parse();
    let seed = plan.seed.unwrap_or_else(dice::any_seed);
    println!("seed {seed}");
    match run::run(&plan, seed).await {
        Ok(wrong) if wrong.is_empty() => {
            println!(
                "nothing was lost, doubled or reordered, and nobody was written to who had stopped"
            );
            ExitCode::SUCCESS
        }
        Ok(wrong) => {
            const SHOWN: usize = 20;
            wrong
                .iter()
                .take(SHOWN)
                .for_each(|what| eprintln!("WRONG: {what}"));
            eprintln!("{} rules broken; again with --seed {seed}", wrong.len());
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("switchboard-crash: {error}; again with --seed {seed}");
            ExitCode::FAILURE
        }
    }
}
