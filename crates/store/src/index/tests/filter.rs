//! A filter knows all keys of its run and takes few others for them.

use super::super::filter::{BITS_PER_KEY, LINE, Probe, lines_for};
use super::super::{Index, PointKey};
use super::{Dice, TempDir};

/// How many of a million strangers a filter of `keys` random keys takes for its own.
fn mistaken(make: impl Fn(&mut Dice) -> PointKey) -> u32 {
    let (mut dice, keys) = (Dice::new(7), 200_000);
    let lines = lines_for(keys);
    let mut filter = vec![[0_u8; LINE]; usize::try_from(lines).unwrap()];
    let known: Vec<_> = (0..keys).map(|_| Probe::of(&make(&mut dice))).collect();
    for it in &known {
        it.set_in(&mut filter[it.line(lines)]);
    }
    assert!(known.iter().all(|it| it.is_set_in(&filter[it.line(lines)])), "all are known");

    let strangers = (0..1_000_000).map(|_| Probe::of(&make(&mut dice)));
    strangers.map(|it| u32::from(it.is_set_in(&filter[it.line(lines)]))).sum()
}

#[test]
fn few_strangers_are_taken_for_known() {
    let (random, version_4) = (
        mistaken(Dice::point),
        mistaken(|dice| {
            let mut uuid = dice.point();
            uuid[6] = uuid[6] & 0x0f | 0x40;
            uuid[8] = uuid[8] & 0x3f | 0x80;
            uuid
        }),
    );
    println!("of a million: {random} with random keys, {version_4} with random UUIDs");
    assert_eq!(BITS_PER_KEY, 12);
    for mistaken in [random, version_4] {
        assert!((2_000..7_000).contains(&mistaken), "{mistaken} of a million");
    }
}

#[test]
fn the_filter_on_disk_is_no_worse() {
    let (dir, mut dice) = (TempDir::new(), Dice::new(3));
    let mut index: Index<PointKey> = Index::open(&dir.0, &[]).unwrap();
    (0..50_000).for_each(|value| index.insert(dice.point(), value));
    let written = index.freeze().write().unwrap();
    index.commit(written);
    let run = &index.runs[0];
    let mistaken = (0..200_000).filter(|_| run.may_hold(&dice.point()).unwrap()).count();
    assert!((200..1_400).contains(&mistaken), "{mistaken} of 200,000");
}
