//! What the journal asks of a disk. Everything that can be lost, torn or refused goes through here,
//! so that a simulated disk can lose, tear and refuse it.

use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Something to be done while others go on.
pub(super) type Job = Box<dyn FnOnce() + Send>;

/// One folder with files.
pub(super) trait Disk: Send + Sync {
    /// The names of the files.
    fn list(&self) -> io::Result<Vec<String>>;
    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>>;
    /// Makes a file of zeros whose space is promised and whose bytes are durable (its name is not).
    fn create(&self, name: &str, size: u64) -> io::Result<Arc<dyn DiskFile>>;
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    fn remove(&self, name: &str) -> io::Result<()>;
    /// Makes the names durable.
    fn sync_names(&self) -> io::Result<()>;
    /// Bytes that may still be written.
    fn free(&self) -> io::Result<u64>;
    /// A number that nobody can guess.
    fn salt(&self) -> u64;
    fn in_background(&self, job: Job);
    /// The name as an operator would look for it.
    fn show(&self, name: &str) -> String;
}

/// An open file.
pub(super) trait DiskFile: Send + Sync {
    fn size(&self) -> io::Result<u64>;
    fn read(&self, bytes: &mut [u8], offset: u32) -> io::Result<()>;
    fn write(&self, bytes: &[u8], offset: u32) -> io::Result<()>;
    /// Makes what was written durable. If it fails, what the disk holds is unknown for ever.
    fn sync(&self) -> io::Result<()>;
}

/// Bytes that are filled with zeros at once, and that are synced at once: a sync of another file
/// behind tens of megabytes of zeros would wait for them.
const ZEROS: usize = 1 << 20;
const ZEROS_SYNCED: u64 = 4 << 20;

/// A folder of the operating system.
pub(super) struct RealDisk {
    folder: PathBuf,
}

impl RealDisk {
    /// Opens a folder, and makes it if it is not there.
    pub(super) fn open(folder: &Path) -> io::Result<RealDisk> {
        if !folder.exists() {
            fs::create_dir_all(folder)?;
            if let Some(parent) = folder.parent().filter(|it| !it.as_os_str().is_empty()) {
                File::open(parent)?.sync_all()?;
            }
        }
        Ok(RealDisk { folder: folder.to_owned() })
    }

    fn fill(&self, name: &str, size: u64) -> io::Result<File> {
        let mut options = OpenOptions::new();
        let path = self.folder.join(name);
        let mut file = options.read(true).write(true).create(true).truncate(true).open(path)?;
        // Asking for all the space first says early that there is none, and keeps it in one piece.
        match rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, size) {
            Err(rustix::io::Errno::OPNOTSUPP | rustix::io::Errno::NOSYS) | Ok(()) => {}
            Err(error) => return Err(error.into()),
        }
        let zeros = vec![0; ZEROS];
        let mut done = 0;
        while done < size {
            let part = usize::try_from(size - done).unwrap_or(ZEROS).min(ZEROS);
            file.write_all(&zeros[..part])?;
            done += part as u64;
            if done.is_multiple_of(ZEROS_SYNCED) {
                file.sync_data()?;
            }
        }
        file.sync_all()?;
        Ok(file)
    }
}

impl Disk for RealDisk {
    fn list(&self) -> io::Result<Vec<String>> {
        let names = fs::read_dir(&self.folder)?.map(|it| Ok(it?.file_name().into_string()));
        // Names that are no text are not ours.
        Ok(names.collect::<io::Result<Vec<_>>>()?.into_iter().flatten().collect())
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let file = OpenOptions::new().read(true).write(true).open(self.folder.join(name))?;
        Ok(Arc::new(file))
    }

    fn create(&self, name: &str, size: u64) -> io::Result<Arc<dyn DiskFile>> {
        Ok(Arc::new(self.fill(name, size)?))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.folder.join(from), self.folder.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.folder.join(name))
    }

    fn sync_names(&self) -> io::Result<()> {
        File::open(&self.folder)?.sync_all()
    }

    fn free(&self) -> io::Result<u64> {
        let stat = rustix::fs::statvfs(&self.folder)?;
        Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
    }

    fn salt(&self) -> u64 {
        // The standard library's random keys, which it takes from the operating system.
        RandomState::new().hash_one(0)
    }

    fn in_background(&self, job: Job) {
        let thread = std::thread::Builder::new().name("journal-spare".to_owned());
        // Without a thread the job is dropped, which tells whoever waits for it.
        let _ = thread.spawn(job);
    }

    fn show(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }
}

impl DiskFile for File {
    fn size(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn read(&self, bytes: &mut [u8], offset: u32) -> io::Result<()> {
        self.read_exact_at(bytes, u64::from(offset))
    }

    fn write(&self, bytes: &[u8], offset: u32) -> io::Result<()> {
        self.write_all_at(bytes, u64::from(offset))
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }
}
