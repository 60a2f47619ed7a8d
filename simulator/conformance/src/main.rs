//! Reads messages from the simulated carrier with twilio-rs, a client generated from Twilio's own description, and shows in one line why
//! the product does not send with it: `switchboard-conformance API_BASE ACCOUNT BASE64_OF_ACCOUNT_AND_TOKEN MESSAGE`.

use twilio::TwilioAuthentication::BasicAuth;
use twilio::TwilioClient;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [api_base, account, basic_auth, message] = arguments.as_slice() else {
        eprintln!("switchboard-conformance API_BASE ACCOUNT BASE64_OF_ACCOUNT_AND_TOKEN MESSAGE");
        std::process::exit(2);
    };
    let basic_auth = basic_auth.clone();
    let client = TwilioClient::new(api_base, BasicAuth { basic_auth });

    let fetched = client
        .fetch_message(account, message)
        .await
        .expect("a message is fetched");
    println!("fetched {fetched}");

    let listed = client
        .list_message(account)
        .await
        .expect("messages are listed");
    println!("listed {listed}");

    // It takes neither a number nor a text, and posts an empty body: no carrier can take that.
    match client.create_message(account).await {
        Ok(message) => println!("sent {message}"),
        Err(error) => {
            let error = format!("{error:?}");
            println!(
                "sent refused: {}",
                error.split(',').next().unwrap_or_default()
            );
        }
    }
}
