//! Reading and writing JSON by span.
//!
//! Everybody's bytes are hostile and most of them are one long string, so a document is walked once,
//! in place: a field that nobody asks for is skipped and can be kept as its exact text, a text without
//! escapes is borrowed. No tree is built. This room knows JSON (RFC 8259) and no field of any dialect.

mod cursor;
mod number;
mod span;
mod text;
mod write;

#[cfg(test)]
mod tests;

pub use cursor::{Broken, Cursor, DEEPEST, Kind};
pub use number::{whole, whole_exact};
pub use span::top_level;
pub use text::{position, unlossy};
pub use write::{Array, Head, Object, array, escape_data_prefix, join_lines, number, object, text};
