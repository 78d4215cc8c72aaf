//! What a reader lacks, and what it has brought.

use super::page::{EMPTY, PAGE, Page, Place, RowFile, is_sound, narrow, wide};
use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

/// What a reader needs and is not in memory.
#[derive(Debug)]
pub struct Miss {
    pub(super) file: Arc<RowFile>,
    pub(super) part: Part,
    /// It was loaded already, in vain, and nothing has changed since.
    pub(super) damaged: bool,
}

/// A part of a file that is read at once.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part {
    /// A page, where it stood when it had last been changed in this epoch.
    Page { page: usize, place: Place, changed: u32 },
    /// Rows from `first` to before `end`, and the one of them that was asked for.
    Rows { first: u64, end: u64, number: u64 },
}

impl Miss {
    /// Reads what is missing into `scratch`. To be done without any lock.
    ///
    /// A page that does not fit its checksum is no error yet: it may have been read while a
    /// checkpoint wrote a later one over it. Only if the next peek finds that nothing has changed
    /// since, it is damaged, and loading that miss is an error which says so.
    pub fn load(self, scratch: &mut Scratch) -> io::Result<()> {
        let tag = self.file.tag;
        match self.part {
            Part::Page { page, .. } if self.damaged => Err(self.file.damaged("page", wide(page))),
            Part::Rows { number, .. } if self.damaged => Err(self.file.damaged("row", number)),
            Part::Page { page, place, changed } => {
                let mut bytes = Box::new(EMPTY.clone());
                self.file.read(&mut bytes.0, place.offset(page))?;
                let sound = is_sound(&bytes, tag, page);
                let loaded = LoadedPage { file: self.file, changed, sound, bytes };
                scratch.pages.insert((tag, page), loaded);
                Ok(())
            }
            Part::Rows { first, end, .. } => {
                let row = self.file.row;
                let mut bytes = vec![0; narrow(end - first) * row];
                self.file.read(&mut bytes, first * wide(row))?;
                scratch.rows.insert((tag, first), LoadedRows { file: self.file, bytes });
                Ok(())
            }
        }
    }
}

struct LoadedPage {
    file: Arc<RowFile>,
    changed: u32,
    sound: bool,
    bytes: Box<Page>,
}

struct LoadedRows {
    file: Arc<RowFile>,
    bytes: Vec<u8>,
}

/// What a reader has loaded, from tables and logs that have different tags.
#[derive(Default)]
pub struct Scratch {
    pages: BTreeMap<(u8, usize), LoadedPage>,
    rows: BTreeMap<(u8, u64), LoadedRows>,
}

impl Scratch {
    /// The page as it was last changed in epoch `changed`, if it was loaded; `Err` if it is
    /// damaged.
    pub(super) fn page(
        &self,
        file: &Arc<RowFile>,
        page: usize,
        changed: u32,
    ) -> Option<Result<&[u8; PAGE], ()>> {
        let loaded = self.pages.get(&(file.tag, page))?;
        let current = loaded.changed == changed && Arc::ptr_eq(&loaded.file, file);
        current.then_some(if loaded.sound { Ok(&loaded.bytes.0) } else { Err(()) })
    }

    /// The row, if it was loaded with those from `first` on.
    pub(super) fn row(&self, file: &Arc<RowFile>, first: u64, number: u64) -> Option<&[u8]> {
        let loaded = self.rows.get(&(file.tag, first))?;
        let at = narrow(number - first) * file.row;
        let bytes = loaded.bytes.get(at..at + file.row)?;
        Arc::ptr_eq(&loaded.file, file).then_some(bytes)
    }
}
