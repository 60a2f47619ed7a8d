//! A file and its fields as one body: `multipart/form-data` (RFC 7578).

use std::fmt::Write as _;

use bytes::{BufMut as _, Bytes, BytesMut};
use sha2::{Digest as _, Sha256};

/// A form that is being filled in.
pub(crate) struct Form {
    boundary: String,
    body: BytesMut,
}

impl Form {
    /// One whose boundary stands in no text or file that is put into it: it is made of their digest, which nothing can hold of itself.
    pub(crate) fn around(texts: &[&str], file: &[u8]) -> Self {
        let mut digest = Sha256::new();
        for text in texts {
            digest.update(text);
        }
        digest.update(file);
        let mut boundary = "switchboard-".to_owned();
        for byte in &digest.finalize()[..16] {
            // Writing to a text cannot fail.
            let _ = write!(boundary, "{byte:02x}");
        }
        Self {
            boundary,
            body: BytesMut::with_capacity(file.len() + 2048),
        }
    }

    /// With a field.
    pub(crate) fn field(mut self, name: &str, value: &str) -> Self {
        self.begin(&format!("name=\"{name}\""));
        self.put("\r\n");
        self.put(value);
        self.put("\r\n");
        self
    }

    /// With a file.
    pub(crate) fn file(
        mut self,
        name: &str,
        called: &str,
        content_type: &str,
        file: &Bytes,
    ) -> Self {
        self.begin(&format!("name=\"{name}\"; filename=\"{}\"", quoted(called)));
        self.put(&format!("Content-Type: {}\r\n\r\n", one_line(content_type)));
        self.body.put_slice(file);
        self.put("\r\n");
        self
    }

    pub(crate) fn content_type(&self) -> String {
        format!("multipart/form-data; boundary={}", self.boundary)
    }

    /// The whole body.
    pub(crate) fn close(mut self) -> Bytes {
        let end = format!("--{}--\r\n", self.boundary);
        self.put(&end);
        self.body.freeze()
    }

    fn begin(&mut self, disposition: &str) {
        let begin = format!(
            "--{}\r\nContent-Disposition: form-data; {disposition}\r\n",
            self.boundary
        );
        self.put(&begin);
    }

    fn put(&mut self, text: &str) {
        self.body.put_slice(text.as_bytes());
    }
}

/// A file's name as it may stand between quotes, escaped as browsers do.
fn quoted(name: &str) -> String {
    one_line(&name.replace('"', "%22"))
}

fn one_line(text: &str) -> String {
    text.replace(|c: char| c.is_control(), " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_looks_like_a_form_is_still_one_file() {
        let old = Form::around(&["a"], b"x").boundary;
        let file = Bytes::from(format!("\r\n--{old}--\r\n"));
        let form = Form::around(&["a"], &file);
        let boundary = form.boundary.clone();
        assert_eq!(
            form.content_type(),
            format!("multipart/form-data; boundary={boundary}")
        );
        let body = form
            .file("photo", "a\"\r\nb.png", "image/png", &file)
            .close();
        let text = String::from_utf8_lossy(&body);
        assert!(text.contains("filename=\"a%22  b.png\"\r\n"), "{text}");
        assert_eq!(text.matches(&boundary).count(), 2, "{text}");
        assert!(text.ends_with(&format!("\r\n--{boundary}--\r\n")), "{text}");
    }
}
