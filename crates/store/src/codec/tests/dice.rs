//! Chance that comes again.

/// Dice with a seed.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        self.word() % sides
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        let sides = u64::try_from(from.len()).unwrap();
        from[usize::try_from(self.roll(sides)).unwrap()]
    }

    pub(crate) fn text(&mut self, letters: &[char], least: u64, most: u64) -> String {
        let length = if self.roll(8) == 0 { most } else { least + self.roll(20) };
        (0..length).map(|_| self.pick(letters)).collect()
    }
}
