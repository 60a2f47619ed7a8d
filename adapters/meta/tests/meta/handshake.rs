//! Handshakes: who knows our token gets the challenge back, and nobody else.

use std::collections::BTreeSet;

use contract::testing::{Refusal, Request};
use contract::{Answer, Channel};

use crate::cast::{GRAPH, acme, fixtures};

#[test]
fn every_handshake_is_answered_or_refused_as_its_row_says() {
    use Refusal::{BadSignature, Malformed, Unsigned};
    let rows = [
        ("right", Ok("1158201444")),
        ("in_another_order", Ok("abc+1")),
        ("with_markup", Ok("<script>")),
        ("refused_other_token", Err(BadSignature)),
        ("refused_empty_token", Err(BadSignature)),
        ("refused_other_mode", Err(BadSignature)),
        ("refused_without_mode", Err(BadSignature)),
        ("refused_without_token", Err(Unsigned)),
        ("refused_without_query", Err(Unsigned)),
        ("malformed_without_challenge", Err(Malformed)),
    ];
    for (name, expected) in rows {
        assert_eq!(challenged(name), expected.map(plain), "{name}");
    }
    let files = std::fs::read_dir(fixtures("handshakes")).expect("the folder");
    let files: BTreeSet<String> = files
        .map(|file| {
            let path = file.expect("a file").path();
            path.file_stem()
                .expect("a name")
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    assert_eq!(files, rows.map(|(name, _)| name.to_owned()).into());
}

fn challenged(name: &str) -> Result<Answer, Refusal> {
    let request = Request::read(&fixtures("handshakes").join(format!("{name}.http")));
    let result = acme(GRAPH).receive(&request.webhook());
    result
        .map(|received| received.answer)
        .map_err(|reject| Refusal::from(&reject))
}

/// Never as a page: whoever knows the token could else have a script run under our name.
fn plain(challenge: &str) -> Answer {
    Answer {
        content_type: "text/plain; charset=utf-8".into(),
        body: challenge.to_owned().into(),
    }
}
