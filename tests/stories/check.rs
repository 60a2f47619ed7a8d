//! `switchboard check`: what it says, and what it takes for a fault.

use std::net::TcpListener;
use std::process::{Command, Output};

fn check(listen: &str, store: &str) -> (bool, String) {
    let run = Command::new(env!("CARGO_BIN_EXE_switchboard"))
        .arg("check")
        .env("SWITCHBOARD__SERVER__LISTEN", listen)
        .env("SWITCHBOARD__STORE__URL", store)
        .output();
    let Output {
        status,
        stdout,
        stderr,
    } = run.expect("it runs");
    let said = [stdout, stderr].concat();
    (status.success(), String::from_utf8(said).expect("text"))
}

#[test]
fn an_address_that_the_server_itself_may_have_is_a_note_and_no_fault() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("bound").to_string();
    let folder = std::env::temp_dir();
    let store = format!("sqlite:{}/switchboard-never-made.db", folder.display());

    let (right, said) = check(&address, &store);

    assert!(right, "{said}");
    assert!(
        said.contains(&format!("listen: {address} is in use")),
        "{said}"
    );
}

#[test]
fn a_place_where_nothing_can_be_written_is_a_fault() {
    // Where not even root makes a file.
    let (right, said) = check("127.0.0.1:0", "sqlite:/sys/switchboard.db");

    assert!(!right, "{said}");
    assert!(said.contains("store: /sys/switchboard.db "), "{said}");
}
