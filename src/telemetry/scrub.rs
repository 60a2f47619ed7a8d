//! The last guard of the log: whatever looks like a telephone number or a credential is taken out of a line as it is written.

use std::io::{self, Write};

use tracing_subscriber::fmt::MakeWriter;

/// The fewest digits after a `+` that are taken for a number: shorter ones are offsets, counts and versions.
const NUMBER_DIGITS: usize = 8;

/// The shortest word after `Bearer` or `Basic` that is taken for a credential: shorter ones are prose.
const CREDENTIAL_LETTERS: usize = 16;

/// Writes to what `M` makes, without numbers and credentials.
pub(super) struct Scrubbed<M>(pub M);

impl<'a, M: MakeWriter<'a>> MakeWriter<'a> for Scrubbed<M> {
    type Writer = Scrubber<M::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        Scrubber(self.0.make_writer())
    }
}

/// The writer of one line. `tracing-subscriber` hands a line over whole, so that nothing is missed at a seam.
pub(super) struct Scrubber<W>(W);

impl<W: Write> Write for Scrubber<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.write_all(&scrub(line))?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

fn scrub(line: &[u8]) -> Vec<u8> {
    let mut clean = Vec::with_capacity(line.len());
    let mut rest = line;
    while let Some((first, after)) = rest.split_first() {
        if let Some((shown, length)) = number(rest)
            .or_else(|| credential(rest))
            .or_else(|| password_hash(rest))
        {
            clean.extend_from_slice(shown.as_bytes());
            rest = &rest[length..];
        } else {
            clean.push(*first);
            rest = after;
        }
    }
    clean
}

/// What is shown instead of a secret at the start of `text`, and how many bytes that stands for.
type Hidden = Option<(String, usize)>;

/// `+12025550123`, also as it stands in a form or a query.
fn number(text: &[u8]) -> Hidden {
    let plus = ["+", "%2B", "%2b"]
        .into_iter()
        .find(|plus| text.starts_with(plus.as_bytes()))?;
    let digits = run(&text[plus.len()..], |b| b.is_ascii_digit());
    let whole = std::str::from_utf8(&text[plus.len()..plus.len() + digits]).ok()?;
    (digits >= NUMBER_DIGITS).then(|| (contract::mask(&format!("+{whole}")), plus.len() + digits))
}

/// `Bearer …` and `Basic …` of an Authorization header.
fn credential(text: &[u8]) -> Hidden {
    let scheme = ["Bearer ", "Basic "].into_iter().find(|scheme| {
        text.get(..scheme.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(scheme.as_bytes()))
    })?;
    let letters = run(&text[scheme.len()..], |b| {
        b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b)
    });
    (letters >= CREDENTIAL_LETTERS).then(|| (format!("{scheme}•••"), scheme.len() + letters))
}

/// `$argon2id$…`
fn password_hash(text: &[u8]) -> Hidden {
    const HASH: &[u8] = b"$argon2";
    let letters = run(text, |b| {
        b.is_ascii_alphanumeric() || b"$=,+/-._".contains(&b)
    });
    text.starts_with(HASH)
        .then(|| ("$argon2•••".to_owned(), letters))
}

fn run(text: &[u8], belongs: impl Fn(u8) -> bool) -> usize {
    text.iter().take_while(|b| belongs(**b)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scrubbed(line: &str) -> String {
        String::from_utf8(scrub(line.as_bytes())).expect("still UTF-8")
    }

    #[test]
    fn what_looks_like_a_number_or_a_credential_is_taken_out() {
        for (line, clean) in [
            ("to=+12025550123 sent", "to=+120••••••23 sent"),
            (r#"{"to":"+12025550123"}"#, r#"{"to":"+120••••••23"}"#),
            ("whatsapp:+447400123456", "whatsapp:+447•••••••56"),
            (
                "?From=%2B12025550123&To=%2b447400123456",
                "?From=+120••••••23&To=+447•••••••56",
            ),
            (
                "authorization: bearer abcdefghijklmnopqrstuv",
                "authorization: Bearer •••",
            ),
            ("Basic QUMxMjM0NTY3ODpzZWNyZXQ=\"", "Basic •••\""),
            (
                "hash $argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA, next",
                "hash $argon2••• next",
            ),
            ("+12025550123+12025550123", "+120••••••23+120••••••23"),
        ] {
            assert_eq!(scrubbed(line), clean, "{line}");
        }
    }

    #[test]
    fn everything_else_is_left_as_it_is() {
        for line in [
            "",
            "2026-11-21T04:26:00.123+00:00 INFO listening on 127.0.0.1:8080",
            "0.33.1+1234567",
            "a bearer token is missing",
            "basic authentication",
            "a switch of conversation 0198f3a2-77aa-7c1e-8d7b-2f1f4e0b9c11 failed",
            "مرحبا 😀 + 1",
            "100%",
            "cost: $20",
        ] {
            assert_eq!(scrubbed(line), line);
        }
    }
}
