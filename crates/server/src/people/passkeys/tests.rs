//! What people can rely on, with a device in software.

mod device;

use super::super::tests::{House, PASSWORD, code};
use super::*;
use device::{Device, RECOGNIZED, THERE};

type Change = fn(&mut Device);

/// What backed-up passkeys say.
const ELIGIBLE: u8 = 0b0000_1000;
const BACKED_UP: u8 = 0b0001_0000;
const LOGIN: &str = "hong@example.cn";

/// A platform that browsers reach at localhost, with somebody who is signed in.
async fn house() -> (House, Signed) {
    let house = House::new(2);
    house.app().people().reached_at(Site::local(8080));
    house.register(LOGIN).await.unwrap();
    let signed = house.sign_in(LOGIN, PASSWORD).await.unwrap();
    (house, signed)
}

async fn add(house: &House, signed: &Signed, device: &mut Device) -> Result<(), Problem> {
    let people = house.app().people();
    let options = people.begin_passkey(signed, PASSWORD, "我的手机").await?;
    people.add_passkey(signed, &device.make(&options)).await
}

async fn enter(house: &House, device: &Device) -> Result<Signed, &'static str> {
    let people = house.app().people();
    let options = people.begin_sign_in_by_passkey().unwrap();
    let opened = people.sign_in_by_passkey(&device.show(&options), "a phone").await;
    opened.map(|it| it.signed).map_err(|it| it.code.name)
}

const REFUSED: Result<(), &str> = Err("passkey_refused");

#[tokio::test]
async fn a_passkey_opens_the_account_it_was_made_for_until_it_is_removed() {
    let (mut house, signed) = house().await;
    let mut device = Device::new();
    assert_eq!(enter(&house, &device).await.map(drop), REFUSED, "it is nobody's yet");
    add(&house, &signed, &mut device).await.unwrap();
    let entered = enter(&house, &device).await.unwrap();
    assert_eq!((entered.user, entered.name.as_str()), (signed.user, "小红"));
    assert_ne!(entered.session, signed.session);
    let sessions = house.app().people().sessions(signed.user, 1).unwrap();
    assert_eq!((sessions[0].0.method, sessions[0].1.as_str()), (Method::Passkey, "a phone"));

    house.stop();
    house.start();
    let people = house.app().people();
    people.reached_at(Site::local(8080));
    let [passkey] = people.passkeys(signed.user).unwrap().try_into().unwrap();
    assert_eq!((passkey.name.as_str(), passkey.backed_up), ("我的手机", false));
    enter(&house, &device).await.unwrap();
    assert_eq!(
        code(people.remove_passkey(&signed, "wrong", &passkey.id).await),
        Some("password_wrong")
    );
    people.remove_passkey(&signed, PASSWORD, &passkey.id).await.unwrap();
    people.remove_passkey(&signed, PASSWORD, &passkey.id).await.unwrap();
    assert_eq!(people.passkeys(signed.user).unwrap(), []);
    assert_eq!(enter(&house, &device).await.map(drop), REFUSED);
}

#[tokio::test]
async fn there_are_no_passkeys_before_the_server_knows_its_address() {
    let house = House::new(1);
    house.register(LOGIN).await.unwrap();
    let signed = house.sign_in(LOGIN, PASSWORD).await.unwrap();
    let people = house.app().people();
    assert_eq!(people.site(), None);
    assert_eq!(code(people.begin_sign_in_by_passkey()), Some("route_not_found"));
    let begun = people.begin_passkey(&signed, PASSWORD, "a").await;
    assert_eq!(code(begun), Some("route_not_found"));
    let entered = people.sign_in_by_passkey("{}", "").await;
    assert_eq!(code(entered), Some("route_not_found"));
}

