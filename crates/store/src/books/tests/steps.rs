//! A crash between any two steps of a checkpoint leaves the checkpoint before it, or this one.

use super::model::World;
use crate::Store;
use std::fs;

/// Where the power is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Cut {
    Begun,
    Gathered,
    RowsWritten,
    FilesNamed,
    ManifestHalfWritten,
    ManifestWritten,
    Concluded,
    Merging,
}

const CUTS: [Cut; 8] = [
    Cut::Begun,
    Cut::Gathered,
    Cut::RowsWritten,
    Cut::FilesNamed,
    Cut::ManifestHalfWritten,
    Cut::ManifestWritten,
    Cut::Concluded,
    Cut::Merging,
];

fn go_on(world: &mut World, commands: u64) {
    for _ in 0..commands {
        let command = world.dice.command();
        world.ask(command);
    }
}

/// One checkpoint up to `cut`, while the books go on.
fn checkpoint(world: &mut World, cut: Cut) {
    let mut begun = world.cell.write(Store::begin_checkpoint);
    go_on(world, 30);
    if cut == Cut::Begun {
        return;
    }
    while !world.cell.write(|store| begun.gather(store)) {}
    go_on(world, 30);
    if cut == Cut::Gathered {
        return;
    }
    let rows = begun.write().unwrap();
    go_on(world, 30);
    if cut == Cut::RowsWritten {
        return;
    }
    let named = world.cell.write(|store| store.adopt(rows));
    go_on(world, 30);
    if cut == Cut::FilesNamed {
        return;
    }
    if cut == Cut::ManifestHalfWritten {
        let whole = fs::read(world.home.join("manifest")).unwrap();
        fs::write(world.home.join("manifest.new"), &whole[..whole.len() / 2]).unwrap();
        return;
    }
    named.write().unwrap();
    go_on(world, 30);
    if cut == Cut::ManifestWritten {
        return;
    }
    let leftovers = world.cell.write(|store| store.conclude(&named));
    go_on(world, 30);
    if cut == Cut::Concluded {
        return;
    }
    leftovers.delete().unwrap();
    let merges = world.cell.write(Store::plan_merges);
    go_on(world, 30);
    drop(merges.run().unwrap());
}

#[test]
fn a_crash_between_steps_loses_nothing() {
    for cut in CUTS {
        let home = tempfile::tempdir().unwrap();
        let mut world = World::new(home.path(), 7);
        for _ in 0..5 {
            go_on(&mut world, 60);
            let begun = world.cell.write(Store::begin_checkpoint);
            world.cell.complete(begun).unwrap();
        }
        let before = world.cell.write(|store| store.next_position());
        go_on(&mut world, 60);
        let begun = world.cell.write(|store| store.next_position());
        checkpoint(&mut world, cut);

        world.cell = crate::Cell::new(Store::open(&world.home, 0).unwrap());
        let found = world.cell.write(|store| store.next_position());
        let expected = if cut < Cut::ManifestWritten { before } else { begun };
        assert_eq!(found, expected, "{cut:?}");

        world.crash();
        world.compare();
        let begun = world.cell.write(Store::begin_checkpoint);
        go_on(&mut world, 60);
        world.cell.complete(begun).unwrap();
        world.cell.merge().unwrap();
        world.crash();
        world.compare();
        let same = |store: &mut Store| store.state_hash() == store.recompute_state_hash().unwrap();
        assert!(world.cell.write(same), "{cut:?}");
    }
}

#[test]
fn a_damaged_manifest_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let mut world = World::new(home.path(), 1);
    let begun = world.cell.write(Store::begin_checkpoint);
    go_on(&mut world, 10);
    world.cell.complete(begun).unwrap();

    let path = home.path().join("manifest");
    let whole = fs::read(&path).unwrap();
    for at in (0..whole.len()).step_by(11) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x10;
        fs::write(&path, &damaged).unwrap();
        let error = Store::open(home.path(), 0).err().unwrap().to_string();
        assert!(error.contains("made anew from the journal"), "{error}");
    }
    fs::write(&path, &whole).unwrap();
    assert!(Store::open(home.path(), 0).is_ok());
}
