//! Whatever happens, an index answers like a map.

use std::collections::BTreeSet;
use std::ops::Range;

use super::super::ordered::{Found, Scan};
use super::super::point::Lookup;
use super::super::{Direction, OrderedKey, PointKey};
use super::ordered;
use super::world::{Model, Play, World};

#[test]
fn a_point_index_answers_like_a_map() {
    let seen = play_all(|| Points, 40, 1_500);
    let hard = [
        "checkpoint during a merge",
        "crash before a commit",
        "crash before the names were durable",
        "file kept for a reader",
        "file kept until the names are durable",
        "found in a run",
        "found in the frozen memtable",
        "merge was given up",
        "obsolete files were deleted",
        "partly written file",
        "written twice",
    ];
    assert!(hard.iter().all(|case| seen.contains(case)), "only saw {seen:#?}");
}

#[test]
fn an_ordered_index_answers_like_a_map() {
    let seen = play_all(|| Ordereds, 40, 1_500);
    let hard = [
        "checkpoint during a merge",
        "crash before a commit",
        "crash before the names were durable",
        "cut scan",
        "cut scan without entries",
        "file kept for a reader",
        "file kept until the names are durable",
        "fresh entry left no trace",
        "found in a run",
        "found in the frozen memtable",
        "merge was given up",
        "obsolete files were deleted",
        "partly written file",
        "scan during a checkpoint",
        "tombstone across runs",
        "tombstones outlived a merge",
        "tombstones went into a merge above the bottom",
        "written twice",
    ];
    assert!(hard.iter().all(|case| seen.contains(case)), "only saw {seen:#?}");
}

fn play_all<P: Play>(play: impl Fn() -> P, seeds: u64, steps: usize) -> BTreeSet<&'static str> {
    let mut seen = BTreeSet::new();
    for seed in 0..seeds {
        // The test's output, shown if it fails, ends with the seed that did it.
        println!("seed {seed}");
        let (mut world, mut play) = (World::<P>::new(seed), play());
        for _ in 0..steps {
            world.step(&mut play);
        }
        seen.append(&mut world.seen);
    }
    seen
}

struct Points;

impl Points {
    fn some_key(world: &mut World<Points>) -> PointKey {
        let key = world.dice.point();
        if world.dice.roll(3) == 0 {
            return key;
        }
        world.model.range(key..).next().map_or(key, |(known, _)| *known)
    }
}

impl Play for Points {
    type Key = PointKey;
    type Held = (Lookup, Option<u64>);

    fn change(&mut self, world: &mut World<Self>) {
        for _ in 0..world.dice.roll(60) {
            let (key, value) = (world.dice.point(), world.dice.next());
            world.index.insert(key, value);
            world.model.insert(key, value);
        }
    }

    fn check(&mut self, world: &mut World<Self>) {
        for _ in 0..4 {
            let key = Points::some_key(world);
            assert_eq!(world.index.get(&key).unwrap(), world.model.get(&key).copied());
            world.note_layers(&key);
        }
    }

    fn hold(&mut self, world: &mut World<Self>) -> Self::Held {
        let key = Points::some_key(world);
        (world.index.snapshot_get(&key), world.model.get(&key).copied())
    }

    fn finish(&mut self, (lookup, expected): Self::Held, _: &mut BTreeSet<&'static str>) {
        assert_eq!(lookup.finish().unwrap(), expected);
    }
}

/// Few enough keys that each is met again in every layer.
const KEYS: usize = 400;

struct Ordereds;

impl Ordereds {
    fn some_range(world: &mut World<Ordereds>) -> (Range<OrderedKey>, Direction, usize) {
        let (one, other) = (world.dice.roll(KEYS), world.dice.roll(KEYS));
        let direction =
            if world.dice.roll(2) == 0 { Direction::Forwards } else { Direction::Backwards };
        // Now and then the wrong way round, which is an empty range.
        let (from, to) =
            if world.dice.roll(9) == 0 { (one, other) } else { (one.min(other), one.max(other)) };
        let limit = [0, 1, 2, 5, 20, 100, usize::MAX][world.dice.roll(7)];
        (ordered(from)..ordered(to), direction, limit)
    }
}

