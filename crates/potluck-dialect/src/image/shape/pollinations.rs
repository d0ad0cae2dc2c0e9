//! Pollinations' old anonymous host: the prompt is the path, the rest its query, and a file comes back.

use potluck_core::capability::{Parameter, Parameters};

use super::super::escape::escape;
use super::super::plan::Plan;
use super::super::step::{Ask, Method, Step, Target};

/// What a request can say.
pub(super) fn carries() -> Parameters {
    Parameter::Size | Parameter::Seed
}

/// Writes a request. A seed has to be sent: without one the same picture comes again, out of a cache.
pub(super) fn write(mut plan: Plan<'_>, target: &Target<'_>) -> Ask {
    let seed = plan.seed_or(target.chance);
    let mut path = String::from("/prompt/");
    escape(&mut path, &plan.request.prompt);
    path.push_str("?model=");
    escape(&mut path, target.model);
    if let Some(size) = plan.size {
        path.push_str(&format!("&width={}&height={}", size.wide, size.high));
    }
    // Private: kept out of the public feed.
    path.push_str(&format!("&seed={seed}&nologo=true&private=true&safe=true"));
    let step = Step { accept: "image/*", ..Step::bare(Method::Get, path) };
    plan.ask(step)
}
