//! Draws again: what a draw that was kept would have come to under another configuration.
//!
//! What is replayed is what the draw knew: who could serve, by what weight, and the seed. So the moment (what was left of
//! the limits, who rested, how well each did) stays as it was, and only what a person can change differs: how chances
//! are given, who is left out, who is added. What the answers would have been, nobody can know.
//!
//! Knows offers, providers and families only as numbers that the caller gives.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{OfferIndex, ProviderIndex};
use crate::choose::{Entry, Order, Strategy, chances, narrow};

/// A draw that was kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Past {
    /// What decided the order.
    pub seed: u64,
    /// How chances were given.
    pub strategy: Strategy,
    /// The offer that the session stuck to.
    pub sticky: Option<u32>,
    /// Who could serve, in the order of the draw.
    pub seats: Vec<Seat>,
}

/// One who can be drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seat {
    /// Which offer.
    pub offer: u32,
    /// Whose.
    pub provider: u32,
    /// Of which family.
    pub family: u32,
    /// Its weight, above zero and finite.
    pub weight: f32,
    /// Lower ones are tried before any higher one.
    pub tier: u32,
}

/// Another configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// How chances are given.
    pub strategy: Strategy,
    /// Who of those that could serve no longer can.
    pub gone: Vec<u32>,
    /// Who could serve beside them, with the weight of `balanced`.
    pub added: Vec<Seat>,
    /// Who of those that stay is tried earlier or later than then, with the new tier.
    pub moved: Vec<(u32, u32)>,
}

/// What a draw comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Drawn {
    /// Who is picked first; `None` where nobody can serve.
    pub pick: Option<u32>,
    /// The chance of each to be that one.
    pub chances: Vec<(u32, f64)>,
}

/// A draw under `uniform` kept no weights by which `balanced` could draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it was drawn by `uniform`, which notes nothing by which `balanced` could draw")]
pub struct NoWeights;

impl Past {
    /// The draw as it was.
    #[must_use]
    pub fn draw(&self) -> Drawn {
        draw(&self.seats, self.sticky, self.seed)
    }

    /// The draw under another configuration.
    ///
    /// # Errors
    /// [`NoWeights`]: of `uniform` there is no way back to `balanced`.
    pub fn redraw(&self, change: &Change) -> Result<Drawn, NoWeights> {
        let stays = |seat: &&Seat| !change.gone.contains(&seat.offer);
        let mut seats: Vec<Seat> = self.seats.iter().filter(stays).copied().collect();
        for seat in &mut seats {
            let moved = change.moved.iter().find(|(offer, _)| *offer == seat.offer);
            seat.tier = moved.map_or(seat.tier, |(_, tier)| *tier);
        }
        seats.extend_from_slice(&change.added);
        match (self.strategy, change.strategy) {
            (Strategy::Balanced, Strategy::Balanced) => {}
            (Strategy::Uniform, Strategy::Balanced) => return Err(NoWeights),
            (Strategy::Balanced, Strategy::Uniform) => share_alike(&mut seats),
            (Strategy::Uniform, Strategy::Uniform) => share_anew(&self.seats, change, &mut seats),
        }
        Ok(draw(&seats, self.sticky, self.seed))
    }
}

/// `uniform` of what `balanced` drew among: each family the same, each of its offers the same. The weights of credentials
/// are not known by themselves.
fn share_alike(seats: &mut [Seat]) {
    let members = sums(seats, |_| 1.0);
    for seat in seats {
        seat.weight = narrow(1.0 / members.get(&seat.family).copied().unwrap_or(1.0));
    }
}

/// `uniform` of what `uniform` drew among. Families that nobody left or entered stay as they were; in the others those
/// that are there share, in their old proportions, what the family had. Who is new gets a mean share.
fn share_anew(before: &[Seat], change: &Change, seats: &mut [Seat]) {
    let left = before.iter().filter(|seat| change.gone.contains(&seat.offer));
    let touched: BTreeSet<u32> = left.chain(&change.added).map(|seat| seat.family).collect();
    let had = sums(before, |seat| f64::from(seat.weight));
    let members = sums(before, |_| 1.0);
    let whole = |family: u32| had.get(&family).copied().unwrap_or(1.0);
    for seat in &mut *seats {
        if change.added.iter().any(|new| new.offer == seat.offer) {
            seat.weight = narrow(whole(seat.family) / members.get(&seat.family).unwrap_or(&1.0));
        }
    }
    let have = sums(seats, |seat| f64::from(seat.weight));
    for seat in seats.iter_mut().filter(|seat| touched.contains(&seat.family)) {
        let have = have.get(&seat.family).copied().unwrap_or(1.0);
        seat.weight = narrow(f64::from(seat.weight) * whole(seat.family) / have);
    }
}

/// What the offers of each family come to together.
fn sums(seats: &[Seat], of: impl Fn(&Seat) -> f64) -> BTreeMap<u32, f64> {
    let mut sums = BTreeMap::new();
    for seat in seats {
        *sums.entry(seat.family).or_default() += of(seat);
    }
    sums
}

