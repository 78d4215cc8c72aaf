//! A damaged file is an error and never an answer.

use std::fs;
use std::path::{Path, PathBuf};

use super::super::block::BLOCK;
use super::super::key::Key;
use super::super::{Damage, Direction, Index, OrderedIndex, OrderedKey, PointIndex, PointKey};
use super::{Dice, TempDir, ordered};

/// A run of 3,000 entries: some data blocks, an index block, filter blocks or none, the footer.
fn point_run(dir: &Path, dice: &mut Dice) -> (Vec<PointKey>, Vec<String>) {
    let mut index = PointIndex::open(dir, &[]).unwrap();
    let keys: Vec<_> = (0..3_000).map(|_| dice.point()).collect();
    keys.iter().zip(0..).for_each(|(key, value)| index.insert(*key, value));
    let written = index.freeze().write().unwrap();
    (keys, index.commit(written))
}

fn ordered_run(dir: &Path) -> (Vec<OrderedKey>, Vec<String>) {
    let mut index = OrderedIndex::open(dir, &[]).unwrap();
    let keys: Vec<_> = (0..3_000).map(ordered).collect();
    keys.iter().zip(0..).for_each(|(key, value)| index.insert(*key, value));
    let written = index.freeze().write().unwrap();
    (keys, index.commit(written))
}

/// Opens the index and asks for everything: answers are right or errors. Says whether any erred.
fn is_noticed<K: Key>(dir: &Path, names: &[String], keys: &[K]) -> bool {
    let Ok(index) = Index::<K>::open(dir, names) else { return true };
    let failed = |(key, value): (&K, u64)| match index.get(key) {
        Ok(answer) => {
            assert_eq!(answer, Some(value), "a wrong answer");
            false
        }
        Err(error) => {
            let cause = error.get_ref().and_then(|it| it.downcast_ref::<Damage>());
            assert!(cause.is_some(), "{error}");
            true
        }
    };
    let noticed = keys.iter().zip(0..).filter(|it| failed(*it)).count() > 0;
    assert!(index.verify().finish().is_err(), "verify sees everything");
    noticed
}

fn each_flipped_bit<K: Key>(dir: &Path, names: &[String], keys: &[K], dice: &mut Dice) {
    let file = dir.join(&names[0]);
    let whole = fs::read(&file).unwrap();
    assert!(whole.len() / BLOCK > 10);
    for block in 0..whole.len() / BLOCK {
        for _ in 0..3 {
            let mut damaged = whole.clone();
            damaged[block * BLOCK + dice.roll(BLOCK)] ^= 1 << dice.roll(8);
            replace(&file, &damaged);
            assert!(is_noticed(dir, names, keys), "block {block}");
        }
    }
    replace(&file, &whole);
    Index::<K>::open(dir, names).unwrap().verify().finish().unwrap();
}

/// Tests, too, unlink a file instead of changing it under a map.
fn replace(file: &PathBuf, bytes: &[u8]) {
    fs::remove_file(file).unwrap();
    fs::write(file, bytes).unwrap();
}

#[test]
fn a_flipped_bit_is_noticed() {
    let (dir, mut dice) = (TempDir::new(), Dice::new(5));
    let (keys, names) = point_run(&dir.0, &mut dice);
    each_flipped_bit(&dir.0, &names, &keys, &mut dice);

    let dir = TempDir::new();
    let (keys, names) = ordered_run(&dir.0);
    each_flipped_bit(&dir.0, &names, &keys, &mut dice);
}

#[test]
fn a_block_in_the_wrong_place_is_noticed() {
    let dir = TempDir::new();
    let (keys, names) = ordered_run(&dir.0);
    let file = dir.0.join(&names[0]);
    let mut swapped = fs::read(&file).unwrap();
    let (front, back) = swapped.split_at_mut(2 * BLOCK);
    front[BLOCK..].swap_with_slice(&mut back[..BLOCK]);
    replace(&file, &swapped);
    assert!(is_noticed(&dir.0, &names, &keys));

    let index = OrderedIndex::open(&dir.0, &names).unwrap();
    let everything = index.range(ordered(0)..ordered(3_000), Direction::Forwards, 3_000);
    assert!(everything.unwrap_err().to_string().contains("another place"));
}

#[test]
fn a_block_of_another_run_is_noticed() {
    let (dir, other) = (TempDir::new(), TempDir::new());
    let (keys, names) = ordered_run(&dir.0);
    let mut index = OrderedIndex::open(&other.0, &[]).unwrap();
    let _empty = index.freeze().write().map(|written| index.commit(written)).unwrap();
    (0..3_000).for_each(|it| index.insert(ordered(it), 7));
    let written = index.freeze().write().unwrap();
    let theirs = index.commit(written);
    assert_ne!(theirs, names, "another id");

    let file = dir.0.join(&names[0]);
    let mut mixed = fs::read(&file).unwrap();
    let stray = fs::read(other.0.join(&theirs[0])).unwrap();
    mixed[BLOCK..2 * BLOCK].copy_from_slice(&stray[BLOCK..2 * BLOCK]);
    replace(&file, &mixed);
    assert!(is_noticed(&dir.0, &names, &keys));
}

#[test]
fn a_file_of_another_run_is_noticed() {
    let (dir, other) = (TempDir::new(), TempDir::new());
    let (keys, names) = ordered_run(&dir.0);
    let misplaced = vec!["0000000000000007.run".to_owned()];
    fs::copy(dir.0.join(&names[0]), other.0.join(&misplaced[0])).unwrap();
    assert!(is_noticed(&other.0, &misplaced, &keys));
}

#[test]
fn a_file_of_the_other_kind_is_noticed() {
    let dir = TempDir::new();
    let (_, names) = ordered_run(&dir.0);
    let error = PointIndex::open(&dir.0, &names).unwrap_err();
    assert!(error.to_string().contains("of this kind and version"), "{error}");
}

#[test]
fn a_missing_or_shortened_file_is_noticed() {
    let dir = TempDir::new();
    let (keys, names) = ordered_run(&dir.0);
    let file = dir.0.join(&names[0]);
    let whole = fs::read(&file).unwrap();
    for left in [0, 1, BLOCK, whole.len() - BLOCK, whole.len() - 1] {
        replace(&file, &whole[..left]);
        assert!(is_noticed(&dir.0, &names, &keys), "{left} bytes left");
    }
    fs::remove_file(&file).unwrap();
    assert!(OrderedIndex::open(&dir.0, &names).is_err());
    assert!(OrderedIndex::open(&dir.0, &["../0000000000000000.run".to_owned()]).is_err());
}

/// The target of fuzzing, for a moment.
#[test]
fn no_edit_makes_a_run_panic_or_answer_wrongly() {
    let mut dice = Dice::new(3);
    let mut script = || (0..17).map(|_| u8::try_from(dice.roll(256)).unwrap()).collect();
    let scripts: Vec<Vec<u8>> = (0..256).map(|_| script()).collect();
    ledger::fuzz::short(3_000, &scripts, super::super::fuzz::run);
}
