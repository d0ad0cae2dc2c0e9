//! A schedule of somebody who knows the day beforehand: every request, what the limits truly hold, who goes down when.
//! How much more it knows can be chosen ([`Knows`]): that shows what a gap between it and a router is made of.
//!
//! Every ten seconds it looks at all who wait, and serves those first who leave most for the others by the prices of the
//! bound: small ones where tokens are counted, large ones where requests are. What is left is
//! filled in wherever it fits; then one that was not served takes the place of another that fits elsewhere. Where an attempt
//! fails by chance that could not be known, the request is sent once more wherever it still fits. The schedule is played through the same
//! simulated providers as everybody's, and none of its requests may be refused for a limit.

use potluck_core::catalog::{Catalog, OfferIndex};
use potluck_core::eligible;
use potluck_core::quota::Window;

use crate::bound::{Group, Prices};
use crate::load::Ask;
use crate::provider::{Dice, fails, first_word, is_down, offset, travel, truly};
use crate::run::PATIENCE;

/// Requests reach their providers at whole multiples of this.
const BEAT: i64 = 10_000;
const DAY: i64 = 86_400_000;

/// When a request is sent, and to whom: its attempts, the first one first; none where it is not served.
pub(crate) type Turn = Vec<(i64, OfferIndex)>;

/// How much is known beforehand, beside the requests and the providers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Knows {
    /// Nothing: how long an answer will be is only known once it fits somewhere.
    Prompts,
    /// How long every answer will be.
    Answers,
    /// And which attempts fail by chance.
    Luck,
}

/// Where a request is served.
#[derive(Clone, Copy)]
struct Seat {
    beat: i64,
    group: usize,
    offer: OfferIndex,
}

struct Planner<'a> {
    catalog: &'a Catalog,
    asks: &'a [Ask],
    /// The requests as far as they are known when it is chosen among them.
    known: &'a [Ask],
    prices: &'a Prices<'a>,
    knows: Knows,
    /// By limit.
    sheets: Vec<Sheet>,
    seats: Vec<Option<Seat>>,
    /// Attempts that failed by chance, by request.
    failed: Vec<Vec<Seat>>,
}

/// What is used of a limit, by the beat.
struct Sheet {
    amount: u64,
    used: Vec<u64>,
    /// All of it, before and after the turn that falls into the day, where a calendar turns.
    sums: [u64; 2],
    span: Span,
}

/// Over what a limit is looked at.
enum Span {
    /// So many beats, wherever they begin.
    Beats(usize),
    /// The beat at which a calendar turns: after the last one, where it does not on that day.
    Turns(usize),
    Open,
}

const BEATS: usize = (DAY / BEAT) as usize + 8;

/// Plans the day. `known` is what is known of `asks`; prices are of what is known.
pub(crate) fn plan(
    catalog: &Catalog,
    asks: &[Ask],
    known: &[Ask],
    prices: &Prices<'_>,
    knows: Knows,
) -> Vec<Turn> {
    let sheets = (0..catalog.buckets.len()).map(|bucket| Sheet::new(catalog, bucket)).collect();
    let (seats, failed) = (vec![None; asks.len()], vec![Vec::new(); asks.len()]);
    let mut planner = Planner { catalog, asks, known, prices, knows, sheets, seats, failed };
    planner.serve_by_value();
    planner.fill_in();
    planner.make_room();
    planner.fill_in();
    while planner.meet_bad_luck() > 0 {
        planner.fill_in();
    }
    (0..asks.len()).map(|which| planner.turn(which)).collect()
}

