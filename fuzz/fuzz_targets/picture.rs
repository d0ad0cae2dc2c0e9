//! No bytes make the picture rooms panic, or decode more than their limits; what they give out can be read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use potluck_picture::{Format, Limits, Origin, Wish, decode, prepare};

const LIMITS: Limits = Limits { pixels: 1 << 18, memory: 16 << 20, frames: 8 };

fuzz_target!(|data: &[u8]| {
    let Some((first, file)) = data.split_first() else { return };
    let format = [Format::Png, Format::Jpeg, Format::WebP][usize::from(*first) % 3];
    let wish = Wish { format: Some(format), quality: (*first > 127).then_some(70) };
    let origin = Origin { model: "fuzz".to_owned(), ..Origin::default() };
    if let Ok(ready) = prepare(file, &wish, &origin, &LIMITS) {
        assert!(ready.size.pixels() <= LIMITS.pixels);
        assert_eq!(Format::sniff(&ready.bytes), Some(format));
        assert!(decode(&ready.bytes, &LIMITS).is_ok());
    }
});
