//! The promises of every journal, as a program. Each implementation has one test, and all call
//! this.

use super::{Frame, Journal, Records};

/// What a frame said when it came out.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Said {
    first: u64,
    time_ms: u64,
    rules: u16,
    chain: [u8; 32],
    records: Vec<Vec<u8>>,
}

impl Said {
    fn of(frame: &Frame) -> Said {
        let first = frame.first().0;
        for (expected, record) in (first..).zip(frame.records()) {
            assert_eq!(record.position.0, expected, "positions are dense within a frame");
        }
        assert_eq!(frame.records().count(), frame.len());
        Said {
            first,
            time_ms: frame.time_ms(),
            rules: frame.rules(),
            chain: frame.chain().0,
            records: frame.records().map(|it| it.bytes.to_vec()).collect(),
        }
    }
}

/// Dice with a seed: the same seed rolls the same.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// Dice that roll as the seed says.
    pub const fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    /// A number below `sides`.
    pub fn roll(&mut self, sides: u64) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (it ^ (it >> 31)) % sides.max(1)
    }
}

/// Offers, takes and crashes, and panics if a promise is broken.
///
/// `open` is given nothing at first, and then a journal that it must end without any warning and
/// open anew. It returns the journal and all frames in it.
pub fn contract<J: Journal>(seed: u64, mut open: impl FnMut(Option<J>) -> (J, Vec<Frame>)) {
    let mut dice = Dice::new(seed);
    let (mut journal, frames) = open(None);
    assert!(frames.is_empty(), "seed {seed}: a journal begins empty");
    let mut came_out: Vec<Said> = Vec::new();
    let mut offered = 0_u64;
    for round in 0..30_u64 {
        for _ in 0..dice.roll(4) {
            let mut records = Records::new();
            for _ in 0..=dice.roll(5) {
                let mut record = offered.to_le_bytes().to_vec();
                record.resize(8 + usize::try_from(dice.roll(700)).unwrap_or(0), 0xa5);
                records.push(&record).expect("a small record fits");
                offered += 1;
            }
            // Clocks go back now and then.
            let now = 1_000_000 + round * 10 - dice.roll(25);
            let rules = u16::try_from(1 + round / 10).unwrap_or(1);
            journal.offer(now, rules, &records).expect("a journal with space takes records");
        }
        for _ in 0..dice.roll(6) {
            let Some(frame) = journal.next().expect("what was offered comes out") else { break };
            came_out.push(Said::of(&frame));
        }
        if dice.roll(4) == 0 {
            let (again, frames) = open(Some(journal));
            journal = again;
            let kept: Vec<Said> = frames.iter().map(Said::of).collect();
            assert!(kept.starts_with(&came_out), "seed {seed}: what came out comes out again");
            came_out = kept;
        }
        audit(seed, &came_out);
    }
}

/// What must be true of everything that came out.
fn audit(seed: u64, came_out: &[Said]) {
    let (mut next, mut time, mut number) = (0, 0, None);
    for it in came_out {
        assert_eq!(it.first, next, "seed {seed}: positions are dense");
        assert!(it.time_ms >= time, "seed {seed}: time runs backwards at {next}");
        for record in &it.records {
            let this = record.first_chunk().map(|it| u64::from_le_bytes(*it));
            assert!(this > number, "seed {seed}: order is kept at {next}");
            (next, number) = (next + 1, this);
        }
        time = it.time_ms;
    }
}
