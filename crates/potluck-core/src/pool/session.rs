//! Which session sticks to which offer. Bounded: the one that was silent longest goes first.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::pool::arena::Place;
use crate::time::Moment;

#[derive(Debug)]
pub(crate) struct Sessions {
    most: usize,
    idle: Duration,
    known: BTreeMap<Box<str>, Stuck>,
    /// By age: the first is the one that was silent longest.
    ages: BTreeMap<u64, Box<str>>,
    next: u64,
}

#[derive(Debug)]
struct Stuck {
    offer: Place,
    at: Moment,
    age: u64,
}

/// Longer names are cut: a client chooses them freely.
const LONGEST: usize = 256;

impl Sessions {
    pub(crate) const fn new(most: usize, idle: Duration) -> Self {
        Self { most, idle, known: BTreeMap::new(), ages: BTreeMap::new(), next: 0 }
    }

    pub(crate) fn find(&self, session: &str, now: Moment) -> Option<Place> {
        let stuck = self.known.get(cut(session))?;
        (now.since(stuck.at) < self.idle).then_some(stuck.offer)
    }

    pub(crate) fn remember(&mut self, session: &str, offer: Place, now: Moment) {
        if self.most == 0 {
            return;
        }
        let name: Box<str> = cut(session).into();
        let age = self.next;
        self.next += 1;
        if let Some(earlier) = self.known.insert(name.clone(), Stuck { offer, at: now, age }) {
            self.ages.remove(&earlier.age);
        }
        self.ages.insert(age, name);
        while self.known.len() > self.most {
            let Some((_, oldest)) = self.ages.pop_first() else { return };
            self.known.remove(&oldest);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.known.len()
    }

    pub(crate) fn shift(&mut self, by: i64) {
        for stuck in self.known.values_mut() {
            stuck.at = stuck.at.moved(by);
        }
    }
}

fn cut(name: &str) -> &str {
    &name[..name.floor_char_boundary(LONGEST.min(name.len()))]
}
