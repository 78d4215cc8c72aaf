//! As much of HTTP as a witness needs: one connection, kept open, and one question at a time.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// The longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// Whether the server says that it gave this answer before.
    pub(super) repeated: bool,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn is_good(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// Who asks whom.
#[derive(Clone, Debug)]
pub(super) struct Server {
    pub(super) address: SocketAddr,
    pub(super) key: String,
}

/// A connection to the server.
pub(super) struct Connection {
    server: Server,
    stream: Option<BufReader<TcpStream>>,
}

impl Server {
    pub(super) fn connection(&self) -> Connection {
        Connection { server: self.clone(), stream: None }
    }
}

impl Connection {
    pub(super) fn get(&mut self, path: &str) -> io::Result<Answer> {
        self.ask("GET", path, "-", "")
    }

    pub(super) fn post(&mut self, path: &str, name: &str, body: &str) -> io::Result<Answer> {
        self.ask("POST", path, name, body)
    }

    /// Asks once. After an error the next question is asked on a new connection.
    fn ask(&mut self, verb: &str, path: &str, name: &str, body: &str) -> io::Result<Answer> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => BufReader::new(self.open()?),
        };
        let (address, key, length) = (self.server.address, &self.server.key, body.len());
        let question = format!(
            "{verb} {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {key}\r\n\
             content-type: application/json\r\nidempotency-key: {name}\r\n\
             content-length: {length}\r\n\r\n{body}"
        );
        stream.get_mut().write_all(question.as_bytes())?;
        let answer = read(&mut stream)?;
        self.stream = Some(stream);
        Ok(answer)
    }

    fn open(&self) -> io::Result<TcpStream> {
        let stream = TcpStream::connect_timeout(&self.server.address, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}

fn garbled(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

fn read(stream: &mut BufReader<TcpStream>) -> io::Result<Answer> {
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let status = line.split(' ').nth(1).and_then(|it| it.parse().ok());
    let status = status.ok_or_else(|| garbled("no status"))?;
    let (mut length, mut repeated) = (None, false);
    loop {
        line.clear();
        if stream.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let field = line.trim_end().to_ascii_lowercase();
        if field.is_empty() {
            break;
        }
        match field.split_once(": ") {
            Some(("content-length", it)) => length = it.parse().ok(),
            Some(("idempotent-replayed", it)) => repeated = it == "true",
            _ => {}
        }
    }
    let mut body = vec![0; length.ok_or_else(|| garbled("no length"))?];
    stream.read_exact(&mut body)?;
    let body = String::from_utf8(body).map_err(|_| garbled("no text"))?;
    Ok(Answer { status, repeated, body })
}
