//! The disk as a file: a file system of one file, spoken with the kernel through `/dev/fuse`.
//!
//! The root of the file system is the file, so there is nothing to look up. The kernel is told to
//! keep nothing of it in memory: every write and every flush that a loop device makes of this file
//! arrives here before it is answered. It asks few questions, and only those are answered; the
//! numbers are those of `linux/fuse.h`.

use super::disk::Disk;
use crate::failure::Failure;
use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// Bytes of the head of a question.
const HEAD: usize = 40;
/// Bytes before the data of a write.
const WRITE_HEAD: usize = HEAD + 40;
/// The most bytes of one write or read.
const PIECE: u32 = 128 << 10;
/// The question for a flush, and how long one takes: as long as on a disk that is neither the
/// fastest nor the slowest.
const FLUSH: u32 = 20;
const FLUSH_TIME: Duration = Duration::from_millis(2);

/// A file that is the disk, as long as this is kept.
pub(super) struct Mounted {
    path: PathBuf,
    thread: Option<JoinHandle<()>>,
}

impl Mounted {
    /// Makes `path` the disk.
    pub(super) fn new(path: &Path, disk: &Arc<Mutex<Disk>>) -> Result<Mounted, Failure> {
        let io = |cause| Failure::Io { what: path.display().to_string(), cause };
        File::create(path).map_err(io)?;
        let device = OpenOptions::new().read(true).write(true).open("/dev/fuse").map_err(io)?;
        let shared = device.try_clone().map_err(io)?;
        // `mount` inherits the device as its standard input, and says so to the kernel.
        let call = ["-i", "-t", "fuse", "-o", "fd=0,rootmode=100600,user_id=0,group_id=0", "disk"];
        let status = Command::new("mount").args(call).arg(path).stdin(Stdio::from(shared)).status();
        let status = status.map_err(io)?;
        if !status.success() {
            let call = format!("mount {} {}", call.join(" "), path.display());
            return Err(Failure::Program { call, status: status.to_string() });
        }
        let disk = disk.clone();
        let thread = std::thread::spawn(move || serve(device, &disk));
        Ok(Mounted { path: path.to_owned(), thread: Some(thread) })
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.path).status();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Answers until the file system is taken away.
fn serve(mut device: File, disk: &Mutex<Disk>) {
    let mut question = vec![0; WRITE_HEAD + 2 * PIECE as usize];
    loop {
        let length = match device.read(&mut question) {
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => return,
        };
        let question = &question[..length];
        if let Some(answer) = answer(question, disk)
            && device.write_all(&answer).is_err()
        {
            return;
        }
    }
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let bytes = bytes.get(at..at + 4).and_then(|it| it.try_into().ok());
    bytes.map_or(0, u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}

/// Numbers of the protocol, one after the other.
#[derive(Default)]
struct Fields(Vec<u8>);

impl Fields {
    fn u16(mut self, value: u16) -> Fields {
        self.0.extend(value.to_le_bytes());
        self
    }

    fn u32(mut self, value: u32) -> Fields {
        self.0.extend(value.to_le_bytes());
        self
    }

    fn u64(mut self, value: u64) -> Fields {
        self.0.extend(value.to_le_bytes());
        self
    }

    fn zeros(mut self, bytes: usize) -> Fields {
        self.0.resize(self.0.len() + bytes, 0);
        self
    }
}

/// The answer to a question, or `None` if none is expected.
fn answer(question: &[u8], disk: &Mutex<Disk>) -> Option<Vec<u8>> {
    const NOT_KNOWN: i32 = -38;
    const IO: i32 = -5;
    if u32_at(question, 4) == FLUSH {
        // Flushing takes time, in which the power may go.
        std::thread::sleep(FLUSH_TIME);
    }
    let mut disk = disk.lock().unwrap_or_else(PoisonError::into_inner);
    let offset = u64_at(question, HEAD + 8);
    let length = u32_at(question, HEAD + 16);
    let data = question.get(WRITE_HEAD..).unwrap_or_default();
    let told: io::Result<Vec<u8>> = match u32_at(question, 4) {
        // Forgotten; interrupted.
        2 | 36 => return None,
        // What the file is like; a change of that, which is not made.
        3 | 4 => Ok(attributes(disk.bytes())),
        // Opened: with the flag that nothing of it is kept in the kernel.
        14 => Ok(Fields::default().u64(0).u32(1).u32(0).0),
        15 => disk.read(offset, length.try_into().unwrap_or(0)),
        16 => disk.write(offset, data).map(|()| Fields::default().u32(length).u32(0).0),
        FLUSH => disk.flush().map(|()| Vec::new()),
        // Closed, and the like.
        18 | 25 | 38 => Ok(Vec::new()),
        26 => Ok(greeting()),
        // Punching holes, extended attributes and so on: nobody needs them.
        _ => return Some(frame(question, NOT_KNOWN, &[])),
    };
    Some(match told {
        Ok(bytes) => frame(question, 0, &bytes),
        Err(_) => frame(question, IO, &[]),
    })
}

fn frame(question: &[u8], error: i32, bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(16 + bytes.len()).unwrap_or(u32::MAX);
    let head = Fields::default().u32(length).u32(error.cast_unsigned());
    let mut answer = head.u64(u64_at(question, 8)).0;
    answer.extend_from_slice(bytes);
    answer
}

/// What we understand: version 7.31, writes of more than a page.
fn greeting() -> Vec<u8> {
    const BIG_WRITES: u32 = 1 << 5;
    const MAX_PAGES: u32 = 1 << 22;
    let it = Fields::default().u32(7).u32(31).u32(PIECE).u32(BIG_WRITES | MAX_PAGES);
    let it = it.u16(16).u16(12).u32(PIECE).u32(1);
    it.u16(u16::try_from(PIECE >> 12).unwrap_or(1)).u16(0).zeros(32).0
}

fn attributes(bytes: u64) -> Vec<u8> {
    const REGULAR_FILE: u32 = 0o100_600;
    let valid = Fields::default().u64(3_600).zeros(8);
    let sizes = valid.u64(1).u64(bytes).u64(bytes / 512).zeros(36);
    sizes.u32(REGULAR_FILE).u32(1).zeros(12).u32(4_096).u32(0).0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(disk: &Mutex<Disk>, code: u32, body: &[u8]) -> Vec<u8> {
        let head = Fields::default().u32(0).u32(code).u64(77).zeros(24);
        answer(&[&head.0, body].concat(), disk).unwrap()
    }

    #[test]
    fn answers_have_the_lengths_that_the_kernel_expects() {
        let disk = Mutex::new(Disk::new(1 << 20));
        for (code, length) in [(26, 64), (3, 104), (14, 16), (20, 0), (18, 0)] {
            let answer = ask(&disk, code, &[]);
            assert_eq!(answer.len(), 16 + length, "question {code}");
            assert_eq!(u64_at(&answer, 8), 77, "the answer names the question");
        }
        assert_eq!(u64_at(&ask(&disk, 3, &[]), 16 + 16 + 8), 1 << 20, "the size of the file");
    }

    #[test]
    fn what_was_written_is_read() {
        let disk = Mutex::new(Disk::new(1 << 20));
        let place = Fields::default().u64(0).u64(5_000).u32(3).zeros(20).0;
        let answer = ask(&disk, 16, &[place.as_slice(), b"abc"].concat());
        assert_eq!(u32_at(&answer, 16), 3);
        assert_eq!(ask(&disk, 15, &place)[16..], *b"abc");
    }
}
