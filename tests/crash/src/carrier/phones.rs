//! What people write on phones, and how it is brought to the server: the texts of a phone in order, each once the one before it is taken.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Instant;

use serde_json::json;
use tokio::sync::mpsc;

use super::post::Letter;
use super::{Carrier, File, twilio};
use crate::Failed;
use crate::channels::{Channel, Spoken};
use crate::picture;
use crate::record::Consent;

/// Texts that may wait on one phone.
const WAITING: usize = 64;
/// Of a hundred files that phones send, so many are lost at the carrier.
const LOST: u64 = 5;
/// The longest that a report may be held back, and a repeat of it.
const LATE: u64 = 300;
const REPEATED_LATE: u64 = 3_000;

/// One phone on one channel: what is written on it leaves in order.
pub(super) struct Phone {
    texts: mpsc::Sender<String>,
    letters: mpsc::Sender<Letter>,
    /// Texts that have not got as far as a letter.
    unsent: Arc<AtomicUsize>,
    answers: bool,
    /// It writes to nobody who has not written to it.
    reached: bool,
    written: u64,
}

impl Phone {
    pub(super) fn calm(&mut self) {
        self.answers = false;
    }

    /// Notes that it was written to; whether it may answer.
    pub(super) fn reached_and_answers(&mut self) -> bool {
        self.reached = true;
        self.answers
    }

    pub(super) fn is_writing(&self) -> bool {
        self.unsent.load(Relaxed) > 0
    }

    fn put(&self, words: String) {
        self.unsent.fetch_add(1, Relaxed);
        // A phone with too much unsent holds back.
        if self.texts.try_send(words).is_err() {
            self.unsent.fetch_sub(1, Relaxed);
        }
    }
}

impl Carrier {
    /// Adds a phone. One that answers writes back to some of what it gets.
    pub fn phone(&self, channel: &'static Channel, number: &str, answers: bool) {
        let (texts, written) = mpsc::channel(WAITING);
        let (letters, posted) = mpsc::channel(WAITING);
        let unsent = Arc::new(AtomicUsize::new(0));
        let phone = Phone {
            texts,
            letters: letters.clone(),
            unsent: unsent.clone(),
            answers,
            reached: false,
            written: 0,
        };
        let line = (channel.word, number.to_owned());
        self.books().phones.insert(line, phone);
        let posting = &self.shared.posting;
        let leaves = self
            .clone()
            .leaves(channel, number.to_owned(), written, letters, unsent);
        posting.spawn(leaves);
        posting.spawn(self.clone().bring(channel, number.to_owned(), posted));
    }

    /// Writes a text of its own kind on a phone, one that nobody else writes.
    pub fn write(&self, channel: &'static Channel, number: &str, with_picture: bool) {
        let mut books = self.books();
        let known = books.phones.get_mut(&(channel.word, number.to_owned()));
        if let Some(known) = known.filter(|known| known.reached) {
            known.written += 1;
            let mark = if with_picture { picture::MARK } else { "" };
            let (written, word) = (known.written, channel.word);
            known.put(format!("from {number} by {word} number {written}{mark}"));
        }
    }

    /// Writes these very words on a phone, if it was written to.
    pub fn write_words(&self, channel: &'static Channel, number: &str, words: &str) {
        self.put(channel, number, words, true);
    }

    /// Writes these very words on a phone, be it the first that passes between them.
    pub fn write_first(&self, channel: &'static Channel, number: &str, words: &str) {
        self.put(channel, number, words, false);
    }

    fn put(&self, channel: &'static Channel, number: &str, words: &str, only_reached: bool) {
        let books = self.books();
        let known = books.phones.get(&(channel.word, number.to_owned()));
        if let Some(known) = known.filter(|known| known.reached || !only_reached) {
            known.put(words.to_owned());
        }
    }

    /// Somebody looks at what is on a phone: what is there is read.
    pub async fn look(&self, number: &str) {
        let path = format!("/v1/simulator/phones/{}/read", number.replace('+', "%2B"));
        let url = format!("http://{}{path}", self.shared.address);
        if let Err(error) = self.shared.http.post(url).send().await {
            self.shared
                .record
                .wrong(format!("nobody could look at {number}: {error}"));
        }
    }

    /// Makes a letter of each text: by itself, or by having the simulator write it.
    async fn leaves(
        self,
        channel: &'static Channel,
        number: String,
        mut written: mpsc::Receiver<String>,
        letters: mpsc::Sender<Letter>,
        unsent: Arc<AtomicUsize>,
    ) {
        while let Some(words) = written.recv().await {
            match &channel.spoken {
                Spoken::ByUs => {
                    let letter = self.letter(channel, &number, words);
                    let _ = letters.send(letter).await;
                }
                Spoken::BySimulator(_) => {
                    self.books().with_simulator += 1;
                    if let Err(error) = self.hand_to_simulator(channel, &number, &words).await {
                        self.books().with_simulator -= 1;
                        let record = &self.shared.record;
                        record.wrong(format!("{number} could not write “{words}”: {error}"));
                    }
                }
            }
            unsent.fetch_sub(1, Relaxed);
        }
    }

    fn letter(&self, channel: &Channel, number: &str, words: String) -> Letter {
        let url = self.at_server(&format!("/webhooks/{}", channel.connection));
        let file = picture::goes_with(&words).then(|| {
            let id = format!("ME{:032x}", self.books().next());
            self.keep(&id, &words);
            twilio::file_url(self.shared.address, &id)
        });
        let sid = format!("SM{:032x}", self.books().next());
        twilio::inbound(channel, url, &sid, number, words, file)
    }

