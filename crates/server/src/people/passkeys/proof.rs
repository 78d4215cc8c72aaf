//! What a browser sends at the end of a ceremony, and whether it proves anything: the steps of
//! Web Authentication (<https://www.w3.org/TR/webauthn-3/>, 7.1 and 7.2) for passkeys without
//! attestation. Signatures are checked by `ring`.
//!
//! Nothing here knows of people or keeps anything: all of it is a function of what was sent.

use super::super::ceremonies::{CHALLENGE, Challenge};
use super::site::Site;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
    VerificationAlgorithm,
};
use serde::{Deserialize, Serialize};

/// The most bytes of a passkey's id, by the standard.
const ID_MAX: usize = 1_023;
/// Bytes of what an authenticator says before anything of a new passkey: the site, flags, counter.
const HEAD: usize = 37;
/// Bytes of the name of an authenticator's model.
const MODEL: usize = 16;

/// Why something proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// It is not what browsers send.
    Unreadable,
    /// It was made for something else.
    Purpose,
    /// It answers another question.
    Challenge,
    /// It comes from another place.
    Origin,
    /// It belongs to another name.
    Site,
    /// Nobody was there.
    Absent,
    /// Whoever was there was not recognized by PIN, finger or face.
    Unverified,
    /// The key is none that we asked for.
    Key,
    /// The signature is not by the key.
    Signature,
    /// The key was used elsewhere meanwhile: there may be a copy of it.
    Counter,
    /// A key that cannot leave its device now can, or says that it did.
    Backup,
}

/// Bytes that travel as base64url.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct Bytes(pub(super) Vec<u8>);

impl TryFrom<String> for Bytes {
    type Error = base64::DecodeError;

    fn try_from(text: String) -> Result<Bytes, base64::DecodeError> {
        URL_SAFE_NO_PAD.decode(text).map(Bytes)
    }
}

impl From<Bytes> for String {
    fn from(bytes: Bytes) -> String {
        URL_SAFE_NO_PAD.encode(bytes.0)
    }
}

/// What a browser sends: the passkey's id, and what the authenticator answered.
#[derive(Debug, Deserialize)]
pub(super) struct Sent<T> {
    #[serde(rename = "rawId")]
    pub(super) id: Bytes,
    pub(super) response: T,
}

/// A passkey that was made.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Made {
    #[serde(rename = "clientDataJSON")]
    client_data: Bytes,
    authenticator_data: Bytes,
    /// As DER, where the browser knows the algorithm.
    public_key: Bytes,
    public_key_algorithm: i64,
}

/// A passkey that was used.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Used {
    #[serde(rename = "clientDataJSON")]
    client_data: Bytes,
    authenticator_data: Bytes,
    signature: Bytes,
    /// Whose it is, as we said when it was made.
    pub(super) user_handle: Option<Bytes>,
}

/// What the browser vouches for.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    r#type: String,
    challenge: Bytes,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
}

/// How a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(super) enum Algorithm {
    /// ECDSA on P-256: what nearly everything has.
    Es256,
    /// Ed25519.
    EdDsa,
    /// RSA of 2,048 bits: what the chips of Windows computers have.
    Rs256,
}

impl Algorithm {
    /// Every algorithm, the most usual first.
    pub(super) const ALL: [Algorithm; 3] = [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Rs256];

    /// Its number in the registry of COSE.
    pub(super) const fn number(self) -> i64 {
        match self {
            Algorithm::Es256 => -7,
            Algorithm::EdDsa => -8,
            Algorithm::Rs256 => -257,
        }
    }

