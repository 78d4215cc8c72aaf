//! A target for fuzzing: the files of tables and logs. See [`ledger::fuzz`].

use super::page::{CHECKSUM, PAGE, Page, is_sound};
use super::{Budget, Log, Scratch, Table, TableState};
use ledger::fuzz::edited;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

const TAG: u8 = 7;
const ROW: usize = 48;
const ROWS: u64 = 400;

/// The files of a sound table and a sound log with the same rows, and the table's state.
struct Sound {
    table: Vec<u8>,
    log: Vec<u8>,
    state: TableState,
}

fn row(number: u64) -> [u8; ROW] {
    let mut row = [1; ROW];
    row[8..16].copy_from_slice(&number.to_le_bytes());
    row
}

/// A folder that nobody else has.
fn folder() -> PathBuf {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let name = format!("danbao-fuzz-{}-table-{}", std::process::id(), NEXT.fetch_add(1, Relaxed));
    let folder = std::env::temp_dir().join(name);
    fs::create_dir_all(&folder).expect("a temporary folder can be made");
    folder
}

fn open(folder: &Path, state: &TableState, rows: u64) -> std::io::Result<(Table, Log)> {
    let budget = Budget::new(1 << 20);
    let table = Table::open(&folder.join("table"), TAG, ROW, state, budget)?;
    Ok((table, Log::open(&folder.join("log"), TAG + 1, ROW, rows)?))
}

fn sound() -> &'static Sound {
    static SOUND: OnceLock<Sound> = OnceLock::new();
    SOUND.get_or_init(|| {
        let folder = folder();
        let made = open(&folder, &TableState::default(), 0);
        let (mut table, mut log) = made.expect("files can be made");
        for number in 0..ROWS {
            table.put(number, &row(number));
            log.push(&row(number));
        }
        let mut frozen = table.freeze();
        while !frozen.gather(&table) {}
        let written = frozen.write().expect("files can be written");
        log.freeze().write().expect("files can be written");
        let read = |name| fs::read(folder.join(name)).expect("it is there");
        let sound =
            Sound { table: read("table"), log: read("log"), state: written.state().clone() };
        let _ = fs::remove_dir_all(folder);
        sound
    })
}

/// The files of a table and a log, of which one was edited, as the first byte says; the state that
/// the manifest remembers may be edited, too. A row that is read without an error is the row that
/// was written.
pub fn rows(bytes: &[u8]) {
    let Some((choice, script)) = bytes.split_first() else { return };
    let sound = sound();
    let mut state = sound.state.clone();
    let (mut table, mut log) = (sound.table.clone(), sound.log.clone());
    match choice % 4 {
        0 => table = edited(&table, script),
        1 => log = edited(&log, script),
        2 => state.places = edited(&state.places, script),
        _ => page(&table, script),
    }
    let folder = folder();
    fs::write(folder.join("table"), table).expect("a file can be written");
    fs::write(folder.join("log"), log).expect("a file can be written");
    if let Ok((table, log)) = open(&folder, &state, ROWS) {
        for number in 0..ROWS {
            let found = peek(|scratch| table.peek(number, scratch).map(<[u8]>::to_vec));
            let same = found.as_deref().is_none_or(|it| it == row(number));
            // What the manifest does not know was never written.
            let unknown = choice % 4 == 2 && found.as_deref() == Some(&[0; ROW]);
            assert!(same || unknown, "row {number} of the table: {found:?}");
            let found = peek(|scratch| log.peek(number, scratch).map(|it| it.map(<[u8]>::to_vec)));
            let found = found.flatten();
            if let Some(found) = found {
                assert_eq!(found[..ROW - super::CHECK], row(number)[..ROW - super::CHECK]);
            }
        }
    }
    let _ = fs::remove_dir_all(folder);
}

/// Looks, loads what is missing, and looks again; `None` if it is damaged.
fn peek<T>(look: impl Fn(&Scratch) -> Result<T, super::Miss>) -> Option<T> {
    let mut scratch = Scratch::default();
    for _ in 0..3 {
        match look(&scratch) {
            Ok(found) => return Some(found),
            Err(miss) => miss.load(&mut scratch).ok()?,
        }
    }
    panic!("what was loaded twice without an error is there");
}

/// A page with a right checksum, in whatever place.
fn page(table: &[u8], script: &[u8]) {
    let mut bytes = edited(&table[..PAGE], script);
    bytes.resize(PAGE, 0);
    let sum = crc32c::crc32c(&bytes[..CHECKSUM]);
    bytes[CHECKSUM..].copy_from_slice(&sum.to_le_bytes());
    let page = Page(*bytes.first_chunk().expect("it has this size"));
    let places = (0..1_000).filter(|it| is_sound(&page, TAG, *it)).count();
    assert!(places <= 1, "a page has one place");
}
