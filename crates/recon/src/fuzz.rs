//! What is read here, for the targets of fuzzing: whatever the bytes are, nothing panics.

use crate::calendar::Calendar;
use crate::{camt, csv, mt940};

/// Reads bytes as a statement in every format.
pub fn statements(bytes: &[u8]) {
    let _ = camt::read(bytes, &mut |_| Ok(()));
    let Ok(calendar) = Calendar::parse("+08:00", "23:00") else { return };
    let _ = mt940::read(bytes, &calendar, &mut |_| Ok(()));
    if let Ok(columns) = csv::Columns::parse(csv::EXAMPLE) {
        let _ = csv::read(bytes, &columns, &calendar, &mut |_| Ok(()));
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = csv::Columns::parse(text);
    }
}
