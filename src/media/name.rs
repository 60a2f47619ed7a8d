//! What a file may be called: its sender's word, without what could mislead or break out.

/// The longest name, in characters.
const LONGEST: usize = 120;
/// The name of what has none.
const NAMELESS: &str = "file";

/// A name without folders, without signs that cannot be seen or that turn the direction of writing, and no longer than a line.
#[must_use]
pub fn clean(given: &str) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let seen: String = last.chars().filter(|c| !is_hidden(*c)).collect();
    let seen = seen.trim_matches(|c: char| c == '.' || c.is_whitespace());
    if seen.is_empty() {
        return NAMELESS.to_owned();
    }
    let length = seen.chars().count();
    if length <= LONGEST {
        return seen.to_owned();
    }
    // The end tells the kind.
    let head: String = seen.chars().take(LONGEST - 21).collect();
    let tail: String = seen.chars().skip(length - 20).collect();
    format!("{head}…{tail}")
}

/// Control characters, and those that Unicode has for the direction of writing or for nothing at all.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// `Content-Disposition`, by RFC 6266: the name in ASCII for old programs, and as it is for the others.
#[must_use]
pub fn disposition(shown: bool, name: &str) -> String {
    let kind = if shown { "inline" } else { "attachment" };
    let plain: String = name
        .chars()
        .map(|c| match c {
            '"' | '\\' | '%' => '_',
            ' '..='~' => c,
            _ => '_',
        })
        .collect();
    let encoded: String = name.bytes().map(escaped).collect();
    format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

fn escaped(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_last_part_and_nothing_that_hides() {
        for (given, kept) in [
            ("photo.jpg", "photo.jpg"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\me\\a.pdf", "a.pdf"),
            ("a\r\nSet-Cookie: x.png", "aSet-Cookie: x.png"),
            ("evil\u{202e}gpj.exe", "evilgpj.exe"),
            (
                "Übersicht 2026 – Entwurf.pdf",
                "Übersicht 2026 – Entwurf.pdf",
            ),
            ("", "file"),
            ("..", "file"),
            (" . ", "file"),
        ] {
            assert_eq!(clean(given), kept, "{given:?}");
        }
        let long = clean(&format!("{}.pdf", "x".repeat(500)));
        assert_eq!(long.chars().count(), LONGEST);
        assert!(long.ends_with(".pdf"));
    }

    #[test]
    fn a_name_cannot_break_out_of_its_header() {
        assert_eq!(
            disposition(false, "a\"b;%.pdf"),
            "attachment; filename=\"a_b;_.pdf\"; filename*=UTF-8''a%22b%3B%25.pdf"
        );
        assert_eq!(
            disposition(true, "é.png"),
            "inline; filename=\"_.png\"; filename*=UTF-8''%C3%A9.png"
        );
    }
}
