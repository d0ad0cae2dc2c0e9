//! The whole pool on one page, as wide and as high as the terminal. Knows no terminal and no time.

use super::super::gauge;
use super::super::screen::{Line, Look};
use super::super::status::{in_a_line, served};
use super::super::view::{Limit, Offer, Pool};

/// Columns below which a gauge's words and its countdown do not fit beside each other.
const NARROW: usize = 60;

/// The page: those who were asked first, for they move; then who can serve; as many as there is room for.
pub(super) fn frame(pool: &Pool, width: usize, height: usize) -> Vec<Line> {
    let mut page = vec![cut(vec![(Some(Look::Strong), in_a_line(pool))], width), Vec::new()];
    let mut offers: Vec<&Offer> = pool.offers.iter().collect();
    offers
        .sort_by_key(|offer| (offer.attempts == 0 && offer.in_flight == 0, !offer.is_available()));
    let room = height.saturating_sub(page.len() + 1);
    let (mut shown, mut left) = (0, room);
    for offer in &offers {
        let block = block(offer, width);
        if block.len() > left {
            break;
        }
        left -= block.len();
        shown += 1;
        page.extend(block);
    }
    page.push(cut(vec![(Some(Look::Faint), footer(offers.len() - shown))], width));
    page
}

fn footer(more: usize) -> String {
    match more {
        0 => "Ctrl-C ends this".to_owned(),
        more => format!("{more} more do not fit here: potluck status shows them. Ctrl-C ends this"),
    }
}

/// An offer: its name and state, how it does, and a gauge for each limit.
fn block(offer: &Offer, width: usize) -> Vec<Line> {
    let (look, state) = gauge::state(offer).into_parts();
    let mark = if offer.is_available() { "● " } else { "○ " };
    let wait = match gauge::until_ready(offer) {
        none if none.is_empty() => none,
        wait => format!(" ({wait})"),
    };
    let head = vec![
        (look, mark.to_owned()),
        (Some(Look::Strong), offer.label()),
        (None, "  ".to_owned()),
        (look, format!("{state}{wait}")),
    ];
    let mut block = vec![cut(head, width)];
    let doing = doing(offer);
    if !doing.is_empty() {
        block.push(cut(vec![(Some(Look::Faint), format!("  {doing}"))], width));
    }
    block.extend(offer.limits.iter().map(|limit| cut(level(limit, width), width)));
    block
}

fn doing(offer: &Offer) -> String {
    let some = |what: String, unit: &str| (!what.is_empty()).then(|| format!("{what}{unit}"));
    let flying = (offer.in_flight > 0).then(|| format!("{} in flight", offer.in_flight));
    let speed = offer.speed().map(|rate| format!("{rate:.0} tokens/s"));
    let parts = [
        flying,
        some(served(offer), " served"),
        some(offer.first_word(), " to the first word"),
        speed,
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

/// A gauge. On a narrow page the countdown comes first, for it is what moves.
fn level(limit: &Limit, width: usize) -> Line {
    let look = match limit.part_left() {
        none if none <= 0.0 => Look::Bad,
        little if little < 0.2 => Look::Wait,
        _ => Look::Good,
    };
    let bar = [(None, "  ".to_owned()), (Some(look), gauge::bar(limit))];
    let (words, back) = (gauge::limit_words(limit), gauge::countdown(limit));
    let beside = if width < NARROW {
        [(Some(Look::Faint), format!(" {back:<11}")), (None, words)]
    } else {
        [(None, format!(" {words:<34}")), (Some(Look::Faint), back)]
    };
    bar.into_iter().chain(beside).collect()
}

/// A line that is no wider than the terminal: what is too long ends in `…`.
fn cut(line: Line, width: usize) -> Line {
    let all: usize = line.iter().map(|(_, text)| text.trim_end().chars().count()).sum();
    let mut room = width;
    let mut out: Line = Vec::with_capacity(line.len());
    for (look, text) in line {
        let long = text.chars().count();
        if long < room || (long == room && all <= width) {
            room -= long;
            out.push((look, text));
            continue;
        }
        let mut kept: String = text.chars().take(room.saturating_sub(1)).collect();
        if room > 0 {
            kept.push('…');
        }
        out.push((look, kept));
        break;
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn limit(left: u64, all: u64, per: &str, back: f64) -> Value {
        json!({ "counts": "requests", "amount": all, "per": per, "remaining": left, "resets_in_s": back })
    }

    fn pool() -> Pool {
        let offer = |name: &str, state: &str, more: Value| {
            let mut offer = json!({ "offer": name, "provider": "p", "family": "f", "state": state, "context": 8192 });
            offer.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            offer
        };
        let busy = json!({
            "limits": [limit(28, 30, "minute", 41.0), limit(640, 1000, "day", 18_600.0)],
            "in_flight": 2, "attempts": 33, "served": 31, "estimated_wait_s": 0.0,
            "first_event_ms": { "p50": 210.0, "p95": 480.0 }, "tokens_per_s": { "p50": 310.2, "p95": 400.0 },
        });
        let dry = json!({
            "limits": [limit(0, 20, "day", 18_600.0)], "estimated_wait_s": 18_600.0,
            "reasons": [{ "reason": "out_of_quota", "detail": "its requests are used up for now" }],
        });
        let offers = [
            offer("free/unlimited", "available", json!({ "estimated_wait_s": 0.0 })),
            offer("gemini/gemini-2.5-flash-lite-preview", "available", dry),
            offer("groq/openai/gpt-oss-120b", "available", busy),
            offer(
                "sim/tiny",
                "probation",
                json!({ "simulated": true, "limits": [limit(1, 9, "hour", 100.0)] }),
            ),
        ];
        serde_json::from_value(json!({
            "strategy": "balanced", "offers": offers,
            "summary": { "providers": 4, "offers": 4, "available": 3 },
        }))
        .unwrap()
    }

    fn page(width: usize, height: usize) -> String {
        let lines = frame(&pool(), width, height);
        assert!(lines.len() <= height.max(3), "no higher than the terminal");
        let lines = lines.into_iter().map(|line| {
            let text: String = line.into_iter().map(|(_, text)| text).collect();
            let text = text.trim_end().to_owned();
            assert!(text.chars().count() <= width, "wider than {width}: {text}");
            text
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_wide_page_has_all() {
        insta::assert_snapshot!(page(100, 40));
    }

    #[test]
    fn a_narrow_page_cuts_what_is_too_long() {
        insta::assert_snapshot!(page(40, 40));
    }

    #[test]
    fn a_low_page_says_how_many_do_not_fit() {
        insta::assert_snapshot!(page(80, 8));
        page(1, 1);
    }
}
