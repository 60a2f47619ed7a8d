//! One webhook, posted until it is taken.

use std::time::Duration;

use axum::http::StatusCode;

use super::Carrier;

/// How often it tries one webhook again before it calls the server broken.
const TRIES: u32 = 600;
const BETWEEN_TRIES: Duration = Duration::from_millis(100);

/// A webhook as its provider signed it.
#[derive(Clone, Debug)]
pub struct Letter {
    pub url: String,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
    /// What people wrote that stands in it.
    pub words: Vec<String>,
}

impl Carrier {
    /// Posts it until it is answered 200.
    pub(super) async fn post(&self, letter: &Letter) -> bool {
        let record = &self.shared.record;
        for _ in 0..TRIES {
            let mut request = self.shared.http.post(&letter.url).body(letter.body.clone());
            for (name, value) in &letter.headers {
                request = request.header(*name, value);
            }
            match request.send().await.map(|answer| answer.status()) {
                Ok(StatusCode::OK) => return true,
                Ok(status) if status != StatusCode::SERVICE_UNAVAILABLE => {
                    record.wrong(format!("a webhook was answered {status}: {}", letter.body));
                    return false;
                }
                _ => tokio::time::sleep(BETWEEN_TRIES).await,
            }
        }
        record.wrong(format!("a webhook was never taken: {}", letter.body));
        false
    }

    /// Gets a file of the product's, however often it is killed meanwhile.
    pub(super) async fn fetch_from_server(&self, link: &str) -> Option<(u16, Vec<u8>)> {
        for _ in 0..TRIES {
            if let Ok(answer) = self.shared.http.get(link).send().await
                && answer.status() != StatusCode::SERVICE_UNAVAILABLE
            {
                let status = answer.status().as_u16();
                // One that breaks off is none.
                if let Ok(bytes) = answer.bytes().await {
                    return Some((status, bytes.to_vec()));
                }
            }
            tokio::time::sleep(BETWEEN_TRIES).await;
        }
        None
    }
}