    /// What stands before the key in DER. Keys of one algorithm are all of one length, so that
    /// there is nothing to parse.
    const fn prefix(self) -> &'static [u8] {
        match self {
            Algorithm::Es256 => {
                b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\
                  \x03\x01\x07\x03\x42\x00\x04"
            }
            Algorithm::EdDsa => b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00",
            Algorithm::Rs256 => {
                b"\x30\x82\x01\x22\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00\x03\
                  \x82\x01\x0f\x00\x30\x82\x01\x0a\x02\x82\x01\x01\x00"
            }
        }
    }

    /// Bytes of a key in DER after the prefix.
    const fn length(self) -> usize {
        match self {
            Algorithm::Es256 => 64,
            Algorithm::EdDsa => 32,
            // The modulus, and 65,537 as DER has it.
            Algorithm::Rs256 => 261,
        }
    }

    /// Bytes of the prefix that `ring` wants with the key.
    const fn kept(self) -> usize {
        match self {
            // The mark of a point that is not compressed.
            Algorithm::Es256 => 1,
            Algorithm::EdDsa => 0,
            // The sequence of modulus and exponent.
            Algorithm::Rs256 => 9,
        }
    }

    fn check(self) -> &'static dyn VerificationAlgorithm {
        match self {
            Algorithm::Es256 => &ECDSA_P256_SHA256_ASN1,
            Algorithm::EdDsa => &ED25519,
            Algorithm::Rs256 => &RSA_PKCS1_2048_8192_SHA256,
        }
    }
}

/// The key that signs for a passkey.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct Key {
    #[serde(rename = "alg")]
    algorithm: Algorithm,
    bytes: Bytes,
}

impl Key {
    /// Reads a key as browsers give it.
    fn read(algorithm: i64, der: &[u8]) -> Result<Key, Flaw> {
        let algorithm = Algorithm::ALL.into_iter().find(|it| it.number() == algorithm);
        let algorithm = algorithm.ok_or(Flaw::Key)?;
        let key = der.strip_prefix(algorithm.prefix()).ok_or(Flaw::Key)?;
        let exponent = matches!(algorithm, Algorithm::Rs256).then_some(b"\x02\x03\x01\x00\x01");
        let usual = exponent.is_none_or(|it| key.ends_with(it));
        if key.len() != algorithm.length() || !usual {
            return Err(Flaw::Key);
        }
        let (_, head) = algorithm.prefix().split_at(algorithm.prefix().len() - algorithm.kept());
        Ok(Key { algorithm, bytes: Bytes([head, key].concat()) })
    }

    fn signed(&self, message: &[u8], signature: &[u8]) -> Result<(), Flaw> {
        let key = UnparsedPublicKey::new(self.algorithm.check(), &self.bytes.0);
        key.verify(message, signature).map_err(|_| Flaw::Signature)
    }
}

/// What has to be known of a passkey to recognize it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct Known {
    /// By which authenticators find it.
    pub(super) id: Bytes,
    key: Key,
    /// How often it was used, if its authenticator counts; else 0.
    counter: u32,
    /// Whether it can leave its device.
    eligible: bool,
    /// Whether it has.
    pub(super) backed_up: bool,
}

/// What an authenticator says to this site, with somebody there whom it has recognized.
struct Said<'a> {
    eligible: bool,
    backed_up: bool,
    counter: u32,
    /// A new passkey's id, if there is one.
    id: Option<&'a [u8]>,
}

/// The question that an answer is to.
pub(super) fn challenge_of(client_data: &[u8]) -> Option<Challenge> {
    let data: ClientData = serde_json::from_slice(client_data).ok()?;
    <[u8; CHALLENGE]>::try_from(data.challenge.0).ok()
}

impl Sent<Made> {
    /// The question that this answers.
    pub(super) fn challenge(&self) -> Option<Challenge> {
        challenge_of(&self.response.client_data.0)
    }

    /// The passkey that was made, if it was made for this site, in answer to this question, by
    /// somebody who was there. Whose it is, only the session knows in which it was asked for: a
    /// passkey without attestation proves nothing before it is used.
    pub(super) fn check(&self, site: &Site, challenge: &Challenge) -> Result<Known, Flaw> {
        let it = &self.response;
        check_client(&it.client_data.0, "webauthn.create", site, challenge)?;
        let said = Said::read(&it.authenticator_data.0, site)?;
        let id = said.id.ok_or(Flaw::Unreadable)?;
        if id != self.id.0 || id.is_empty() || id.len() > ID_MAX {
            return Err(Flaw::Unreadable);
        }
        let key = Key::read(it.public_key_algorithm, &it.public_key.0)?;
        let (counter, eligible, backed_up) = (said.counter, said.eligible, said.backed_up);
        Ok(Known { id: self.id.clone(), key, counter, eligible, backed_up })
    }
}

impl Sent<Used> {
    /// The question that this answers.
    pub(super) fn challenge(&self) -> Option<Challenge> {
        challenge_of(&self.response.client_data.0)
    }

