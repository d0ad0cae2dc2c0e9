//! The port: open, or refusing connections while still holding its number.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::watch;

use super::conversation::{Host, converse};
use super::wire::Greeting;
use crate::tasks::Tasks;

const BACKLOG: u32 = 1_024;

/// Whether connections are accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    /// They are.
    Open,
    /// The system refuses them, and those that were open are gone, as when a process died.
    Refusing,
}

/// A port with its accept loop; both end when this is dropped.
#[derive(Debug)]
pub(crate) struct Listening {
    address: SocketAddr,
    wanted: watch::Sender<Door>,
    actual: watch::Receiver<Door>,
    tasks: Tasks,
}

impl Listening {
    /// Listens on 127.0.0.1; port 0 takes any free one.
    pub(crate) async fn start<H: Host>(
        port: u16,
        greeting: Greeting,
        host: Arc<H>,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let (wanted, wants) = watch::channel(Door::Open);
        let (says, actual) = watch::channel(Door::Open);
        let mut tasks = Tasks::default();
        tasks.start(run(listener, address, wants, says, greeting, host));
        Ok(Self { address, wanted, actual, tasks })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Opens or closes the port, and returns when that is done.
    pub(crate) async fn set(&self, door: Door) {
        self.wanted.send_replace(door);
        let mut actual = self.actual.clone();
        // an error means that the loop has ended: then there is nothing to wait for
        let _ = actual.wait_for(|now| *now == door).await;
    }

    /// Ends the accept loop and every conversation.
    pub(crate) async fn stop(&mut self) {
        self.tasks.stop().await;
    }
}

async fn run<H: Host>(
    listener: TcpListener,
    address: SocketAddr,
    mut wants: watch::Receiver<Door>,
    says: watch::Sender<Door>,
    greeting: Greeting,
    host: Arc<H>,
) {
    let mut listener = listener;
    loop {
        says.send_replace(Door::Open);
        let mut conversations = Tasks::default();
        tokio::select! {
            () = accept(&listener, &mut conversations, &greeting, &host) => {}
            result = wants.wait_for(|door| *door == Door::Refusing) => if result.is_err() { return },
        }
        conversations.stop().await;
        drop(listener);
        // a bound socket that does not listen keeps the number and refuses every connection
        let held = hold(address);
        says.send_replace(Door::Refusing);
        if wants.wait_for(|door| *door == Door::Open).await.is_err() {
            return;
        }
        listener = match reopen(held, address).await {
            Ok(listener) => listener,
            Err(_) => return,
        };
    }
}

async fn accept<H: Host>(
    listener: &TcpListener,
    conversations: &mut Tasks,
    greeting: &Greeting,
    host: &Arc<H>,
) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                conversations.start(converse(stream, greeting.clone(), Arc::clone(host)));
            }
            // out of file descriptors, or a client that left in the queue: both pass
            Err(_) => tokio::time::sleep(std::time::Duration::from_millis(5)).await,
        }
    }
}

fn hold(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

async fn reopen(held: io::Result<TcpSocket>, address: SocketAddr) -> io::Result<TcpListener> {
    match held {
        Ok(socket) => socket.listen(BACKLOG),
        Err(_) => TcpListener::bind(address).await,
    }
}
