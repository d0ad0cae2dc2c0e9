//! Who is next when everybody waits.
//!
//! Interactive requests go before batch ones, whoever sends them. Among equals the turn goes around the client keys,
//! by what each was given before (start-time fair queueing), so that a key with a thousand requests waiting
//! delays another key's only one by one. Within a key: first come, first served.
//!
//! This room does not know what anybody waits for, nor for how long they may.

use std::collections::{BTreeMap, VecDeque};

use crate::requirements::Priority;

/// A place in the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place(u64);

/// Everybody who waits.
#[derive(Clone, Debug, Default)]
pub struct Line {
    lanes: BTreeMap<Lane, Waiting>,
    /// What was given to the last one served, by priority: nobody who comes new has been given less.
    given: BTreeMap<Priority, u64>,
    next: u64,
}

/// The requests of one client key of one priority.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Lane {
    priority: Priority,
    key: Box<str>,
}

#[derive(Clone, Debug)]
struct Waiting {
    /// How many turns this key was given, or is taken to have been given.
    given: u64,
    places: VecDeque<Place>,
}

impl Line {
    /// Somebody comes to wait.
    pub fn enter(&mut self, priority: Priority, key: &str) -> Place {
        let place = Place(self.next);
        self.next += 1;
        let floor = self.given.get(&priority).copied().unwrap_or(0);
        let lane = Lane { priority, key: key.into() };
        let waiting = self
            .lanes
            .entry(lane)
            .or_insert_with(|| Waiting { given: floor, places: VecDeque::new() });
        if waiting.places.is_empty() {
            waiting.given = waiting.given.max(floor);
        }
        waiting.places.push_back(place);
        place
    }

    /// Somebody leaves without having been served.
    pub fn leave(&mut self, place: Place) {
        self.remove(place);
        self.sweep();
    }

    /// Somebody is served.
    pub fn serve(&mut self, place: Place) {
        let Some(lane) = self.remove(place) else { return };
        if let Some(waiting) = self.lanes.get_mut(&lane) {
            let floor = self.given.entry(lane.priority).or_default();
            *floor = (*floor).max(waiting.given);
            waiting.given += 1;
        }
        self.sweep();
    }

    /// Everybody, whose turn it is first.
    #[must_use]
    pub fn order(&self) -> Vec<Place> {
        let mut turns: Vec<(Priority, u64, Place)> = Vec::with_capacity(self.len());
        for (lane, waiting) in &self.lanes {
            let numbered = (waiting.given..).zip(&waiting.places);
            turns.extend(numbered.map(|(turn, place)| (lane.priority, turn, *place)));
        }
        turns.sort_unstable();
        turns.into_iter().map(|(_, _, place)| place).collect()
    }

    /// How many wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lanes.values().map(|waiting| waiting.places.len()).sum()
    }

    /// Whether nobody waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lanes.values().all(|waiting| waiting.places.is_empty())
    }

    fn remove(&mut self, place: Place) -> Option<Lane> {
        self.lanes.iter_mut().find_map(|(lane, waiting)| {
            let at = waiting.places.iter().position(|known| *known == place)?;
            waiting.places.remove(at);
            Some(lane.clone())
        })
    }

    /// Keys that wait for nothing and have been given no more than a newcomer are newcomers; and so is everybody
    /// once nobody waits.
    fn sweep(&mut self) {
        if self.is_empty() {
            self.lanes.clear();
            self.given.clear();
            return;
        }
        let given = &self.given;
        self.lanes.retain(|lane, waiting| {
            !waiting.places.is_empty()
                || waiting.given > given.get(&lane.priority).copied().unwrap_or(0)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Priority = Priority::Interactive;
    const LATER: Priority = Priority::Batch;

    #[test]
    fn first_come_first_served_within_a_key() {
        let mut line = Line::default();
        let all: Vec<Place> = (0..5).map(|_| line.enter(NOW, "a")).collect();
        assert_eq!(line.order(), all);
        line.leave(all[0]);
        line.serve(all[1]);
        assert_eq!(line.order(), all[2..]);
    }

    #[test]
    fn nobody_in_a_hurry_waits_behind_a_batch() {
        let mut line = Line::default();
        let batch = line.enter(LATER, "a");
        let person = line.enter(NOW, "b");
        assert_eq!(line.order(), [person, batch]);
    }

    #[test]
    fn a_crowd_delays_another_key_by_one() {
        let mut line = Line::default();
        let crowd: Vec<Place> = (0..1000).map(|_| line.enter(NOW, "crowd")).collect();
        let single = line.enter(NOW, "single");
        assert_eq!(line.order()[..3], [crowd[0], single, crowd[1]]);
        for place in &crowd[..10] {
            line.serve(*place);
        }
        assert_eq!(line.order()[0], single);
    }

    #[test]
    fn who_comes_late_is_given_no_arrears() {
        let mut line = Line::default();
        let early: Vec<Place> = (0..110).map(|_| line.enter(NOW, "early")).collect();
        early[..100].iter().for_each(|place| line.serve(*place));
        let late: Vec<Place> = (0..10).map(|_| line.enter(NOW, "late")).collect();
        let order = line.order();
        let lates = order[..10].iter().filter(|place| late.contains(place)).count();
        assert!((5..=6).contains(&lates), "{lates} of ten");
        assert!(order.contains(&early[109]));
    }

    #[test]
    fn keys_that_are_gone_are_forgotten() {
        let mut line = Line::default();
        for key in 0..1000 {
            let place = line.enter(NOW, &key.to_string());
            line.serve(place);
        }
        assert!(line.is_empty() && line.lanes.is_empty());
        assert_eq!(line.order(), []);
    }
}