#[tokio::test]
async fn a_passkey_is_made_by_whoever_knows_the_password_in_the_session_that_asked() {
    let (house, signed) = house().await;
    let people = house.app().people();
    for (password, name, expected) in [
        ("wrong", "a", "password_wrong"),
        (PASSWORD, " ", "passkey_name_invalid"),
        (PASSWORD, "a\u{7}b", "passkey_name_invalid"),
        (PASSWORD, &"名".repeat(41), "passkey_name_invalid"),
    ] {
        let begun = people.begin_passkey(&signed, password, name).await;
        assert_eq!(code(begun), Some(expected), "{password} {name}");
    }
    let other = house.sign_in(LOGIN, PASSWORD).await.unwrap();
    let options = people.begin_passkey(&signed, PASSWORD, "a").await.unwrap();
    let made = Device::new().make(&options);
    assert_eq!(code(people.add_passkey(&other, &made).await), Some("passkey_not_made"));
    assert_eq!(code(people.add_passkey(&signed, &made).await), Some("passkey_not_made"), "used up");
    for sent in ["", "{}", "[]", r#"{"rawId":"AA","response":{}}"#] {
        assert_eq!(
            code(people.add_passkey(&signed, sent).await),
            Some("passkey_not_made"),
            "{sent}"
        );
    }
    assert_eq!(people.passkeys(signed.user).unwrap(), []);
}

#[tokio::test]
async fn a_passkey_is_made_once_and_there_are_at_most_four() {
    let (house, signed) = house().await;
    let mut device = Device::new();
    add(&house, &signed, &mut device).await.unwrap();
    assert_eq!(code(add(&house, &signed, &mut device).await), Some("passkey_not_made"));
    for _ in 1..4 {
        add(&house, &signed, &mut Device::new()).await.unwrap();
    }
    assert_eq!(code(add(&house, &signed, &mut Device::new()).await), Some("passkeys_full"));
    enter(&house, &device).await.unwrap();
}

#[tokio::test]
async fn what_is_sent_counts_only_from_here_and_from_somebody_who_is_there() {
    let (house, signed) = house().await;
    let mut good = Device::new();
    add(&house, &signed, &mut good).await.unwrap();
    let changes: [(&str, Change); 9] = [
        ("another origin", |it| it.origin = "http://localhost:8081".to_owned()),
        ("a number", |it| it.origin = "http://127.0.0.1:8080".to_owned()),
        ("another name", |it| it.site = "evil.test".to_owned()),
        ("nobody there", |it| it.flags = RECOGNIZED),
        ("not recognized", |it| it.flags = THERE),
        ("inside another page", |it| it.crossed = true),
        ("for something else", |it| it.purpose = Some("payment.get")),
        ("another id", |it| it.beside = Some(vec![7; 16])),
        ("a copy that cannot be", |it| it.flags = THERE | RECOGNIZED | BACKED_UP),
    ];
    for (what, change) in changes {
        let mut device = Device::new();
        change(&mut device);
        let added = add(&house, &signed, &mut device).await;
        assert_eq!(code(added), Some("passkey_not_made"), "{what}");
        change(&mut good);
        assert_eq!(enter(&house, &good).await.map(drop), REFUSED, "{what}");
        good.honest_again();
    }
    good.flags |= ELIGIBLE;
    assert_eq!(enter(&house, &good).await.map(drop), REFUSED, "it could not be copied before");
    good.flags = THERE | RECOGNIZED;
    enter(&house, &good).await.unwrap();
}

#[tokio::test]
async fn an_answer_is_good_once_and_for_its_own_question() {
    let (house, signed) = house().await;
    let mut device = Device::new();
    add(&house, &signed, &mut device).await.unwrap();
    let people = house.app().people();
    let options = people.begin_sign_in_by_passkey().unwrap();
    let shown = device.show(&options);
    people.sign_in_by_passkey(&shown, "").await.unwrap();
    let again = people.sign_in_by_passkey(&shown, "").await;
    assert_eq!(code(again), Some("passkey_refused"));
    let making = people.begin_passkey(&signed, PASSWORD, "a").await.unwrap();
    let wrong =
        making.replace("\"publicKey\":{", "\"publicKey\":{\"userVerification\":\"required\",");
    let crossed = people.sign_in_by_passkey(&device.show(&wrong), "").await;
    assert_eq!(code(crossed), Some("passkey_refused"), "that was a question to make one");
}

