//! There are never many runs, and no entry is written often.

use super::super::merge::due;
use super::super::{FAN_OUT, OrderedIndex, PointIndex};
use super::{Dice, TempDir, ordered};

#[test]
fn neighbours_of_a_size_are_merged() {
    // Sizes from the oldest to the newest; tiers begin at 1, 4, 16, 64.
    assert_eq!(due(&[]), None);
    assert_eq!(due(&[5, 5, 5]), None);
    assert_eq!(due(&[5, 5, 5, 5]), Some(0..4));
    assert_eq!(due(&[90, 5, 6, 7, 8]), Some(1..5));
    assert_eq!(due(&[90, 90, 90, 90, 5, 5, 5]), Some(0..4));
    assert_eq!(due(&[20, 20, 20, 20, 5, 5, 5, 5]), Some(4..8), "the cheapest first");
    assert_eq!(due(&[20, 1, 20, 1, 20, 20]), Some(0..6), "small ones are swept along");
    assert_eq!(due(&[5, 5, 5, 5, 5, 5, 5]), Some(0..7), "what has piled up goes at once");
    assert_eq!(due(&[0, 0, 0]), None);
}

#[test]
fn whatever_the_sizes_runs_are_few_and_merges_cheap() {
    let fan_out = u64::try_from(FAN_OUT).unwrap();
    for seed in 0..50 {
        let mut dice = Dice::new(seed);
        let (mut runs, mut added, mut written) = (Vec::<u64>::new(), 0, 0);
        for _ in 0..2_000 {
            let size = 1 << dice.roll(if seed % 2 == 0 { 2 } else { 14 });
            runs.push(size);
            added += size;
            while let Some(range) = due(&runs) {
                let sum = runs[range.clone()].iter().sum();
                written += sum;
                runs.splice(range, [sum]);
            }
            let tiers = u64::from(added.ilog(fan_out)) + 1;
            let count = u64::try_from(runs.len()).unwrap();
            assert!(count <= (fan_out - 1) * tiers, "seed {seed}: {runs:?}");
        }
        let tiers = u64::from(added.ilog(fan_out)) + 1;
        assert!(written <= added * tiers, "seed {seed}: {added} added, {written} written");
    }
}

#[test]
fn large_runs_find_every_entry() {
    // More than one block of the block index of either kind.
    let count = 60_000;
    let (dir, mut dice) = (TempDir::new(), Dice::new(1));
    let mut index = OrderedIndex::open(&dir.0, &[]).unwrap();
    (0..count).for_each(|it| index.insert(ordered(it * 2), u64::try_from(it).unwrap()));
    let written = index.freeze().write().unwrap();
    let names = index.commit(written);
    let index = OrderedIndex::open(&dir.0, &names).unwrap();
    for it in 0..count {
        assert_eq!(index.get(&ordered(it * 2)).unwrap(), Some(u64::try_from(it).unwrap()));
        assert_eq!(index.get(&ordered(it * 2 + 1)).unwrap(), None);
    }

    let dir = TempDir::new();
    let mut index = PointIndex::open(&dir.0, &[]).unwrap();
    let keys: Vec<_> = (0..count).map(|_| dice.point()).collect();
    keys.iter().zip(0..).for_each(|(key, value)| index.insert(*key, value));
    let written = index.freeze().write().unwrap();
    index.commit(written);
    for (key, value) in keys.iter().zip(0..) {
        assert_eq!(index.get(key).unwrap(), Some(value));
    }
    index.verify().finish().unwrap();
}

#[test]
fn a_key_inserted_twice_is_found_out_by_the_merge() {
    let (dir, mut dice) = (TempDir::new(), Dice::new(1));
    let mut index = PointIndex::open(&dir.0, &[]).unwrap();
    let key = dice.point();
    for _ in 0..FAN_OUT {
        index.insert(key, 1);
        index.insert(dice.point(), 2);
        let written = index.freeze().write().unwrap();
        index.commit(written);
    }
    let error = index.plan_merge().unwrap().run().unwrap_err();
    assert!(error.to_string().contains("inserted twice"), "{error}");
    let files = std::fs::read_dir(&dir.0).unwrap().count();
    assert_eq!(files, FAN_OUT, "a failed merge leaves nothing behind");
    assert!(index.plan_merge().is_some(), "and may be planned again");
}

#[test]
fn a_merge_may_leave_nothing() {
    let dir = TempDir::new();
    let mut index = OrderedIndex::open(&dir.0, &[]).unwrap();
    for round in 0..FAN_OUT {
        // Plain inserts, so that the tombstones are written.
        (0..300).map(ordered).for_each(|key| match round % 2 {
            0 => index.insert(key, 1),
            _ => index.remove(&key),
        });
        let written = index.freeze().write().unwrap();
        index.commit(written);
    }
    let merged = index.plan_merge().unwrap().run().unwrap();
    assert_eq!(index.commit_merge(merged), Vec::<String>::new());
    index.take_obsolete(&[]).delete().unwrap();
    assert_eq!(std::fs::read_dir(&dir.0).unwrap().count(), 0);
    assert_eq!(index.get(&ordered(7)).unwrap(), None);
}

#[test]
#[should_panic(expected = "one checkpoint at a time")]
fn a_second_checkpoint_waits_for_the_first() {
    let dir = TempDir::new();
    let mut index = PointIndex::open(&dir.0, &[]).unwrap();
    let _first = index.freeze();
    let _second = index.freeze();
}
