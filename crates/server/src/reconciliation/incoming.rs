//! A statement's file while it comes: on the disk, and gone when it was read.

use crate::app::App;
use crate::banks::Desk;
use std::io;
use std::path::{Path, PathBuf};
use tokio::fs::File;
use tokio::io::AsyncWriteExt as _;

/// A file that is removed when it was read.
pub(crate) struct Incoming {
    path: PathBuf,
    file: File,
    size: u64,
}

impl Drop for Incoming {
    fn drop(&mut self) {
        // What is left of it is overwritten by the next.
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Incoming {
    /// An empty one, beside the days of its bank.
    pub(crate) async fn begin(app: &App, desk: &Desk) -> io::Result<Incoming> {
        let folder = app.data().join("statements").join(desk.name().as_str());
        tokio::fs::create_dir_all(&folder).await?;
        let path = folder.join(format!("incoming-{:016x}", fastrand::u64(..)));
        let file = File::create(&path).await?;
        Ok(Incoming { path, file, size: 0 })
    }

    /// One more piece of it.
    pub(crate) async fn add(&mut self, piece: &[u8]) -> io::Result<()> {
        self.size += piece.len() as u64;
        self.file.write_all(piece).await
    }

    /// All of it has come.
    pub(crate) async fn end(&mut self) -> io::Result<()> {
        self.file.flush().await
    }

    /// How many bytes have come.
    pub(crate) const fn size(&self) -> u64 {
        self.size
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}
