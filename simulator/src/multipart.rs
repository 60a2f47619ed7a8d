//! Reads a form of several parts (RFC 7578), as far as an upload needs.

use bytes::Bytes;

/// Parts in one form.
const MOST_PARTS: usize = 16;

/// A form.
#[derive(Debug)]
pub(crate) struct Form(Vec<Part>);

/// One field.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) field: String,
    /// What a file is called.
    pub(crate) name: Option<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) bytes: Bytes,
}

impl Form {
    /// Reads a body of this type; `None` where it is no form.
    pub(crate) fn read(content_type: &str, body: &Bytes) -> Option<Self> {
        let (kind, rest) = content_type.split_once(';')?;
        if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
            return None;
        }
        let boundary = rest.split(';').find_map(|part| {
            let (name, value) = part.split_once('=')?;
            let is_it = name.trim().eq_ignore_ascii_case("boundary");
            is_it.then(|| value.trim().trim_matches('"').to_owned())
        })?;
        let open = format!("--{boundary}");
        let between = format!("\r\n--{boundary}");
        let mut at = find(body, open.as_bytes(), 0)? + open.len();
        let mut parts = Vec::new();
        while body.get(at..at + 2)? != b"--" {
            let head = at + 2;
            let data = find(body, b"\r\n\r\n", at)? + 4;
            let end = find(body, between.as_bytes(), data - 2)?;
            let lines = std::str::from_utf8(body.get(head..data)?).ok()?;
            parts.push(Part::read(lines, body.slice(data.min(end)..end))?);
            if parts.len() > MOST_PARTS {
                return None;
            }
            at = end + between.len();
        }
        Some(Self(parts))
    }

    /// All fields, in their order.
    pub(crate) fn into_parts(self) -> Vec<Part> {
        self.0
    }

    pub(crate) fn part(&self, field: &str) -> Option<&Part> {
        self.0.iter().find(|part| part.field == field)
    }

    /// A field that is a text.
    pub(crate) fn text(&self, field: &str) -> Option<&str> {
        std::str::from_utf8(&self.part(field)?.bytes).ok()
    }
}

impl Part {
    fn read(lines: &str, bytes: Bytes) -> Option<Self> {
        let header = |wanted: &str| {
            lines.split("\r\n").find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.trim()
                    .eq_ignore_ascii_case(wanted)
                    .then_some(value.trim())
            })
        };
        let disposition = header("content-disposition")?;
        let parameter = |wanted: &str| {
            disposition.split(';').find_map(|part| {
                let (name, value) = part.split_once('=')?;
                let is_it = name.trim().eq_ignore_ascii_case(wanted);
                is_it.then(|| value.trim().trim_matches('"').to_owned())
            })
        };
        Some(Self {
            field: parameter("name")?,
            name: parameter("filename"),
            content_type: header("content-type").map(str::to_owned),
            bytes,
        })
    }
}

fn find(body: &[u8], what: &[u8], from: usize) -> Option<usize> {
    let rest = body.get(from..)?;
    rest.windows(what.len())
        .position(|window| window == what)
        .map(|at| from + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_with_a_file_is_read_byte_for_byte() {
        let body = "--b\r\nContent-Disposition: form-data; name=\"messaging_product\"\r\n\r\nwhatsapp\r\n--b\r\n\
            Content-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n\u{0}\r\n--x\r\n--b--\r\n";
        let form =
            Form::read("multipart/form-data; boundary=b", &Bytes::from(body)).expect("a form");
        assert_eq!(form.text("messaging_product"), Some("whatsapp"));
        let file = form.part("file").expect("a file");
        assert_eq!(
            (file.name.as_deref(), file.content_type.as_deref()),
            (Some("a.png"), Some("image/png"))
        );
        assert_eq!(&file.bytes[..], b"\0\r\n--x");
    }

    #[test]
    fn what_is_no_form_is_not_read() {
        for (content_type, body) in [
            ("application/json", "{}"),
            ("multipart/form-data", "--b--"),
            ("multipart/form-data; boundary=b", "nothing"),
            (
                "multipart/form-data; boundary=b",
                "--b\r\nContent-Disposition: form-data; name=a\r\n\r\nno end",
            ),
        ] {
            assert!(
                Form::read(content_type, &Bytes::from(body)).is_none(),
                "{body}"
            );
        }
    }
}
