//! The owned, validated shape of one provider file.
//!
//! Whoever holds a [`ProviderFile`] need check nothing again: addresses are addresses, amounts are
//! above zero, zones exist, and every word is of its closed list. How the text is read is in
//! `provider` and `sections`.

use std::time::Duration;

use jiff::tz::TimeZone;
use potluck_core::capability::{Features, Modalities, Modality, Parameters};
use potluck_core::catalog::PicturePrice;
use potluck_core::embedding::Dimensions;
use potluck_core::image::ImageAbility;
use potluck_core::quota::Meter;
use potluck_dialect::Dialect;
use potluck_dialect::fault::Rule;
use potluck_dialect::image;
use potluck_dialect::quirk::Quirks;
use potluck_dialect::rates::RateHeader;

use super::account::Account;
use super::listing::Listing;
use super::word::words;

/// Everything known of one provider.
#[derive(Clone, Debug)]
pub struct ProviderFile {
    /// The name of its file without `.toml`.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// What it speaks.
    pub dialect: Dialect,
    /// Where its dialect begins, without a slash at the end; may hold `{account_id}`.
    pub base_url: String,
    /// What follows for chat, where it is not the dialect's own path.
    pub chat_path: Option<String>,
    /// What follows for vectors, where it is not the dialect's own path.
    pub embedding_path: Option<String>,
    /// What follows for an order of texts, where it is not the dialect's own path.
    pub rerank_path: Option<String>,
    /// How it is asked for pictures, where it makes some.
    pub images: Images,
    /// How sure its free tier is.
    pub status: Status,
    /// Whether it only plays a provider, for tests and demonstrations.
    pub simulated: bool,
    /// Whether it is drawn from.
    pub enabled: bool,
    /// Why not, when it is not.
    pub off_because: Option<String>,
    /// Order of worth in lists, 1 best.
    pub rank: Option<u32>,
    /// Where to get a key.
    pub signup: Option<String>,
    /// What it asks of whoever signs up; `None` where nobody looked.
    pub asks: Option<Asks>,
    /// What its terms say, in a sentence.
    pub terms: Option<String>,
    /// What they say of several accounts of one person.
    pub stacking: Stacking,
    /// What else a person should know.
    pub note: Option<String>,
    /// Who says so, and when.
    pub provenance: Provenance,
    /// How it deviates from its dialect.
    pub quirks: Quirks,
    /// The most requests in flight to one offer; `None` for the setting that holds for all.
    pub concurrency: Option<u32>,
    /// A candidate only when the request carries one of these; empty: always.
    pub needs_input: Modalities,
    /// A longer wait for the first event than the setting that holds for all.
    pub first_event: Option<Duration>,
    /// How it wants to be told who asks.
    pub auth: Auth,
    /// What it does with prompts.
    pub privacy: Privacy,
    /// Its promises about use over time.
    pub limits: Vec<Limit>,
    /// Where its answers report what is left.
    pub rate_headers: Vec<RateHeader>,
    /// What its errors mean; the first that matches wins.
    pub errors: Vec<Rule>,
    /// Where it lists its models.
    pub listing: Option<Listing>,
    /// Where it tells how an account stands.
    pub account: Option<Account>,
    /// Its models.
    pub models: Vec<Model>,
}

/// How a provider is asked for pictures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Images {
    /// In which shape; `None` for the dialect's own.
    pub shape: Option<image::Shape>,
    /// Where, where that is another host or path than chat's; without a slash at the end.
    pub base_url: Option<String>,
}

/// What a model can do with pictures.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Painter {
    /// In which shape it is asked, where that is not its provider's.
    pub shape: Option<image::Shape>,
    /// What it can do.
    pub ability: ImageAbility,
    /// The parameters that it takes; `None` for all that its shape carries.
    pub takes: Option<Parameters>,
    /// What a picture costs.
    pub price: PicturePrice,
}

/// Who says so, and when it was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Provenance {
    /// Keys of `sources.toml`, or addresses.
    pub source: Vec<String>,
    /// A year, a month or a day; empty where nobody said.
    pub checked: String,
}

