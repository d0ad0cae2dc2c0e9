//! Hosts from which no answer came: whether a connection comes about again, found out while nobody asks.
//!
//! Not a byte is sent over the connection, so nothing can be spent by it.

use std::time::Duration;

use crate::house::House;

/// How long a connection may take: a host that needs longer is no use yet.
const TIME: Duration = Duration::from_secs(3);

/// Looks at each idle provider that rests because its host was silent.
pub(super) async fn look(house: &House) {
    let (shelf, silent) = house.unreached();
    for offer in silent {
        let reached = house.upstream.reaches(shelf.address(offer, false), TIME).await;
        tracing::debug!(offer = %shelf.catalog.offer(offer).name, reached, "looked whether the host is there");
        house.reach(&shelf, offer, reached);
    }
}
