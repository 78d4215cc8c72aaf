//! `danbao backup` and `danbao restore`.
//!
//! A backup is a data directory without books: the journals, byte for byte, the secrets that are
//! not in them, and `backup.json`, which says where each journal ends and with which hash. It is
//! written last, so half a backup
//! is none. Backing up into the same folder again copies only what is new.

use super::{Done, Origin, Source};
use crate::client::{Client, ClientError};
use crate::people::vault::{KEY_FILE, VAULT_FILE};
use crate::webhooks::MASTER_FILE;
use clap::Args;
use engine::DataDir;
use ledger::id::CellId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use store::journal::{Check, LocalJournal, Options as JournalOptions};

/// The file that makes a folder a backup.
const MANIFEST: &str = "backup.json";
/// What is not in the journal and cannot be made again from it: the secret of webhooks, and the
/// keys that everything about people is sealed under.
const SECRETS: [&str; 3] = [MASTER_FILE, VAULT_FILE, KEY_FILE];
/// The beginning of a segment, in which its random number is: no two segments have the same.
const HEADER: u32 = 128;

/// What to back up, and where to.
#[derive(Debug, Args)]
pub(super) struct Backup {
    #[command(flatten)]
    source: Source,
    /// The folder of the backup: a new one, or an older backup of the same platform.
    #[arg(long)]
    to: PathBuf,
}

/// What to restore, and where to.
#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The folder of the backup.
    #[arg(long)]
    from: PathBuf,
    /// The data directory to make; it must be empty or not there.
    #[arg(long)]
    data: PathBuf,
}

/// What `backup.json` says.
#[derive(Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(super) struct Manifest {
    sandbox: bool,
    cells: Vec<End>,
}

/// Where the journal of a cell ends.
#[derive(Debug, Deserialize, PartialEq, Eq, Serialize)]
struct End {
    cell: u8,
    position: u64,
    chain_hash: String,
}

/// A segment as its source lists it.
#[derive(Debug, Deserialize)]
struct Segment {
    name: String,
    size: u32,
    durable: u32,
}

/// The journal of a cell as its source lists it.
#[derive(Debug, Deserialize)]
struct Listed {
    cell: u8,
    segments: Vec<Segment>,
}

/// All journals, as their source lists them.
#[derive(Debug, Deserialize)]
struct Listing {
    sandbox: bool,
    cells: Vec<Listed>,
}

pub(super) async fn backup(options: &Backup, json: bool) -> Done {
    let origin = options.source.origin()?;
    let manifest = match &origin {
        Origin::Directory(data) => from_directory(data, &options.to).await?,
        Origin::Server(client) => from_server(client, &options.to).await?,
    };
    say(&manifest, json)?;
    if !json {
        if matches!(origin, Origin::Server(_)) {
            eprintln!(
                "Secrets do not leave a server over the network: copy {} of its data directory \
                 yourself, after this. Without the last two nothing about people can be read.",
                SECRETS.join(", ")
            );
        }
        eprintln!("Next: danbao restore --from {} --data DIR", options.to.display());
    }
    Ok(ExitCode::SUCCESS)
}

fn say(manifest: &Manifest, json: bool) -> Result<(), serde_json::Error> {
    if json {
        println!("{}", serde_json::to_string(manifest)?);
        return Ok(());
    }
    for it in &manifest.cells {
        println!("cell {:03}  {} records  chain {}", it.cell, it.position, it.chain_hash);
    }
    Ok(())
}

async fn from_directory(data: &Path, to: &Path) -> Result<Manifest, Box<dyn std::error::Error>> {
    let data = DataDir::open(data)?;
    let mut readers = Vec::new();
    let mut cells = Vec::new();
    for number in 0..data.cells() {
        let cell = CellId::new(number);
        let (journal, _) = LocalJournal::open_with(&data.journal(cell), JournalOptions::new(cell))?;
        let segments = journal.reader().segments().into_iter();
        let segments =
            segments.map(|it| Segment { name: it.name, size: it.size, durable: it.durable });
        cells.push(Listed { cell: number, segments: segments.collect() });
        readers.push(journal.reader());
    }
    let listing = Listing { sandbox: data.sandbox(), cells };
    let manifest = copy(&listing, to, async |cell, name, offset, limit| {
        let reader = readers.get(usize::from(cell)).ok_or("there is no such cell")?;
        Ok(reader.segment_bytes(name, offset, limit)?.ok_or("there is no such segment")?)
    })
    .await?;
    // After the journals, so that every key that they need is among them.
    copy_secrets(data.path(), to)?;
    Ok(manifest)
}

/// Copies the secrets that are there. `fs::copy` keeps who may read them.
fn copy_secrets(from: &Path, to: &Path) -> io::Result<()> {
    for name in SECRETS.into_iter().filter(|it| from.join(it).exists()) {
        fs::copy(from.join(name), to.join(name))?;
        File::open(to.join(name))?.sync_all()?;
    }
    File::open(to)?.sync_all()
}

/// Copies the journals of a running server.
pub(super) async fn from_server(
    client: &Client,
    to: &Path,
) -> Result<Manifest, Box<dyn std::error::Error>> {
    let listing: Listing = serde_json::from_value(client.patient_get("/v1/journal").await?)?;
    copy(&listing, to, async |cell, name, offset, limit| {
        let path = format!("/v1/journal/{cell}/{name}?offset={offset}&limit={limit}");
        let reply = client.get(&path).await?;
        if !reply.status.is_success() {
            let text = format!("{path}: {}", reply.status);
            return Err(ClientError::Garbled(text).into());
        }
        Ok(reply.body.to_vec())
    })
    .await
}

