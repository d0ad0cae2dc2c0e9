//! How far the estimate of a prompt's tokens is from what providers count, by family: the same weights have the same
//! vocabulary wherever they run.
//!
//! The estimate itself stays on the high side and knows no vocabulary. An underestimate is believed at once, for
//! it overruns quotas; that the estimate is too high is believed slowly, and never wholly.

/// What usage has taught of one family.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// Counted tokens over estimated ones: the highest of late.
    highest: f64,
    /// How many answers taught it, up to [`ENOUGH`].
    seen: u32,
}

/// Shorter prompts teach nothing: a template of fixed length outweighs them.
const LEAST: u32 = 64;
/// Answers before an estimate is lowered.
const ENOUGH: u32 = 8;
/// How much of a lower ratio is believed, each time.
const BELIEF: f64 = 0.05;
/// What is added to what was seen.
const MARGIN: f64 = 1.1;
/// No estimate is lowered or raised by more: beyond that it is the counting that is odd.
const BOUNDS: (f64, f64) = (0.5, 3.0);

impl Default for Estimate {
    fn default() -> Self {
        Self { highest: 0.0, seen: 0 }
    }
}

impl Estimate {
    /// A prompt was estimated at so many tokens, and so many were counted.
    pub fn note(&mut self, estimated: u32, counted: u64) {
        if estimated < LEAST || counted == 0 {
            return;
        }
        #[expect(clippy::cast_precision_loss, reason = "a ratio needs no more than a few digits")]
        let ratio = counted as f64 / f64::from(estimated);
        if self.seen == 0 || ratio >= self.highest {
            self.highest = ratio;
        } else {
            self.highest += (ratio - self.highest) * BELIEF;
        }
        self.seen = (self.seen + 1).min(ENOUGH);
    }

    /// By what an estimate is to be multiplied.
    #[must_use]
    pub fn factor(&self) -> f64 {
        let learnt = (self.highest * MARGIN).clamp(BOUNDS.0, BOUNDS.1);
        if self.seen >= ENOUGH { learnt } else { learnt.max(1.0) }
    }

    /// An estimate of so many tokens, corrected.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "positive, and a cast of floats stops at the largest"
    )]
    pub fn correct(&self, estimated: u32) -> u32 {
        if self.seen == 0 {
            estimated
        } else {
            (f64::from(estimated) * self.factor()).ceil() as u32
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_underestimate_is_believed_at_once() {
        let mut estimate = Estimate::default();
        estimate.note(1000, 1500);
        assert!((1650..=1651).contains(&estimate.correct(1000)));
    }

    #[test]
    fn an_overestimate_is_believed_after_a_while_and_never_wholly() {
        let mut estimate = Estimate::default();
        for _ in 0..7 {
            estimate.note(1000, 700);
            assert_eq!(estimate.correct(1000), 1000);
        }
        estimate.note(1000, 700);
        assert_eq!(estimate.correct(1000), 770);
        (0..1000).for_each(|_| estimate.note(1000, 1));
        assert_eq!(estimate.correct(1000), 500);
    }

    #[test]
    fn one_dense_prompt_is_remembered_for_long() {
        let mut estimate = Estimate::default();
        (0..50).for_each(|_| estimate.note(1000, 600));
        estimate.note(1000, 1400);
        (0..10).for_each(|_| estimate.note(1000, 600));
        assert!(estimate.correct(1000) > 1000);
    }

    #[test]
    fn short_prompts_and_silence_teach_nothing() {
        let mut estimate = Estimate::default();
        estimate.note(10, 90);
        estimate.note(1000, 0);
        assert_eq!(estimate.correct(77), 77);
    }
}
