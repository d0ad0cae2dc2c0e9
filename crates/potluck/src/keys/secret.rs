//! How a key is made, and how it is told from another.
//!
//! A key has 192 random bits. Nobody can try them all, so a fast hash is the right one: a slow one (as for passwords, which
//! people choose) would protect nothing and cost every request milliseconds. Nor is there a salt: no two keys are alike.

use std::fmt::Write;

use rand::TryRng;
use sha2::{Digest, Sha256};

use crate::settings::Secret;

/// What every key begins with.
const START: &str = "pk-";

/// How much of a key is shown afterwards: enough to find it again. 168 bits stay unknown.
const PREFIX: usize = START.len() + 6;

/// A hash of a key.
pub(super) type Hash = [u8; 32];

/// A key that was just made.
pub(super) struct Made {
    pub(super) id: String,
    pub(super) prefix: String,
    pub(super) hash: Hash,
    pub(super) secret: Secret,
}

/// Makes a key.
///
/// # Errors
/// When the system gives no random numbers.
pub(super) fn make() -> Result<Made, String> {
    let text = format!("{START}{}", random(3)?);
    let id = format!("key-{}", &random(1)?[..8]);
    let prefix = text.chars().take(PREFIX).collect();
    Ok(Made { id, prefix, hash: hash(&text), secret: Secret::new(text) })
}

/// So many times 64 random bits, in hexadecimal digits.
///
/// # Errors
/// When the system gives no random numbers.
pub(super) fn random(words: usize) -> Result<String, String> {
    let mut text = String::with_capacity(words * 16);
    for _ in 0..words {
        let word = rand::rngs::SysRng.try_next_u64().map_err(|error| error.to_string())?;
        let _ = write!(text, "{word:016x}");
    }
    Ok(text)
}

/// By what a key is found.
pub(super) fn hash(given: &str) -> Hash {
    Sha256::digest(given.as_bytes()).into()
}
