//! A flood of switches to numbers that pay whoever owns them, from as many networks, with honest visitors among it: the guard's default
//! limits must hold, and honest switches come about. Everything stays on this machine, on ports of the loopback interface.
//!
//! | module | its one job |
//! | --- | --- |
//! | `cast` | who attacks, who is honest, and their numbers |
//! | `people` | one visitor: begins a chat, asks for the switch, meets a challenge |
//! | `run` | the server, the flood, the figures, the rules |

mod cast;
mod people;
mod run;

use std::process::ExitCode;

use clap::Parser;

type Failed = Box<dyn std::error::Error + Send + Sync>;

/// Floods a server with switches, and checks that the guard holds and lets honest visitors through.
#[derive(Clone, Debug, Parser)]
#[command(version)]
pub struct Plan {
    /// Client networks that attack, each with one visitor.
    #[arg(long, default_value_t = 10_000)]
    networks: u32,
    /// Numbers that the attackers own.
    #[arg(long, default_value_t = 1_000)]
    numbers: u32,
    /// Blocks that these lie in, at most ten.
    #[arg(long, default_value_t = 10)]
    prefixes: u32,
    /// Honest visitors, each with a network and a number of their own.
    #[arg(long, default_value_t = 360)]
    honest: u32,
    /// How hard challenges are; without it, as hard as by default.
    #[arg(long)]
    difficulty: Option<u32>,
    /// Minutes after which the run has failed.
    #[arg(long, default_value_t = 10)]
    minutes: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    let plan = Plan::parse();
    match run::run(&plan).await {
        Ok(figures) => {
            println!("{figures}");
            let wrong = figures.wrong();
            wrong.iter().for_each(|what| eprintln!("WRONG: {what}"));
            if wrong.is_empty() {
                println!("the guard held, and honest visitors came through");
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
        Err(error) => {
            eprintln!("switchboard-attack: {error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_flood_is_held_to_the_limits_and_honest_visitors_come_through_it() {
        let plan = Plan {
            networks: 300,
            numbers: 100,
            prefixes: 2,
            honest: 30,
            difficulty: Some(1_000),
            minutes: 2,
        };
        let figures = run::run(&plan).await.expect("it runs");
        println!("{figures}");
        assert_eq!(figures.wrong(), [""; 0]);
    }
}
