//! Notes as the JSON of their rows.

use potluck_core::Moment;
use potluck_core::health::{KeptRest, KeptStanding};
use potluck_core::outcome::Class;
use potluck_core::pool::{KeptFailure, KeptOffer};
use potluck_core::quota::{Drift, Kept, Margin, Unit, Uses};
use serde::{Deserialize, Serialize};

/// A counter.
#[derive(Serialize, Deserialize)]
pub(super) struct Counter {
    uses: UsesForm,
    claimed: Option<(u64, i64)>,
    blocked: Option<i64>,
    #[serde(default)]
    learnt: Option<(u64, i64)>,
    heard: Option<i64>,
    #[serde(default)]
    last_word: Option<Word>,
    #[serde(default)]
    margin: Held,
    allowance: u64,
    #[serde(default, skip_serializing_if = "is_none")]
    asks: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over so")]
const fn is_none(amount: &u64) -> bool {
    *amount == 0
}

/// What the provider last said of the count, and what we said.
#[derive(Serialize, Deserialize)]
struct Word {
    counted: u64,
    own: u64,
    by: i64,
    at: i64,
}

/// What is held back.
#[derive(Default, Serialize, Deserialize)]
struct Held {
    recent: u64,
    held: u64,
    since: Option<i64>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum UsesForm {
    Sliding {
        length_ms: i64,
        entries: Vec<(i64, u64)>,
        beyond: Option<(u64, i64)>,
    },
    Calendar {
        per: UnitForm,
        start: i64,
        end: i64,
        used: u64,
        #[serde(default, skip_serializing_if = "is_none")]
        late: u64,
    },
    InFlight {
        lingering: Option<(u64, i64)>,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum UnitForm {
    Minute,
    Hour,
    Day,
    Month,
}

/// What stands against an offer, a credential, an account or a provider.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Health {
    rest: Option<Rest>,
    repeats: u32,
    retired: Option<(String, i64)>,
    last_failure: Option<Failure>,
}

#[derive(Serialize, Deserialize)]
struct Rest {
    class: String,
    since: i64,
    until: i64,
    stated: bool,
}

#[derive(Serialize, Deserialize)]
struct Failure {
    class: String,
    status: Option<u16>,
    detail: String,
    at: i64,
}

fn pair_out(pair: (u64, Moment)) -> (u64, i64) {
    (pair.0, pair.1.as_millis())
}

const fn pair_in(pair: (u64, i64)) -> (u64, Moment) {
    (pair.0, Moment::from_millis(pair.1))
}

impl From<&Kept> for Counter {
    fn from(kept: &Kept) -> Self {
        Self {
            uses: UsesForm::from(&kept.uses),
            claimed: kept.claimed.map(pair_out),
            blocked: kept.blocked.map(Moment::as_millis),
            learnt: kept.learnt.map(pair_out),
            heard: kept.heard.map(Moment::as_millis),
            last_word: kept.drift.map(Word::from),
            margin: Held::from(kept.margin),
            allowance: kept.allowance,
            asks: kept.asks,
        }
    }
}

impl From<Counter> for Kept {
    fn from(form: Counter) -> Self {
        Self {
            uses: form.uses.into(),
            claimed: form.claimed.map(pair_in),
            blocked: form.blocked.map(Moment::from_millis),
            learnt: form.learnt.map(pair_in),
            heard: form.heard.map(Moment::from_millis),
            drift: form.last_word.map(Drift::from),
            margin: form.margin.into(),
            allowance: form.allowance,
            asks: form.asks,
        }
    }
}

impl From<Drift> for Word {
    fn from(Drift { counted, own, by, at }: Drift) -> Self {
        Self { counted, own, by, at: at.as_millis() }
    }
}

impl From<Word> for Drift {
    fn from(Word { counted, own, by, at }: Word) -> Self {
        Self { counted, own, by, at: Moment::from_millis(at) }
    }
}

impl From<Margin> for Held {
    fn from(Margin { recent, held, since }: Margin) -> Self {
        Self { recent, held, since: since.map(Moment::as_millis) }
    }
}

impl From<Held> for Margin {
    fn from(Held { recent, held, since }: Held) -> Self {
        Self { recent, held, since: since.map(Moment::from_millis) }
    }
}

impl From<&Uses> for UsesForm {
    fn from(uses: &Uses) -> Self {
        match uses {
            Uses::Sliding { length, entries, beyond } => Self::Sliding {
                length_ms: *length,
                entries: entries.iter().map(|(at, amount)| (at.as_millis(), *amount)).collect(),
                beyond: beyond.map(pair_out),
            },
            Uses::Calendar { unit, start, end, used, late } => Self::Calendar {
                per: UnitForm::from(*unit),
                start: start.as_millis(),
                end: end.as_millis(),
                used: *used,
                late: *late,
            },
            Uses::InFlight { lingering } => Self::InFlight { lingering: lingering.map(pair_out) },
        }
    }
}

impl From<UsesForm> for Uses {
    fn from(form: UsesForm) -> Self {
        match form {
            UsesForm::Sliding { length_ms, entries, beyond } => Self::Sliding {
                length: length_ms,
                entries: entries.into_iter().map(|(at, n)| (Moment::from_millis(at), n)).collect(),
                beyond: beyond.map(pair_in),
            },
            UsesForm::Calendar { per, start, end, used, late } => Self::Calendar {
                unit: per.into(),
                start: Moment::from_millis(start),
                end: Moment::from_millis(end),
                used,
                late,
            },
            UsesForm::InFlight { lingering } => {
                Self::InFlight { lingering: lingering.map(pair_in) }
            }
        }
    }
}

impl From<Unit> for UnitForm {
    fn from(unit: Unit) -> Self {
        match unit {
            Unit::Minute => Self::Minute,
            Unit::Hour => Self::Hour,
            Unit::Day => Self::Day,
            Unit::Month => Self::Month,
        }
    }
}

impl From<UnitForm> for Unit {
    fn from(form: UnitForm) -> Self {
        match form {
            UnitForm::Minute => Self::Minute,
            UnitForm::Hour => Self::Hour,
            UnitForm::Day => Self::Day,
            UnitForm::Month => Self::Month,
        }
    }
}

impl Health {
    /// What stands against somebody, alone.
    pub(super) fn of(standing: Option<KeptStanding>) -> Self {
        let Some(KeptStanding { rest, repeats, retired }) = standing else {
            return Self::default();
        };
        let rest = rest.map(|rest| Rest {
            class: rest.class.word().to_owned(),
            since: rest.since.as_millis(),
            until: rest.until.as_millis(),
            stated: rest.stated,
        });
        let retired = retired.map(|(class, since)| (class.word().to_owned(), since.as_millis()));
        Self { rest, repeats, retired, last_failure: None }
    }

    /// What stands against it; words of another version of potluck stand for nothing.
    pub(super) fn standing(&self) -> Option<KeptStanding> {
        let rest = self.rest.as_ref().and_then(|rest| {
            Some(KeptRest {
                class: Class::from_word(&rest.class)?,
                since: Moment::from_millis(rest.since),
                until: Moment::from_millis(rest.until),
                stated: rest.stated,
            })
        });
        let retired = self.retired.as_ref().and_then(|(class, since)| {
            Some((Class::from_word(class)?, Moment::from_millis(*since)))
        });
        let kept = KeptStanding { rest, repeats: self.repeats, retired };
        (kept != KeptStanding::default()).then_some(kept)
    }
}

impl From<&KeptOffer> for Health {
    fn from(kept: &KeptOffer) -> Self {
        let last_failure = kept.last_failure.as_ref().map(|failure| Failure {
            class: failure.class.word().to_owned(),
            status: failure.status,
            detail: failure.detail.clone(),
            at: failure.at.as_millis(),
        });
        Self { last_failure, ..Self::of(kept.standing) }
    }
}

impl From<Health> for KeptOffer {
    fn from(form: Health) -> Self {
        let standing = form.standing();
        let last_failure = form.last_failure.and_then(|failure| {
            Some(KeptFailure {
                class: Class::from_word(&failure.class)?,
                status: failure.status,
                detail: failure.detail,
                at: Moment::from_millis(failure.at),
            })
        });
        Self { standing, last_failure }
    }
}
