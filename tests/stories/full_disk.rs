//! A full disk: what is stored is shown, nothing is lost, and everybody is told.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use switchboard::app;

/// A server of its own process, which may be ended without notice.
struct Server {
    child: Child,
    http: reqwest::Client,
    url: String,
}

impl Server {
    /// The demonstration on that folder, and what the shell is to do before.
    fn start(folder: &PathBuf, before: &str) -> Self {
        let binary = env!("CARGO_BIN_EXE_switchboard");
        let mut child = Command::new("sh")
            .arg("-c")
            .arg(format!(
                "{before} exec \"$0\" demo --listen 127.0.0.1:0 --data \"$1\""
            ))
            .arg(binary)
            .arg(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a shell");
        let mut line = String::new();
        let out = child.stdout.take().expect("it has one");
        BufReader::new(out).read_line(&mut line).expect("a line");
        let ready: Value = serde_json::from_str(&line).expect("it starts");
        let url = ready["url"].as_str().expect("an address").to_owned();
        // In this process nobody serves, who would have installed it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = app::http_client().expect("a client");
        Self { child, http, url }
    }

    async fn status(&self, path: &str) -> u16 {
        let answer = self.http.get(format!("{}{path}", self.url)).send().await;
        answer.expect("it answers").status().as_u16()
    }

    async fn new_visitor(&self) -> u16 {
        let asked = self
            .http
            .post(format!("{}/v1/visitors", self.url))
            .json(&json!({ "widget_key": "wk_acme" }));
        asked.send().await.expect("it answers").status().as_u16()
    }
}

impl Drop for Server {
    /// Without notice, also where a story fails.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn a_server_whose_disk_is_full_starts_and_says_that_it_is_not_ready() {
    let folder = std::env::temp_dir().join(format!("switchboard-full-{}", uuid::Uuid::now_v7()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let roomy = Server::start(&folder, "");
    assert_eq!(roomy.new_visitor().await, 201);
    assert_eq!(roomy.status("/readyz").await, 200);
    drop(roomy);

    // No file may be longer than this, which the log's index is and one page more of the log is not.
    let full = Server::start(&folder, "trap '' XFSZ; ulimit -f 64;");

    assert_eq!(full.status("/v1/widgets/wk_acme").await, 200);
    let mut taken = 0;
    while full.new_visitor().await == 201 {
        taken += 1;
        assert!(taken < 1_000, "the disk is never full");
    }
    assert_eq!(full.new_visitor().await, 503);
    assert_eq!(full.status("/readyz").await, 503);
    drop(full);
    std::fs::remove_dir_all(&folder).expect("removed");
}