/// Copies what is new, verifies the whole copy, and writes the manifest.
async fn copy(
    listing: &Listing,
    to: &Path,
    read: impl AsyncFn(u8, &str, u32, u32) -> Result<Vec<u8>, Box<dyn std::error::Error>>,
) -> Result<Manifest, Box<dyn std::error::Error>> {
    refuse_others(to)?;
    let count = u8::try_from(listing.cells.len())?;
    if !to.join("danbao.conf").exists() {
        DataDir::lay_out(to, count, listing.sandbox)?;
    }
    let folder = DataDir::open(to)?;
    match fs::remove_file(to.join(MANIFEST)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        Ok(()) | Err(_) => {}
    }
    for Listed { cell, segments } in &listing.cells {
        let journal = folder.journal(CellId::new(*cell));
        for (place, segment) in segments.iter().enumerate() {
            let file = journal.join(checked(&segment.name)?);
            let header = read(*cell, &segment.name, 0, HEADER).await?;
            let closed = place + 1 < segments.len();
            if closed && is_copied(&file, &header, segment.size)? {
                continue;
            }
            let copy = OpenOptions::new().write(true).create(true).truncate(true).open(&file)?;
            let mut offset = 0;
            while offset < segment.durable {
                let piece = read(*cell, &segment.name, offset, segment.durable - offset).await?;
                if piece.is_empty() {
                    return Err(format!("{} ended early", segment.name).into());
                }
                copy.write_all_at(&piece, u64::from(offset))?;
                offset += u32::try_from(piece.len())?;
            }
            copy.set_len(u64::from(segment.size))?;
            copy.sync_all()?;
        }
        File::open(&journal)?.sync_all()?;
    }
    let manifest = Manifest { sandbox: listing.sandbox, cells: ends(&folder)? };
    let mut file = File::create_new(to.join(MANIFEST))?;
    file.write_all(&serde_json::to_vec_pretty(&manifest)?)?;
    file.sync_all()?;
    File::open(to)?.sync_all()?;
    Ok(manifest)
}

/// Refuses a folder that has something else in it.
fn refuse_others(to: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let there = to.is_dir() && fs::read_dir(to)?.next().is_some();
    let ours = to.join("danbao.conf").exists() && !to.join("cell-000/books").exists();
    if there && !ours {
        return Err(format!("{} has something else in it than a backup", to.display()).into());
    }
    Ok(())
}

/// A name that stays in its folder, whatever the other side says.
fn checked(name: &str) -> Result<&str, Box<dyn std::error::Error>> {
    let stem = name.strip_suffix(".journal").unwrap_or_default();
    if stem.len() == 16 && stem.bytes().all(|it| it.is_ascii_hexdigit()) {
        return Ok(name);
    }
    Err(format!("{name:?} is no segment").into())
}

/// Whether the segment is here already: segments do not change once another follows.
fn is_copied(file: &Path, header: &[u8], size: u32) -> io::Result<bool> {
    let mut here = vec![0; header.len()];
    match File::open(file) {
        Ok(file) if file.metadata()?.len() == u64::from(size) => {
            file.read_exact_at(&mut here, 0)?;
            Ok(here == header)
        }
        Ok(_) => Ok(false),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Reads every journal of a folder whole, and says where each ends.
fn ends(folder: &DataDir) -> Result<Vec<End>, Box<dyn std::error::Error>> {
    let mut ends = Vec::new();
    for number in 0..folder.cells() {
        let cell = CellId::new(number);
        let options = JournalOptions { check: Check::Whole, ..JournalOptions::new(cell) };
        let (_, found) = LocalJournal::open_with(&folder.journal(cell), options)?;
        let (position, chain_hash) = (found.end.0, found.chain.to_string());
        ends.push(End { cell: number, position, chain_hash });
    }
    Ok(ends)
}

pub(super) fn restore(options: &Restore, json: bool) -> Done {
    let text = fs::read(options.from.join(MANIFEST)).map_err(|error| {
        format!("{} is no finished backup: {error}", options.from.join(MANIFEST).display())
    })?;
    let manifest: Manifest = serde_json::from_slice(&text)?;
    let from = DataDir::open(&options.from)?;
    DataDir::lay_out(&options.data, from.cells(), from.sandbox())?;
    let data = DataDir::open(&options.data)?;
    for number in 0..from.cells() {
        let cell = CellId::new(number);
        for entry in fs::read_dir(from.journal(cell))? {
            let entry = entry?;
            let copy = data.journal(cell).join(entry.file_name());
            fs::copy(entry.path(), &copy)?;
            File::open(copy)?.sync_all()?;
        }
        File::open(data.journal(cell))?.sync_all()?;
    }
    copy_secrets(from.path(), data.path())?;
    let restored = Manifest { sandbox: data.sandbox(), cells: ends(&data)? };
    if restored != manifest {
        return Err(format!(
            "what was restored is not what was backed up: {} Do not serve {}.",
            json!({ "restored": restored, "backup": manifest }),
            options.data.display()
        )
        .into());
    }
    say(&restored, json)?;
    if !json {
        eprintln!("Next: danbao verify --data {}", options.data.display());
    }
    Ok(ExitCode::SUCCESS)
}
