//! All counters, each with a gauge beside it.
//!
//! A draw looks at every limit of every offer. The counters themselves are too large to be walked through
//! in a few microseconds; their gauges lie side by side and are read anew only where a counter was touched or
//! time has changed what it holds.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::pool::arena::{Arena, Found, Place};
use crate::quota::{BucketState, Claim, Gauge, Hold, Kept, Limit, Meter};
use crate::time::Moment;

#[derive(Debug)]
pub(crate) struct Counters {
    all: Arena<Arc<str>, BucketState>,
    /// By slot.
    gauges: Gauges,
    /// By slot: how many offers draw on it.
    shares: Vec<u32>,
    /// Slots whose gauge is out of date.
    touched: Vec<u32>,
    /// Until when none of the other gauges is.
    until: Moment,
    keeping: Option<Keeping>,
    /// Whether others wait.
    crowded: bool,
}

/// So many who wait are a crowd, until nobody does.
const CROWD: usize = 4;

/// What is to be written down.
#[derive(Debug)]
struct Keeping {
    /// By slot: whether it was touched since it was last written down.
    touched: Vec<bool>,
    /// Records of counters that no catalog has named yet, and when they were read.
    records: BTreeMap<Arc<str>, Kept>,
    since: Moment,
    /// Records of others who share the count.
    heard: BTreeMap<Arc<str>, Vec<Kept>>,
}

/// What others who share the count say of one counter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// Their records, as they are now.
    pub records: Vec<Kept>,
    /// Whether one of them waits for what is not needed here.
    pub asked: bool,
}

/// Gauges, by the slot of their counter.
pub(crate) type Gauges = Vec<Gauge>;

impl Default for Counters {
    fn default() -> Self {
        Self {
            all: Arena::default(),
            gauges: Vec::new(),
            shares: Vec::new(),
            touched: Vec::new(),
            until: Moment::from_millis(i64::MIN),
            keeping: None,
            crowded: false,
        }
    }
}

impl Counters {
    pub(crate) fn get(&self, place: Place) -> Option<&BucketState> {
        self.all.get(place)
    }

    /// The counter, to be changed: its gauge is out of date from now on.
    pub(crate) fn touch(&mut self, place: Place) -> Option<&mut BucketState> {
        let bucket = self.all.get_mut(place)?;
        if let Some(keeping) = &mut self.keeping {
            keeping.touch(place.slot());
        }
        stale(&mut self.gauges, &mut self.touched, place);
        Some(bucket)
    }

    pub(crate) fn place(&mut self, key: &Arc<str>, limit: &Limit) -> Place {
        let keeping = &mut self.keeping;
        let (place, found) = self.all.place(key, || BucketState::new(limit));
        if found == Found::New
            && let Some(keeping) = keeping
            && let Some(bucket) = self.all.get_mut(place)
        {
            keeping.begin(key, bucket);
            keeping.touch(place.slot());
        }
        place
    }

    /// So many offers draw on each of these.
    pub(crate) fn share(&mut self, shares: impl Iterator<Item = (Place, u32)>) {
        self.shares = vec![0; self.all.slots()];
        for (place, share) in shares {
            self.shares[place.slot()] = share;
        }
        self.outdate();
    }

    /// Whether several offers draw on it.
    pub(crate) fn is_shared(&self, place: Place) -> bool {
        share(&self.shares, place.slot()) > 1
    }

    /// From now on nothing is taken that a record has not granted. `records` are those of before the restart.
    pub(crate) fn begin_keeping(&mut self, records: BTreeMap<Arc<str>, Kept>, now: Moment) {
        let mut keeping =
            Keeping { touched: Vec::new(), records, since: now, heard: BTreeMap::new() };
        for slot in 0..self.all.slots() {
            if let Some((key, bucket)) = self.all.entry_mut(slot) {
                keeping.begin(key, bucket);
                keeping.touch(slot);
            }
        }
        self.keeping = Some(keeping);
        self.outdate();
    }

    /// What was touched since the last time, as it is to be written down.
    pub(crate) fn keep(&mut self, now: Moment) -> Vec<(Arc<str>, Kept)> {
        let Some(keeping) = &mut self.keeping else { return Vec::new() };
        let touched = std::mem::take(&mut keeping.touched);
        let slots = touched.iter().enumerate().filter(|(_, touched)| **touched);
        let mut notes = Vec::new();
        for (slot, _) in slots {
            let Some((key, bucket)) = self.all.entry_mut(slot) else { continue };
            notes.extend(bucket.keep(now).map(|kept| (Arc::clone(key), kept)));
            // what goes back to others is not to be taken here
            if let Some(gauge) = self.gauges.get_mut(slot) {
                gauge.grant(bucket);
            }
        }
        notes
    }

