//! WhatsApp by Meta.

use std::net::SocketAddr;

use serde_json::Value;
use simulator::{Category, MetaNumber, Simulator, Template};

use super::{Channel, Handed, Simulated, Spoken, Told};

const NUMBER: &str = "+15005550007";
const NUMBER_ID: &str = "106540352242922";
const ACCOUNT: &str = "102290129340398";
const ACCESS: &str = "crash-access-token";
const SECRET: &str = "crash-app-secret";
const VERIFY: &str = "crash-verify-token";
const WELCOME: &str = "continue_chat";

pub const WHATSAPP: Channel = Channel {
    word: "whatsapp",
    connection: "acme-wa",
    number: NUMBER,
    settings,
    asks: true,
    before: "",
    calls: "user_id",
    finds: false,
    reports: true,
    spoken: Spoken::BySimulator(Simulated {
        connect,
        handed,
        told,
    }),
};

fn settings(_: &Channel, carrier: SocketAddr) -> String {
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

fn connect(simulator: &Simulator, webhook_url: String) {
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

fn handed(path: &str, body: &[u8]) -> Option<Handed> {
    if !path.ends_with("/messages") {
        return None;
    }
    let body: Value = serde_json::from_slice(body).ok()?;
    // A mark of having read something has no type.
    let content = &body[body["type"].as_str()?];
    // Who has written is known by another name than their number.
    let to = ["to", "recipient"].map(|field| body[field].as_str());
    let words = ["body", "caption", "name"].map(|field| content[field].as_str());
    Some(Handed {
        phone: to
            .into_iter()
            .flatten()
            .next()
            .unwrap_or_default()
            .to_owned(),
        delivery: text(&body["biz_opaque_callback_data"]),
        text: words
            .into_iter()
            .flatten()
            .next()
            .unwrap_or_default()
            .to_owned(),
        link: content["link"].as_str().map(str::to_owned),
        file: None,
    })
}

fn told(body: &Value) -> Told {
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn to(body: Value) -> Option<String> {
        let body = body.to_string();
        Some(handed("/meta/v1/1/messages", body.as_bytes())?.phone)
    }

    #[test]
    fn a_message_is_one_by_whatever_name_its_person_goes() {
        let words = json!({"body": "hi"});
        let by_number = json!({"to": "+1", "type": "text", "text": words});
        let by_name = json!({"recipient": "US.1", "type": "text", "text": words});
        assert_eq!(to(by_number).as_deref(), Some("+1"));
        assert_eq!(to(by_name).as_deref(), Some("US.1"));
        assert_eq!(to(json!({"status": "read", "message_id": "m"})), None);
    }
}
