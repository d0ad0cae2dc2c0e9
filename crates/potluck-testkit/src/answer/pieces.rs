//! Counting tokens, cutting text to a budget, and cutting it into pieces for a stream.

/// Letters in a token. Real tokenizers differ; a simulated provider is at least exact about its own.
const TOKEN_CHARS: u64 = 4;

/// The tokens of a text, by this provider's own rule: one for four characters begun.
pub(super) fn count(text: &str) -> u64 {
    (text.chars().count() as u64).div_ceil(TOKEN_CHARS)
}

/// The tokens themselves.
pub(super) fn tokens(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    chars.chunks(TOKEN_CHARS as usize).map(|token| token.iter().collect()).collect()
}

/// Cuts the text to at most this many tokens and says whether it did.
pub(super) fn cut_to(text: &mut String, tokens: u64) -> bool {
    let chars = usize::try_from(tokens.saturating_mul(TOKEN_CHARS)).unwrap_or(usize::MAX);
    match text.char_indices().nth(chars) {
        Some((at, _)) => {
            text.truncate(at);
            true
        }
        None => false,
    }
}

/// Cuts the text before the first of these words.
pub(super) fn cut_at(text: &mut String, stops: &[String]) {
    let first =
        stops.iter().filter(|stop| !stop.is_empty()).filter_map(|stop| text.find(stop.as_str()));
    if let Some(at) = first.min() {
        text.truncate(at);
    }
}

/// At most this many pieces of nearly equal length, none of them empty.
pub(super) fn split(text: &str, pieces: usize) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let pieces = pieces.clamp(1, chars.len().max(1));
    (0..pieces)
        .map(|at| {
            chars[at * chars.len() / pieces..(at + 1) * chars.len() / pieces].iter().collect()
        })
        .filter(|piece: &String| !piece.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_join_to_the_text() {
        for pieces in [1, 2, 7, 100] {
            let cut = split("Grüße, 日本", pieces);
            assert_eq!(cut.concat(), "Grüße, 日本");
            assert_eq!(cut.len(), pieces.min(9));
        }
        assert!(split("", 3).is_empty());
    }

    #[test]
    fn cutting_keeps_whole_characters() {
        let mut text = "日本日本日".to_owned();
        assert!(cut_to(&mut text, 1));
        assert_eq!((text.as_str(), count(&text)), ("日本日本", 1));
        assert!(!cut_to(&mut text, 1));
        cut_at(&mut text, &["本日".to_owned(), "x".to_owned()]);
        assert_eq!(text, "日");
    }
}
