//! Pictures from the doors to simulated image servers and back.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod house;
mod painter;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::future::join_all;
use house::{Asker, House, Reply, fresh_folder};
use http_body_util::Full;
use image::ImageFormat;
use painter::{Act, Painter, form, picture};
use potluck::tasks::Tasks;
use serde_json::{Value, json};

/// Name, name of the file, and value of a field of a form.
type Field<'a> = (&'a str, Option<&'a str>, &'a [u8]);

const IMAGES: &str = "[images]\ndeadline_seconds = 30\n[pool]\nattempts = 12\n";

fn over(painters: &[&Painter], config: &str) -> House {
    let folder = fresh_folder();
    painters.iter().for_each(|painter| painter.write_file(&folder.join("providers")));
    House::open(folder, config, ":memory:")
}

async fn ask(house: &House, path: &str, body: Value) -> Reply {
    Asker::new().post(&format!("{}{path}", house.address), body.to_string()).await
}

/// Decodes what came, by another way than potluck's own.
fn decoded(item: &Value) -> (ImageFormat, image::DynamicImage) {
    let bytes = STANDARD.decode(item["b64_json"].as_str().unwrap()).unwrap();
    (image::guess_format(&bytes).unwrap(), image::load_from_memory(&bytes).unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_comes_in_the_wished_format_and_says_where_it_is_from() {
    let painter = Painter::start("paint-a", vec![Act::Base64(ImageFormat::Png)]).await;
    let house = over(&[&painter], IMAGES);
    for (word, format) in
        [("png", ImageFormat::Png), ("jpeg", ImageFormat::Jpeg), ("webp", ImageFormat::WebP)]
    {
        let body =
            json!({"model": "free", "prompt": "a red fox", "output_format": word, "seed": 7});
        let reply = ask(&house, "/v1/images/generations", body).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        assert_eq!(reply.header("x-potluck-offer"), "paint-a/brush");
        let answer = reply.json();
        let item = &answer["data"][0];
        let (came, pixels) = decoded(item);
        assert_eq!((came, pixels.width(), pixels.height()), (format, 96, 64));
        assert_eq!((&answer["output_format"], &answer["size"]), (&json!(word), &json!("96x64")));
        assert_eq!(item["metadata"]["model"], "paint-a/brush");
        assert_eq!(item["metadata"]["seed"], 7);
        let file = STANDARD.decode(item["b64_json"].as_str().unwrap()).unwrap();
        let holds = |words: &[u8]| file.windows(words.len()).any(|window| window == words);
        assert!(
            holds(b"brush") && holds(b"paint-a (simulated)") && holds(b"no model made"),
            "{word}"
        );
        assert!(!holds(b"fox"), "the prompt does not travel");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_picture_is_served_under_its_address_without_a_key_and_no_longer_than_told() {
    let painter = Painter::start("paint-a", vec![Act::Raw(ImageFormat::Jpeg)]).await;
    let config = format!("{IMAGES}[server]\nkeys = [\"a-client-key-of-tests\"]\n");
    let house = over(&[&painter], &config);
    let asker = Asker::new();
    let request = http::Request::post(format!("{}/v1/images/generations", house.address))
        .header("authorization", "Bearer a-client-key-of-tests")
        .body(Full::new(Bytes::from(json!({"prompt": "x", "response_format": "url"}).to_string())));
    let reply = asker.send(request.unwrap()).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let url = reply.json()["data"][0]["url"].as_str().unwrap().to_owned();
    assert!(url.starts_with(&format!("{}/v1/images/files/", house.address)), "{url}");
    assert!(url.ends_with(".jpg"), "{url}");
    let head = |method: &str, url: &str| {
        http::Request::builder().method(method).uri(url).body(Full::default()).unwrap()
    };
    for method in ["HEAD", "GET"] {
        let file = asker.fetch(head(method, &url)).await;
        assert_eq!(file.0, 200);
        assert_eq!(file.1.get("content-type").unwrap(), "image/jpeg");
        assert_eq!(file.1.get("x-content-type-options").unwrap(), "nosniff");
        assert!(
            file.1.get("content-security-policy").unwrap().to_str().unwrap().contains("sandbox")
        );
        let length: usize = file.1["content-length"].to_str().unwrap().parse().unwrap();
        assert!(length > 500);
        assert_eq!(file.2.len(), if method == "GET" { length } else { 0 });
    }
    let wrong = url.replace(".jpg", ".png");
    assert_eq!(asker.fetch(head("GET", &wrong)).await.0, 404);
    let unknown = format!("{}/v1/images/files/{}.png", house.address, "0".repeat(32));
    assert_eq!(asker.fetch(head("GET", &unknown)).await.0, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_takes_its_pictures_along_and_broken_ones_are_refused() {
    let painter = Painter::start("paint-a", vec![Act::Base64(ImageFormat::Png)]).await;
    let house = over(&[&painter], IMAGES);
    let url = format!("{}/v1/images/edits", house.address);
    let send = async |fields: &[Field<'_>]| {
        let (kind, body) = form(fields);
        let request = http::Request::post(&url).header("content-type", kind);
        Asker::new().send(request.body(Full::new(Bytes::from(body))).unwrap()).await
    };
    let (png, jpeg) = (picture(ImageFormat::Png), picture(ImageFormat::Jpeg));
    let prompt = ("prompt", None, &b"make it blue"[..]);
    let reply =
        send(&[prompt, ("image[]", Some("a.jpg"), &png), ("mask", Some("m.png"), &png)]).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    decoded(&reply.json()["data"][0]);
    let asked = painter.asked();
    let mut bomb = png.clone();
    bomb[16..24].copy_from_slice(&[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
    let rows: [(&str, u16, Vec<Field<'_>>); 6] = [
        ("no picture", 400, vec![prompt]),
        ("half a picture", 400, vec![prompt, ("image", Some("a.png"), &png[..png.len() / 2])]),
        ("a bomb", 413, vec![prompt, ("image", Some("a.png"), &bomb)]),
        ("words", 400, vec![prompt, ("image", Some("a.png"), b"hello")]),
        ("no prompt", 400, vec![("image", Some("a.jpg"), &jpeg)]),
        (
            "a broken mask",
            400,
            vec![prompt, ("image", Some("a"), &jpeg), ("mask", Some("m"), &jpeg[..90])],
        ),
    ];
    for (what, status, fields) in rows {
        let reply = send(&fields).await;
        assert_eq!(reply.status, status, "{what}: {}", reply.body);
        assert!(reply.json()["error"]["param"].is_string(), "{what}: {}", reply.body);
    }
    assert_eq!(painter.asked(), asked, "what is refused is never sent on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_asked_is_refused_with_the_field() {
    let painter = Painter::start("paint-a", vec![Act::Base64(ImageFormat::Png)]).await;
    let house = over(&[&painter], IMAGES);
    let long = "fox ".repeat(9000);
    for (body, field) in [
        (json!({}), "prompt"),
        (json!({"prompt": "  "}), "prompt"),
        (json!({"prompt": long}), "prompt"),
        (json!({"prompt": "x", "n": 0}), "n"),
        (json!({"prompt": "x", "n": 11}), "n"),
        (json!({"prompt": "x", "size": "huge"}), "size"),
        (json!({"prompt": "x", "size": "0x4"}), "size"),
        (json!({"prompt": "x", "output_format": "bmp"}), "output_format"),
        (json!({"prompt": "x", "response_format": "fax"}), "response_format"),
    ] {
        for path in ["/v1/images/generations", "/api/v1/images"] {
            let reply = ask(&house, path, body.clone()).await;
            assert_eq!(reply.status, 400, "{path} {field}: {}", reply.body);
            assert!(reply.body.contains(field), "{path} {field}: {}", reply.body);
        }
    }
    let reply =
        ask(&house, "/v1/images/generations", json!({"prompt": "x", "model": "nobody"})).await;
    assert_eq!(reply.status, 404, "{}", reply.body);
    assert_eq!(painter.asked(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn conversations_and_streams_get_pictures() {
    let painter = Painter::start("paint-a", vec![Act::Base64(ImageFormat::Png)]).await;
    let house = over(&[&painter], IMAGES);
    let chat = json!({"model": "free", "modalities": ["image", "text"],
        "messages": [{"role": "user", "content": "a red fox"}]});
    for path in ["/v1/chat/completions", "/api/v1/chat/completions"] {
        let reply = ask(&house, path, chat.clone()).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        let message = &reply.json()["choices"][0]["message"];
        let url = message["images"][0]["image_url"]["url"].as_str().unwrap();
        let data = url.strip_prefix("data:image/png;base64,").unwrap();
        image::load_from_memory(&STANDARD.decode(data).unwrap()).unwrap();
    }
    let mut streamed = chat.clone();
    streamed["stream"] = json!(true);
    let reply = ask(&house, "/v1/chat/completions", streamed).await;
    assert!(reply.body.contains("\"images\"") && reply.body.ends_with("data: [DONE]\n\n"));
    let body = json!({"prompt": "a red fox", "n": 3, "stream": true});
    let reply = ask(&house, "/v1/images/generations", body).await;
    assert_eq!(reply.header("content-type"), "text/event-stream");
    assert_eq!(reply.body.matches("event: image_generation.completed").count(), 3);
    let reply = ask(&house, "/api/v1/images", json!({"prompt": "a red fox"})).await;
    decoded(&reply.json()["data"][0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wait_is_told_in_comments() {
    let painter = Painter::start("paint-a", vec![Act::Slow(Duration::from_millis(4500))]).await;
    let house = over(&[&painter], IMAGES);
    let reply = ask(&house, "/v1/images/generations", json!({"prompt": "x", "stream": true})).await;
    assert!(reply.body.starts_with(": potluck {\"done\":0,\"of\":1"), "{:.200}", reply.body);
    assert!(reply.body.contains("image_generation.completed"));
}

/// Two hundred requests over servers of which half fail in every way there is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_the_offers_fail_and_every_picture_that_is_delivered_decodes() {
    let (inside, met) = private().await;
    let elsewhere = |scheme: &str| Act::Elsewhere(format!("{scheme}://{inside}/secret.png"));
    let good = [
        Painter::start("good-b64", vec![Act::Base64(ImageFormat::Png)]).await,
        Painter::start("good-raw", vec![Act::Raw(ImageFormat::Jpeg), Act::Raw(ImageFormat::WebP)])
            .await,
        Painter::start("good-url", vec![Act::Address]).await,
        Painter::start("good-jpg", vec![Act::Base64(ImageFormat::Jpeg)]).await,
    ];
    let bad = [
        Painter::start("bad-files", vec![Act::Cut, Act::Bomb, Act::Words]).await,
        Painter::start("bad-private", vec![elsewhere("http"), elsewhere("https")]).await,
        Painter::start(
            "bad-full",
            vec![Act::Refuse(402, "Queue full for IP"), Act::Refuse(429, "slow down")],
        )
        .await,
        Painter::start(
            "bad-broken",
            vec![Act::Refuse(500, "out of memory"), Act::Refuse(503, "busy")],
        )
        .await,
    ];
    let all: Vec<&Painter> = good.iter().chain(&bad).collect();
    let house = over(&all, IMAGES);
    let mut delivered = 0;
    for round in 0..20_u32 {
        let asked = (0..10_u32).map(|number| {
            let n = (round * 10 + number) % 4 + 1;
            let format = ["png", "jpeg", "webp"][number as usize % 3];
            let body =
                json!({"model": "free", "prompt": "a red fox", "n": n, "output_format": format});
            let house = &house;
            async move { (n, format, ask(house, "/v1/images/generations", body).await) }
        });
        for (n, format, reply) in join_all(asked).await {
            assert_eq!(reply.status, 200, "{}", reply.body);
            assert_eq!(reply.header("x-potluck-missing"), "");
            let answer = reply.json();
            let items = answer["data"].as_array().unwrap();
            assert_eq!(items.len(), n as usize);
            for item in items {
                let (came, pixels) = decoded(item);
                assert_eq!((pixels.width(), pixels.height()), (96, 64));
                assert_eq!(came, ImageFormat::from_extension(format).unwrap());
                delivered += 1;
            }
        }
    }
    assert_eq!(delivered, 500, "200 requests for 1 to 4 pictures");
    assert_eq!(met.load(Ordering::SeqCst), 0, "private addresses contacted");
    assert!(bad.iter().all(|painter| painter.asked() > 0), "the bad ones were tried");
}

/// A listener inside the network, which counts who comes.
async fn private() -> (std::net::SocketAddr, Arc<AtomicUsize>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, met) = (listener.local_addr().unwrap(), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&met);
    Tasks::default().start(async move {
        while listener.accept().await.is_ok() {
            count.fetch_add(1, Ordering::SeqCst);
        }
    });
    (address, met)
}

/// Fifty requests at once over a server that counts pictures, one that counts neurons, and one with a pace.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_of_pictures_are_never_exceeded_by_fifty_at_once() {
    let limit = |counts: &str, amount: u32, per: &str| {
        format!("[[limits]]\ncounts = \"{counts}\"\namount = {amount}\nper = \"{per}\"\n")
    };
    let act = || vec![Act::Base64(ImageFormat::Png)];
    let images = Painter::start("by-images", act()).await.limited(&limit("images", 7, "day"));
    // a picture of 1024 x 1024 and 4 steps: 4 squares of 5 neurons and 4 steps of 10
    let neurons = Painter::start("by-neurons", act())
        .await
        .limited(&limit("neurons", 600, "day"))
        .able("size = \"1024x1024\"\nusual_steps = 4\nneurons_per_tile = 5\nneurons_per_step = 10");
    let pace = Painter::start("by-pace", act()).await.limited(&limit(
        "requests",
        1,
        "second\"\nevery = 15\nscope = \"ip",
    ));
    let house = over(&[&images, &neurons, &pace], "[pool]\nwait_seconds = 20\nattempts = 12\n");
    let asked =
        (0..50).map(|_| ask(&house, "/v1/images/generations", json!({"prompt": "a red fox"})));
    let replies = join_all(asked).await;
    let served = replies.iter().filter(|reply| reply.status == 200).count();
    let refused = replies.iter().filter(|reply| reply.status == 429).count();
    assert_eq!(
        served + refused,
        50,
        "{:?}",
        replies.iter().map(|reply| reply.status).collect::<Vec<_>>()
    );
    assert_eq!(images.asked(), 7, "pictures");
    assert_eq!(neurons.asked(), 10, "600 neurons at 60 a picture");
    let times = pace.seen.asked.lock().unwrap().clone();
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] >= 15_000), "{times:?}");
    assert_eq!(served, 17 + times.len());
    assert!(times.len() >= 2, "somebody waited for the next turn of the pace: {times:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::disallowed_methods, reason = "this test is about the program")]
async fn the_command_writes_files_and_replaces_none_unless_that_was_said() {
    let painter = Painter::start("paint-a", vec![Act::Base64(ImageFormat::Png)]).await;
    let house = over(&[&painter], IMAGES);
    let folder = fresh_folder();
    let run = |words: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_potluck"));
        command.args(["image", "a red fox", "--url", &house.address]).args(words);
        let done = command.current_dir(&folder).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (done.status.code(), text(done.stdout), text(done.stderr))
    };
    let (code, out, told) = run(&["-o", "fox.webp", "--n", "2", "--seed", "5"]);
    assert_eq!((code, out.as_str()), (Some(0), "fox-1.webp\nfox-2.webp\n"), "{told}");
    assert!(told.contains("96x64 webp") && told.contains("by paint-a/brush"), "{told}");
    for name in ["fox-1.webp", "fox-2.webp"] {
        let bytes = std::fs::read(folder.join(name)).unwrap();
        assert_eq!(image::guess_format(&bytes).unwrap(), ImageFormat::WebP);
        assert_eq!(image::load_from_memory(&bytes).unwrap().width(), 96);
    }
    let asked = painter.asked();
    let (code, _, told) = run(&["-o", "fox.webp", "--n", "2"]);
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains("--overwrite"), "{told}");
    assert_eq!(painter.asked(), asked, "nothing was asked for that could not be written");
    assert_eq!(run(&["-o", "fox.webp", "--n", "2", "--overwrite"]).0, Some(0));
    let (code, out, _) = run(&["--json"]);
    let written: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &written[0]["file"]), (Some(0), &json!("picture.png")));
    std::fs::remove_dir_all(&folder).unwrap();
}
