//! The ids that bind a tool's answer to its call, one for one within a conversation.
//!
//! Clients and most providers match a tool's answer to its call by an id. An invented one is made of the answer
//! itself, so that the same answer gives the same ids however its bytes are cut, and nothing has to be
//! remembered. Knows no vendor.

mod answer;
mod history;

#[cfg(test)]
mod tests;

pub(crate) use answer::Fresh;
pub(crate) use history::{Form, are_settled, settle};

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

/// FNV-1a: the same on every machine and in every version, which a hash map's own is not.
pub(crate) fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