impl Planner<'_> {
    /// The beats at which a request can reach somebody.
    fn beats(&self, which: usize) -> std::ops::RangeInclusive<i64> {
        let at = self.asks[which].at;
        let first = (at + travel(which, 1) + BEAT - 1).div_euclid(BEAT);
        let again = self.failed[which].last().map_or(first, |failed| failed.beat + 1);
        again..=(at + PATIENCE).div_euclid(BEAT)
    }

    /// The attempt that comes next.
    fn attempt(&self, which: usize) -> u32 {
        u32::try_from(self.failed[which].len()).unwrap_or(u32::MAX) + 1
    }

    /// When a request is sent, so that its attempts arrive at their beats.
    fn turn(&self, which: usize) -> Turn {
        let all = self.failed[which].iter().copied().chain(self.seats[which]);
        let sent =
            |(attempt, seat): (u32, Seat)| (seat.beat * BEAT - travel(which, attempt), seat.offer);
        (1..).zip(all).map(sent).collect()
    }

    /// Lets those attempts fail that do. They took of the limits what they would have taken; how many there were.
    fn meet_bad_luck(&mut self) -> usize {
        let mut count = 0;
        for which in 0..self.seats.len() {
            if let Some(seat) = self.seats[which].filter(|seat| self.fails(which, *seat)) {
                self.seats[which] = None;
                self.failed[which].push(seat);
                count += 1;
            }
        }
        count
    }

    fn fails(&self, which: usize, seat: Seat) -> bool {
        let group = &self.prices.able(&self.asks[which])[seat.group];
        fails(&group.provider, &Dice::new(which, self.attempt(which), seat.offer))
    }

    fn serve_by_value(&mut self) {
        let mut coming = 0;
        let mut waiting: Vec<usize> = Vec::new();
        for beat in 0..BEATS as i64 {
            while coming < self.asks.len() && *self.beats(coming).start() <= beat {
                waiting.push(coming);
                coming += 1;
            }
            waiting
                .retain(|which| self.seats[*which].is_none() && self.beats(*which).contains(&beat));
            self.serve_by_size(&waiting, beat);
            self.serve_by_number(&waiting, beat);
        }
    }

    /// Where the size of a request counts: the one that leaves most for the others first.
    fn serve_by_size(&mut self, waiting: &[usize], beat: i64) {
        let mut wishes: Vec<(f64, usize, usize)> = Vec::new();
        for &which in waiting {
            wishes.extend(self.values(which, true).map(|(value, group)| (value, which, group)));
        }
        wishes.retain(|(value, ..)| *value > 0.0);
        wishes.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        for (_, which, group) in wishes {
            if self.seats[which].is_none() {
                self.try_seat(which, group, beat);
            }
        }
    }

    /// Where requests are counted: those first that would take most elsewhere.
    fn serve_by_number(&mut self, waiting: &[usize], beat: i64) {
        let best = |which: &usize| self.values(*which, true).map(|(v, _)| v).fold(-1e9, f64::max);
        let mut order: Vec<(f64, usize)> =
            waiting.iter().map(|which| (best(which), *which)).collect();
        order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        for (_, which) in order {
            let mut places: Vec<(f64, usize)> = self.values(which, false).collect();
            places.sort_by(|a, b| b.0.total_cmp(&a.0));
            for (_, group) in places {
                if self.seats[which].is_none() {
                    self.try_seat(which, group, beat);
                }
            }
        }
    }

    /// What serving a request is worth at those where its size counts, or where it does not.
    fn values(&self, which: usize, by_size: bool) -> impl Iterator<Item = (f64, usize)> {
        let ask = &self.known[which];
        let groups = self.prices.able(ask).iter().enumerate();
        groups
            .filter(move |(_, group)| self.prices.counts_size(group) == by_size)
            .map(|(place, group)| (1.0 - self.prices.cost(group, ask), place))
    }

    /// Whoever is left takes any place that fits, the smallest first.
    fn fill_in(&mut self) -> usize {
        let mut left: Vec<usize> = self.unserved().collect();
        left.sort_by_key(|which| self.known[*which].prompt + self.known[*which].answer);
        left.into_iter().filter(|which| self.seat_anywhere(*which, None)).count()
    }

    /// Whoever is left takes the place of one that fits elsewhere.
    fn make_room(&mut self) {
        let mut by_beat: Vec<Vec<usize>> = vec![Vec::new(); BEATS];
        for (which, seat) in self.seats.iter().enumerate() {
            if let Some(seat) = seat {
                by_beat[seat.beat as usize].push(which);
            }
        }
        let left: Vec<usize> = self.unserved().collect();
        for which in left {
            for beat in self.beats(which) {
                let mut there = by_beat[beat as usize].iter().copied();
                let Some(moved) = there.find(|other| self.swap(which, *other)) else { continue };
                by_beat[beat as usize].retain(|other| *other != moved);
                for one in [which, moved] {
                    if let Some(seat) = self.seats[one] {
                        by_beat[seat.beat as usize].push(one);
                    }
                }
                break;
            }
        }
    }

    /// Gives `which` the place of `other`, if `other` fits elsewhere.
    fn swap(&mut self, which: usize, other: usize) -> bool {
        let Some(seat) = self.seats[other] else { return false };
        let mut groups = self.prices.able(&self.asks[which]).iter();
        let mine = groups.position(|group| group.offers.contains(&seat.offer));
        let Some(mine) = mine else { return false };
        self.unseat(other);
        if self.try_seat(which, mine, seat.beat) {
            if self.seat_anywhere(other, Some(seat)) {
                return true;
            }
            self.unseat(which);
        }
        self.reseat(other, seat);
        false
    }

    fn unserved(&self) -> impl Iterator<Item = usize> {
        (0..self.asks.len()).filter(|which| self.seats[*which].is_none())
    }

    fn seat_anywhere(&mut self, which: usize, but: Option<Seat>) -> bool {
        for beat in self.beats(which) {
            for group in 0..self.prices.able(&self.asks[which]).len() {
                let same = but.is_some_and(|seat| seat.beat == beat && seat.group == group);
                if !same && self.try_seat(which, group, beat) {
                    return true;
                }
            }
        }
        false
    }

    fn try_seat(&mut self, which: usize, place: usize, beat: i64) -> bool {
        let ask = &self.asks[which];
        let Some(group) = self.prices.able(ask).get(place) else { return false };
        let fits = group
            .buckets
            .iter()
            .all(|bucket| self.sheets[*bucket].fits(self.prices.takes(group, *bucket, ask), beat));
        let offer = if fits { self.lucky(which, group, beat) } else { None };
        let Some(offer) = offer else { return false };
        self.reseat(which, Seat { beat, group: place, offer });
        true
    }

    /// One of a group that answers this request in time, at this beat.
    fn lucky(&self, which: usize, group: &Group, beat: i64) -> Option<OfferIndex> {
        let (ask, at) = (&self.asks[which], beat * BEAT);
        if is_down(&group.provider, at) {
            return None;
        }
        let requirements = ask.requirements();
        let serves = |offer: &&OfferIndex| {
            let dice = Dice::new(which, self.attempt(which), **offer);
            let is_lucky = self.knows < Knows::Luck || !fails(&group.provider, &dice);
            is_lucky
                && at + first_word(ask, &dice) <= ask.at + PATIENCE
                && eligible::capable(&requirements, self.catalog.offer(**offer)).is_ok()
        };
        group.offers.iter().find(serves).copied()
    }

    fn reseat(&mut self, which: usize, seat: Seat) {
        self.book(which, seat, true);
        self.seats[which] = Some(seat);
    }

    fn unseat(&mut self, which: usize) {
        if let Some(seat) = self.seats[which].take() {
            self.book(which, seat, false);
        }
    }

    fn book(&mut self, which: usize, seat: Seat, takes: bool) {
        let ask = &self.asks[which];
        let group = &self.prices.able(ask)[seat.group];
        for bucket in &group.buckets {
            let amount = self.prices.takes(group, *bucket, ask);
            self.sheets[*bucket].book(amount, seat.beat as usize, takes);
        }
    }
}

