//! Values that keep their place while catalogs come and go.
//!
//! A [`Place`] found once stays right for as long as the value lives, and finds nothing (rather than somebody
//! else) once it is gone.

use std::collections::BTreeMap;

use crate::time::Moment;

/// Where a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    slot: u32,
    epoch: u32,
}

impl Place {
    /// Its number: dense, and taken again by another once the value is gone.
    pub(crate) const fn slot(self) -> usize {
        self.slot as usize
    }
}

#[derive(Debug)]
pub(crate) struct Arena<K, V> {
    slots: Vec<Slot<K, V>>,
    index: BTreeMap<K, u32>,
    free: Vec<u32>,
}

#[derive(Debug)]
struct Slot<K, V> {
    epoch: u32,
    held: Option<Held<K, V>>,
}

#[derive(Debug)]
struct Held<K, V> {
    value: V,
    key: K,
    /// Since when no catalog lists it.
    absent: Option<Moment>,
}

impl<K, V> Default for Arena<K, V> {
    fn default() -> Self {
        Self { slots: Vec::new(), index: BTreeMap::new(), free: Vec::new() }
    }
}

impl<K: Ord + Clone, V> Arena<K, V> {
    #[inline]
    pub(crate) fn get(&self, place: Place) -> Option<&V> {
        let slot = self.slots.get(place.slot as usize)?;
        if slot.epoch != place.epoch {
            return None;
        }
        slot.held.as_ref().map(|held| &held.value)
    }

    pub(crate) fn get_mut(&mut self, place: Place) -> Option<&mut V> {
        let slot = self.slots.get_mut(place.slot as usize)?;
        if slot.epoch != place.epoch {
            return None;
        }
        slot.held.as_mut().map(|held| &mut held.value)
    }

    /// The place of `key`, with a value made now if there was none; whether it had been absent.
    pub(crate) fn place(&mut self, key: &K, make: impl FnOnce() -> V) -> (Place, Found) {
        if let Some(&slot) = self.index.get(key)
            && let Some(held) = &mut self.slots[slot as usize].held
        {
            let absent = held.absent.take().is_some();
            let found = if absent { Found::Again } else { Found::Known };
            return (Place { slot, epoch: self.slots[slot as usize].epoch }, found);
        }
        let held = Some(Held { value: make(), key: key.clone(), absent: None });
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot { epoch: 0, held: None });
            u32::try_from(self.slots.len() - 1).unwrap_or(u32::MAX)
        });
        self.slots[slot as usize].held = held;
        self.index.insert(key.clone(), slot);
        (Place { slot, epoch: self.slots[slot as usize].epoch }, Found::New)
    }

    /// Marks what is not among `listed` as absent since `now`, and lets go of what `may_go`.
    pub(crate) fn sweep(
        &mut self,
        listed: &[Place],
        now: Moment,
        may_go: impl Fn(&V, Moment) -> bool,
    ) {
        let mut is_listed = vec![false; self.slots.len()];
        for place in listed {
            is_listed[place.slot as usize] = true;
        }
        for (at, slot) in (0u32..).zip(&mut self.slots) {
            let Some(held) = slot.held.as_mut().filter(|_| !is_listed[at as usize]) else {
                continue;
            };
            let since = *held.absent.get_or_insert(now);
            if may_go(&held.value, since) {
                self.index.remove(&held.key);
                slot.held = None;
                slot.epoch = slot.epoch.wrapping_add(1);
                self.free.push(at);
            }
        }
    }

    /// One more than the highest slot.
    pub(crate) fn slots(&self) -> usize {
        self.slots.len()
    }

    /// What is in a slot, whoever it is.
    pub(crate) fn at(&self, slot: usize) -> Option<&V> {
        self.slots.get(slot)?.held.as_ref().map(|held| &held.value)
    }

    /// What is in a slot, whoever it is.
    pub(crate) fn at_mut(&mut self, slot: usize) -> Option<&mut V> {
        self.slots.get_mut(slot)?.held.as_mut().map(|held| &mut held.value)
    }

    /// What is in a slot, with its key.
    pub(crate) fn entry_mut(&mut self, slot: usize) -> Option<(&K, &mut V)> {
        self.slots.get_mut(slot)?.held.as_mut().map(|held| (&held.key, &mut held.value))
    }

    /// Where the value of `key` is.
    pub(crate) fn slot_of(&self, key: &K) -> Option<usize> {
        self.index.get(key).map(|slot| *slot as usize)
    }

    /// What is at a place, with its key.
    pub(crate) fn entry(&self, place: Place) -> Option<(&K, &V)> {
        let slot = self.slots.get(place.slot as usize).filter(|slot| slot.epoch == place.epoch)?;
        slot.held.as_ref().map(|held| (&held.key, &held.value))
    }

    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.slots.iter_mut().filter_map(|slot| slot.held.as_mut()).map(|held| &mut held.value)
    }
}

/// How a value was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// It was not there.
    New,
    /// It was there.
    Known,
    /// It was there, but no catalog had listed it of late.
    Again,
}
