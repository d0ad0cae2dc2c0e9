//! nginx as a plain reverse proxy: the bar, as it does nothing but HTTP and copying.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use super::process::Process;
use super::{Setup, free_address};

/// Where nginx may be; a plain user's search path often lacks the second.
const PLACES: [&str; 3] = ["nginx", "/usr/sbin/nginx", "/usr/local/sbin/nginx"];

/// An nginx that is installed.
#[derive(Debug)]
pub(crate) struct Nginx {
    program: PathBuf,
    /// As it names itself.
    pub(crate) version: String,
}

// === impl Nginx ===

impl Nginx {
    /// Looks for nginx on this machine.
    pub(crate) fn find() -> Option<Self> {
        PLACES.into_iter().find_map(|place| {
            let said = Command::new(place).arg("-v").output().ok()?.stderr;
            let version = String::from_utf8(said).ok()?.trim().replace("nginx version: ", "");
            Some(Self { program: place.into(), version })
        })
    }

    /// Starts it before the upstream.
    pub(super) fn start(&self, setup: &Setup) -> Result<(Process, SocketAddr)> {
        let address = free_address()?;
        let file = setup.folder.join("nginx.conf");
        std::fs::write(&file, configuration(address, setup.upstream))?;
        let mut command = Command::new(&self.program);
        command.arg("-p").arg(&setup.folder).arg("-e").arg(setup.folder.join("nginx.log"));
        command.arg("-c").arg(&file);
        Ok((Process::start("nginx", &mut command, setup)?, address))
    }
}

/// One worker, connections kept on both sides for as long as the benchmark lasts, bodies in memory, answers
/// passed on as they come.
fn configuration(address: SocketAddr, upstream: SocketAddr) -> String {
    format!(
        "daemon off;
worker_processes 1;
worker_rlimit_nofile 8192;
pid nginx.pid;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    tcp_nodelay on;
    keepalive_timeout 300s;
    keepalive_requests 100000000;
    client_max_body_size 32m;
    client_body_buffer_size 1m;
    client_body_temp_path temp_body;
    proxy_temp_path temp_proxy;
    fastcgi_temp_path temp_fastcgi;
    uwsgi_temp_path temp_uwsgi;
    scgi_temp_path temp_scgi;
    upstream simulated {{
        server {upstream};
        keepalive 512;
        keepalive_timeout 300s;
        keepalive_requests 100000000;
    }}
    server {{
        listen {address};
        location / {{
            proxy_pass http://simulated;
            proxy_http_version 1.1;
            proxy_set_header Connection \"\";
            proxy_buffering off;
            proxy_read_timeout 300s;
        }}
    }}
}}
"
    )
}
