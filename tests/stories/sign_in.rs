//! Signing in: who guesses is stopped, and nobody else.

use reqwest::StatusCode;
use serde_json::json;

use crate::world::World;

const ADA: &str = "ada@acme.example";
const TEN_MINUTES: u64 = 10 * 60_000;

/// A server behind a proxy that says from where a request comes.
async fn behind_a_proxy() -> World {
    World::with(|config| {
        config.server.trusted_proxies = vec!["127.0.0.0/8".parse().expect("a network")];
    })
    .await
}

async fn tries(world: &World, from: &str, email: &str, password: &str) -> StatusCode {
    let request = reqwest::Client::new()
        .post(format!("{}/v1/session", world.url))
        .header("x-forwarded-for", from)
        .json(&json!({ "email": email, "password": password }));
    request.send().await.expect("the server answers").status()
}

async fn guesses(world: &World, from: &str, times: usize) {
    for _ in 0..times {
        assert_eq!(tries(world, from, ADA, "a guess").await, 401);
    }
}

#[tokio::test]
async fn who_guesses_a_password_is_stopped_and_its_owner_signs_in_from_elsewhere() {
    let world = behind_a_proxy().await;
    guesses(&world, "192.0.2.7", 20).await;

    assert_eq!(tries(&world, "192.0.2.7", ADA, "a guess").await, 429);
    assert_eq!(tries(&world, "192.0.2.8", ADA, "correct horse").await, 429);
    assert_eq!(
        tries(&world, "198.51.100.7", ADA, "correct horse").await,
        200
    );
    let ben = "ben@acme.example";
    assert_eq!(tries(&world, "192.0.2.7", ben, "correct horse").await, 200);

    world.pass(TEN_MINUTES);
    assert_eq!(tries(&world, "192.0.2.7", ADA, "correct horse").await, 200);
}

#[tokio::test]
async fn signing_in_is_no_guess_and_forgives_those_before_it() {
    let world = behind_a_proxy().await;
    for _ in 0..21 {
        assert_eq!(tries(&world, "192.0.2.7", ADA, "correct horse").await, 200);
    }
    for _ in 0..2 {
        guesses(&world, "192.0.2.7", 19).await;
        assert_eq!(tries(&world, "192.0.2.7", ADA, "correct horse").await, 200);
    }
}
