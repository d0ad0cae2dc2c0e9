//! Several providers at once.

use std::io;
use std::path::Path;
use std::time::Duration;

use crate::fault::{Fault, Oddity, Plan, ServerTrouble};
use crate::model::{Feature, Model, Reasoning};
use crate::provider::{Builder, ListingStyle, SimulatedProvider, StartError, Transport};
use crate::quota::{Limit, RefusalStyle, Span};

/// Running providers. They stop when the pool is dropped.
#[derive(Debug)]
pub struct Pool(Vec<SimulatedProvider>);

/// Half of the providers of [`Pool::twelve`].
const HALF: usize = 3;
/// The providers of [`Pool::wide`], and the models of each.
const WIDE: (usize, usize) = (30, 10);
/// The demo may run for days and see large images.
const DEMO_REMEMBERS: usize = 50;

// === impl Pool ===

impl Pool {
    /// Starts these providers.
    ///
    /// # Errors
    ///
    /// [`StartError`] of the first that does not start.
    pub async fn start(builders: Vec<Builder>) -> Result<Self, StartError> {
        let mut providers = Vec::with_capacity(builders.len());
        for builder in builders {
            providers.push(builder.start().await?);
        }
        Ok(Self(providers))
    }

    /// Twelve offers: six providers (`sim-1` to `sim-6`) with two capable models each
    /// (`alpha-N` and `beta-N`), all instant, healthy and without limits.
    ///
    /// # Errors
    ///
    /// [`StartError`] of the first that does not start.
    pub async fn twelve() -> Result<Self, StartError> {
        Self::start((1..=2 * HALF).map(one_of_twelve).collect()).await
    }

    /// [`Pool::twelve`], one that makes vectors and one that puts texts in order: whatever words can ask for is served, by
    /// somebody who has neither limits nor faults.
    ///
    /// # Errors
    ///
    /// [`StartError`] of the first that does not start.
    pub async fn sound() -> Result<Self, StartError> {
        let mut builders: Vec<Builder> = (1..=2 * HALF).map(one_of_twelve).collect();
        builders.push(
            SimulatedProvider::build("sim-vectors").model(Model::embedder("vectors", 16, 64)),
        );
        builders.push(SimulatedProvider::build("sim-ranks").model(Model::ranker("ranks")));
        Self::start(builders).await
    }

    /// Three hundred offers: thirty providers (`wide-01` to `wide-30`) with ten models each, for whoever has to show or
    /// draw from many. Each model has a limit a minute and a day of its own; a provider takes a moment to answer.
    ///
    /// # Errors
    ///
    /// [`StartError`] of the first that does not start.
    pub async fn wide() -> Result<Self, StartError> {
        Self::start((1..=WIDE.0).map(one_of_wide).collect()).await
    }

    /// [`Pool::twelve`], and one that plays Groq, so that the documents' examples find the names they use.
    ///
    /// # Errors
    ///
    /// [`StartError`] of the first that does not start.
    pub async fn familiar() -> Result<Self, StartError> {
        let groq = SimulatedProvider::build("groq")
            .model(Model::capable("openai/gpt-oss-120b").family("gpt-oss-120b").sees());
        Self::start((1..=2 * HALF).map(one_of_twelve).chain([groq]).collect()).await
    }

    /// [`Pool::twelve`], with `sim-1` to `sim-3` always failing in this way. For [`Fault::Tls`]
    /// their addresses are https and every handshake fails.
    ///
    /// # Errors
    ///
    /// [`StartError`] of the first that does not start.
    pub async fn twelve_half_failing(fault: Fault) -> Result<Self, StartError> {
        let mut builders: Vec<Builder> = (1..=2 * HALF).map(one_of_twelve).collect();
        if fault == Fault::Tls {
            let sound = builders.split_off(HALF);
            builders = builders.into_iter().map(|each| each.transport(Transport::NoTls)).collect();
            builders.extend(sound);
            return Self::start(builders).await;
        }
        let pool = Self::start(builders).await?;
        for provider in &pool.0[..HALF] {
            provider.set_faults(Plan::always(fault.clone())).await;
        }
        Ok(pool)
    }

    /// Six providers of different temper for `potluck demo`: quick and scarce, flaky, slow and
    /// thoughtful, seeing, talkative with tools and schemas, and one that sometimes stalls.
    ///
    /// # Errors
    ///
    /// [`StartError`] of the first that does not start.
    pub async fn demo() -> Result<Self, StartError> {
        let builders = [sprinter(), moody(), thinker(), painter(), clerk(), dreamer()];
        Self::start(builders.map(|each| each.remember(DEMO_REMEMBERS)).into()).await
    }

    /// Two providers that want keys, called `groq` and `mistral` as those whose variables their files name: healthy, instant
    /// and with limits of a day. Their keys are `simulated-key-of-groq` and `simulated-key-of-mistral`.
    ///
    /// # Errors
    ///
    /// [`StartError`] of the first that does not start.
    pub async fn keys() -> Result<Self, StartError> {
        let provider = |name: &str, variable: &str| {
            SimulatedProvider::build(name)
                .model(Model::capable("alpha"))
                .limit(Limit::requests(1000, Span::Day))
                .key(&format!("simulated-key-of-{name}"), variable)
                .listed()
        };
        Self::start(vec![provider("groq", "GROQ_API_KEY"), provider("mistral", "MISTRAL_API_KEY")])
            .await
    }

