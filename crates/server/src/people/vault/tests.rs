//! What the vault promises.

use super::*;

fn vault() -> (tempfile::TempDir, Vault) {
    let home = tempfile::tempdir().unwrap();
    let vault = Vault::open(home.path()).unwrap();
    (home, vault)
}

fn open(vault: &Vault, slot: Slot, field: &'static str, text: &Text) -> Result<String, String> {
    let opened = vault.open_sealed(slot, field, text);
    opened.map(|it| String::from_utf8(it).unwrap()).map_err(|it| it.to_string())
}

#[test]
fn what_was_sealed_opens_after_a_restart_as_the_same_field_of_the_same_person_only() {
    let (home, vault) = vault();
    let (first, second) = (vault.new_slot().unwrap(), vault.new_slot().unwrap());
    let text = vault.seal(first, "profile", "小红".as_bytes()).unwrap();
    assert_ne!(text, vault.seal(first, "profile", "小红".as_bytes()).unwrap(), "no two are equal");
    drop(vault);
    let vault = Vault::open(home.path()).unwrap();
    assert_eq!(open(&vault, first, "profile", &text).as_deref(), Ok("小红"));
    let damaged = Err(VaultError::Damaged.to_string());
    assert_eq!(open(&vault, first, "password", &text), damaged);
    assert_eq!(open(&vault, second, "profile", &text), damaged);
    assert_eq!(open(&vault, first, "profile", &Text::new("小红").unwrap()), damaged);
}

#[test]
fn a_changed_letter_is_noticed() {
    let (_home, vault) = vault();
    let slot = vault.new_slot().unwrap();
    let text = vault.seal(slot, "card", b"6222020000001001").unwrap();
    for place in VERSION.len()..text.as_str().len() {
        let mut letters: Vec<char> = text.as_str().chars().collect();
        letters[place] = if letters[place] == 'A' { 'B' } else { 'A' };
        let changed = Text::new(&letters.into_iter().collect::<String>()).unwrap();
        let opened = vault.open_sealed(slot, "card", &changed);
        assert!(matches!(opened, Err(VaultError::Damaged)), "{place}: {opened:?}");
    }
}

#[test]
fn a_destroyed_key_stays_destroyed_and_its_slot_is_not_used_again() {
    let (home, vault) = vault();
    let (gone, other) = (vault.new_slot().unwrap(), vault.new_slot().unwrap());
    let text = vault.seal(gone, "profile", b"x").unwrap();
    let kept = vault.seal(other, "profile", b"y").unwrap();
    assert!(vault.destroy(gone).unwrap());
    assert!(!vault.destroy(gone).unwrap(), "there is nothing left to destroy");
    assert!(matches!(vault.open_sealed(gone, "profile", &text), Err(VaultError::Erased)));
    assert!(matches!(vault.seal(gone, "profile", b"x"), Err(VaultError::Erased)));
    drop(vault);
    let vault = Vault::open(home.path()).unwrap();
    assert!(matches!(vault.open_sealed(gone, "profile", &text), Err(VaultError::Erased)));
    assert_eq!(open(&vault, other, "profile", &kept).as_deref(), Ok("y"));
    assert!(vault.new_slot().unwrap() > other);
    let file = fs::read(home.path().join(VAULT_FILE)).unwrap();
    let place = usize::try_from(gone.0).unwrap() * SLOT;
    assert!(file[place + 1..place + SLOT].iter().all(|it| *it == 0), "nothing of it is left");
}

#[test]
fn slots_without_a_person_are_harmless_and_one_that_is_torn_is_passed_over() {
    let (home, vault) = vault();
    let slot = vault.new_slot().unwrap();
    let text = vault.seal(slot, "profile", b"x").unwrap();
    drop(vault);
    let path = home.path().join(VAULT_FILE);
    let file = OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(2 * SLOT as u64 + 17).unwrap();
    let vault = Vault::open(home.path()).unwrap();
    assert_eq!(vault.new_slot().unwrap(), Slot(3));
    assert_eq!(open(&vault, slot, "profile", &text).as_deref(), Ok("x"));
    assert!(matches!(vault.seal(Slot(2), "profile", b"x"), Err(VaultError::Damaged)));
}

