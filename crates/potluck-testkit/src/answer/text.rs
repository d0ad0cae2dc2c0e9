//! Sentences for answers and for reasoning: sensible words, chosen by a seed.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use super::ask::{Ask, Image};

const SENTENCES: [&str; 16] = [
    "Everyone brings one dish, and together it is a meal.",
    "A shared table needs only a list of who brings what.",
    "When one pot runs empty, the next one is already warm.",
    "Bread keeps well, soup travels badly, and cake is never left over.",
    "The best seat is near the kitchen, where the news arrives first.",
    "A good guest says what is in the dish before anyone asks.",
    "Rice is patient; it waits for the latecomers.",
    "Small portions let everybody taste everything.",
    "Nobody remembers who was late, only who brought the salad.",
    "Two soups are better than one, as long as one of them is hot.",
    "If the oven is busy, the fruit is ready.",
    "Labels on the bowls save many questions.",
    "What is left in the evening is lunch on the next day.",
    "A long queue moves faster with two ladles.",
    "The host counts the plates before the guests count the chairs.",
    "Pepper can be added later and never taken out.",
];

const THOUGHTS: [&str; 8] = [
    "First I look at what is asked.",
    "Then I count what is on the table.",
    "The obvious answer deserves a second look.",
    "There is no model behind this, so I must not pretend to know.",
    "I compare two ways and keep the shorter one.",
    "Nothing in the question forbids a plain reply.",
    "A last check finds no contradiction.",
    "So I can answer now.",
];

/// How many words of the question are repeated.
const ECHOED_WORDS: usize = 12;

/// The label at the start of every text.
pub(super) fn label(speaker: &str) -> String {
    format!("[simulated by {speaker}]")
}

/// A text answer of about this many words.
pub(super) fn answer_text(speaker: &str, ask: &Ask, words: usize, rng: &mut StdRng) -> String {
    let mut text = label(speaker);
    if let Some(result) = &ask.tool_result {
        text.push_str(&format!(" The tool answered: {}.", first_words(result)));
    } else if !ask.last_user.trim().is_empty() {
        text.push_str(&format!(" You wrote: \u{201c}{}\u{201d}.", first_words(&ask.last_user)));
    }
    if !ask.images.is_empty() {
        let seen: Vec<String> = ask.images.iter().map(Image::description).collect();
        text.push_str(&format!(" I see {}.", seen.join(", and ")));
    }
    fill(&mut text, &SENTENCES, words, rng);
    text
}

/// A train of thought of about this many words.
pub(super) fn reasoning_text(speaker: &str, words: usize, rng: &mut StdRng) -> String {
    let mut text = label(speaker);
    fill(&mut text, &THOUGHTS, words.max(8), rng);
    text
}

fn fill(text: &mut String, sentences: &[&str], words: usize, rng: &mut StdRng) {
    let mut count = text.split_whitespace().count();
    loop {
        let sentence = sentences.choose(rng).copied().unwrap_or_default();
        text.push(' ');
        text.push_str(sentence);
        count += sentence.split_whitespace().count();
        if count >= words {
            return;
        }
    }
}

fn first_words(text: &str) -> String {
    let mut words = text.split_whitespace();
    let mut first: Vec<&str> = words.by_ref().take(ECHOED_WORDS).collect();
    if words.next().is_some() {
        first.push("\u{2026}");
    }
    first.join(" ")
}
