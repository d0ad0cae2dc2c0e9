//! The binary: everything is in the library, so that tests and benches can reach it.

/// Requests make many small, short-lived allocations; see `docs/benchmarks.md` for what this saves.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    keep_pages_small();
    potluck::cli::main()
}

/// Pages of 2 MiB are a bad fit for many small buffers: a few bytes in each keep all of it resident. The allocator does not
/// ask for them (its feature `no_thp`); this is for systems that give them to everybody.
fn keep_pages_small() {
    #[cfg(target_os = "linux")]
    // Where it is not allowed, potluck takes more memory, and does the same.
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}
