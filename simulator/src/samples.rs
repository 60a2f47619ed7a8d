//! A picture, a voice note and a document that a phone has at hand, made here so that nobody has to bring any.

use bytes::Bytes;

/// A sample's bytes, type and name.
pub(crate) struct Sample {
    pub(crate) bytes: Bytes,
    pub(crate) content_type: &'static str,
    pub(crate) name: Option<&'static str>,
}

/// The names of all samples.
pub(crate) const NAMES: [&str; 3] = ["picture", "voice", "document"];

/// The sample of that name.
pub(crate) fn of(name: &str) -> Option<Sample> {
    let sample = |bytes: Vec<u8>, content_type, name| Sample {
        bytes: bytes.into(),
        content_type,
        name,
    };
    match name {
        "picture" => Some(sample(picture(), "image/png", None)),
        "voice" => Some(sample(voice(), "audio/ogg; codecs=opus", None)),
        "document" => Some(sample(document(), "application/pdf", Some("note.pdf"))),
        _ => None,
    }
}

/// A PNG of a sun over a hill: palette colours, uncompressed.
fn picture() -> Vec<u8> {
    const WIDTH: usize = 240;
    const HEIGHT: usize = 160;
    const PALETTE: [[u8; 3]; 4] = [[142, 202, 230], [255, 183, 3], [82, 130, 74], [56, 98, 58]];
    let mut rows = Vec::with_capacity((WIDTH + 1) * HEIGHT);
    for y in 0..HEIGHT {
        rows.push(0);
        for x in 0..WIDTH {
            let away = x.abs_diff(170).pow(2) + y.abs_diff(50).pow(2);
            let near = 120 + x.abs_diff(60).pow(2) / 260;
            let far = 96 + x.abs_diff(190).pow(2) / 520;
            rows.push(match () {
                () if y > near => 3,
                () if y > far => 2,
                () if away < 26 * 26 => 1,
                () => 0,
            });
        }
    }
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = Vec::new();
    header.extend(big(WIDTH));
    header.extend(big(HEIGHT));
    header.extend([8, 3, 0, 0, 0]);
    for (name, data) in [
        (b"IHDR", header),
        (b"PLTE", PALETTE.concat()),
        (b"IDAT", stored(&rows)),
        (b"IEND", Vec::new()),
    ] {
        let chunk = [name.as_slice(), &data].concat();
        png.extend(big(data.len()));
        png.extend(&chunk);
        png.extend(crc_png(&chunk).to_be_bytes());
    }
    png
}

fn big(n: usize) -> [u8; 4] {
    u32::try_from(n).unwrap_or(u32::MAX).to_be_bytes()
}

/// A zlib stream (RFC 1950) of stored blocks.
fn stored(data: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let blocks = data.chunks(0xffff);
    let last = blocks.len().saturating_sub(1);
    for (n, block) in blocks.enumerate() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        stream.push(u8::from(n == last));
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend(block);
    }
    let (a, b) = data.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    stream.extend(((b << 16) | a).to_be_bytes());
    stream
}

/// PNG's check, reflected and inverted.
fn crc_png(data: &[u8]) -> u32 {
    !data.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 * (crc & 1))
        })
    })
}

/// Two seconds of silence, Opus in Ogg (RFC 3533, RFC 7845).
fn voice() -> Vec<u8> {
    const FRAMES: u64 = 100;
    /// 20 ms of silence, mono, full band.
    const SILENCE: [u8; 3] = [0xf8, 0xff, 0xfe];
    let mut head = b"OpusHead\x01\x01".to_vec();
    head.extend(312_u16.to_le_bytes());
    head.extend(48_000_u32.to_le_bytes());
    head.extend([0, 0, 0]);
    let mut tags = b"OpusTags".to_vec();
    tags.extend(9_u32.to_le_bytes());
    tags.extend(b"simulator");
    tags.extend(0_u32.to_le_bytes());
    let sound: Vec<&[u8]> = (0..FRAMES).map(|_| SILENCE.as_slice()).collect();
    [
        page(0, 2, 0, &[&head]),
        page(1, 0, 0, &[&tags]),
        page(2, 4, FRAMES * 960, &sound),
    ]
    .concat()
}

/// An Ogg page of packets shorter than 255 bytes.
fn page(number: u32, kind: u8, position: u64, packets: &[&[u8]]) -> Vec<u8> {
    let mut page = b"OggS\x00".to_vec();
    page.push(kind);
    page.extend(position.to_le_bytes());
    page.extend(1_u32.to_le_bytes());
    page.extend(number.to_le_bytes());
    page.extend([0; 4]);
    page.push(u8::try_from(packets.len()).unwrap_or(u8::MAX));
    page.extend(
        packets
            .iter()
            .map(|packet| u8::try_from(packet.len()).unwrap_or(u8::MAX)),
    );
    page.extend(packets.concat());
    let check = page.iter().fold(0_u32, |crc, byte| {
        (0..8).fold(crc ^ (u32::from(*byte) << 24), |crc, _| {
            (crc << 1) ^ (0x04c1_1db7 * (crc >> 31))
        })
    });
    page[22..26].copy_from_slice(&check.to_le_bytes());
    page
}

/// One page with a line of text.
fn document() -> Vec<u8> {
    let text = "BT /F1 24 Tf 72 700 Td (A document from the simulated phone.) Tj ET";
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{text}\nendstream", text.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let mut pdf = "%PDF-1.4\n".to_owned();
    let mut table = String::from("0000000000 65535 f \n");
    for (n, object) in objects.iter().enumerate() {
        table += &format!("{:010} 00000 n \n", pdf.len());
        pdf += &format!("{} 0 obj\n{object}\nendobj\n", n + 1);
    }
    let start = pdf.len();
    pdf += &format!(
        "xref\n0 6\n{table}trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
    );
    pdf.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_is_a_file_of_its_type() {
        for (name, magic) in [
            ("picture", b"\x89PNG".as_slice()),
            ("voice", b"OggS"),
            ("document", b"%PDF-1.4"),
        ] {
            assert!(NAMES.contains(&name));
            assert!(
                of(name).expect("a sample").bytes.starts_with(magic),
                "{name}"
            );
        }
        assert!(of("nothing").is_none());
    }

    #[test]
    fn the_check_of_a_png_chunk_is_the_standards() {
        assert_eq!(crc_png(b"IEND"), 0xae42_6082);
    }
}
