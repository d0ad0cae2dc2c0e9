//! Limits: promises about use over time.
//!
//! This room knows windows, amounts and reset rules. It does not know where counters are kept, which
//! request they are for, or what headers a provider sends (those arrive as [`Claim`]s).

mod limit;

pub use limit::{Amounts, Claim, Limit, LimitScope, Meter, Unit, Window};