#[tokio::test]
async fn a_passkey_of_somebody_else_opens_nothing_and_locks_out_nobody() {
    let (house, signed) = house().await;
    let mut device = Device::new();
    add(&house, &signed, &mut device).await.unwrap();
    let mut stranger = Device::new();
    for owner in [device.owner.clone(), None, Some(String::new()), Some("AAAAAAAAAAk".to_owned())] {
        stranger.owner = owner;
        assert_eq!(enter(&house, &stranger).await.map(drop), REFUSED);
    }
    let history = house.app().people().sessions(signed.user, 10).unwrap();
    assert!(history.iter().all(|it| !it.0.refused));
    // Whoever knows the id has been near the device: that is written down, and locks passwords in
    // the end. The passkey itself is never locked: no guess is one.
    stranger.owner = device.owner.clone();
    stranger.id = device.id.clone();
    for _ in 0..6 {
        assert_eq!(enter(&house, &stranger).await.map(drop), REFUSED);
    }
    assert_eq!(house.sign_in(LOGIN, PASSWORD).await, Err("sign_in_locked"));
    enter(&house, &device).await.unwrap();
    assert_eq!(house.sign_in(LOGIN, PASSWORD).await, Err("sign_in_locked"), "that lock stays");
}

#[tokio::test]
async fn a_counter_goes_up_or_there_are_two_devices() {
    let (mut house, signed) = house().await;
    let mut device = Device::new();
    device.counter = 1;
    add(&house, &signed, &mut device).await.unwrap();
    device.counter = 7;
    enter(&house, &device).await.unwrap();
    house.stop();
    house.start();
    house.app().people().reached_at(Site::local(8080));
    for (counter, good) in [(7, false), (6, false), (0, false), (8, true), (8, false)] {
        device.counter = counter;
        assert_eq!(enter(&house, &device).await.is_ok(), good, "{counter}");
    }
    let [passkey] = house.app().people().passkeys(signed.user).unwrap().try_into().unwrap();
    assert_eq!(passkey.name, "我的手机", "it is still the same one");
}

#[tokio::test]
async fn a_passkey_that_is_copied_says_so() {
    let (house, signed) = house().await;
    let mut device = Device::new();
    device.flags |= ELIGIBLE;
    add(&house, &signed, &mut device).await.unwrap();
    let backed_up = || house.app().people().passkeys(signed.user).unwrap()[0].backed_up;
    assert!(!backed_up());
    device.flags |= BACKED_UP;
    enter(&house, &device).await.unwrap();
    assert!(backed_up());
}

#[tokio::test]
async fn whoever_was_erased_has_no_passkeys() {
    let (house, signed) = house().await;
    let mut device = Device::new();
    add(&house, &signed, &mut device).await.unwrap();
    house.app().people().erase(&signed, ledger::id::RequestId(9), PASSWORD).await.unwrap();
    assert_eq!(enter(&house, &device).await.map(drop), REFUSED);
}

#[tokio::test]
async fn the_largest_key_with_the_longest_name_fits_the_journal_and_larger_ids_do_not() {
    let (house, signed) = house().await;
    let people = house.app().people();
    let person = people.person(signed.user).unwrap();
    let kept = |id: usize| Kept {
        name: "\u{1f511}".repeat(NAME_MAX),
        added: 9_999_999_999_999,
        known: Known::largest(id),
    };
    people.seal_passkey(&person, &kept(64)).unwrap();
    let refused = people.seal_passkey(&person, &kept(200));
    assert_eq!(code(refused), Some("passkey_not_made"));
    let mut device = Device::new();
    device.id = vec![7; 1_023];
    assert_eq!(code(add(&house, &signed, &mut device).await), Some("passkey_not_made"));
}