fn draw(seats: &[Seat], sticky: Option<u32>, seed: u64) -> Drawn {
    let entry = |seat: &Seat| Entry {
        offer: OfferIndex(seat.offer),
        provider: ProviderIndex(seat.provider),
        weight: seat.weight,
        tier: seat.tier,
    };
    let entries: Vec<Entry> = seats.iter().map(entry).collect();
    let weights: Vec<(u32, f32)> = seats.iter().map(|seat| (seat.tier, seat.weight)).collect();
    let place = sticky.and_then(|sticky| seats.iter().position(|seat| seat.offer == sticky));
    let offers = seats.iter().map(|seat| seat.offer);
    let chances = offers.zip(chances(&weights, place)).collect();
    let sticky = place.and(sticky).map(OfferIndex);
    let pick = Order::new(entries, sticky, 1, seed).next().map(|candidate| candidate.offer.0);
    Drawn { pick, chances }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seat(offer: u32, family: u32, weight: f32) -> Seat {
        Seat { offer, provider: offer, family, weight, tier: 0 }
    }

    /// Five offers of three families, with weights that are far apart.
    fn past(seed: u64) -> Past {
        let seats = vec![
            seat(0, 0, 0.01),
            seat(1, 0, 2.0),
            seat(2, 1, 0.5),
            seat(3, 1, 0.003),
            seat(4, 2, 0.1),
        ];
        Past { seed, strategy: Strategy::Balanced, sticky: None, seats }
    }

    fn change(strategy: Strategy) -> Change {
        Change { strategy, gone: Vec::new(), added: Vec::new(), moved: Vec::new() }
    }

    #[test]
    fn what_is_not_changed_is_drawn_as_it_was() {
        for seed in 0..1000 {
            let past = past(seed);
            assert_eq!(past.redraw(&change(Strategy::Balanced)).unwrap(), past.draw());
        }
    }

    #[test]
    fn uniform_gives_each_family_the_same() {
        let drawn = past(7).redraw(&change(Strategy::Uniform)).unwrap();
        let third = 1.0 / 3.0;
        let expected = [third / 2.0, third / 2.0, third / 2.0, third / 2.0, third];
        for ((_, chance), expected) in drawn.chances.iter().zip(expected) {
            assert!((chance - expected).abs() < 1e-6, "{chance} {expected}");
        }
    }

    #[test]
    fn picks_follow_the_changed_chances() {
        let uniform = change(Strategy::Uniform);
        let picks = (0..9000).filter(|seed| past(*seed).redraw(&uniform).unwrap().pick == Some(4));
        let count = picks.count();
        assert!((2800..3200).contains(&count), "{count} of 9,000, and a third was expected");
    }

    #[test]
    fn uniform_drawn_again_is_the_same_and_early_ones_stay_early() {
        let mut past = past(1);
        past.strategy = Strategy::Uniform;
        for (seat, weight) in past.seats.iter_mut().zip([0.5, 0.05, 0.5, 0.5, 1.0]) {
            seat.weight = weight;
        }
        for seed in 0..200 {
            past.seed = seed;
            let (then, now) = (past.draw(), past.redraw(&change(Strategy::Uniform)).unwrap());
            assert_eq!(then.pick, now.pick);
        }
        assert_eq!(past.redraw(&change(Strategy::Balanced)), Err(NoWeights));
    }

    #[test]
    fn under_uniform_a_family_keeps_its_share_when_somebody_leaves_or_enters_it() {
        let mut past = past(1);
        past.strategy = Strategy::Uniform;
        // Credentials of the first family weigh three to one.
        for (seat, weight) in past.seats.iter_mut().zip([0.75, 0.25, 0.5, 0.5, 1.0]) {
            seat.weight = weight;
        }
        let change =
            Change { gone: vec![0], added: vec![seat(9, 1, 50.0)], ..change(Strategy::Uniform) };
        let drawn = past.redraw(&change).unwrap();
        let expected = [(1, 1.0), (2, 1.0 / 3.0), (3, 1.0 / 3.0), (4, 1.0), (9, 1.0 / 3.0)];
        for ((offer, chance), (who, share)) in drawn.chances.iter().zip(expected) {
            assert!(*offer == who && (chance - share / 3.0).abs() < 1e-6, "{offer}: {chance}");
        }
    }

    #[test]
    fn who_is_gone_is_not_drawn_and_who_is_added_is() {
        let gone = Change { gone: vec![1, 2], ..change(Strategy::Balanced) };
        assert!((0..500).all(|seed| {
            let pick = past(seed).redraw(&gone).unwrap().pick;
            pick.is_some_and(|pick| pick != 1 && pick != 2)
        }));
        let added = Change { added: vec![seat(9, 9, 50.0)], ..change(Strategy::Balanced) };
        let picks = (0..500).filter(|seed| past(*seed).redraw(&added).unwrap().pick == Some(9));
        assert!(picks.count() > 450);
        let nobody = Change { gone: (0..5).collect(), ..change(Strategy::Balanced) };
        assert_eq!(past(3).redraw(&nobody).unwrap(), Drawn { pick: None, chances: Vec::new() });
    }

    #[test]
    fn who_is_preferred_now_is_tried_first() {
        let later = [(0, 1), (1, 1), (3, 1), (4, 1)];
        let change = Change { moved: later.to_vec(), ..change(Strategy::Balanced) };
        assert!((0..200).all(|seed| past(seed).redraw(&change).unwrap().pick == Some(2)));
    }

    #[test]
    fn a_session_sticks_while_its_offer_is_there() {
        let past = Past { sticky: Some(3), ..past(5) };
        assert_eq!(past.draw().pick, Some(3));
        assert_eq!(past.draw().chances[3], (3, 1.0));
        let gone = Change { gone: vec![3], ..change(Strategy::Balanced) };
        assert_ne!(past.redraw(&gone).unwrap().pick, Some(3));
    }
}
