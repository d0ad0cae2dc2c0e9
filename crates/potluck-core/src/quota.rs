//! Limits: promises about use over time.
//!
//! This room knows windows, amounts and reset rules. It does not know where counters are kept, which
//! request they are for, or what headers a provider sends (those arrive as [`Claim`]s).

//!
//! | file | what it holds |
//! |---|---|
//! | `limit` | the words: what a limit, a window, a meter, a claim is |
//! | `sliding` | the last so many seconds, whenever one looks |
//! | `track` | uses in the order of their moments |
//! | `calendar` | from one turn of the calendar to the next |
//! | `face` | the same, as one of several clocks shows it |
//! | `bucket` | one counter, whatever its clock; what the provider claims of it |
//! | `drift` | how far the provider's count and our own are apart, and what is held back for it |
//! | `places` | requests in flight, and those given up that a provider may still be busy with |
//! | `outlook` | what a counter will hold |
//! | `thrift` | how much of it one request should take where others want it too |
//! | `kept` | what is written down of a counter, and how much may be taken until the next time |
//! | `elsewhere` | what others who share the count have used, and may use |
//! | `berths` | how many requests may be in flight here, where others share the places |

mod berths;
mod bucket;
mod calendar;
mod drift;
mod elsewhere;
mod face;
mod kept;
mod limit;
mod outlook;
mod places;
mod sliding;
mod thrift;
mod track;

pub use bucket::{BucketState, Gauge, Hold, Source};
pub use drift::{Drift, Margin};
pub use kept::{Kept, Uses};
pub(crate) use limit::Needs;
pub use limit::{Amounts, Claim, Limit, LimitScope, Meter, Unit, Window};
pub use outlook::{Outlook, Refill, turn_after};
pub use places::Places;

#[cfg(test)]
mod tests;
