//! The platform's signing key: by its signatures anybody can check, without this server, that it
//! said something. Ed25519 (RFC 8032); the key is in the data directory, and nobody else reads it.

use ring::rand::SystemRandom;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;

/// The file of the data directory that has the key.
pub const KEY_FILE: &str = "signing.key";
/// The bytes of a public key.
pub const PUBLIC: usize = 32;
/// The bytes of a signature.
pub const SIGNATURE: usize = 64;

/// The key. Cheap to clone.
#[derive(Clone)]
pub struct Signer {
    pair: Arc<Ed25519KeyPair>,
}

impl Signer {
    /// Reads the key of a data directory, and makes it if it is not there.
    pub fn open(directory: &Path) -> io::Result<Signer> {
        let path = directory.join(KEY_FILE);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => make(&path)?,
            Err(error) => return Err(error),
        };
        let pair = Ed25519KeyPair::from_pkcs8(&bytes).map_err(|_| {
            let text = format!("{} is not a key: restore it", path.display());
            io::Error::new(io::ErrorKind::InvalidData, text)
        })?;
        Ok(Signer { pair: Arc::new(pair) })
    }

    /// Signs bytes for one purpose: a signature for one is none for another.
    pub fn sign(&self, purpose: &str, bytes: &[u8]) -> [u8; SIGNATURE] {
        let signature = self.pair.sign(&message(purpose, bytes));
        signature.as_ref().try_into().unwrap_or([0; SIGNATURE])
    }

    /// The key by which signatures are checked.
    pub fn public(&self) -> [u8; PUBLIC] {
        self.pair.public_key().as_ref().try_into().unwrap_or([0; PUBLIC])
    }
}

/// Whether `signature` was made for this purpose over these bytes with the key behind `public`.
pub fn verify(public: &[u8], purpose: &str, bytes: &[u8], signature: &[u8]) -> bool {
    let key = UnparsedPublicKey::new(&ED25519, public);
    key.verify(&message(purpose, bytes), signature).is_ok()
}

fn message(purpose: &str, bytes: &[u8]) -> Vec<u8> {
    let mut message = Vec::with_capacity(purpose.len() + 1 + bytes.len());
    message.extend_from_slice(purpose.as_bytes());
    message.push(0);
    message.extend_from_slice(bytes);
    message
}

fn make(path: &Path) -> io::Result<Vec<u8>> {
    let failed = |_| io::Error::other("the system has no randomness");
    let bytes = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(failed)?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes.as_ref())?;
    file.sync_all()?;
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(bytes.as_ref().to_vec())
}

/// Bytes in hexadecimal, as digests are shown.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_for_one_purpose_and_these_bytes() {
        let home = tempfile::tempdir().unwrap();
        let signer = Signer::open(home.path()).unwrap();
        let again = Signer::open(home.path()).unwrap();
        assert_eq!(signer.public(), again.public(), "the key is kept");
        let signature = signer.sign("trace", b"said");
        let public = signer.public();
        assert!(verify(&public, "trace", b"said", &signature));
        assert!(!verify(&public, "proof", b"said", &signature));
        assert!(!verify(&public, "trace", b"Said", &signature));
        let mut other = signature;
        other[7] ^= 1;
        assert!(!verify(&public, "trace", b"said", &other));
        std::fs::write(home.path().join(KEY_FILE), b"x").unwrap();
        assert!(Signer::open(home.path()).is_err());
    }
}
