//! The filter of a run: is this key certainly not here?
//!
//! A blocked Bloom filter. All bits of a key are in one line of 64 bytes, so a lookup that misses,
//! as nearly all do, costs one cache miss a run. The line follows from the *first* bytes of the
//! key, and keys arrive sorted, so the lines are filled from first to last and written as they
//! are completed: a filter of any size is built in a few kilobytes of memory.

use super::block::{BLOCK, Block};
use super::key::PointKey;

/// Bits a key.
pub(super) const BITS_PER_KEY: u64 = 12;

/// Bytes of a line: what the processor fetches at once.
pub(super) const LINE: usize = 64;

/// Lines in a block. The header takes the place of one.
pub(super) const LINES_PER_BLOCK: usize = BLOCK / LINE - 1;

/// Bits that a key sets in its line. Seven choices of nine bits use up a 64-bit hash.
const CHOICES: u32 = 7;
const CHOICE_BITS: u32 = 9;
const CHOICE_MASK: u64 = 511;

/// Where a filter keeps a key.
#[derive(Clone, Copy, Debug)]
pub struct Probe {
    /// Chooses the line; grows with the key.
    line: u64,
    /// Chooses the bits.
    bits: u64,
}

impl Probe {
    /// The place of `key`. The two halves are multiplied together so that constant bits, such as
    /// the version of a random UUID, do not become constant choices.
    pub(super) fn of(key: &PointKey) -> Self {
        let (halves, _) = key.as_chunks::<8>();
        let (head, tail) = (u64::from_be_bytes(halves[0]), u64::from_be_bytes(halves[1]));
        let (low, high) =
            (head ^ 0x9e37_79b9_7f4a_7c15).carrying_mul(tail ^ 0xd1b5_4a32_d192_ed03, 0);
        Probe { line: head, bits: low ^ high }
    }

    /// Which of `lines` lines the key belongs to.
    pub(super) fn line(self, lines: u64) -> usize {
        let (_, line) = self.line.carrying_mul(lines, 0);
        usize::try_from(line).expect("a filter is smaller than memory can address")
    }

    /// Sets the bits of the key.
    pub(super) fn set_in(self, line: &mut [u8; LINE]) {
        for (byte, bit) in self.choices() {
            line[byte] |= 1 << bit;
        }
    }

    /// Whether the bits of the key are set. There is one branch, at the end, so that the processor
    /// goes on to the next run's line while this one is still on its way.
    pub(super) fn is_set_in(self, line: &[u8; LINE]) -> bool {
        self.choices().fold(1, |all, (byte, bit)| all & line[byte] >> bit) & 1 == 1
    }

    fn choices(self) -> impl Iterator<Item = (usize, u32)> {
        (0..CHOICES).map(move |nth| {
            let choice = self.bits >> (nth * CHOICE_BITS) & CHOICE_MASK;
            let [low, high, ..] = choice.to_le_bytes();
            (usize::from(low >> 3 | high << 5), u32::from(low & 7))
        })
    }
}

/// How many lines a filter of `keys` keys has.
pub(super) fn lines_for(keys: u64) -> u64 {
    (keys * BITS_PER_KEY).div_ceil(512).max(1)
}

/// The line at `slot` of a filter block.
pub(super) fn line_of(block: &Block, slot: usize) -> &[u8; LINE] {
    &block.as_chunks::<LINE>().0[slot + 1]
}

/// The same, to be filled.
pub(super) fn line_of_mut(block: &mut Block, slot: usize) -> &mut [u8; LINE] {
    &mut block.as_chunks_mut::<LINE>().0[slot + 1]
}
