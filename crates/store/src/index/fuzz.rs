//! A target for fuzzing: run files. See [`ledger::fuzz`].

use super::block::BLOCK;
use super::key::{Key, OrderedKey, PointKey, Stored};
use super::run::{Run, file_name};
use super::run_writer::RunWriter;
use ledger::fuzz::edited;
use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

const ID: u64 = 5;
/// Entries of the sound run: some blocks full.
const ENTRIES: u64 = 400;

/// A folder that nobody else has.
fn folder() -> PathBuf {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let name = format!("danbao-fuzz-{}-{}", std::process::id(), NEXT.fetch_add(1, Relaxed));
    let folder = std::env::temp_dir().join(name);
    fs::create_dir_all(&folder).expect("a temporary folder can be made");
    folder
}

/// A sound run of keys that ascend.
fn sound<K: Key>(key: impl Fn(u64) -> K) -> Vec<u8> {
    let folder = folder();
    let mut writer = RunWriter::create(&folder, ID, ENTRIES).expect("a file can be made");
    for number in 0..ENTRIES {
        let stored = if number % 9 == 5 { Stored::Removed } else { Stored::Value(number) };
        writer.push((key(number), stored)).expect("a file can be written");
    }
    drop(writer.finish().expect("a file can be written"));
    let bytes = fs::read(folder.join(file_name(ID))).expect("it is there");
    let _ = fs::remove_dir_all(folder);
    bytes
}

fn point(number: u64) -> PointKey {
    let spread = (u64::MAX / ENTRIES) * number;
    let [head, tail] = [spread.to_be_bytes(), number.wrapping_mul(0x9e37_79b9).to_be_bytes()];
    *[head, tail].concat().first_chunk().expect("two halves are a key")
}

fn ordered(number: u64) -> OrderedKey {
    let mut key = OrderedKey::default();
    key[8..16].copy_from_slice(&number.to_be_bytes());
    key
}

/// A run that was edited. The first byte says of which kind, and whether the checksums are right
/// afterwards. Whatever it is, it is read or refused.
pub fn run(bytes: &[u8]) {
    static POINTS: OnceLock<Vec<u8>> = OnceLock::new();
    static ORDERED: OnceLock<Vec<u8>> = OnceLock::new();
    let Some((choice, script)) = bytes.split_first() else { return };
    let signs = choice & 2 != 0;
    if choice & 1 == 0 {
        read(POINTS.get_or_init(|| sound(point)), script, signs, point);
    } else {
        read(ORDERED.get_or_init(|| sound(ordered)), script, signs, ordered);
    }
}

fn read<K: Key>(sound: &[u8], script: &[u8], signs: bool, key: impl Fn(u64) -> K) {
    let mut file = edited(sound, script);
    if signs {
        let (blocks, _) = file.as_chunks_mut::<BLOCK>();
        for block in blocks {
            let sum = crc32c::crc32c(&block[4..]);
            block[..4].copy_from_slice(&sum.to_le_bytes());
        }
    }
    let folder = folder();
    fs::write(folder.join(file_name(ID)), &file).expect("a file can be written");
    if let Ok(run) = Run::<K>::open(&folder, ID) {
        let verified = run.verify();
        for number in 0..ENTRIES {
            let found = run.find(&key(number));
            if !signs && let Ok(found) = found {
                let stored = if number % 9 == 5 { Stored::Removed } else { Stored::Value(number) };
                assert_eq!(found, Some(stored), "what is damaged is an error, never an answer");
            }
        }
        assert!(signs || file == sound || verified.is_err(), "every byte is verified");
        if verified.is_ok() {
            for ordinal in 0..run.entries() {
                run.entry(ordinal).expect("it was verified");
            }
        }
    }
    let _ = fs::remove_dir_all(folder);
}
