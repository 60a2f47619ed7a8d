//! A server under measurement: a process of its own, ended with the measurement, and what it uses.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::Failed;

/// A process's times are counted in these, on every Linux.
const TICK: Duration = Duration::from_millis(10);
const PAGE: u64 = 4096;
/// How long a server may take to start.
const START: Duration = Duration::from_secs(20);

/// A running server.
pub struct Server {
    pub address: SocketAddr,
    process: Child,
    folder: PathBuf,
}

impl Server {
    /// Starts one of the floors, which says where it listens on its first line.
    pub async fn floor(kind: &str, folder: PathBuf, token: Option<&str>) -> Result<Self, Failed> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(["floor", kind, "--store"])
            .arg(folder.join("floor.db"));
        if let Some(token) = token {
            command.args(["--token", token]);
        }
        let mut process = command.stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
        let output = process.stdout.take().ok_or("a floor without output")?;
        let mut lines = BufReader::new(output).lines();
        let line = tokio::time::timeout(START, lines.next_line()).await??;
        let address = line.ok_or("a floor ended before it listened")?.parse()?;
        Ok(Self {
            address,
            process,
            folder,
        })
    }

    /// Starts the product and waits until it is ready.
    pub async fn product(
        binary: &Path,
        config: &Path,
        address: SocketAddr,
        folder: PathBuf,
    ) -> Result<Self, Failed> {
        let log = std::fs::File::create(folder.join("log"))?;
        let process = Command::new(binary)
            .args(["serve", "--config"])
            .arg(config)
            .env("RUST_LOG", "warn")
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("{} does not start: {error}", binary.display()))?;
        let mut server = Self {
            address,
            process,
            folder,
        };
        server.ready().await?;
        Ok(server)
    }

    async fn ready(&mut self) -> Result<(), Failed> {
        let until = Instant::now() + START;
        let question = format!(
            "GET /readyz HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n",
            self.address
        );
        while Instant::now() < until {
            if let Ok(mut client) = crate::load::http::Client::connect(self.address).await
                && matches!(client.send(question.as_bytes()).await, Ok((200, _)))
            {
                return Ok(());
            }
            if let Some(status) = self.process.try_wait()? {
                let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                return Err(format!("the product ended with {status}: {log}").into());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Err("the product was not ready in time".into())
    }

    /// Ends it.
    pub async fn end(mut self) -> Result<(), Failed> {
        Ok(self.process.kill().await?)
    }

    /// Begins to watch what the server and others use.
    pub fn watch(&mut self) -> Result<Watch, Failed> {
        if let Some(status) = self.process.try_wait()? {
            return Err(format!("the server ended with {status}").into());
        }
        Ok(Watch {
            begun: Instant::now(),
            server: self.processor()?,
            generator: processor("/proc/self/stat")?,
            machine: busy()?,
        })
    }

    /// Resident memory in bytes.
    pub fn memory(&self) -> Result<u64, Failed> {
        let pid = self.process.id().ok_or("the server has ended")?;
        let statm = std::fs::read_to_string(format!("/proc/{pid}/statm"))?;
        let pages: u64 = statm.split(' ').nth(1).ok_or("no memory")?.parse()?;
        Ok(pages * PAGE)
    }

    fn processor(&self) -> Result<Duration, Failed> {
        let pid = self.process.id().ok_or("the server has ended")?;
        processor(&format!("/proc/{pid}/stat"))
    }
}

impl Drop for Server {
    /// What it wrote goes with it, also when a measurement fails.
    fn drop(&mut self) {
        let _ = self.process.start_kill();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A stretch of time, watched.
pub struct Watch {
    begun: Instant,
    server: Duration,
    generator: Duration,
    machine: Duration,
}

/// What was used meanwhile.
pub struct Usage {
    pub wall: Duration,
    /// How much of a core neither server nor generator used.
    pub others: f64,
    server: Duration,
}

impl Watch {
    pub fn stop(self, server: &Server) -> Result<Usage, Failed> {
        let wall = self.begun.elapsed();
        let used = server.processor()? - self.server;
        let generator = processor("/proc/self/stat")? - self.generator;
        let others = (busy()? - self.machine).saturating_sub(used + generator);
        Ok(Usage {
            wall,
            others: others.as_secs_f64() / wall.as_secs_f64(),
            server: used,
        })
    }
}

impl Usage {
    /// The server's processor time for each of so many.
    pub fn per(&self, many: u64) -> Duration {
        self.server
            .div_f64(u32::try_from(many.max(1)).map_or(f64::MAX, f64::from))
    }
}

/// Time that a process has had of the processor.
fn processor(stat: &str) -> Result<Duration, Failed> {
    let stat = std::fs::read_to_string(stat)?;
    // The name stands in parentheses and may hold anything.
    let (_, fields) = stat.rsplit_once(") ").ok_or("no times")?;
    ticks(fields.split(' ').skip(11).take(2))
}

/// Time that the machine's cores were not idle.
fn busy() -> Result<Duration, Failed> {
    let stat = std::fs::read_to_string("/proc/stat")?;
    let line = stat.lines().next().ok_or("no times")?;
    // user nice system idle iowait irq softirq steal
    let fields = line.split_whitespace().skip(1).take(8).enumerate();
    ticks(
        fields
            .filter(|(n, _)| !(3..=4).contains(n))
            .map(|(_, field)| field),
    )
}

fn ticks<'t>(fields: impl Iterator<Item = &'t str>) -> Result<Duration, Failed> {
    let ticks = fields.map(str::parse::<u32>).sum::<Result<u32, _>>()?;
    Ok(TICK * ticks)
}
