//! The `danbao` server: HTTP over the engine, the banks, and the command line.
//!
//! Nothing here decides about money. A handler parses its body into a `ledger` command, submits it
//! to the cell where it belongs, and renders the answer.
//!
//! Read it in this order: `app`, `http`, `api`, `banks`, `reconciliation`, `webhooks`, `people`,
//! `trace`, `web`, `cli`.

pub mod api;
pub mod app;
pub mod banks;
pub mod cli;
pub mod client;
pub mod demo;
pub mod documents;
mod freezes;
pub mod fuzz;
pub mod http;
pub mod openapi;
pub mod people;
pub mod proof;
pub mod pulse;
mod reconciliation;
mod said;
pub mod settings;
pub mod signer;
pub mod trace;
pub mod web;
pub mod webhooks;
