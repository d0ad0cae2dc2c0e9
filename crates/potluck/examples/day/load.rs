//! What clients send on that day.

use potluck_core::capability::{Feature, Features, Modality};
use potluck_core::requirements::Requirements;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};

/// One request of a client.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ask {
    /// Milliseconds after midnight; for a later call of a session, after the one before has ended.
    pub(crate) at: i64,
    /// Position of the call that follows in the same session.
    pub(crate) next: Option<usize>,
    /// Whether it comes by itself and not after another.
    pub(crate) opens: bool,
    pub(crate) prompt: u32,
    pub(crate) answer: u32,
    pub(crate) image: bool,
    pub(crate) tools: bool,
    /// Whose it is: one of four client keys.
    pub(crate) client: usize,
}

/// How many clients there are.
pub(crate) const CLIENTS: usize = 4;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Load {
    /// A person: 600 chats between 7:00 and 23:00.
    Light,
    /// Agents: 20 sessions of 120 calls each, one after the other, with tools and growing prompts.
    Agent,
    /// Two chats a second from 9:00 to 17:00, more than the pool has; one client sends seven of ten.
    Overload,
}

impl Load {
    pub(crate) const ALL: [Self; 3] = [Self::Light, Self::Agent, Self::Overload];

    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Agent => "agent",
            Self::Overload => "overload",
        }
    }

    pub(crate) fn asks(self) -> Vec<Ask> {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(20_261_123);
        match self {
            Self::Light => (0..600)
                .map(|_| {
                    let at = rng.random_range(7 * HOUR..23 * HOUR);
                    chat(at, &mut rng)
                })
                .collect(),
            Self::Agent => sessions(&mut rng),
            Self::Overload => (0..57_600)
                .map(|half| Ask {
                    client: [0, 0, 0, 0, 0, 0, 0, 1, 2, 3][rng.random_range(0..10)],
                    ..chat(9 * HOUR + half * 500, &mut rng)
                })
                .collect(),
        }
    }
}

const HOUR: i64 = 3_600_000;
const CALLS: usize = 120;

fn chat(at: i64, rng: &mut Xoshiro256PlusPlus) -> Ask {
    Ask {
        at,
        next: None,
        opens: true,
        prompt: rng.random_range(150..3000),
        answer: rng.random_range(80..800),
        image: rng.random_range(0..100) < 4,
        tools: rng.random_range(0..100) < 30,
        client: rng.random_range(0..CLIENTS),
    }
}

fn sessions(rng: &mut Xoshiro256PlusPlus) -> Vec<Ask> {
    let mut asks: Vec<Ask> = Vec::new();
    for session in 0..20 {
        let start = rng.random_range(8 * HOUR..20 * HOUR);
        for call in 0..CALLS {
            let next = (call + 1 < CALLS).then_some(asks.len() + 1);
            let grown = u32::try_from(call).unwrap_or_default() * 400;
            asks.push(Ask {
                at: if call == 0 { start } else { rng.random_range(500..4000) },
                next,
                opens: call == 0,
                prompt: 4000 + grown,
                answer: rng.random_range(60..600),
                image: false,
                tools: true,
                client: session % CLIENTS,
            });
        }
    }
    asks
}

impl Ask {
    /// What a router is told: its estimate of the prompt is a seventh too high.
    pub(crate) fn requirements(&self) -> Requirements {
        let mut requirements = Requirements::plain();
        requirements.prompt_tokens = self.prompt + self.prompt / 7;
        if self.image {
            requirements.input |= Modality::Image;
        }
        requirements.features = if self.tools { Feature::Tools.into() } else { Features::empty() };
        requirements
    }
}
