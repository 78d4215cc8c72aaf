//! Proof of funds: what is owed to whom, committed to in public, and what is said to be there.
//!
//! What is published names nobody: for each currency a root, a sum and a number of leaves, made
//! from books that were replayed for the purpose. Each owner can be given a part, and checks with
//! it alone that what is owed to them is counted. `docs/proof.md` has the format.

pub mod tree;

use crate::signer::{self, Signer};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use engine::verify::{Owed, Report};
use hmac::{Hmac, KeyInit as _, Mac as _};
use ledger::account::AccountKind;
use ledger::currency::Currency;
use ledger::id::AccountId;
use ledger::money::Money;
use serde_json::{Value, json};
use sha2::Sha256;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use tree::{Node, Step, Tree, climb};

/// What the signatures under proofs are for.
const PURPOSE: &str = "danbao proof v1";

/// The nonce of an account: without the secret nobody can find a leaf by guessing what it has.
fn nonce(secret: &[u8; 32], account: AccountId) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of any length");
    mac.update(b"danbao proof nonce\0");
    mac.update(account.to_string().as_bytes());
    mac.finalize().into_bytes().into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

/// A proof that was made: what is published, and what makes parts of it.
#[derive(Debug)]
pub struct Proof {
    /// What is published.
    pub public: Value,
    secret: [u8; 32],
    trees: BTreeMap<Currency, Tree>,
    owed: Vec<Owed>,
}

impl Proof {
    /// The proof of what a verification found, under a secret of its own. `statements` are what
    /// banks say that they hold.
    pub fn new(
        report: &Report,
        secret: [u8; 32],
        statements: &Value,
        made_at: &str,
        signer: &Signer,
    ) -> Result<Proof, String> {
        let trees = trees(&secret, &report.owed);
        let trees = trees.ok_or("what is owed cannot be written as one sum")?;
        let roots: Vec<Value> =
            trees.iter().map(|(currency, tree)| root(report, *currency, tree)).collect();
        let cells: Vec<Value> = report
            .cells
            .iter()
            .map(|it| {
                json!({ "cell": it.cell.number(), "position": it.position.0,
                        "chain_hash": it.chain.to_string() })
            })
            .collect();
        let mut public = json!({
            "object": "proof_of_funds", "made_at": made_at, "cells": cells, "roots": roots,
            "statements": statements,
        });
        let signature = signer.sign(PURPOSE, signed(&public).as_bytes());
        public["signature"] = json!({
            "algorithm": "Ed25519", "public_key": STANDARD.encode(signer.public()),
            "value": STANDARD.encode(signature),
        });
        Ok(Proof { public, secret, trees, owed: report.owed.clone() })
    }

    /// What has to be kept to make parts, and shown to nobody: the secret, and a line for each
    /// account and currency.
    pub fn private(&self) -> String {
        let mut text = format!("{}\n", hex(&self.secret));
        for it in &self.owed {
            let _ = writeln!(text, "{} {} {}", it.account, it.currency.code(), it.amount);
        }
        text
    }

    /// The proof that was published with what was kept.
    pub fn open(public: Value, private: &str) -> Option<Proof> {
        let mut lines = private.lines();
        let secret = unhex(lines.next()?)?;
        let mut owed = Vec::new();
        for line in lines {
            let mut words = line.split(' ');
            let account = AccountId::parse(words.next()?).ok()?;
            let currency = Currency::from_code(words.next()?)?;
            let amount = words.next()?.parse().ok()?;
            owed.push(Owed { account, currency, amount });
        }
        let trees = trees(&secret, &owed)?;
        Some(Proof { public, secret, trees, owed })
    }

    /// The parts of an account, one for each currency.
    pub fn parts(&self, account: AccountId) -> Vec<Value> {
        let of = self.owed.iter().filter(|it| it.account == account);
        of.filter_map(|it| self.part(it)).collect()
    }

    fn part(&self, it: &Owed) -> Option<Value> {
        let path = self.trees.get(&it.currency)?.path(&leaf(&self.secret, it))?;
        let steps: Vec<Value> = path
            .iter()
            .map(
                |it| json!({ "hash": hex(&it.beside.hash), "sum": it.beside.sum, "left": it.left }),
            )
            .collect();
        Some(json!({
            "object": "proof_part", "account": it.account.to_string(),
            "currency": it.currency.code(), "amount": it.amount,
            "nonce": hex(&nonce(&self.secret, it.account)), "path": steps, "proof": self.public,
        }))
    }
}

/// A tree for each currency; `None` if a sum cannot be written.
fn trees(secret: &[u8; 32], owed: &[Owed]) -> Option<BTreeMap<Currency, Tree>> {
    let mut leaves: BTreeMap<Currency, Vec<Node>> = BTreeMap::new();
    for it in owed {
        leaves.entry(it.currency).or_default().push(leaf(secret, it));
    }
    leaves.into_iter().map(|(currency, leaves)| Some((currency, Tree::new(leaves)?))).collect()
}

fn leaf(secret: &[u8; 32], it: &Owed) -> Node {
    let (account, currency) = (it.account.to_string(), it.currency.code());
    Node::leaf(&nonce(secret, it.account), &account, currency, it.amount)
}

