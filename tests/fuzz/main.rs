//! Throws mutated bytes at everything that reads from outside: `switchboard-fuzz [seconds] [seed]`.
//!
//! What is mutated are the adapter's own fixtures and a few texts below. An input that panics, or that takes a second,
//! is printed with the run's seed, and the program fails. A target is one line in [`targets`].

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use adapter_meta::Meta;
use adapter_twilio::{Kind, Sender, Twilio};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use contract::provider::Caller;
use contract::{Channel as _, WebhookRequest};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{HeaderMap, HeaderValue, Method};
use sha1::Sha1;
use sha2::Sha256;
use switchboard::config::Config;
use switchboard::core::{ConversationId, VisitorId};
use switchboard::gateway::token::Token;
use switchboard::phone;
use switchboard::store::outbox::parse_delivery_id;

/// The longest that one input may take.
const PATIENCE: Duration = Duration::from_secs(1);
/// The longest input; what reads from outside is bounded above it.
const LONGEST: usize = 64 * 1024;
/// Mutations of one input, at most.
const MUTATIONS: usize = 8;
const AUTH_TOKEN: &str = "12345";
const URL: &str = "https://gw.example/webhooks/acme-sms";
/// What parsers stumble over.
const WORDS: &[&str] = &[
    "",
    "\0",
    "\u{feff}",
    "\u{202e}",
    "%",
    "%00",
    "%ff",
    "+",
    "=",
    "&",
    "\"",
    "\\",
    "\\ud800",
    "{",
    "}",
    "[",
    "]",
    "null",
    "-1",
    "1e999",
    "18446744073709551616",
    "٣",
    "＋",
    "#",
    ";ext=",
    "'''",
    "\r\n",
    "MessageSid=",
    "NumMedia=99999",
    "delivery=",
    "token",
];
const FRAMES: &[&str] = &[
    r#"{"type":"hello","id":"1","token":"v.acme.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","after":{"c":12}}"#,
    r#"{"type":"post","id":"2","conversation":"c","client_id":"k","text":"hi 😀","leg":"1"}"#,
    r#"{"type":"switch","id":"3","conversation":"c","channel":"sms","address":"+14155550100","invitation":null,"client_id":"k"}"#,
    r#"{"type":"read","conversation":"c","seq":9}"#,
    r#"{"type":"follow","id":"4","conversation":"c","after":0}"#,
];
const NUMBERS: &[&str] = &[
    "+1 (415) 555-0100",
    "0044 7911 123456",
    "٠٠٩٧١٥٠١٢٣٤٥٦٧",
    "tel:+1-415-555-0100;ext=12",
    "+5491123456789",
    "911",
];
const NAMES: &[&str] = &[
    "0193a5b0-7c1e-7000-8000-000000000001",
    "0193a5b0-7c1e-7000-8000-000000000001.12",
    "v.acme.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
];

/// Something that reads what comes from outside.
struct Target {
    name: &'static str,
    corpus: Vec<Vec<u8>>,
    read: Read,
}

type Read = Box<dyn Fn(&[u8])>;

/// The input that is being read now, for whoever watches that it ends.
type Current = Arc<Mutex<Option<(Instant, &'static str, Vec<u8>)>>>;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<u64>());
    let (Ok(seconds), Ok(seed)) = (
        arguments.next().unwrap_or(Ok(60)),
        arguments.next().unwrap_or_else(|| Ok(any_seed())),
    ) else {
        eprintln!("switchboard-fuzz [seconds] [seed]: both are numbers");
        return ExitCode::from(2);
    };
    println!("seed {seed}, {seconds} s");
    // A panic is reported below, with what caused it.
    std::panic::set_hook(Box::new(|_| {}));
    let current = Current::default();
    watch(current.clone(), seed);
    let until = Instant::now() + Duration::from_secs(seconds);
    let targets = targets();
    let mut dice = Dice(seed);
    let mut tried = vec![0_u64; targets.len()];
    while Instant::now() < until {
        let which = dice.below(targets.len());
        let target = &targets[which];
        let input = mutated(&target.corpus, &mut dice);
        *lock(&current) = Some((Instant::now(), target.name, input.clone()));
        let outcome = catch_unwind(AssertUnwindSafe(|| (target.read)(&input)));
        *lock(&current) = None;
        if outcome.is_err() {
            report("panicked", target.name, &input, seed);
            return ExitCode::FAILURE;
        }
        tried[which] += 1;
    }
    for (target, tried) in targets.iter().zip(tried) {
        println!("{tried:>10} inputs: {}", target.name);
    }
    ExitCode::SUCCESS
}

