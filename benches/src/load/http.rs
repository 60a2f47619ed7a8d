//! As much of an HTTP client as a load generator needs: one connection kept alive, one request at a time, bytes ready to send.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::Failed;

/// The longest answer that is read.
const LONGEST: usize = 64 * 1024;

/// A connection that is kept alive.
pub struct Client {
    address: SocketAddr,
    stream: TcpStream,
    read: Vec<u8>,
}

impl Client {
    pub async fn connect(address: SocketAddr) -> Result<Self, Failed> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            address,
            stream,
            read: Vec::with_capacity(4096),
        })
    }

    /// Sends a whole request and reads the whole answer: its status and body.
    pub async fn send(&mut self, request: &[u8]) -> Result<(u16, &[u8]), Failed> {
        self.stream.write_all(request).await?;
        self.read.clear();
        loop {
            if let Some(head) = self.read.windows(4).position(|w| w == b"\r\n\r\n") {
                let (status, length) = head_of(&self.read[..head])?;
                let body = head + 4;
                if self.read.len() >= body + length {
                    return Ok((status, &self.read[body..body + length]));
                }
            }
            if self.read.len() > LONGEST || self.stream.read_buf(&mut self.read).await? == 0 {
                return Err("the server's answer has no end".into());
            }
        }
    }

    /// Posts JSON and reads JSON; anything but success is an error.
    pub async fn post(&mut self, path: &str, token: &str, body: &Value) -> Result<Value, Failed> {
        let body = body.to_string();
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\nauthorization: Bearer {token}\r\ncontent-length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        );
        let (status, answer) = self.send(request.as_bytes()).await?;
        if !(200..300).contains(&status) {
            return Err(format!(
                "POST {path} answered {status}: {}",
                String::from_utf8_lossy(answer)
            )
            .into());
        }
        Ok(serde_json::from_slice(answer)?)
    }
}

/// The status, and how long the body is.
fn head_of(head: &[u8]) -> Result<(u16, usize), Failed> {
    let head = std::str::from_utf8(head)?;
    let status = head.split(' ').nth(1).ok_or("no status")?.parse()?;
    let length = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(Ok(0), |(_, length)| length.trim().parse())?;
    Ok((status, length))
}

#[cfg(test)]
mod tests {
    use super::head_of;

    #[test]
    fn a_head_tells_status_and_length() {
        let head = b"HTTP/1.1 201 Created\r\nContent-Length: 17";
        assert_eq!(head_of(head).unwrap(), (201, 17));
        assert_eq!(head_of(b"HTTP/1.1 204 No Content").unwrap(), (204, 0));
    }
}
