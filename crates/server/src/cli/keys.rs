//! `danbao keys`: who may call.

use super::serve::first_key;
use super::{Done, Server};
use clap::{Args, Subcommand};
use engine::{Engine, Options as EngineOptions};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;

/// What to do with API keys.
#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the keys: of the platform, or of a merchant.
    List {
        #[command(flatten)]
        server: Server,
        /// The merchant.
        #[arg(long)]
        user: Option<String>,
    },
    /// Make a key and print it, once.
    Add {
        #[command(flatten)]
        server: Server,
        /// What it allows.
        #[arg(long, value_parser = ["platform", "merchant", "read_only"])]
        role: String,
        /// The merchant that it is limited to.
        #[arg(long)]
        user: Option<String>,
    },
    /// Revoke a key, at once and for ever.
    Revoke {
        #[command(flatten)]
        server: Server,
        /// The key's identifier, as `list` shows it.
        id: String,
    },
    /// Make a platform key in a data directory whose server is stopped: for a lost first key.
    Recover {
        /// The data directory.
        #[arg(long)]
        data: PathBuf,
    },
}

pub(super) async fn keys(options: &Options, json: bool) -> Done {
    match &options.action {
        Action::List { server, user } => {
            let query = user.as_ref().map(|it| format!("?user={it}")).unwrap_or_default();
            let found = server.client()?.patient_get(&format!("/v1/keys{query}")).await?;
            list(&found, json);
        }
        Action::Add { server, role, user } => {
            let name = format!("keys:{:016x}", fastrand::u64(..));
            let body = match user {
                Some(user) => json!({ "role": role, "user": user }),
                None => json!({ "role": role }),
            };
            let made = server.client()?.patient_post("/v1/keys", &name, &body).await?;
            if json {
                println!("{}", json!({ "id": made["id"], "api_key": made["key"], "role": role }));
            } else {
                println!("{}", made["key"].as_str().unwrap_or_default());
                eprintln!("It is shown only now. Its identifier is {}.", text(&made, "id"));
                eprintln!("Next: danbao keys list");
            }
        }
        Action::Revoke { server, id } => {
            let revoked = server.client()?.patient_delete(&format!("/v1/keys/{id}")).await?;
            if json {
                println!("{revoked}");
            } else {
                println!("{id} is revoked.");
                eprintln!("Next: danbao keys list");
            }
        }
        Action::Recover { data } => {
            let engine = Engine::open(&EngineOptions::new(data))?;
            let key = first_key(&engine, engine.sandbox());
            engine.stop();
            let key = key?;
            if json {
                println!("{}", json!({ "api_key": key }));
            } else {
                println!("{key}");
                eprintln!("This platform key is shown only now.");
                eprintln!("Next: danbao serve --data {}", data.display());
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn list(found: &Value, json: bool) {
    if json {
        println!("{found}");
        return;
    }
    for it in found["data"].as_array().into_iter().flatten() {
        let revoked = it["revoked_at"].as_str().map(|it| format!("revoked {it}"));
        println!(
            "{}  {:<9}  {}  {}",
            text(it, "id"),
            text(it, "role"),
            text(it, "created_at"),
            revoked.unwrap_or_default()
        );
    }
    eprintln!("Next: danbao keys add --role merchant --user ID");
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}