    /// What others who share the count say now. Whether the next record had better be made at once.
    pub(crate) fn hear(&mut self, heard: &BTreeMap<Arc<str>, Heard>, now: Moment) -> bool {
        let Some(keeping) = &mut self.keeping else { return false };
        let mut urgent = false;
        for (key, Heard { records, asked }) in heard {
            keeping.heard.insert(Arc::clone(key), records.clone());
            let Some(slot) = self.all.slot_of(key) else { continue };
            let Some(bucket) = self.all.at_mut(slot) else { continue };
            if bucket.hear(records, *asked, now) {
                keeping.touch(slot);
                urgent = true;
            }
            stale_at(&mut self.gauges, &mut self.touched, slot);
        }
        urgent
    }

    /// Limits may have changed: what others said of them is heard again.
    pub(crate) fn hear_again(&mut self, now: Moment) {
        let Some(keeping) = &self.keeping else { return };
        for (key, records) in &keeping.heard {
            let bucket = self.all.slot_of(key).and_then(|slot| self.all.at_mut(slot));
            if let Some(bucket) = bucket {
                bucket.hear(records, false, now);
            }
        }
    }

    /// The counter of `key` is to be written down again.
    pub(crate) fn touch_key(&mut self, key: &Arc<str>) {
        if let (Some(slot), Some(keeping)) = (self.all.slot_of(key), &mut self.keeping) {
            keeping.touch(slot);
        }
    }

    /// Nothing may be taken any more, and every record says so.
    pub(crate) fn end_leases(&mut self) {
        let Some(keeping) = &mut self.keeping else { return };
        for slot in 0..self.all.slots() {
            if let Some(bucket) = self.all.at_mut(slot) {
                bucket.end_lease();
                keeping.touch(slot);
            }
        }
        self.outdate();
    }

    /// The record that grants `allowance` to `key` is safe.
    pub(crate) fn grant(&mut self, key: &Arc<str>, allowance: u64) {
        let Some(slot) = self.all.slot_of(key) else { return };
        let Some(bucket) = self.all.at_mut(slot) else { return };
        bucket.grant(allowance);
        if let Some(gauge) = self.gauges.get_mut(slot) {
            gauge.grant(bucket);
        }
    }

    /// Heeds a claim about one of the counters at `places`; `holds` say how those stood when the request was sent that it
    /// answers.
    ///
    /// A claim that names its window goes to that window, one that does not to the only counter of its meter. Where
    /// that leaves several, it goes to the one that has the claimed amount; where that does too, it is nobody's.
    pub(crate) fn heed(
        &mut self,
        places: &[Place],
        holds: Option<&[(Place, Hold)]>,
        claim: &Claim,
        now: Moment,
    ) {
        let is_meant = |place: &&Place| {
            self.get(**place).is_some_and(|bucket| bucket.is_meant(claim.meter, claim.window))
        };
        let mut meant: Vec<Place> = places.iter().filter(is_meant).copied().collect();
        if meant.len() > 1 {
            meant.retain(|place| {
                self.get(*place).is_some_and(|bucket| Some(bucket.capacity(now)) == claim.amount)
            });
        }
        if let [place] = meant[..]
            && let Some(bucket) = self.touch(place)
        {
            let held = holds.and_then(|holds| holds.iter().find(|(of, _)| *of == place));
            bucket.apply(claim, held.map(|(_, hold)| hold), now);
        }
    }

    pub(crate) fn sweep(&mut self, listed: &[Place], now: Moment, may_go: impl Fn(Moment) -> bool) {
        self.all.sweep(listed, now, |_, since| may_go(since));
        self.outdate();
    }

    /// Everything has changed.
    pub(crate) fn outdate(&mut self) {
        self.gauges.clear();
        self.gauges.resize(self.all.slots(), Gauge::STALE);
        self.touched.clear();
        self.until = Gauge::STALE.until;
    }

    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut BucketState> {
        self.all.values_mut()
    }