/// Everything that reads from outside without a server round it.
fn targets() -> Vec<Target> {
    let texts = |texts: &[&str]| texts.iter().map(|text| text.as_bytes().to_vec()).collect();
    let webhooks = webhooks("twilio");
    let (twilio, other, meta) = (twilio(), twilio(), meta());
    let reads_text = |name, corpus, read: fn(&str)| Target {
        name,
        corpus,
        read: Box::new(move |input| read(&String::from_utf8_lossy(input))),
    };
    vec![
        Target {
            name: "a signed webhook",
            corpus: webhooks.clone(),
            read: Box::new(move |body| receive(&twilio, body, &signature_of(body))),
        },
        Target {
            name: "a signed webhook of Meta's",
            corpus: self::webhooks("meta"),
            read: Box::new(move |body| receive_json(&meta, body)),
        },
        Target {
            name: "a webhook with somebody else's signature",
            corpus: webhooks,
            read: Box::new(move |body| receive(&other, body, body)),
        },
        reads_text("a socket's frame", texts(FRAMES), |text| {
            let _ = adapter_web::In::parse(text);
        }),
        reads_text("a configuration", vec![example()], |text| {
            let _ = Config::parse(Path::new("fuzz.toml"), text, []);
        }),
        reads_text("a telephone number", texts(NUMBERS), |text| {
            if let Ok(number) = phone::normalize(text, Some("US")) {
                let _ = phone::check(&number, &[]);
            }
            let _ = (phone::country_of(text), phone::prefix(text));
            let _ = phone::segments(text);
        }),
        reads_text("a token", texts(NAMES), |text| {
            let _ = Token::parse(text).map(|token| token.hash());
        }),
        reads_text("an id", texts(NAMES), |text| {
            let _ = parse_delivery_id(text);
            let _ = (text.parse::<ConversationId>(), text.parse::<VisitorId>());
        }),
    ]
}

fn caller() -> Caller {
    // A second call finds it installed, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Caller {
        http: switchboard::app::http_client().expect("a client needs nothing from outside"),
        timeout: PATIENCE,
    }
}

fn twilio() -> Twilio {
    let config = adapter_twilio::Config {
        kind: Kind::Sms,
        account_sid: "AC0123456789abcdef0123456789abcdef".into(),
        auth_token: AUTH_TOKEN.into(),
        auth_token_2: None,
        sender: Sender::Number("+15005550006".into()),
        api_base: "http://127.0.0.1:9".into(),
    };
    Twilio::new(config, caller()).expect("the configuration is right")
}

fn meta() -> Meta {
    let config = adapter_meta::Config {
        from: "+15005550007".into(),
        business_account_id: None,
        phone_number_id: "106540352242922".into(),
        access_token: AUTH_TOKEN.into(),
        app_secret: AUTH_TOKEN.into(),
        app_secret_2: None,
        verify_token: AUTH_TOKEN.into(),
        api_base: "http://127.0.0.1:9".into(),
        api_version: "v23.0".into(),
    };
    Meta::new(config, caller()).expect("the configuration is right")
}

/// The bodies of an adapter's own fixtures.
fn webhooks(provider: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures")
        .join(provider)
        .join("webhooks");
    let files = std::fs::read_dir(&folder).expect("the fixtures are in the repository");
    let bodies: Vec<Vec<u8>> = files
        .filter_map(|file| std::fs::read_to_string(file.ok()?.path()).ok())
        .filter_map(|text| Some(text.split_once("\n\n")?.1.trim_end().as_bytes().to_vec()))
        .collect();
    assert!(!bodies.is_empty(), "{} is empty", folder.display());
    bodies
}

/// The example, with what it shows commented out put in force.
fn example() -> Vec<u8> {
    let text = include_str!("../../config.example.toml");
    let uncommented: String = text
        .lines()
        .map(|line| {
            let shown = line.strip_prefix('#').filter(|rest| {
                rest.starts_with("[[") || rest.starts_with("  ") || rest.contains(" = ")
            });
            shown.unwrap_or(line).to_owned() + "\n"
        })
        .collect();
    uncommented.into_bytes()
}

