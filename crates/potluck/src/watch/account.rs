//! Account endpoints: whether a key is taken and what is left, told without a request being spent.
//!
//! Asked sparsely: at most as often as the provider's file allows, at moments that differ from one start to the next,
//! and not at all while the answers to requests tell the same.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode, Uri};
use http_body_util::Full;
use potluck_core::Moment;
use potluck_core::catalog::OfferIndex;
use potluck_core::pool::{Finding, OfferView};
use serde_json::Value;

use crate::house::House;
use crate::pantry::Account;
use crate::shelf::Shelf;
use crate::upstream::collect;

/// The longest answer that is read, in bytes: a few numbers.
const CAP: usize = 256 << 10;

/// How long an answer may take.
const TIME: Duration = Duration::from_secs(20);

/// When each account is to be asked again, by provider and credential.
#[derive(Debug, Default)]
pub(super) struct Round {
    due: BTreeMap<(String, String), Moment>,
}

impl Round {
    /// Asks whoever is due and has been silent.
    pub(super) async fn go(&mut self, house: &House) {
        let (shelf, now) = (house.shelf(), house.clock.now());
        let due: Vec<_> =
            shelf.accounts().filter(|(offer, ..)| self.is_due(&shelf, *offer, now)).collect();
        if due.is_empty() {
            return;
        }
        let (seen_of, view) = house.view();
        for (offer, address, account) in due {
            let every = jittered(account.every, house.seed());
            self.due.insert(whose(&shelf, offer), now.after(every));
            let seen = view.offers.get(offer.0 as usize).filter(|_| Arc::ptr_eq(&seen_of, &shelf));
            if seen.is_none_or(|seen| is_silent(account, seen, now)) {
                ask(house, &shelf, offer, (address, account)).await;
            }
        }
    }

    fn is_due(&self, shelf: &Shelf, offer: OfferIndex, now: Moment) -> bool {
        self.due.get(&whose(shelf, offer)).is_none_or(|due| *due <= now)
    }
}

/// The provider and the credential of an offer.
fn whose(shelf: &Shelf, offer: OfferIndex) -> (String, String) {
    let offer = shelf.catalog.offer(offer);
    (shelf.catalog.provider(offer.provider).id.to_string(), offer.credential.to_string())
}

/// Up to a fifth later, so that no two routers keep asking in step.
fn jittered(every: Duration, random: u64) -> Duration {
    every + every / 5 * u32::try_from(random % 1000).unwrap_or_default() / 1000
}

/// Whether the provider has not spoken of the endpoint's limits for as long as the endpoint is to be left alone. A
/// refused key is always asked about: nobody else will find out that it is taken again.
fn is_silent(account: &Account, seen: &OfferView, now: Moment) -> bool {
    let spoke = |meter| {
        let limits = seen.limits.iter().filter(move |limit| limit.meter == meter);
        let mut words = limits.filter_map(|limit| limit.drift);
        words.any(|word| now.since(word.at) < account.every)
    };
    let refused = seen.state == "credential_refused";
    refused || account.limits.is_empty() || account.limits.iter().any(|limit| !spoke(limit.meter))
}

async fn ask(
    house: &House,
    shelf: &Arc<Shelf>,
    offer: OfferIndex,
    (address, account): (&Uri, &Account),
) {
    let Some(inquiry) = house.inquire(shelf, offer) else { return };
    let mut request = Request::new(Full::default());
    *request.uri_mut() = address.clone();
    shelf.wire(offer).authorise(request.headers_mut());
    let provider = shelf.catalog.provider(shelf.catalog.offer(offer).provider).id.as_str();
    match answer(house, request).await {
        Ok((StatusCode::OK, document)) => {
            let now = house.clock.now();
            let limits = account.limits.iter();
            let claims = limits.filter_map(|limit| limit.read(&document, now)).collect();
            house.conclude(&inquiry, &Finding::Taken(claims));
        }
        Ok((StatusCode::UNAUTHORIZED, _)) => {
            tracing::warn!(
                provider,
                "the account endpoint refuses the key: its offers are left out until it is taken again"
            );
            house.conclude(&inquiry, &Finding::Refused);
        }
        Ok((status, _)) => tracing::info!(provider, %status, "the account was not told of"),
        Err(why) => tracing::info!(provider, why, "the account was not told of"),
    }
}

/// The status, and the document where it is one.
async fn answer(
    house: &House,
    request: Request<Full<Bytes>>,
) -> Result<(StatusCode, Value), String> {
    let sent = house.upstream.send(request, TIME).await.map_err(|fault| fault.to_string())?;
    let status = sent.status();
    if status != StatusCode::OK {
        return Ok((status, Value::Null));
    }
    let body = collect(sent.into_body(), CAP, TIME).await.map_err(|fault| fault.to_string())?;
    let document = serde_json::from_slice(&body).map_err(|error| error.to_string())?;
    Ok((status, document))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_comes_up_to_a_fifth_later_and_never_sooner() {
        let every = Duration::from_mins(10);
        for random in [0, 1, 499, 999, u64::MAX] {
            let wait = jittered(every, random);
            assert!((every..=every + every / 5).contains(&wait), "{random}: {wait:?}");
        }
        assert!(jittered(every, 900) > jittered(every, 100));
    }
}
