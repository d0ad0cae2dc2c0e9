//! What holds of any bytes, and of every format.

use image::DynamicImage;
use proptest::prelude::*;

use crate::decode::decode;
use crate::encode::encode;
use crate::fault::Fault;
use crate::format::Format;
use crate::header::{Header, Limits, Size};
use crate::origin::{Origin, inscribe};
use crate::prepare::{Wish, prepare};
use crate::samples::{READ, file, glass, gradient, picture};

const SMALL: Limits = Limits { pixels: 1 << 16, memory: 4 << 20, frames: 4 };

fn origin() -> Origin {
    Origin {
        model: "flux".to_owned(),
        provider: "Möhre".to_owned(),
        seed: Some(7),
        steps: Some(4),
        asked: Some(Size { width: 1000, height: 1000 }),
        prompt: None,
        simulated: true,
    }
}

#[test]
fn a_picture_of_the_wished_format_keeps_its_pixels_and_nothing_but_its_inscription_differs() {
    for format in READ {
        let came = file(format);
        let wish = Wish { format: Some(format), quality: None };
        let ready = prepare(&came, &wish, &origin(), &Limits::default()).expect("a picture");
        assert!(!ready.is_converted);
        assert_eq!(ready.size, Size { width: 64, height: 48 });
        let longest = |bytes: &[u8]| {
            // the largest stretch of the file that came stands in the file that goes
            let half = &came[came.len() / 2..came.len() / 2 + 32];
            bytes.windows(half.len()).any(|window| window == half)
        };
        assert!(longest(&ready.bytes), "{format:?}");
        let (before, after) = (pixels(&came), pixels(&ready.bytes));
        assert_eq!(before, after, "{format:?}");
        let again = inscribe(&ready.bytes, &origin()).expect("a picture");
        assert_eq!(again, ready.bytes, "an inscription is replaced, not added to: {format:?}");
    }
}

fn pixels(bytes: &[u8]) -> Vec<u8> {
    decode(bytes, &Limits::default()).expect("a picture").pixels.to_rgba8().into_raw()
}

#[test]
fn every_format_becomes_every_format() {
    for (from, to) in READ.iter().flat_map(|from| READ.map(|to| (*from, to))) {
        let wish = Wish { format: Some(to), quality: None };
        let ready = prepare(&file(from), &wish, &origin(), &Limits::default()).expect("a picture");
        assert_eq!((ready.format, Format::sniff(&ready.bytes)), (to, Some(to)));
        assert_eq!(ready.is_converted, from != to);
        let furthest = pixels(&file(from))
            .iter()
            .zip(pixels(&ready.bytes))
            .map(|(a, b)| a.abs_diff(b))
            .max()
            .expect("pixels");
        let allowed = if to == Format::Jpeg { 40 } else { 0 };
        assert!(furthest <= allowed, "{from:?} to {to:?}: {furthest}");
    }
}

#[test]
fn what_is_transparent_becomes_white_in_a_jpeg_and_stays_so_in_webp() {
    let came = encode(&picture(glass()), Format::Png, None).expect("a picture");
    let to = |format| {
        let wish = Wish { format: Some(format), quality: Some(100) };
        let ready = prepare(&came, &wish, &origin(), &Limits::default()).expect("a picture");
        decode(&ready.bytes, &Limits::default()).expect("a picture").pixels
    };
    let jpeg = to(Format::Jpeg).to_rgb8();
    let near = |have: [u8; 3], want: [u8; 3]| have.iter().zip(want).all(|(a, b)| a.abs_diff(b) < 8);
    assert!(near(jpeg.get_pixel(4, 4).0, [255, 127, 127]), "{:?}", jpeg.get_pixel(4, 4));
    assert!(near(jpeg.get_pixel(28, 4).0, [255, 255, 255]), "{:?}", jpeg.get_pixel(28, 4));
    assert_eq!(to(Format::WebP).to_rgba8().get_pixel(4, 4).0, [255, 0, 0, 128]);
}

