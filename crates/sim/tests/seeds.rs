//! Two hundred worlds, and proof that the oracle would notice.

use sim::{Fault, HARD_CASES, Misreading, Report, run, run_with};

#[test]
fn two_hundred_worlds_are_well_and_reach_every_hard_case() {
    let mut total = Report::default();
    for seed in 0..200 {
        match run(seed) {
            Ok(report) => total.add(&report),
            Err(failure) => panic!("{failure}"),
        }
    }
    println!("{total}");
    for case in HARD_CASES {
        assert!(total.cases.contains_key(case), "nobody reached: {case}");
    }
    let known = |it: &&str| HARD_CASES.contains(it);
    assert_eq!(total.cases.keys().find(|it| !known(it)), None, "a case that is on no list");
    assert!(total.accepted * 4 > total.records, "most requests were refused: {total}");
}

#[test]
fn the_same_seed_is_the_same_run() {
    for seed in [3, 17, 4_711] {
        let first = run(seed).expect("the world is well");
        assert_eq!(first, run(seed).expect("the world is well"), "seed {seed}");
        assert_ne!(first.digest, run(seed + 1).expect("the world is well").digest);
    }
}

#[test]
fn a_fault_is_noticed_with_its_story() {
    let faults = [
        Fault::Oracle(Misreading::NoFee),
        Fault::Oracle(Misreading::HeldIsFree),
        Fault::Oracle(Misreading::SilenceIsNothing),
        Fault::Oracle(Misreading::RetryIsNew),
        Fault::Oracle(Misreading::RefusedIsLost),
        Fault::Oracle(Misreading::FirstAnswerStands),
        Fault::ForgottenFrame,
        Fault::RepeatedFrame,
    ];
    for fault in faults {
        let noticed = (0..60).find_map(|seed| run_with(seed, fault).err());
        let failure = noticed.unwrap_or_else(|| panic!("nobody noticed {fault:?}"));
        assert!(!failure.transcript.is_empty() && failure.transcript.len() <= 30, "{failure}");
        assert!(failure.to_string().contains(&format!("seed {}", failure.seed)));
    }
}
