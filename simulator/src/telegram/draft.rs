//! What a message of a bot says, read from its parameters.

use crate::books::Books;
use crate::files::File;
use crate::message::Media;
use crate::telegram::error::TelegramError;
use crate::telegram::files::{LARGEST_FILE, LARGEST_PHOTO};
use crate::telegram::params::Params;
use crate::telegram::send::Kind;

const LONGEST_TEXT: usize = 4_096;
const LONGEST_CAPTION: usize = 1_024;

/// Documents that Telegram fetches by their address.
const LINKED: [&str; 3] = ["application/pdf", "application/zip", "image/gif"];

/// A text, or a file with one beside it.
pub(super) struct Draft {
    pub(super) text: String,
    pub(super) media: Vec<Media>,
}

pub(super) fn read(
    books: &mut Books,
    account: &str,
    kind: Kind,
    params: &Params,
) -> Result<Draft, TelegramError> {
    let Some(field) = kind.field() else {
        return text(params);
    };
    let caption = params.text("caption").unwrap_or_default().into_owned();
    if caption.chars().count() > LONGEST_CAPTION {
        return Err(TelegramError::bad("message caption is too long"));
    }
    Ok(Draft {
        text: caption,
        media: vec![media(books, account, kind, field, params)?],
    })
}

fn text(params: &Params) -> Result<Draft, TelegramError> {
    let text = params.text("text").unwrap_or_default().into_owned();
    if text.trim().is_empty() {
        return Err(TelegramError::bad("message text is empty"));
    }
    if text.chars().count() > LONGEST_TEXT {
        return Err(TelegramError::bad("message is too long"));
    }
    Ok(Draft {
        text,
        media: Vec::new(),
    })
}

/// A file comes with its bytes, by the address it has elsewhere, or by the id it has here.
fn media(
    books: &mut Books,
    account: &str,
    kind: Kind,
    field: &str,
    params: &Params,
) -> Result<Media, TelegramError> {
    let media = if let Some(part) = params.file(field) {
        let file = File {
            id: String::new(),
            account: Some(account.to_owned()),
            content_type: part
                .content_type
                .clone()
                .unwrap_or_else(|| kind.usual_type().to_owned()),
            name: part.name.clone(),
            bytes: part.bytes.clone(),
            until: 0,
        };
        fits(kind, &file)?;
        let run = books.run;
        of(&books.files.put(run, file))
    } else {
        let named = params
            .text(field)
            .ok_or_else(|| TelegramError::bad(&format!("there is no {field} in the request")))?;
        match named.split_once("://") {
            Some(("http" | "https", _)) => linked(kind, &named)?,
            _ => {
                let known = books.files.get(&named);
                let known = known.filter(|file| file.account.as_deref() == Some(account));
                of(known
                    .ok_or_else(|| TelegramError::bad("wrong remote file identifier specified"))?)
            }
        }
    };
    Ok(Media {
        voice: kind == Kind::Voice,
        sticker: kind == Kind::Sticker,
        name: media.name.filter(|_| kind.has_name()),
        ..media
    })
}

fn fits(kind: Kind, file: &File) -> Result<(), TelegramError> {
    let size = file.bytes.len();
    if size == 0 {
        return Err(TelegramError::bad("file must be non-empty"));
    }
    if size > LARGEST_FILE {
        return Err(TelegramError::too_large());
    }
    if kind == Kind::Photo && size > LARGEST_PHOTO {
        return Err(TelegramError::bad(&format!(
            "file of size {size} bytes is too big for a photo"
        )));
    }
    if kind == Kind::Photo && !file.content_type.starts_with("image/") {
        return Err(TelegramError::bad("IMAGE_PROCESS_FAILED"));
    }
    Ok(())
}

fn of(file: &File) -> Media {
    Media {
        content_type: file.content_type.clone(),
        name: file.name.clone(),
        file: Some(file.id.clone()),
        ..Media::at(format!("/v1/simulator/files/{}", file.id))
    }
}

/// A file elsewhere is passed on by its address: what it is shows in how that ends.
fn linked(kind: Kind, url: &str) -> Result<Media, TelegramError> {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let ending = path.rsplit('.').next().unwrap_or_default();
    let content_type = match (kind, ending.to_ascii_lowercase().as_str()) {
        (Kind::Photo, "png") => "image/png",
        (Kind::Document, "pdf") => "application/pdf",
        (Kind::Document, "zip") => "application/zip",
        (Kind::Document, "gif") => "image/gif",
        _ => kind.usual_type(),
    };
    if kind == Kind::Document && !LINKED.contains(&content_type) {
        return Err(TelegramError::bad("wrong type of the web page content"));
    }
    Ok(Media {
        content_type: content_type.to_owned(),
        ..Media::at(url.to_owned())
    })
}