    /// The passkey as it is known from now on, if it was used on this site, in answer to this
    /// question, by somebody who was there and whom the device recognized.
    pub(super) fn check(
        &self,
        site: &Site,
        challenge: &Challenge,
        known: &Known,
    ) -> Result<Known, Flaw> {
        let it = &self.response;
        check_client(&it.client_data.0, "webauthn.get", site, challenge)?;
        let said = Said::read(&it.authenticator_data.0, site)?;
        if said.eligible != known.eligible {
            return Err(Flaw::Backup);
        }
        let hash = digest(&SHA256, &it.client_data.0);
        let message = [it.authenticator_data.0.as_slice(), hash.as_ref()].concat();
        known.key.signed(&message, &it.signature.0)?;
        let counts = said.counter > 0 || known.counter > 0;
        if counts && said.counter <= known.counter {
            return Err(Flaw::Counter);
        }
        Ok(Known { counter: said.counter, backed_up: said.backed_up, ..known.clone() })
    }
}

fn check_client(
    data: &[u8],
    purpose: &str,
    site: &Site,
    challenge: &Challenge,
) -> Result<(), Flaw> {
    let data: ClientData = serde_json::from_slice(data).map_err(|_| Flaw::Unreadable)?;
    if data.r#type != purpose {
        return Err(Flaw::Purpose);
    }
    if data.challenge.0 != challenge {
        return Err(Flaw::Challenge);
    }
    // No page of another site shows ours inside itself, so nothing honest crosses origins.
    if data.origin != site.origin() || data.cross_origin {
        return Err(Flaw::Origin);
    }
    Ok(())
}

impl Said<'_> {
    fn read<'a>(bytes: &'a [u8], site: &Site) -> Result<Said<'a>, Flaw> {
        let (head, rest) = bytes.split_at_checked(HEAD).ok_or(Flaw::Unreadable)?;
        let (name, rest_of_head) = head.split_at(HEAD - 5);
        if name != site.digest() {
            return Err(Flaw::Site);
        }
        let [flags, counter @ ..] = rest_of_head else { return Err(Flaw::Unreadable) };
        let counter = <[u8; 4]>::try_from(counter).map_err(|_| Flaw::Unreadable)?;
        let flag = |bit: u8| flags & (1 << bit) != 0;
        let (present, verified, eligible, backed_up) = (flag(0), flag(2), flag(3), flag(4));
        if !present {
            return Err(Flaw::Absent);
        }
        if !verified {
            return Err(Flaw::Unverified);
        }
        if backed_up && !eligible {
            return Err(Flaw::Backup);
        }
        // What follows the id, the key in another form and extensions, says nothing that we asked.
        let id = if flag(6) { Some(id_in(rest).ok_or(Flaw::Unreadable)?) } else { None };
        Ok(Said { eligible, backed_up, counter: u32::from_be_bytes(counter), id })
    }
}

