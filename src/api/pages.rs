//! The front ends: built by `make build`, embedded in the binary, served with the headers that keep them strict.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use rust_embed::{EmbeddedFile, RustEmbed};
use tower_http::compression::CompressionLayer;

use super::{Api, Problem, demo};
use crate::config::Origin;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/web/dist"]
#[allow_missing = true]
struct Dist;

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; worker-src blob:; \
     frame-src 'self'; base-uri 'none'; form-action 'self'";

/// The pages of every server, and those of the demonstration and its carrier where there is one.
pub fn routes(api: &Api, has_phones: bool) -> Router<Arc<Api>> {
    let mut router = Router::new()
        .route("/", get(home))
        .route(
            "/widget.js",
            get(|headers: HeaderMap| async move { shared(&headers, "widget/widget.js") }),
        )
        .route(
            "/widget/{*path}",
            get(|Path(path): Path<String>, headers: HeaderMap| async move {
                shared(&headers, &format!("widget/{path}"))
            }),
        )
        .route("/chat/{widget_key}", get(chat))
        .route(
            "/chat-assets/{*path}",
            get(|Path(path): Path<String>, headers: HeaderMap| async move {
                asset(&headers, &format!("chat/{path}"))
            }),
        );
    router = front_end(router, "console");
    if has_phones || api.demo.is_some() {
        router = front_end(router, "phone");
    }
    if api.demo.is_some() {
        router = front_end(front_end(router, "demo"), "shop")
            .route("/demo/config.json", get(demo::config));
    }
    router.layer(CompressionLayer::new())
}

/// One front end with its assets, under its own name.
fn front_end(router: Router<Arc<Api>>, name: &'static str) -> Router<Arc<Api>> {
    let index = move |State(api): State<Arc<Api>>, headers: HeaderMap| async move {
        page(&api, &headers, name, "'self'")
    };
    let file = move |Path(path): Path<String>, headers: HeaderMap| async move {
        asset(&headers, &format!("{name}/{path}"))
    };
    router
        .route(&format!("/{name}"), get(index))
        .route(&format!("/{name}/"), get(index))
        .route(&format!("/{name}/{{*path}}"), get(file))
}

async fn home(State(api): State<Arc<Api>>) -> Redirect {
    Redirect::temporary(if api.demo.is_some() {
        "/demo"
    } else {
        "/console"
    })
}

/// The chat as a full page; the organization's own sites may frame it.
async fn chat(
    State(api): State<Arc<Api>>,
    Path(key): Path<String>,
    headers: HeaderMap,
) -> Response {
    let Some(organization) = api.gateway.directory.by_widget(&key) else {
        return Problem::not_found("widget").into_response();
    };
    let ancestors = organization
        .allowed_origins
        .iter()
        .fold("'self'".to_owned(), |all, origin| format!("{all} {origin}"));
    page(&api, &headers, "chat", &ancestors)
}

/// The sockets that a page may open: ours, by the public address and by the one that the page was asked for under. To some
/// browsers `'self'` is no socket, and any other host is nobody's of ours.
fn sockets(public: &Origin, asked: Option<&Origin>) -> String {
    let (_, host) = public.as_str().split_once("://").unwrap_or_default();
    let other =
        asked.filter(|asked| asked.as_str().split_once("://").unwrap_or_default().1 != host);
    [Some(public), other]
        .into_iter()
        .flatten()
        .map(|origin| origin.as_str().replacen("http", "ws", 1))
        .collect::<Vec<_>>()
        .join(" ")
}

/// The address under which a page was asked for, where it is one of ours.
fn asked_under(api: &Api, headers: &HeaderMap) -> Option<Origin> {
    let host = headers.get(header::HOST)?.to_str().ok()?;
    let origin = Origin::parse(&format!("http://{host}"))?;
    (api.demo.is_some() || api.origins.is_own(origin.as_str())).then_some(origin)
}

