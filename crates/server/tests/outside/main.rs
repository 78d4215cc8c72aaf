//! The server from outside: real processes, real HTTP, and a bank with books of its own.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod api;
mod appeals;
mod bank;
mod bank_faults;
mod cards;
mod described;
mod disk;
mod document;
mod events;
mod faults;
mod files;
mod flow;
mod kill;
mod operations;
mod operators;
mod pages;
mod people;
mod place;
mod proof;
mod shipments;
mod shop;
mod trace;
mod webhooks;