words! {
    /// When a key is sent.
    KeyWhen = "occasion" {
        /// Whenever one is set.
        Set = "set",
        /// Never, because keyed calls are billed.
        Never = "never",
    }
}

words! {
    /// How sure a free tier is.
    Status = "status" {
        /// It works.
        Live = "live",
        /// It works for some, or the evidence contradicts itself.
        Uncertain = "uncertain",
        /// A credit or a promotion that ends, perhaps in a bill.
        Trial = "trial",
        /// A server on this machine.
        Local = "local",
    }
}

words! {
    /// What a provider's terms say of several accounts of one person.
    Stacking = "rule about several accounts" {
        /// They may not be used to get around its limits.
        Forbidden = "forbidden",
        /// Nothing is known.
        Unclear = "unclear",
    }
}

words! {
    /// What a provider says of itself.
    Told = "answer" {
        /// It says that it does not.
        No = "no",
        /// It says that it does, or its terms allow it.
        Yes = "yes",
        /// It says nothing, or it depends.
        Unclear = "unclear",
    }
}

words! {
    /// How a key is sent.
    AuthScheme = "scheme" {
        /// `authorization: Bearer KEY`
        Bearer = "bearer",
        /// In a header of its own name.
        Header = "header",
        /// In a query parameter.
        Query = "query",
        /// Not at all.
        None = "none",
    }
}

words! {
    /// The length that a window is measured in.
    Per = "span" {
        /// A second.
        Second = "second",
        /// A minute.
        Minute = "minute",
        /// An hour.
        Hour = "hour",
        /// A day.
        Day = "day",
        /// A month; 30 days where it slides.
        Month = "month",
    }
}

words! {
    /// Who shares a limit.
    SharedBy = "scope" {
        /// All models under one account.
        Account = "account",
        /// Each model has its own, whoever asks (and from whatever account).
        Model = "model",
        /// Everybody behind one address.
        Ip = "ip",
        /// Each model under one account has its own.
        AccountModel = "account_model",
    }
}

words! {
    /// How sure a number is.
    Confidence = "confidence" {
        /// Documented, or seen by several.
        High = "high",
        /// Seen by some.
        Medium = "medium",
        /// Hearsay.
        Low = "low",
    }
}

/// How a provider wants to be told who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Auth {
    /// Whether it serves without a key.
    pub keyless: bool,
    /// A public key to send when there is none.
    pub anonymous: Option<String>,
    /// The variables that may hold the key; the first that is set is used.
    pub env: Vec<String>,
    /// The variables that may hold the account for `{account_id}`.
    pub account_env: Vec<String>,
    /// How the key is sent.
    pub scheme: AuthScheme,
    /// The header's or the parameter's name, for the schemes that have one.
    pub name: Option<String>,
    /// When a key is sent.
    pub key_when: KeyWhen,
}

/// What a provider says it does with prompts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Privacy {
    /// Trains on them.
    pub trains: Told,
    /// Keeps them.
    pub logs: Told,
    /// Where it runs.
    pub region: Option<String>,
    /// What else it says.
    pub note: Option<String>,
}

/// What a provider asks of whoever signs up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asks {
    /// A phone number.
    pub phone: Told,
    /// A card, or another way to pay.
    pub card: Told,
    /// What else, in words.
    pub note: Option<String>,
}

/// A promise about use over time.
#[derive(Clone, Debug)]
pub struct Limit {
    /// What is counted.
    pub meter: Meter,
    /// How much, in the meter's own unit (thousandths of neurons, millionths of dollars).
    pub amount: u64,
    /// The window's measure; `None` for what is in flight.
    pub per: Option<Per>,
    /// How many of them; 1 unless said.
    pub every: u32,
    /// The zone whose calendar turns it; `None` for a sliding window.
    pub resets: Option<TimeZone>,
    /// Who shares it.
    pub shared_by: SharedBy,
    /// The ids, or beginnings that end in `*`, that it binds; empty: all.
    pub models: Vec<String>,
    /// Whether attempts that fail count.
    pub counts_failures: bool,
    /// How sure the number is.
    pub confidence: Option<Confidence>,
    /// Who says so; the provider's where empty.
    pub provenance: Provenance,
    /// What else a person should know.
    pub note: Option<String>,
}

