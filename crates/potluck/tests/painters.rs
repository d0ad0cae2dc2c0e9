//! Every manner of the simulated painter asked in its shape, over real HTTP: the two sides were written apart.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic")]

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use potluck::pantry;
use potluck_core::capability::Parameters;
use potluck_core::image::{Format, ImageAbility, ImageRequest, Size, Sizes, Wish};
use potluck_dialect::BadAnswer;
use potluck_dialect::image::{File, Head, Made, Progress, Shape, Step, Target, unfiltered};
use potluck_dialect::quirk::Quirks;
use potluck_testkit::{FileKind, Flaw, Manner, SimulatedPainter};

type Http = Client<HttpConnector, Full<Bytes>>;

/// More steps than any walk takes.
const MOST_STEPS: usize = 12;

/// What came of a walk.
#[derive(Debug)]
enum End {
    Made(Vec<Made>),
    Bad(BadAnswer),
    Refused(u16),
}

fn http() -> Http {
    Client::builder(TokioExecutor::new()).build_http()
}

async fn send(http: &Http, base: &str, step: Step) -> (u16, Vec<u8>) {
    let mut request = Request::builder()
        .method(step.method.word())
        .uri(step.address(base))
        .header("accept", step.accept);
    for (name, value) in &step.headers {
        request = request.header(*name, value.as_ref());
    }
    if let Some(content_type) = &step.content_type {
        request = request.header("content-type", content_type.as_ref());
    }
    let request = request.body(Full::new(Bytes::from(step.body))).unwrap();
    let response = http.request(request).await.unwrap();
    let status = response.status().as_u16();
    (status, response.into_body().collect().await.unwrap().to_bytes().to_vec())
}

/// Goes through a shape's steps without waiting between them.
async fn walk(painter: &SimulatedPainter, manner: Manner) -> End {
    let (http, base) = (http(), format!("http://{}/v1", painter.address()));
    let shape = Shape::from_word(manner.word()).unwrap();
    let ability = ImageAbility {
        sizes: Sizes::Grid { step: 8, least: 8, most: 2048, pixels: None, usual: None },
        ..ImageAbility::default()
    };
    let target = Target {
        model: "paint-1",
        ability: &ability,
        drops: Parameters::empty(),
        quirks: Quirks::empty(),
        seed: Some(77),
        chance: 1,
    };
    let size = Wish::Exact(Size { wide: 48, high: 32 });
    let request = ImageRequest { prompt: "a red fox".to_owned(), size, ..ImageRequest::default() };
    let mut step = shape.write(&request, &target).step;
    let mut last = None;
    for _ in 0..MOST_STEPS {
        let (status, body) = send(&http, &base, step).await;
        if !(200..300).contains(&status) {
            return End::Refused(status);
        }
        let head = Head { status, content_type: None, headers: &() };
        let read = match &last {
            None => shape.read(&head, &body),
            Some(later) => shape.read_later(later, &head, &body),
        };
        match read {
            Ok(Progress::Pictures(made)) => return End::Made(made),
            Ok(Progress::Later(later)) => {
                step = later.ask.clone();
                last = Some(*later);
            }
            Err(bad) => return End::Bad(bad),
        }
    }
    panic!("{manner:?} never came to an end");
}

/// The file of a picture, fetched where only its address came.
async fn file(made: &Made) -> Vec<u8> {
    match &made.file {
        File::Bytes(bytes) => bytes.clone(),
        File::Url(url) => {
            let request = Request::builder().uri(url).body(Full::default()).unwrap();
            let response = http().request(request).await.unwrap();
            response.into_body().collect().await.unwrap().to_bytes().to_vec()
        }
    }
}

#[tokio::test]
async fn every_manner_gives_a_picture_of_the_size_that_was_asked_for() {
    for (manner, kind) in
        Manner::ALL.into_iter().zip([FileKind::Png, FileKind::Jpeg].into_iter().cycle())
    {
        let painter =
            SimulatedPainter::build("sim-painter", manner).files(kind).start().await.unwrap();
        let End::Made(made) = walk(&painter, manner).await else { panic!("{manner:?}") };
        assert_eq!(matches!(made[0].file, File::Url(_)), manner.gives_addresses(), "{manner:?}");
        let file = file(&made[0]).await;
        let expected = if kind == FileKind::Png { Format::Png } else { Format::Jpeg };
        assert_eq!(Format::sniff(&file), Some(expected), "{manner:?}");
        let header = potluck_picture::Header::read(&file).unwrap();
        let wished = if manner.sizes() { (48, 32) } else { (64, 64) };
        assert_eq!((header.size.width, header.size.height), wished, "{manner:?}");
        assert_eq!((painter.painted().asked, painter.painted().given), (1, 1), "{manner:?}");
    }
}

#[tokio::test]
async fn every_flaw_is_seen_for_what_it_is() {
    for manner in Manner::ALL {
        let flaws = [Flaw::QueueFull, Flaw::Empty, Flaw::ErrorInside, Flaw::Filtered].map(Some);
        let painter =
            SimulatedPainter::build("sim-painter", manner).flaws(flaws).start().await.unwrap();
        let end = walk(&painter, manner).await;
        assert!(matches!(end, End::Refused(402)), "{manner:?}: {end:?}");
        let end = walk(&painter, manner).await;
        assert!(matches!(end, End::Bad(BadAnswer::Empty)), "{manner:?}: {end:?}");
        let end = walk(&painter, manner).await;
        assert!(matches!(end, End::Bad(BadAnswer::ErrorInside(_))), "{manner:?}: {end:?}");
        if manner.marks_filtered() {
            let End::Made(made) = walk(&painter, manner).await else { panic!("{manner:?}") };
            assert_eq!(unfiltered(made), Err(BadAnswer::Filtered), "{manner:?}");
        }
        assert_eq!(painter.painted().given, 0);
    }
}

#[tokio::test]
async fn a_task_is_called_off_at_its_provider() {
    for manner in [Manner::Horde, Manner::Comfy] {
        let painter = SimulatedPainter::build("sim-painter", manner).start().await.unwrap();
        let (http, base) = (http(), format!("http://{}/v1", painter.address()));
        let shape = Shape::from_word(manner.word()).unwrap();
        let ability = ImageAbility::default();
        let target = Target {
            model: "paint-1",
            ability: &ability,
            drops: Parameters::empty(),
            quirks: Quirks::empty(),
            seed: None,
            chance: 1,
        };
        let request = ImageRequest { prompt: "a fox".to_owned(), ..ImageRequest::default() };
        let (status, body) = send(&http, &base, shape.write(&request, &target).step).await;
        let head = Head { status, content_type: None, headers: &() };
        let Ok(Progress::Later(later)) = shape.read(&head, &body) else { panic!("{manner:?}") };
        send(&http, &base, later.cancel.unwrap()).await;
        assert_eq!(painter.painted().called_off, 1, "{manner:?}");
        assert_eq!(send(&http, &base, later.ask).await.0, 404, "{manner:?}: it is gone");
    }
}

#[tokio::test]
async fn every_painters_file_is_read() {
    for manner in Manner::ALL {
        let painter = SimulatedPainter::build("sim-painter", manner).start().await.unwrap();
        let file = pantry::read("sim-painter.toml", &painter.provider_file()).unwrap();
        let shape = file.image_shape(&file.models[0]).unwrap();
        assert_eq!(shape.word(), manner.word());
    }
}
