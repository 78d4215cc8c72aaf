//! The bytes of a file: counted by lines, and never too many at once.

use crate::refused::Refused;
use quick_xml::events::BytesRef;
use std::io::{self, BufRead, Read};

/// The most bytes between two ends of tags: what a reader has to keep at once.
const UNBROKEN_MAX: usize = 64 << 10;

/// A reader that knows in which line it is, and refuses what would fill the memory.
pub(super) struct Counted<R> {
    inner: R,
    lines: u64,
    unbroken: usize,
}

impl<R: BufRead> Counted<R> {
    pub(super) fn new(inner: R) -> Counted<R> {
        Counted { inner, lines: 1, unbroken: 0 }
    }

    /// The line that is being read, from 1.
    pub(super) fn line(&self) -> u64 {
        self.lines
    }
}

impl<R: BufRead> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let count = available.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), available.get(..count)) {
            to.copy_from_slice(from);
        }
        self.consume(count);
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.unbroken > UNBROKEN_MAX {
            let text = format!("more than {UNBROKEN_MAX} bytes in one tag or value");
            return Err(io::Error::new(io::ErrorKind::InvalidData, text));
        }
        let available = self.inner.fill_buf()?;
        Ok(available.get(..available.len().min(UNBROKEN_MAX)).unwrap_or(available))
    }

    fn consume(&mut self, count: usize) {
        if let Ok(available) = self.inner.fill_buf() {
            let consumed = available.get(..count).unwrap_or(available);
            let newlines = consumed.split(|it| *it == b'\n').count().saturating_sub(1);
            self.lines += u64::try_from(newlines).unwrap_or(0);
            match consumed.iter().rposition(|it| *it == b'>') {
                Some(place) => self.unbroken = consumed.len() - place,
                None => self.unbroken += consumed.len(),
            }
        }
        self.inner.consume(count);
    }
}

/// The character that a reference in the text stands for: one of the five that XML has, or one that
/// is named by its number. Whatever a file could define itself is refused.
pub(super) fn resolved(it: &BytesRef<'_>, line: u64) -> Result<String, Refused> {
    let refuse = || Refused::new(line, "only the five entities of XML are read");
    let number = it.resolve_char_ref().map_err(|_| refuse())?;
    if let Some(character) = number {
        return Ok(character.to_string());
    }
    let name = it.xml10_content();
    let character = match name.as_ref() {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => return Err(refuse()),
    };
    Ok(character.to_string())
}