/// What is published of one currency.
fn root(report: &Report, currency: Currency, tree: &Tree) -> Value {
    let of = |kind| report.money.get(&(currency, kind)).copied().unwrap_or(0);
    let narrow = |it: i128| i64::try_from(it).unwrap_or(i64::MAX);
    let Node { hash, sum } = tree.root();
    json!({
        "currency": currency.code(), "root": hex(&hash), "owed": sum, "leaves": tree.leaves(),
        "between_cells": narrow(of(AccountKind::Transit)),
        "set_aside": narrow(of(AccountKind::Suspense)),
        "own_funds": narrow(of(AccountKind::Fees) + of(AccountKind::Capital)),
        "at_banks": narrow(-of(AccountKind::BankClearing)),
    })
}

/// What is signed: every line of what is published, in its order.
fn signed(public: &Value) -> String {
    let mut text = String::new();
    let _ = writeln!(text, "{}", public["made_at"].as_str().unwrap_or_default());
    let all = |name: &str| public[name].as_array().cloned().unwrap_or_default();
    for it in all("cells") {
        let hash = it["chain_hash"].as_str().unwrap_or_default();
        let _ = writeln!(text, "cell {} {} {hash}", it["cell"], it["position"]);
    }
    for it in all("roots") {
        let word = |name: &str| it[name].as_str().unwrap_or_default().to_owned();
        let _ = writeln!(
            text,
            "root {} {} {} {} {} {} {} {}",
            word("currency"),
            word("root"),
            it["owed"],
            it["leaves"],
            it["between_cells"],
            it["set_aside"],
            it["own_funds"],
            it["at_banks"]
        );
    }
    for it in all("statements") {
        let word = |name: &str| it[name].as_str().unwrap_or_default().to_owned();
        let _ = writeln!(
            text,
            "statement {} {} {} {} {}",
            word("bank"),
            word("day"),
            word("currency"),
            it["closing"],
            word("digest")
        );
    }
    text
}

/// What a part, or a proof alone, shows, in words; or why it shows nothing.
pub fn check(value: &Value, public_key: Option<&str>) -> Result<Vec<String>, String> {
    let proof = if value["object"] == "proof_part" { &value["proof"] } else { value };
    let key = proof["signature"]["public_key"].as_str().unwrap_or_default();
    if public_key.is_some_and(|it| it != key) {
        return Err("it was signed with another key".to_owned());
    }
    let decode = |text: &Value| STANDARD.decode(text.as_str().unwrap_or_default());
    let decoded = decode(&proof["signature"]["value"]).ok().zip(STANDARD.decode(key).ok());
    let (signature, key) = decoded.ok_or("this is no proof: it has no signature")?;
    if !signer::verify(&key, PURPOSE, signed(proof).as_bytes(), &signature) {
        return Err("the signature does not belong to this proof".to_owned());
    }
    let mut shown = Vec::new();
    for it in proof["roots"].as_array().into_iter().flatten() {
        shown.push(add_up(it)?);
    }
    if value["object"] == "proof_part" {
        shown.push(counted(value, proof)?);
    }
    Ok(shown)
}

/// Whether what is owed, set aside and the platform's own is what is at banks.
fn add_up(root: &Value) -> Result<String, String> {
    let number = |name: &str| i128::from(root[name].as_i64().unwrap_or(0));
    let owed = i128::from(root["owed"].as_u64().unwrap_or(0));
    let all = owed + number("between_cells") + number("set_aside") + number("own_funds");
    let code = root["currency"].as_str().unwrap_or_default();
    let (sum, there) = (shown(all, code), shown(number("at_banks"), code));
    if all != number("at_banks") {
        return Err(format!("{sum} are owed and owned, and {there} are at banks"));
    }
    Ok(format!(
        "{} are owed to {} accounts; with what is set aside and the platform's own that is {sum}, \
         and {there} are at banks",
        shown(owed, code),
        root["leaves"]
    ))
}

/// An amount as people read it.
fn shown(minor: i128, code: &str) -> String {
    let sign = if minor < 0 { "-" } else { "" };
    let amount = u64::try_from(minor.unsigned_abs()).unwrap_or(u64::MAX);
    match Currency::from_code(code) {
        Some(currency) => format!("{sign}{}", Money::new(amount, currency)),
        None => format!("{minor} {code}"),
    }
}

/// Whether the part is counted in its root.
fn counted(part: &Value, proof: &Value) -> Result<String, String> {
    let text = |name: &str| part[name].as_str().unwrap_or_default();
    let nonce = unhex(text("nonce")).ok_or("the nonce cannot be read")?;
    let amount = part["amount"].as_u64().ok_or("the amount cannot be read")?;
    let leaf = Node::leaf(&nonce, text("account"), text("currency"), amount);
    let mut path = Vec::new();
    for it in part["path"].as_array().into_iter().flatten() {
        let hash = it["hash"].as_str().and_then(unhex).ok_or("a hash cannot be read")?;
        let sum = it["sum"].as_u64().ok_or("a sum cannot be read")?;
        path.push(Step { beside: Node { hash, sum }, left: it["left"] == true });
    }
    let roots = proof["roots"].as_array().into_iter().flatten();
    let root = roots.into_iter().find(|it| it["currency"] == text("currency"));
    let root = root.ok_or("the proof has no such currency")?;
    let found = climb(leaf, &path).ok_or("the sums cannot be added")?;
    if root["root"] != hex(&found.hash).as_str() || root["owed"].as_u64() != Some(found.sum) {
        return Err("this part is not counted in the proof".to_owned());
    }
    Ok(format!(
        "{} of {} are counted in the {} that are owed",
        shown(amount.into(), text("currency")),
        text("account"),
        shown(found.sum.into(), text("currency"))
    ))
}
