//! The shapes in which providers are asked for pictures: a closed list.
//!
//! Each shape is one module: what to send, and what the answer means. A shape of several steps reads its later
//! answers too. Who sends a picture has answered, whatever was announced: so every reader is asked only about what
//! is none.

mod chat;
mod cloudflare;
mod comfy;
mod horde;
mod huggingface;
mod modelscope;
mod nvidia;
mod openai;
mod pollinations;
mod siliconflow;
mod task;
mod text2image;
mod together;
mod webui;
mod zai;

use potluck_core::capability::{Parameter, Parameters};
use potluck_core::image::{Format, ImageRequest};

use super::plan::Plan;
use super::step::{Ask, Head, Later, Made, Progress, Target};
use crate::dialect::Dialect;
use crate::{BadAnswer, answer};

/// The shape in which a provider is asked for pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shape {
    /// `OpenAI`'s, which many hosts and local servers speak.
    OpenAi,
    /// Together's: `OpenAI`'s, with edges and a word of its own.
    Together,
    /// Z.ai's: `OpenAI`'s, with a size and no more; an address comes back.
    Zai,
    /// SiliconFlow's: `OpenAI`'s path with words of its own; an address comes back.
    SiliconFlow,
    /// `ModelScope`'s: a task that is looked after; addresses come back.
    ModelScope,
    /// `OVHcloud`'s: a prompt in, a file out.
    Text2Image,
    /// Pollinations' old host: an address in, a file out.
    Pollinations,
    /// Hugging Face's task: a prompt and parameters in, a file out.
    HuggingFace,
    /// AI Horde's: a queue of volunteers.
    Horde,
    /// Cloudflare's, for the models that count `num_steps`.
    Cloudflare,
    /// Cloudflare's, for the models that count `steps`.
    CloudflareSteps,
    /// Cloudflare's, for the models that take a form.
    CloudflareForm,
    /// NVIDIA's: artifacts come back.
    Nvidia,
    /// NVIDIA's, for the models that must be told the mode `base`.
    NvidiaBase,
    /// Automatic1111's web interface, and those who speak like it.
    WebUi,
    /// `ComfyUI`'s graphs, for checkpoints.
    Comfy,
    /// A chat model of `OpenAI`'s dialect whose message has pictures.
    Chat,
    /// Gemini's models that make pictures.
    Gemini,
}

impl Shape {
    /// All of them.
    pub const ALL: [Self; 18] = [
        Self::OpenAi,
        Self::Together,
        Self::Zai,
        Self::SiliconFlow,
        Self::ModelScope,
        Self::Text2Image,
        Self::Pollinations,
        Self::HuggingFace,
        Self::Horde,
        Self::Cloudflare,
        Self::CloudflareSteps,
        Self::CloudflareForm,
        Self::Nvidia,
        Self::NvidiaBase,
        Self::WebUi,
        Self::Comfy,
        Self::Chat,
        Self::Gemini,
    ];

