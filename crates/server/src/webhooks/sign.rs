//! Secrets and signatures.
//!
//! The secret of an endpoint is made from the platform's master secret, the endpoint's name and how
//! often it was changed. So there is one secret to keep, in a file of the data directory, and none
//! in the books.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use ledger::registry::Endpoint;
use sha2::Sha256;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;

/// The file of the data directory that has the master secret.
pub const MASTER_FILE: &str = "webhooks.secret";

/// The secrets of all endpoints. Cheap to clone.
#[derive(Clone)]
pub struct Secrets {
    master: Arc<[u8; 32]>,
}

/// Secrets of an endpoint that are tried when a signature does not verify.
const LAST: u32 = 4;

type HmacSha256 = Hmac<Sha256>;

fn keyed(key: &[u8]) -> HmacSha256 {
    HmacSha256::new_from_slice(key).expect("HMAC takes keys of any length")
}

impl Secrets {
    /// Reads the master secret of a data directory, and makes it if it is not there.
    pub fn open(directory: &Path) -> io::Result<Secrets> {
        let path = directory.join(MASTER_FILE);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => make(&path)?.to_vec(),
            Err(error) => return Err(error),
        };
        let master = <[u8; 32]>::try_from(bytes).map_err(|_| {
            let text = format!("{} is not a secret of 32 bytes: restore it", path.display());
            io::Error::new(io::ErrorKind::InvalidData, text)
        })?;
        Ok(Secrets { master: Arc::new(master) })
    }

    fn secret(&self, endpoint: &Endpoint, generation: u32) -> [u8; 32] {
        let mut mac = keyed(&*self.master);
        mac.update(b"danbao webhook endpoint\0");
        mac.update(&endpoint.id.raw().to_le_bytes());
        mac.update(&generation.to_le_bytes());
        mac.finalize().into_bytes().into()
    }

    /// The bytes of the API key that a form makes. They are the same when the form is sent twice,
    /// so pressing its button twice makes one key. Nobody finds them without the form's own key,
    /// which is random and kept nowhere.
    pub fn api_key(&self, scope: &str, form: &str) -> [u8; 32] {
        let mut mac = keyed(&*self.master);
        for part in ["danbao api key", scope, form] {
            mac.update(part.as_bytes());
            mac.update(&[0]);
        }
        mac.finalize().into_bytes().into()
    }

    /// What proves that a payment link says what a shop wrote into it.
    pub fn link(&self, text: &str) -> [u8; 32] {
        self.link_mac(text).finalize().into_bytes().into()
    }

    /// Whether this is that proof. How long it takes tells nobody how much of it is right.
    pub fn is_link(&self, text: &str, proof: &[u8]) -> bool {
        self.link_mac(text).verify_slice(proof).is_ok()
    }

    fn link_mac(&self, text: &str) -> HmacSha256 {
        let mut mac = keyed(&*self.master);
        mac.update(b"danbao payment link\0");
        mac.update(text.as_bytes());
        mac
    }

    /// The secret as the merchant is shown it.
    pub fn shown(&self, endpoint: &Endpoint) -> String {
        let secret = self.secret(endpoint, endpoint.generation);
        format!("whsec_{}", STANDARD.encode(secret))
    }

    /// The last secrets of an endpoint, the one that is in use first.
    pub(crate) fn last(&self, endpoint: &Endpoint) -> Vec<[u8; 32]> {
        let oldest = endpoint.generation.saturating_sub(LAST - 1);
        let generations = (oldest..=endpoint.generation).rev();
        generations.map(|it| self.secret(endpoint, it)).collect()
    }

    /// The header `webhook-signature`: with the secret, and with the one before if it was changed
    /// a short time ago.
    pub fn sign(
        &self,
        endpoint: &Endpoint,
        rotated: bool,
        id: &str,
        timestamp: u64,
        body: &str,
    ) -> String {
        let before = endpoint.generation.checked_sub(1).filter(|_| rotated);
        let generations = [Some(endpoint.generation), before];
        let secrets = generations.into_iter().flatten().map(|it| self.secret(endpoint, it));
        let signatures: Vec<_> =
            secrets.map(|it| signature(&it, id, timestamp, body.as_bytes())).collect();
        signatures.join(" ")
    }
}

/// What signs these bytes.
pub(super) fn tag(secret: &[u8], content: &[u8]) -> [u8; 32] {
    let mut mac = keyed(secret);
    mac.update(content);
    mac.finalize().into_bytes().into()
}

/// A signature as the specification writes it.
fn signature(secret: &[u8], id: &str, timestamp: u64, body: &[u8]) -> String {
    let content = [format!("{id}.{timestamp}.").as_bytes(), body].concat();
    format!("v1,{}", STANDARD.encode(tag(secret, &content)))
}

fn make(path: &Path) -> io::Result<[u8; 32]> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|error| io::Error::other(error.to_string()))?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(&secret)?;
    file.sync_all()?;
    if let Some(folder) = path.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::id::{CellId, EndpointId, Position, UserId};
    use ledger::time::Time;

    fn endpoint(generation: u32) -> Endpoint {
        Endpoint {
            id: EndpointId::new(CellId::FIRST, 7),
            user: UserId::new(CellId::FIRST, 1),
            generation,
            rotated_at: Time(0),
            created_at: Time(0),
            disabled_at: None,
            position: Position(1),
        }
    }

    /// The example that the libraries of the specification test themselves with.
    #[test]
    fn signatures_are_those_of_the_specification() {
        let secret = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let body = br#"{"test": 2432232314}"#;
        let signed = signature(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_changed_secret_is_signed_with_beside_the_one_before() {
        let home = tempfile::tempdir().unwrap();
        let secrets = Secrets::open(home.path()).unwrap();
        let sign =
            |generation, rotated| secrets.sign(&endpoint(generation), rotated, "evt", 1, "{}");
        assert_eq!(sign(1, true), format!("{} {}", sign(1, false), sign(0, false)));
        assert_eq!(sign(0, true), sign(0, false));
        assert_ne!(sign(0, false), sign(1, false));
    }

    #[test]
    fn a_form_makes_one_key_and_another_form_or_merchant_another() {
        let home = tempfile::tempdir().unwrap();
        let secrets = Secrets::open(home.path()).unwrap();
        let key = |scope, form| secrets.api_key(scope, form);
        assert_eq!(key("usr_1", "a"), key("usr_1", "a"));
        assert_ne!(key("usr_1", "a"), key("usr_1", "b"));
        assert_ne!(key("usr_1", "a"), key("usr_2", "a"));
        let elsewhere = tempfile::tempdir().unwrap();
        let others = Secrets::open(elsewhere.path()).unwrap();
        assert_ne!(key("usr_1", "a"), others.api_key("usr_1", "a"));
    }

    #[test]
    fn the_master_secret_is_made_once_and_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let home = tempfile::tempdir().unwrap();
        let shown = |secrets: Secrets| secrets.shown(&endpoint(0));
        let first = shown(Secrets::open(home.path()).unwrap());
        assert_eq!(first, shown(Secrets::open(home.path()).unwrap()));
        let file = home.path().join(MASTER_FILE);
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        fs::write(&file, "short").unwrap();
        assert!(Secrets::open(home.path()).is_err());
    }
}
