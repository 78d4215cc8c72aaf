//! `danbao operators`: who sits at the console.

use super::{Done, Server};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::process::ExitCode;

/// Letters of a temporary password, in groups that can be read out.
const LETTERS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const GROUPS: usize = 4;
const GROUP: usize = 5;

/// What to do with operators.
#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the operators, those who were disabled included.
    List {
        #[command(flatten)]
        server: Server,
    },
    /// Add an operator and print the password for the first sign-in, once.
    Add {
        #[command(flatten)]
        server: Server,
        /// What they sign in with: a name, a telephone number or an e-mail address.
        #[arg(long)]
        login: String,
        /// What they are called.
        #[arg(long)]
        name: String,
        /// What they are there for.
        #[arg(long, value_parser = ["support", "finance", "sre", "auditor"])]
        duty: String,
    },
    /// Take an operator's duty away: they are signed out at once, and may do nothing any more.
    Disable {
        #[command(flatten)]
        server: Server,
        /// The operator's identifier, as `list` shows it.
        id: String,
    },
}

pub(super) async fn operators(options: &Options, json: bool) -> Done {
    match &options.action {
        Action::List { server } => {
            let found = server.client()?.patient_get("/v1/operators").await?;
            list(&found, json);
        }
        Action::Add { server, login, name, duty } => {
            let password = password_for_once()?;
            let asked = format!("operators:{:016x}", fastrand::u64(..));
            let body = json!({
                "login": login, "name": name, "duty": duty, "password": password,
            });
            let made = server.client()?.patient_post("/v1/operators", &asked, &body).await?;
            if json {
                println!("{}", json!({ "id": made["id"], "login": login, "password": password }));
            } else {
                println!("{password}");
                eprintln!("It is shown only now, and good for the first sign-in.");
                eprintln!(
                    "{login} is {} and has to choose another at /sign-in.",
                    text(&made, "id")
                );
                eprintln!("Next: danbao operators list");
            }
        }
        Action::Disable { server, id } => {
            let path = format!("/v1/operators/{id}");
            let disabled = server.client()?.patient_delete(&path).await?;
            if json {
                println!("{disabled}");
            } else {
                println!("{id} is disabled.");
                eprintln!("Next: danbao operators list");
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A hundred bits that nobody guesses.
fn password_for_once() -> Result<String, std::io::Error> {
    let mut bytes = [0; GROUPS * GROUP];
    getrandom::fill(&mut bytes).map_err(|error| std::io::Error::other(error.to_string()))?;
    let letters: Vec<char> =
        bytes.iter().map(|it| char::from(LETTERS[usize::from(it % 32)])).collect();
    let groups: Vec<String> = letters.chunks(GROUP).map(String::from_iter).collect();
    Ok(groups.join("-"))
}

fn list(found: &Value, json: bool) {
    if json {
        println!("{found}");
        return;
    }
    for it in found["data"].as_array().into_iter().flatten() {
        let second = if it["second_step"] == true { "two steps" } else { "password only" };
        println!(
            "{}  {:<8}  {:<13}  {}",
            text(it, "id"),
            it["duty"].as_str().unwrap_or("disabled"),
            second,
            it["name"].as_str().unwrap_or("(erased)")
        );
    }
    eprintln!("Next: danbao operators add --login NAME --name NAME --duty support");
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::password_for_once;
    use crate::people::password::may_be_password;

    #[test]
    fn a_password_for_once_is_one_and_no_other() {
        let one = password_for_once().unwrap();
        assert_eq!(one.len(), 23);
        assert!(may_be_password(&one).is_ok(), "{one}");
        assert_ne!(one, password_for_once().unwrap());
    }
}
