//! The file systems: an image on XFS, an image with ext4 in it, and copies of that one.

use crate::failure::Failure;
use crate::house::House;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Space for the image and its copies, on demand.
const HOST: u64 = 12 << 30;
/// Space for the data, on demand.
const GUEST: u64 = 6 << 30;

/// Why there can be no power cuts on this machine; `None` if there can.
pub(super) fn missing(house: &House) -> Option<String> {
    if !crate::test::is_root(house) {
        return Some("only root can mount images".to_owned());
    }
    for program in ["/usr/sbin/mkfs.xfs", "/usr/sbin/mkfs.ext4"] {
        if !Path::new(program).exists() {
            return Some(format!("{program} is missing: apt-get install xfsprogs e2fsprogs"));
        }
    }
    let free = Command::new("losetup").arg("--find").output();
    if !free.is_ok_and(|it| it.status.success()) {
        return Some("there are no loop devices".to_owned());
    }
    None
}

/// Mounted images, which are unmounted and removed when this is dropped.
pub(super) struct Ground {
    folder: PathBuf,
}

impl Drop for Ground {
    fn drop(&mut self) {
        // In the opposite order of mounting; what was not mounted cannot be unmounted.
        for name in ["copy", "disk", "host"] {
            let _ = Command::new("umount").arg(self.folder.join(name)).output();
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn call(program: &str, words: &[&str]) -> Result<(), Failure> {
    let what = || format!("{program} {}", words.join(" "));
    let output = Command::new(program).args(words).output();
    let output = output.map_err(|cause| Failure::Io { what: what(), cause })?;
    if output.status.success() {
        return Ok(());
    }
    let status = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(Failure::Program { call: what(), status })
}

impl Ground {
    pub(super) fn prepare(folder: &Path) -> Result<Ground, Failure> {
        // What a run that was killed has left is taken away first.
        drop(Ground { folder: folder.to_owned() });
        let ground = Ground { folder: folder.to_owned() };
        let io = |cause| Failure::Io { what: folder.display().to_string(), cause };
        for name in ["host", "disk", "copy"] {
            fs::create_dir_all(folder.join(name)).map_err(io)?;
        }
        let make = |path: &Path, size| File::create(path).and_then(|it| it.set_len(size));
        let host = folder.join("host.img");
        make(&host, HOST).map_err(io)?;
        call("/usr/sbin/mkfs.xfs", &["-q", "-f", "-m", "reflink=1", text(&host)])?;
        call("mount", &["-o", "loop", text(&host), text(&folder.join("host"))])?;
        make(&ground.image(), GUEST).map_err(io)?;
        call("/usr/sbin/mkfs.ext4", &["-q", "-F", text(&ground.image())])?;
        call("mount", &["-o", "loop", text(&ground.image()), text(&ground.disk())])?;
        Ok(ground)
    }

    fn image(&self) -> PathBuf {
        self.folder.join("host/disk.img")
    }

    fn copied(&self) -> PathBuf {
        self.folder.join("host/copy.img")
    }

    /// Where the data lies.
    pub(super) fn disk(&self) -> PathBuf {
        self.folder.join("disk")
    }

    /// Copies the image at one instant; says how long the instant was.
    pub(super) fn copy(&self) -> Result<Duration, Failure> {
        let begun = Instant::now();
        call("cp", &["--reflink=always", text(&self.image()), text(&self.copied())])?;
        Ok(begun.elapsed())
    }

    /// Mounts the copy, as a system would after the cut.
    pub(super) fn mount_copy(&self) -> Result<PathBuf, Failure> {
        let place = self.folder.join("copy");
        call("mount", &["-o", "loop", text(&self.copied()), text(&place)])?;
        Ok(place)
    }

    pub(super) fn unmount_copy(&self) -> Result<(), Failure> {
        call("umount", &[text(&self.folder.join("copy"))])?;
        let remove = fs::remove_file(self.copied());
        remove.map_err(|cause| Failure::Io { what: "the copy".to_owned(), cause })
    }
}

/// Paths of the repository are text.
fn text(path: &Path) -> &str {
    path.to_str().unwrap_or_default()
}