    /// Somebody wanted so much of a counter, and it was not there.
    pub(crate) fn turn_away(&mut self, place: Place, meter: Meter, amount: u64, now: Moment) {
        let bucket = self.all.get_mut(place).filter(|bucket| bucket.meter() == meter);
        if bucket.is_some_and(|bucket| bucket.turn_away(amount, now)) {
            stale(&mut self.gauges, &mut self.touched, place);
        }
    }

    /// How often an amount goes into what one should take of a flow at most; `None` where it counts something else, or no
    /// crowd waits.
    pub(crate) fn ease(&self, place: Place, meter: Meter, amount: u64, now: Moment) -> Option<f64> {
        let bucket = self.get(place).filter(|bucket| self.crowded && bucket.meter() == meter)?;
        bucket.ease(amount, now)
    }

    /// Whether a crowd waits.
    pub(crate) const fn is_crowded(&self) -> bool {
        self.crowded
    }

    /// So many wait for what these counters hold.
    pub(crate) fn set_waiting(&mut self, waiting: usize) {
        let least = if self.crowded { 1 } else { CROWD };
        if self.crowded == (waiting >= least) {
            return;
        }
        self.crowded = !self.crowded;
        for bucket in self.all.values_mut() {
            bucket.set_crowded(self.crowded);
        }
        self.outdate();
    }

    /// Brings the gauges up to `now`.
    pub(crate) fn refresh(&mut self, now: Moment) {
        if self.gauges.len() != self.all.slots() {
            self.outdate();
        }
        for slot in std::mem::take(&mut self.touched) {
            self.read(slot as usize, now);
        }
        if now < self.until {
            return;
        }
        self.until = Moment::from_millis(i64::MAX);
        for slot in 0..self.gauges.len() {
            if now >= self.gauges[slot].until {
                self.read(slot, now);
            }
            self.until = self.until.min(self.gauges[slot].until);
        }
    }

    /// Brings the gauges of a few counters up to `now`.
    pub(crate) fn refresh_some(&mut self, places: &[Place], now: Moment) {
        if self.gauges.len() != self.all.slots() {
            self.outdate();
        }
        for place in places {
            if self.gauges.get(place.slot()).is_some_and(|gauge| now >= gauge.until) {
                self.read(place.slot(), now);
            }
        }
    }

    fn read(&mut self, slot: usize, now: Moment) {
        let Some(bucket) = self.all.at_mut(slot) else {
            self.gauges[slot].until = Moment::from_millis(i64::MAX);
            return;
        };
        bucket.forget(now);
        self.gauges[slot] = bucket.gauge(now).shared_by(share(&self.shares, slot));
        self.until = self.until.min(self.gauges[slot].until);
    }

    /// The gauges as of the last [`refresh`](Self::refresh).
    pub(crate) fn gauges(&self) -> &Gauges {
        &self.gauges
    }

    /// The gauges at `now`, for those who may change nothing.
    pub(crate) fn read_all(&self, now: Moment) -> Gauges {
        let read = |slot| {
            let gauge = self.all.at(slot).map_or(Gauge::STALE, |bucket| bucket.gauge(now));
            gauge.shared_by(share(&self.shares, slot))
        };
        (0..self.all.slots()).map(read).collect()
    }
}

/// How many offers draw on a counter.
fn share(shares: &[u32], slot: usize) -> u32 {
    shares.get(slot).copied().unwrap_or(1)
}

/// The gauge of a counter is out of date.
fn stale(gauges: &mut Gauges, touched: &mut Vec<u32>, place: Place) {
    stale_at(gauges, touched, place.slot());
}

fn stale_at(gauges: &mut Gauges, touched: &mut Vec<u32>, slot: usize) {
    if let Some(gauge) = gauges.get_mut(slot)
        && gauge.until != Gauge::STALE.until
    {
        gauge.until = Gauge::STALE.until;
        touched.push(u32::try_from(slot).unwrap_or(u32::MAX));
    }
}

impl Keeping {
    fn touch(&mut self, slot: usize) {
        if slot >= self.touched.len() {
            self.touched.resize(slot + 1, false);
        }
        self.touched[slot] = true;
    }

    fn begin(&mut self, key: &Arc<str>, bucket: &mut BucketState) {
        bucket.begin_keeping();
        if let Some(kept) = self.records.remove(key) {
            bucket.recall(&kept, self.since);
        }
        if let Some(records) = self.heard.get(key) {
            bucket.hear(records, false, self.since);
        }
    }
}
