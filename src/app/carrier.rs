//! The carrier in the box, for demonstrations and tests.

use std::sync::Arc;

use simulator::{
    Account, Category, MetaNumber, Number, Simulator, SimulatorConfig, TelegramBot, Template,
};
use tokio_util::sync::CancellationToken;

use super::{AppError, Mode};
use crate::config::{self, Config};
use crate::gateway::Gateway;

/// It knows the account and the number of every configured connection of Twilio's and of Meta's, and every bot of
/// Telegram's.
pub(super) fn play(
    config: &Config,
    public_url: &str,
    mode: &Mode,
    http: reqwest::Client,
) -> Result<Option<Simulator>, AppError> {
    if !config.simulator.enabled {
        return Ok(None);
    }
    let simulator = Simulator::new(SimulatorConfig {
        url: public_url.to_owned(),
        accounts: Vec::new(),
        clock: mode.clock.clone().unwrap_or_else(simulator::Clock::system),
        http,
        pace: mode.pace.unwrap_or_default(),
    })?;
    for organization in &config.organizations {
        for connection in &organization.connections {
            // The carrier plays these three; whatever else is configured is called where it says.
            match connection.provider.name {
                "twilio" => connect_twilio(&simulator, connection, &organization.name, public_url),
                "meta" => connect_meta(&simulator, connection, &organization.name, public_url),
                "telegram" => {
                    connect_telegram(&simulator, connection, &organization.name, public_url);
                }
                _ => {}
            }
        }
    }
    Ok(Some(simulator))
}

/// A number at Twilio and, on WhatsApp, the welcome as a template.
fn connect_twilio(
    simulator: &Simulator,
    connection: &config::Connection,
    name: &str,
    public_url: &str,
) {
    let prefix = match connection.provider.channel {
        "whatsapp" => "whatsapp:",
        _ => "",
    };
    let number = connection.account.number.as_ref().map(|number| Number {
        number: format!("{prefix}{number}"),
        webhook_url: format!("{public_url}/webhooks/{}#rc=5&rp=all", connection.id),
        name: Some(name.to_owned()),
    });
    let account = setting(connection, "account_sid");
    simulator.connect(Account {
        account_sid: account.clone(),
        auth_token: setting(connection, "auth_token"),
        numbers: number.into_iter().collect(),
        messaging_service_sid: None,
    });
    if let Some(welcome) = &connection.account.welcome_template {
        let made = Template {
            id: Some(welcome.id.clone()),
            name: "continue_chat".to_owned(),
            language: "en".to_owned(),
            category: Category::Utility,
            body: connection.welcome.clone(),
            buttons: Vec::new(),
        };
        simulator.add_template(&account, made);
    }
}

/// A number at Meta, with the templates that a shop would have: the welcome, and one with something to fill in.
fn connect_meta(
    simulator: &Simulator,
    connection: &config::Connection,
    name: &str,
    public_url: &str,
) {
    let account = setting(connection, "business_account_id");
    simulator.connect_meta(MetaNumber {
        phone_number_id: setting(connection, "phone_number_id"),
        business_account_id: account.clone(),
        number: setting(connection, "from"),
        name: Some(name.to_owned()),
        access_token: setting(connection, "access_token"),
        app_secret: setting(connection, "app_secret"),
        verify_token: setting(connection, "verify_token"),
        webhook_url: format!("{public_url}/webhooks/{}", connection.id),
    });
    let template = |name: &str, language: &str, body: &str| Template {
        id: None,
        name: name.to_owned(),
        language: language.to_owned(),
        category: Category::Utility,
        body: body.to_owned(),
        buttons: Vec::new(),
    };
    if let Some(welcome) = &connection.account.welcome_template {
        let made = template(&welcome.id, &welcome.language, &connection.welcome);
        simulator.add_template(&account, made);
    }
    let again = "Hello {{name}}, this is {{company}}. We have news about {{subject}}: reply here and we go on.";
    simulator.add_template(&account, template("pick_up_again", "en", again));
}

/// A bot on Telegram, whose webhook is set.
fn connect_telegram(
    simulator: &Simulator,
    connection: &config::Connection,
    name: &str,
    public_url: &str,
) {
    simulator.connect_telegram(TelegramBot {
        token: setting(connection, "bot_token"),
        username: setting(connection, "bot_username"),
        name: Some(name.to_owned()),
        webhook_url: format!("{public_url}/webhooks/{}", connection.id),
        webhook_secret: setting(connection, "webhook_secret"),
    });
}

fn setting(connection: &config::Connection, key: &str) -> String {
    connection.settings.get(key).unwrap_or_default().to_owned()
}

/// In the demonstration time is moved by hand; what waits for a time must notice.
pub(super) fn follow_clock(carrier: &Simulator, gateway: &Arc<Gateway>, stop: &CancellationToken) {
    let (mut moved, gateway, stop) = (carrier.clock().moved(), gateway.clone(), stop.clone());
    tokio::spawn(async move {
        while let Some(Ok(())) = stop.run_until_cancelled(moved.changed()).await {
            gateway.time_moved();
        }
    });
}
