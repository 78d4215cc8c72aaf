//! Records on their way into a frame: one buffer, laid out as the frame will have it, so that
//! writing a frame copies it once.

use super::JournalError;

/// The most bytes of records in a frame, with their lengths.
pub const PAYLOAD_MAX: usize = PAYLOAD_LIMIT as usize;
pub(super) const PAYLOAD_LIMIT: u32 = 4 << 20;
/// The most bytes of one record.
pub const RECORD_MAX: usize = 1 << 20;
/// The most records in a frame.
pub const RECORDS_MAX: usize = 1 << 16;
/// Bytes before each record, which say how long it is.
pub(super) const LENGTH: usize = 4;

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Records {
    bytes: Vec<u8>,
    count: u32,
}

impl Records {
    /// No records.
    pub fn new() -> Records {
        Records::default()
    }

    /// Adds a record, unless the frame would be too large.
    ///
    /// A record has at least one byte: zeros on a disk must never look like a record.
    pub fn push(&mut self, record: &[u8]) -> Result<(), JournalError> {
        assert!(!record.is_empty(), "an empty record says nothing");
        if record.len() > RECORD_MAX || !self.has_room_for(1, record.len() + LENGTH) {
            return Err(JournalError::TooLarge);
        }
        let length = u32::try_from(record.len()).map_err(|_| JournalError::TooLarge)?;
        self.bytes.extend_from_slice(&length.to_le_bytes());
        self.bytes.extend_from_slice(record);
        self.count += 1;
        Ok(())
    }

    /// Whether so many records fit that take so many bytes, with four for the length of each.
    pub fn has_room_for(&self, count: usize, bytes: usize) -> bool {
        self.len() + count <= RECORDS_MAX && self.bytes.len() + bytes <= PAYLOAD_MAX
    }

    /// How many records there are.
    pub fn len(&self) -> usize {
        self.count as usize
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Forgets all records and keeps the buffer.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.count = 0;
    }

    pub(super) fn count(&self) -> u32 {
        self.count
    }

    /// The payload of the frame.
    pub(super) fn payload(&self) -> &[u8] {
        &self.bytes
    }
}
