//! A target for fuzzing: what is said between the platform and a bank. See `ledger::fuzz`.

use crate::channel::{read_answer, read_statement, read_token};
use crate::{Answer, Instruction};

/// A body of the protocol, read as everything that it could be. What is read comes back from what
/// is written of it; a bank that says anything else is silent.
pub fn protocol(bytes: &[u8]) {
    if let Ok(instruction) = serde_json::from_slice::<Instruction>(bytes) {
        let again = serde_json::to_vec(&instruction).expect("an instruction can be written");
        assert_eq!(serde_json::from_slice::<Instruction>(&again).ok(), Some(instruction));
    }
    if let Ok(answer) = read_answer(bytes) {
        let again = serde_json::to_vec::<Answer>(&answer).expect("an answer can be written");
        assert_eq!(read_answer(&again), Ok(answer));
    }
    let _ = read_token(bytes);
    let _ = read_statement(bytes);
    crate::sim::fuzz(bytes);
}

#[cfg(test)]
mod tests {
    /// The target, for a moment.
    #[test]
    fn no_body_makes_the_protocol_panic_and_what_is_read_comes_back() {
        let bodies = [
            r#"{"reference":"top_1","kind":"collect","token":"tok","amount":1,"currency":"CNY"}"#,
            r#"{"status":"executed","bank_reference":"b1","amount":1,"currency":"CNY","at":1}"#,
            r#"{"status":"pending"}"#,
            r#"{"status":"rejected","reason":"no_\u0066unds"}"#,
            r#"{"token":"tok"}"#,
            r#"{"number":"6200000000000005"}"#,
            r#"{"after":3,"limit":null}"#,
            r#"{"seed":3,"timeout":2000,"late_seconds":60}"#,
            r#"{"kind":"refuse","seconds":7200}"#,
        ];
        let bodies = bodies.map(|it| it.as_bytes().to_vec());
        ledger::fuzz::short(30_000, &bodies, super::protocol);
    }
}
