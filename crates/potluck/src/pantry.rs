//! The pantry: what is known of each provider, read from TOML files.
//!
//! A provider is data. This room reads the files that are embedded in the binary and those of the
//! person's own folders, refuses what it does not understand (with file, line and the nearest known
//! word), and lowers the rest into the core's [`Catalog`](potluck_core::catalog::Catalog) and the
//! [`Route`]s that the doors need. It must not know how a request is drawn, sent or translated, and
//! it reads no environment: who has which keys is told to it.

mod account;
mod builtin;
mod families;
mod file;
mod form;
mod images;
mod listing;
mod load;
mod lower;
mod not_free;
mod problem;
mod provider;
mod quirk;
mod rules;
mod sections;
mod sources;
mod stacking;
mod word;

pub use account::Account;
pub use builtin::builtin;
pub use families::{Basis, Family};
pub use file::{
    Asks, Auth, AuthScheme, Confidence, Images, KeyWhen, Limit, Model, Painter, Per, Privacy,
    Provenance, ProviderFile, SharedBy, Stacking, Status, Told,
};
pub use listing::{Free, Listed, Listing, ListingError};
pub use load::{LoadError, Pantry, TextFile, read_folder};
pub use lower::{BadAccount, Held, Idle, Lowered, Route, WhyIdle, World, lower};
pub use not_free::NoLongerFree;
pub use problem::{Problem, Problems};
pub use provider::read;
pub use rules::{Pointer, Rule, Test};
pub use sources::Source;
pub use stacking::stacked;