pub(super) struct Held {
    scan: Scan,
    model: Model<OrderedKey>,
    asked: (Range<OrderedKey>, Direction, usize),
}

impl Play for Ordereds {
    type Key = OrderedKey;
    type Held = Held;

    fn change(&mut self, world: &mut World<Self>) {
        // Times of growth and times of decline, and places where nearly all is removed.
        let removals = world.dice.roll(8);
        let (from, width) = (world.dice.roll(KEYS), world.dice.roll(KEYS) + 1);
        for _ in 0..world.dice.roll(80) {
            let key = ordered((from + world.dice.roll(width)) % KEYS);
            let unsaved = world.index.unsaved();
            if world.dice.roll(8) < removals {
                world.index.remove(&key);
                world.model.remove(&key);
                if world.index.unsaved() < unsaved {
                    world.seen.insert("fresh entry left no trace");
                }
                continue;
            }
            let value = world.dice.next();
            if world.model.insert(key, value).is_none() && world.dice.roll(2) == 0 {
                world.index.insert_fresh(key, value);
            } else {
                world.index.insert(key, value);
            }
        }
    }

    fn check(&mut self, world: &mut World<Self>) {
        for _ in 0..4 {
            let key = ordered(world.dice.roll(KEYS));
            assert_eq!(world.index.get(&key).unwrap(), world.model.get(&key).copied());
            world.note_layers(&key);
        }
        let (range, direction, limit) = Ordereds::some_range(world);
        let found = world.index.range(range.clone(), direction, limit).unwrap();
        assert!(found.rest.is_none() || found.entries.len() == limit, "all that fits");
        agree(&found, &world.model, &(range, direction, limit));
    }

    fn hold(&mut self, world: &mut World<Self>) -> Held {
        let asked = Ordereds::some_range(world);
        let (range, direction, limit) = asked.clone();
        let scan = world.index.snapshot_range(range, direction, limit);
        if world.index.frozen.is_some() {
            world.seen.insert("scan during a checkpoint");
        }
        Held { scan, model: world.model.clone(), asked }
    }

    fn finish(&mut self, held: Held, seen: &mut BTreeSet<&'static str>) {
        let Held { scan, model, asked } = held;
        let found = scan.finish().unwrap();
        if found.rest.is_some() && found.entries.len() < asked.2 {
            seen.insert("cut scan");
            if found.entries.is_empty() {
                seen.insert("cut scan without entries");
            }
        }
        agree(&found, &model, &asked);
    }
}

/// A range answers with exactly what the map has, up to where it says that it stopped.
fn agree(
    found: &Found,
    model: &Model<OrderedKey>,
    (range, direction, limit): &(Range<OrderedKey>, Direction, usize),
) {
    assert!(found.entries.len() <= *limit);
    let visited = match (&found.rest, direction) {
        (None, _) => range.clone(),
        (Some(rest), Direction::Forwards) => {
            assert_eq!(rest.end, range.end);
            range.start..rest.start
        }
        (Some(rest), Direction::Backwards) => {
            assert_eq!(rest.start, range.start);
            rest.end..range.end
        }
    };
    if found.rest.is_some() && *limit > 0 {
        assert!(!visited.is_empty(), "whoever goes on gets to the end");
    }
    let within = model.iter().filter(|(key, _)| visited.contains(*key));
    let mut expected: Vec<_> = within.map(|(key, value)| (*key, *value)).collect();
    if *direction == Direction::Backwards {
        expected.reverse();
    }
    assert_eq!(found.entries, expected, "{direction:?} {range:02x?} up to {limit}");
}