    /// The word in provider files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Together => "together",
            Self::Zai => "zai",
            Self::SiliconFlow => "siliconflow",
            Self::ModelScope => "modelscope",
            Self::Text2Image => "text2image",
            Self::Pollinations => "pollinations",
            Self::HuggingFace => "huggingface",
            Self::Horde => "horde",
            Self::Cloudflare => "cloudflare",
            Self::CloudflareSteps => "cloudflare_steps",
            Self::CloudflareForm => "cloudflare_form",
            Self::Nvidia => "nvidia",
            Self::NvidiaBase => "nvidia_base",
            Self::WebUi => "webui",
            Self::Comfy => "comfyui",
            Self::Chat => "chat",
            Self::Gemini => "gemini",
        }
    }

    /// The shape of a word, if it is one.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|shape| shape.word() == word)
    }

    /// The parameters that it can carry at all; what a model takes is among these.
    #[must_use]
    pub fn carries(self) -> Parameters {
        match self {
            Self::OpenAi => openai::carries(),
            Self::Zai => Parameter::Size.into(),
            Self::Text2Image => Parameter::Negative.into(),
            Self::Pollinations => pollinations::carries(),
            Self::CloudflareForm => cloudflare::form_carries(),
            Self::Chat | Self::Gemini => chat::carries(),
            Self::Together
            | Self::SiliconFlow
            | Self::ModelScope
            | Self::HuggingFace
            | Self::Horde
            | Self::Cloudflare
            | Self::CloudflareSteps
            | Self::Nvidia
            | Self::NvidiaBase
            | Self::WebUi
            | Self::Comfy => dials(),
        }
    }

    /// The most pictures to be changed that it can send.
    #[must_use]
    pub const fn sources(self) -> u32 {
        match self {
            Self::OpenAi | Self::Chat | Self::Gemini => 16,
            Self::CloudflareForm => cloudflare::MOST_INPUTS,
            Self::Horde | Self::WebUi => 1,
            _ => 0,
        }
    }

    /// Whether it can say which part of a picture may change.
    #[must_use]
    pub const fn masks(self) -> bool {
        matches!(self, Self::OpenAi)
    }

    /// Writes the first step towards one picture.
    #[must_use]
    pub fn write(self, request: &ImageRequest, target: &Target<'_>) -> Ask {
        let drops = target.drops | (Parameters::all() - self.carries());
        let target = &Target { drops, ..target.clone() };
        let plan = Plan::new(request, target);
        match self {
            Self::OpenAi => openai::write(plan, target),
            Self::Together => together::write(plan, target),
            Self::Zai => zai::write(plan, target),
            Self::SiliconFlow => siliconflow::write(plan, target),
            Self::ModelScope => modelscope::write(plan, target),
            Self::Text2Image => text2image::write(plan),
            Self::Pollinations => pollinations::write(plan, target),
            Self::HuggingFace => huggingface::write(plan, target),
            Self::Horde => horde::write(plan, target),
            Self::Cloudflare => cloudflare::write(plan, target, "num_steps"),
            Self::CloudflareSteps => cloudflare::write(plan, target, "steps"),
            Self::CloudflareForm => cloudflare::write_form(plan, target),
            Self::Nvidia => nvidia::write(plan, target, None),
            Self::NvidiaBase => nvidia::write(plan, target, Some("base")),
            Self::WebUi => webui::write(plan, target),
            Self::Comfy => comfy::write(plan, target),
            Self::Chat => chat::write(plan, target, Dialect::OpenAi),
            Self::Gemini => chat::write(plan, target, Dialect::Gemini),
        }
    }

    /// Reads the answer to the first step, of a status from 200 to 299.
    ///
    /// # Errors
    /// There is no picture in it and none to come: it is empty, cut, garbage, or an error inside a success; or the
    /// provider [held it back](BadAnswer::Filtered).
    pub fn read(self, _head: &Head<'_>, body: &[u8]) -> Result<Progress, BadAnswer> {
        if let Some(progress) = file(body) {
            return progress;
        }
        match self {
            Self::OpenAi | Self::Together | Self::Zai | Self::SiliconFlow => openai::read(body),
            Self::Text2Image | Self::Pollinations | Self::HuggingFace => Err(file_wanted(body)),
            Self::Cloudflare | Self::CloudflareSteps | Self::CloudflareForm => {
                cloudflare::read(body)
            }
            Self::Nvidia | Self::NvidiaBase => nvidia::read(body),
            Self::WebUi => webui::read(body),
            Self::Chat => chat::read(body, Dialect::OpenAi),
            Self::Gemini => chat::read(body, Dialect::Gemini),
            Self::ModelScope => return modelscope::read(body, None),
            Self::Horde => return horde::read(body),
            Self::Comfy => return comfy::read(body),
        }
        .map(Progress::Pictures)
    }

    /// Reads the answer to a later step.
    ///
    /// # Errors
    /// As of [`Shape::read`].
    pub fn read_later(
        self,
        later: &Later,
        head: &Head<'_>,
        body: &[u8],
    ) -> Result<Progress, BadAnswer> {
        if let Some(progress) = file(body) {
            return progress;
        }
        match self {
            Self::ModelScope => modelscope::read(body, Some(later)),
            Self::Horde => horde::read_later(later, body),
            Self::Comfy => comfy::read_later(later, body),
            _ => self.read(head, body),
        }
    }
}

/// What image servers share.
fn dials() -> Parameters {
    Parameter::Size | Parameter::Negative | Parameter::Seed | Parameter::Steps | Parameter::Guidance
}

/// A body that is a picture itself.
fn file(body: &[u8]) -> Option<Result<Progress, BadAnswer>> {
    Format::sniff(body)?;
    Some(Made::of_bytes(body.to_vec()).map(|made| Progress::Pictures(vec![made])))
}

/// What an answer is that should have been a file.
fn file_wanted(body: &[u8]) -> BadAnswer {
    if body.is_empty() { BadAnswer::Empty } else { answer::lacks(body, "a picture") }
}