impl Sheet {
    fn new(catalog: &Catalog, bucket: usize) -> Self {
        let user =
            catalog.offers.iter().find(|o| o.buckets.iter().any(|at| at.0 as usize == bucket));
        let provider = user.map_or("", |offer| catalog.provider(offer.provider).id.as_str());
        let limit = &catalog.buckets[bucket].limit;
        let span = match &limit.window {
            Window::Sliding { length } if length.as_millis() >= DAY as u128 => Span::Turns(BEATS),
            Window::Sliding { length } => {
                Span::Beats((length.as_millis() as usize).div_ceil(BEAT as usize))
            }
            Window::Calendar { unit: potluck_core::quota::Unit::Day, zone } => {
                Span::Turns(((DAY - offset(zone.iana_name())) % DAY / BEAT) as usize)
            }
            Window::Calendar { .. } => Span::Turns(BEATS),
            Window::InFlight => Span::Open,
        };
        Self { amount: truly(provider, limit), used: vec![0; BEATS], sums: [0; 2], span }
    }

    /// Before or after the calendar's turn.
    const fn side(&self, beat: usize) -> usize {
        match self.span {
            Span::Turns(turn) if beat < turn => 0,
            _ => 1,
        }
    }

    fn book(&mut self, amount: u64, beat: usize, takes: bool) {
        let side = self.side(beat);
        for used in [&mut self.used[beat], &mut self.sums[side]] {
            *used = if takes { *used + amount } else { *used - amount };
        }
    }

    /// Whether so much more can be used at this beat, whatever was planned for later.
    fn fits(&self, amount: u64, beat: i64) -> bool {
        let at = beat as usize;
        let sum = |from: usize, to: usize| self.used[from..to.min(BEATS)].iter().sum::<u64>();
        let most = match self.span {
            Span::Open => return true,
            Span::Turns(_) => self.sums[self.side(at)],
            Span::Beats(span) => {
                let first = (at + 1).saturating_sub(span);
                let mut most = sum(first, first + span);
                let mut present = most;
                for from in first + 1..=at {
                    present = present - self.used[from - 1]
                        + self.used.get(from + span - 1).copied().unwrap_or(0);
                    most = most.max(present);
                }
                most
            }
        };
        most + amount <= self.amount
    }
}
