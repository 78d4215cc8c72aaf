//! Pages, the places in a file where they may stand, and the files themselves.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

/// The size of a page.
pub const PAGE: usize = 4_096;
/// Bytes at the end of a page: its table, its number, and a checksum over all before that.
pub(super) const TRAILER: usize = 16;
pub(super) const CHECKSUM: usize = PAGE - 4;
/// Neighbouring pages whose first places stand together, followed by their second places.
pub(super) const NEIGHBOURS: usize = 64;

/// The bytes of a page. In memory, the trailer means nothing: a page is sealed when it is written.
#[derive(Clone)]
pub(super) struct Page(pub(super) [u8; PAGE]);

/// Rows are read in place; those that were never written are read here.
pub(super) static EMPTY: Page = Page([0; PAGE]);

/// Fills in the trailer.
pub(super) fn seal(bytes: &mut [u8], tag: u8, page: usize) {
    bytes[PAGE - TRAILER..CHECKSUM].copy_from_slice(&heading(tag, page));
    let sum = crc32c::crc32c(&bytes[..CHECKSUM]);
    bytes[CHECKSUM..].copy_from_slice(&sum.to_le_bytes());
}

/// Whether these are the bytes of this page of this table as they were written.
///
/// A page of zeros is not: what was never written has no place, so it is never read.
pub(super) fn is_sound(bytes: &Page, tag: u8, page: usize) -> bool {
    bytes.0[PAGE - TRAILER..CHECKSUM] == heading(tag, page)
        && bytes.0[CHECKSUM..] == crc32c::crc32c(&bytes.0[..CHECKSUM]).to_le_bytes()
}

fn heading(tag: u8, page: usize) -> [u8; TRAILER - 4] {
    let mut heading = [0; TRAILER - 4];
    heading[0] = tag;
    heading[4..].copy_from_slice(&wide(page).to_le_bytes());
    heading
}

/// Where the current bytes of a page stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    First,
    Second,
}

impl Place {
    /// The place to write to, when `current` must stay as it is.
    pub(super) fn beside(current: Option<Place>) -> Place {
        match current {
            None | Some(Place::Second) => Place::First,
            Some(Place::First) => Place::Second,
        }
    }

    /// Both places of a page are near each other, and so are those of its neighbours: pages that
    /// are written or read together are so in long runs.
    pub(super) fn offset(self, page: usize) -> u64 {
        let group = 2 * (page / NEIGHBOURS) + usize::from(self == Place::Second);
        wide(group * NEIGHBOURS + page % NEIGHBOURS) * wide(PAGE)
    }
}

/// What a manifest has to remember of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableState {
    /// For each page two bits, the lowest first: 0 if it was never written, 1 if its first place is
    /// current, and 2 if its second is.
    pub places: Vec<u8>,
}

impl TableState {
    /// How many pages there may be: no page behind these was ever written.
    pub(super) fn pages(&self) -> usize {
        self.places.len() * 4
    }

    pub(super) fn place(&self, page: usize) -> Option<Place> {
        match self.places.get(page / 4)? >> (page % 4 * 2) & 3 {
            1 => Some(Place::First),
            2 => Some(Place::Second),
            _ => None,
        }
    }

    pub(super) fn set(&mut self, page: usize, place: Place) {
        if self.places.len() <= page / 4 {
            self.places.resize(page / 4 + 1, 0);
        }
        let bits = match place {
            Place::First => 1,
            Place::Second => 2,
        };
        let byte = &mut self.places[page / 4];
        *byte = *byte & !(3 << (page % 4 * 2)) | bits << (page % 4 * 2);
    }
}

/// A file of rows, as its readers and its writer share it.
#[derive(Debug)]
pub(super) struct RowFile {
    pub(super) file: File,
    pub(super) name: String,
    pub(super) tag: u8,
    /// The size of a row.
    pub(super) row: usize,
}

impl RowFile {
    /// Opens the file, and makes it if need be; a `fresh` one has nothing in it.
    pub(super) fn open(path: &Path, tag: u8, row: usize, fresh: bool) -> io::Result<RowFile> {
        assert!((16..=1_024).contains(&row), "a row has 16 to 1,024 bytes");
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create(true).truncate(fresh).open(path)?;
        // A manifest must never name a file that the folder has forgotten.
        if let (true, Some(folder)) = (fresh, path.parent()) {
            File::open(folder)?.sync_all()?;
        }
        Ok(RowFile { file, name: path.display().to_string(), tag, row })
    }

    /// Reads bytes; those behind the end of the file are zeros, which no checksum takes for rows.
    pub(super) fn read(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        let mut done = 0;
        while done < bytes.len() {
            match self.file.read_at(&mut bytes[done..], offset + wide(done)) {
                Ok(0) => break,
                Ok(read) => done += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.failed(&error)),
            }
        }
        bytes[done..].fill(0);
        Ok(())
    }

    pub(super) fn write(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.file.write_all_at(bytes, offset).map_err(|error| self.failed(&error))
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_data().map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &io::Error) -> io::Error {
        io::Error::new(error.kind(), format!("{}: {error}", self.name))
    }

    /// What is said about a page or row that is not what was written.
    pub(super) fn damaged(&self, what: &str, number: u64) -> io::Error {
        let text = format!(
            "{}: {what} {number} is damaged. Stop, delete the folder `books` of this cell, and \
             start again: the books are made anew from the journal.",
            self.name
        );
        io::Error::new(io::ErrorKind::InvalidData, text)
    }
}

/// Sizes and page numbers as the disk has them.
pub(super) fn wide(number: usize) -> u64 {
    u64::try_from(number).expect("sizes have at most 64 bits")
}

/// Row and page numbers as memory has them.
pub(super) fn narrow(number: u64) -> usize {
    usize::try_from(number).expect("what is numbered so is in memory or on the way there")
}
