//! potluck: one address for all free language models.
//!
//! The doors of the house: everything that reads, writes, listens or connects. Decisions are in
//! `potluck-core`, translation in `potluck-dialect`; what is here does the I/O.
//!
//! | room | what it is for |
//! |---|---|
//! | [`settings`] | what a person may set, from file, environment and flags |
//! | [`pantry`] | what is known of each provider, from TOML files |
//! | [`stock`] | from settings to the pantry: which files are read, who is on |
//! | [`shelf`] | what is on offer now, with addresses and keys |
//! | [`watch`] | what changes outside: live model lists, servers on this machine |
//! | [`gallery`] | pictures that clients were given an address of |
//! | [`darkroom`] | where pictures are decoded and written anew, within memory |
//! | [`house`] | the assembled router, that requests share |
//! | [`keys`] | client keys: who may come in, with which rights |
//! | [`ledger`] | what outlives a restart: counters and health |
//! | [`journal`] | what became of requests, and how each was decided, on disk |
//! | [`database`] | the files of these |
//! | [`reload`] | settings and provider files, read again while the house is open |
//! | [`relay`] | the loop: choose, reserve, send, stream, settle, or next |
//! | [`events`] | what happens, told to whoever listens |
//! | [`meters`] | what the process counts of itself |
//! | [`probe`] | asking a provider how it stands with us, at no cost |
//! | [`recent`] | what became of the last requests |
//! | [`upstream`] | bytes to providers and back |
//! | [`http`] | the doors for clients |
//! | [`serve`] | accepting connections, and ending without cutting a stream |
//! | [`clock`], [`tasks`] | the time; background work |
//! | [`telemetry`] | the log |
//! | [`cli`] | the commands of the binary |

pub mod cli;
pub mod clock;
pub mod darkroom;
pub mod database;
pub mod events;
pub mod gallery;
pub mod house;
pub mod http;
pub mod journal;
pub mod keys;
pub mod ledger;
pub mod meters;
pub mod pantry;
pub mod probe;
pub mod recent;
pub mod relay;
pub mod reload;
pub mod serve;
pub mod settings;
pub mod shelf;
pub mod stock;
pub mod tasks;
pub mod telemetry;
pub mod upstream;
pub mod watch;
