//! Orders through a server that is killed again and again: nothing is lost, nothing happens twice.

use crate::place::Place;
use std::process::Child;
use std::time::{Duration, Instant};

/// Kills the server while `replay` runs, at moments that no clock of the server knows.
fn kill_until_done(place: &mut Place, replay: &mut Child, at_most: usize) -> usize {
    let mut kills = 0;
    let mut pause = 150;
    let begun = Instant::now();
    loop {
        for _ in 0..pause {
            if replay.try_wait().unwrap().is_some() {
                return kills;
            }
            assert!(begun.elapsed() < Duration::from_mins(20), "replay does not end");
            std::thread::sleep(Duration::from_millis(1));
        }
        if kills < at_most {
            place.kill();
            place.start();
            kills += 1;
        }
        pause = 150 + (pause * 7 + kills * 13) % 250;
    }
}

fn finish(place: &Place, replay: Child) -> serde_json::Value {
    let output = replay.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let code = output.status.code();
    assert!(output.status.success(), "replay ended with {code:?}: {text}{}", place.replay_said());
    serde_json::from_str(&text).unwrap()
}

/// Eight kills, or as many as the environment says: `cargo xtask kill` asks for more.
fn orders_survive(cells: u8) -> usize {
    let asked = std::env::var("DANBAO_KILLS").ok().and_then(|it| it.parse().ok());
    let at_most = asked.unwrap_or(8);
    let mut place = Place::new(cells);
    let file = Place::orders();
    let mut replay = place.replay(&file);
    let kills = kill_until_done(&mut place, &mut replay, at_most);
    let first = finish(&place, replay);
    assert_eq!(first["differences"], serde_json::json!([]));
    assert!(first["compared"].as_u64().unwrap() > 1_000);

    place.wait_until_ready();
    let again = finish(&place, place.replay(&file));
    assert_eq!(again["differences"], serde_json::json!([]));
    assert_eq!(again["records_written"], 0, "running it again changes nothing");
    println!("{cells} cell(s): killed {kills} times, nothing lost, nothing twice");
    kills
}

#[test]
fn one_cell_killed_again_and_again_loses_nothing() {
    assert!(orders_survive(1) > 0, "the server was killed at least once");
}

#[test]
fn four_cells_killed_again_and_again_lose_nothing() {
    assert!(orders_survive(4) > 0, "the server was killed at least once");
}
