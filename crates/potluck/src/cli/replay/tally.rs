//! What would differ, counted.

use std::collections::BTreeMap;

use potluck_core::choose::Strategy;
use potluck_core::replay::{Change, Drawn, Past, Seat};
use serde::Serialize;

use super::Request;
use super::layout::Layout;
use crate::http::kept::Decision;
use crate::settings;

/// What would differ.
#[derive(Debug, Serialize)]
pub(super) struct Tally {
    #[serde(skip)]
    strategy: Strategy,
    #[serde(skip)]
    names: Names,
    pub(super) requests: usize,
    /// Those of them that could be drawn again.
    pub(super) redrawn: usize,
    /// Those for which nothing was drawn: their names meant nothing.
    undrawn: usize,
    /// Those of which nothing is known by which the strategy could draw.
    without_weights: usize,
    pub(super) nobody_then: usize,
    pub(super) nobody_now: usize,
    /// Whose pick differs.
    pub(super) changed: Vec<Changed>,
    offers: BTreeMap<String, Share>,
}

/// What fell to an offer.
#[derive(Debug, Default, Serialize)]
pub(super) struct Share {
    /// The sum of its chances to be the first pick.
    pub(super) chance_then: f64,
    pub(super) chance_now: f64,
    pub(super) picked_then: u64,
    pub(super) picked_now: u64,
}

/// A request whose first pick differs.
#[derive(Debug, Serialize)]
pub(super) struct Changed {
    pub(super) id: String,
    pub(super) then: Option<String>,
    pub(super) now: Option<String>,
}

/// Numbers for names, as the core wants them.
#[derive(Debug, Default)]
pub(super) struct Names {
    numbers: BTreeMap<String, u32>,
    all: Vec<String>,
}

// === impl Tally ===

impl Tally {
    pub(super) fn new(strategy: settings::Strategy) -> Self {
        Self {
            strategy: match strategy {
                settings::Strategy::Balanced => Strategy::Balanced,
                settings::Strategy::Uniform => Strategy::Uniform,
            },
            names: Names::default(),
            requests: 0,
            redrawn: 0,
            undrawn: 0,
            without_weights: 0,
            nobody_then: 0,
            nobody_now: 0,
            changed: Vec::new(),
            offers: BTreeMap::new(),
        }
    }

    /// Draws a request as it was and once more.
    pub(super) fn count(&mut self, request: &Request, layout: Option<&Layout>) {
        self.requests += 1;
        let Some((decision, past)) = request
            .decision
            .as_ref()
            .and_then(|decision| Some((decision, past(decision, &mut self.names)?)))
        else {
            self.undrawn += 1;
            return;
        };
        let mut change = Change {
            strategy: self.strategy,
            gone: Vec::new(),
            added: Vec::new(),
            moved: Vec::new(),
        };
        if let Some(layout) = layout {
            let came = potluck_core::Moment::from_millis(request.came.as_millisecond());
            let differs = layout.differs(&request.asked, decision, came);
            change.gone = differs.gone.iter().map(|name| self.names.number(name)).collect();
            change.added = differs.added.iter().map(|new| new.seat(&mut self.names)).collect();
            let moved = differs.moved.iter();
            change.moved = moved.map(|(name, tier)| (self.names.number(name), *tier)).collect();
        }
        match past.redraw(&change) {
            Ok(now) => self.compare(&request.id, &past.draw(), &now),
            Err(_no_weights) => self.without_weights += 1,
        }
    }

    fn compare(&mut self, id: &str, then: &Drawn, now: &Drawn) {
        self.redrawn += 1;
        self.nobody_then += usize::from(then.pick.is_none());
        self.nobody_now += usize::from(now.pick.is_none());
        for (offer, chance) in &then.chances {
            self.share(*offer).chance_then += chance;
        }
        for (offer, chance) in &now.chances {
            self.share(*offer).chance_now += chance;
        }
        if let Some(pick) = then.pick {
            self.share(pick).picked_then += 1;
        }
        if let Some(pick) = now.pick {
            self.share(pick).picked_now += 1;
        }
        if then.pick != now.pick {
            let name = |pick: Option<u32>| pick.map(|pick| self.names.name(pick));
            let (then, now) = (name(then.pick), name(now.pick));
            self.changed.push(Changed { id: id.to_owned(), then, now });
        }
    }

    fn share(&mut self, offer: u32) -> &mut Share {
        self.offers.entry(self.names.name(offer)).or_default()
    }

