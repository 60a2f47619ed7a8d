//! What a file is, by its bytes: the word of whoever sent it counts only where the bytes leave it open.

/// What is known of no file.
pub const UNKNOWN: &str = "application/octet-stream";

/// So much of the beginning of a file is looked at.
pub const HEAD: usize = 4096;

/// What begins with these bytes at this place. The first that fits is it.
const MAGIC: &[(usize, &[u8], &str)] = &[
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBPVP8", "image/webp"),
    (8, b"WAVEfmt ", "audio/wav"),
    (8, b"AVI LIST", "video/x-msvideo"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"OggS", "audio/ogg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"\x1a\x45\xdf\xa3", "video/webm"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"PK\x05\x06", "application/zip"),
    (
        0,
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "application/x-ole-storage",
    ),
    (0, b"{\\rtf", "application/rtf"),
];

/// The brands of the ISO base media format, by how they begin (<https://mp4ra.org/registered-types/brands>).
const BRANDS: &[(&[u8], &str)] = &[
    (b"avif", "image/avif"),
    (b"avis", "image/avif"),
    (b"hei", "image/heic"),
    (b"hev", "image/heic"),
    (b"mif1", "image/heif"),
    (b"qt  ", "video/quicktime"),
    (b"3g", "video/3gpp"),
    (b"M4A", "audio/mp4"),
    (b"M4B", "audio/mp4"),
];

/// Of what the bytes show, what else it may be said to be: one wrapping serves many.
const WRAPPINGS: &[(&str, &[&str])] = &[
    ("audio/ogg", &["video/ogg", "application/ogg"]),
    ("video/webm", &["audio/webm", "video/x-matroska"]),
    ("video/mp4", &["audio/mp4", "audio/x-m4a", "video/x-m4v"]),
    ("video/3gpp", &["audio/3gpp", "video/3gpp2"]),
    (
        "application/zip",
        &[
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            "application/vnd.oasis.opendocument.text",
            "application/vnd.oasis.opendocument.spreadsheet",
            "application/vnd.oasis.opendocument.presentation",
        ],
    ),
    (
        "application/x-ole-storage",
        &[
            "application/msword",
            "application/vnd.ms-excel",
            "application/vnd.ms-powerpoint",
        ],
    ),
    (
        "text/plain",
        &["text/csv", "text/vcard", "text/x-vcard", "text/calendar"],
    ),
];

/// What a browser may show where it stands. Nothing in them is run, and each was recognised by its bytes.
const SHOWN: &[&str] = &[
    "image/png",
    "image/jpeg",
    "image/gif",
    "image/webp",
    "image/avif",
    "audio/ogg",
    "audio/mpeg",
    "audio/mp4",
    "audio/x-m4a",
    "audio/webm",
    "audio/wav",
    "audio/flac",
    "audio/aac",
    "audio/amr",
    "audio/3gpp",
    "video/mp4",
    "video/webm",
    "video/ogg",
    "video/quicktime",
    "video/3gpp",
];

/// What a file is that begins like this and is said to be that.
#[must_use]
pub fn settle(head: &[u8], said: &str) -> &'static str {
    let seen = seen(head);
    let said = essence(said);
    let among = WRAPPINGS
        .iter()
        .find(|(wrapping, _)| *wrapping == seen)
        .and_then(|(_, contents)| contents.iter().find(|content| **content == said));
    among.copied().unwrap_or(match seen {
        // Nobody reads these by themselves.
        "application/x-ole-storage" => UNKNOWN,
        seen => seen,
    })
}

/// Whether a browser may show it where it stands.
#[must_use]
pub fn is_shown(content_type: &str) -> bool {
    SHOWN.contains(&content_type)
}

/// A media type without its parameters, in lower case.
#[must_use]
pub fn essence(content_type: &str) -> String {
    content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
}

fn seen(head: &[u8]) -> &'static str {
    let is = |(at, magic, _): &&(usize, &[u8], &str)| {
        head.get(*at..).is_some_and(|rest| rest.starts_with(magic))
    };
    if let Some((_, _, found)) = MAGIC.iter().find(is) {
        return found;
    }
    if head.get(4..8) == Some(b"ftyp") {
        let brand = head.get(8..12).unwrap_or_default();
        let known = BRANDS.iter().find(|(start, _)| brand.starts_with(start));
        return known.map_or("video/mp4", |(_, found)| found);
    }
    match head {
        // An MPEG frame's layer is two bits: none for AAC in ADTS, 01 for MP3.
        [0xff, second, ..] if second & 0xf6 == 0xf0 => "audio/aac",
        [0xff, second, ..] if second & 0xe6 == 0xe2 => "audio/mpeg",
        _ if is_text(head) => "text/plain",
        _ => UNKNOWN,
    }
}

