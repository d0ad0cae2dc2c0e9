//! The estimate of a prompt's tokens against what providers counted.

use potluck_dialect::{Asked, Client, estimate};
use potluck_testkit::recordings::RecordedBody;

use crate::{chats, plain};

#[test]
fn the_estimate_is_seldom_too_small() {
    let Some(recordings) = chats("the_estimate_is_seldom_too_small") else { return };
    let mut ratios = Vec::new();
    let mut worst = Vec::new();
    for recording in &recordings {
        let Ok(Asked { request, .. }) = Client::Chat.read_request(&recording.request.body) else {
            continue;
        };
        let answer = match &recording.response.body {
            RecordedBody::Json(text) => plain::whole(text),
            RecordedBody::Sse(text) => plain::stream(text),
            _ => continue,
        };
        let Some([prompt, ..]) = answer.usage.filter(|usage| usage[0] > 0) else { continue };
        let estimated = estimate::prompt_tokens(&request);
        let ratio = f64::from(estimated) / prompt as f64;
        ratios.push(ratio);
        if ratio < 1.0 {
            worst.push((ratio, &recording.name, prompt, estimated));
        }
    }
    ratios.sort_by(f64::total_cmp);
    worst.sort_by(|one, other| one.0.total_cmp(&other.0));
    let at = |share: f64| ratios[(share * (ratios.len() - 1) as f64) as usize];
    eprintln!(
        "estimate / counted over {}: least {:.2}, 5 % {:.2}, median {:.2}, 95 % {:.2}; too small: {}",
        ratios.len(),
        at(0.0),
        at(0.05),
        at(0.5),
        at(0.95),
        worst.len()
    );
    for (ratio, name, prompt, estimated) in worst.iter().take(12) {
        eprintln!("  {ratio:.2} {name}: counted {prompt}, estimated {estimated}");
    }
    assert!(at(0.1) >= 1.0, "more than one in ten is too small");
}