    /// The offers, those whose chance changes most first.
    pub(super) fn by_change(&self) -> Vec<(&str, &Share)> {
        let change = |share: &Share| (share.chance_now - share.chance_then).abs();
        let mut all: Vec<(&str, &Share)> =
            self.offers.iter().map(|(name, share)| (name.as_str(), share)).collect();
        all.sort_by(|one, other| change(other.1).total_cmp(&change(one.1)));
        all
    }

    /// How many could not be drawn again, and why.
    pub(super) fn left_out(&self) -> impl Iterator<Item = (usize, &'static str)> {
        [
            (self.undrawn, "nothing was drawn for them, as their names meant nothing"),
            (
                self.without_weights,
                "they were drawn by uniform, which notes nothing by which balanced could draw",
            ),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
    }
}

/// A decision as the core draws it again; `None` where it is none.
fn past(decision: &Decision, names: &mut Names) -> Option<Past> {
    let seats = decision.candidates.iter().map(|one| Seat {
        offer: names.number(&one.offer),
        provider: names.number(provider(&one.offer)),
        family: names.number(&one.family),
        weight: one.weight,
        tier: one.tier,
    });
    let seats = seats.collect();
    Some(Past {
        seed: decision.seed.parse().ok()?,
        strategy: Strategy::from_word(&decision.strategy)?,
        sticky: decision.sticky.as_ref().map(|sticky| names.number(sticky)),
        seats,
    })
}

/// The provider in an offer's name.
pub(super) fn provider(offer: &str) -> &str {
    offer.split('/').next().unwrap_or(offer)
}

// === impl Names ===

impl Names {
    /// One number for each name, whatever it names.
    pub(super) fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        self.numbers.insert(name.to_owned(), number);
        self.all.push(name.to_owned());
        number
    }

    fn name(&self, number: u32) -> String {
        self.all.get(number as usize).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A kept request over two families: one offer with ten times the weight of the three others.
    fn request(seed: u64, strategy: &str) -> Request {
        let weights = [("a/x", "x", 1.0), ("b/x", "x", 0.1), ("c/y", "y", 0.1), ("d/y", "y", 0.1)];
        let uniform = strategy == "uniform";
        let candidates = weights.map(|(offer, family, weight)| {
            let weight = if uniform { 0.5 } else { weight };
            json!({ "offer": offer, "family": family, "weight": weight, "probability": 0, "tier": 0 })
        });
        let decision = json!({
            "seed": seed.to_string(), "strategy": strategy, "considered": 4, "sticky": null,
            "candidates": candidates, "excluded": [], "needs": {}
        });
        let came = "2026-11-22T12:00:00Z";
        let request = json!({ "id": format!("gen-{seed}"), "came": came, "decision": decision });
        serde_json::from_value(request).unwrap()
    }

    fn tally(strategy: settings::Strategy, then: &str) -> Tally {
        let mut tally = Tally::new(strategy);
        for seed in 0..2000 {
            tally.count(&request(seed, then), None);
        }
        tally
    }

    #[test]
    fn the_same_settings_change_nothing() {
        for (strategy, word) in
            [(settings::Strategy::Balanced, "balanced"), (settings::Strategy::Uniform, "uniform")]
        {
            let tally = tally(strategy, word);
            assert_eq!((tally.redrawn, tally.changed.len()), (2000, 0), "{word}");
            let share = &tally.offers["a/x"];
            assert_eq!(share.picked_then, share.picked_now);
        }
    }

    #[test]
    fn another_strategy_moves_chances_and_picks_alike() {
        let tally = tally(settings::Strategy::Uniform, "balanced");
        let share = &tally.offers["a/x"];
        assert!((share.chance_then - 2000.0 / 1.3).abs() < 0.01, "{share:?}");
        assert!((share.chance_now - 500.0).abs() < 0.01, "{share:?}");
        assert!((1450..1630).contains(&share.picked_then), "{share:?}");
        assert!((430..570).contains(&share.picked_now), "{share:?}");
        assert!(tally.changed.len() > 900 && tally.nobody_now == 0);
        assert_eq!(tally.by_change()[0].0, "a/x");
    }

    #[test]
    fn what_cannot_be_drawn_again_is_counted() {
        let mut tally = tally(settings::Strategy::Balanced, "uniform");
        let came = "2026-11-22T12:00:00Z";
        let unknown = json!({ "id": "gen-x", "came": came, "decision": null });
        tally.count(&serde_json::from_value(unknown).unwrap(), None);
        assert_eq!((tally.requests, tally.redrawn), (2001, 0));
        assert_eq!(tally.left_out().map(|(count, _)| count).collect::<Vec<_>>(), [1, 2000]);
    }
}
