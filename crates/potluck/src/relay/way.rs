//! The way of a request to the offer that is tried: what is kept of its draw, and what is told of it in a line.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use potluck_core::choose::Candidate;
use potluck_core::exclusion::Why;

use crate::recent::Drawn;

/// The most reasons that are named in a line; the rest is counted together.
const REASONS: usize = 8;

/// The way of a request.
#[derive(Clone, Debug)]
pub(super) struct Way {
    /// Who could serve, and who could not.
    pub(super) drawn: Arc<Drawn>,
    /// Who is tried, and the chance that it had.
    pub(super) candidate: Option<Candidate>,
    /// How long the request stood in line.
    pub(super) waited: Duration,
}

impl Way {
    /// In a line, such as `chance 0.083 of 12; 40 excluded: out_of_quota:requests 25, lacks_feature:tools 15`.
    pub(super) fn summary(&self) -> String {
        let (eligible, excluded) = self.drawn.counts();
        let mut line = match self.candidate {
            Some(picked) if picked.sticky => format!("session, of {eligible}"),
            Some(picked) => format!("chance {:.3} of {eligible}", picked.probability),
            None => format!("nobody of {eligible}"),
        };
        let _ = write!(line, "; {excluded} excluded");
        let counts = counted(self.drawn.reasons());
        for (at, (why, count)) in counts.iter().take(REASONS).enumerate() {
            let before = if at == 0 { ": " } else { ", " };
            let _ = write!(line, "{before}{why} {count}");
        }
        if counts.len() > REASONS {
            line.push_str(", and others");
        }
        if !self.waited.is_zero() {
            let _ = write!(line, "; waited {} ms", self.waited.as_millis());
        }
        line
    }
}

/// The reasons with their numbers, the most frequent first.
fn counted(reasons: impl Iterator<Item = Why>) -> Vec<(Why, usize)> {
    let mut counts: BTreeMap<Why, usize> = BTreeMap::new();
    for why in reasons {
        *counts.entry(why).or_default() += 1;
    }
    let mut counts: Vec<(Why, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

#[cfg(test)]
mod tests {
    use potluck_core::catalog::OfferIndex;

    use super::*;
    use crate::recent::tests::table;

    #[test]
    fn a_line_says_the_chance_and_who_was_left_out() {
        let why = |text| Why::from_text(text).unwrap();
        let mut read = table(12);
        read.excluded =
            vec![(20, why("busy")), (21, why("lacks_feature:tools")), (22, why("busy"))];
        let candidate =
            Candidate { offer: OfferIndex(3), weight: 1.0, probability: 0.25, sticky: false };
        let waited = Duration::from_millis(120);
        let drawn = Arc::new(Drawn::Read(read));
        let way = Way { drawn, candidate: Some(candidate), waited };
        assert_eq!(
            way.summary(),
            "chance 0.250 of 12; 3 excluded: busy 2, lacks_feature:tools 1; waited 120 ms"
        );
        let way =
            Way { drawn: Arc::new(Drawn::Read(table(2))), candidate: None, waited: Duration::ZERO };
        assert_eq!(way.summary(), "nobody of 2; 0 excluded");
    }

    #[test]
    fn a_line_stays_short() {
        let mut read = table(1);
        let words = ["text", "image", "audio", "video", "file", "embedding", "score"];
        let whys = words
            .into_iter()
            .flat_map(|word| [format!("lacks_input:{word}"), format!("lacks_output:{word}")]);
        read.excluded = whys.map(|text| (0, Why::from_text(&text).unwrap())).collect();
        let way =
            Way { drawn: Arc::new(Drawn::Read(read)), candidate: None, waited: Duration::ZERO };
        let line = way.summary();
        assert!(line.ends_with(", and others") && line.len() < 300, "{line}");
    }
}
