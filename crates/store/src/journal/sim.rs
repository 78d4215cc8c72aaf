//! A disk in memory that loses what was not synced.
//!
//! It is as bad as disks are allowed to be: of each write that was not synced, a crash keeps
//! nothing, all, some first bytes, or any of the 512-byte sectors; of names, some that came first.
//! A sync that fails drops what it should have kept, and the sync after it succeeds. The one thing
//! it does not do is to harm bytes that were synced.

use super::contract::Dice;
use super::disk::{Disk, DiskFile, Job};
use super::{JournalError, LocalJournal, Options, Recovered};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

const SECTOR: usize = 512;

/// See the module. A clone is the same disk.
#[derive(Clone)]
pub struct SimDisk {
    state: Arc<Mutex<State>>,
}

struct State {
    files: Vec<Contents>,
    names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    name_changes: Vec<NameChange>,
    free: u64,
    /// Whether making files fails although there is space.
    refuses: bool,
    /// Operations until the power goes, and until a sync fails.
    power: Option<u64>,
    sync_fails: Option<u64>,
    salts: Dice,
    seen: BTreeSet<&'static str>,
}

#[derive(Default)]
struct Contents {
    /// What reads see.
    cached: Vec<u8>,
    durable: Vec<u8>,
    unsynced: Vec<(usize, Vec<u8>)>,
}

#[derive(Clone)]
enum NameChange {
    Made(String, usize),
    Renamed(String, String),
    Removed(String),
}

impl NameChange {
    fn make(&self, names: &mut BTreeMap<String, usize>) {
        match self {
            NameChange::Made(name, file) => {
                names.insert(name.clone(), *file);
            }
            NameChange::Renamed(from, to) => {
                if let Some(file) = names.remove(from) {
                    names.insert(to.clone(), file);
                }
            }
            NameChange::Removed(name) => {
                names.remove(name);
            }
        }
    }
}

impl SimDisk {
    /// An empty disk with a lot of space.
    pub fn new(seed: u64) -> SimDisk {
        let state = State {
            files: Vec::new(),
            names: BTreeMap::new(),
            durable_names: BTreeMap::new(),
            name_changes: Vec::new(),
            free: 1 << 40,
            refuses: false,
            power: None,
            sync_fails: None,
            salts: Dice::new(!seed),
            seen: BTreeSet::new(),
        };
        SimDisk { state: Arc::new(Mutex::new(state)) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens the journal on this disk. The one before must have been dropped.
    pub fn open(&self, options: Options) -> Result<(LocalJournal, Recovered), JournalError> {
        LocalJournal::open_on(Arc::new(self.clone()), options)
    }

    /// Cuts the power and turns it on again. The seed decides what was kept.
    pub fn crash(&self, seed: u64) {
        self.lock().crash(&mut Dice::new(seed));
    }

    /// Lets every operation fail after so many, until the next crash.
    pub fn power_off_after(&self, operations: u64) {
        self.lock().power = Some(operations);
    }

    /// Lets one sync fail, after so many that succeed.
    pub fn fail_sync_after(&self, syncs: u64) {
        self.lock().sync_fails = Some(syncs);
    }

    /// Sets the space that is left.
    pub fn set_free(&self, bytes: u64) {
        self.lock().free = bytes;
    }

    /// Lets new files be refused although there seems to be space, as a quota does.
    pub fn refuse_files(&self, refuse: bool) {
        self.lock().refuses = refuse;
    }

    /// What crashes have done so far.
    pub fn seen(&self) -> BTreeSet<&'static str> {
        self.lock().seen.clone()
    }

    /// The names of the files.
    pub fn names(&self) -> Vec<String> {
        self.lock().names.keys().cloned().collect()
    }

    /// A file as reads see it. Empty if there is none.
    pub fn bytes(&self, name: &str) -> Vec<u8> {
        let state = self.lock();
        state.names.get(name).map(|it| state.files[*it].cached.clone()).unwrap_or_default()
    }

    /// Writes a file behind everybody's back. It is durable at once, and made if it is not there.
    pub fn tamper(&self, name: &str, bytes: &[u8]) {
        let mut state = self.lock();
        state.remove(name);
        let file = state.files.len();
        let (cached, durable) = (bytes.to_vec(), bytes.to_vec());
        state.files.push(Contents { cached, durable, unsynced: Vec::new() });
        state.names.insert(name.to_owned(), file);
        state.durable_names.insert(name.to_owned(), file);
    }

    /// Takes a file away behind everybody's back.
    pub fn lose(&self, name: &str) {
        self.lock().remove(name);
    }
}

impl State {
    fn remove(&mut self, name: &str) {
        self.names.remove(name);
        self.durable_names.remove(name);
    }

