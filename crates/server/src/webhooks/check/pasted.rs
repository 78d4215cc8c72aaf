//! Headers and signatures as somebody pastes them.

use super::Cause;
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// The three headers of a message.
#[derive(Default)]
pub(super) struct Pasted {
    pub id: Option<String>,
    pub timestamp: Option<String>,
    pub signature: Option<String>,
}

impl Pasted {
    /// Reads lines such as `webhook-id: evt_…`, also as programs print them: with quotes and
    /// commas, or under the names that CGI gives them.
    pub(super) fn read(text: &str) -> Pasted {
        let mut pasted = Pasted::default();
        for line in text.lines() {
            let Some(at) = line.find([':', '=']) else { continue };
            let (name, value) = line.split_at(at);
            let around = |it: char| it.is_whitespace() || "\"'`,;{}[]>:=".contains(it);
            let name = name.trim_matches(around).to_ascii_lowercase().replace('_', "-");
            // A signature ends with a sign that means something.
            let value = value[1..].trim_start_matches(around);
            let value = value.trim_end_matches(|it: char| around(it) && it != '=').to_owned();
            let value = Some(value).filter(|it| !it.is_empty());
            match name.strip_prefix("http-").unwrap_or(&name) {
                "webhook-id" => pasted.id = value,
                "webhook-timestamp" => pasted.timestamp = value,
                "webhook-signature" => pasted.signature = value,
                _ => {}
            }
        }
        pasted
    }

    /// The headers that are not there.
    pub(super) fn missing(&self) -> Vec<&'static str> {
        let all = [
            ("webhook-id", &self.id),
            ("webhook-timestamp", &self.timestamp),
            ("webhook-signature", &self.signature),
        ];
        all.into_iter().filter(|(_, it)| it.is_none()).map(|(name, _)| name).collect()
    }
}

/// How a signature is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Standard,
    Url,
    NoPadding,
    Hex,
}

impl Form {
    pub(super) const fn cause(self) -> Option<Cause> {
        match self {
            Form::Standard => None,
            Form::Url => Some(Cause::Base64Url),
            Form::NoPadding => Some(Cause::NoPadding),
            Form::Hex => Some(Cause::Hex),
        }
    }
}

/// A signature that was pasted.
pub(super) struct Signature {
    pub text: String,
    pub bytes: [u8; 32],
    pub form: Form,
}

impl Signature {
    /// Reads a signature of version 1, also one whose version was left out.
    pub(super) fn read(text: &str) -> Option<Signature> {
        let said = match text.split_once(',') {
            Some(("v1", rest)) => rest,
            Some(_) => return None,
            None => text,
        };
        let (bytes, form) = hex(said).map(|it| (it, Form::Hex)).or_else(|| base64(said))?;
        Some(Signature { text: text.to_owned(), bytes, form })
    }
}

fn base64(text: &str) -> Option<([u8; 32], Form)> {
    let any = DecodePaddingMode::Indifferent;
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(any);
    let url = text.contains(['-', '_']);
    let alphabet = if url { &alphabet::URL_SAFE } else { &alphabet::STANDARD };
    let bytes = GeneralPurpose::new(alphabet, config).decode(text).ok()?;
    let form = match (url, text.ends_with('=')) {
        (true, _) => Form::Url,
        (false, true) => Form::Standard,
        (false, false) => Form::NoPadding,
    };
    Some((bytes.try_into().ok()?, form))
}

fn hex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut bytes = [0; 32];
    for (place, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * place..2 * place + 2)?, 16).ok()?;
    }
    Some(bytes)
}