/// The id of a new passkey, after the model of its authenticator.
fn id_in(bytes: &[u8]) -> Option<&[u8]> {
    let (length, rest) = bytes.get(MODEL..)?.split_first_chunk()?;
    rest.get(..usize::from(u16::from_be_bytes(*length)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by OpenSSL, with the signature of `danbao`.
    const KNOWN_ES256: (i64, &str, &str) = (
        -7,
        "3059301306072a8648ce3d020106082a8648ce3d03010703420004520b978cf02b2276a21ca168d3d4b77994\
     e452118a60d759e61c39912ad73b9e8ec16714ae7372e3a0a6a543c0425376a76bcb9e9a0ab8a674cd73f718\
     f10d33",
        "304402203d95e43a89b0172d7e80c7b0d196e535ab46fd04a7aecaff58add35d3631572b02207348f8d5f2ce\
     58c364c8a51c335b0b71579a33ede36ea086d6450e8793aa6160",
    );

    /// Made by OpenSSL, with the signature of `danbao`.
    const KNOWN_EDDSA: (i64, &str, &str) = (
        -8,
        "302a300506032b6570032100145b5c8912f9d78231aed35d51ac41564c89fadc13677c8fa6b9e53200162e1b",
        "36538d15a8a3ac8da0f5b637d87f189f112ed4f6734ddef1734bfd9b22fe588c35e24e4f05afb06fbcc19a03\
     ff55a875fff31fa781d6fc64c7014984c71c7507",
    );

    /// Made by OpenSSL, with the signature of `danbao`.
    const KNOWN_RS256: (i64, &str, &str) = (
        -257,
        "30820122300d06092a864886f70d01010105000382010f003082010a0282010100b631de49b43ccc213fd74f\
     daad6aef0048fc65110dcc0111a64e32e8114ce7ffe8e5fcc029380e2afb712a6f71172f51b311c8f0765f36\
     9840ac36275124e773b8599c3d3fc5647f987c773ae462288a63b29df694bab386198badf8ac4de3facc55a7\
     4771127c5c2240ac6acb5805758e83b640b72c7e208dfd2167032a9c21f80ec9bd6d1a5f3487a7eb4ef347f6\
     1cd6e9a7cf6fe2a08cc633eaff7729c9291cab6f758d92e39a415bf34b63c391c8c203129547e521a9771eba\
     99e4c339ece79828c3265ec1edf26f9bec613b0b3a20ace44d0f2cc3a6496ca158cdf3f825f9361d05e53413\
     4a816967aa669e827e50e3606a3b569156882b5937379844dd0203010001",
        "01169412ee1999128c8fd4ed6b3d4009e6ccfa8249f5c8b87cff6cb0c85e2c37f3fb69096ec9837f66869f1b\
     46b9a26a25b1932f60db1a6386b090a0116d444cb88ab43f351f90243435b8eebcb649c6591cfc7fc09484d1\
     bc9d9ff7361bbd861c13d72f3f832493bf409a1b94c3d911ed4da68be5632187f7533480add7a3f6d13ba112\
     da242b705db209dd500e47b01af038e99ccd633ad03d1d2e44e6c8ccfdd67ed0dd4370cd7d953be6a2ca1ac4\
     59ad53f78ffeadc8e83e290131dbf1a795dfa75b0285ecfac4949e182fba9ed95610de910606c302733e1e29\
     e05970ab779eaf6ff593bbde5a70b882c413f262524935ffa0744fc6d84a2f810f466a57",
    );

    impl Known {
        /// As long as it gets with an id of so many bytes.
        pub(in super::super) fn largest(id: usize) -> Known {
            let der = [Algorithm::Rs256.prefix(), &[0xff; 256], b"\x02\x03\x01\x00\x01"].concat();
            let key = Key::read(-257, &der).unwrap();
            let (counter, eligible, backed_up) = (u32::MAX, false, false);
            Known { id: Bytes(vec![0xff; id]), key, counter, eligible, backed_up }
        }
    }

    #[test]
    fn a_key_is_of_an_algorithm_that_was_asked_for_and_whole() {
        let lengths = Algorithm::ALL.map(|it| it.prefix().len() + it.length());
        assert_eq!(lengths, [91, 44, 294]);
        let point = [Algorithm::Es256.prefix(), &[9; 64]].concat();
        assert_eq!(Key::read(-7, &point).unwrap().bytes.0.len(), 65);
        let curve = [Algorithm::EdDsa.prefix(), &[9; 32]].concat();
        assert_eq!(Key::read(-8, &curve).unwrap().bytes.0, [9; 32]);
        let rsa = [Algorithm::Rs256.prefix(), &[9; 261]].concat();
        for (number, der) in [
            (-7, &point[..90]),
            (-7, &curve[..]),
            (-8, &point[..]),
            (-35, &point[..]),
            (-257, &rsa[..]),
            (-257, b""),
        ] {
            assert_eq!(Key::read(number, der), Err(Flaw::Key), "{number} {}", der.len());
        }
    }

    /// Known answers, by keys that were made elsewhere.
    #[test]
    fn signatures_of_every_algorithm_are_checked() {
        let hex = |text: &str| -> Vec<u8> {
            let digits = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
            (0..text.len()).step_by(2).map(digits).collect()
        };
        for (number, key, signature) in [KNOWN_ES256, KNOWN_EDDSA, KNOWN_RS256] {
            let key = Key::read(number, &hex(key)).unwrap();
            assert_eq!(key.signed(b"danbao", &hex(signature)), Ok(()), "{number}");
            assert_eq!(key.signed(b"danbap", &hex(signature)), Err(Flaw::Signature), "{number}");
            assert_eq!(key.signed(b"danbao", b""), Err(Flaw::Signature), "{number}");
        }
    }
}
