use crate::{Answered, DataDir, Engine, EngineError, NotDone, Options};
use ledger::command::{AddUser, Command, Outcome, Request};
use ledger::event::Actor;
use ledger::id::{CellId, RequestId};
use ledger::name::Text;
use ledger::registry::UserKind;
use std::fs;
use std::path::Path;
use std::sync::mpsc::sync_channel;

const CELL: CellId = CellId::new(0);

fn open(data: &Path) -> Result<Engine, EngineError> {
    Engine::open(&Options { memory_bytes: 16 << 20, ..Options::new(data) })
}

fn add_user(engine: &Engine, id: u128, name: &str) -> Answered {
    let name = Text::new(name).unwrap();
    let command = Command::AddUser(AddUser { kind: UserKind::Customer, name });
    let request = Request { id: RequestId(id), actor: Actor::Platform, command };
    let (tell, told) = sync_channel::<Result<Answered, NotDone>>(1);
    engine.submit(CELL, &request, move |it| tell.send(it).unwrap()).unwrap();
    told.recv().unwrap().unwrap()
}

fn state_hash(engine: &Engine) -> u128 {
    engine.read(CELL, |view| view.hashes()).unwrap().0.0
}

#[test]
fn a_restart_goes_on_where_the_engine_stopped() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    DataDir::init(&data, 1, true).unwrap();
    let engine = open(&data).unwrap();
    let first = add_user(&engine, 1, "甲");
    assert!(matches!(first.answer.outcome, Outcome::Accepted(_)));
    let hash = state_hash(&engine);
    engine.stop();
    drop(engine);

    // First from the last checkpoint, then without any books.
    let engine = open(&data).unwrap();
    assert_eq!(state_hash(&engine), hash);
    let again = add_user(&engine, 1, "甲");
    assert!(again.repeated);
    assert_eq!(again.answer.outcome, first.answer.outcome);
    let hash = state_hash(&engine);
    engine.stop();
    drop(engine);
    fs::remove_dir_all(data.join("cell-000/books")).unwrap();
    let engine = open(&data).unwrap();
    assert_eq!(state_hash(&engine), hash);
    engine.stop();
}

#[test]
fn books_of_another_journal_are_refused() {
    let home = tempfile::tempdir().unwrap();
    let [one, other] = ["one", "other"].map(|name| home.path().join(name));
    for (data, name) in [(&one, "甲"), (&other, "乙")] {
        DataDir::init(data, 1, true).unwrap();
        let engine = open(data).unwrap();
        add_user(&engine, 1, name);
        engine.stop();
    }
    fs::remove_dir_all(one.join("cell-000/books")).unwrap();
    fs::rename(other.join("cell-000/books"), one.join("cell-000/books")).unwrap();
    let error = open(&one).err().unwrap().to_string();
    assert!(error.contains("were not made from its journal"), "{error}");
    fs::remove_dir_all(one.join("cell-000/books")).unwrap();
    assert!(open(&one).is_ok());
}
