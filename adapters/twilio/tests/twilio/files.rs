//! Files: what goes out as what, and where what came in is.

use contract::testing::{Request, StandIn};
use contract::{Channel, MediaLink, Outbound, OutboundMedia, Wanted};
use contract::{Found, testing::Reply};
use serde_json::json;
use switchboard_twilio::{Config, Sender, Twilio};

use crate::cast::{
    ACCOUNT, ACME, VERA, acme, by_service, config, connect, outbound, vera, whatsapp,
};
use crate::send::file;

const API: &str = "https://api.twilio.com";
const PICTURES: &[&str] = &["image/jpeg", "image/png"];

#[tokio::test]
async fn files_go_by_their_links_beside_the_text() {
    let sent = posted(acme, PICTURES, "look", VERA).await;
    assert_eq!(all(&sent, "Body"), ["look"]);
    assert_eq!(all(&sent, "MediaUrl"), [link(1), link(2)]);
    let sent = posted(acme, PICTURES, "", VERA).await;
    assert_eq!(all(&sent, "Body"), [""; 0]);
    let sent = posted(whatsapp, &["image/jpeg"], "look", VERA).await;
    assert_eq!(
        (all(&sent, "Body"), all(&sent, "MediaUrl")),
        (vec!["look".to_owned()], vec![link(1)])
    );
}

#[tokio::test]
async fn nothing_is_lost_where_a_file_has_no_place() {
    // There is no MMS there.
    let sent = posted(acme, PICTURES, "look", "+491711234567").await;
    assert_eq!(
        all(&sent, "Body"),
        [format!("look\n{}\n{}", link(1), link(2))]
    );
    assert_eq!(all(&sent, "MediaUrl"), [""; 0]);
    let sent = posted(acme, &["image/jpeg"; 11], "", VERA).await;
    assert_eq!(all(&sent, "MediaUrl").len(), 10);
    assert_eq!(all(&sent, "Body"), [link(11)]);
    let sent = posted(whatsapp, PICTURES, "look", VERA).await;
    assert_eq!(all(&sent, "Body"), [format!("look\n{}", link(2))]);
    let sent = posted(whatsapp, &["audio/ogg"], "listen", VERA).await;
    assert_eq!(all(&sent, "Body"), [format!("listen\n{}", link(1))]);
    let sent = posted(whatsapp, &["audio/ogg"], "", VERA).await;
    assert_eq!(all(&sent, "MediaUrl"), [link(1)]);
}

#[tokio::test]
async fn a_text_with_links_behind_it_is_found_again() {
    for (body, there) in [
        ("look\nhttps://gw.example/f/1", true),
        ("look\nhttps://gw.example/f/1\nhttps://gw.example/f/2", true),
        ("look\nand see", false),
        ("look", true),
        ("looked", false),
    ] {
        let message = json!({ "sid": "SM1", "status": "sent", "body": body, "to": VERA, "direction": "outbound-api" });
        let twilio = StandIn::replying([Reply::json(200, &json!({ "messages": [message] }))]);
        let wanted = Wanted {
            to: vera(),
            text: Some("look".into()),
            since: 0,
            known: Vec::new(),
        };
        let found = acme(&twilio.base()).find(&wanted).await.expect("a list");
        assert_eq!(matches!(found, Found::There(_)), there, "{body}");
    }
}

#[test]
fn what_each_channel_carries_is_said_with_its_limits() {
    let carries =
        |twilio: &Twilio, content_type, bytes| twilio.capabilities().carries(content_type, bytes);
    let sms = acme(API);
    assert!(carries(&sms, "image/gif", 5_000_000) && !carries(&sms, "image/gif", 5_000_001));
    assert!(carries(&sms, "video/mp4", 500_000) && !carries(&sms, "video/mp4", 500_001));
    assert!(!carries(&sms, "application/zip", 1));
    let whatsapp = whatsapp(API);
    assert!(carries(&whatsapp, "video/mp4", 16_000_000));
    assert!(!carries(&whatsapp, "video/mp4", 16_000_001) && !carries(&whatsapp, "image/gif", 1));
    // A number outside of the United States and Canada has no MMS; of a service's, nobody knows.
    let german = connect(Config {
        sender: Sender::Number("+491711234567".into()),
        ..config(API)
    });
    for without in [&german, &by_service(API)] {
        assert!(!carries(without, "image/jpeg", 1));
    }
}

#[tokio::test]
async fn what_came_in_is_asked_for_with_our_token_and_nothing_else_is() {
    let url = format!("{API}/2010-04-01/Accounts/{ACCOUNT}/Messages/MM1/Media/ME1");
    let source = acme(API).media(&at(&url)).await.expect("nobody is asked");
    let source = source.expect("it is ours");
    assert_eq!(source.url, url);
    assert!(
        source
            .authorization
            .is_some_and(|header| header.starts_with("Basic "))
    );
    assert_eq!(source.hosts[0], "api.twilio.com");
    for other in [
        "https://api.twilio.com/2010-04-01/Accounts/AC9/Messages/MM1/Media/ME1".to_owned(),
        format!("https://elsewhere.example/2010-04-01/Accounts/{ACCOUNT}/Messages/MM1/Media/ME1"),
        format!("{API}/2010-04-01/Accounts/{ACCOUNT}/Messages/../../x"),
        format!("{API}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"),
    ] {
        assert_eq!(acme(API).media(&at(&other)).await, Ok(None), "{other}");
    }
}

fn at(url: &str) -> MediaLink {
    MediaLink {
        url: url.to_owned(),
        ..MediaLink::default()
    }
}

async fn posted(
    channel: impl Fn(&str) -> Twilio,
    content_types: &[&str],
    text: &str,
    to: &str,
) -> Request {
    let files = content_types.iter().zip(1..);
    let mut message = Outbound {
        media: files
            .map(|(content_type, number)| OutboundMedia {
                content_type: (*content_type).to_owned(),
                name: format!("file {number}"),
                link: link(number),
                bytes: None,
            })
            .collect(),
        ..outbound(text)
    };
    message.to.0 = to.to_owned();
    let twilio = StandIn::replying([file("created")]);
    channel(&twilio.base())
        .send(&message)
        .await
        .expect("it is taken");
    assert_ne!(message.to.0, ACME);
    twilio.requests().remove(0)
}

/// Every value of a field, in order.
fn all(request: &Request, name: &str) -> Vec<String> {
    form_urlencoded::parse(&request.body)
        .filter(|(other, _)| other == name)
        .map(|(_, value)| value.into_owned())
        .collect()
}

fn link(number: i32) -> String {
    format!("https://gw.example/f/{number}")
}