    /// Counts an operation.
    fn operate(&mut self) -> io::Result<()> {
        match &mut self.power {
            Some(0) => Err(io::Error::other("the power is off")),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn crash(&mut self, dice: &mut Dice) {
        let kept = usize::try_from(dice.roll(self.name_changes.len() as u64 + 1)).unwrap_or(0);
        if kept < self.name_changes.len() {
            self.seen.insert("names lost");
        }
        for change in self.name_changes.drain(..).take(kept) {
            change.make(&mut self.durable_names);
        }
        self.names = self.durable_names.clone();
        for file in &mut self.files {
            let many = file.unsynced.len() > 1;
            let mut outcomes = BTreeSet::new();
            for (offset, bytes) in std::mem::take(&mut file.unsynced) {
                outcomes.insert(keep(&mut file.durable, offset, &bytes, dice));
            }
            if many && outcomes.len() > 1 {
                self.seen.insert("writes kept differently");
            }
            self.seen.extend(outcomes);
            file.cached.clone_from(&file.durable);
        }
        (self.power, self.sync_fails) = (None, None);
    }
}

/// Puts on the disk what a crash keeps of a write, and says what that was.
fn keep(disk: &mut [u8], offset: usize, bytes: &[u8], dice: &mut Dice) -> &'static str {
    let mut put = |from: usize, to: usize| {
        disk[offset + from..offset + to].copy_from_slice(&bytes[from..to]);
    };
    match dice.roll(4) {
        0 => "write lost",
        1 => {
            put(0, bytes.len());
            "write kept"
        }
        2 => {
            let kept = usize::try_from(dice.roll(bytes.len() as u64)).unwrap_or(0);
            put(0, kept);
            "write cut"
        }
        _ => {
            let mut from = 0;
            let mut lost_later = false;
            while from < bytes.len() {
                let to = ((offset + from) / SECTOR * SECTOR + SECTOR - offset).min(bytes.len());
                if dice.roll(2) == 0 {
                    put(from, to);
                } else {
                    lost_later |= from > 0;
                }
                from = to;
            }
            if lost_later { "later sector lost" } else { "sectors kept" }
        }
    }
}

impl Disk for SimDisk {
    fn list(&self) -> io::Result<Vec<String>> {
        self.lock().operate()?;
        Ok(self.names())
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let mut state = self.lock();
        state.operate()?;
        let file = state.names.get(name).copied();
        let file = file.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        Ok(Arc::new(SimFile { disk: self.clone(), file }))
    }

    fn create(&self, name: &str, size: u64) -> io::Result<Arc<dyn DiskFile>> {
        let mut state = self.lock();
        state.operate()?;
        if state.refuses || state.free < size {
            return Err(io::ErrorKind::StorageFull.into());
        }
        state.free -= size;
        let zeros = vec![0; usize::try_from(size).map_err(io::Error::other)?];
        let file = state.files.len();
        state.files.push(Contents { cached: zeros.clone(), durable: zeros, unsynced: Vec::new() });
        state.names.insert(name.to_owned(), file);
        state.name_changes.push(NameChange::Made(name.to_owned(), file));
        Ok(Arc::new(SimFile { disk: self.clone(), file }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.change(NameChange::Renamed(from.to_owned(), to.to_owned()))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.change(NameChange::Removed(name.to_owned()))
    }

    fn sync_names(&self) -> io::Result<()> {
        let mut state = self.lock();
        state.operate()?;
        state.durable_names = state.names.clone();
        state.name_changes.clear();
        Ok(())
    }

    fn free(&self) -> io::Result<u64> {
        let mut state = self.lock();
        state.operate()?;
        Ok(state.free)
    }

    fn salt(&self) -> u64 {
        self.lock().salts.roll(u64::MAX)
    }

    fn in_background(&self, job: Job) {
        // At once: the same seed must do the same.
        job();
    }

    fn show(&self, name: &str) -> String {
        format!("sim/{name}")
    }
}

impl SimDisk {
    fn change(&self, change: NameChange) -> io::Result<()> {
        let mut state = self.lock();
        state.operate()?;
        change.make(&mut state.names);
        state.name_changes.push(change);
        Ok(())
    }
}

struct SimFile {
    disk: SimDisk,
    file: usize,
}

impl DiskFile for SimFile {
    fn size(&self) -> io::Result<u64> {
        let mut state = self.disk.lock();
        state.operate()?;
        Ok(state.files[self.file].cached.len() as u64)
    }

    fn read(&self, bytes: &mut [u8], offset: u32) -> io::Result<()> {
        let mut state = self.disk.lock();
        state.operate()?;
        let cached = &state.files[self.file].cached;
        let found = cached.get(offset as usize..offset as usize + bytes.len());
        bytes.copy_from_slice(found.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn write(&self, bytes: &[u8], offset: u32) -> io::Result<()> {
        let mut state = self.disk.lock();
        let offset = offset as usize;
        let powered = state.operate();
        let file = &mut state.files[self.file];
        // A write during which the power goes is one that was not synced: some of it may be there.
        file.unsynced.push((offset, bytes.to_vec()));
        if powered.is_ok() {
            file.cached[offset..offset + bytes.len()].copy_from_slice(bytes);
        }
        powered
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.disk.lock();
        state.operate()?;
        let fails = match &mut state.sync_fails {
            Some(0) => true,
            Some(left) => {
                *left -= 1;
                false
            }
            None => false,
        };
        if fails {
            state.sync_fails = None;
            state.seen.insert("sync failed");
        }
        let file = &mut state.files[self.file];
        let unsynced = std::mem::take(&mut file.unsynced);
        if fails {
            return Err(io::Error::other("the disk did not keep what it was given"));
        }
        for (offset, bytes) in unsynced {
            file.durable[offset..offset + bytes.len()].copy_from_slice(&bytes);
        }
        Ok(())
    }
}
