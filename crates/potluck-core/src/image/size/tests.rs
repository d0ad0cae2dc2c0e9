//! The nearest size, by example and for any wish.

use proptest::prelude::*;

use super::*;

fn size(wide: u32, high: u32) -> Size {
    Size { wide, high }
}

fn shape(text: &str) -> Wish {
    Wish::Shape { ratio: text.parse().unwrap(), pixels: None }
}

fn exact(wide: u32, high: u32) -> Wish {
    Wish::Exact(size(wide, high))
}

/// The lists and grids of real providers.
fn zai() -> Sizes {
    let listed = [
        (1024, 1024),
        (768, 1344),
        (864, 1152),
        (1344, 768),
        (1152, 864),
        (1440, 720),
        (720, 1440),
    ];
    Sizes::Listed(listed.map(|(wide, high)| size(wide, high)).to_vec())
}

fn horde() -> Sizes {
    let usual = Some(size(1024, 1024));
    Sizes::Grid { step: 64, least: 64, most: 3072, pixels: Some(1024 * 1024), usual }
}

#[test]
fn sizes_and_shapes_are_read_and_written() {
    assert_eq!("1024x768".parse(), Ok(size(1024, 768)));
    assert_eq!("1024*768".parse(), Ok(size(1024, 768)));
    assert_eq!(size(1024, 768).to_string(), "1024x768");
    for wrong in ["", "x", "1024", "0x10", "10x0", "16385x1", "-1x5", "1e3x5", "axb", "1x2x3"] {
        assert_eq!(wrong.parse::<Size>(), Err(NoSize), "{wrong}");
    }
    assert_eq!("16:9".parse::<Ratio>().unwrap().to_string(), "16:9");
    assert_eq!("19.5:9".parse::<Ratio>().unwrap().to_string(), "19.5:9");
    for wrong in ["", "1", "0:1", "1:0", "33:1", "nan:1", "inf:1", "a:b", "-1:1"] {
        assert_eq!(wrong.parse::<Ratio>(), Err(NoRatio), "{wrong}");
    }
    assert_eq!(size(1920, 1080).ratio().to_string(), "16:9");
    assert_eq!((size(1024, 1024).tiles(), size(513, 512).tiles()), (4, 2));
}

#[test]
fn a_listed_model_makes_the_nearest_shape() {
    let ask = |wish| zai().fit(wish).ask.unwrap().to_string();
    assert_eq!(ask(Wish::Auto), "1024x1024");
    assert_eq!(ask(exact(1024, 1024)), "1024x1024");
    assert_eq!(ask(exact(512, 512)), "1024x1024");
    assert_eq!(ask(exact(1792, 1024)), "1344x768");
    assert_eq!(ask(exact(1024, 1792)), "768x1344");
    assert_eq!(ask(shape("4:3")), "1152x864");
    assert_eq!(ask(shape("2:1")), "1440x720");
    assert_eq!(ask(shape("9:21")), "720x1440");
    assert!(zai().fit(shape("4:3")).met);
    assert!(!zai().fit(exact(1792, 1024)).met);
}

#[test]
fn a_grid_keeps_the_shape_and_stays_below_its_cap() {
    let ask = |wish| horde().fit(wish).ask.unwrap().to_string();
    assert_eq!(ask(Wish::Auto), "1024x1024");
    assert_eq!(ask(exact(1000, 1000)), "1024x1024");
    assert_eq!(ask(exact(512, 768)), "512x768");
    assert_eq!(ask(exact(2048, 2048)), "1024x1024");
    assert_eq!(ask(exact(1792, 1024)), "1344x768");
    assert_eq!(ask(exact(10, 10)), "64x64");
    assert_eq!(ask(shape("16:9")), "1344x768");
    assert!(horde().fit(exact(512, 768)).met);
    assert!(!horde().fit(exact(1000, 1000)).met);
}

#[test]
fn a_model_that_cannot_be_told_gives_its_own() {
    let own = Sizes::Own(Some(size(1024, 1024)));
    assert_eq!(
        own.fit(exact(512, 512)),
        Fit { ask: None, given: Some(size(1024, 1024)), met: false }
    );
    assert!(own.fit(exact(1024, 1024)).met && own.fit(Wish::Auto).met && own.fit(shape("1:1")).met);
    let unknown = Sizes::Own(None);
    assert_eq!(unknown.fit(Wish::Auto), Fit { ask: None, given: None, met: true });
    assert!(!unknown.fit(exact(512, 512)).met);
    let any = Sizes::Any.fit(exact(777, 333));
    assert_eq!(any, Fit { ask: Some(size(777, 333)), given: Some(size(777, 333)), met: true });
}

#[test]
fn a_tier_is_met_by_about_as_many_pixels() {
    let tier = Wish::Shape { ratio: "1:1".parse().unwrap(), pixels: Some(2048 * 2048) };
    assert!(tier.is_met_by(size(2048, 2048)) && tier.is_met_by(size(1920, 1920)));
    assert!(!tier.is_met_by(size(1024, 1024)));
}

prop_compose! {
    fn any_wish()(kind in 0..3, wide in 1u32..=16384, high in 1u32..=16384, a in 0.1f64..30.0, tier in any::<Option<u32>>()) -> Wish {
        match kind {
            0 => Wish::Auto,
            1 => exact(wide, high),
            _ => Ratio::new(a, 1.0).map_or(Wish::Auto, |ratio| Wish::Shape { ratio, pixels: tier.map(u64::from) }),
        }
    }
}

proptest! {
    #[test]
    fn what_is_asked_is_always_something_that_the_model_makes(
        wish in any_wish(), step in 1u32..=128, least in 1u32..=512, span in 128u32..4096, cap in any::<bool>(),
    ) {
        let most = least + span;
        let pixels = cap.then(|| u64::from(most) * u64::from(least.next_multiple_of(step)));
        let grid = Sizes::Grid { step, least, most, pixels, usual: Some(USUAL) };
        let asked = grid.fit(wish).ask.unwrap();
        for edge in [asked.wide, asked.high] {
            prop_assert!(edge % step == 0 && edge <= most && edge >= least.min(most / step * step), "{asked}");
        }
        if let Some(most) = pixels {
            prop_assert!(asked.pixels() <= most, "{asked} of {most}");
        }
        let listed = zai().fit(wish).ask.unwrap();
        prop_assert!(matches!(zai(), Sizes::Listed(all) if all.contains(&listed)));
    }

    #[test]
    fn what_the_model_makes_is_given_as_wished(wide in 1u32..=48, high in 1u32..=48) {
        let wished = size(wide * 64, high * 64);
        prop_assume!(wished.pixels() <= 1024 * 1024);
        let fit = horde().fit(Wish::Exact(wished));
        prop_assert_eq!(fit, Fit { ask: Some(wished), given: Some(wished), met: true });
    }

    #[test]
    fn no_text_breaks_reading(text in ".{0,12}") {
        let _ = (text.parse::<Size>(), text.parse::<Ratio>());
    }
}