fn page(api: &Api, headers: &HeaderMap, name: &str, ancestors: &str) -> Response {
    let Some(file) = Dist::get(&format!("{name}/index.html")) else {
        return not_built();
    };
    let mut response = cached(headers, file, "text/html; charset=utf-8", "no-cache");
    let sockets = sockets(&api.public_url.origin(), asked_under(api, headers).as_ref());
    let policy = format!("{POLICY}; connect-src 'self' {sockets}; frame-ancestors {ancestors}");
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response
            .headers_mut()
            .insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// What pages of other sites load: the widget and its parts.
fn shared(headers: &HeaderMap, path: &str) -> Response {
    let mut response = asset(headers, path);
    let all = response.headers_mut();
    all.insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    all.insert(
        "cross-origin-resource-policy",
        HeaderValue::from_static("cross-origin"),
    );
    response
}

fn asset(headers: &HeaderMap, path: &str) -> Response {
    let Some(file) = Dist::get(path) else {
        return if Dist::iter().next().is_none() {
            not_built()
        } else {
            Problem::not_found("file").into_response()
        };
    };
    let lasting = if is_named_after_its_content(path) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    cached(headers, file, content_type(path), lasting)
}

fn cached(
    headers: &HeaderMap,
    file: EmbeddedFile,
    content_type: &'static str,
    lasting: &'static str,
) -> Response {
    let hash = file.metadata.sha256_hash();
    // Weak: what is sent may be compressed.
    let tag = hash[..16]
        .iter()
        .fold("W/\"".to_owned(), |tag, byte| format!("{tag}{byte:02x}"))
        + "\"";
    let known = headers
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let about = [
        (header::CACHE_CONTROL, lasting.to_owned()),
        (header::ETAG, tag.clone()),
    ];
    if known
        .split(',')
        .any(|one| one.trim().trim_start_matches("W/") == tag.trim_start_matches("W/"))
    {
        return (StatusCode::NOT_MODIFIED, about).into_response();
    }
    (about, [(header::CONTENT_TYPE, content_type)], file.data).into_response()
}

/// Built files carry a hash of eight characters before their ending: `panel-CUEP9ksQ.js`.
fn is_named_after_its_content(path: &str) -> bool {
    let stem = path
        .rsplit('/')
        .next()
        .and_then(|name| name.rsplit_once('.'))
        .map_or("", |(stem, _)| stem);
    let Some(hash) = stem
        .len()
        .checked_sub(8)
        .and_then(|start| stem.get(start..))
    else {
        return false;
    };
    stem.len() > 9
        && stem.as_bytes()[stem.len() - 9] == b'-'
        && hash
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
        && hash
            .bytes()
            .any(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "mp3" => "audio/mpeg",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

fn not_built() -> Response {
    const PAGE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Not built</title>\
         <p>The front ends are not in this binary. Run <code>make build</code>, then start it again.</p></html>";
    (
        StatusCode::SERVICE_UNAVAILABLE,
        [(header::CONTENT_TYPE, "text/html; charset=utf-8")],
        PAGE,
    )
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_opens_sockets_to_its_own_server_and_to_nobody_else() {
        let origin = |text: &str| Origin::parse(text).expect("an origin");
        for (public, asked, told) in [
            ("https://chat.example", None, "wss://chat.example"),
            (
                "https://chat.example",
                Some("http://chat.example"),
                "wss://chat.example",
            ),
            (
                "http://127.0.0.1:8080",
                Some("http://localhost:8080"),
                "ws://127.0.0.1:8080 ws://localhost:8080",
            ),
        ] {
            let asked = asked.map(origin);
            assert_eq!(sockets(&origin(public), asked.as_ref()), told);
        }
    }

    #[test]
    fn only_a_file_that_is_named_after_its_content_is_kept_for_ever() {
        for name in [
            "widget/panel-CUEP9ksQ.js",
            "console/assets/index-uxO5qdpG.js",
            "widget/words-en-number-Dws9-GL_.js",
        ] {
            assert!(is_named_after_its_content(name), "{name}");
        }
        for name in [
            "widget/widget.js",
            "console/index.html",
            "phone/icon.svg",
            "shop/big-picture.png",
            "x-é9ksQabc.js",
            "",
        ] {
            assert!(!is_named_after_its_content(name), "{name}");
        }
    }

    #[test]
    fn a_file_that_the_browser_has_is_not_sent_again() {
        let file = || EmbeddedFile {
            data: b"body".as_slice().into(),
            metadata: rust_embed::Metadata::__rust_embed_new([7; 32], None, None),
        };
        let first = cached(&HeaderMap::new(), file(), "text/plain", "no-cache");
        assert_eq!(first.status(), 200);
        let headers =
            HeaderMap::from_iter([(header::IF_NONE_MATCH, first.headers()[header::ETAG].clone())]);
        assert_eq!(
            cached(&headers, file(), "text/plain", "no-cache").status(),
            304
        );
    }
}
