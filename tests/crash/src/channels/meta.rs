//! WhatsApp by Meta.

use std::net::SocketAddr;

use serde_json::Value;
use simulator::{Category, MetaNumber, Simulator, Template};

use super::{Handed, Told};

pub const NUMBER: &str = "+15005550007";
const NUMBER_ID: &str = "106540352242922";
const ACCOUNT: &str = "102290129340398";
const ACCESS: &str = "crash-access-token";
const SECRET: &str = "crash-app-secret";
const VERIFY: &str = "crash-verify-token";
const WELCOME: &str = "continue_chat";

pub fn settings(carrier: SocketAddr) -> String {
    format!(
        r#"
          provider = "meta"
          from = "{NUMBER}"
          phone_number_id = "{NUMBER_ID}"
          business_account_id = "{ACCOUNT}"
          access_token = "{ACCESS}"
          app_secret = "{SECRET}"
          verify_token = "{VERIFY}"
          welcome_template = "{WELCOME}"
          api_base = "http://{carrier}/simulator/meta"
        "#
    )
}

pub fn connect(simulator: &Simulator, webhook_url: String) {
    simulator.connect_meta(MetaNumber {
        phone_number_id: NUMBER_ID.into(),
        business_account_id: ACCOUNT.into(),
        number: NUMBER.into(),
        name: None,
        access_token: ACCESS.into(),
        app_secret: SECRET.into(),
        verify_token: VERIFY.into(),
        webhook_url,
    });
    let welcome = Template {
        id: None,
        name: WELCOME.into(),
        language: "en".into(),
        category: Category::Utility,
        body: "Acme Pumps: somebody asked to go on with a chat here.".into(),
        buttons: Vec::new(),
    };
    simulator.add_template(ACCOUNT, welcome);
}

pub fn handed(path: &str, body: &Value) -> Option<Handed> {
    let to = body["to"]
        .as_str()
        .filter(|_| path.ends_with("/messages"))?;
    let content = &body[body["type"].as_str()?];
    let words = ["body", "caption", "name"].map(|field| content[field].as_str());
    Some(Handed {
        phone: to.to_owned(),
        delivery: text(&body["biz_opaque_callback_data"]),
        text: words
            .into_iter()
            .flatten()
            .next()
            .unwrap_or_default()
            .to_owned(),
        link: content["link"].as_str().map(str::to_owned),
    })
}

pub fn told(body: &Value) -> Told {
    let mut told = Told::default();
    let changes = list(&body["entry"]).flat_map(|entry| list(&entry["changes"]));
    for value in changes.map(|change| &change["value"]) {
        let texts = list(&value["messages"]).map(|message| {
            let content = &message[message["type"].as_str().unwrap_or_default()];
            let words = content["body"].as_str().or(content["caption"].as_str());
            let phone = format!("+{}", text(&message["from"]));
            (phone, words.unwrap_or_default().to_owned())
        });
        told.texts.extend(texts);
        let receipts = list(&value["statuses"]).filter_map(|status| {
            let word = ["sent", "delivered", "read"];
            let word = word.into_iter().find(|word| status["status"] == *word)?;
            Some((text(&status["biz_opaque_callback_data"]), word))
        });
        told.receipts.extend(receipts);
    }
    told
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
