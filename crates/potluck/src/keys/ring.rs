//! All keys at one moment: immutable, swapped whole.

use std::sync::Arc;

use potluck_core::Moment;
use subtle::ConstantTimeEq;

use crate::keys::holder::Holder;
use crate::keys::secret::Hash;

/// All keys at one moment, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Ring {
    holders: Vec<Arc<Holder>>,
    /// The beginnings of their hashes, ascending, each with a position.
    index: Vec<(u64, usize)>,
}

impl Ring {
    pub(super) fn of(holders: impl IntoIterator<Item = Holder>) -> Self {
        Self::made(holders.into_iter().map(Arc::new).collect())
    }

    pub(super) fn made(mut holders: Vec<Arc<Holder>>) -> Self {
        holders.sort_by(|a, b| (a.key.created, &a.key.id).cmp(&(b.key.created, &b.key.id)));
        let numbered = holders.iter().enumerate();
        let mut index: Vec<(u64, usize)> =
            numbered.map(|(at, holder)| (start(&holder.key.hash), at)).collect();
        index.sort_unstable();
        Self { holders, index }
    }

    /// The same with this one, in place of the one of its id.
    pub(super) fn with(&self, holder: Arc<Holder>) -> Self {
        let mut holders = self.holders.clone();
        holders.retain(|other| other.key.id != holder.key.id);
        holders.push(holder);
        Self::made(holders)
    }

    pub(super) fn holders(&self) -> impl Iterator<Item = &Arc<Holder>> {
        self.holders.iter()
    }

    /// Whose key has this hash. What the search by its beginning takes tells of bits of a hash, which nobody can choose
    /// without knowing the key; the hashes themselves are compared in constant time.
    pub(super) fn find(&self, hash: &Hash) -> Option<Arc<Holder>> {
        let wanted = start(hash);
        let first = self.index.partition_point(|(start, _)| *start < wanted);
        let near = self.index.get(first..)?.iter().take_while(|(start, _)| *start == wanted);
        let mut candidates = near.filter_map(|(_, at)| self.holders.get(*at));
        candidates.find(|holder| bool::from(holder.key.hash.ct_eq(hash))).cloned()
    }

    /// By its id; else by its name, of those that are not revoked first.
    pub(super) fn named(&self, which: &str) -> Option<Arc<Holder>> {
        let by_id = self.holders.iter().find(|holder| holder.key.id == which);
        let called = || self.holders.iter().filter(|holder| holder.key.name == which);
        by_id
            .or_else(|| called().find(|holder| holder.key.revoked.is_none()))
            .or_else(|| called().next_back())
            .cloned()
    }

    /// Whether somebody other than `but` may manage keys.
    pub(super) fn has_admin(&self, now: Moment, but: Option<&str>) -> bool {
        let others = self.holders.iter().filter(|holder| Some(holder.key.id.as_str()) != but);
        others.into_iter().any(|holder| holder.key.manages(now))
    }
}

fn start(hash: &Hash) -> u64 {
    let (start, _) = hash.split_first_chunk::<8>().unwrap_or((&[0; 8], &[]));
    u64::from_be_bytes(*start)
}
