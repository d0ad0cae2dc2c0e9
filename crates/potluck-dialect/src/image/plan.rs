//! What of a wish a model is told: decided once for all shapes, so that each only writes it down.

use potluck_core::capability::Parameter;
use potluck_core::image::{Fit, ImageRequest, Size, Wish};

use super::step::{Ask, Step, Target};
use crate::estimate;
use crate::wire::Object;

/// What a model is told beside the prompt.
#[derive(Clone, Debug)]
pub(super) struct Plan<'r> {
    pub(super) request: &'r ImageRequest,
    pub(super) size: Option<Size>,
    pub(super) seed: Option<u64>,
    pub(super) steps: Option<u32>,
    pub(super) guidance: Option<f64>,
    pub(super) negative: Option<&'r str>,
    pub(super) quality: Option<&'r str>,
    pub(super) style: Option<&'r str>,
    pub(super) background: Option<&'r str>,
    pub(super) user: Option<&'r str>,
    fit: Fit,
    dropped: Vec<String>,
    notes: Vec<String>,
}

impl<'r> Plan<'r> {
    /// What of `request` the model at `target` takes.
    pub(super) fn new(request: &'r ImageRequest, target: &Target<'_>) -> Self {
        let mut left_out = LeftOut { target, names: request.dropped.clone() };
        let fit = target.ability.sizes.fit(request.size);
        let mut plan = Self {
            request,
            size: fit.ask,
            seed: left_out.take(Parameter::Seed, target.seed).map(folded),
            steps: left_out.take(Parameter::Steps, request.steps),
            guidance: left_out.take(Parameter::Guidance, request.guidance),
            negative: left_out.take(Parameter::Negative, request.negative.as_deref()),
            quality: left_out.take(Parameter::Quality, said(&request.quality)),
            style: left_out.take(Parameter::Style, said(&request.style)),
            background: left_out.take(Parameter::Background, said(&request.background)),
            user: left_out.take(Parameter::User, request.user.as_deref()),
            fit,
            dropped: left_out.names,
            notes: Vec::new(),
        };
        plan.dropped.extend(request.extra.iter().map(|(name, _)| name.to_string()));
        plan.lower_steps(target);
        plan.note_size();
        plan.note_prompt(target);
        plan
    }

    /// The seed, where one has to be sent whatever the client said.
    pub(super) fn seed_or(&mut self, chance: u64) -> u64 {
        *self.seed.get_or_insert(folded(chance))
    }

    /// Writes the size as two edges, under a provider's names for them.
    pub(super) fn write_edges(&self, fields: &mut Object<'_>, [wide, high]: [&str; 2]) {
        if let Some(size) = self.size {
            fields.integer(wide, size.wide);
            fields.integer(high, size.high);
        }
    }

    /// Writes what is not to be seen, the seed, the steps and the guidance, under a provider's names for them.
    pub(super) fn write_dials(&self, fields: &mut Object<'_>, names: [&str; 4]) {
        let [negative, seed, steps, guidance] = names;
        if let Some(words) = self.negative {
            fields.text(negative, words);
        }
        if let Some(number) = self.seed {
            fields.integer(seed, number);
        }
        if let Some(number) = self.steps {
            fields.integer(steps, number);
        }
        if let Some(number) = self.guidance {
            fields.number(guidance, number);
        }
    }

    /// The first step, with what was planned for it.
    pub(super) fn ask(self, step: Step) -> Ask {
        let Self { fit, dropped, notes, seed, steps, .. } = self;
        Ask { step, dropped, notes, fit, seed, steps }
    }

    fn lower_steps(&mut self, target: &Target<'_>) {
        let (Some(wished), Some(most)) = (self.steps, target.ability.most_steps) else { return };
        if wished > most {
            self.steps = Some(most);
            self.notes.push(format!("steps: {wished} asked, {most} given: the most of this model"));
        }
    }

    fn note_size(&mut self) {
        let (wish, fit) = (self.request.size, self.fit);
        if wish == Wish::Auto || fit.met {
            return;
        }
        if fit.ask.is_none() {
            self.dropped.push("size".to_owned());
        }
        self.notes.push(match fit.given {
            Some(given) => format!("size: {wish} asked, {given} given: the nearest of this model"),
            None => format!("size: {wish} asked; this model makes a size of its own"),
        });
    }

    fn note_prompt(&mut self, target: &Target<'_>) {
        let Some(most) = target.ability.prompt.tokens else { return };
        let tokens = estimate::words(&self.request.prompt);
        if tokens > most {
            self.notes.push(format!(
                "prompt: this model reads about {most} tokens, and the prompt may have {tokens}: what is beyond is lost"
            ));
        }
    }
}

/// A seed in 31 bits, which is all that many take: the same seed is the same again, which is all that it promises.
const fn folded(seed: u64) -> u64 {
    seed % (1 << 31)
}

/// A word that asks for something.
fn said(word: &Option<String>) -> Option<&str> {
    word.as_deref().filter(|word| *word != "auto")
}

/// Takes what the model takes, and names what it does not.
struct LeftOut<'t> {
    target: &'t Target<'t>,
    names: Vec<String>,
}

impl LeftOut<'_> {
    fn take<T>(&mut self, parameter: Parameter, value: Option<T>) -> Option<T> {
        let value = value?;
        if self.target.drops.contains(parameter) {
            self.names.push(parameter.word().to_owned());
            return None;
        }
        Some(value)
    }
}
