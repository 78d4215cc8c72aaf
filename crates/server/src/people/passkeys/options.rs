//! What browsers are told: which passkey to make, and that one is wanted.

use super::super::ceremonies::{Challenge, PATIENCE};
use super::proof::{Algorithm, Bytes};
use super::site::Site;
use ledger::id::UserId;
use serde_json::{Value, json};

/// What the site is called where people choose among passkeys.
const SITE: &str = "Danbao 担保";

/// Whose passkey it is to be.
pub(super) struct Owner<'a> {
    pub(super) user: UserId,
    /// What they sign in with: it tells two accounts of one person apart.
    pub(super) login: &'a str,
    pub(super) name: &'a str,
}

/// Asks for a new passkey: one that is found without a name, on a device that recognizes its owner
/// and is not one of those that have a passkey already. Which make the device is, nobody needs to
/// know.
pub(super) fn creation(
    site: &Site,
    challenge: &Challenge,
    owner: &Owner<'_>,
    known: impl Iterator<Item = Bytes>,
) -> Value {
    let there = known.map(|it| json!({ "type": "public-key", "id": it }));
    let keys = Algorithm::ALL.map(|it| json!({ "type": "public-key", "alg": it.number() }));
    json!({ "publicKey": {
        "rp": { "id": site.name(), "name": SITE },
        "user": { "id": handle(owner.user), "name": owner.login, "displayName": owner.name },
        "challenge": Bytes(challenge.to_vec()),
        "pubKeyCredParams": keys,
        "timeout": milliseconds(),
        "excludeCredentials": there.collect::<Vec<_>>(),
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": true,
            "userVerification": "required",
        },
        "attestation": "none",
    } })
}

/// Asks for a passkey of anybody.
pub(super) fn request(site: &Site, challenge: &Challenge) -> Value {
    json!({ "publicKey": {
        "rpId": site.name(),
        "challenge": Bytes(challenge.to_vec()),
        "timeout": milliseconds(),
        "userVerification": "required",
    } })
}

/// What a device keeps of whose a passkey is: our number for them, which says nothing to others.
fn handle(user: UserId) -> Bytes {
    Bytes(user.raw().to_be_bytes().to_vec())
}

/// Whose a passkey is.
pub(super) fn user_in(handle: &Bytes) -> Option<UserId> {
    let bytes = <[u8; 8]>::try_from(handle.0.as_slice()).ok()?;
    Some(UserId::from_raw(u64::from_be_bytes(bytes)))
}

fn milliseconds() -> u64 {
    u64::try_from(PATIENCE.as_millis()).unwrap_or(u64::MAX)
}
