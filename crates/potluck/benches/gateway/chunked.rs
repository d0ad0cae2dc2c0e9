//! Undoes HTTP's chunked coding, a piece at a time.
//!
//! The load generator must cost little beside the gateway it drives, so payload is handed on as slices of
//! what was read. It must not know what the payload means.

use anyhow::{Result, bail};

/// More hexadecimal digits than any honest chunk needs.
const MOST_DIGITS: u8 = 8;

/// Where in a chunked body the reader stands.
#[derive(Debug, Default)]
pub(crate) struct Chunked {
    state: State,
}

#[derive(Debug)]
enum State {
    Size { value: usize, digits: u8 },
    Extension { value: usize },
    Data { left: usize },
    DataEnd { newline: bool },
    Trailer { line: usize },
    Done,
}

impl Default for State {
    fn default() -> Self {
        Self::Size { value: 0, digits: 0 }
    }
}

// === impl Chunked ===

impl Chunked {
    /// Whether the closing chunk and its trailer have been read.
    pub(crate) fn is_done(&self) -> bool {
        matches!(self.state, State::Done)
    }

    /// Reads `bytes`, hands every slice of payload to `sink` and answers how many bytes belonged to
    /// this body: fewer than given only where it ended.
    pub(crate) fn push(&mut self, bytes: &[u8], sink: &mut impl FnMut(&[u8])) -> Result<usize> {
        let mut at = 0;
        while at < bytes.len() && !self.is_done() {
            if let State::Data { left } = self.state {
                let end = bytes.len().min(at + left);
                sink(&bytes[at..end]);
                self.state = match left - (end - at) {
                    0 => State::DataEnd { newline: false },
                    left => State::Data { left },
                };
                at = end;
            } else {
                self.step(bytes[at])?;
                at += 1;
            }
        }
        Ok(at)
    }

    fn step(&mut self, byte: u8) -> Result<()> {
        self.state = match (&self.state, byte) {
            (State::Size { value, digits: 1.. } | State::Extension { value }, b'\n') => {
                opened(*value)
            }
            (State::Size { value, digits: 1.. }, b';' | b' ' | b'\r') => {
                State::Extension { value: *value }
            }
            (State::Size { value, digits }, _) => next_digit(*value, *digits, byte)?,
            (State::Extension { value }, _) => State::Extension { value: *value },
            (State::DataEnd { newline: false }, b'\r') => State::DataEnd { newline: true },
            (State::DataEnd { .. }, b'\n') => State::default(),
            (State::Trailer { line: 0 }, b'\n') => State::Done,
            (State::Trailer { .. }, b'\n') => State::Trailer { line: 0 },
            (State::Trailer { line }, b'\r') => State::Trailer { line: *line },
            (State::Trailer { line }, _) => State::Trailer { line: line + 1 },
            (state, byte) => bail!("a chunk is broken: byte {byte:#04x} at {state:?}"),
        };
        Ok(())
    }
}

fn opened(size: usize) -> State {
    if size == 0 { State::Trailer { line: 0 } } else { State::Data { left: size } }
}

fn next_digit(value: usize, digits: u8, byte: u8) -> Result<State> {
    let Some(digit) = char::from(byte).to_digit(16) else {
        bail!("a chunk is broken: byte {byte:#04x} in its size");
    };
    if digits == MOST_DIGITS {
        bail!("a chunk is broken: its size has more than {MOST_DIGITS} digits");
    }
    Ok(State::Size { value: value * 16 + digit as usize, digits: digits + 1 })
}
