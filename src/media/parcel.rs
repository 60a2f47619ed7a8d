//! What of a message goes as a file, and what as a link in its text: as the channel can, and always as one message.

use contract::Capabilities;

use crate::core::event::Attachment;

/// A message as it is handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parcel {
    /// The words, and below them the links.
    pub text: String,
    /// Which of the attachments go as files, by their place.
    pub files: Vec<usize>,
}

/// Packs a message. The first files go as files, as many as the channel takes at once; what it does not carry, and what is one too many,
/// goes as a link. Where the text would be too long beside one of the files, all of them are links: words are never lost.
#[must_use]
pub fn pack(
    capabilities: &Capabilities,
    text: &str,
    attachments: &[Attachment],
    link: impl Fn(&Attachment) -> String,
) -> Parcel {
    let carried = |(_, attachment): &(usize, &Attachment)| {
        attachment
            .size
            .is_some_and(|size| capabilities.carries(&attachment.content_type, size))
    };
    let files: Vec<usize> = attachments
        .iter()
        .enumerate()
        .filter(carried)
        .take(capabilities.media_at_once)
        .map(|(place, _)| place)
        .collect();
    let packed = with_links(text, attachments, &files, &link);
    let length = packed.chars().count();
    let too_long = |place: &usize| {
        let attachment = &attachments[*place];
        let size = attachment.size.unwrap_or(u64::MAX);
        capabilities
            .rule_for(&attachment.content_type, size)
            .and_then(|rule| rule.caption)
            .is_some_and(|caption| length > caption)
    };
    if files.iter().any(too_long) {
        return Parcel {
            text: with_links(text, attachments, &[], &link),
            files: Vec::new(),
        };
    }
    Parcel {
        text: packed,
        files,
    }
}

fn with_links(
    text: &str,
    attachments: &[Attachment],
    files: &[usize],
    link: impl Fn(&Attachment) -> String,
) -> String {
    let others = attachments
        .iter()
        .enumerate()
        .filter(|(place, _)| !files.contains(place))
        .map(|(_, attachment)| link(attachment));
    let words = (!text.is_empty()).then(|| text.to_owned());
    words
        .into_iter()
        .chain(others)
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use contract::MediaRule;

    use super::*;

    const RULES: &[MediaRule] = &[
        MediaRule::new("image/*", 100).captioned(12),
        MediaRule::new("audio/ogg", 100).captioned(0),
        MediaRule::new("application/pdf", 100),
    ];

    fn file(name: &str, content_type: &str, size: u64) -> Attachment {
        Attachment {
            id: Some(name.into()),
            name: Some(name.into()),
            content_type: content_type.into(),
            size: Some(size),
            url: None,
        }
    }

    fn packed(at_once: usize, text: &str, files: &[Attachment]) -> (String, Vec<usize>) {
        let capabilities = Capabilities {
            media: RULES.into(),
            media_at_once: at_once,
            ..Capabilities::plain("mms", 1_600)
        };
        let parcel = pack(&capabilities, text, files, |file| {
            format!("/f/{}", file.id.as_deref().unwrap_or_default())
        });
        (parcel.text, parcel.files)
    }

    #[test]
    fn what_the_channel_carries_goes_as_a_file_and_the_rest_as_links() {
        let files = [
            file("a", "image/png", 100),
            file("b", "image/png", 101),
            file("c", "application/zip", 1),
            file("d", "application/pdf", 1),
        ];
        assert_eq!(
            packed(10, "hi", &files),
            ("hi\n/f/b\n/f/c".to_owned(), vec![0, 3])
        );
        assert_eq!(
            packed(1, "hi", &files),
            ("hi\n/f/a\n/f/b\n/f/c\n/f/d".to_owned(), vec![])
        );
        assert_eq!(packed(1, "", &files[..1]), (String::new(), vec![0]));
        assert_eq!(packed(1, "", &files[1..2]), ("/f/b".to_owned(), vec![]));
        assert_eq!(packed(1, "hi", &files[..1]), ("hi".to_owned(), vec![0]));
        assert_eq!(packed(1, "hi", &[]), ("hi".to_owned(), vec![]));
    }

    #[test]
    fn words_that_cannot_go_beside_a_file_are_never_lost() {
        let voice = [file("a", "audio/ogg", 1)];
        assert_eq!(packed(1, "", &voice), (String::new(), vec![0]));
        assert_eq!(packed(1, "hi", &voice), ("hi\n/f/a".to_owned(), vec![]));
        let picture = [file("a", "image/png", 1)];
        assert_eq!(packed(1, "0123456789ab", &picture).1, [0]);
        assert_eq!(
            packed(1, "0123456789abc", &picture).0,
            "0123456789abc\n/f/a"
        );
    }
}