/// Words that nobody takes for a page, a picture or a program.
fn is_text(head: &[u8]) -> bool {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // Cut off in the middle of a character.
        Err(error) if error.error_len().is_none() && head.len() >= HEAD => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    let control = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    let start = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    !start.is_empty() && !start.starts_with("#!") && !text.contains('<') && !text.contains(control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_bytes_show_whatever_is_said_of_it() {
        for (head, is) in [
            (&b"\x89PNG\r\n\x1a\n...."[..], "image/png"),
            (b"\xff\xd8\xff\xe0..JFIF", "image/jpeg"),
            (b"GIF89a......", "image/gif"),
            (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
            (b"RIFF\x10\0\0\0WAVEfmt ", "audio/wav"),
            (b"OggS\0\x02......OpusHead", "audio/ogg"),
            (b"ID3\x04....", "audio/mpeg"),
            (b"\xff\xfb\x90\x00", "audio/mpeg"),
            (b"\xff\xf1\x50\x80", "audio/aac"),
            (b"\0\0\0\x18ftypmp42....", "video/mp4"),
            (b"\0\0\0\x18ftypM4A ....", "audio/mp4"),
            (b"\0\0\0\x18ftyp3gp4....", "video/3gpp"),
            (b"\0\0\0\x18ftypheic....", "image/heic"),
            (b"\x1a\x45\xdf\xa3....webm", "video/webm"),
            (b"%PDF-1.7\n", "application/pdf"),
            (b"PK\x03\x04....", "application/zip"),
            (b"Guten Tag, \xc3\x84pfel", "text/plain"),
            (b"\x7fELF....", UNKNOWN),
            (b"", UNKNOWN),
        ] {
            assert_eq!(settle(head, "image/png"), is, "{head:?}");
        }
    }

    #[test]
    fn what_could_run_in_a_browser_is_never_called_by_its_name() {
        for head in [
            &b"<svg xmlns=\"http://www.w3.org/2000/svg\">"[..],
            b"<?xml version=\"1.0\"?><svg/>",
            b"\xef\xbb\xbf  <!DOCTYPE html><script>",
            b"hello <script>alert(1)</script>",
            b"#!/bin/sh\n",
        ] {
            for said in ["image/svg+xml", "text/html", "text/plain", "image/png"] {
                let is = settle(head, said);
                assert_eq!(is, UNKNOWN, "{head:?}");
                assert!(!is_shown(is));
            }
        }
    }

    #[test]
    fn one_wrapping_of_many_is_what_it_is_said_to_be() {
        let webm = b"\x1a\x45\xdf\xa3....webm";
        assert_eq!(settle(webm, "audio/webm;codecs=opus"), "audio/webm");
        assert_eq!(settle(webm, "text/html"), "video/webm");
        assert_eq!(settle(b"a;b\n1;2\n", "text/csv; charset=utf-8"), "text/csv");
        assert_eq!(settle(b"\0\0\0\x18ftypiso5", "audio/mp4"), "audio/mp4");
        let old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....";
        assert_eq!(settle(old, "application/msword"), "application/msword");
        assert_eq!(settle(old, "image/png"), UNKNOWN);
    }

    #[test]
    fn a_long_text_may_be_cut_in_the_middle_of_a_character() {
        let text = "ä".repeat(HEAD);
        assert_eq!(settle(&text.as_bytes()[..HEAD], ""), "text/plain");
        assert_eq!(
            settle(&text.as_bytes()[..3], ""),
            UNKNOWN,
            "the file ends there"
        );
        let cut = format!("x{}", "ä".repeat(HEAD));
        assert_eq!(settle(&cut.as_bytes()[..HEAD], ""), "text/plain");
    }

    #[test]
    fn a_page_a_document_and_an_archive_are_only_ever_handed_out() {
        for given in [
            "application/pdf",
            "application/zip",
            "text/plain",
            "text/html",
            "image/svg+xml",
            UNKNOWN,
        ] {
            assert!(!is_shown(given), "{given}");
        }
    }
}