    async fn hand_to_simulator(
        &self,
        channel: &Channel,
        number: &str,
        words: &str,
    ) -> Result<(), Failed> {
        let (http, at) = (&self.shared.http, self.shared.address);
        self.learn_name(channel, number).await?;
        let mut body = json!({"to": channel.number, "text": words, "channel": channel.word});
        if picture::goes_with(words) {
            let kept = http
                .post(format!("http://{at}/v1/simulator/files"))
                .header("content-type", "image/png")
                .body(picture::of(words));
            let kept = kept.send().await?.error_for_status()?.text().await?;
            let kept: serde_json::Value = serde_json::from_str(&kept)?;
            let id = kept["id"].as_str().ok_or("a file without id")?;
            self.keep(id, words);
            body["media"] = json!([{ "file": id }]);
        }
        let number = number.replace('+', "%2B");
        let url = format!("http://{at}/v1/simulator/phones/{number}/messages");
        http.post(url)
            .json(&body)
            .send()
            .await?
            .error_for_status()?;
        Ok(())
    }

    /// By what the product knows somebody on a channel; none where they have not written, and it knows nothing of them.
    pub fn address(&self, channel: &Channel, number: &str) -> Option<String> {
        if channel.asks {
            return Some(number.to_owned());
        }
        let line = (channel.word, number.to_owned());
        let books = self.books();
        let named = books.names.iter().find(|(_, known)| **known == line);
        named.map(|(name, _)| name.clone())
    }

    /// What the provider calls the person with that number, once they have written.
    async fn learn_name(&self, channel: &Channel, number: &str) -> Result<(), Failed> {
        let line = (channel.word, number.to_owned());
        if self.books().names.values().any(|known| *known == line) {
            return Ok(());
        }
        let (http, at) = (&self.shared.http, self.shared.address);
        let path = format!("phones/{}/person", number.replace('+', "%2B"));
        let person = http.get(format!("http://{at}/v1/simulator/{path}"));
        let person = person.send().await?.error_for_status()?.text().await?;
        let person: serde_json::Value = serde_json::from_str(&person)?;
        let name = person[channel.calls].as_str();
        let name = name.ok_or("a person without a name")?.to_owned();
        self.books().names.insert(name, line);
        Ok(())
    }

    /// Keeps a file, or loses it.
    fn keep(&self, id: &str, words: &str) {
        let mut books = self.books();
        let lost = books.faults && books.dice.percent(LOST);
        let bytes = picture::of(words);
        books.files.insert(id.to_owned(), File { bytes, lost });
        if lost {
            self.shared.record.lose(words.to_owned());
        }
    }

    /// Brings what was written on a phone to the server, now and then twice.
    async fn bring(
        self,
        channel: &'static Channel,
        number: String,
        mut letters: mpsc::Receiver<Letter>,
    ) {
        let record = self.shared.record.clone();
        while let Some(letter) = letters.recv().await {
            let twice = self.books().dice.percent(15);
            let begun: Vec<usize> = letter
                .words
                .iter()
                .filter_map(|words| Consent::of(words, channel.word, &number))
                .map(|consent| record.consent(consent))
                .collect();
            if self.post(&letter).await {
                let now = Instant::now();
                begun.iter().for_each(|place| record.taken(*place, now));
                for words in &letter.words {
                    record.hear(channel.word, &number, words.clone());
                }
            }
            if twice {
                self.post(&letter).await;
            }
        }
    }

    /// What came back from the simulator is brought in the order of its phone.
    pub(super) async fn came_back(&self, channel: &'static Channel, number: &str, letter: Letter) {
        let letters = {
            let books = self.books();
            let known = books.phones.get(&(channel.word, number.to_owned()));
            known.map(|known| known.letters.clone())
        };
        let many = letter.words.len();
        if let Some(letters) = letters {
            let _ = letters.send(letter).await;
            let mut books = self.books();
            books.with_simulator = books.with_simulator.saturating_sub(many);
        }
    }

    /// Brings a report, late, and now and then once more, after later ones.
    pub(super) fn report_late(&self, letter: Letter, receipts: Vec<(String, &'static str)>) {
        let (late, again) = {
            let mut books = self.books();
            let again = books
                .dice
                .percent(30)
                .then(|| books.dice.millis(REPEATED_LATE));
            (books.dice.millis(LATE), again)
        };
        let carrier = self.clone();
        self.shared.posting.spawn(async move {
            tokio::time::sleep(late).await;
            carrier.report(&letter, &receipts).await;
            if let Some(again) = again {
                tokio::time::sleep(again).await;
                carrier.report(&letter, &receipts).await;
            }
        });
    }

    /// Brings a report.
    pub(super) async fn report(&self, letter: &Letter, receipts: &[(String, &'static str)]) {
        if self.post(letter).await {
            for (delivery, word) in receipts {
                self.shared.record.receipt(delivery, word);
            }
        }
    }

    /// Whether a file that is asked for is given now; if not, it is later.
    pub(super) fn gives_file_now(&self) -> bool {
        const REFUSED: u64 = 10;
        let mut books = self.books();
        !(books.faults && books.dice.percent(REFUSED))
    }
}
