//! The product under measurement: its configuration, and the people that take part.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Map, Value, json};

use crate::Failed;
use crate::load::chat::Cast;
use crate::load::http::Client;
use crate::load::socket::Party;
use crate::server::Server;
use crate::twilio;

const PASSWORD: &str = "bench-password";
/// Connections over which people are brought in.
const AT_ONCE: usize = 32;

/// Starts the product with so many organizations of one operator each.
pub async fn start(binary: &Path, folder: PathBuf, organizations: usize) -> Result<Server, Failed> {
    // Taken for a moment to learn which port is free.
    let address = std::net::TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
    let file = folder.join("switchboard.toml");
    std::fs::write(&file, configuration(address, &folder, organizations)?)?;
    Server::product(binary, &file, address, folder).await
}

fn configuration(
    address: SocketAddr,
    folder: &Path,
    organizations: usize,
) -> Result<String, Failed> {
    let mut text = format!(
        "[server]\nlisten = \"{address}\"\n[store]\nurl = \"sqlite:{}\"\n\
         [limits]\nsockets = 20000\nsockets_per_network = 0\nvisitors_per_network_hour = 0\nposts_per_visitor_10s = 1000000\n",
        folder.join("product.db").display()
    );
    for n in 0..organizations {
        writeln!(
            text,
            "[[organization]]\nid = \"bench{n}\"\nname = \"Bench {n}\"\nwidget_key = \"wk_{n}\"\n\
             [[organization.operator]]\nemail = \"{}\"\nrole = \"owner\"\npassword = \"{PASSWORD}\"",
            email(n)
        )?;
    }
    writeln!(
        text,
        "[[organization.connection]]\nid = \"bench-sms\"\nchannel = \"sms\"\nprovider = \"twilio\"\naccount_sid = \"{}\"\n\
         auth_token = \"{}\"\nfrom = \"{}\"\napi_base = \"http://{address}/nowhere\"",
        twilio::ACCOUNT,
        twilio::TOKEN,
        twilio::NUMBER
    )?;
    Ok(text)
}

fn email(n: usize) -> String {
    format!("operator{n}@bench.example")
}

/// Visitors with a conversation each, spread over the organizations, whose operators follow them.
pub async fn cast(server: &Server, visitors: usize, organizations: usize) -> Result<Cast, Failed> {
    let visitors = people(server.address, visitors, organizations).await?;
    let mut client = Client::connect(server.address).await?;
    let mut operators = Vec::with_capacity(organizations);
    for n in 0..organizations {
        let asked = json!({"email": email(n), "password": PASSWORD});
        let session = client.post("/v1/session", "", &asked).await?;
        operators.push(Party {
            token: text(&session, "token")?,
            after: Map::new(),
        });
    }
    for (n, (party, _)) in visitors.iter().enumerate() {
        operators[n % organizations]
            .after
            .extend(party.after.clone());
    }
    Ok(Cast {
        visitors,
        operators,
    })
}

/// So many visitors, each with an open conversation that it follows.
pub async fn people(
    address: SocketAddr,
    many: usize,
    organizations: usize,
) -> Result<Vec<(Party, String)>, Failed> {
    let mut clients = Vec::with_capacity(AT_ONCE);
    for _ in 0..AT_ONCE.min(many) {
        clients.push(Client::connect(address).await?);
    }
    let shares = clients.len().max(1);
    let brought: Vec<Vec<(usize, (Party, String))>> = stream::iter(clients.into_iter().enumerate())
        .map(|(share, mut client)| async move {
            let mut some = Vec::new();
            for n in (share..many).step_by(shares) {
                some.push((n, visitor(&mut client, n % organizations).await?));
            }
            Ok::<_, Failed>(some)
        })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    let mut by_number: HashMap<usize, _> = brought.into_iter().flatten().collect();
    Ok((0..many).filter_map(|n| by_number.remove(&n)).collect())
}

async fn visitor(client: &mut Client, organization: usize) -> Result<(Party, String), Failed> {
    let asked = json!({"widget_key": format!("wk_{organization}")});
    let visitor = client.post("/v1/visitors", "", &asked).await?;
    let token = text(&visitor, "token")?;
    let asked = json!({"client_id": "open"});
    let conversation = client.post("/v1/conversations", &token, &asked).await?;
    let id = text(&conversation, "id")?;
    let after = Map::from_iter([(id.clone(), conversation["last_seq"].clone())]);
    Ok((Party { token, after }, id))
}

fn text(answer: &Value, field: &str) -> Result<String, Failed> {
    Ok(answer[field]
        .as_str()
        .ok_or_else(|| format!("no {field} in {answer}"))?
        .to_owned())
}
