//! Pictures that clients asked to be given an address of: kept in memory for a while, under names that nobody guesses.
//!
//! A name is the whole permission: whoever knows it may look. Knows no HTTP, no models and no randomness of its own.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use potluck_core::Moment;
use potluck_picture::Format;

/// How many names of pictures that are gone are remembered, so that it can be said that they are.
const REMEMBERED: usize = 4096;

/// The pictures that hang now.
#[derive(Debug)]
pub struct Gallery {
    /// The most bytes that hang at once.
    room: usize,
    life: Duration,
    wall: Mutex<Wall>,
}

/// The name of a picture: 128 random bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Name(pub u128);

/// One picture.
#[derive(Clone, Debug)]
pub struct Exhibit {
    /// Its file.
    pub bytes: Bytes,
    /// Its format.
    pub format: Format,
    /// When it is taken down.
    pub until: Moment,
}

/// What is found under a name.
#[derive(Clone, Debug)]
pub enum Found {
    /// A picture.
    Here(Exhibit),
    /// There was one.
    Gone,
    /// There never was one, or so long ago that nobody remembers.
    Nothing,
}

#[derive(Debug, Default)]
struct Wall {
    pictures: HashMap<Name, Exhibit>,
    /// In the order of hanging, which is that of taking down.
    order: VecDeque<Name>,
    gone: VecDeque<Name>,
    bytes: usize,
}

impl Gallery {
    /// `room`: the most bytes that hang at once; `life`: how long each picture hangs.
    #[must_use]
    pub fn new(room: usize, life: Duration) -> Self {
        Self { room, life, wall: Mutex::default() }
    }

    /// Hangs a picture; the oldest make room for it. `false` where it is larger than the whole gallery.
    #[must_use]
    pub fn hang(&self, name: Name, bytes: Bytes, format: Format, now: Moment) -> bool {
        if bytes.len() > self.room {
            return false;
        }
        let mut wall = self.wall();
        wall.sweep(now);
        while wall.bytes + bytes.len() > self.room && wall.take_oldest() {}
        wall.bytes += bytes.len();
        wall.order.push_back(name);
        wall.pictures.insert(name, Exhibit { bytes, format, until: now.after(self.life) });
        true
    }

    /// The picture of that name.
    #[must_use]
    pub fn find(&self, name: Name, now: Moment) -> Found {
        let mut wall = self.wall();
        wall.sweep(now);
        match wall.pictures.get(&name) {
            Some(exhibit) => Found::Here(exhibit.clone()),
            None if wall.gone.contains(&name) => Found::Gone,
            None => Found::Nothing,
        }
    }

    /// Takes down what has hung long enough.
    pub fn sweep(&self, now: Moment) {
        self.wall().sweep(now);
    }

    /// How many bytes hang now.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.wall().bytes
    }

    /// A panic elsewhere must not close the gallery: a wall is plain values.
    fn wall(&self) -> MutexGuard<'_, Wall> {
        self.wall.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wall {
    fn sweep(&mut self, now: Moment) {
        let is_over = |wall: &Self| {
            let oldest = wall.order.front().and_then(|name| wall.pictures.get(name));
            oldest.is_some_and(|exhibit| exhibit.until <= now)
        };
        while is_over(self) && self.take_oldest() {}
    }

    fn take_oldest(&mut self) -> bool {
        let Some(name) = self.order.pop_front() else { return false };
        if let Some(exhibit) = self.pictures.remove(&name) {
            self.bytes -= exhibit.bytes.len();
        }
        if self.gone.len() >= REMEMBERED {
            self.gone.pop_front();
        }
        self.gone.push_back(name);
        true
    }
}

impl Name {
    /// The name in a file name such as `0123….png`, and the format that it promises.
    #[must_use]
    pub fn read(file: &str) -> Option<(Self, Format)> {
        let (digits, extension) = file.split_once('.')?;
        let is_digit = |letter: u8| matches!(letter, b'0'..=b'9' | b'a'..=b'f');
        if digits.len() != 32 || !digits.bytes().all(is_digit) {
            return None;
        }
        let format = Format::ALL.into_iter().find(|format| format.extension() == extension)?;
        Some((Self(u128::from_str_radix(digits, 16).ok()?), format))
    }

    /// As a file name.
    #[must_use]
    pub fn file(self, format: Format) -> String {
        format!("{:032x}.{}", self.0, format.extension())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    fn at(seconds: i64) -> Moment {
        Moment::from_millis(seconds * 1000)
    }

    fn hang(gallery: &Gallery, name: u128, size: usize, now: Moment) -> bool {
        gallery.hang(Name(name), Bytes::from(vec![0; size]), Format::Png, now)
    }

    #[test]
    fn a_picture_hangs_for_its_time_and_is_then_known_to_be_gone() {
        let gallery = Gallery::new(100, HOUR);
        assert!(hang(&gallery, 1, 10, at(0)));
        assert!(matches!(gallery.find(Name(1), at(3599)), Found::Here(it) if it.bytes.len() == 10));
        assert!(matches!(gallery.find(Name(1), at(3600)), Found::Gone));
        assert!(matches!(gallery.find(Name(2), at(0)), Found::Nothing));
        assert_eq!(gallery.bytes(), 0);
    }

    #[test]
    fn the_oldest_make_room_and_the_room_is_never_exceeded() {
        let gallery = Gallery::new(100, HOUR);
        for name in 0..50_u128 {
            assert!(hang(&gallery, name, 30, at(0)));
            assert!(gallery.bytes() <= 100);
        }
        assert!(matches!(gallery.find(Name(49), at(1)), Found::Here(_)));
        assert!(matches!(gallery.find(Name(46), at(1)), Found::Gone));
        assert!(!hang(&gallery, 99, 101, at(0)), "larger than the gallery");
    }

    #[test]
    fn names_are_read_exactly_as_they_are_written() {
        let name = Name(0x1234_5678_9abc_def0);
        assert_eq!(Name::read(&name.file(Format::Jpeg)), Some((name, Format::Jpeg)));
        for wrong in ["", "1.png", "../../etc/passwd", &"0".repeat(32), &format!("{:032X}.png", 10)]
        {
            assert_eq!(Name::read(wrong), None, "{wrong}");
        }
    }
}