/// One model at one provider.
#[derive(Clone, Debug)]
pub struct Model {
    /// What the provider calls it.
    pub id: String,
    /// The same weights elsewhere; `None` where it is a family of its own.
    pub family: Option<String>,
    /// Tokens of prompt and answer together; `None` where nobody knows.
    pub context: Option<u32>,
    /// Tokens of an answer.
    pub max_output: Option<u32>,
    /// What may go in.
    pub input: Modalities,
    /// What comes out.
    pub output: Modalities,
    /// What it can do that changes an answer's meaning.
    pub features: Features,
    /// How able it is, 0 to 1, where the file says so.
    pub quality: Option<f32>,
    /// The lengths of vector that it makes.
    pub dimensions: Dimensions,
    /// The most texts that it takes at once, for vectors or for an order.
    pub max_texts: Option<u32>,
    /// Cloudflare's price of a million tokens read, in neurons.
    pub neurons_per_million_input: Option<u64>,
    /// Cloudflare's price of a million tokens written, in neurons.
    pub neurons_per_million_output: Option<u64>,
    /// What it can do with pictures, where the file says so.
    pub image: Option<Painter>,
    /// The last day it is served.
    pub expires: Option<jiff::civil::Date>,
    /// Whether it is drawn from.
    pub enabled: bool,
    /// Why to doubt the row.
    pub uncertain: Option<String>,
    /// Deviations of this model alone, in addition to the provider's.
    pub quirks: Quirks,
    /// Limits of this model alone.
    pub limits: Vec<Limit>,
    /// Who says so, and when.
    pub provenance: Provenance,
}

impl ProviderFile {
    /// How it deviates from its dialect when the model of this id is asked.
    #[must_use]
    pub fn quirks_of(&self, model: &str) -> Quirks {
        let own = self.models.iter().find(|known| known.id == model);
        self.quirks | own.map_or_else(Quirks::empty, |known| known.quirks)
    }

    /// The shape in which a model is asked for pictures, where it makes some.
    #[must_use]
    pub fn image_shape(&self, model: &Model) -> Option<image::Shape> {
        if !model.output.contains(Modality::Image) {
            return None;
        }
        let own = model.image.as_ref().and_then(|painter| painter.shape);
        let usual = match self.dialect {
            Dialect::OpenAi if model.output.contains(Modality::Text) => Some(image::Shape::Chat),
            dialect => dialect.image(),
        };
        own.or(self.images.shape).or(usual)
    }

    /// Whether a model only makes pictures, at an address of which the list of chat's models does not speak.
    #[must_use]
    pub fn paints_elsewhere(&self, model: &Model) -> bool {
        self.images.base_url.is_some() && !model.output.contains(Modality::Text)
    }

    /// Where pictures are asked for, without a slash at the end; may hold `{account_id}`.
    #[must_use]
    pub fn image_base(&self) -> &str {
        self.images.base_url.as_deref().unwrap_or(&self.base_url)
    }
}

impl Per {
    /// Its length; a month counts 30 days.
    #[must_use]
    pub const fn length(self) -> Duration {
        Duration::from_secs(match self {
            Self::Second => 1,
            Self::Minute => 60,
            Self::Hour => 3_600,
            Self::Day => 86_400,
            Self::Month => 30 * 86_400,
        })
    }
}

impl Limit {
    /// Whether it binds the model of this id.
    #[must_use]
    pub fn binds(&self, model: &str) -> bool {
        self.models.is_empty() || self.models.iter().any(|pattern| pattern_fits(pattern, model))
    }
}

/// Whether `pattern`, an id or the beginning of one followed by `*`, names `model`.
pub(super) fn pattern_fits(pattern: &str, model: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => model.starts_with(beginning),
        None => pattern == model,
    }
}
