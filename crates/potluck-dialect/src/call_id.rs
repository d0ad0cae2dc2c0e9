//! Ids for tool calls whose provider gives none.
//!
//! Clients and most providers match a tool's answer to its call by an id. An invented one is made of the answer
//! itself, so that the same answer gives the same ids however its bytes are cut, and nothing has to be
//! remembered.

use crate::quirk::fingerprint;

/// What the ids of one answer are made from.
pub(crate) fn seed(id: Option<&str>, created: Option<i64>) -> u64 {
    fingerprint(id.unwrap_or_default().as_bytes()) ^ created.unwrap_or_default().cast_unsigned()
}

/// The id of the call at `index` of an answer.
pub(crate) fn invent(seed: u64, index: usize, name: &str) -> String {
    let mut bytes = seed.to_le_bytes().to_vec();
    bytes.extend_from_slice(&index.to_le_bytes());
    bytes.extend_from_slice(name.as_bytes());
    let first = fingerprint(&bytes);
    bytes.extend_from_slice(&first.to_le_bytes());
    format!("call_{first:016x}{:08x}", fingerprint(&bytes) >> 32)
}
