//! The estimate of a prompt's tokens against what providers counted, before and after it was learnt how far off it is.

use std::collections::BTreeMap;

use potluck_core::health::Estimate;
use potluck_dialect::{Asked, Client, estimate};
use potluck_testkit::recordings::{RecordedBody, Recording};

use crate::{chats, plain};

/// A prompt as it was estimated, and as its provider counted it.
struct Counted<'a> {
    recording: &'a Recording,
    estimated: u32,
    counted: u64,
}

impl Counted<'_> {
    fn ratio(&self, estimated: u32) -> f64 {
        f64::from(estimated) / self.counted as f64
    }
}

fn counted(recording: &Recording) -> Option<Counted<'_>> {
    let Asked { request, .. } = Client::Chat.read_request(&recording.request.body).ok()?;
    let answer = match &recording.response.body {
        RecordedBody::Json(text) => plain::whole(text),
        RecordedBody::Sse(text) => plain::stream(text),
        _ => return None,
    };
    let [counted, ..] = answer.usage.filter(|usage| usage[0] > 0)?;
    Some(Counted { recording, estimated: estimate::prompt_tokens(&request), counted })
}

/// At a share of the sorted ratios.
fn at(ratios: &[f64], share: f64) -> f64 {
    ratios[(share * (ratios.len() - 1) as f64) as usize]
}

#[test]
fn the_estimate_is_seldom_too_small() {
    let Some(recordings) = chats("the_estimate_is_seldom_too_small") else { return };
    let all: Vec<Counted> = recordings.iter().filter_map(counted).collect();
    let mut ratios: Vec<f64> = all.iter().map(|one| one.ratio(one.estimated)).collect();
    ratios.sort_by(f64::total_cmp);
    let mut worst: Vec<&Counted> =
        all.iter().filter(|one| u64::from(one.estimated) < one.counted).collect();
    worst.sort_by(|a, b| a.ratio(a.estimated).total_cmp(&b.ratio(b.estimated)));
    eprintln!(
        "estimate / counted over {}: least {:.2}, 5 % {:.2}, median {:.2}, 95 % {:.2}; too small: {}",
        ratios.len(),
        at(&ratios, 0.0),
        at(&ratios, 0.05),
        at(&ratios, 0.5),
        at(&ratios, 0.95),
        worst.len()
    );
    for Counted { recording, estimated, counted } in worst.iter().take(12) {
        eprintln!("  {}: counted {counted}, estimated {estimated}", recording.name);
    }
    assert!(at(&ratios, 0.1) >= 1.0, "more than one in ten is too small");
}

/// Prompts of so few tokens teach nothing, and cost little when they are wrong.
const SHORT: u32 = 64;
/// A family of which less was recorded has not been learnt.
const ENOUGH: usize = 12;

#[test]
fn what_is_learnt_brings_estimates_closer_and_keeps_them_high() {
    let Some(recordings) = chats("what_is_learnt_brings_estimates_closer") else { return };
    let mut families: BTreeMap<String, Vec<Counted>> = BTreeMap::new();
    for one in recordings.iter().filter_map(counted).filter(|one| one.estimated >= SHORT) {
        let model = one.recording.model.clone().unwrap_or_default().to_lowercase();
        let family = model.rsplit('/').next().unwrap_or_default().to_owned();
        families.entry(family).or_default().push(one);
    }
    families.retain(|_, all| all.len() >= ENOUGH);
    let (mut before, mut after, mut blind) = (Vec::new(), Vec::new(), Vec::new());
    eprintln!(
        "family | prompts | estimate / counted, median: at first, learnt | factor | too small"
    );
    for (family, all) in &families {
        let mut learnt = Estimate::default();
        // as a server meets them: each is estimated with what the ones before have taught
        let mut own = Vec::new();
        for one in all {
            own.push(one.ratio(learnt.correct(one.estimated)));
            learnt.note(one.estimated, one.counted);
        }
        let mut first: Vec<f64> = all.iter().map(|one| one.ratio(one.estimated)).collect();
        let mut last: Vec<f64> =
            all.iter().map(|one| one.ratio(learnt.correct(one.estimated))).collect();
        let small = last.iter().filter(|ratio| **ratio < 1.0).count();
        [&mut first, &mut last].into_iter().for_each(|ratios| ratios.sort_by(f64::total_cmp));
        eprintln!(
            "{family} | {} | {:.2}, {:.2} | {:.2} | {small}",
            all.len(),
            at(&first, 0.5),
            at(&last, 0.5),
            learnt.factor()
        );
        blind.extend(own);
        before.extend(first);
        after.extend(last);
    }
    for ratios in [&mut before, &mut after, &mut blind] {
        ratios.sort_by(f64::total_cmp);
    }
    let small = |ratios: &[f64]| ratios.iter().filter(|ratio| **ratio < 1.0).count();
    let spread = |ratios: &[f64]| [0.05, 0.5, 0.95].map(|share| at(ratios, share));
    eprintln!("over {} prompts of {} families: 5 %, median, 95 %", before.len(), families.len());
    eprintln!("  as estimated  {:.2?}, too small {}", spread(&before), small(&before));
    eprintln!("  while learning {:.2?}, too small {}", spread(&blind), small(&blind));
    eprintln!("  learnt        {:.2?}, too small {}", spread(&after), small(&after));
    let off = |ratios: &[f64]| (at(ratios, 0.5) - 1.0).abs();
    assert!(off(&after) <= off(&before), "what was learnt takes the median further away");
    assert!(small(&after) * 20 <= after.len(), "more than one in twenty is too small");
}
