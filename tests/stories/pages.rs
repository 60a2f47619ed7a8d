//! What browsers are told with every answer.

use reqwest::header::STRICT_TRANSPORT_SECURITY;
use switchboard::config::BaseUrl;

use crate::world::World;

async fn behind_tls() -> World {
    World::with(|config| {
        config.server.public_url = BaseUrl::parse("https://chat.example");
    })
    .await
}

#[tokio::test]
async fn browsers_that_come_by_tls_are_told_to_stay_with_it() {
    for (world, told) in [
        (behind_tls().await, Some("max-age=31536000")),
        (World::new().await, None),
    ] {
        for path in ["/healthz", "/console", "/nowhere"] {
            let url = format!("{}{path}", world.address());
            let response = reqwest::get(url).await.expect("the server answers");
            let header = response.headers().get(STRICT_TRANSPORT_SECURITY);
            assert_eq!(header.map(|value| value.to_str().expect("text")), told);
        }
    }
}
