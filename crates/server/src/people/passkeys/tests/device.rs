//! A device with one passkey, in software, behind a browser that says what it is told to say.

use super::super::proof::Bytes;
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};

/// Somebody is there, and the device has recognized them.
pub(super) const THERE: u8 = 0b0000_0001;
pub(super) const RECOGNIZED: u8 = 0b0000_0100;
const NEW: u8 = 0b0100_0000;
/// Before a key on P-256 in DER.
const HEAD: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

pub(super) struct Device {
    key: EcdsaKeyPair,
    random: SystemRandom,
    pub(super) id: Vec<u8>,
    pub(super) owner: Option<String>,
    /// What is said the next time.
    pub(super) origin: String,
    pub(super) site: String,
    pub(super) flags: u8,
    pub(super) counter: u32,
    /// Whether the browser says that a page of another site shows ours.
    pub(super) crossed: bool,
    /// What it was asked for, if that is not what we asked for.
    pub(super) purpose: Option<&'static str>,
    /// Another id beside the one that the device says.
    pub(super) beside: Option<Vec<u8>>,
}

impl Device {
    pub(super) fn new() -> Device {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).unwrap();
        let key =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref(), &random);
        Device {
            key: key.unwrap(),
            random,
            id: fastrand::u128(..).to_be_bytes().to_vec(),
            owner: None,
            origin: "http://localhost:8080".to_owned(),
            site: "localhost".to_owned(),
            flags: THERE | RECOGNIZED,
            counter: 0,
            crossed: false,
            purpose: None,
            beside: None,
        }
    }

    /// Says what is so from now on.
    pub(super) fn honest_again(&mut self) {
        let Device { origin, site, flags, crossed, purpose, beside, .. } = Device::new();
        (self.origin, self.site, self.flags) = (origin, site, flags);
        (self.crossed, self.purpose, self.beside) = (crossed, purpose, beside);
    }

    /// Makes its passkey.
    pub(super) fn make(&mut self, options: &str) -> String {
        let options: Value = serde_json::from_str(options).unwrap();
        let asked = &options["publicKey"];
        assert_eq!(asked["rp"]["id"], "localhost");
        assert_eq!(asked["attestation"], "none");
        assert_eq!(asked["authenticatorSelection"]["residentKey"], "required");
        assert_eq!(asked["authenticatorSelection"]["userVerification"], "required");
        self.owner = asked["user"]["id"].as_str().map(str::to_owned);
        let length = u16::try_from(self.id.len()).unwrap().to_be_bytes();
        let new = [&[0; 16], length.as_slice(), &self.id, b"the key again"].concat();
        let key = [HEAD, self.key.public_key().as_ref()].concat();
        let response = json!({
            "clientDataJSON": self.client_data("webauthn.create", &asked["challenge"]),
            "authenticatorData": Bytes([self.head(NEW), new].concat()),
            "publicKey": Bytes(key),
            "publicKeyAlgorithm": -7,
        });
        self.sent(&response)
    }

    /// Uses its passkey.
    pub(super) fn show(&self, options: &str) -> String {
        let options: Value = serde_json::from_str(options).unwrap();
        let asked = &options["publicKey"];
        assert_eq!(asked["userVerification"], "required");
        let client_data = self.client_data("webauthn.get", &asked["challenge"]);
        let said = self.head(0);
        let hash = digest(&SHA256, &client_data.0);
        let message = [said.as_slice(), hash.as_ref()].concat();
        let signature = self.key.sign(&self.random, &message).unwrap().as_ref().to_vec();
        let response = json!({
            "clientDataJSON": client_data,
            "authenticatorData": Bytes(said),
            "signature": Bytes(signature),
            "userHandle": self.owner,
        });
        self.sent(&response)
    }

    fn sent(&self, response: &Value) -> String {
        let id = Bytes(self.beside.clone().unwrap_or_else(|| self.id.clone()));
        json!({ "id": id, "rawId": id, "type": "public-key", "response": response }).to_string()
    }

    fn client_data(&self, purpose: &str, challenge: &Value) -> Bytes {
        let purpose = self.purpose.unwrap_or(purpose);
        let data = json!({ "type": purpose, "challenge": challenge, "origin": self.origin,
                           "crossOrigin": self.crossed, "something_new": 1 });
        Bytes(data.to_string().into_bytes())
    }

    fn head(&self, flags: u8) -> Vec<u8> {
        let site = digest(&SHA256, self.site.as_bytes());
        let counter = self.counter.to_be_bytes();
        [site.as_ref(), &[self.flags | flags], &counter].concat()
    }
}
