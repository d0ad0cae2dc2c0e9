//! Fields of this dialect that no shape in the middle has, kept beside what they belong to.
//!
//! They are worth sending to whoever speaks this dialect, and other providers refuse them. A key with a colon is
//! written by nobody else.

use potluck_core::Sealed;
use potluck_core::sealed::Extra;

use crate::wire::Object;

const PREFIX: &str = "anthropic:";

/// Keeps a field under its mark.
pub(super) fn keep(extra: &mut Extra, key: &str, json: &str) {
    extra.push((format!("{PREFIX}{key}").into(), Sealed::from_json(json)));
}

/// Writes the kept fields under their own names.
pub(super) fn write(fields: &mut Object<'_>, extra: &Extra) {
    for (key, value) in extra {
        if let Some(key) = name(key) {
            fields.sealed(key, value);
        }
    }
}

/// The name of a kept field; `None` of one that another dialect read.
pub(super) fn name(key: &str) -> Option<&str> {
    key.strip_prefix(PREFIX)
}
