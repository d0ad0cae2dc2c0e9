//! Texts in the order of how well they answer a question: Cohere's shape, which Jina, Voyage, OpenRouter and
//! others speak with a word or two of their own. Both sides are here; knows no quotas.

mod client;
mod provider;

#[cfg(test)]
mod tests;

pub use self::client::{Asked, Door};
pub use self::provider::{read, write};

use crate::bridge::Whole;
use crate::client::Stamp;
use crate::{BadAnswer, estimate};

/// Reads a provider's answer of status 200, judges it by what was asked, and writes it for the client.
///
/// # Errors
/// It is none, names a text that was not sent or one twice, or names fewer than were asked for.
pub fn whole(asked: &Asked, stamp: &Stamp, body: &[u8]) -> Result<Whole, BadAnswer> {
    let request = &asked.request;
    let mut response = read(body)?;
    let mut named = vec![false; request.documents.len()];
    for ranked in &response.ranking {
        match named.get_mut(ranked.index as usize) {
            Some(slot) if *slot => {
                return Err(BadAnswer::Garbage("a text that is ranked twice".to_owned()));
            }
            Some(slot) => *slot = true,
            None => {
                return Err(BadAnswer::Garbage("a rank for a text that was not sent".to_owned()));
            }
        }
    }
    if response.ranking.len() < request.wanted() {
        let (got, wanted) = (response.ranking.len(), request.wanted());
        return Err(BadAnswer::Garbage(format!("{got} ranks where {wanted} were asked for")));
    }
    response.ranking.sort_by(|one, other| other.score.total_cmp(&one.score));
    response.ranking.truncate(request.wanted());
    let usage = response.usage.clone();
    if usage.is_none() && response.searches.is_none() {
        response.usage = Some(estimate::usage(estimate::rerank_tokens(request).all, 0));
    }
    Ok(Whole { body: asked.write_response(&response, stamp), usage, finish: None })
}