    /// The providers.
    #[must_use]
    pub fn providers(&self) -> &[SimulatedProvider] {
        &self.0
    }

    /// The provider of this name.
    #[must_use]
    pub fn provider(&self, name: &str) -> Option<&SimulatedProvider> {
        self.0.iter().find(|provider| provider.name() == name)
    }

    /// Name and provider file of each.
    #[must_use]
    pub fn files(&self) -> Vec<(String, String)> {
        self.0.iter().map(|each| (each.name().to_owned(), each.provider_file())).collect()
    }

    /// Writes each provider file as `NAME.toml` into this folder.
    ///
    /// # Errors
    ///
    /// What the file system says.
    pub fn write_files(&self, folder: &Path) -> io::Result<()> {
        for (name, file) in self.files() {
            std::fs::write(folder.join(format!("{name}.toml")), file)?;
        }
        Ok(())
    }

    /// Stops all, and returns when their ports are closed.
    pub async fn stop(self) {
        for provider in self.0 {
            provider.stop().await;
        }
    }
}

fn one_of_twelve(number: usize) -> Builder {
    SimulatedProvider::build(&format!("sim-{number}"))
        .model(Model::capable(&format!("alpha-{number}")).family("alpha"))
        .model(Model::capable(&format!("beta-{number}")).family("beta"))
}

fn one_of_wide(number: usize) -> Builder {
    let models = (1..=WIDE.1).map(|model| {
        let model = Model::capable(&format!("model-{number:02}-{model:02}"));
        model.first_byte(ms(40), ms(60)).pace(12, ms(10))
    });
    let empty = SimulatedProvider::build(&format!("wide-{number:02}"))
        .limit(Limit::requests(60, Span::Minute).each_model())
        .limit(Limit::requests(5_000, Span::Day).calendar().each_model());
    models.fold(empty, Builder::model)
}

// === the demo ===

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn sprinter() -> Builder {
    let sprint = Model::new("sprint-8b").first_byte(ms(60), ms(40)).pace(24, ms(8));
    SimulatedProvider::build("sim-sprinter")
        .model(sprint.with(Feature::JsonObject).family("sprint").window(8_192, 1_024).quality(0.35))
        .limit(Limit::requests(5, Span::Minute))
        .limit(Limit::requests(100, Span::Day).calendar())
}

fn moody() -> Builder {
    let everyday = Model::capable("everyday-32b").first_byte(ms(180), ms(150)).pace(20, ms(20));
    SimulatedProvider::build("sim-moody")
        .model(everyday.family("everyday").window(32_768, 4_096).quality(0.5))
        .limit(Limit::requests(30, Span::Minute))
        .faults(Plan::every(3, Fault::Trouble(ServerTrouble::Unavailable)))
        .seed(2)
}

fn thinker() -> Builder {
    let ponder = Model::capable("ponder-120b").first_byte(ms(700), ms(500)).pace(30, ms(45));
    SimulatedProvider::build("sim-thinker")
        .model(ponder.family("ponder").reasons(Reasoning::Reasoning).words(80).quality(0.75))
        .limit(Limit::requests(10, Span::Minute).each_model())
        .limit(Limit::tokens(20_000, Span::Minute))
        .limit(Limit::concurrent(2))
        .refusal_style(RefusalStyle::OpenRouter)
        .listing_style(ListingStyle::OpenRouter)
        .seed(3)
}

fn painter() -> Builder {
    let vista = Model::new("vista-12b").sees().first_byte(ms(250), ms(200)).pace(16, ms(25));
    SimulatedProvider::build("sim-painter")
        .model(vista.with(Feature::JsonObject).family("vista").window(65_536, 4_096).quality(0.55))
        .limit(Limit::requests(15, Span::Minute))
        .refusal_style(RefusalStyle::Gemini)
        .seed(4)
}

fn clerk() -> Builder {
    let ledger = Model::capable("ledger-70b").first_byte(ms(150), ms(100)).pace(24, ms(15));
    let everyday = Model::capable("everyday-32b").first_byte(ms(220), ms(120)).pace(20, ms(22));
    SimulatedProvider::build("sim-clerk")
        .model(ledger.family("ledger").quality(0.65))
        .model(everyday.family("everyday").window(32_768, 4_096).quality(0.5))
        .limit(Limit::requests(20, Span::Minute).each_model())
        .listing_style(ListingStyle::Groq)
        .model_faults("everyday-32b", Plan::every(4, Fault::Odd(Oddity::Comments)))
        .anonymous_key("sim-public-key")
        .seed(5)
}

fn dreamer() -> Builder {
    let drift = Model::new("drift-9b").first_byte(ms(300), ms(300)).pace(18, ms(30));
    SimulatedProvider::build("sim-dreamer")
        .model(drift.family("drift").window(16_384, 2_048).quality(0.4))
        .limit(Limit::requests(60, Span::Hour))
        .refusal_style(RefusalStyle::BodyText)
        .faults(Plan::chance(0.25, 6, Fault::StallBeforeFirstByte))
        .seed(6)
}