fn receive(twilio: &Twilio, body: &[u8], signature: &[u8]) {
    let mut headers = HeaderMap::new();
    let form = HeaderValue::from_static("application/x-www-form-urlencoded");
    headers.insert("content-type", form);
    if let Ok(signature) = HeaderValue::from_bytes(signature) {
        headers.insert("x-twilio-signature", signature);
    }
    let body = Bytes::copy_from_slice(body);
    let request = WebhookRequest {
        method: &Method::POST,
        url: URL,
        headers: &headers,
        body: &body,
    };
    let _ = twilio.receive(&request);
}

/// With Meta's signature over the body, so that what lies behind the check is reached.
fn receive_json(meta: &Meta, body: &[u8]) {
    let mut mac = Hmac::<Sha256>::new_from_slice(AUTH_TOKEN.as_bytes()).expect("any key will do");
    mac.update(body);
    let signature = mac.finalize().into_bytes();
    let signature: String = signature.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut headers = HeaderMap::new();
    let value = HeaderValue::try_from(format!("sha256={signature}"));
    headers.insert("x-hub-signature-256", value.expect("it is ASCII"));
    let body = Bytes::copy_from_slice(body);
    let request = WebhookRequest {
        method: &Method::POST,
        url: URL,
        headers: &headers,
        body: &body,
    };
    let _ = meta.receive(&request);
}

/// Twilio's signature over whatever the form holds, so that what lies behind the check is reached.
fn signature_of(body: &[u8]) -> Vec<u8> {
    let mut fields: Vec<_> = form_urlencoded::parse(body).into_owned().collect();
    fields.sort();
    fields.dedup();
    let mut mac = Hmac::<Sha1>::new_from_slice(AUTH_TOKEN.as_bytes()).expect("any key will do");
    mac.update(URL.as_bytes());
    for (key, value) in &fields {
        mac.update(key.as_bytes());
        mac.update(value.as_bytes());
    }
    STANDARD.encode(mac.finalize().into_bytes()).into_bytes()
}

/// One text of the corpus with a few things done to it.
fn mutated(corpus: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let mut input = corpus[dice.below(corpus.len())].clone();
    for _ in 0..=dice.below(MUTATIONS) {
        let (from, to) = {
            let (a, b) = (dice.below(input.len() + 1), dice.below(input.len() + 1));
            (a.min(b), a.max(b))
        };
        match dice.below(7) {
            0 if !input.is_empty() => {
                let at = dice.below(input.len());
                input[at] ^= 1 << dice.below(8);
            }
            1 => drop(input.drain(from..to)),
            2 => input.truncate(to),
            3 => {
                let again = input[from..to].to_vec();
                input.splice(from..from, again);
            }
            4 => {
                let other = &corpus[dice.below(corpus.len())];
                let start = dice.below(other.len() + 1);
                input.splice(from..to, other[start..].iter().copied());
            }
            5 => {
                let byte = u8::try_from(dice.below(256)).unwrap_or_default();
                input.splice(from..from, std::iter::repeat_n(byte, dice.below(64)));
            }
            _ => {
                let word = WORDS[dice.below(WORDS.len())];
                input.splice(from..from, word.bytes());
            }
        }
    }
    input.truncate(LONGEST);
    input
}

/// Ends the program when one input takes too long.
fn watch(current: Current, seed: u64) {
    std::thread::spawn(move || {
        loop {
            std::thread::sleep(PATIENCE / 4);
            if let Some((since, target, input)) = &*lock(&current)
                && since.elapsed() > PATIENCE
            {
                report("took a second", target, input, seed);
                std::process::exit(1);
            }
        }
    });
}

fn report(what: &str, target: &str, input: &[u8], seed: u64) {
    eprintln!(
        "{what}: {target}, seed {seed}, input b\"{}\"",
        input.escape_ascii()
    );
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The standard library's own source of chance.
fn any_seed() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// Chance that can be had again: SplitMix64.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((x ^ (x >> 31)) % limit.max(1) as u64).unwrap_or_default()
    }
}
