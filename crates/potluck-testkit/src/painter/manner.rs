//! The shapes of real providers of pictures, seen from outside.

use std::net::SocketAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::canvas::FileKind;
use crate::quota::{Limit, Meter};
use crate::server::Reply;

/// How a painter is asked, and how it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Manner {
    /// OpenAI's, with the picture inside.
    OpenAi,
    /// Z.ai's: OpenAI's, with an address.
    Zai,
    /// SiliconFlow's: an address under `images`.
    SiliconFlow,
    /// ModelScope's: a task, then an address.
    ModelScope,
    /// OVHcloud's: a file.
    Text2Image,
    /// Pollinations': an address in, a file out.
    Pollinations,
    /// Hugging Face's: a file.
    HuggingFace,
    /// AI Horde's: a queue.
    Horde,
    /// Cloudflare's, with JSON both ways.
    Cloudflare,
    /// Cloudflare's, with JSON in and a file out.
    CloudflareFile,
    /// Cloudflare's, with a form in.
    CloudflareForm,
    /// NVIDIA's: artifacts.
    Nvidia,
    /// Automatic1111's.
    WebUi,
    /// `ComfyUI`'s: a graph, then a file.
    Comfy,
    /// A chat model that answers with a picture.
    Chat,
}

impl Manner {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::OpenAi,
        Self::Zai,
        Self::SiliconFlow,
        Self::ModelScope,
        Self::Text2Image,
        Self::Pollinations,
        Self::HuggingFace,
        Self::Horde,
        Self::Cloudflare,
        Self::CloudflareFile,
        Self::CloudflareForm,
        Self::Nvidia,
        Self::WebUi,
        Self::Comfy,
        Self::Chat,
    ];

    /// The word for its shape in provider files.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Zai => "zai",
            Self::SiliconFlow => "siliconflow",
            Self::ModelScope => "modelscope",
            Self::Text2Image => "text2image",
            Self::Pollinations => "pollinations",
            Self::HuggingFace => "huggingface",
            Self::Horde => "horde",
            Self::Cloudflare => "cloudflare_steps",
            Self::CloudflareFile => "cloudflare",
            Self::CloudflareForm => "cloudflare_form",
            Self::Nvidia => "nvidia",
            Self::WebUi => "webui",
            Self::Comfy => "comfyui",
            Self::Chat => "chat",
        }
    }

    /// Whether it answers with an address.
    #[must_use]
    pub const fn gives_addresses(self) -> bool {
        matches!(self, Self::Zai | Self::SiliconFlow | Self::ModelScope)
    }

    /// Whether it is handed a task that is looked after.
    #[must_use]
    pub const fn takes_tasks(self) -> bool {
        matches!(self, Self::ModelScope | Self::Horde | Self::Comfy)
    }

    /// Whether it can say that a picture was held back.
    #[must_use]
    pub const fn marks_filtered(self) -> bool {
        matches!(self, Self::Nvidia | Self::Horde)
    }

    /// Whether a size can be asked for.
    #[must_use]
    pub const fn sizes(self) -> bool {
        !matches!(self, Self::Text2Image | Self::Chat)
    }

    /// The provider file of a painter of one model, `paint-1`.
    pub(super) fn provider_file(self, name: &str, at: SocketAddr, limits: &[Limit]) -> String {
        let word = self.word();
        let mut file = format!(
            "name = \"{name} (simulated)\"\ndialect = \"openai\"\nsimulated = true\nbase_url = \"http://{at}/v1\"\n\
             [auth]\nkeyless = true\n[images]\nshape = \"{word}\"\n"
        );
        for limit in limits {
            file.push_str(&format!(
                "[[limits]]\ncounts = \"{}\"\namount = {}\n",
                limit.meter.word(),
                limit.amount
            ));
            if limit.meter != Meter::Concurrent {
                file.push_str(&format!("per = \"{}\"\n", limit.span.word()));
            }
        }
        file.push_str("[[models]]\nid = \"paint-1\"\nfamily = \"paint-1\"\noutput = [");
        file.push_str(if self == Self::Chat { "\"text\", \"image\"]\n" } else { "\"image\"]\n" });
        if self.sizes() {
            file.push_str("[models.image]\nmultiple_of = 8\nleast_edge = 8\nmost_edge = 2048\n");
            file.push_str("usual_size = \"64x64\"\n");
        }
        file
    }

    /// Whether a request asks for a picture.
    pub(super) fn is_order(self, method: &str, path: &str) -> bool {
        let post = method == "POST";
        match self {
            Self::OpenAi => post && matches!(path, "/images/generations" | "/images/edits"),
            Self::Zai | Self::SiliconFlow | Self::ModelScope => {
                post && path == "/images/generations"
            }
            Self::Text2Image => post && path.is_empty(),
            Self::Pollinations => method == "GET" && path.starts_with("/prompt/"),
            Self::HuggingFace | Self::Nvidia => post && path == "/paint-1",
            Self::Horde => post && path == "/generate/async",
            Self::Cloudflare | Self::CloudflareFile | Self::CloudflareForm => {
                post && path == "/run/paint-1"
            }
            Self::WebUi => post && matches!(path, "/sdapi/v1/txt2img" | "/sdapi/v1/img2img"),
            Self::Comfy => post && path == "/prompt",
            Self::Chat => post && path == "/chat/completions",
        }
    }

    /// The task that a path is about.
    pub(super) fn task_of<'r>(self, path: &'r str, query: &'r str) -> Option<&'r str> {
        match self {
            Self::ModelScope => path.strip_prefix("/tasks/"),
            Self::Horde => path
                .strip_prefix("/generate/check/")
                .or_else(|| path.strip_prefix("/generate/status/")),
            Self::Comfy if path == "/view" => query
                .split('&')
                .find_map(|pair| pair.strip_prefix("filename="))
                .and_then(|name| name.strip_suffix("%2Epng").or(name.strip_suffix(".png"))),
            Self::Comfy => path.strip_prefix("/history/"),
            _ => None,
        }
    }

    /// The task that a request calls off without naming it in its path.
    pub(super) fn called_off(self, path: &str, body: &[u8]) -> Option<String> {
        if self != Self::Comfy || path != "/queue" {
            return None;
        }
        let body: Value = serde_json::from_slice(body).ok()?;
        body["delete"][0].as_str().map(str::to_owned)
    }

    /// Whether a look at this path only says how far the task is.
    pub(super) fn looks_before_it_fetches(self, path: &str) -> bool {
        match self {
            Self::Horde => path.contains("/check/"),
            Self::Comfy => path.contains("/history/"),
            _ => false,
        }
    }

    /// A task was taken.
    pub(super) fn accepted(self, id: &str) -> Reply {
        match self {
            Self::Horde => Reply::json(202, json!({"id": id, "kudos": 10.0})),
            Self::Comfy => {
                Reply::json(200, json!({"prompt_id": id, "number": 1, "node_errors": {}}))
            }
            _ => Reply::json(200, json!({"task_id": id, "task_status": "PENDING"})),
        }
    }

    /// It is not done yet.
    pub(super) fn not_yet(self, looks_left: u32) -> Reply {
        match self {
            Self::Horde => Reply::json(
                200,
                json!({"finished": 0, "processing": 1, "waiting": 0, "done": false, "faulted": false,
                    "wait_time": looks_left, "queue_position": looks_left, "is_possible": true}),
            ),
            Self::Comfy => Reply::json(200, json!({})),
            _ => Reply::json(200, json!({"task_status": "RUNNING"})),
        }
    }

    /// It is done, and can be fetched.
    pub(super) fn done(self, id: &str) -> Reply {
        match self {
            Self::Horde => Reply::json(
                200,
                json!({"finished": 1, "done": true, "faulted": false, "wait_time": 0,
                    "queue_position": 0, "is_possible": true}),
            ),
            _ => {
                let file =
                    json!({"filename": format!("{id}.png"), "subfolder": "", "type": "output"});
                Reply::json(
                    200,
                    json!({id: {"outputs": {"7": {"images": [file]}},
                        "status": {"status_str": "success", "completed": true}}}),
                )
            }
        }
    }

    /// The picture.
    pub(super) fn answer(self, file: &[u8], url: &str, seed: u64, filtered: bool) -> Reply {
        let inside = || STANDARD.encode(file);
        match self {
            Self::Text2Image => Reply::text(200, "application/octet-stream", file.to_vec()),
            Self::Pollinations => Reply::text(200, "image/jpeg", file.to_vec()),
            Self::HuggingFace | Self::CloudflareFile | Self::Comfy => {
                Reply::text(200, FileKind::Png.media_type(), file.to_vec())
            }
            _ => Reply::json(200, self.json(&inside, url, seed, filtered)),
        }
    }

    fn json(self, inside: &dyn Fn() -> String, url: &str, seed: u64, filtered: bool) -> Value {
        match self {
            Self::OpenAi => json!({"created": 1, "data": [{"b64_json": inside()}]}),
            Self::Zai => json!({"created": 1, "data": [{"url": url}]}),
            Self::SiliconFlow => json!({"images": [{"url": url}], "seed": seed}),
            Self::ModelScope => json!({"task_status": "SUCCEED", "output_images": [url]}),
            Self::Horde => {
                json!({"done": true, "generations": [{"img": inside(), "seed": seed.to_string(),
                "censored": filtered, "model": "simulated", "state": "ok"}]})
            }
            Self::Nvidia => json!({"artifacts": [{"base64": inside(), "seed": seed,
                "finishReason": if filtered { "CONTENT_FILTERED" } else { "SUCCESS" }}]}),
            Self::WebUi => json!({"images": [inside()], "parameters": {},
                "info": json!({"seed": seed}).to_string()}),
            Self::Chat => json!({"id": "simulated", "object": "chat.completion", "created": 1,
                "model": "paint-1", "system_fingerprint": "simulated",
                "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant",
                    "content": "[simulated]", "images": [{"type": "image_url",
                    "image_url": {"url": format!("data:image/png;base64,{}", inside())}}]}}]}),
            _ => {
                json!({"result": {"image": inside()}, "success": true, "errors": [], "messages": []})
            }
        }
    }
}
