//! Every error, every error in a stream and every 429 that was ever recorded, of all dialects, against what a
//! person judged it to mean; every rate header that was recorded; and a body for every row of the table "which
//! status means what". The rules are those of the provider files.

#![expect(clippy::expect_used, reason = "broken test data must stop the test, with its name")]
#![expect(clippy::print_stderr, reason = "the tables of what was read belong to the report")]

mod expected;
mod file;
mod headers;
mod recorded;
mod rows;
mod signals;

use potluck_core::Moment;

/// 2026-11-22T12:00:00Z.
const NOW: Moment = Moment::from_millis(1_795_348_800_000);