#[test]
fn only_a_black_picture_is_measured_as_black() {
    for format in READ {
        let black = encode(&picture(DynamicImage::new_rgb8(16, 16)), format, None).expect("black");
        assert!(decode(&black, &Limits::default()).expect("black").is_black(), "{format:?}");
        assert!(!decode(&file(format), &Limits::default()).expect("colours").is_black());
    }
    let clear = encode(&picture(glass()), Format::Png, None).expect("a picture");
    assert!(!decode(&clear, &Limits::default()).expect("a picture").is_black());
}

#[test]
fn a_file_that_is_cut_anywhere_is_refused() {
    for format in READ {
        let whole = file(format);
        for end in 0..whole.len() {
            let cut = &whole[..end];
            let fault = decode(cut, &Limits::default()).expect_err("a cut file");
            let expected = matches!(fault, Fault::Cut(_) | Fault::Empty | Fault::Unknown);
            assert!(expected, "{format:?} cut at {end} of {}: {fault}", whole.len());
        }
    }
}

#[test]
fn a_bomb_is_refused_by_what_it_says_of_itself() {
    let mut png = file(Format::Png);
    png[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
    png[20..24].copy_from_slice(&60_000_u32.to_be_bytes());
    let mut jpeg = file(Format::Jpeg);
    let frame = jpeg.windows(2).position(|two| two == [0xff, 0xc0]).expect("a frame");
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xff; 4]);
    let mut webp = file(Format::WebP);
    webp[21..25].copy_from_slice(&[0xff, 0xff, 0xff, 0x0f]);
    for bomb in [png, jpeg, webp] {
        let fault = decode(&bomb, &Limits::default()).expect_err("a bomb");
        assert!(fault.is_too_large(), "{fault}");
    }
}

#[test]
fn a_jpeg_is_written_anew_only_where_a_quality_was_asked_and_makes_it_smaller() {
    let came = encode(&picture(gradient(256, 256)), Format::Jpeg, Some(95)).expect("a picture");
    let with = |quality| {
        let wish = Wish { format: Some(Format::Jpeg), quality };
        prepare(&came, &wish, &Origin::default(), &Limits::default()).expect("a picture")
    };
    let smaller = with(Some(30));
    assert!(smaller.is_converted && smaller.bytes.len() < came.len());
    assert!(!with(Some(100)).is_converted);
    assert!(!with(None).is_converted);
}

#[test]
fn what_providers_wrote_in_words_is_taken_out() {
    let prompt = Origin { prompt: Some("a secret fox".to_owned()), ..origin() };
    for format in READ {
        let told = inscribe(&file(format), &prompt).expect("a picture");
        let has = |bytes: &[u8]| bytes.windows(12).any(|window| window == b"a secret fox");
        assert!(has(&told), "{format:?}");
        let untold = inscribe(&told, &origin()).expect("a picture");
        assert!(!has(&untold), "{format:?}");
        let seen = untold.windows(6).any(|window| window == "Möhre".as_bytes());
        assert!(seen, "{format:?}");
    }
}

#[test]
fn formats_that_are_not_read_are_named() {
    let fault = decode(b"GIF89a\x01\0\x01\0", &Limits::default()).expect_err("a gif");
    assert_eq!(fault, Fault::Unread(Format::Gif));
    assert_eq!(decode(b"<html>", &Limits::default()).expect_err("a page"), Fault::Unknown);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        let _ = prepare(&bytes, &Wish::default(), &origin(), &SMALL);
    }

    #[test]
    fn no_change_of_a_file_makes_it_panic_or_ask_for_more_than_it_may(
        which in 0_usize..3,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        to in 0_usize..3,
    ) {
        let mut bytes = file(READ[which]);
        for (place, byte) in changes {
            let at = place.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(header) = Header::read(&bytes) && header.check(&SMALL).is_ok() {
            prop_assert!(header.memory() <= SMALL.memory);
        }
        let wish = Wish { format: Some(READ[to]), quality: Some(80) };
        if let Ok(ready) = prepare(&bytes, &wish, &origin(), &SMALL) {
            prop_assert!(ready.size.pixels() <= SMALL.pixels);
            prop_assert_eq!(Format::sniff(&ready.bytes), Some(READ[to]));
            prop_assert!(decode(&ready.bytes, &SMALL).is_ok());
        }
    }
}