#[test]
fn a_vault_older_than_the_books_never_gives_out_a_slot_that_they_know() {
    let (_home, vault) = vault();
    assert_eq!(vault.new_slot().unwrap(), Slot(0));
    vault.skip_past(Slot(1_000));
    assert_eq!(vault.new_slot().unwrap(), Slot(1_001));
    vault.skip_past(Slot(7));
    assert_eq!(vault.new_slot().unwrap(), Slot(1_002));
    assert!(matches!(vault.seal(Slot(1_000), "profile", b"x"), Err(VaultError::Missing)));
    assert!(!vault.destroy(Slot(1_000)).unwrap());
    assert!(!vault.destroy(Slot(u64::MAX)).unwrap());
    assert!(vault.seal(Slot(1_002), "profile", b"x").is_ok());
}

#[test]
fn the_longest_text_fits_and_a_longer_one_is_refused() {
    let (_home, vault) = vault();
    let slot = vault.new_slot().unwrap();
    let text = vault.seal(slot, "profile", &[b'x'; PLAIN_MAX]).unwrap();
    assert!(text.as_str().len() <= Text::MAX);
    assert!(VERSION.len() + (PLAIN_MAX + 1 + NONCE_LEN + TAG) * 4 / 3 > Text::MAX - 1);
    let longer = vault.seal(slot, "profile", &[b'x'; PLAIN_MAX + 1]);
    assert!(matches!(longer, Err(VaultError::TooLong)));
}

#[test]
fn keys_of_one_vault_are_nothing_under_another_master_key() {
    let (home, vault) = vault();
    let slot = vault.new_slot().unwrap();
    let (other_home, other) = self::vault();
    assert_eq!(vault.login_hash("a@b.cn"), vault.login_hash("a@b.cn"));
    assert_ne!(vault.login_hash("a@b.cn"), other.login_hash("a@b.cn"));
    assert_ne!(vault.login_hash("a@b.cn"), vault.login_hash("a@b.c"));
    drop((vault, other));
    let from = other_home.path().join(KEY_FILE);
    fs::copy(from, home.path().join(KEY_FILE)).unwrap();
    let vault = Vault::open(home.path()).unwrap();
    assert!(matches!(vault.seal(slot, "profile", b"x"), Err(VaultError::Damaged)));
    fs::write(home.path().join(KEY_FILE), b"short").unwrap();
    assert!(Vault::open(home.path()).is_err());
    fs::remove_file(home.path().join(KEY_FILE)).unwrap();
    assert!(Vault::open(home.path()).is_err(), "keys without their master key: restore it");
}

#[test]
fn the_same_under_the_same_name_is_sealed_alike_and_goes_with_its_key() {
    let (_home, vault) = vault();
    let (slot, plain) = (vault.new_slot().unwrap(), "收到时破损".as_bytes());
    for slot in [slot, Slot::SHARED] {
        let text = vault.seal_alike(slot, "statement", 7, plain).unwrap();
        assert_eq!(vault.seal_alike(slot, "statement", 7, plain).unwrap(), text);
        assert_ne!(vault.seal_alike(slot, "statement", 8, plain).unwrap(), text);
        assert_ne!(vault.seal_alike(slot, "statement", 7, b"x").unwrap(), text);
        assert_eq!(vault.open_text(slot, "statement", &text).unwrap(), plain);
        assert!(matches!(vault.open_text(slot, "papers", &text), Err(VaultError::Damaged)));
    }
    let text = vault.seal_alike(slot, "statement", 7, plain).unwrap();
    vault.destroy(slot).unwrap();
    assert!(matches!(vault.open_text(slot, "statement", &text), Err(VaultError::Erased)));
}
